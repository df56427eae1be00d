"""Small scenes, one for each way a call or an agent can go.  The docstring tells the scene.

`python -m tests.servers.record` plays them on a real Asterisk and keeps what AMI sent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from tests.servers.recorder import Recorder
from tests.servers.stage import Call, Stage

Scene: TypeAlias = Callable[[Stage, Recorder], Awaitable[None]]

QUICK: Final = """\
[support](+)
timeout = 3
retry = 1
wrapuptime = 2
[sales](+)
timeout = 3
retry = 1
wrapuptime = 2
[overflow](+)
timeout = 3
retry = 1
wrapuptime = 2
"""
"""Ring and wrap-up times that let a scene be over in seconds; all else is as shipped."""

ONE_PLACE: Final = QUICK + "[support](+)\nmaxlen = 1\n"
PATIENT_RING: Final = QUICK + "[support](+)\ntimeout = 12\n"
AUTO_PAUSE: Final = QUICK + "[support](+)\nautopause = all\n"
LONG_WRAP_UP: Final = QUICK + "[support](+)\nwrapuptime = 6\n"


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


async def _settled(stage: Stage, *calls: Call) -> None:
    for call in calls:
        await call.gone.wait()
    await stage.all_gone()


async def answered_agent_ends(stage: Stage, _: Recorder) -> None:
    """1001 answers after 2 s, talks 4 s and hangs up.  Names are not ASCII."""
    await stage.script("1001", "answer-2-4")
    await stage.join("1001", "support", name="Agent 1001 张三")
    await _settled(stage, await stage.call("support", name="José"))


async def answered_caller_ends(stage: Stage, _: Recorder) -> None:
    """1001 answers after 1 s; the caller hangs up after 3 s of talk."""
    await stage.script("1001", "listen-1-3")
    await stage.join("1001", "support")
    await _settled(stage, await stage.call("support"))


async def abandoned_while_waiting(stage: Stage, _: Recorder) -> None:
    """The only agent is paused; the caller hangs up after 4 s."""
    await stage.join("1001", "support", paused=True)
    call = await stage.call("support")
    await call.joined.wait()
    await asyncio.sleep(4)
    await call.hang_up()
    await _settled(stage, call)


async def abandoned_while_ringing(stage: Stage, _: Recorder) -> None:
    """The caller hangs up after 2 s, while 1001 rings."""
    await stage.script("1001", "miss")
    await stage.join("1001", "support")
    call = await stage.call("support")
    await stage.expect("AgentCalled")
    await asyncio.sleep(2)
    await call.hang_up()
    await _settled(stage, call)


async def ring_no_answer_then_answered(stage: Stage, _: Recorder) -> None:
    """1001 lets it ring for the queue's 3 s, is called again, and answers."""
    await stage.script("1001", "miss", "answer-1-2")
    await stage.join("1001", "support")
    await _settled(stage, await stage.call("support"))


async def ring_no_answer_next_agent(stage: Stage, _: Recorder) -> None:
    """1001 lets it ring for the queue's 3 s, then 1002 answers."""
    await stage.script("1001", "miss")
    await stage.script("1002", "answer-1-2")
    await stage.join("1001", "support")
    await stage.join("1002", "support", penalty=1)
    await stage.control.action("QueuePause", Interface="Local/1002@lab-agents/n", Paused="true")
    call = await stage.call("support")
    await stage.expect("AgentRingNoAnswer")
    await stage.ready("1002")
    await stage.leave("1001", "support")
    await _settled(stage, call)


async def agent_rejects(stage: Stage, _: Recorder) -> None:
    """1001's phone is busy after 0.4 s of ringing; the second time 1001 answers."""
    await stage.script("1001", "reject-0.4", "answer-1-2")
    await stage.join("1001", "support")
    await _settled(stage, await stage.call("support"))


async def timeout_nobody_rings(stage: Stage, _: Recorder) -> None:
    """The only agent is paused; the queue lets the caller go after 4 s."""
    await stage.join("1001", "support", paused=True)
    await _settled(stage, await stage.call("support", at_most=4))


