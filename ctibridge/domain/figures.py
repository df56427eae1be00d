"""Counts that only grow, what is published of them, and how they are kept by day and by the last half hour.

Sums of waits and talks add up the whole seconds that Asterisk states, so that they equal queue_log's sums.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, Literal, TypeAlias

import msgspec

from ctibridge.domain import formulas
from ctibridge.domain.curve import Curve
from ctibridge.domain.policy import QueuePolicy
from ctibridge.domain.units import AgentId, Seconds, Timestamp

RECENT_MINUTES: Final = 30


class Distribution:
    """How many durations fell where: cumulative on export, as Prometheus has it."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Iterable[float]) -> None:
        self.bounds = tuple(sorted(set(bounds)))
        """Upper bounds, inclusive, in seconds."""
        self.counts = [0] * (len(self.bounds) + 1)
        """One a bound, and one beyond the last; not cumulative."""
        self.total = Seconds(0)
        """Sum of everything observed."""

    def observe(self, seconds: float) -> None:
        """Take in one duration."""
        for index, bound in enumerate(self.bounds):
            if seconds <= bound:
                self.counts[index] += 1
                break
        else:
            self.counts[-1] += 1
        self.total = Seconds(self.total + seconds)

    @property
    def count(self) -> int:
        """How many durations were observed."""
        return sum(self.counts)

    def copy(self) -> "Distribution":
        """A picture that does not change any more."""
        twin = Distribution(self.bounds)
        twin.counts, twin.total = list(self.counts), self.total
        return twin


WAIT_BOUNDS: Final = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800)
TALK_BOUNDS: Final = (5, 10, 20, 30, 60, 120, 180, 270, 360, 480, 600, 900, 1200, 1800, 3600)
RING_BOUNDS: Final = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 20, 25, 30, 45, 60)

CountName: TypeAlias = Literal[
    "offered",
    "answered",
    "abandoned",
    "abandoned_short",
    "abandoned_within",
    "exited",
    "refused",
    "lost",
    "completed",
    "transferred",
    "ring_no_answer",
    "ring_cancelled",
    "answered_within_rings",
    "answered_within_threshold",
    "answered_late",
    "answered_beyond",
    "service_level_met",
    "service_level_missed",
]


StatedSum: TypeAlias = Literal["wait_seconds", "abandon_wait_seconds", "talk_seconds"]
"""Sums of durations that queue_log states too."""


