"""A full picture after each fault of our own, but no storm of them where every picture brings the fault about anew."""

from collections.abc import Callable
from typing import Final

APART: Final = 10.0
"""Seconds between two pictures that are asked for because of faults."""


class Repair:
    """Asks for pictures: the first at once, later ones some seconds apart; no fault is left without one."""

    def __init__(self, ask: Callable[[float], None], clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._last = float("-inf")
        """When the last picture was, or will be, asked for."""

    def after_fault(self) -> None:
        """Something of ours failed: what is believed has to be compared with the PBX."""
        now = self._clock()
        if self._last <= now:  # Else there is one to come.
            self._last = max(now, self._last + APART)
            self._ask(self._last - now)
