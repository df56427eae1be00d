"""Scenes of administrators at work in mid-call, and of members who come and go in unusual ways."""

import asyncio
from typing import Final

from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import QUICK, Scene, by_name, settled
from tests.servers.stage import Stage

STATIC: Final = QUICK + "[support](+)\nmember => Local/1001@lab-agents/n,0,Agent 1001,Local/1001@lab-agents\n"


async def reset_in_mid_call(stage: Stage, _: Recorder) -> None:
    """`queue reset stats` while one caller talks and another waits: all that is counted of the queue is forgotten."""
    await stage.script("1001", "answer-1-4", "answer-1-2")
    await stage.join("1001", "support")
    first = await stage.call("support")
    await first.answered.wait()
    second = await stage.call("support")
    await second.joined.wait()
    await asyncio.sleep(1)
    stage.note("queue reset stats")
    await asyncio.to_thread(stage.asterisk.cli, "queue reset stats")
    await settled(stage, first, second)


async def reload_in_mid_call(stage: Stage, recorder: Recorder) -> None:
    """`queue reload all` while one caller talks, another waits and a static member is paused."""
    await stage.script("1001", "answer-1-6", "answer-1-2")
    await stage.script("1002", "miss")
    await stage.join("1002", "support", paused=True)
    first = await stage.call("support")
    await first.answered.wait()
    second = await stage.call("support")
    await second.joined.wait()
    await stage.pause("1001", "away", "support")
    await asyncio.sleep(1)
    stage.note("queue reload all")
    await asyncio.to_thread(stage.asterisk.cli, "queue reload all")
    await recorder.snapshot()
    await asyncio.sleep(1)
    await stage.ready("1001", "", "support")
    await settled(stage, first, second)


async def static_members_by_reload(stage: Stage, recorder: Recorder) -> None:
    """A static member disappears and another comes by a reload, of which no event tells; the bridge asks again."""
    await stage.script("1001", "answer-1-2")
    await stage.script("1002", "answer-1-2")
    await settled(stage, await stage.call("support"))
    stage.asterisk.write("queues.d/scene.conf", STATIC.replace("1001", "1002"))
    stage.note("queue reload all: 1002 in place of 1001")
    await asyncio.to_thread(stage.asterisk.cli, "queue reload all")
    await recorder.snapshot()
    await settled(stage, await stage.call("support"))


async def added_paused(stage: Stage, _: Recorder) -> None:
    """1001 joins paused, is made ready, pauses, and is removed while paused; then all over again."""
    for _again in range(2):
        await stage.join("1001", "support", paused=True)
        await asyncio.sleep(1.1)
        await stage.ready("1001")
        await stage.pause("1001", "away")
        await asyncio.sleep(1.1)
        await stage.leave("1001", "support")


async def pauses_repeated(stage: Stage, _: Recorder) -> None:
    """Paused twice for the same reason, unpaused twice; one queue more and one less during a pause."""
    await stage.join("1001", "support", "sales")
    await stage.pause("1001", "away")
    await asyncio.sleep(1.1)
    await stage.pause("1001", "away")
    await asyncio.sleep(1.1)
    await stage.join("1001", "overflow")
    await stage.ready("1001", queue="support")
    await asyncio.sleep(1.1)
    await stage.leave("1001", "sales")
    await asyncio.sleep(1.1)
    await stage.ready("1001")
    await stage.ready("1001")


async def wrap_up_of_member(stage: Stage, _: Recorder) -> None:
    """1001 has a wrap-up time of 5 s, the queue one of 2 s: the second caller is offered after 5 s."""
    await stage.script("1001", "answer-1-1")
    await stage.dial("1001", "1001", context="after-call-work")
    await stage.expect("QueueMemberAdded")
    first = await stage.call("support")
    await first.answered.wait()
    await settled(stage, first, await stage.call("support"))


async def agent_pool(stage: Stage, _: Recorder) -> None:
    """7301 stays on the line (app_agent_pool), takes two calls and logs off."""
    await stage.dial("7301", "7301", context="pool-login")
    login = await stage.expect("AgentLogin")
    await stage.control.action(
        "QueueAdd", Queue="support", Interface="Local/7301@pool/n", MemberName="Pool 7301", StateInterface="Agent:7301"
    )
    await stage.expect("QueueMemberStatus", StateInterface="Agent:7301", Status="1")
    for count in (1, 2):
        call = await stage.call("support")
        await stage.expect("AgentConnect", count)
        await asyncio.sleep(2)
        await call.hang_up()
        await call.gone.wait()
        await asyncio.sleep(2)
    stage.note("7301 logs off")
    await stage.control.action("Hangup", Channel=login["Channel"])
    await stage.expect("AgentLogoff")
    await settled(stage)


SCENES = by_name(
    Scene(reset_in_mid_call),
    Scene(reload_in_mid_call, STATIC),
    Scene(static_members_by_reload, STATIC),
    Scene(added_paused),
    Scene(pauses_repeated),
    Scene(wrap_up_of_member),
    Scene(agent_pool),
)
