"""The reports themselves: lines of figures per queue, agent, team and period, from any open connection."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import aiosqlite
import msgspec

from ctibridge.domain.policy import Policy
from ctibridge.domain.units import QueueName, Seconds, Timestamp
from ctibridge.outputs.history import queries
from ctibridge.outputs.history.figures import (
    AgentFigures,
    AgentSums,
    CallFigures,
    CallSums,
    InflowFigures,
    inflow_figures,
)
from ctibridge.outputs.history.inflow import earlier_inflow
from ctibridge.outputs.history.periods import Period, Step
from ctibridge.outputs.history.queries import Scope

CALLBACK_WITHIN: Final = Seconds(86_400)
"""A caller who gave up is to be called back within a day (rule book 004)."""

WITH_USUAL: Final[frozenset[Step | None]] = frozenset({"30m", "1h", "1d"})
"""Steps that have a counterpart on the days before."""


class QueueLine(msgspec.Struct, frozen=True, kw_only=True):
    """One queue in one period."""

    pbx: str
    queue: str
    label: str
    period: Period
    figures: CallFigures


class IntervalLine(msgspec.Struct, frozen=True, kw_only=True):
    """One period over all queues of the scope."""

    period: Period
    figures: CallFigures
    inflow: InflowFigures


class AgentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One agent, or one team (``agent`` is ``None``), in one period."""

    pbx: str
    agent: str | None
    name: str | None
    team: str | None
    period: Period
    figures: AgentFigures


class CallbackLine(msgspec.Struct, frozen=True, kw_only=True):
    """A caller who gave up and was not answered since."""

    pbx: str
    queue: str
    caller: str | None
    """Masked."""
    abandons: int
    first_at: Timestamp
    last_at: Timestamp
    longest_wait_seconds: Seconds | None
    is_short: bool
    deadline: Timestamp
    is_overdue: bool


class QueueReport(msgspec.Struct, frozen=True, kw_only=True):
    """Every queue, and all of them together."""

    lines: tuple[QueueLine, ...]
    total: CallFigures


class IntervalReport(msgspec.Struct, frozen=True, kw_only=True):
    """Every period, also those in which nothing happened."""

    lines: tuple[IntervalLine, ...]
    total: CallFigures


class AgentReport(msgspec.Struct, frozen=True, kw_only=True):
    """Every agent, every team, and all of them together."""

    lines: tuple[AgentLine, ...]
    teams: tuple[AgentLine, ...]
    total: AgentFigures


