"""Rows by the page, for whoever looks something up while the bridge runs.

Pages go by keys that the indexes hold, never by offsets: a page begins right after the last row of the one before,
whatever was written in between.  Reading has a connection of its own, which cannot write, and a time within which it
must be done; SQLite works in aiosqlite's thread, so that nobody else waits.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import quote

import aiosqlite
import msgspec

from ctibridge.outputs.history.store import BUSY_MILLISECONDS
from ctibridge.outputs.history.unreached import GAVE_UP_AT, IS_UNREACHED

LONGEST: Final = 5.0
"""Seconds for one question, waiting for the ones before it included."""

Row: TypeAlias = dict[str, Any]
"""Values by the name of their column; those called ``is_…`` are ``bool``."""
Answer = TypeVar("Answer")


class LookupSlowError(Exception):
    """It took longer than ``LONGEST``; it was ended."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows: from ``since`` to before ``until`` (epoch seconds), at most ``limit``, after the row of a key."""

    pbx: str
    since: float
    until: float
    limit: int
    after: Sequence[str | int | float] | None = None


class Lookup:
    """An open database that is only read; raises LookupSlowError and sqlite3.Error."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    async def ask(self, question: Callable[[aiosqlite.Connection], Awaitable[Answer]]) -> Answer:
        """One question at a time, each within ``LONGEST``."""
        try:
            async with asyncio.timeout(LONGEST), self._turn:
                return await self._interruptible(question)
        except TimeoutError as error:
            raise LookupSlowError(f"no answer within {LONGEST:g} s") from error

    async def _interruptible(self, question: Callable[[aiosqlite.Connection], Awaitable[Answer]]) -> Answer:
        try:
            return await question(self._connection)
        except asyncio.CancelledError:
            await self._connection.interrupt()  # Or the thread would go on for nobody, with others behind it.
            raise


@asynccontextmanager
async def looking(path: Path) -> AsyncIterator[Lookup]:
    """A second connection to a store that is open already."""
    address = f"file:{quote(str(path))}?mode=ro"
    connection = await aiosqlite.connect(address, uri=True)
    try:
        for pragma in ("query_only = ON", f"busy_timeout = {BUSY_MILLISECONDS}"):
            # Read to its end: an interrupt ends every later statement, too, for as long as one is left half read.
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        yield Lookup(connection)
    finally:
        await connection.close()


# -- questions --------------------------------------------------------------------------------------------------------

_STAY: Final = """
queue, call, stay, joined_at, linkedid, caller_mask AS caller_number, position, outcome, reason, left_at, wait_seconds,
is_short, agent, ring_seconds, is_within_rings, talk_seconds, hold_seconds, wrap_up_seconds, ended_at, ended_by,
transfer_kind, level_threshold, origin
"""
_OF_CALL: Final = "pbx = :pbx AND queue IN (SELECT value FROM json_each(:queues)) AND call = :call"
"""The queues are named because keys begin with them: a call is found without reading the others."""


async def stays(
    connection: aiosqlite.Connection,
    part: Part,
    *,
    queues: Iterable[str] | None,
    agents: Iterable[str] | None,
    outcome: str | None,
) -> list[Row]:
    """Stays by when they began; keys are (joined_at, queue, call, stay)."""
    sql = f"SELECT {_STAY} FROM calls WHERE pbx = :pbx AND joined_at >= :since AND joined_at < :until"  # noqa: S608 - constants
    sql += " AND queue IN (SELECT value FROM json_each(:queues))" if queues is not None else ""
    sql += " AND agent IN (SELECT value FROM json_each(:agents))" if agents is not None else ""
    sql += " AND outcome = :outcome" if outcome is not None else ""
    given = {"queues": _json(queues or ()), "agents": _json(agents or ()), "outcome": outcome}
    return await _page(connection, sql, part, ("joined_at", "queue", "call", "stay"), given)


async def stays_of_call(connection: aiosqlite.Connection, pbx: str, call: str, queues: Iterable[str]) -> list[Row]:
    """One caller's stays in these queues, in their order.

    The ``+`` keeps SQLite from reading everything in the order of an index that it could sort by.
    """
    sql = f"SELECT {_STAY} FROM calls WHERE {_OF_CALL} ORDER BY +joined_at, queue, stay"  # noqa: S608 - constants
    return await _rows(connection, sql, {"pbx": pbx, "call": call, "queues": _json(queues)})


async def rings_of_call(connection: aiosqlite.Connection, pbx: str, call: str, queues: Iterable[str]) -> list[Row]:
    """Phones that rang in vain for one caller, in the order in which they stopped."""
    columns = "queue, agent, at, outcome, ring_seconds, origin"
    sql = f"SELECT {columns} FROM rings WHERE {_OF_CALL} ORDER BY at, queue, agent, number"  # noqa: S608 - constants
    return await _rows(connection, sql, {"pbx": pbx, "call": call, "queues": _json(queues)})


async def refusals_of_call(connection: aiosqlite.Connection, pbx: str, call: str, queues: Iterable[str]) -> list[Row]:
    """Queues that did not take one caller."""
    sql = f"SELECT queue, at, reason FROM refusals WHERE {_OF_CALL} ORDER BY at, queue"  # noqa: S608 - constants
    return await _rows(connection, sql, {"pbx": pbx, "call": call, "queues": _json(queues)})


async def agent_intervals(connection: aiosqlite.Connection, part: Part, agent: str) -> list[Row]:
    """An agent's states that reach into the part; keys are (since,)."""
    sql = (
        "SELECT since, until, until - since AS seconds, state, reason, limit_seconds, overrun_seconds, origin"
        " FROM agent_intervals WHERE pbx = :pbx AND agent = :agent AND since < :until AND until > :since"
    )
    return await _page(connection, sql, part, ("since",), {"agent": agent})


