"""Lets faults happen, several at a time: each mostly waits."""

import asyncio
import time
from collections.abc import Callable, Sequence

from tests.chaos.fault import Fault, Outcome, Scale


async def endured(
    faults: Sequence[Fault], scale: Scale, lanes: int, told: Callable[[Outcome, float], None] = lambda *_: None
) -> list[Outcome]:
    """The outcomes, in the order of the faults; `told` hears of each with its seconds as it comes."""
    free = asyncio.Semaphore(lanes)

    async def one(fault: Fault) -> Outcome:
        async with free:
            start = time.monotonic()
            outcome = await fault.outcome(scale)
            told(outcome, time.monotonic() - start)
            return outcome

    return list(await asyncio.gather(*(one(fault) for fault in faults)))
