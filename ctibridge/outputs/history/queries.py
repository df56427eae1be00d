"""What reports ask of the tables: grouped in SQL, given as structs.  Nothing is judged here; ``figures`` does that.

Periods travel as JSON, so that a year of half hours is one query; each is one range of an index.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import aiosqlite
import msgspec

from ctibridge.domain.figures import Counts
from ctibridge.outputs.history.groups import (
    AgentCalls,
    CallGroup,
    CallRecord,
    Inflow,
    KeptCounts,
    Person,
    QueueInflow,
    Refused,
    RingGroup,
    StateTime,
    Stretch,
    Unreached,
)
from ctibridge.outputs.history.periods import Period
from ctibridge.outputs.history.unreached import GAVE_UP_AT, IS_UNREACHED

By: TypeAlias = Literal["entry", "end"]

HALF_HOUR: Final = 1800
"""Seconds of one row of interval figures."""

REPEAT_SECONDS: Final = 30 * 86_400
"""A number that calls again within this time is a repeat caller."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Whose figures, and of when."""

    pbxs: tuple[str, ...]
    periods: tuple[Period, ...]
    queues: tuple[str, ...] = ()
    """Empty for all."""
    agents: tuple[str, ...] = ()
    """Empty for all."""
    by: By = "entry"
    """Calls belong to the period in which the caller joined, or in which the wait ended."""

    def parameters(self) -> dict[str, object]:
        """As the queries below name them."""
        return {
            "pbxs": _json(self.pbxs),
            "queues": _json(self.queues) if self.queues else None,
            "agents": _json(self.agents) if self.agents else None,
            "periods": _json([(period.since, period.until) for period in self.periods]),
        }


_PERIODS: Final = """
WITH periods(n, since, until) AS (
    SELECT key, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:periods)
)
"""
_IN_SCOPE: Final = """
calls.pbx IN (SELECT value FROM json_each(:pbxs))
AND calls.{time} >= periods.since AND calls.{time} < periods.until
"""
_OF_QUEUES: Final = "AND calls.queue IN (SELECT value FROM json_each(:queues))\n"
_BY_AGENTS: Final = "AND calls.agent IN (SELECT value FROM json_each(:agents))\n"
"""Named only where asked for: an index alone answers what names no other column."""
_TIMES: Final[dict[By, str]] = {"entry": "joined_at", "end": "left_at"}


def _scoped(sql: str, scope: Scope) -> str:
    """One of the texts below with the column that attributes calls; nothing that was typed gets into it."""
    condition = _IN_SCOPE + _OF_QUEUES * bool(scope.queues) + _BY_AGENTS * bool(scope.agents)
    return _PERIODS + sql.replace("{scope}", condition).replace("{time}", _TIMES[scope.by])


async def call_groups(connection: aiosqlite.Connection, scope: Scope) -> list[CallGroup]:
    """Calls by period, queue, outcome and wait; a caller who goes on to another queue is no repeat caller."""
    sql = """
    SELECT periods.n, calls.pbx, calls.queue, outcome, wait_seconds, level_threshold, count(*),
        total(is_short = 1), total(is_within_rings), count(is_within_rings), total(talk_seconds), count(talk_seconds),
        total(hold_seconds), count(hold_seconds), total(wrap_up_seconds), count(wrap_up_seconds), count(transfer_kind),
        count(caller_hmac), total(caller_hmac IS NOT NULL AND EXISTS (
            SELECT 1 FROM calls AS earlier WHERE earlier.caller_hmac = calls.caller_hmac
            AND earlier.joined_at >= calls.joined_at - :repeat_seconds AND earlier.joined_at < calls.joined_at
            AND earlier.call <> calls.call
        ))
    FROM periods CROSS JOIN calls ON {scope}
    GROUP BY 1, 2, 3, 4, 5, 6
    """
    parameters = scope.parameters() | {"repeat_seconds": REPEAT_SECONDS}
    return await _rows(connection, _scoped(sql, scope), parameters, CallGroup)


