"""Writes rows so that a fact told twice is one row, and the better account of it stays.

An account fills what is not known yet.  Where two differ on how a call went, queue_log's is kept, for it is app_queue's
own; but waits and talks that differ by one second are one and the same reading of a clock, and stay as they are.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from ctibridge.domain.views import AgentState
from ctibridge.outputs.history.matching import QUEUE_LOG, Matching
from ctibridge.outputs.history.rows import (
    AgentRow,
    AlarmRow,
    AlarmsLeftRow,
    CallRow,
    CommandRow,
    GapRow,
    IntervalRow,
    RefusalRow,
    RingRow,
    Row,
)

SAME_SECOND: Final = 1.0
LONGEST_CALL: Final = 86_400
"""Seconds before a stretch in which what it follows is looked for."""


def _same_reading(column: str) -> str:
    """The stored duration, unless queue_log states another one."""
    differs = f"excluded.origin = 'queue_log' AND abs(excluded.{column} - calls.{column}) > {SAME_SECOND}"
    return f"CASE WHEN {differs} THEN excluded.{column} ELSE coalesce(calls.{column}, excluded.{column}) END"


_ENDS_OTHERWISE: Final = """(excluded.outcome <> 'waiting' AND (calls.outcome = 'waiting'
    OR (excluded.outcome NOT IN (calls.outcome, 'lost')
        AND (calls.outcome = 'lost' OR excluded.origin = 'queue_log' OR calls.origin <> 'queue_log'))))"""
_ENDS_ALIKE: Final = "excluded.outcome = calls.outcome"


def _of_the_end(column: str, otherwise: str | None = None) -> str:
    kept = otherwise or f"coalesce(calls.{column}, excluded.{column})"
    return (
        f"{column} = CASE WHEN {_ENDS_OTHERWISE} THEN excluded.{column}"
        f" WHEN {_ENDS_ALIKE} THEN {kept} ELSE calls.{column} END"
    )


def _known_first(column: str) -> str:
    return f"{column} = coalesce(calls.{column}, excluded.{column})"


def _log_first(column: str, *, but: str = "") -> str:
    """Queue_log's word where it has one; ``but`` is a word that says nothing."""
    says = f"nullif(excluded.{column}, '{but}')" if but else f"excluded.{column}"
    had = f"nullif(calls.{column}, '{but}')" if but else f"calls.{column}"
    some = f"calls.{column}, excluded.{column}"
    return (
        f"CASE WHEN excluded.origin = 'queue_log' THEN coalesce({says}, {some})"
        f" ELSE coalesce({had}, {says}, {some}) END"
    )


_CALL_COLUMNS: Final = CallRow.__struct_fields__
_MERGE: Final = ", ".join(
    [
        _of_the_end("outcome", "calls.outcome"),
        _of_the_end("reason", _log_first("reason")),
        _of_the_end("left_at"),
        _of_the_end("wait_seconds", _same_reading("wait_seconds")),
        _of_the_end("is_short"),
        _of_the_end("agent"),
        _of_the_end("origin", "calls.origin"),
        *(_known_first(name) for name in ("linkedid", "position", "ring_seconds", "is_within_rings", "hold_seconds")),
        *(_known_first(name) for name in ("wrap_up_seconds", "ended_at")),
        f"talk_seconds = {_same_reading('talk_seconds')}",
        f"ended_by = {_log_first('ended_by')}",
        f"transfer_kind = {_log_first('transfer_kind', but='unknown')}",
    ]
)
"""Who called is stored with the row's first account only: what was erased stays so when a file is imported again."""

