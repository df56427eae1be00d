"""What can be measured live: one line a metric, whose it is, its unit, and how it is read.

A reading is taken from what is published, so that an alarm says nothing that a display does not show.  ``None`` for a
reading is "not known": nothing is concluded from it.  A reading that grows with time alone states since when, so that
the moment at which it crosses a threshold is known beforehand.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

import msgspec

from ctibridge.domain import formulas
from ctibridge.domain.inflow import HourOfCalls
from ctibridge.domain.units import QueueName, Timestamp
from ctibridge.domain.views import AgentState, QueueView, Unit

if TYPE_CHECKING:  # Policy holds the rules, which are about these.
    from ctibridge.domain.agent import Agent
    from ctibridge.domain.policy import Policy

Subject: TypeAlias = Literal["queue", "agent", "team"]
Comparison: TypeAlias = Literal["above", "at_least", "below", "at_most"]
Setting: TypeAlias = Literal[
    "service_level_target",
    "late_answer",
    "unanswered_after",
    "max_wait",
    "min_staff",
    "wrap_up_target",
    "missed_in_row",
    "limit",
    "max_at_once",
]
"""Settings that can be thresholds: the queue's, and ``limit`` and ``max_at_once`` of the pause reason."""

REASON_SETTINGS: Final[frozenset[Setting]] = frozenset({"limit", "max_at_once"})


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one subject now; with neither ``value`` nor ``since`` there is nothing to measure."""

    value: float | None = None
    since: Timestamp | None = None
    """The value is the time since then, and grows by itself."""
    calls: float | None = None
    """How many calls a ratio or a mean is made of."""
    queue: QueueName | None = None
    """The queue whose settings hold for an agent's figure."""
    limit: float | None = None
    """What the pause reason says, where the figure is about one."""
    detail: str | None = None


NOTHING: Final = Reading()