async def agent_calls(
    connection: aiosqlite.Connection, scope: Scope, late_answer: Mapping[str, float]
) -> list[AgentCalls]:
    """Answered calls by period and agent; ``late_answer`` is the longest wait that is not late, seconds by queue."""
    sql = """,
    late(queue, seconds) AS (SELECT key, value FROM json_each(:late))
    SELECT periods.n, calls.pbx, calls.agent, count(*), total(wait_seconds), total(wait_seconds > late.seconds),
        total(is_within_rings), count(is_within_rings), total(talk_seconds), count(talk_seconds),
        total(hold_seconds), count(hold_seconds), total(wrap_up_seconds), count(wrap_up_seconds), count(transfer_kind)
    FROM periods CROSS JOIN calls ON {scope} AND calls.agent IS NOT NULL AND calls.outcome = 'answered'
    LEFT JOIN late ON late.queue = calls.queue
    GROUP BY 1, 2, 3
    """
    parameters = scope.parameters() | {"late": msgspec.json.encode(late_answer).decode()}
    return await _rows(connection, _scoped(sql, scope), parameters, AgentCalls)


async def refused(connection: aiosqlite.Connection, scope: Scope) -> list[Refused]:
    """Refused callers by period and queue."""
    sql = """
    SELECT periods.n, r.pbx, r.queue, count(*) FROM periods CROSS JOIN refusals AS r
    ON r.pbx IN (SELECT value FROM json_each(:pbxs)) AND r.at >= periods.since AND r.at < periods.until
    WHERE :queues IS NULL OR r.queue IN (SELECT value FROM json_each(:queues))
    GROUP BY 1, 2, 3
    """
    return await _rows(connection, _PERIODS + sql, scope.parameters(), Refused)


async def kept_counts(connection: aiosqlite.Connection, scope: Scope) -> list[KeptCounts]:
    """Interval figures of the half hours of which no call is kept any more; always by entry."""
    names = Counts.__struct_fields__
    sums = ", ".join(f"sum(f.{name})" for name in names)
    sql = f"""
    SELECT periods.n, f.pbx, f.queue, {sums} FROM periods CROSS JOIN interval_figures AS f
    ON f.pbx IN (SELECT value FROM json_each(:pbxs)) AND f.since >= periods.since AND f.since < periods.until
    WHERE (:queues IS NULL OR f.queue IN (SELECT value FROM json_each(:queues)))
    AND NOT EXISTS (
        SELECT 1 FROM calls WHERE calls.pbx = f.pbx AND calls.queue = f.queue
        AND calls.joined_at >= f.since AND calls.joined_at < f.since + {HALF_HOUR}
    )
    GROUP BY 1, 2, 3
    """  # noqa: S608 - names of our own columns
    async with connection.execute(_PERIODS + sql, scope.parameters()) as cursor:
        return [
            KeptCounts(period=row[0], pbx=row[1], queue=row[2], counts=Counts(**dict(zip(names, row[3:], strict=True))))
            for row in await cursor.fetchall()
        ]


async def ring_groups(
    connection: aiosqlite.Connection, scope: Scope, name: Literal["queue", "agent"]
) -> list[RingGroup]:
    """Rings in vain by period, by queue or agent, and how they ended; always by when they ended."""
    sql = """
    SELECT periods.n, r.pbx, r.{name}, r.outcome, count(*) FROM periods CROSS JOIN rings AS r
    ON r.pbx IN (SELECT value FROM json_each(:pbxs)) AND r.at >= periods.since AND r.at < periods.until
    WHERE (:queues IS NULL OR r.queue IN (SELECT value FROM json_each(:queues)))
    AND (:agents IS NULL OR r.agent IN (SELECT value FROM json_each(:agents)))
    GROUP BY 1, 2, 3, 4
    """.replace("{name}", name)
    return await _rows(connection, _PERIODS + sql, scope.parameters(), RingGroup)


async def inflow(connection: aiosqlite.Connection, scope: Scope) -> list[Inflow]:
    """Calls offered in each period, over all queues of the scope."""
    sql = "SELECT periods.n, count(*) FROM periods CROSS JOIN calls ON {scope} GROUP BY 1"
    return await _rows(connection, _scoped(sql, scope), scope.parameters(), Inflow)


async def queue_inflow(connection: aiosqlite.Connection, scope: Scope) -> list[QueueInflow]:
    """Calls offered in each period by queue, those of which only figures are kept included."""
    sql = "SELECT periods.n, calls.queue, count(*) FROM periods CROSS JOIN calls ON {scope} GROUP BY 1, 2"
    counted = await _rows(connection, _scoped(sql, scope), scope.parameters(), QueueInflow)
    kept = await kept_counts(connection, scope)
    return [*counted, *(QueueInflow(one.period, one.queue, one.counts.offered) for one in kept)]