# Built from our own column names, never from data.
PUT_CALL: Final = (
    f"INSERT INTO calls ({', '.join(_CALL_COLUMNS)}) VALUES ({', '.join('?' * len(_CALL_COLUMNS))})"  # noqa: S608
    f" ON CONFLICT (pbx, queue, call, stay) DO UPDATE SET {_MERGE}"
)
PUT_REFUSAL: Final = "INSERT OR IGNORE INTO refusals (pbx, queue, call, at, reason) VALUES (?, ?, ?, ?, ?)"
PUT_RING: Final = """
INSERT INTO rings (pbx, queue, call, agent, at, number, outcome, ring_seconds, origin)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (pbx, queue, call, agent, at, number)
DO UPDATE SET ring_seconds = coalesce(rings.ring_seconds, excluded.ring_seconds)
"""
PUT_INTERVAL: Final = """
INSERT INTO agent_intervals (pbx, agent, since, until, state, reason, limit_seconds, overrun_seconds, origin)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (pbx, agent, since) DO UPDATE SET until = excluded.until, state = excluded.state, reason = excluded.reason,
    limit_seconds = excluded.limit_seconds, overrun_seconds = excluded.overrun_seconds, origin = excluded.origin
WHERE excluded.until > agent_intervals.until
"""
DROP_UNKNOWN: Final = """
DELETE FROM agent_intervals
WHERE pbx = ? AND agent = ? AND since > ? AND until <= ? AND state = 'unknown'
"""
"""A state that went on over a gap covers the time in which it was not known."""
TRIM_UNKNOWN: Final = """
UPDATE agent_intervals SET until = :since
WHERE pbx = :pbx AND agent = :agent AND since < :since AND since >= :since - :longest AND until > :since
    AND state = 'unknown'
"""
"""A state of which we learn late, and which began while nothing was known."""
WATCHED: Final = """
SELECT EXISTS (SELECT 1 FROM
    (SELECT until, origin FROM agent_intervals WHERE pbx = ? AND agent = ? AND since < ? ORDER BY since DESC LIMIT 3)
    WHERE until > ? AND origin <> 'queue_log')
"""
"""Stretches of one agent follow each other, so that only the last ones before a moment can reach beyond it."""
PUT_WRAP_UP: Final = """
WITH one AS (
    SELECT queue, call, stay, left_at FROM calls
    WHERE pbx = :pbx AND agent = :agent AND joined_at BETWEEN :since - :longest AND :since AND left_at <= :since
    ORDER BY +left_at DESC LIMIT 1
)
UPDATE calls SET wrap_up_seconds = (
    SELECT sum(until - since) FROM agent_intervals
    WHERE pbx = :pbx AND agent = :agent AND state = 'wrap_up' AND since BETWEEN (SELECT left_at FROM one) AND :since
)
WHERE pbx = :pbx AND (queue, call, stay) = (SELECT queue, call, stay FROM one)
"""
"""After-call work is that of the call answered last; added up anew, so that writing it twice changes nothing."""
PUT_AGENT: Final = """
INSERT INTO agents (pbx, agent, name, team, seen_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (pbx, agent) DO UPDATE SET
    name = CASE WHEN excluded.seen_at >= agents.seen_at THEN excluded.name ELSE agents.name END,
    team = CASE WHEN excluded.seen_at >= agents.seen_at THEN excluded.team ELSE agents.team END,
    seen_at = max(agents.seen_at, excluded.seen_at)
"""
NEVER_SEEN: Final = 0.0
"""``seen_at`` of somebody whom only an imported file named."""
IS_ONLY_NAME: Final = "SELECT 1 FROM agents WHERE pbx = :pbx AND agent = :name AND seen_at = :never"
RECOGNISE: Final = (
    "UPDATE calls SET agent = :agent WHERE pbx = :pbx AND agent = :name",
    "UPDATE OR IGNORE rings SET agent = :agent WHERE pbx = :pbx AND agent = :name",
    "UPDATE OR IGNORE agent_intervals SET agent = :agent WHERE pbx = :pbx AND agent = :name",
    "DELETE FROM agents WHERE pbx = :pbx AND agent = :name",
)
PUT_GAP: Final = """
INSERT INTO gaps (pbx, since, until, reason, is_recovered) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (pbx, since) DO UPDATE SET until = max(gaps.until, excluded.until)
"""

_WORSE: Final = """CASE WHEN alarms.value < alarms.threshold
    THEN min(coalesce(alarms.worst_value, excluded.worst_value), coalesce(excluded.worst_value, alarms.worst_value))
    ELSE max(coalesce(alarms.worst_value, excluded.worst_value), coalesce(excluded.worst_value, alarms.worst_value))
    END"""
"""Farther from the threshold, on the side on which the alarm began."""
_ALARM_COLUMNS: Final = AlarmRow.__struct_fields__
PUT_ALARM: Final = f"""
INSERT INTO alarms (worst_value, {", ".join(_ALARM_COLUMNS)})
VALUES (:value, {", ".join(f":{name}" for name in _ALARM_COLUMNS)})
ON CONFLICT (pbx, alert, since) DO UPDATE SET until = excluded.until, is_over = excluded.is_over,
    worst_value = {_WORSE}, detail = coalesce(excluded.detail, alarms.detail),
    acknowledged_by = coalesce(alarms.acknowledged_by, excluded.acknowledged_by),
    acknowledged_at = coalesce(alarms.acknowledged_at, excluded.acknowledged_at)
WHERE excluded.until >= alarms.until
"""  # noqa: S608 - names of our own columns
CLOSE_ALARMS: Final = """
UPDATE alarms SET is_over = 1 WHERE pbx = ? AND is_over = 0
AND (alert, since) NOT IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))
"""
PUT_COMMAND: Final = (
    f"INSERT OR IGNORE INTO commands ({', '.join(CommandRow.__struct_fields__)})"  # noqa: S608
    f" VALUES ({', '.join('?' * len(CommandRow.__struct_fields__))})"
)


