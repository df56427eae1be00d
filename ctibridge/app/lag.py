"""How late the event loop runs what is due: the first sign that the machine or our code is too slow."""

import asyncio
from collections import deque
from typing import Final

from ctibridge.app.clock import monotonic

INTERVAL: Final = 0.25
"""Seconds between two measurements."""
WINDOW: Final = 60
"""Measurements that ``worst`` looks back on: 15 seconds, the usual time between two scrapes."""


class LoopLag:
    """Measures by sleeping and comparing."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque([0.0], maxlen=WINDOW)
        self._due = monotonic()

    def worst(self) -> float:
        """The longest delay of the last 15 s, the present one included; seconds."""
        return max(*self._recent, monotonic() - self._due, 0.0)

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            self._due = monotonic() + INTERVAL
            await asyncio.sleep(INTERVAL)
            self._recent.append(max(0.0, monotonic() - self._due))