_PEOPLE: Final = """,
people(pbx, agent) AS (
    SELECT value, (SELECT min(agent) FROM agent_intervals WHERE pbx = value) FROM json_each(:pbxs)
    UNION ALL
    SELECT people.pbx,
        (SELECT min(i.agent) FROM agent_intervals AS i WHERE i.pbx = people.pbx AND i.agent > people.agent)
    FROM people WHERE people.agent IS NOT NULL
),
pieces(n, pbx, agent, since, until, state, reason, is_start, overrun_seconds, origin) AS (
    SELECT n, i.pbx, i.agent, i.since, min(i.until, periods.until), i.state, i.reason, 1, i.overrun_seconds, i.origin
    FROM people CROSS JOIN periods CROSS JOIN agent_intervals AS i
    ON i.pbx = people.pbx AND i.agent = people.agent AND i.since >= periods.since AND i.since < periods.until
    UNION ALL
    SELECT n, i.pbx, i.agent, periods.since, min(i.until, periods.until),
        i.state, i.reason, 0, i.overrun_seconds, i.origin
    FROM periods CROSS JOIN people CROSS JOIN agent_intervals AS i
    ON i.pbx = people.pbx AND i.agent = people.agent AND i.since = (
        SELECT max(j.since) FROM agent_intervals AS j
        WHERE j.pbx = people.pbx AND j.agent = people.agent AND j.since < periods.since
    )
    WHERE i.until > periods.since
)
"""
"""Agents' stretches cut to periods: those that begin within one, and the one of each agent that reaches into it."""

_OF_AGENTS: Final = "(:agents IS NULL OR agent IN (SELECT value FROM json_each(:agents)))"


def _people() -> str:
    return _PERIODS.rstrip().replace("WITH ", "WITH RECURSIVE ", 1) + _PEOPLE


async def state_times(connection: aiosqlite.Connection, scope: Scope) -> list[StateTime]:
    """Agents' time by period, state and reason."""
    sql = f"""
    SELECT n, pbx, agent, state, reason, total(is_start), total(until - since),
        total(is_start AND overrun_seconds > 0), total(CASE WHEN is_start THEN overrun_seconds END),
        max(origin <> 'queue_log')
    FROM pieces WHERE {_OF_AGENTS}
    GROUP BY 1, 2, 3, 4, 5
    """  # noqa: S608 - constants only
    return await _rows(connection, _people() + sql, scope.parameters(), StateTime)


async def stretches(connection: aiosqlite.Connection, scope: Scope) -> list[Stretch]:
    """Agents' days, stretch by stretch."""
    sql = f"""
    SELECT pbx, agent, since, until, state, reason, CASE WHEN is_start THEN overrun_seconds END
    FROM pieces WHERE {_OF_AGENTS} ORDER BY 1, 2, 3
    """  # noqa: S608 - constants only
    return await _rows(connection, _people() + sql, scope.parameters(), Stretch)


async def people(connection: aiosqlite.Connection, pbxs: Sequence[str]) -> list[Person]:
    """Everybody who was ever seen."""
    sql = "SELECT pbx, agent, name, team FROM agents WHERE pbx IN (SELECT value FROM json_each(:pbxs)) ORDER BY 1, 2"
    return await _rows(connection, sql, {"pbxs": _json(pbxs)}, Person)


async def calls(connection: aiosqlite.Connection, scope: Scope) -> list[CallRecord]:
    """Every offer and every refusal, in the order of their beginning; refusals only where no agent is asked for."""
    sql = """
    SELECT calls.pbx, queue, call, joined_at, caller_mask, position, outcome, reason, left_at, wait_seconds, is_short,
        agent, ring_seconds, talk_seconds, hold_seconds, wrap_up_seconds, ended_at, ended_by, transfer_kind
    FROM periods CROSS JOIN calls ON {scope}
    UNION ALL
    SELECT r.pbx, r.queue, r.call, r.at, NULL, NULL, 'refused', r.reason, r.at, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM periods CROSS JOIN refusals AS r
    ON r.pbx IN (SELECT value FROM json_each(:pbxs)) AND r.at >= periods.since AND r.at < periods.until
    WHERE :agents IS NULL AND (:queues IS NULL OR r.queue IN (SELECT value FROM json_each(:queues)))
    ORDER BY 4, 1, 2, 3
    """
    return await _rows(connection, _scoped(sql, scope), scope.parameters(), CallRecord)