async def timeout_while_ringing(stage: Stage, _: Recorder) -> None:
    """1001 rings and rings; the queue lets the caller go after 4 s."""
    await stage.script("1001", "miss")
    await stage.join("1001", "support")
    await _settled(stage, await stage.call("support", at_most=4))


async def exit_by_key_waiting(stage: Stage, _: Recorder) -> None:
    """The only agent is paused; the caller presses 1 after 3 s."""
    await stage.join("1001", "support", paused=True)
    call = await stage.call("support")
    await call.joined.wait()
    await asyncio.sleep(3)
    await call.press("1")
    await _settled(stage, call)


async def exit_by_key_ringing(stage: Stage, _: Recorder) -> None:
    """The caller presses 1 after 2 s, while 1001 rings."""
    await stage.script("1001", "miss")
    await stage.join("1001", "support")
    call = await stage.call("support")
    await stage.expect("AgentCalled")
    await asyncio.sleep(2)
    await call.press("1")
    await _settled(stage, call)


async def exit_by_key_to_overflow(stage: Stage, _: Recorder) -> None:
    """The only agent of support is paused; the caller presses 0 and is served in overflow by 1002."""
    await stage.script("1002", "answer-1-2")
    await stage.join("1001", "support", paused=True)
    await stage.join("1002", "overflow")
    call = await stage.call("support")
    await call.joined.wait()
    await asyncio.sleep(2)
    await call.press("0")
    await _settled(stage, call)


async def no_such_queue(stage: Stage, _: Recorder) -> None:
    """The dialplan sends a caller into a queue that does not exist."""
    await _settled(stage, await stage.call("nowhere"))


async def auto_pause(stage: Stage, _: Recorder) -> None:
    """Autopause is on: 1001 lets it ring once and is paused by Asterisk; the caller hangs up; 1001 is ready again."""
    await stage.script("1001", "miss")
    await stage.join("1001", "support", "sales")
    call = await stage.call("support")
    await stage.expect("QueueMemberPause", Paused="1")
    await asyncio.sleep(1)
    await call.hang_up()
    await _settled(stage, call)
    await stage.ready("1001")


async def refused_join_empty(stage: Stage, _: Recorder) -> None:
    """Nobody is logged in to support: the caller is refused."""
    await _settled(stage, await stage.call("support"))


async def refused_full(stage: Stage, _: Recorder) -> None:
    """Support has one place; the second caller is refused, the first hangs up."""
    await stage.join("1001", "support", paused=True)
    first = await stage.call("support")
    await first.joined.wait()
    second = await stage.call("support")
    await second.gone.wait()
    await first.hang_up()
    await _settled(stage, first)


async def left_empty(stage: Stage, _: Recorder) -> None:
    """The last agent logs out; the queue lets its two waiting callers go."""
    await stage.join("1001", "support", paused=True)
    first, second = await stage.call("support"), await stage.call("support")
    await stage.expect("QueueCallerJoin", 2)
    await stage.leave("1001", "support")
    await _settled(stage, first, second)


async def ring_all(stage: Stage, _: Recorder) -> None:
    """Overflow rings 1001 and 1002; 1001 answers after 2 s, so 1002's ring is cancelled."""
    await stage.script("1001", "answer-2-3")
    await stage.script("1002", "miss")
    await stage.join("1001", "overflow")
    await stage.join("1002", "overflow")
    await _settled(stage, await stage.call("overflow"))


async def ring_all_abandoned(stage: Stage, _: Recorder) -> None:
    """Overflow rings 1001 and 1002; the caller hangs up after 2 s."""
    await stage.script("1001", "miss")
    await stage.script("1002", "miss")
    await stage.join("1001", "overflow")
    await stage.join("1002", "overflow")
    call = await stage.call("overflow")
    await stage.expect("AgentCalled", 2)
    await asyncio.sleep(2)
    await call.hang_up()
    await _settled(stage, call)


async def withdrawn(stage: Stage, _: Recorder) -> None:
    """A supervisor takes the second of two waiting callers out of the queue; the first hangs up."""
    await stage.join("1001", "support", paused=True)
    first, second = await stage.call("support"), await stage.call("support")
    await stage.expect("QueueCallerJoin", 2)
    await stage.withdraw("support", second, "vip|desk")
    await second.gone.wait()
    await first.hang_up()
    await _settled(stage, first)


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
    await _settled(stage, second)
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
    await _settled(stage, call)


