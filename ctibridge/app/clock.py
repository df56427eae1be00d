"""The bridge's own clock; with ``PbxClock``, which is given these two functions, the only readers of time."""

import time
from collections.abc import Callable
from typing import Final

from ctibridge.domain.units import Timestamp

wall: Final[Callable[[], float]] = time.time  # noqa: TID251 - this is the one place
monotonic: Final[Callable[[], float]] = time.monotonic


class BridgeClock:
    """Wall time read once and carried on by the monotonic clock, so that it never goes back when NTP steps."""

    def __init__(self) -> None:
        self._anchor = wall() - monotonic()

    def now(self) -> Timestamp:
        """Return the present moment."""
        return self.at(monotonic())

    def at(self, moment: float) -> Timestamp:
        """Return the wall time of a moment of the monotonic clock."""
        return Timestamp(self._anchor + moment)