class Tables:
    """The history of one PBX in an open database; used by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection, pbx: str, told_since: float = 0.0) -> None:
        """`told_since`: what the domain knows already is older than this (see Matching)."""
        self.matching = Matching(connection, pbx, told_since)
        self._connection = connection
        self._puts: dict[type, Any] = {
            CallRow: self._put_call,
            RefusalRow: self._put_refusal,
            RingRow: self._put_ring,
            IntervalRow: self._put_interval,
            AgentRow: self._put_agent,
            GapRow: self._put_gap,
            AlarmRow: self._put_alarm,
            AlarmsLeftRow: self._close_alarms,
            CommandRow: self._put_command,
        }

    def write(self, rows: Iterable[Row], also: Callable[[], None] | None = None) -> None:
        """All of these or none, and what ``also`` writes; raises sqlite3.Error, ValueError, OverflowError."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for row in rows:
                self._puts[type(row)](row)
            if also is not None:
                also()
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self.matching.forget()
            raise

    def _put_call(self, row: CallRow) -> None:
        queue = self.matching.queue(row.queue)
        stay = row.stay if row.stay is not None else self.matching.stay(queue, row.call, row.joined_at)
        values = dict(zip(_CALL_COLUMNS, msgspec.structs.astuple(row), strict=True))
        values |= {"queue": queue, "stay": stay, "outcome": row.outcome.value}
        self._connection.execute(PUT_CALL, tuple(values.values()))

    def _put_refusal(self, row: RefusalRow) -> None:
        values = (row.pbx, self.matching.queue(row.queue), row.call, row.at, row.reason)
        self._connection.execute(PUT_REFUSAL, values)

    def _put_ring(self, row: RingRow) -> None:
        queue = self.matching.queue(row.queue)
        at, number = self.matching.ring(queue, row)
        values = (row.pbx, queue, row.call, row.agent, at, number, row.outcome, row.ring_seconds, row.origin)
        self._connection.execute(PUT_RING, values)

    def _put_interval(self, row: IntervalRow) -> None:
        if row.until <= row.since or row.state is AgentState.LOGGED_OUT:
            return
        execute = self._connection.execute
        if row.origin == QUEUE_LOG:
            (is_watched,) = execute(WATCHED, (row.pbx, row.agent, row.until, row.since)).fetchone()
            if is_watched:  # The bridge saw it, and knows it better.
                return
        values = list(msgspec.structs.astuple(row))
        values[IntervalRow.__struct_fields__.index("state")] = row.state.value
        execute(PUT_INTERVAL, values)
        execute(DROP_UNKNOWN, (row.pbx, row.agent, row.since, row.until))
        named = {"pbx": row.pbx, "agent": row.agent, "since": row.since, "longest": LONGEST_CALL}
        execute(TRIM_UNKNOWN, named)
        if row.state is AgentState.WRAP_UP:
            execute(PUT_WRAP_UP, named)

    def _put_agent(self, row: AgentRow) -> None:
        self._connection.execute(PUT_AGENT, msgspec.structs.astuple(row))
        if row.seen_at > NEVER_SEEN and row.name != row.agent:
            self._recognise(row)

    def _recognise(self, row: AgentRow) -> None:
        """What was imported of somebody who was only a name then is this agent's."""
        named = {"pbx": row.pbx, "agent": row.agent, "name": row.name, "never": NEVER_SEEN}
        if self._connection.execute(IS_ONLY_NAME, named).fetchone() is None:
            return
        for statement in RECOGNISE:
            self._connection.execute(statement, named)

    def _put_gap(self, row: GapRow) -> None:
        self._connection.execute(PUT_GAP, msgspec.structs.astuple(row))

    def _put_alarm(self, row: AlarmRow) -> None:
        self._connection.execute(PUT_ALARM, msgspec.structs.asdict(row))

    def _close_alarms(self, row: AlarmsLeftRow) -> None:
        self._connection.execute(CLOSE_ALARMS, (row.pbx, msgspec.json.encode(row.open).decode()))

    def _put_command(self, row: CommandRow) -> None:
        self._connection.execute(PUT_COMMAND, msgspec.structs.astuple(row))


def row_by_row(tables: Tables, rows: Sequence[Row]) -> list[tuple[Row, Exception]]:
    """Write each row for itself, after all of them together failed: the ones that cannot be, with the reason."""
    refused: list[tuple[Row, Exception]] = []
    for row in rows:
        try:
            tables.write([row])
        except sqlite3.OperationalError:
            raise
        except (sqlite3.Error, ValueError, OverflowError) as error:
            refused.append((row, error))
    return refused
