"""Scenes in which it matters who is called, or served, first."""

import asyncio
from typing import Final

from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import PATIENT_RING, QUICK, Scene, by_name, settled
from tests.servers.stage import Stage, interface_of

RINGS_IN_USE: Final = QUICK + "[support](+)\nringinuse = yes\nwrapuptime = 0\n"
PICKY: Final = QUICK + "[support](+)\nringinuse = no\nstrategy = linear\n"


async def refused_then_answered_in_one_cycle(stage: Stage, _: Recorder) -> None:
    """1001 is busy after 1.3 s, and in the same ring cycle 1002 answers after 1 s more."""
    await stage.script("1001", "reject-1.3")
    await stage.script("1002", "answer-1-2")
    await stage.join("1001", "support")
    await stage.join("1002", "support", penalty=1)
    await settled(stage, await stage.call("support"))


async def answered_at_the_last_moment(stage: Stage, _: Recorder) -> None:
    """Three callers; 1001 answers each just when the queue's 3 s of ringing are over, or a moment too late."""
    await stage.script("1001", "answer-2.98-1", "answer-2.99-1", "answer-3-1", "answer-3.01-1", "answer-0.5-1")
    await stage.join("1001", "support")
    for _caller in range(3):
        await settled(stage, await stage.call("support"))
        await asyncio.sleep(2.2)


async def two_at_once(stage: Stage, _: Recorder) -> None:
    """The queue rings who is in use (ringinuse): 1001 answers two callers and talks to both; they hang up."""
    await stage.script("1001", "answer-1-60", "answer-1-60", "miss")
    await stage.join("1001", "support")
    first = await stage.call("support")
    await stage.expect("AgentConnect")
    second = await stage.call("support")
    await stage.expect("AgentConnect", 2)
    third = await stage.call("support")
    await stage.expect("AgentCalled", 3)
    await asyncio.sleep(1)
    await third.hang_up()
    await first.hang_up()
    await asyncio.sleep(1)
    await second.hang_up()
    await settled(stage, first, second, third)


async def removed_while_ringing(stage: Stage, _: Recorder) -> None:
    """1001 is logged out while ringing, and answers all the same; 1002 is too, and does not answer."""
    await stage.script("1001", "answer-2-2")
    await stage.script("1002", "miss")
    await stage.join("1003", "support", "sales", paused=True)
    await stage.join("1001", "support")
    await stage.join("1002", "sales")
    first, second = await stage.call("support"), await stage.call("sales")
    await stage.expect("AgentCalled", 2)
    await asyncio.sleep(1)
    await stage.leave("1001", "support")
    await stage.leave("1002", "sales")
    await first.gone.wait()
    await asyncio.sleep(1)
    await second.hang_up()
    await settled(stage, first, second)


async def penalties(stage: Stage, _: Recorder) -> None:
    """1001 goes first; 1002, with a penalty, is called when 1001 talks, and when 1001 has been moved behind."""
    await stage.script("1001", "answer-1-4", "answer-1-1")
    await stage.script("1002", "answer-1-2")
    await stage.join("1001", "support")
    await stage.join("1002", "support", penalty=5)
    first = await stage.call("support")
    await first.answered.wait()
    second = await stage.call("support")
    await settled(stage, first, second)
    await asyncio.sleep(2.5)
    stage.note("1001 gets penalty 9")
    await stage.control.action("QueuePenalty", Interface=interface_of("1001"), Penalty="9")
    await settled(stage, await stage.call("support"))


async def moved_in_line(stage: Stage, _: Recorder) -> None:
    """Three callers wait; the last is given priority and is answered first."""
    await stage.script("1001", "answer-1-1")
    await stage.join("1001", "support", paused=True)
    first = await stage.call("support")
    await first.joined.wait()
    second = await stage.call("support")
    await second.joined.wait()
    third = await stage.call("support")
    joined = await stage.expect("QueueCallerJoin", 3)
    await asyncio.sleep(1)
    stage.note("the third caller gets priority 10")
    await stage.control.action(
        "QueueChangePriorityCaller", Queue="support", Caller=joined["Channel"], Priority="10", Immediate="true"
    )
    await asyncio.sleep(0.5)
    await second.hang_up()
    await stage.ready("1001")
    await settled(stage, first, second, third)


async def ring_all_refused_and_answered(stage: Stage, _: Recorder) -> None:
    """Overflow rings three: one is busy, one answers, one's ring is cancelled by that."""
    await stage.script("1001", "reject-1")
    await stage.script("1002", "answer-2-2")
    await stage.script("1003", "miss")
    for number in ("1001", "1002", "1003"):
        await stage.join(number, "overflow")
    await settled(stage, await stage.call("overflow"))


async def ring_all_timeout(stage: Stage, _: Recorder) -> None:
    """Overflow rings two for its 3 s, twice; then the caller hangs up."""
    await stage.script("1001", "miss")
    await stage.script("1002", "miss")
    await stage.join("1001", "overflow")
    await stage.join("1002", "overflow")
    call = await stage.call("overflow")
    await stage.expect("AgentCalled", 4)
    await asyncio.sleep(1)
    await call.hang_up()
    await settled(stage, call)


SCENES = by_name(
    Scene(refused_then_answered_in_one_cycle, PATIENT_RING),
    Scene(answered_at_the_last_moment),
    Scene(two_at_once, RINGS_IN_USE),
    Scene(removed_while_ringing),
    Scene(penalties, PICKY),
    Scene(moved_in_line),
    Scene(ring_all_refused_and_answered, PATIENT_RING),
    Scene(ring_all_timeout),
)
