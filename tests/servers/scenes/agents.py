"""What agents do apart from taking calls."""

import asyncio
from typing import Final

from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import Scene, by_name, settled
from tests.servers.stage import Stage

FREEPBX_QUEUES: Final = """\
[400]
strategy = ringall
timeout = 3
retry = 1
member = Local/1001@from-queue/n,0,Agent One,hint:1001@ext-local
"""
FREEPBX_DIALPLAN: Final = """\
[from-queue]
exten => _X.,1,Goto(lab-agents,${EXTEN},1)
[ext-local]
exten => 1001,hint,Custom:phone1001
exten => 1002,hint,Custom:phone1002
[freepbx]
exten => *45400,1,Set(MEMBER=Local/${CALLERID(num)}@from-queue/n)
 same => n,AddQueueMember(400,${MEMBER},,,Agent Two,hint:${CALLERID(num)}@ext-local)
 same => n,ExecIf($["${AQMSTATUS}" = "MEMBERALREADY"]?RemoveQueueMember(400,${MEMBER}))
 same => n,Hangup()
exten => *46400,1,Set(MEMBER=Local/${CALLERID(num)}@from-queue/n)
 same => n,Set(QUEUE_MEMBER(400,paused,${MEMBER})=$[!${QUEUE_MEMBER(400,paused,${MEMBER})}])
 same => n,Hangup()
"""
"""What FreePBX's *45 and *46 come down to."""


async def pauses(stage: Stage, _: Recorder) -> None:
    """1001, in two queues: pauses in both, changes the reason, is ready; no reason; one queue only."""
    await stage.join("1001", "support", "sales")
    await stage.pause("1001", "away")
    await asyncio.sleep(1.2)
    await stage.pause("1001", "meal")
    await asyncio.sleep(1.2)
    await stage.ready("1001")
    await asyncio.sleep(1.2)
    await stage.pause("1001")
    await stage.ready("1001", "back again")
    await stage.pause("1001", "busy", "sales")
    await asyncio.sleep(1.2)
    await stage.ready("1001", queue="sales")
    await stage.ready("1001")


async def pause_during_call(stage: Stage, _: Recorder) -> None:
    """1001 asks for a pause while talking, and is not called for the next caller, who hangs up."""
    await stage.script("1001", "answer-1-4")
    await stage.join("1001", "support")
    first = await stage.call("support")
    await first.answered.wait()
    await asyncio.sleep(1)
    await stage.pause("1001", "away")
    second = await stage.call("support")
    await first.gone.wait()
    await asyncio.sleep(4)
    await second.hang_up()
    await settled(stage, second)
    await stage.ready("1001")


async def members(stage: Stage, _: Recorder) -> None:
    """Agents join, join paused, change penalty and leave; one leaves while paused."""
    await stage.join("1001", "support")
    await stage.join("1002", "support", "sales", penalty=3, paused=True)
    await stage.control.action("QueuePenalty", Interface="Local/1002@lab-agents/n", Penalty="1", Queue="support")
    await asyncio.sleep(1.2)
    await stage.leave("1001", "support")
    await stage.leave("1002", "support", "sales")


async def member_removed_in_call(stage: Stage, _: Recorder) -> None:
    """1001 is logged out of support while talking; the conversation goes on."""
    await stage.script("1001", "answer-1-4")
    await stage.join("1001", "support")
    await stage.join("1002", "support", paused=True)
    call = await stage.call("support")
    await call.answered.wait()
    await stage.leave("1001", "support")
    await settled(stage, call)


async def member_of_two_queues(stage: Stage, _: Recorder) -> None:
    """1001 is in support and sales; a caller waits in each and 1001 serves one after the other."""
    await stage.script("1001", "answer-1-2")
    await stage.join("1001", "support", "sales")
    first = await stage.call("support")
    await stage.expect("AgentCalled")
    second = await stage.call("sales")
    await settled(stage, first, second)


async def feature_codes(stage: Stage, _: Recorder) -> None:
    """1001 logs in, is away, at meal, ready, in after-call work, done with it, and logs out, all by feature codes."""
    await stage.dial("1001", "*40")
    await stage.expect("QueueMemberAdded", 2)
    for count, code in enumerate(("*43", "*45", "*42", "*46", "*47"), start=1):
        await stage.dial("1001", code)
        await stage.expect("QueueMemberPause", 2 * count)
    await stage.dial("1001", "*41")
    await stage.expect("QueueMemberRemoved", 2)
    await asyncio.sleep(3)


async def phone_unreachable(stage: Stage, _: Recorder) -> None:
    """The phone of the only agent disappears; the waiting caller is let go, the next refused; then it comes back."""
    await asyncio.to_thread(stage.asterisk.cli, "devstate change Custom:phone1001 NOT_INUSE")
    await stage.script("1001", "miss", "answer-1-1")
    await stage.control.action(
        "QueueAdd",
        Queue="support",
        Interface="Local/1001@lab-agents/n",
        MemberName="Agent 1001",
        StateInterface="Custom:phone1001",
    )
    first = await stage.call("support")
    await stage.expect("AgentCalled")
    stage.note("the phone of 1001 is unplugged")
    await asyncio.to_thread(stage.asterisk.cli, "devstate change Custom:phone1001 UNAVAILABLE")
    await first.gone.wait()
    second = await stage.call("support")
    await second.gone.wait()
    stage.note("the phone of 1001 is back")
    await asyncio.to_thread(stage.asterisk.cli, "devstate change Custom:phone1001 NOT_INUSE")
    await asyncio.sleep(1)
    await settled(stage, await stage.call("support"))


async def freepbx(stage: Stage, _: Recorder) -> None:
    """Queue 400 as FreePBX makes it: a static member and one who logged in, both by Local channel and hint."""
    await stage.script("1001", "miss", "answer-1-3")
    await stage.script("1002", "answer-1-3")
    await asyncio.to_thread(stage.asterisk.cli, "devstate change Custom:phone1001 NOT_INUSE")
    await asyncio.to_thread(stage.asterisk.cli, "devstate change Custom:phone1002 NOT_INUSE")
    await stage.dial("1001", "*46400", context="freepbx")
    await stage.expect("QueueMemberPause", Paused="1")
    await stage.dial("1002", "*45400", context="freepbx")
    await stage.expect("QueueMemberAdded")
    call = await stage.call("400")
    await call.answered.wait()
    stage.note("the phone of 1002 is in use, as its hint says")
    await asyncio.to_thread(stage.asterisk.cli, "devstate change Custom:phone1002 INUSE")
    await call.gone.wait()
    await asyncio.to_thread(stage.asterisk.cli, "devstate change Custom:phone1002 NOT_INUSE")
    await stage.dial("1001", "*46400", context="freepbx")
    await stage.dial("1002", "*45400", context="freepbx")
    await stage.expect("QueueMemberRemoved")
    await settled(stage, await stage.call("400"))


SCENES = by_name(
    Scene(pauses),
    Scene(pause_during_call),
    Scene(members),
    Scene(member_removed_in_call),
    Scene(member_of_two_queues),
    Scene(feature_codes),
    Scene(phone_unreachable),
    Scene(freepbx, queues=FREEPBX_QUEUES, dialplan=FREEPBX_DIALPLAN),
)
