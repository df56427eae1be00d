"""Holds every counted fact against queue_log, fact by fact, until both sides have said it.

Theory of operation
-------------------
Two sources tell of the same facts: AMI at once, queue_log a moment before or after, in whole seconds.  A fact that we
count is *booked* here; a record of queue_log is *logged*.  Both go under one key, made of kind, queue, caller and, for
phones that ring, the agent, and the two sides of a key cancel out one by one.  What is left over on one side after
``PATIENCE`` is a mismatch.

Left over in the log from a time in which we were blind it is no mistake but the very thing that was missed: the
recovery takes it from here.  Nothing is matched that happened before ``since``, when the log was first read.
"""

from collections import Counter, deque
from collections.abc import Iterable
from typing import Final

import msgspec

from ctibridge.domain.events import LogKind, LogRecord
from ctibridge.domain.units import Seconds, Timestamp

PATIENCE: Final = Seconds(30)
"""How long the other source may take to say the same."""
NEAR: Final = Seconds(2)
"""Two clocks that tell whole seconds differ by at most this for one fact."""

SAME_RING: Final = Seconds(6)
"""Two tellings of when one phone stopped ringing; an abandon that ended it is certain only some seconds later."""

FactKey = tuple[LogKind, str, str, str]
"""Kind, folded queue, caller and, where a phone rang, the agent."""


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that was counted and that queue_log has not confirmed yet."""

    key: FactKey
    at: Timestamp
    seconds: Seconds | None = None
    """The stated wait or talk, to recognise the fact under another caller's id (T19, T23)."""


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """A record that nothing counted yet corresponds to."""

    key: FactKey
    record: LogRecord


class Ledger:
    """What one source has said and the other has not."""

    def __init__(self) -> None:
        self.since: Timestamp | None = None
        """From when on both sources are compared; ``None`` while queue_log cannot be read."""
        self.mismatches: Counter[str] = Counter()
        """By side and kind, e.g. ``only_queue_log_abandoned``."""
        self.matched = 0
        self._booked: dict[FactKey, deque[Booking]] = {}
        self._logged: dict[FactKey, deque[Logged]] = {}

    @property
    def is_active(self) -> bool:
        """True while queue_log is being read."""
        return self.since is not None

    def begin(self, since: Timestamp) -> None:
        """Compare from this moment on."""
        if self.since is None:
            self.since = since

    def end(self) -> None:
        """Stop comparing: queue_log cannot be read."""
        self.since = None
        self._booked.clear()
        self._logged.clear()

    def book(self, key: FactKey, at: Timestamp, seconds: Seconds | None = None) -> None:
        """A fact was counted."""
        if self.since is None or at < self.since or self._cancel(self._logged, key, at):
            return
        self._booked.setdefault(key, deque()).append(Booking(key=key, at=at, seconds=seconds))

    def log(self, key: FactKey, record: LogRecord) -> None:
        """A record was read."""
        if self._cancel(self._booked, key, record.at):
            return
        self._logged.setdefault(key, deque()).append(Logged(key=key, record=record))

    def take_logged(self, before: Timestamp) -> list[LogRecord]:
        """Records older than ``before`` which nothing counted corresponds to, in order; they leave the ledger."""
        due = [one for ones in self._logged.values() for one in ones if one.record.at < before]
        missed = []
        for one in sorted(due, key=lambda one: one.record.at):
            _drop(self._logged, one.key, one)
            if not self._recognise(one):
                missed.append(one.record)
        return missed

    def take_booked(self, before: Timestamp) -> list[Booking]:
        """Facts counted before ``before`` that queue_log does not know; they leave the ledger."""
        due = [one for ones in self._booked.values() for one in ones if one.at < before]
        for one in due:
            _drop(self._booked, one.key, one)
        return due

    def open_bookings(self) -> list[Booking]:
        """What still waits for its record, to be remembered over a restart."""
        return [one for ones in self._booked.values() for one in ones]

    def open_records(self) -> list[Logged]:
        """What queue_log has told and nothing counted corresponds to, to be remembered likewise."""
        return [one for ones in self._logged.values() for one in ones]

    def restore(self, booked: Iterable[Booking], logged: Iterable[Logged]) -> None:
        """Go on waiting for the other side of these."""
        for booking in booked:
            self._booked.setdefault(booking.key, deque()).append(booking)
        for one in logged:
            self._logged.setdefault(one.key, deque()).append(one)

    def _cancel(
        self, side: "dict[FactKey, deque[Booking]] | dict[FactKey, deque[Logged]]", key: FactKey, at: Timestamp
    ) -> bool:
        """Let a fact and its other side go; a phone rings again for one caller, and the earlier ring is another one."""
        is_ring = key[0] in (LogKind.RANG_OUT, LogKind.RING_CANCELLED)
        for other in side.get(key, ()):
            told = other.at if isinstance(other, Booking) else other.record.at
            if not is_ring or abs(told - at) <= SAME_RING:
                _drop(side, key, other)
                self.matched += 1
                return True
        return False

    def _recognise(self, one: Logged) -> bool:
        """Find the same fact booked under another caller's id: an attended transfer had re-keyed the entry."""
        kind, queue, _, _ = one.key
        stated = one.record.talk if one.record.talk is not None else one.record.wait
        for key, bookings in self._booked.items():
            for booking in bookings:
                is_near = abs(booking.at - one.record.at) <= NEAR
                if key[:2] == (kind, queue) and booking.seconds == stated and stated is not None and is_near:
                    _drop(self._booked, key, booking)
                    self.matched += 1
                    return True
        return False


def _drop(side: "dict[FactKey, deque[Booking]] | dict[FactKey, deque[Logged]]", key: FactKey, one: object) -> None:
    left = deque(other for other in side[key] if other is not one)
    if left:
        side[key] = left  # type: ignore[assignment]
    else:
        del side[key]
