"""From grouped rows to figures: what a queue, an agent, a team or a period adds up to.

Ratios are 0 to 1, durations seconds, ``None`` is unknown or nothing to divide by, and never 0.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from ctibridge.domain import figures as live
from ctibridge.domain import formulas
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Seconds, Timestamp
from ctibridge.outputs.history.groups import AgentCalls, CallGroup, RingGroup, StateTime
from ctibridge.outputs.history.periods import Period

UNKNOWN_STATE: Final = "unknown"
AT_WORK: Final = ("ready", "ringing", "busy", "wrap_up", "not_ready", "unreachable")
"""States of somebody who is logged in."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A ratio with what it was made of."""

    numerator: int
    denominator: int
    ratio: float | None


class ServiceLevelShares(msgspec.Struct, frozen=True, kw_only=True):
    """The five published formulas side by side."""

    handled: Share
    without_abandon: Share
    positive: Share
    negative: Share
    net: Share


class CallFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What the calls of one queue, or of several, add up to."""

    offered: int
    answered: int
    abandoned: int
    abandoned_short: int
    exited: int
    lost: int
    waiting: int
    refused: int
    transferred: int
    ring_no_answer: int
    ring_cancelled: int
    answered_within_rings: int
    answered_late: int
    answered_beyond: int
    service_level: ServiceLevelShares
    answer_rate: float | None
    abandon_rate: float | None
    abandon_rate_net: float | None
    late_answer_rate: float | None
    within_rings_rate: float | None
    """Of answers whose ring time is known."""
    transfer_rate: float | None
    blocked_rate: float | None
    speed_of_answer_seconds: Seconds | None
    mean_abandon_wait_seconds: Seconds | None
    mean_wait_seconds: Seconds | None
    """Of all who left the queue, however they left it."""
    longest_wait_seconds: Seconds | None
    wait_p50_seconds: Seconds | None
    wait_p90_seconds: Seconds | None
    wait_p95_seconds: Seconds | None
    talk_seconds: Seconds
    mean_talk_seconds: Seconds | None
    """Customer hold included."""
    mean_hold_seconds: Seconds | None
    mean_wrap_up_seconds: Seconds | None
    mean_handle_seconds: Seconds | None
    numbers_known: int | None
    repeat_calls: int | None
    repeat_rate: float | None


class ReasonTime(msgspec.Struct, frozen=True, kw_only=True):
    """Time of an agent, or of a team, in one state for one reason."""

    state: str
    reason: str | None
    count: int
    seconds: Seconds
    exceeded: int
    overrun_seconds: Seconds


class AgentFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent, or a team, did."""

    answered: int
    answered_late: int
    answered_within_rings: int
    transferred: int
    ring_no_answer: int
    ring_cancelled: int
    late_answer_rate: float | None
    within_rings_rate: float | None
    transfer_rate: float | None
    talk_seconds: Seconds
    mean_talk_seconds: Seconds | None
    mean_hold_seconds: Seconds | None
    mean_wrap_up_seconds: Seconds | None
    mean_handle_seconds: Seconds | None
    logged_in_seconds: Seconds | None
    """``None`` where no states were recorded, as with an imported queue_log."""
    ready_seconds: Seconds | None
    ringing_seconds: Seconds | None
    busy_seconds: Seconds | None
    wrap_up_seconds: Seconds | None
    not_ready_seconds: Seconds | None
    unreachable_seconds: Seconds | None
    occupancy: float | None
    calls_per_hour: float | None
    limits_exceeded: int | None
    overrun_seconds: Seconds | None
    times: tuple[ReasonTime, ...]


class InflowFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A period's inflow against the same time on the last seven days."""

    usual: float | None
    deviation: float | None
    is_unusual: bool


