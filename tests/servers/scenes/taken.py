"""Scenes in which somebody else takes the caller who talks."""

import asyncio

from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import Scene, by_name, settled
from tests.servers.stage import Stage


async def redirected_while_talking(stage: Stage, _: Recorder) -> None:
    """A supervisor moves the caller who talks to 1001 to overflow (AMI Redirect), where 1002 answers."""
    await stage.script("1001", "answer-1-60")
    await stage.script("1002", "answer-1-2")
    await stage.join("1001", "support")
    await stage.join("1002", "overflow")
    call = await stage.call("support")
    connect = await stage.expect("AgentConnect")
    await asyncio.sleep(2)
    stage.note("the caller is redirected to overflow (602)")
    await stage.control.action(
        "Redirect", Channel=connect["Channel"], Context="queue-numbers", Exten="602", Priority="1"
    )
    await settled(stage, call)


async def parked(stage: Stage, _: Recorder) -> None:
    """A supervisor parks the caller who talks to 1001; 1001 takes another call; the parked caller hangs up."""
    await stage.script("1001", "answer-1-60", "answer-1-2")
    await stage.join("1001", "support")
    call = await stage.call("support")
    connect = await stage.expect("AgentConnect")
    await asyncio.sleep(2)
    stage.note("the caller is parked")
    await stage.control.action("Park", Channel=connect["Channel"], Timeout="60000")
    await stage.expect("ParkedCall")
    second = await stage.call("support")
    await second.gone.wait()
    await call.hang_up()
    await settled(stage, call)


SCENES = by_name(
    Scene(redirected_while_talking),
    Scene(parked),
)
