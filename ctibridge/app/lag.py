"""How late the event loop runs what is due: the first sign that the machine or our code is too slow."""

import asyncio
from typing import Final

from ctibridge.app.clock import monotonic
from ctibridge.domain.figures import Distribution

INTERVAL: Final = 0.25
"""Seconds between two measurements."""
BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class LoopLag:
    """Measures by sleeping and comparing."""

    def __init__(self) -> None:
        self.seconds = Distribution(BOUNDS)
        """Delays so far."""

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            due = monotonic() + INTERVAL
            await asyncio.sleep(INTERVAL)
            self.seconds.observe(max(0.0, monotonic() - due))