class Counts(msgspec.Struct, kw_only=True):
    """What was counted in some stretch of time, of one queue."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    """All abandons, short ones too."""
    abandoned_short: int = 0
    abandoned_within: int = 0
    """Abandoned within the service-level threshold."""
    exited: int = 0
    refused: int = 0
    lost: int = 0
    """Callers of whom we cannot know how they left."""
    completed: int = 0
    transferred: int = 0
    ring_no_answer: int = 0
    ring_cancelled: int = 0
    answered_within_rings: int = 0
    answered_within_threshold: int = 0
    answered_late: int = 0
    answered_beyond: int = 0
    """Answered after so long that the call counts as not answered (``unanswered_after``)."""
    service_level_met: int = 0
    service_level_missed: int = 0
    wait_seconds: Seconds = Seconds(0)
    """Of answered calls."""
    abandon_wait_seconds: Seconds = Seconds(0)
    talk_seconds: Seconds = Seconds(0)
    hold_seconds: Seconds = Seconds(0)
    wrap_up_seconds: Seconds = Seconds(0)

    def add(self, other: "Counts") -> None:
        """Add another stretch of time to this one."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class ServiceLevels(msgspec.Struct, frozen=True, kw_only=True):
    """The five published formulas side by side; ``None`` where there is nothing to divide by."""

    handled: float | None
    without_abandon: float | None
    positive: float | None
    negative: float | None
    net: float | None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Counts with the figures that follow from them: what ``queue/…/stats`` publishes for one stretch of time."""

    since: Timestamp
    counts: Counts
    service_level: ServiceLevels
    answer_rate: float | None
    abandon_rate: float | None
    abandon_rate_net: float | None
    late_answer_rate: float | None
    within_rings_ratio: float | None
    speed_of_answer_seconds: Seconds | None
    mean_abandon_wait_seconds: Seconds | None
    mean_talk_seconds: Seconds | None
    mean_handle_seconds: Seconds | None


class QueueStats(msgspec.Struct, frozen=True, kw_only=True):
    """One queue's figures of the site's day and of the last half hour."""

    day: Figures
    last_30_minutes: Figures


def figures(counts: Counts, since: Timestamp) -> Figures:
    """All figures that follow from some counts."""
    c = counts
    return Figures(
        since=since,
        counts=msgspec.structs.replace(c),
        service_level=ServiceLevels(
            handled=formulas.service_level_handled(c.answered_within_threshold, c.answered),
            without_abandon=formulas.service_level_without_abandon(
                c.answered_within_threshold, c.answered, c.abandoned, c.abandoned_within
            ),
            positive=formulas.service_level_positive(
                c.answered_within_threshold, c.answered, c.abandoned, c.abandoned_within
            ),
            negative=formulas.service_level_negative(c.answered_within_threshold, c.answered, c.abandoned),
            net=formulas.service_level_net(c.answered_within_threshold, c.answered, c.abandoned, c.abandoned_short),
        ),
        answer_rate=formulas.answer_rate(c.answered, c.offered),
        abandon_rate=formulas.abandon_rate(c.abandoned, c.offered),
        abandon_rate_net=formulas.abandon_rate_net(c.abandoned, c.abandoned_short, c.offered),
        late_answer_rate=formulas.late_answer_rate(c.answered_late, c.answered),
        within_rings_ratio=formulas.answer_rate(c.answered_within_rings, c.answered),
        speed_of_answer_seconds=formulas.speed_of_answer(c.wait_seconds, c.answered),
        mean_abandon_wait_seconds=formulas.mean_abandon_wait(c.abandon_wait_seconds, c.abandoned),
        mean_talk_seconds=formulas.mean_talk(c.talk_seconds, c.completed),
        mean_handle_seconds=formulas.mean_handle(c.talk_seconds, c.wrap_up_seconds, c.completed),
    )


class QueueTotals:
    """Everything counted of one queue since the bridge started, by day, and by minute for the last half hour."""

    def __init__(self, policy: QueuePolicy) -> None:
        self.all = Counts()
        self.exited: dict[str, int] = {}
        """By reason."""
        self.refused: dict[str, int] = {}
        self.transferred: dict[str, int] = {}
        """By kind: blind, attended, unknown."""
        waits = (*WAIT_BOUNDS, policy.service_level_threshold, policy.late_answer, policy.unanswered_after)
        self.answer_wait = Distribution(waits)
        self.abandon_wait = Distribution((*waits, policy.short_abandon))
        self.ring = Distribution((*RING_BOUNDS, policy.prompt_ring))
        self.talk = Distribution(TALK_BOUNDS)
        self.hold = Distribution(TALK_BOUNDS)
        self.wrap_up = Distribution(TALK_BOUNDS)
        self.day = Counts()
        self.day_since = Timestamp(0)
        self.day_until = Timestamp(0)
        self.owed: dict[StatedSum, Seconds] = {}
        """By how much a sum exceeds queue_log's: what is exported must not fall, so the next duration adds less."""
        self.minutes: deque[tuple[int, Counts]] = deque()
        self._recent: Counts | None = None
        """The minutes together, once somebody has asked; counted on until one of them is forgotten."""
        self._forgotten = 0
        """The last minute that is no longer among them."""
        self.curve = Curve()

    def count(self, name: CountName, now: Timestamp) -> None:
        """Count one fact."""
        for counts in self._stretches(now):
            setattr(counts, name, getattr(counts, name) + 1)
        self.curve.count(name, now)

    def add_seconds(
        self,
        name: Literal["wait_seconds", "abandon_wait_seconds", "talk_seconds", "hold_seconds", "wrap_up_seconds"],
        seconds: Seconds,
        now: Timestamp,
    ) -> None:
        """Add a duration to one of the sums."""
        for counts in self._stretches(now):
            setattr(counts, name, getattr(counts, name) + seconds)

    def add_stated(self, name: StatedSum, seconds: Seconds, now: Timestamp) -> None:
        """Take in a wait or talk as Asterisk stated it: into the sum and the distribution."""
        owed = self.owed.pop(name, Seconds(0))
        if owed > seconds:
            self.owed[name], owed = Seconds(owed - seconds), seconds
        self.add_seconds(name, Seconds(seconds - owed), now)
        distribution = self._distribution(name)
        distribution.observe(seconds)
        distribution.total = Seconds(distribution.total - owed)

    def correct(self, name: StatedSum, difference: Seconds, now: Timestamp) -> None:
        """Make a sum what queue_log has: its clock readings are others than those of AMI's events (T14)."""
        missing = Seconds(difference - self.owed.pop(name, Seconds(0)))
        if missing < 0:
            self.owed[name] = Seconds(-missing)
            return
        self.add_seconds(name, missing, now)
        distribution = self._distribution(name)
        distribution.total = Seconds(distribution.total + missing)

    def _distribution(self, name: StatedSum) -> Distribution:
        match name:
            case "wait_seconds":
                return self.answer_wait
            case "abandon_wait_seconds":
                return self.abandon_wait
            case "talk_seconds":
                return self.talk

    def begin_day(self, since: Timestamp, until: Timestamp) -> None:
        """Start the day's counts anew, unless this day is running already."""
        if since != self.day_since:
            self.day, self.day_since, self.day_until = Counts(), since, until
            self.curve.begin_day(since)

    def stats(self, now: Timestamp) -> QueueStats:
        """The figures to publish."""
        return QueueStats(
            day=figures(self.day, self.day_since),
            last_30_minutes=figures(self._recently(now), Timestamp((now // 60 - RECENT_MINUTES + 1) * 60)),
        )

    def tally(self, window: Literal["30m", "day"] | None, now: Timestamp) -> Callable[[str], float]:
        """How to look up one count or sum within a window; cheaper than all figures when few are wanted."""
        counts = self._recently(now) if window == "30m" else self.day
        return lambda name: float(getattr(counts, name))

    def is_quiet(self, now: Timestamp) -> bool:
        """True when the last half hour holds nothing that time could take away."""
        self._forget(now)
        return not self.minutes

    def _stretches(self, now: Timestamp) -> list[Counts]:
        """All stretches of time that a moment is in; a fact told after midnight may be yesterday's."""
        stretches = [self.all, self._minute(now)]
        if now >= self.day_since:
            stretches.append(self.day)
        if self._recent is not None and now // 60 > self._forgotten:
            stretches.append(self._recent)
        return stretches

    def _minute(self, now: Timestamp) -> Counts:
        """The counts of a minute; facts that are told late go where they happened."""
        minute = int(now // 60)
        place = len(self.minutes)
        while place and self.minutes[place - 1][0] > minute:
            place -= 1
        if not place or self.minutes[place - 1][0] != minute:
            self.minutes.insert(place, (minute, Counts()))
            return self.minutes[place][1]
        return self.minutes[place - 1][1]

    def _recently(self, now: Timestamp) -> Counts:
        """The last half hour's counts; not to be kept."""
        self._forget(now)
        if self._recent is None:
            self._recent = Counts()
            for _, counts in self.minutes:
                self._recent.add(counts)
        return self._recent

    def _forget(self, now: Timestamp) -> None:
        self._forgotten = int(now // 60) - RECENT_MINUTES
        while self.minutes and self.minutes[0][0] <= self._forgotten:
            self.minutes.popleft()
            self._recent = None


class AgentTotals(msgspec.Struct, kw_only=True):
    """Everything counted of one agent since the bridge started."""

    agent: AgentId
    answered: dict[str, int] = {}
    """By queue."""
    ring_no_answer: int = 0
    ring_cancelled: int = 0
    late_answers: int = 0
    limits_exceeded: dict[str, int] = {}
    """By reason."""
    talk_seconds: Seconds = Seconds(0)
    hold_seconds: Seconds = Seconds(0)
    state_seconds: dict[str, Seconds] = {}
    """By state; the present stretch is not in it yet."""