async def member_of_two_queues(stage: Stage, _: Recorder) -> None:
    """1001 is in support and sales; a caller waits in each and 1001 serves one after the other."""
    await stage.script("1001", "answer-1-2")
    await stage.join("1001", "support", "sales")
    first = await stage.call("support")
    await stage.expect("AgentCalled")
    second = await stage.call("sales")
    await _settled(stage, first, second)


async def overflow(stage: Stage, _: Recorder) -> None:
    """Support lets the caller go after 3 s; the same call waits in overflow, where 1002 answers."""
    await stage.script("1002", "answer-2-2")
    await stage.join("1001", "support", paused=True)
    await stage.join("1002", "overflow")
    await _settled(stage, await stage.call("support", at_most=3, goes_on_to="overflow"))


async def overflow_abandoned(stage: Stage, _: Recorder) -> None:
    """Support lets the caller go after 3 s; the caller hangs up after 2 more in overflow."""
    await stage.join("1001", "support", "overflow", paused=True)
    call = await stage.call("support", at_most=3, goes_on_to="overflow")
    await stage.expect("QueueCallerJoin", Queue="overflow")
    await asyncio.sleep(2)
    await call.hang_up()
    await _settled(stage, call)


async def two_callers_in_line(stage: Stage, _: Recorder) -> None:
    """Three callers, one agent: the first is served, the second hangs up in line, the third is served next."""
    await stage.script("1001", "answer-1-4", "listen-1-2")
    await stage.join("1001", "support")
    first = await stage.call("support")
    await first.joined.wait()
    second = await stage.call("support")
    await second.joined.wait()
    third = await stage.call("support")
    await third.joined.wait()
    await first.answered.wait()
    await asyncio.sleep(1)
    await second.hang_up()
    await _settled(stage, first, second, third)


async def wrap_up(stage: Stage, _: Recorder) -> None:
    """Two callers, one agent: the second is offered when the 6 s of wrap-up after the first are over."""
    await stage.script("1001", "answer-1-2")
    await stage.join("1001", "support")
    first = await stage.call("support")
    await first.answered.wait()
    await _settled(stage, first, await stage.call("support"))


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
    await _settled(stage, await stage.call("support"))


async def blind_transfer(stage: Stage, _: Recorder) -> None:
    """1001 answers and sends the caller on to overflow, where 1002 answers."""
    await stage.script("1001", "answer-1-30")
    await stage.script("1002", "answer-1-2")
    await stage.join("1001", "support")
    await stage.join("1002", "overflow")
    call = await stage.call("support")
    connect = await stage.expect("AgentConnect")
    await asyncio.sleep(2)
    stage.note("agent 1001 transfers the caller to overflow (602)")
    await stage.control.action("BlindTransfer", Channel=connect["DestChannel"], Context="queue-numbers", Exten="602")
    await _settled(stage, call)


async def redirected_while_waiting(stage: Stage, _: Recorder) -> None:
    """A supervisor moves the waiting caller from support to overflow (AMI Redirect), where 1002 answers."""
    await stage.script("1002", "answer-1-2")
    await stage.join("1001", "support", paused=True)
    await stage.join("1002", "overflow")
    call = await stage.call("support")
    joined = await stage.expect("QueueCallerJoin")
    await asyncio.sleep(2)
    stage.note("the caller is redirected to overflow (602)")
    await stage.control.action(
        "Redirect", Channel=joined["Channel"], Context="queue-numbers", Exten="602", Priority="1"
    )
    await _settled(stage, call)


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
    await _settled(stage, await stage.call("400"))


