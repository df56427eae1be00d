"""What is done to the stored history as a whole: what is old is retired, callers are erased, all of it is copied.

Retiring goes half hour by half hour, oldest first: its figures are kept in ``interval_figures``, its rows are deleted,
both in one short transaction, so that the live rows never wait for long.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ctibridge.domain.figures import Counts
from ctibridge.domain.policy import Policy

HALF_HOUR: Final = 1800
DAY: Final = 86_400.0

_SUMS: Final = {
    "offered": "count(*)",
    "answered": "sum(outcome = 'answered')",
    "abandoned": "sum(outcome = 'abandoned')",
    "abandoned_short": "sum(outcome = 'abandoned' AND is_short IS 1)",
    "abandoned_within": "sum(outcome = 'abandoned' AND wait_seconds <= level_threshold)",
    "exited": "sum(outcome = 'exited')",
    "refused": "0",
    "lost": "sum(outcome = 'lost')",
    "completed": "sum(talk_seconds IS NOT NULL)",
    "transferred": "sum(transfer_kind IS NOT NULL)",
    "ring_no_answer": "0",
    "ring_cancelled": "0",
    "answered_within_rings": "sum(is_within_rings IS 1)",
    "answered_within_threshold": "sum(outcome = 'answered' AND wait_seconds <= level_threshold)",
    "answered_late": "sum(outcome = 'answered' AND wait_seconds > late_answer(queue))",
    "answered_beyond": "sum(outcome = 'answered' AND wait_seconds > unanswered_after(queue))",
    "service_level_met": "sum(outcome = 'answered' AND wait_seconds <= level_threshold)",
    "service_level_missed": (
        "sum((outcome IN ('answered', 'exited') AND wait_seconds > level_threshold)"
        " OR (outcome = 'abandoned' AND is_short IS NOT 1))"
    ),
    "wait_seconds": "sum(iif(outcome = 'answered', wait_seconds, 0.0))",
    "abandon_wait_seconds": "sum(iif(outcome = 'abandoned', wait_seconds, 0.0))",
    "talk_seconds": "sum(talk_seconds)",
    "hold_seconds": "sum(hold_seconds)",
    "wrap_up_seconds": "sum(wrap_up_seconds)",
}
"""How each of the Counts follows from the calls of a half hour."""

_COLUMNS: Final = ", ".join(Counts.__struct_fields__)
# Built from our own column names, never from data.
_RETIRE_CALLS: Final = f"""
INSERT INTO interval_figures (pbx, queue, since, {_COLUMNS})
SELECT pbx, queue, :since, {", ".join(f"coalesce({_SUMS[name]}, 0)" for name in Counts.__struct_fields__)}
FROM calls WHERE pbx = :pbx AND joined_at >= :since AND joined_at < :until GROUP BY queue
ON CONFLICT (pbx, queue, since) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in Counts.__struct_fields__)}
WHERE excluded.offered >= interval_figures.offered
"""  # noqa: S608
"""Where a half hour was retired before, and a file was imported since, the fuller account is kept."""

_ZEROS: Final = ", ".join("0" for _ in Counts.__struct_fields__)


def _retire_beside(table: str, name: str, which: str) -> str:
    """Count rows of another table into the same half hours."""
    return f"""
INSERT INTO interval_figures (pbx, queue, since, {_COLUMNS})
SELECT DISTINCT pbx, queue, :since, {_ZEROS} FROM {table}
WHERE pbx = :pbx AND at >= :since AND at < :until AND {which}
ON CONFLICT (pbx, queue, since) DO NOTHING;
UPDATE interval_figures SET {name} = max({name}, (SELECT count(*) FROM {table}
    WHERE pbx = :pbx AND queue = interval_figures.queue AND at >= :since AND at < :until AND {which}))
WHERE pbx = :pbx AND since = :since
"""  # noqa: S608


_BESIDE: Final = (
    _retire_beside("rings", "ring_no_answer", "outcome = 'ring_no_answer'"),
    _retire_beside("rings", "ring_cancelled", "outcome = 'ring_cancelled'"),
    _retire_beside("refusals", "refused", "1"),
)
_TIMES: Final = {
    "calls": "joined_at",
    "rings": "at",
    "refusals": "at",
    "agent_intervals": "since",
    "alarms": "since",
    "commands": "at",
}


def cut_off(now: float, keep_days: int) -> int:
    """Before which moment rows are retired: a full half hour."""
    return int(now - keep_days * DAY) // HALF_HOUR * HALF_HOUR


def retire_half_hour(connection: sqlite3.Connection, pbx: str, before: float, policy: Policy) -> bool:
    """Retire the oldest half hour that lies before a moment; False when there is none.  Raises sqlite3.Error."""
    oldest = _oldest(connection, pbx)
    if oldest is None or oldest >= before:
        return False
    since = int(oldest) // HALF_HOUR * HALF_HOUR
    span = {"pbx": pbx, "since": since, "until": since + HALF_HOUR}
    connection.create_function("late_answer", 1, lambda queue: policy.queue(queue).late_answer)
    connection.create_function("unanswered_after", 1, lambda queue: policy.queue(queue).unanswered_after)
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_RETIRE_CALLS, span)
        for statement in (part for pair in _BESIDE for part in pair.split(";")):
            connection.execute(statement, span)
        for table, time in _TIMES.items():
            delete = f"DELETE FROM {table} WHERE pbx = :pbx AND {time} >= :since AND {time} < :until"  # noqa: S608
            connection.execute(delete, span)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return True


def _oldest(connection: sqlite3.Connection, pbx: str) -> float | None:
    queries = [f"SELECT min({time}) FROM {table} WHERE pbx = ?" for table, time in _TIMES.items()]  # noqa: S608
    found = [connection.execute(query, (pbx,)).fetchone()[0] for query in queries]
    return min((moment for moment in found if moment is not None), default=None)


def pbxs(connection: sqlite3.Connection) -> list[str]:
    """Whose rows there are."""
    tables = ("agents", "calls", "rings", "alarms", "commands")
    query = " UNION ".join(f"SELECT pbx FROM {table}" for table in tables)  # noqa: S608 - names of our own tables
    return [name for (name,) in connection.execute(query)]


def erase(connection: sqlite3.Connection, caller: bytes) -> int:
    """Take mask and HMAC of a caller out of every row, and off the disk; how many rows.  Raises sqlite3.Error."""
    connection.execute("PRAGMA secure_delete = ON")
    erased = connection.execute(
        "UPDATE calls SET caller_mask = NULL, caller_hmac = NULL WHERE caller_hmac = ?", (caller,)
    ).rowcount
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return erased


def back_up(source: Path, target: Path, told: Callable[[int, int], None] = lambda _done, _all: None) -> None:
    """Copy the database as it is at this moment while others write it; raises sqlite3.Error, OSError.

    All pages are copied under one reading transaction: in pieces a busy bridge would make it begin again and again.
    """
    aside = target.with_name(f".{target.name}.part")
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    reading = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
    try:
        writing = sqlite3.connect(aside)
        try:
            reading.backup(writing, progress=lambda _status, left, pages: told(pages - left, pages))
        finally:
            writing.close()
        aside.replace(target)
    finally:
        reading.close()
        aside.unlink(missing_ok=True)