async def unreached(connection: aiosqlite.Connection, scope: Scope) -> list[Unreached]:
    """Abandoned callers of whom no later call was answered, in any queue; who gave up first comes first."""
    sql = f"""
    SELECT calls.pbx, calls.queue, calls.caller_mask, count(*), min({GAVE_UP_AT}), max({GAVE_UP_AT}) AS last_at,
        max(calls.wait_seconds), min(ifnull(calls.is_short, 0))
    FROM periods CROSS JOIN calls ON {{scope}} AND {IS_UNREACHED}
    GROUP BY calls.caller_hmac
    ORDER BY 5
    """  # noqa: S608 - constants only
    return await _rows(connection, _scoped(sql, scope), scope.parameters(), Unreached)


async def abandoned_without_number(connection: aiosqlite.Connection, scope: Scope) -> int:
    """Abandons of callers without a number: nobody can call them back."""
    sql = """
    SELECT count(*) FROM periods CROSS JOIN calls
    ON {scope} AND calls.outcome = 'abandoned' AND calls.caller_hmac IS NULL
    """
    async with connection.execute(_scoped(sql, scope), scope.parameters()) as cursor:
        row = await cursor.fetchone()
    return int(row[0]) if row else 0


# -- what there is ----------------------------------------------------------------------------------------------------


async def known_pbxs(connection: aiosqlite.Connection) -> list[str]:
    """Every PBX of which something is kept."""
    found: set[str] = set()
    for table in ("calls", "agent_intervals", "refusals", "interval_figures", "alarms", "commands"):
        found |= set(await _distinct(connection, table, "pbx"))
    return sorted(found)


async def known_queues(connection: aiosqlite.Connection, pbxs: Sequence[str]) -> list[str]:
    """Every queue of which a call, a refusal or an alarm is kept."""
    found: set[str] = set()
    for table in ("calls", "refusals", "interval_figures", "alarms"):
        for pbx in pbxs:
            found |= set(await _distinct(connection, table, "queue", pbx))
    return sorted(found)


async def known_agents(connection: aiosqlite.Connection, pbxs: Sequence[str]) -> list[str]:
    """Every agent of whom anything is kept."""
    found = {person.agent for person in await people(connection, pbxs)}
    for table in ("agent_intervals", "calls", "alarms"):
        for pbx in pbxs:
            found |= set(await _distinct(connection, table, "agent", pbx))
    return sorted(found)


async def extent(connection: aiosqlite.Connection, pbxs: Sequence[str]) -> Period | None:
    """From the first call of which anything is kept to the last; ``None`` when there is none."""
    sql = """
    SELECT min(least), max(most) FROM (
        SELECT (SELECT min(joined_at) FROM calls WHERE pbx = value) AS least,
            (SELECT max(joined_at) FROM calls WHERE pbx = value) AS most FROM json_each(:pbxs)
        UNION ALL
        SELECT (SELECT min(since) FROM interval_figures WHERE pbx = value),
            (SELECT max(since) FROM interval_figures WHERE pbx = value) FROM json_each(:pbxs)
    )
    """
    async with connection.execute(sql, {"pbxs": _json(pbxs)}) as cursor:
        row = await cursor.fetchone()
    return Period(since=row[0], until=row[1]) if row and row[0] is not None else None


async def _distinct(connection: aiosqlite.Connection, table: str, column: str, pbx: str | None = None) -> list[str]:
    """Distinct values by jumping from one to the next in an index; years of rows are not read."""
    condition = "" if pbx is None else "pbx = :pbx AND"
    sql = f"""
    WITH RECURSIVE found(value) AS (
        SELECT min({column}) FROM {table} WHERE {condition} {column} > ''
        UNION ALL
        SELECT (SELECT min({column}) FROM {table} WHERE {condition} {column} > found.value)
        FROM found WHERE found.value IS NOT NULL
    )
    SELECT value FROM found WHERE value IS NOT NULL
    """  # noqa: S608 - names of our own tables
    async with connection.execute(sql, {"pbx": pbx}) as cursor:
        return [str(row[0]) for row in await cursor.fetchall()]


async def _rows(
    connection: aiosqlite.Connection, sql: str, parameters: dict[str, object], kind: type[Any]
) -> list[Any]:
    async with connection.execute(sql, parameters) as cursor:
        return [kind(*row) for row in await cursor.fetchall()]


def _json(values: Iterable[object]) -> str:
    return msgspec.json.encode(list(values)).decode()