async def snapshot_in_mid_call(stage: Stage, recorder: Recorder) -> None:
    """One caller talks, one rings, two wait: the bridge asks for everything, as after a reconnect."""
    await stage.script("1001", "answer-1-8")
    await stage.script("1002", "miss")
    await stage.join("1001", "support")
    first = await stage.call("support", name="Erika Müller")
    await first.answered.wait()
    await stage.join("1002", "support")
    await stage.join("1003", "support", "sales", paused=True)
    await stage.pause("1003", "meal")
    waiting = [await stage.call(queue) for queue in ("support", "support", "sales")]
    await stage.expect("QueueCallerJoin", 4)
    await stage.expect("AgentCalled", 2)
    await asyncio.sleep(1)
    stage.note("the bridge asks for CoreSettings, CoreStatus, QueueStatus and CoreShowChannels")
    await recorder.snapshot()
    await asyncio.sleep(1)
    for call in waiting:
        await call.hang_up()
    await _settled(stage, first)


async def login_in_mid_call(stage: Stage, recorder: Recorder) -> None:
    """The bridge logs in anew while one caller talks and another waits."""
    await stage.script("1001", "answer-1-6")
    await stage.join("1001", "support")
    first = await stage.call("support")
    await first.answered.wait()
    second = await stage.call("support")
    await second.joined.wait()
    await asyncio.sleep(1)
    stage.note("the bridge logs in again")
    await recorder.reconnect()
    await _settled(stage, first, second)


async def stopped_in_mid_call(stage: Stage, _: Recorder) -> None:
    """Asterisk is stopped while one caller talks and another waits."""
    await stage.script("1001", "answer-1-60")
    await stage.join("1001", "support")
    first = await stage.call("support")
    await first.answered.wait()
    second = await stage.call("support")
    await second.joined.wait()
    await asyncio.sleep(1)
    stage.note("core stop now")
    await asyncio.to_thread(stage.asterisk.stop)


SCENES: Final[Mapping[str, tuple[Scene, str]]] = {
    "answered_agent_ends": (answered_agent_ends, QUICK),
    "answered_caller_ends": (answered_caller_ends, QUICK),
    "abandoned_while_waiting": (abandoned_while_waiting, QUICK),
    "abandoned_while_ringing": (abandoned_while_ringing, PATIENT_RING),
    "ring_no_answer_then_answered": (ring_no_answer_then_answered, QUICK),
    "agent_rejects": (agent_rejects, QUICK),
    "timeout_nobody_rings": (timeout_nobody_rings, QUICK),
    "timeout_while_ringing": (timeout_while_ringing, PATIENT_RING),
    "exit_by_key_waiting": (exit_by_key_waiting, QUICK),
    "exit_by_key_ringing": (exit_by_key_ringing, PATIENT_RING),
    "exit_by_key_to_overflow": (exit_by_key_to_overflow, QUICK),
    "no_such_queue": (no_such_queue, QUICK),
    "auto_pause": (auto_pause, AUTO_PAUSE),
    "refused_join_empty": (refused_join_empty, QUICK),
    "refused_full": (refused_full, ONE_PLACE),
    "left_empty": (left_empty, QUICK),
    "ring_all": (ring_all, PATIENT_RING),
    "ring_all_abandoned": (ring_all_abandoned, PATIENT_RING),
    "withdrawn": (withdrawn, QUICK),
    "pauses": (pauses, QUICK),
    "pause_during_call": (pause_during_call, QUICK),
    "members": (members, QUICK),
    "member_removed_in_call": (member_removed_in_call, QUICK),
    "member_of_two_queues": (member_of_two_queues, QUICK),
    "overflow": (overflow, QUICK),
    "overflow_abandoned": (overflow_abandoned, QUICK),
    "two_callers_in_line": (two_callers_in_line, QUICK),
    "wrap_up": (wrap_up, LONG_WRAP_UP),
    "feature_codes": (feature_codes, QUICK),
    "phone_unreachable": (phone_unreachable, QUICK),
    "ring_no_answer_next_agent": (ring_no_answer_next_agent, QUICK),
    "freepbx": (freepbx, FREEPBX_QUEUES),
    "blind_transfer": (blind_transfer, QUICK),
    "redirected_while_waiting": (redirected_while_waiting, QUICK),
    "snapshot_in_mid_call": (snapshot_in_mid_call, PATIENT_RING),
    "login_in_mid_call": (login_in_mid_call, QUICK),
    "stopped_in_mid_call": (stopped_in_mid_call, QUICK),
}