class CallSums:
    """Adds up call groups, refusals, rings and kept interval figures."""

    def __init__(self) -> None:
        self.counts = live.Counts()
        self.waiting = 0
        self.waits: Counter[float] = Counter()
        """How often each wait occurred, of all who left."""
        self.all_waits = Seconds(0)
        self.is_detailed = True
        """False when a part comes from interval figures, which keep sums and no single waits."""
        self.rings_known = 0
        self.hold_known = 0
        self.wrap_up_known = 0
        self.numbers_known = 0
        self.repeated = 0

    def take(self, group: CallGroup, policy: Policy) -> None:
        """Add calls that are alike."""
        counts, number = self.counts, group.count
        counts.offered += number
        counts.transferred += group.transferred
        counts.completed += group.completed
        counts.talk_seconds = Seconds(counts.talk_seconds + group.talk_seconds)
        counts.hold_seconds = Seconds(counts.hold_seconds + group.hold_seconds)
        counts.wrap_up_seconds = Seconds(counts.wrap_up_seconds + group.wrap_up_seconds)
        counts.answered_within_rings += int(group.within_rings)
        self.rings_known += group.rings_known
        self.hold_known += group.hold_known
        self.wrap_up_known += group.wrap_up_known
        self.numbers_known += group.numbers_known
        self.repeated += int(group.repeated)
        if group.outcome != "waiting" and group.wait_seconds is not None:
            self.waits[group.wait_seconds] += number
            self.all_waits = Seconds(self.all_waits + group.wait_seconds * number)
        self._outcome(group, policy)

    def _outcome(self, group: CallGroup, policy: Policy) -> None:
        counts, number, wait = self.counts, group.count, group.wait_seconds or 0.0
        is_within = group.wait_seconds is not None and wait <= group.level_threshold
        match group.outcome:
            case "answered":
                rules = policy.queue(group.queue)
                counts.answered += number
                counts.wait_seconds = Seconds(counts.wait_seconds + wait * number)
                counts.answered_within_threshold += number * is_within
                counts.answered_late += number * (wait > rules.late_answer)
                counts.answered_beyond += number * (wait > rules.unanswered_after)
            case "abandoned":
                counts.abandoned += number
                counts.abandoned_short += int(group.short)
                counts.abandoned_within += number * is_within
                counts.abandon_wait_seconds = Seconds(counts.abandon_wait_seconds + wait * number)
            case "exited":
                counts.exited += number
            case "lost":
                counts.lost += number
            case _:
                self.waiting += number

    def take_rings(self, group: RingGroup) -> None:
        """Add phones that rang in vain."""
        if group.outcome == "ring_no_answer":
            self.counts.ring_no_answer += group.count
        else:
            self.counts.ring_cancelled += group.count

    def take_counts(self, counts: live.Counts) -> None:
        """Add what is kept of calls whose detail is gone."""
        self.counts.add(counts)
        self.all_waits = Seconds(self.all_waits + counts.wait_seconds + counts.abandon_wait_seconds)
        self.is_detailed = False

    def add(self, other: "CallSums") -> None:
        """Add another queue, or another period."""
        self.counts.add(other.counts)
        self.waits.update(other.waits)
        self.is_detailed = self.is_detailed and other.is_detailed
        for name in ("waiting", "all_waits", "rings_known", "hold_known", "wrap_up_known", "numbers_known", "repeated"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def figures(self) -> CallFigures:
        """Everything that follows."""
        c, exact = self.counts, self.is_detailed
        known = live.figures(c, Timestamp(0))
        return CallFigures(
            offered=c.offered,
            answered=c.answered,
            abandoned=c.abandoned,
            abandoned_short=c.abandoned_short,
            exited=c.exited,
            lost=c.lost,
            waiting=self.waiting,
            refused=c.refused,
            transferred=c.transferred,
            ring_no_answer=c.ring_no_answer,
            ring_cancelled=c.ring_cancelled,
            answered_within_rings=c.answered_within_rings,
            answered_late=c.answered_late,
            answered_beyond=c.answered_beyond,
            service_level=service_level_shares(c),
            answer_rate=known.answer_rate,
            abandon_rate=known.abandon_rate,
            abandon_rate_net=known.abandon_rate_net,
            late_answer_rate=known.late_answer_rate,
            within_rings_rate=formulas.within_rings_rate(c.answered_within_rings, self.rings_known) if exact else None,
            transfer_rate=formulas.transfer_rate(c.transferred, c.answered),
            blocked_rate=formulas.blocked_rate(c.refused, c.offered),
            speed_of_answer_seconds=known.speed_of_answer_seconds,
            mean_abandon_wait_seconds=known.mean_abandon_wait_seconds,
            mean_wait_seconds=formulas.mean_wait(self.all_waits, self.waits.total()) if exact else None,
            longest_wait_seconds=Seconds(max(self.waits)) if exact and self.waits else None,
            wait_p50_seconds=formulas.percentile(self.waits, 50) if exact else None,
            wait_p90_seconds=formulas.percentile(self.waits, 90) if exact else None,
            wait_p95_seconds=formulas.percentile(self.waits, 95) if exact else None,
            talk_seconds=c.talk_seconds,
            mean_talk_seconds=known.mean_talk_seconds,
            mean_hold_seconds=formulas.mean_hold(c.hold_seconds, self.hold_known) if exact else None,
            mean_wrap_up_seconds=(
                formulas.mean_wrap_up(c.wrap_up_seconds, c.completed) if self.wrap_up_known or not exact else None
            ),
            mean_handle_seconds=known.mean_handle_seconds,
            numbers_known=self.numbers_known if exact else None,
            repeat_calls=self.repeated if exact else None,
            repeat_rate=formulas.repeat_rate(self.repeated, self.numbers_known) if exact else None,
        )


def service_level_shares(c: live.Counts) -> ServiceLevelShares:
    """The five formulas with numerators and denominators; the ratios are ``domain.formulas``' own."""
    in_time, levels = c.answered_within_threshold, live.figures(c, Timestamp(0)).service_level
    both = c.answered + c.abandoned
    return ServiceLevelShares(
        handled=Share(numerator=in_time, denominator=c.answered, ratio=levels.handled),
        without_abandon=Share(numerator=in_time, denominator=both - c.abandoned_within, ratio=levels.without_abandon),
        positive=Share(numerator=in_time + c.abandoned_within, denominator=both, ratio=levels.positive),
        negative=Share(numerator=in_time, denominator=both, ratio=levels.negative),
        net=Share(numerator=in_time, denominator=both - c.abandoned_short, ratio=levels.net),
    )


class AgentSums:
    """Adds up what one agent, or a team, did."""

    def __init__(self) -> None:
        self.calls = live.Counts()
        self.rings_known = 0
        self.hold_known = 0
        self.wrap_up_known = 0
        self.times: dict[tuple[str, str], ReasonTime] = {}
        self.is_watched = False
        """All states were recorded, not only the pauses that queue_log tells."""
        self.is_empty = True
        """No agent was added yet."""

    def take_calls(self, calls: AgentCalls) -> None:
        """Add answered calls."""
        self.calls.add(
            live.Counts(
                answered=calls.answered,
                answered_late=int(calls.late),
                answered_within_rings=int(calls.within_rings),
                transferred=calls.transferred,
                completed=calls.completed,
                wait_seconds=Seconds(calls.wait_seconds),
                talk_seconds=Seconds(calls.talk_seconds),
                hold_seconds=Seconds(calls.hold_seconds),
                wrap_up_seconds=Seconds(calls.wrap_up_seconds),
            )
        )
        self.rings_known += calls.rings_known
        self.hold_known += calls.hold_known
        self.wrap_up_known += calls.wrap_up_known

    def take_rings(self, group: RingGroup) -> None:
        """Add rings in vain."""
        if group.outcome == "ring_no_answer":
            self.calls.ring_no_answer += group.count
        else:
            self.calls.ring_cancelled += group.count

    def take_time(self, time: StateTime) -> None:
        """Add time in a state."""
        self.is_watched = self.is_watched or bool(time.is_watched)
        more = ReasonTime(
            state=time.state,
            reason=time.reason,
            count=int(time.count),
            seconds=Seconds(time.seconds),
            exceeded=int(time.exceeded),
            overrun_seconds=Seconds(time.overrun_seconds),
        )
        self._add_time(more)

    def add(self, other: "AgentSums") -> None:
        """Add another agent; what is not known of one is not known of all."""
        self.is_watched = other.is_watched and (self.is_watched or self.is_empty)
        self.is_empty = False
        self.calls.add(other.calls)
        self.rings_known += other.rings_known
        self.hold_known += other.hold_known
        self.wrap_up_known += other.wrap_up_known
        for time in other.times.values():
            self._add_time(time)

    def _add_time(self, more: ReasonTime) -> None:
        key = (more.state, more.reason or "")
        one = self.times.get(key)
        self.times[key] = (
            more
            if one is None
            else ReasonTime(
                state=one.state,
                reason=one.reason,
                count=one.count + more.count,
                seconds=Seconds(one.seconds + more.seconds),
                exceeded=one.exceeded + more.exceeded,
                overrun_seconds=Seconds(one.overrun_seconds + more.overrun_seconds),
            )
        )

    def figures(self) -> AgentFigures:
        """Everything that follows."""
        c, times = self.calls, self.times.values()
        spent = self._spent() if self.is_watched else {}
        paused = [time.seconds for time in times if time.state == "not_ready"]
        logged_in = Seconds(sum(spent.values())) if spent else None
        return AgentFigures(
            answered=c.answered,
            answered_late=c.answered_late,
            answered_within_rings=c.answered_within_rings,
            transferred=c.transferred,
            ring_no_answer=c.ring_no_answer,
            ring_cancelled=c.ring_cancelled,
            late_answer_rate=formulas.late_answer_rate(c.answered_late, c.answered),
            within_rings_rate=formulas.within_rings_rate(c.answered_within_rings, self.rings_known),
            transfer_rate=formulas.transfer_rate(c.transferred, c.answered),
            talk_seconds=c.talk_seconds,
            mean_talk_seconds=formulas.mean_talk(c.talk_seconds, c.completed),
            mean_hold_seconds=formulas.mean_hold(c.hold_seconds, self.hold_known),
            mean_wrap_up_seconds=formulas.mean_wrap_up(c.wrap_up_seconds, c.completed) if self.wrap_up_known else None,
            mean_handle_seconds=formulas.mean_handle(c.talk_seconds, c.wrap_up_seconds, c.completed),
            logged_in_seconds=logged_in,
            ready_seconds=spent.get("ready"),
            ringing_seconds=spent.get("ringing"),
            busy_seconds=spent.get("busy"),
            wrap_up_seconds=spent.get("wrap_up"),
            not_ready_seconds=spent.get("not_ready") if spent else Seconds(sum(paused)) if paused else None,
            unreachable_seconds=spent.get("unreachable"),
            occupancy=formulas.occupancy(spent["busy"], spent["wrap_up"], spent["ready"]) if spent else None,
            calls_per_hour=formulas.calls_per_hour(c.answered, logged_in) if logged_in is not None else None,
            limits_exceeded=sum(time.exceeded for time in times) if times else None,
            overrun_seconds=Seconds(sum(time.overrun_seconds for time in times)) if times else None,
            times=tuple(sorted(self.times.values(), key=lambda time: -time.seconds)),
        )

    def _spent(self) -> Mapping[str, Seconds]:
        """Seconds by state; empty when no state was recorded."""
        if not any(state != UNKNOWN_STATE for state, _ in self.times):
            return {}
        spent = dict.fromkeys(AT_WORK, Seconds(0))
        for (state, _), time in self.times.items():
            if state in spent:
                spent[state] = Seconds(spent[state] + time.seconds)
        return spent


def inflow_figures(offered: int, earlier: Iterable[tuple[Period, int]]) -> InflowFigures:
    """A period's inflow against the same time on earlier days on which anything was recorded."""
    usual = formulas.usual_inflow({period.since: count for period, count in earlier})
    return InflowFigures(
        usual=usual,
        deviation=None if usual is None else formulas.inflow_deviation(offered, usual),
        is_unusual=usual is not None and formulas.is_unusual_inflow(offered, usual),
    )
