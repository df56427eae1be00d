"""How many calls are usual: what was offered at the same time on the days before."""

from typing import Final

import aiosqlite
import msgspec

from ctibridge.domain import formulas
from ctibridge.domain.policy import Policy
from ctibridge.outputs.history import queries
from ctibridge.outputs.history.periods import Period, earlier
from ctibridge.outputs.history.queries import Scope

USUAL_DAYS: Final = 7
"""Inflow is held against the same hour of so many days before."""


async def earlier_inflow(
    connection: aiosqlite.Connection, scope: Scope, policy: Policy
) -> dict[int, list[tuple[Period, int]]]:
    """What was offered at the time of each period on the days before; days without any call are left out."""
    wanted = {number: earlier(period, USUAL_DAYS, policy) for number, period in enumerate(scope.periods)}
    unique = tuple(sorted({period for periods in wanted.values() for period in periods}, key=lambda one: one.since))
    days = tuple({policy.day_of(period.since) for period in unique})
    whole_days = tuple(Period(since=since, until=until) for since, until in days)
    offered = await _offered(connection, msgspec.structs.replace(scope, periods=unique))
    recorded = await _offered(connection, msgspec.structs.replace(scope, periods=whole_days))
    counts = {unique[number]: count for number, count in offered.items()}
    working = {days[number] for number in recorded}
    return {
        number: [(one, counts.get(one, 0)) for one in periods if policy.day_of(one.since) in working]
        for number, periods in wanted.items()
    }


async def _offered(connection: aiosqlite.Connection, scope: Scope) -> dict[int, int]:
    """Calls offered by period; periods without calls are left out."""
    counts = {one.period: one.count for one in await queries.inflow(connection, scope)}
    for kept in () if scope.agents else await queries.kept_counts(connection, scope):
        counts[kept.period] = counts.get(kept.period, 0) + kept.counts.offered
    return {period: count for period, count in counts.items() if count}


async def usual_calls(connection: aiosqlite.Connection, pbx: str, hour: Period, policy: Policy) -> dict[str, float]:
    """Mean of the calls offered to each queue in the same hour of the days before on which anything was recorded.

    A queue that had calls on none of these hours is left out: nothing is usual there.
    """
    hours = tuple(sorted(earlier(hour, USUAL_DAYS, policy), key=lambda one: one.since))
    days = tuple(Period(since=since, until=until) for since, until in (policy.day_of(one.since) for one in hours))
    recorded = await _offered(connection, Scope(pbxs=(pbx,), periods=days))
    scope = Scope(pbxs=(pbx,), periods=tuple(hours[number] for number in sorted(recorded)))
    by_queue: dict[str, dict[float, int]] = {}
    for one in await queries.queue_inflow(connection, scope) if recorded else ():
        by_hour = by_queue.setdefault(one.queue, {period.since: 0 for period in scope.periods})
        by_hour[scope.periods[one.period].since] += one.count
    usual = {queue: formulas.usual_inflow(counts) for queue, counts in by_queue.items()}
    return {queue: calls for queue, calls in usual.items() if calls}
