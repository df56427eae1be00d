"""Events on their way to one broker: in order, bounded, and kept until the broker has answered for them.

It lives in memory.  Where there is an outbox on disk, it is the part of it that a broker is being sent, see ``lane``.
"""

from collections import deque
from collections.abc import Callable
from typing import TypeAlias

import msgspec

from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.message import Message


class Gap(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Events in a row that were dropped."""

    first: int
    """Sequence of the oldest."""
    last: int
    since: Timestamp
    """When the bridge took in the oldest."""
    until: Timestamp
    dropped: int
    """Messages, unmasked twins included."""

    def and_then(self, later: "Gap") -> "Gap":
        """Both as one."""
        return Gap(
            first=self.first,
            last=later.last,
            since=self.since,
            until=later.until,
            dropped=self.dropped + later.dropped,
        )


class Spooled(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A message in line."""

    place: int
    """In the order of arrival; only this process knows it."""
    message: Message
    gap: Gap | None = None
    """Set when the message is the statement about a gap."""


Statement: TypeAlias = Callable[[Gap], Message]


class Spool:
    """The line of events for one broker; when it is full the oldest go, and a statement takes their place."""

    def __init__(self, limit: int, statement: Statement) -> None:
        self.limit = limit
        self.dropped = 0
        self._statement = statement
        self._waiting: deque[Spooled] = deque()
        self._taken: dict[int, Spooled] = {}
        self._gap: Gap | None = None
        self._places = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._taken)

    @property
    def oldest(self) -> Timestamp | None:
        """When the bridge took in the oldest event that is not delivered yet."""
        first = next(iter(self._taken.values()), None) or next(iter(self._waiting), None)
        return first.message.recorded if first else None

    @property
    def first(self) -> int | None:
        """The lowest number that is not delivered yet, ``None`` when there is none."""
        fronts = (next(iter(self._taken.values()), None), next(iter(self._waiting), None))
        return min((one.gap.first if one.gap else one.message.sequence for one in fronts if one), default=None)

    @property
    def has_waiting(self) -> bool:
        """True when ``take`` has something to give."""
        return bool(self._waiting) or self._gap is not None

    def append(self, message: Message) -> None:
        """Put an event at the end of the line; never fails, never blocks."""
        self._waiting.append(self._spooled(message))
        while len(self) > self.limit and self._waiting:
            self._drop(self._waiting.popleft())

    def lose(self, gap: Gap) -> None:
        """Events that should come next, at the end of the line, are not to be had any more."""
        self.dropped += gap.dropped
        self._waiting.append(self._spooled(self._statement(gap), gap))

    def take(self) -> Spooled | None:
        """The next to send, which stays ours until it is acknowledged."""
        self._place_gap()
        if not self._waiting:
            return None
        spooled = self._waiting.popleft()
        self._taken[spooled.place] = spooled
        return spooled

    def acknowledge(self, spooled: Spooled) -> None:
        """The broker has answered, for good or ill: forget it."""
        self._taken.pop(spooled.place, None)

    def rewind(self) -> None:
        """The connection is gone: what was not acknowledged goes to the front again, in its order."""
        self._place_gap()
        self._waiting.extendleft(reversed(self._taken.values()))
        self._taken.clear()

    def _spooled(self, message: Message, gap: Gap | None = None) -> Spooled:
        self._places += 1
        return Spooled(place=self._places, message=message, gap=gap)

    def _place_gap(self) -> None:
        """The gap is between what was taken and what still waits."""
        if self._gap is not None:
            self._waiting.appendleft(self._spooled(self._statement(self._gap), self._gap))
            self._gap = None

    def _drop(self, spooled: Spooled) -> None:
        lost = spooled.gap
        if lost is None:
            self.dropped += 1
            recorded = spooled.message.recorded or Timestamp(0)
            sequence = spooled.message.sequence
            lost = Gap(first=sequence, last=sequence, since=recorded, until=recorded, dropped=1)
        self._gap = lost if self._gap is None else self._gap.and_then(lost)