class CallbackReport(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to call back, most urgent first."""

    lines: tuple[CallbackLine, ...]
    without_number: int
    """Abandons of callers whom nobody can call back."""


async def queue_report(connection: aiosqlite.Connection, scope: Scope, policy: Policy) -> QueueReport:
    """Figures per queue and period; queues without calls have no line."""
    sums = await _call_sums(connection, scope, policy)
    lines = tuple(
        QueueLine(
            pbx=pbx,
            queue=queue,
            label=policy.queue_label(QueueName(queue)),
            period=scope.periods[number],
            figures=one.figures(),
        )
        for (number, pbx, queue), one in sorted(sums.items())
    )
    return QueueReport(lines=lines, total=_together(sums.values()).figures())


async def interval_report(connection: aiosqlite.Connection, scope: Scope, step: Step, policy: Policy) -> IntervalReport:
    """Figures per period over all queues of the scope, with inflow against the days before."""
    sums = await _call_sums(connection, scope, policy)
    by_period: dict[int, CallSums] = defaultdict(CallSums)
    for (number, _, _), one in sums.items():
        by_period[number].add(one)
    usual = await earlier_inflow(connection, scope, policy) if step in WITH_USUAL else {}
    lines = tuple(
        IntervalLine(
            period=period,
            figures=by_period[number].figures(),
            inflow=inflow_figures(by_period[number].counts.offered, usual.get(number, ())),
        )
        for number, period in enumerate(scope.periods)
    )
    return IntervalReport(lines=lines, total=_together(sums.values()).figures())


async def agent_report(connection: aiosqlite.Connection, scope: Scope, policy: Policy) -> AgentReport:
    """Figures per agent, team and period; agents who neither worked nor were called have no line."""
    queues = await queries.known_queues(connection, scope.pbxs)
    late = {queue: policy.queue(queue).late_answer for queue in queues}
    sums: dict[tuple[int, str, str], AgentSums] = defaultdict(AgentSums)
    for calls in await queries.agent_calls(connection, scope, late):
        sums[calls.period, calls.pbx, calls.agent].take_calls(calls)
    for ring in await queries.ring_groups(connection, scope, "agent"):
        sums[ring.period, ring.pbx, ring.name].take_rings(ring)
    for time in await queries.state_times(connection, scope):
        sums[time.period, time.pbx, time.agent].take_time(time)
    people = {(one.pbx, one.agent): one for one in await queries.people(connection, scope.pbxs)}
    lines: list[AgentLine] = []
    teams: dict[tuple[int, str, str], AgentSums] = defaultdict(AgentSums)
    for (number, pbx, agent), one in sorted(sums.items()):
        person = people.get((pbx, agent))
        team = person.team if person else None
        if team:
            teams[number, pbx, team].add(one)
        lines.append(
            AgentLine(
                pbx=pbx,
                agent=agent,
                name=person.name if person else None,
                team=team,
                period=scope.periods[number],
                figures=one.figures(),
            )
        )
    total = AgentSums()
    for one in sums.values():
        total.add(one)
    return AgentReport(lines=tuple(lines), teams=_team_lines(teams, scope.periods), total=total.figures())


async def callback_report(connection: aiosqlite.Connection, scope: Scope, now: Timestamp) -> CallbackReport:
    """Abandoned callers who were not answered since; whether somebody called them back, telephony does not know."""
    lines = (
        CallbackLine(
            pbx=one.pbx,
            queue=one.queue,
            caller=one.caller_mask,
            abandons=one.abandons,
            first_at=Timestamp(one.first_at),
            last_at=Timestamp(one.last_at),
            longest_wait_seconds=None if one.longest_wait_seconds is None else Seconds(one.longest_wait_seconds),
            is_short=bool(one.is_short),
            deadline=Timestamp(one.first_at + CALLBACK_WITHIN),
            is_overdue=now > one.first_at + CALLBACK_WITHIN,
        )
        for one in await queries.unreached(connection, scope)
    )
    return CallbackReport(lines=tuple(lines), without_number=await queries.abandoned_without_number(connection, scope))


async def _call_sums(
    connection: aiosqlite.Connection, scope: Scope, policy: Policy
) -> dict[tuple[int, str, str], CallSums]:
    """Everything that is kept of calls, by period and queue."""
    sums: dict[tuple[int, str, str], CallSums] = defaultdict(CallSums)
    for group in await queries.call_groups(connection, scope):
        sums[group.period, group.pbx, group.queue].take(group, policy)
    for refused in await queries.refused(connection, scope):
        sums[refused.period, refused.pbx, refused.queue].counts.refused += refused.count
    for ring in await queries.ring_groups(connection, scope, "queue"):
        sums[ring.period, ring.pbx, ring.name].take_rings(ring)
    for kept in () if scope.agents else await queries.kept_counts(connection, scope):
        sums[kept.period, kept.pbx, kept.queue].take_counts(kept.counts)
    return sums


def _together(sums: Iterable[CallSums]) -> CallSums:
    total = CallSums()
    for one in sums:
        total.add(one)
    return total


def _team_lines(teams: dict[tuple[int, str, str], AgentSums], periods: Sequence[Period]) -> tuple[AgentLine, ...]:
    return tuple(
        AgentLine(pbx=pbx, agent=None, name=None, team=team, period=periods[number], figures=one.figures())
        for (number, pbx, team), one in sorted(teams.items())
    )
