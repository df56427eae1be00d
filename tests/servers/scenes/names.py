"""Scenes with names that are hard to write, to read, and to separate."""

import asyncio

from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import QUICK, Scene, by_name, settled
from tests.servers.stage import Stage

CHINESE = QUICK + "[客服 一部](line)\ntimeout = 3\nretry = 1\nwrapuptime = 2\n"


async def hard_names(stage: Stage, _: Recorder) -> None:
    """Names with separators, quotes, colons and Chinese; reasons likewise; all of them answer, miss and pause."""
    names = ("Pipe|Agent", 'O\'Brien "q" \\?', "A: b: c", "张三 李四")
    for number, name in zip(("1001", "1002", "1003", "1004"), names, strict=True):
        await stage.script(number, "miss", "answer-1-1")
        await stage.join(number, "support", name=name)
        call = await stage.call("support", name=name.replace('"', ""))
        await settled(stage, call)
        await stage.pause(number, f"{name} away")
        await asyncio.sleep(1.1)
        await stage.ready(number)
        await stage.leave(number, "support")


async def queue_by_another_name(stage: Stage, _: Recorder) -> None:
    """A queue with a Chinese name and a space: one caller is answered, one gives up, one is let go after 3 s."""
    await stage.script("1001", "answer-1-2", "miss")
    await stage.join("1001", "客服 一部")
    await settled(stage, await stage.call("1", context="line-chinese"))
    call = await stage.call("1", context="line-chinese")
    await stage.expect("AgentCalled", 2)
    await asyncio.sleep(1)
    await call.hang_up()
    await settled(stage, call)
    await stage.pause("1001", "用餐", "客服 一部")
    await settled(stage, await stage.call("1", context="line-chinese"))


async def names_not_utf8(stage: Stage, recorder: Recorder) -> None:
    """1001 is called René in Latin-1: misses a call, answers one, lets one go that gives up, pauses, logs out.

    No event tells of such a member; the bridge learns of 1001 when it asks for everything.
    """
    name = b"Agent Ren\xe9".decode(errors="surrogateescape")
    await stage.script("1001", "miss", "answer-1-2", "miss")
    await stage.join("1001", "support", name=name)
    await recorder.snapshot()
    await settled(stage, await stage.call("support"))
    await asyncio.sleep(2.5)
    call = await stage.call("support")
    await stage.expect("AgentCalled", 3)
    await asyncio.sleep(1)
    await call.hang_up()
    await settled(stage, call)
    await stage.pause("1001", b"\xe0 table".decode(errors="surrogateescape"))
    await asyncio.sleep(1.1)
    await stage.ready("1001")
    await stage.leave("1001", "support")


SCENES = by_name(
    Scene(hard_names),
    Scene(queue_by_another_name, CHINESE),
    Scene(names_not_utf8),
)
