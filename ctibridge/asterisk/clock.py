"""The PBX's clock, seen from here.

Facts are timed by the PBX: its ``Timestamp`` where an event has one, else our estimate of its clock.  The estimate is
our wall clock, read once and carried on by the monotonic clock so that no step of ours can turn time back, plus an
offset learnt from what the PBX says.

A stamp that arrives is always late, by the network's delay and by whatever backlog there is, and never early.  So of
all recent stamps the one with the least delay is the best, as in NTP's clock filter, and a late event cannot pull the
estimate.  The reply to a Ping is better still: the PBX stamped it between our question and its answer, which bounds
the offset on both sides.  A step of the PBX's clock shows as stamps that are impossible: from the future, or older than
what was said before them, for Asterisk writes its events in their order.  It is followed once enough of them agree, or
a Ping is answered, and until then time goes on as it did.  A small step back looks like a backlog; it is followed when
that has lasted for longer than one does.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from ctibridge.domain.units import Timestamp

WINDOW: Final = 120.0
"""Seconds for which a sample counts: two clocks drift apart by about 6 ms in this time (50 ppm)."""
STEP: Final = 1.0
"""Seconds of disagreement from which it may be a step of the clock rather than delay."""
SET: Final = 30.0
"""Seconds from which a step of the clock is told to whoever has set deadlines by it."""
AGREEMENT: Final = 0.3
"""Seconds within which stamps agree with each other about a step."""
WITNESSES: Final = 3
"""Stamps that must agree before a step is believed: one absurd stamp must not move the clock."""
PATIENCE: Final = 15.0
"""Seconds for which every stamp must be late before it is taken for a small step back and not for a backlog."""
MOST_LATE: Final = 86_400.0
"""Seconds by which an event may be late: a stamp that is older must not let years pass in the domain."""


class OffsetFilter:
    """The PBX's clock minus ours, from samples of (stamp − our clock at its arrival); all in seconds."""

    def __init__(self) -> None:
        self.on_step: Callable[[float], None] = lambda _: None
        """Told by how many seconds the estimate jumped: the PBX's clock was set."""
        self._best: deque[tuple[float, float]] = deque()
        """(taken at, offset) with falling offsets: the first is the greatest within the window."""
        self._doubtful: deque[float] = deque(maxlen=WITNESSES)
        """The newest samples since the last that fitted, which all disagree in the same direction."""
        self._doubted_since = 0.0
        """When the first of them all was taken."""

    @property
    def offset(self) -> float | None:
        """The best estimate, ``None`` before the first sample."""
        return self._best[0][1] if self._best else None

    def add(self, sample: float, now: float, *, is_late: bool = True) -> None:
        """Take in one stamp minus its arrival; it is at most the true offset, unless it cannot be late."""
        error = 0.0 if self.offset is None else sample - self.offset
        if abs(error) < STEP:
            self._doubtful.clear()
            self._keep(sample, now)
        else:
            self._doubt(sample, now, is_impossible=error > 0 or not is_late)

    def add_exchange(self, lowest: float, highest: float, now: float) -> None:
        """Take in bounds of the offset from a question and its answer; they overrule any estimate outside."""
        if self.offset is None or self.offset < lowest or self.offset > highest:
            self._restart(lowest, now)
        else:
            self.add(lowest, now)

    def _keep(self, sample: float, now: float) -> None:
        while self._best and self._best[-1][1] <= sample:
            self._best.pop()
        self._best.append((now, sample))
        while self._best[0][0] < now - WINDOW:
            self._best.popleft()

    def _doubt(self, sample: float, now: float, *, is_impossible: bool) -> None:
        offset = self.offset or 0.0
        if self._doubtful and (self._doubtful[-1] > offset) != (sample > offset):
            self._doubtful.clear()
        if not self._doubtful:
            self._doubted_since = now
        self._doubtful.append(sample)
        if len(self._doubtful) < WITNESSES or max(self._doubtful) - min(self._doubtful) > AGREEMENT:
            return
        if is_impossible or now - self._doubted_since >= PATIENCE:
            self._restart(max(self._doubtful), now)

    def _restart(self, sample: float, now: float) -> None:
        before = self.offset
        self._best.clear()
        self._doubtful.clear()
        self._best.append((now, sample))
        if before is not None and abs(sample - before) >= SET:
            self.on_step(sample - before)


class PbxClock:
    """PBX time for any moment of our monotonic clock."""

    def __init__(self, wall: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._anchor = wall() - monotonic()
        self._filter = OffsetFilter()
        self._latest = 0.0
        self._newest_stamp = Timestamp(0)
        """Of those believed; by a clock that was set, the one that told of it."""

    @property
    def on_step(self) -> Callable[[float], None]:
        """Who is told by how many seconds the PBX's clock was set, once it has been."""
        return self._filter.on_step

    @on_step.setter
    def on_step(self, told: Callable[[float], None]) -> None:
        self._filter.on_step = told

    @property
    def offset(self) -> float:
        """How far the PBX's clock is ahead of ours, in seconds; 0 until it said anything."""
        return self._filter.offset or 0.0

    def monotonic(self) -> float:
        """Return our monotonic clock, by which arrivals are timed."""
        return self._monotonic()

    def now(self) -> Timestamp:
        """Return PBX time now; it does not go back when the estimate is merely refined."""
        now = self.at(self._monotonic())
        self._latest = now if now < self._latest - STEP else max(now, self._latest)
        return Timestamp(self._latest)

    def at(self, arrived: float) -> Timestamp:
        """Return PBX time at a moment of the monotonic clock."""
        return Timestamp(arrived + self._anchor + self.offset)

    def observe(self, stamp: Timestamp, arrived: float) -> Timestamp:
        """Learn from the stamp of an event that arrived at a moment of the monotonic clock; return when it happened."""
        before, offsets = self._filter.offset, self._filter
        is_set_back = stamp <= self._newest_stamp - SET
        offsets.add(stamp - arrived - self._anchor, arrived, is_late=not is_set_back)
        if self._has_stepped(before):
            is_set_back, self._newest_stamp = False, stamp
        estimate = Timestamp(arrived + self._anchor + (offsets.offset or 0.0))
        if is_set_back or not -MOST_LATE <= stamp - estimate < SET:
            return estimate
        self._newest_stamp = max(self._newest_stamp, stamp)
        return stamp

    def observe_exchange(self, stamp: Timestamp, sent: float, arrived: float) -> None:
        """Learn from a reply that the PBX stamped between our sending and its arrival."""
        before, base = self._filter.offset, stamp - self._anchor
        self._filter.add_exchange(base - arrived, base - sent, arrived)
        if self._has_stepped(before):
            self._newest_stamp = stamp

    def _has_stepped(self, before: float | None) -> bool:
        return before is not None and abs(self.offset - before) >= SET
