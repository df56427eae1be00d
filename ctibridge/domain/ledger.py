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

What was judged too early, because one source was late, is recognised when the other side comes after all: it is not
counted again.

The PBX's clock may be set meanwhile, and each source reads it for itself.  So how long a fact has waited is counted in
steady time, which takes no step; and two moments that are a step apart are the same, until all that was under way when
the clock was set must have been told.
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
STEP_FADES: Final = Seconds(4 * PATIENCE)
"""How long the two sources may be a step of the clock apart."""
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
        """What queue_log told of the time before this has been taken in; in steady time."""
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
        self._came: dict[int, Timestamp] = {}
        """By identity of whatever waits here, since when, in steady time."""
        self._set_by = Seconds(0)
        """By how much the PBX's clock was set: its time less this is steady."""
        self._steps: list[Seconds] = []
        """By how much each of the newest times."""
        self._steps_fade_at = Timestamp(0)

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
        self._came.clear()

    def set_clock(self, by: Seconds) -> None:
        """The PBX's clock was set by so much; what queue_log told up to now was told before."""
        self._set_by = Seconds(self._set_by + by)
        self._steps.append(Seconds(abs(by)))
        self.read_until = Timestamp(self.read_until + by)
        self._steps_fade_at = Timestamp(self.read_until + STEP_FADES)
        self._keep_since(self.read_until)

    def steady(self, at: Timestamp) -> Timestamp:
        """A moment by the PBX's clock as it is set now, in the time of a clock that never was set."""
        return Timestamp(at - self._set_by)

    def read(self, until: Timestamp) -> None:
        """Everything that queue_log had told up to this moment has been logged."""
        self.read_until = until
        self._keep_since(until)
        if until >= self._steps_fade_at:
            self._steps.clear()

    def book(self, booking: Booking, now: Timestamp) -> None:
        """A fact was counted."""
        if self.since is None:
            return
        partner = self._told(booking)
        if partner is None:
            self._wait(booking, since=self.steady(now))
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

    def log(self, key: FactKey, record: LogRecord, until: Timestamp) -> None:
        """A record was read, which had been written by ``until``."""
        alike = [one for one in self._booked.get(key, ()) if _states_the_same(one, record)]
        partner = self._nearest_of(alike, record.at, within=_at_once(key))
        if partner is not None:
            self._cross_out(partner)
            self._match(partner, record)
        elif (judged := self._late(key, record.at)) is not None:
            self._match(judged, record)
        else:
            written = max(self.read_until, min(record.at, until))
            self._put(Logged(key=key, record=record), since=self.steady(written))

    def take_note(self, key: FactKey, record: LogRecord) -> None:
        """A record that was taken for a fact may be told of by AMI still."""
        self._taken.append(Logged(key=key, record=record))

    def was_taken(self, fact: Booking) -> bool:
        """Whether a fact that is told now was counted from queue_log before; one telling confirms one record."""
        to_come = [one for one in self._logged.get(fact.key, ()) if _states_the_same(fact, one.record)]
        if self._nearest_of(to_come, fact.at, within=_AT_ONCE) is not None:
            return False
        alike = (one for one in self._taken if one.key == fact.key and _states_the_same(fact, one.record))
        taken = next((one for one in alike if self._apart(one.at, fact.at) <= _AT_ONCE), None)
        if taken is None:
            return False
        self._taken.remove(taken)
        self.matched += 1
        return True

    def take_overdue(self) -> tuple[list[LogRecord], list[Booking]]:
        """What one source said and the other did not in ``PATIENCE``; it leaves the ledger."""
        before = Timestamp(self.steady(self.read_until) - PATIENCE)
        records = self._take_logged([one for one in _all(self._logged) if self._came[id(one)] < before])
        self.settled_until = max(self.settled_until, before)
        return records, self._take_booked([one for one in _all(self._booked) if self._came[id(one)] < before])

    def take_missed(self, before: Timestamp) -> list[LogRecord]:
        """Records older than ``before`` which nothing counted corresponds to, in their order; they leave the ledger.

        Older is also what lies ahead: the clock was set back since.
        """
        ahead = self.read_until + NEAR
        missed = self._take_logged([one for one in _all(self._logged) if not before <= one.at < ahead])
        self.settled_until = max(self.settled_until, self.steady(before))
        return missed

    def _take_logged(self, due: list[Logged]) -> list[LogRecord]:
        places: dict[tuple[LogKind, str], list[Booking]] = {}
        for booking in _all(self._booked) if due else ():
            places.setdefault(booking.key[:2], []).append(booking)
        missed = []
        for one in sorted(due, key=lambda one: self._order[id(one)]):
            partner = self._same(one) or self._recognised(one, places.get(one.key[:2], ()))
            if partner is not None:
                self._cross_out(partner)
                self._drop(one)
                self._match(partner, one.record)
                places[one.key[:2]].remove(partner)
                continue
            self._drop(one)
            if self._is_judged(one.at):
                missed.append(one.record)
        return missed

    def _take_booked(self, due: list[Booking]) -> list[Booking]:
        unknown = []
        for booking in due:
            self._cross_out(booking)
            alike = [one for one in self._logged.get(booking.key, ()) if self._may_be_the_same(booking, one.record)]
            partner = self._nearest_of(alike, booking.at, within=PATIENCE)
            if partner is not None:
                self._drop(partner)
                self._match(booking, partner.record)
            elif self._is_judged(booking.at):
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
            self._wait(booking, since=booking.at)
        for one in logged:
            self._put(one, since=one.at)

    def _told(self, booking: Booking) -> Logged | None:
        alike = [one for one in self._logged.get(booking.key, ()) if _states_the_same(booking, one.record)]
        return self._nearest_of(alike, booking.at, within=_at_once(booking.key))

    def _keep_since(self, until: Timestamp) -> None:
        """By a clock that was set back all that is told from now on is older than ``since``, and judged as ever."""
        if self.since is not None and until < self.since:
            self.since = Timestamp(until - PATIENCE)

    def _is_judged(self, at: Timestamp) -> bool:
        return self.since is not None and at >= self.since + NEAR

    def _same(self, one: Logged) -> Booking | None:
        """A fact under the same key whose time does not agree, and whose own record would have been read by now."""
        alike = [other for other in self._booked.get(one.key, ()) if self._may_be_the_same(other, one.record)]
        booking = self._nearest_of(alike, one.at, within=PATIENCE)
        return booking if booking is not None and self._would_be_read(booking) else None

    def _would_be_read(self, booking: Booking) -> bool:
        """Whether the record of a fact has been read by now, if there is one."""
        return self._came[id(booking)] <= self.steady(self.read_until) - NEAR

    def _recognised(self, one: Logged, bookings: Iterable[Booking]) -> Booking | None:
        """The same fact booked under another caller's id: an attended transfer had re-keyed the entry."""
        stated = _stated(one.record)
        if stated is None:
            return None
        alike = (booking for booking in bookings if booking.seconds == stated)
        return next((booking for booking in alike if self._apart(booking.at, one.at) <= NEAR), None)

    # -- the two sides ------------------------------------------------------------------------------------------------

    def _match(self, booking: Booking, record: LogRecord) -> None:
        """Both sources have said it, perhaps a second apart in what they state (T14)."""
        self.matched += 1
        stated = _stated(record)
        if booking.seconds is not None and stated is not None and booking.seconds != stated:
            self.corrections.append((booking, Seconds(stated - booking.seconds)))

    def _put(self, one: Logged, since: Timestamp) -> None:
        self._count += 1
        self._order[id(one)] = self._count
        self._logged.setdefault(one.key, deque()).append(one)
        self._came[id(one)] = since

    def _drop(self, one: Logged) -> None:
        _remove(self._logged, one)
        del self._order[id(one)], self._came[id(one)]

    def _wait(self, booking: Booking, since: Timestamp) -> None:
        self._booked.setdefault(booking.key, deque()).append(booking)
        self._came[id(booking)] = since

    def _cross_out(self, booking: Booking) -> None:
        _remove(self._booked, booking)
        del self._came[id(booking)]

    # -- moments ------------------------------------------------------------------------------------------------------

    def _apart(self, one: Timestamp, other: Timestamp) -> float:
        """Seconds between two moments, which may be told by a clock before it was set and after."""
        apart = abs(one - other)
        return min(apart, *(abs(apart - step) for step in self._steps)) if self._steps else apart

    def _may_be_the_same(self, booking: Booking, record: LogRecord) -> bool:
        """False when neither the times nor the durations agree: that is another stay of the same caller."""
        return self._apart(booking.at, record.at) <= _AT_ONCE or _states_the_same(booking, record)

    def _nearest_of(self, ones: Iterable[_One], at: Timestamp, *, within: Seconds) -> _One | None:
        """The one nearest in time, the oldest of several."""
        one = min(ones, key=lambda one: self._apart(one.at, at), default=None)
        return one if one is not None and self._apart(one.at, at) <= within else None

    def _late(self, key: FactKey, at: Timestamp) -> Booking | None:
        """The oldest of those judged that is the same fact; it is judged no more."""
        alike = (one for one in self._unconfirmed if one.key == key)
        found = next((one for one in alike if self._apart(one.at, at) <= _AT_ONCE), None)
        if found is not None:
            self._unconfirmed.remove(found)
        return found


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


def _remove(side: _Side[_One], one: _One) -> None:
    ones = side[one.key]
    for place, other in enumerate(ones):
        if other is one:
            del ones[place]
            break
    if not ones:
        del side[one.key]
