"""How long to wait before the next attempt to connect."""

import random
from typing import Final

FIRST_SECONDS: Final = 0.25
LONGEST_SECONDS: Final = 4.0
"""A display is right again within five seconds of the broker's return."""


class Backoff:
    """Pauses that double up to a limit, each shortened at random so that bridges do not return all at once."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._next = FIRST_SECONDS

    def reset(self) -> None:
        """The connection was good: begin again with short pauses."""
        self._next = FIRST_SECONDS

    def pause(self) -> float:
        """Seconds to wait now."""
        seconds = self._next * self._chance.uniform(0.5, 1.0)
        self._next = min(LONGEST_SECONDS, self._next * 2)
        return seconds
