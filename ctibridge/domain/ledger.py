"""Holds every counted fact against queue_log, fact by fact, until both sides have said it.

Theory of operation
-------------------
Two sources tell of the same facts: AMI at once, queue_log a moment before or after, in whole seconds.  A fact that we
count is *booked* here; a record of queue_log is *logged*.  Both go under one key, made of kind, queue, caller and, for
phones that ring, the agent, and the two sides of a key cancel out one by one: at once where their times agree, for the
same phone may ring for the same caller again and again, of which we may have missed one; and else when one of them has
waited for long enough.  What is then left over on one side is a mismatch.

Left over in the log from a time in which we were blind it is no mistake but the very thing that was missed: the
recovery takes it from here.  Nothing is judged that happened before ``since``, when the log was first read, or so soon
after that one of the two may have been told before it.

What was judged too early, because one source was late or the PBX's clock was set, is recognised when the other side
comes after all: it is not counted again.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

import msgspec

from ctibridge.domain.events import LogKind, LogRecord
from ctibridge.domain.units import AgentId, Seconds, Timestamp

PATIENCE: Final = Seconds(30)
"""How long the other source may take to say the same."""
NEAR: Final = Seconds(2)
"""Two clocks that tell whole seconds differ by at most this for one fact."""
_AT_ONCE: Final = Seconds(4)
"""Rings this near are the same: one that the caller cut off is counted up to 2 s after it, when the caller's end is."""
SAME_SECONDS: Final = Seconds(1)
"""How far two statements of one duration may differ: two clocks in whole seconds (T14)."""
MOST_JUDGED: Final = 200
"""Judged facts that are remembered for a late partner, on each side."""

FactKey = tuple[LogKind, str, str, str]
"""Kind, folded queue, caller and, where a phone rang, the agent."""


