"""How a call goes on to another queue or person."""

import asyncio

from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import Scene, by_name, settled
from tests.servers.stage import Stage


async def exit_by_key_to_overflow(stage: Stage, _: Recorder) -> None:
    """The only agent of support is paused; the caller presses 0 and is served in overflow by 1002."""
    await stage.script("1002", "answer-1-2")
    await stage.join("1001", "support", paused=True)
    await stage.join("1002", "overflow")
    call = await stage.call("support")
    await call.joined.wait()
    await asyncio.sleep(2)
    await call.press("0")
    await settled(stage, call)


async def overflow(stage: Stage, _: Recorder) -> None:
    """Support lets the caller go after 3 s; the same call waits in overflow, where 1002 answers."""
    await stage.script("1002", "answer-2-2")
    await stage.join("1001", "support", paused=True)
    await stage.join("1002", "overflow")
    await settled(stage, await stage.call("support", at_most=3, goes_on_to="overflow"))


async def overflow_abandoned(stage: Stage, _: Recorder) -> None:
    """Support lets the caller go after 3 s; the caller hangs up after 2 more in overflow."""
    await stage.join("1001", "support", "overflow", paused=True)
    call = await stage.call("support", at_most=3, goes_on_to="overflow")
    await stage.expect("QueueCallerJoin", Queue="overflow")
    await asyncio.sleep(2)
    await call.hang_up()
    await settled(stage, call)


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
    await settled(stage, call)


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
    await settled(stage, call)


SCENES = by_name(
    Scene(exit_by_key_to_overflow),
    Scene(overflow),
    Scene(overflow_abandoned),
    Scene(blind_transfer),
    Scene(redirected_while_waiting),
)