class QueueNow(NamedTuple):
    """What a queue's metrics are read from."""

    view: QueueView
    tally: Callable[[str], float]
    """A count or sum of ``Counts`` by name, within the rule's window."""
    hour: HourOfCalls | None
    """The last whole hour, where it is known what is usual."""


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One metric."""

    subject: Subject
    unit: Unit
    meaning: str
    read: Callable[..., Reading | None]
    """Queue: (what is known now).  Agent: (agent, policy).  Team: (count of those away, limit, reason)."""
    comparison: Comparison = "above"
    """Which side of the threshold is bad, unless a rule says otherwise."""
    setting: Setting | None = None
    """The threshold, unless a rule says otherwise."""
    is_windowed: bool = False
    """Counted in the last 30 minutes or the day, rather than how things stand."""
    is_of_calls: bool = False
    """Made of calls, few of which say little."""


# -- queues: counted --------------------------------------------------------------------------------------------------


def _service_level(now: QueueNow) -> Reading:
    met, missed = now.tally("service_level_met"), now.tally("service_level_missed")
    return _quotient(met, met + missed)


def _answer_rate(now: QueueNow) -> Reading:
    return _quotient(now.tally("answered") - now.tally("answered_beyond"), _left(now))


def _abandon_rate(now: QueueNow) -> Reading:
    short = now.tally("abandoned_short")
    return _quotient(now.tally("abandoned") - short, _left(now) - short)


def _blocked_rate(now: QueueNow) -> Reading:
    return _quotient(now.tally("refused"), now.tally("refused") + now.tally("offered"))


def _mean_wait(now: QueueNow) -> Reading:
    waits = now.tally("wait_seconds") + now.tally("abandon_wait_seconds")
    return _quotient(waits, now.tally("answered") + now.tally("abandoned"))


def _mean_handle(now: QueueNow) -> Reading:
    return _quotient(now.tally("talk_seconds") + now.tally("wrap_up_seconds"), now.tally("completed"))


def _per(part: str, whole: str) -> Callable[[QueueNow], Reading]:
    """One count or sum divided by another."""
    return lambda now: _quotient(now.tally(part), now.tally(whole))


def _quotient(part: float, calls: float) -> Reading:
    return Reading(value=formulas.quotient(part, calls), calls=calls)


def _left(now: QueueNow) -> float:
    return now.tally("answered") + now.tally("abandoned") + now.tally("exited") + now.tally("lost")


def _inflow_deviation(now: QueueNow) -> Reading:
    hour = now.hour
    deviation = formulas.inflow_deviation(hour.offered, hour.usual) if hour is not None else None
    if hour is None or deviation is None:
        return NOTHING
    detail = f"{hour.offered} calls, usually {hour.usual:g}"
    return Reading(value=abs(deviation), calls=max(hour.offered, hour.usual), detail=detail)


# -- queues: as they stand --------------------------------------------------------------------------------------------


def _longest_wait(now: QueueNow) -> Reading:
    since = now.view.oldest_since
    return NOTHING if since is None else Reading(since=since)


def _waiting(now: QueueNow) -> Reading:
    return Reading(value=now.view.waiting)


def _waiting_unattended(now: QueueNow) -> Reading | None:
    members = now.view.members
    if members.unknown:
        return None
    return Reading(value=0 if members.ready else now.view.waiting)


def _seated(now: QueueNow) -> Reading | None:
    """An empty seat (空岗) is one that nobody is at: a paused or unreachable member does not fill it."""
    members = now.view.members
    if members.unknown:
        return None
    return Reading(value=members.ready + members.ringing + members.busy + members.wrap_up)


# -- agents -----------------------------------------------------------------------------------------------------------


def _paused_for(agent: "Agent", policy: "Policy") -> Reading | None:
    if agent.is_feed_lost:
        return None
    limit = agent.limit(policy)
    if limit is None or agent.limit_since is None:
        return NOTHING
    return Reading(since=agent.limit_since, limit=limit.seconds, detail=agent.pause.reason if agent.pause else None)


def _unapproved_for(agent: "Agent", _: "Policy") -> Reading | None:
    return _breach(agent, agent.unapproved_since)


def _without_reason_for(agent: "Agent", _: "Policy") -> Reading | None:
    return _breach(agent, agent.reason_missing_since)


def _breach(agent: "Agent", since: Timestamp | None) -> Reading | None:
    if agent.is_feed_lost:
        return None
    return NOTHING if since is None else Reading(since=since, detail=agent.pause.reason if agent.pause else None)


def _missed_in_row(agent: "Agent", _: "Policy") -> Reading:
    return Reading(value=agent.missed_in_row, queue=agent.missed_queue, detail=agent.missed_queue)


def _in_state(state: AgentState) -> Callable[["Agent", "Policy"], Reading | None]:
    """How long the agent has been in a state."""

    def read(agent: "Agent", _: "Policy") -> Reading | None:
        if agent.is_feed_lost:
            return None
        is_in_it = agent.state is state
        return Reading(since=agent.since, queue=agent.last_queue, detail=agent.last_queue) if is_in_it else NOTHING

    return read


# -- teams ------------------------------------------------------------------------------------------------------------


def _away_at_once(away: int, limit: int, reason: str) -> Reading:
    return Reading(value=away, limit=limit, detail=reason)


def _queue(unit: Unit, meaning: str, read: Callable[..., Reading | None], **more: Any) -> Measure:  # noqa: ANN401
    return Measure(subject="queue", unit=unit, meaning=meaning, read=read, **more)


def _counted(unit: Unit, meaning: str, read: Callable[..., Reading | None], **more: Any) -> Measure:  # noqa: ANN401
    return _queue(unit, meaning, read, is_windowed=True, is_of_calls=True, **more)


def _agent(unit: Unit, meaning: str, read: Callable[..., Reading | None], **more: Any) -> Measure:  # noqa: ANN401
    return Measure(subject="agent", unit=unit, meaning=meaning, read=read, **more)


MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "service_level": _counted(
            "ratio",
            "calls in time ÷ calls decided: each at answer, abandon, or the moment the threshold passes",
            _service_level,
            comparison="below",
            setting="service_level_target",
        ),
        "answer_rate": _counted(
            "ratio",
            "answers up to `unanswered_after` ÷ callers who left the queue; who still waits is not judged",
            _answer_rate,
            comparison="below",
        ),
        "abandon_rate": _counted(
            "ratio", "abandons ÷ callers who left the queue, short abandons out of both", _abandon_rate
        ),
        "late_answer_rate": _counted(
            "ratio", "answers after more than `late_answer` ÷ answers", _per("answered_late", "answered")
        ),
        "within_rings_ratio": _counted(
            "ratio",
            "answers within `rings` of the answering phone ÷ answers",
            _per("answered_within_rings", "answered"),
            comparison="below",
        ),
        "speed_of_answer": _counted(
            "seconds", "ASA: waits of answered calls ÷ answers", _per("wait_seconds", "answered")
        ),
        "mean_wait": _counted("seconds", "waits ÷ calls, of all that were answered or abandoned", _mean_wait),
        "mean_abandon_wait": _counted(
            "seconds", "waits of abandons ÷ abandons", _per("abandon_wait_seconds", "abandoned")
        ),
        "mean_talk": _counted("seconds", "talk, hold included ÷ completed calls", _per("talk_seconds", "completed")),
        "mean_hold": _counted("seconds", "customer hold ÷ completed calls", _per("hold_seconds", "completed")),
        "mean_wrap_up": _counted(
            "seconds",
            "after-call work ÷ completed calls",
            _per("wrap_up_seconds", "completed"),
            setting="wrap_up_target",
        ),
        "mean_handle": _counted("seconds", "AHT: talk, hold and after-call work ÷ completed calls", _mean_handle),
        "transfer_rate": _counted("ratio", "transferred calls ÷ answers", _per("transferred", "answered")),
        "blocked_rate": _counted("ratio", "refused ÷ refused and offered", _blocked_rate),
        "ring_no_answer": _counted(
            "calls", "rings that nobody answered", lambda now: Reading(value=now.tally("ring_no_answer"))
        ),
        "inflow_deviation": _queue(
            "ratio",
            "how far the calls of the last whole hour were off those of the same hour of earlier days, up or down",
            _inflow_deviation,
            is_of_calls=True,
        ),
        "longest_wait": _queue("seconds", "how long the first in line has waited", _longest_wait, setting="max_wait"),
        "waiting": _queue("calls", "callers in line", _waiting),
        "waiting_unattended": _queue("calls", "callers in line while no member is ready", _waiting_unattended),
        "seated": _queue(
            "agents",
            "members at their seats: ready, ringing, busy or in wrap-up; not who is paused or unreachable",
            _seated,
            comparison="below",
            setting="min_staff",
        ),
        "pause_seconds": _agent("seconds", "how long a pause with a limit has lasted", _paused_for, setting="limit"),
        "unapproved_seconds": _agent(
            "seconds", "how long the agent has been away without the approval that the reason needs", _unapproved_for
        ),
        "reason_missing_seconds": _agent(
            "seconds", "how long the agent has been away without the reason that is required", _without_reason_for
        ),
        "missed_in_row": _agent(
            "calls",
            "rings in a row that the agent did not answer; an answer, a return from a pause or a log-out ends the row",
            _missed_in_row,
            comparison="at_least",
            setting="missed_in_row",
        ),
        "wrap_up_seconds": _agent(
            "seconds",
            "how long the present after-call work has lasted",
            _in_state(AgentState.WRAP_UP),
            setting="wrap_up_target",
        ),
        "unreachable_seconds": _agent(
            "seconds", "how long the agent's phone has been unreachable", _in_state(AgentState.UNREACHABLE)
        ),
        "away_at_once": Measure(
            subject="team",
            unit="agents",
            meaning="members of a team who are away for one reason at the same time",
            read=_away_at_once,
            setting="max_at_once",
        ),
    }
)
"""Every metric that a rule can be about."""