class Booking(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A fact that was counted and that queue_log has not confirmed yet."""

    key: FactKey
    at: Timestamp
    seconds: Seconds | None = None
    """The stated wait or talk, to recognise the fact under another caller's id (T19, T23)."""
    waited: Seconds | None = None
    """Of an end also the wait before the talk: of two calls of one caller it may be all that tells them apart."""
    counted_for: AgentId | None = None
    """Whose talk it was, of an end that gave a call its talk time; a second end for it gives none (T15b)."""


class Logged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A record that nothing counted yet corresponds to."""

    key: FactKey
    record: LogRecord

    @property
    def at(self) -> Timestamp:
        """When it happened."""
        return self.record.at


_One = TypeVar("_One", Booking, Logged)
_Side = dict[FactKey, deque[_One]]


class Ledger:
    """What one source has said and the other has not."""

    def __init__(self) -> None:
        self.since: Timestamp | None = None
        """From when on both sources are compared; ``None`` while queue_log cannot be read."""
        self.read_until = Timestamp(0)
        """What queue_log told of the time before this has been read."""
        self.settled_until = Timestamp(0)
        """What queue_log told of the time before this has been taken in."""
        self.mismatches: Counter[str] = Counter()
        """By side and kind, e.g. ``only_queue_log_abandoned``."""
        self.matched = 0
        self.corrections: list[tuple[Booking, Seconds]] = []
        """Facts whose stated durations differed, and by how much queue_log's was more; for whoever keeps the sums."""
        self._booked: _Side[Booking] = {}
        self._logged: _Side[Logged] = {}
        self._taken: deque[Logged] = deque(maxlen=MOST_JUDGED)
        self._unconfirmed: deque[Booking] = deque(maxlen=MOST_JUDGED)
        self._order: dict[int, int] = {}
        """By identity, the place of each logged record in the file, which tells what came first (T50)."""
        self._count = 0

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
        self._taken.clear()
        self._unconfirmed.clear()
        self._order.clear()

    def book(self, booking: Booking) -> None:
        """A fact was counted."""
        if self.since is None or booking.at < self.since:
            return
        partner = self._told(booking)
        if partner is None:
            self._booked.setdefault(booking.key, deque()).append(booking)
        else:
            self._drop(partner)
            self._match(booking, partner.record)

    def may_tell(self, at: Timestamp, now: Timestamp) -> bool:
        """Whether queue_log, read to its end, could still say something of a moment."""
        return self.is_active and self.read_until < at + 1 and now < at + PATIENCE

    def told(self, booking: Booking) -> LogRecord | None:
        """The record of a fact, if queue_log has told it already and it has not been counted."""
        partner = self._told(booking)
        return None if partner is None else partner.record

    def log(self, key: FactKey, record: LogRecord) -> None:
        """A record was read."""
        alike = [one for one in self._booked.get(key, ()) if _states_the_same(one, record)]
        partner = _nearest_of(alike, record.at, within=_at_once(key))
        if partner is not None:
            _remove(self._booked, partner)
            self._match(partner, record)
        elif (judged := _late(self._unconfirmed, key, record.at)) is not None:
            self._match(judged, record)
        else:
            self._put(Logged(key=key, record=record))

    def take_note(self, key: FactKey, record: LogRecord) -> None:
        """A record that was taken for a fact may be told of by AMI still."""
        self._taken.append(Logged(key=key, record=record))

    def was_taken(self, fact: Booking) -> bool:
        """Whether a fact that is told now was counted from queue_log before; one telling confirms one record."""
        to_come = [one for one in self._logged.get(fact.key, ()) if _states_the_same(fact, one.record)]
        if _nearest_of(to_come, fact.at, within=_AT_ONCE) is not None:
            return False
        alike = (one for one in self._taken if one.key == fact.key and _states_the_same(fact, one.record))
        taken = next((one for one in alike if abs(one.at - fact.at) <= _AT_ONCE), None)
        if taken is None:
            return False
        self._taken.remove(taken)
        self.matched += 1
        return True

    def take_logged(self, before: Timestamp, *, read_until: Timestamp) -> list[LogRecord]:
        """Records older than ``before`` which nothing counted corresponds to, in their order; they leave the ledger.

        ``read_until`` is up to when everything that was written has been read.
        """
        due = [one for one in _all(self._logged) if one.at < before]
        places: dict[tuple[LogKind, str], list[Booking]] = {}
        for booking in _all(self._booked) if due else ():
            places.setdefault(booking.key[:2], []).append(booking)
        missed = []
        for one in sorted(due, key=lambda one: self._order[id(one)]):
            partner = self._same(one, read_until) or self._recognised(one, places.get(one.key[:2], ()))
            if partner is not None:
                _remove(self._booked, partner)
                self._drop(one)
                self._match(partner, one.record)
                places[one.key[:2]].remove(partner)
                continue
            self._drop(one)
            if self._is_judged(one.at):
                missed.append(one.record)
        self.settled_until = max(self.settled_until, before)
        return missed

    def take_booked(self, before: Timestamp) -> list[Booking]:
        """Facts counted before ``before`` that queue_log does not know; they leave the ledger."""
        unknown = []
        for booking in [one for one in _all(self._booked) if one.at < before]:
            alike = [one for one in self._logged.get(booking.key, ()) if _may_be_the_same(booking, one.record)]
            partner = _nearest_of(alike, booking.at, within=PATIENCE)
            if partner is not None:
                _remove(self._booked, booking)
                self._drop(partner)
                self._match(booking, partner.record)
                continue
            _remove(self._booked, booking)
            if self._is_judged(booking.at):
                unknown.append(booking)
                self._unconfirmed.append(booking)
        return unknown

    def open_bookings(self) -> list[Booking]:
        """What still waits for its record, to be remembered over a restart."""
        return list(_all(self._booked))

    def open_records(self) -> list[Logged]:
        """What queue_log has told and nothing counted corresponds to, in its order, to be remembered likewise."""
        return sorted(_all(self._logged), key=lambda one: self._order[id(one)])

    def restore(self, booked: Iterable[Booking], logged: Iterable[Logged]) -> None:
        """Go on waiting for the other side of these."""
        for booking in booked:
            self._booked.setdefault(booking.key, deque()).append(booking)
        for one in logged:
            self._put(one)

    def _told(self, booking: Booking) -> Logged | None:
        alike = [one for one in self._logged.get(booking.key, ()) if _states_the_same(booking, one.record)]
        return _nearest_of(alike, booking.at, within=_at_once(booking.key))

    def _is_judged(self, at: Timestamp) -> bool:
        return self.since is not None and at >= self.since + NEAR

    def _same(self, one: Logged, read_until: Timestamp) -> Booking | None:
        """A fact under the same key whose time does not agree, and whose own record would have been read by now."""
        alike = [other for other in self._booked.get(one.key, ()) if _may_be_the_same(other, one.record)]
        booking = _nearest_of(alike, one.at, within=PATIENCE)
        return booking if booking is not None and booking.at <= read_until - NEAR else None

    def _recognised(self, one: Logged, bookings: Iterable[Booking]) -> Booking | None:
        """The same fact booked under another caller's id: an attended transfer had re-keyed the entry."""
        stated = _stated(one.record)
        if stated is None:
            return None
        near = (booking for booking in bookings if abs(booking.at - one.at) <= NEAR and booking.seconds == stated)
        return next(near, None)

    # -- the two sides ------------------------------------------------------------------------------------------------

    def _match(self, booking: Booking, record: LogRecord) -> None:
        """Both sources have said it, perhaps a second apart in what they state (T14)."""
        self.matched += 1
        stated = _stated(record)
        if booking.seconds is not None and stated is not None and booking.seconds != stated:
            self.corrections.append((booking, Seconds(stated - booking.seconds)))

    def _put(self, one: Logged) -> None:
        self._count += 1
        self._order[id(one)] = self._count
        self._logged.setdefault(one.key, deque()).append(one)

    def _drop(self, one: Logged) -> None:
        _remove(self._logged, one)
        del self._order[id(one)]


def _all(side: _Side[_One]) -> Iterator[_One]:
    return (one for ones in side.values() for one in ones)


def _at_once(key: FactKey) -> Seconds:
    """How far two tellings of a fact may be apart to be the same while others may still come."""
    return _AT_ONCE if key[0] is LogKind.RING_CANCELLED else NEAR


def _stated(record: LogRecord) -> Seconds | None:
    return record.talk if record.talk is not None else record.wait


def _states_the_same(booking: Booking, record: LogRecord) -> bool:
    """False for another stay of the same caller, who waited or talked for another time."""
    durations = [(booking.seconds, _stated(record)), (booking.waited, record.wait)]
    return all(ours is None or its is None or abs(ours - its) <= SAME_SECONDS for ours, its in durations)


def _may_be_the_same(booking: Booking, record: LogRecord) -> bool:
    """False when neither the times nor the durations agree: that is another stay of the same caller."""
    return abs(booking.at - record.at) <= _AT_ONCE or _states_the_same(booking, record)


def _nearest_of(ones: Iterable[_One], at: Timestamp, *, within: Seconds) -> _One | None:
    """The one nearest in time, the oldest of several."""
    one = min(ones, key=lambda one: abs(one.at - at), default=None)
    return one if one is not None and abs(one.at - at) <= within else None


def _late(judged: deque[Booking], key: FactKey, at: Timestamp) -> Booking | None:
    """The oldest of those judged that is the same fact; it is judged no more."""
    found = next((one for one in judged if one.key == key and abs(one.at - at) <= _AT_ONCE), None)
    if found is not None:
        judged.remove(found)
    return found


def _remove(side: _Side[_One], one: _One) -> None:
    ones = side[one.key]
    for place, other in enumerate(ones):
        if other is one:
            del ones[place]
            break
    if not ones:
        del side[one.key]
