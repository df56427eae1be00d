"""What is due when: the domain's own deadlines, in order, without a clock."""

import heapq
from collections.abc import Callable
from itertools import count

from ctibridge.domain.units import Seconds, Timestamp

Action = Callable[[Timestamp], None]
"""Called with the moment at which it was due.

An action looks for itself whether it still applies: nothing is ever taken off the agenda.
"""


class Agenda:
    """Deadlines in order of time, and of entry where times are equal."""

    def __init__(self) -> None:
        self._heap: list[tuple[Timestamp, int, Action]] = []
        self._order = count()

    def at(self, when: Timestamp, action: Action) -> None:
        """Have ``action`` called once ``when`` has come."""
        heapq.heappush(self._heap, (when, next(self._order), action))

    def set_clock(self, by: Seconds) -> None:
        """The clock was set by so much: what was to be called in ten seconds still is."""
        self._heap = [(Timestamp(when + by), order, action) for when, order, action in self._heap]

    def next(self) -> Timestamp | None:
        """When to look again at the latest."""
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: Timestamp) -> tuple[Timestamp, Action] | None:
        """The earliest deadline that has come, if any."""
        if not self._heap or self._heap[0][0] > now:
            return None
        when, _, action = heapq.heappop(self._heap)
        return when, action
