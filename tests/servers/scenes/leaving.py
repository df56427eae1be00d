"""How a caller leaves a queue without an answer, or does not get in."""

import asyncio

from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import ONE_PLACE, PATIENT_RING, Scene, by_name, settled
from tests.servers.stage import Stage


async def abandoned_while_waiting(stage: Stage, _: Recorder) -> None:
    """The only agent is paused; the caller hangs up after 4 s."""
    await stage.join("1001", "support", paused=True)
    call = await stage.call("support")
    await call.joined.wait()
    await asyncio.sleep(4)
    await call.hang_up()
    await settled(stage, call)


async def abandoned_while_ringing(stage: Stage, _: Recorder) -> None:
    """The caller hangs up after 2 s, while 1001 rings."""
    await stage.script("1001", "miss")
    await stage.join("1001", "support")
    call = await stage.call("support")
    await stage.expect("AgentCalled")
    await asyncio.sleep(2)
    await call.hang_up()
    await settled(stage, call)


async def timeout_nobody_rings(stage: Stage, _: Recorder) -> None:
    """The only agent is paused; the queue lets the caller go after 4 s."""
    await stage.join("1001", "support", paused=True)
    await settled(stage, await stage.call("support", at_most=4))


async def timeout_while_ringing(stage: Stage, _: Recorder) -> None:
    """1001 rings and rings; the queue lets the caller go after 4 s."""
    await stage.script("1001", "miss")
    await stage.join("1001", "support")
    await settled(stage, await stage.call("support", at_most=4))


async def exit_by_key_waiting(stage: Stage, _: Recorder) -> None:
    """The only agent is paused; the caller presses 1 after 3 s."""
    await stage.join("1001", "support", paused=True)
    call = await stage.call("support")
    await call.joined.wait()
    await asyncio.sleep(3)
    await call.press("1")
    await settled(stage, call)


async def exit_by_key_ringing(stage: Stage, _: Recorder) -> None:
    """The caller presses 1 after 2 s, while 1001 rings."""
    await stage.script("1001", "miss")
    await stage.join("1001", "support")
    call = await stage.call("support")
    await stage.expect("AgentCalled")
    await asyncio.sleep(2)
    await call.press("1")
    await settled(stage, call)


async def refused_join_empty(stage: Stage, _: Recorder) -> None:
    """Nobody is logged in to support: the caller is refused."""
    await settled(stage, await stage.call("support"))


async def refused_full(stage: Stage, _: Recorder) -> None:
    """Support has one place; the second caller is refused, the first hangs up."""
    await stage.join("1001", "support", paused=True)
    first = await stage.call("support")
    await first.joined.wait()
    second = await stage.call("support")
    await second.gone.wait()
    await first.hang_up()
    await settled(stage, first)


async def no_such_queue(stage: Stage, _: Recorder) -> None:
    """The dialplan sends a caller into a queue that does not exist."""
    await settled(stage, await stage.call("nowhere"))


async def left_empty(stage: Stage, _: Recorder) -> None:
    """The last agent logs out; the queue lets its two waiting callers go."""
    await stage.join("1001", "support", paused=True)
    first, second = await stage.call("support"), await stage.call("support")
    await stage.expect("QueueCallerJoin", 2)
    await stage.leave("1001", "support")
    await settled(stage, first, second)


async def withdrawn(stage: Stage, _: Recorder) -> None:
    """A supervisor takes the second of two waiting callers out of the queue; the first hangs up."""
    await stage.join("1001", "support", paused=True)
    first, second = await stage.call("support"), await stage.call("support")
    await stage.expect("QueueCallerJoin", 2)
    await stage.withdraw("support", second, "vip|desk")
    await second.gone.wait()
    await first.hang_up()
    await settled(stage, first)


async def withdrawn_too_late(stage: Stage, _: Recorder) -> None:
    """A supervisor takes the caller out of the queue while 1001 rings; 1001 answers all the same."""
    await stage.script("1001", "answer-2-2")
    await stage.join("1001", "support")
    call = await stage.call("support")
    await stage.expect("AgentCalled")
    await stage.withdraw("support", call, "too late")
    await settled(stage, call)


async def withdrawn_after_the_ring(stage: Stage, _: Recorder) -> None:
    """A supervisor takes the caller out of the queue while 1001 rings, who does not answer."""
    await stage.script("1001", "miss")
    await stage.join("1001", "support")
    call = await stage.call("support")
    await stage.expect("AgentCalled")
    await stage.withdraw("support", call, "in time")
    await settled(stage, call)


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
    await settled(stage, first, second, third)


SCENES = by_name(
    Scene(abandoned_while_waiting),
    Scene(abandoned_while_ringing, queues=PATIENT_RING),
    Scene(timeout_nobody_rings),
    Scene(timeout_while_ringing, queues=PATIENT_RING),
    Scene(exit_by_key_waiting),
    Scene(exit_by_key_ringing, queues=PATIENT_RING),
    Scene(refused_join_empty),
    Scene(refused_full, queues=ONE_PLACE),
    Scene(no_such_queue),
    Scene(left_empty),
    Scene(withdrawn),
    Scene(withdrawn_too_late),
    Scene(withdrawn_after_the_ring),
    Scene(two_callers_in_line),
)