async def gaps(connection: aiosqlite.Connection, part: Part) -> list[Row]:
    """Gaps that reach into the part; keys are (since,)."""
    sql = (
        "SELECT since, until, until - since AS seconds, reason, is_recovered"
        " FROM gaps WHERE pbx = :pbx AND since < :until AND until > :since"
    )
    return await _page(connection, sql, part, ("since",), {})


_SEEN: Final = """
CASE WHEN agent IS NOT NULL THEN :seen_agents IS NULL OR agent IN (SELECT value FROM json_each(:seen_agents))
    WHEN team IS NOT NULL THEN :seen_teams IS NULL OR team IN (SELECT value FROM json_each(:seen_teams))
    WHEN queue IS NOT NULL THEN :seen_queues IS NULL OR queue IN (SELECT value FROM json_each(:seen_queues))
    ELSE :seen_teams IS NULL END
"""
"""An alarm is about an agent, else about a team, else about a queue."""


async def alarms(  # noqa: PLR0913 - one argument a filter
    connection: aiosqlite.Connection,
    part: Part,
    *,
    queues: Iterable[str] | None,
    agent: str | None,
    rule: str | None,
    seen: Mapping[str, Iterable[str] | None],
) -> list[Row]:
    """Alarms that fired in the part, about those who may be seen by kind; keys are (since, alert)."""
    sql = f"""
    SELECT alert, since, iif(is_over, until, NULL) AS until, until - since AS seconds, rule, label, label_zh, severity,
        queue, agent, team, unit, value, worst_value, threshold, detail, acknowledged_by, acknowledged_at, origin
    FROM alarms WHERE pbx = :pbx AND since < :until AND (until >= :since OR NOT is_over) AND {_SEEN}
    """  # noqa: S608 - constants only
    sql += " AND queue IN (SELECT value FROM json_each(:queues))" if queues is not None else ""
    sql += " AND agent = :agent" if agent is not None else ""
    sql += " AND rule = :rule" if rule is not None else ""
    given = {f"seen_{kind}": None if names is None else _json(names) for kind, names in seen.items()}
    given |= {"queues": _json(queues or ()), "agent": agent, "rule": rule}
    return await _page(connection, sql, part, ("since", "alert"), given)


async def commands(connection: aiosqlite.Connection, part: Part, user: str | None) -> list[Row]:
    """Commands of the part; keys are (at, user, transaction)."""
    sql = """
    SELECT * FROM (
        SELECT pbx, at, user, role, command, target, arguments, outcome, reason, message, via, address,
            transaction_id AS "transaction"
        FROM commands
    ) WHERE pbx = :pbx AND at >= :since AND at < :until
    """
    sql += " AND user = :user" if user is not None else ""
    return await _page(connection, sql, part, ("at", "user", '"transaction"'), {"user": user})


async def callbacks(connection: aiosqlite.Connection, part: Part, queues: Iterable[str] | None) -> list[Row]:
    """Callers who gave up in the part and were answered in no queue since; keys are (first_abandoned_at, queue, call).

    A caller is one row, with the latest abandon's queue and call.  Who sent no number cannot be called back.
    """
    of_queues = "AND queue IN (SELECT value FROM json_each(:queues))" if queues is not None else ""
    sql = f"""
    WITH abandons AS (
        SELECT caller_hmac, caller_mask, queue, call, stay, wait_seconds, is_short,
            {GAVE_UP_AT} AS at
        FROM calls
        WHERE pbx = :pbx AND joined_at >= :since AND joined_at < :until {of_queues} AND {IS_UNREACHED}
    ),
    ranked AS (
        SELECT *, count(*) OVER whole AS attempts, min(at) OVER whole AS first_abandoned_at,
            row_number() OVER (PARTITION BY caller_hmac ORDER BY at DESC, queue, call, stay) AS place
        FROM abandons WINDOW whole AS (PARTITION BY caller_hmac)
    ),
    latest AS (
        SELECT caller_mask AS caller_number, call, queue, attempts, first_abandoned_at, at AS abandoned_at,
            wait_seconds, is_short
        FROM ranked WHERE place = 1
    )
    SELECT * FROM latest WHERE 1
    """  # noqa: S608 - constants only
    return await _page(connection, sql, part, ("first_abandoned_at", "queue", "call"), {"queues": _json(queues or ())})


async def _page(connection: aiosqlite.Connection, sql: str, part: Part, key: tuple[str, ...], given: Row) -> list[Row]:
    """At most one row more than the limit: whether there is one tells whether there is another page."""
    columns = ", ".join(key)
    parameters: Row = {"pbx": part.pbx, "since": part.since, "until": part.until, "rows": part.limit + 1, **given}
    if part.after is not None:
        names = [f"after{number}" for number in range(len(key))]
        sql += f" AND ({columns}) > ({', '.join(':' + name for name in names)})"
        parameters |= zip(names, part.after, strict=True)
    return await _rows(connection, f"{sql} ORDER BY {columns} LIMIT :rows", parameters)


async def _rows(connection: aiosqlite.Connection, sql: str, parameters: Row) -> list[Row]:
    async with connection.execute(sql, parameters) as cursor:
        names = [column[0] for column in cursor.description]
        return [_named(names, row) for row in await cursor.fetchall()]


def _named(names: Sequence[str], row: sqlite3.Row | tuple[Any, ...]) -> Row:
    return {
        name: bool(value) if name.startswith("is_") and value is not None else value
        for name, value in zip(names, row, strict=True)
    }


def _json(values: Iterable[str]) -> str:
    return msgspec.json.encode(sorted(values)).decode()
