"""A fresh store on disk, and the words in which tests speak of it."""

import asyncio
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from ctibridge.domain.privacy import PrivacySettings
from ctibridge.domain.units import AgentId, CallId, QueueName, Seconds, Timestamp
from ctibridge.domain.views import AgentState
from ctibridge.outputs.history.callers import CallerMarks
from ctibridge.outputs.history.rows import AlarmRow, CallRow, IntervalRow, Outcome, RingRow
from ctibridge.outputs.history.store import opened
from ctibridge.outputs.history.writer import connect

MARKS: Final = CallerMarks(b"k" * 32, PrivacySettings())
JOINED: Final = Timestamp(1_700_000_000.4)


def new_store(folder: Path) -> sqlite3.Connection:
    """A connection to an empty store of the newest form."""
    folder.mkdir(exist_ok=True)
    path = folder / "history.db"

    async def make() -> None:
        async with opened(path, 0.0):
            pass

    asyncio.run(make())
    return connect(path)


def call(**known: Any) -> CallRow:  # noqa: ANN401 - whichever columns
    row: dict[str, Any] = {
        "pbx": "main",
        "queue": QueueName("sales"),
        "call": CallId("c1"),
        "joined_at": JOINED,
        "level_threshold": 20,
        "origin": "ami",
    }
    return CallRow(**(row | known))


def answered(**known: Any) -> CallRow:  # noqa: ANN401
    told = {"outcome": Outcome.ANSWERED, "left_at": JOINED + 4, "wait_seconds": Seconds(4), "agent": AgentId("1001")}
    return call(**(told | known))


def ring(at: float, **known: Any) -> RingRow:  # noqa: ANN401
    row: dict[str, Any] = {
        "pbx": "main",
        "queue": QueueName("sales"),
        "call": CallId("c1"),
        "agent": AgentId("1001"),
        "at": at,
        "outcome": "ring_no_answer",
        "origin": "ami",
    }
    return RingRow(**(row | known))


def stretch(since: float, until: float, state: AgentState, **known: Any) -> IntervalRow:  # noqa: ANN401
    row: dict[str, Any] = {"pbx": "main", "agent": AgentId("1001"), "origin": "ami"}
    return IntervalRow(since=Timestamp(since), until=Timestamp(until), state=state, **(row | known))


def alarm(until: float, value: float, **known: Any) -> AlarmRow:  # noqa: ANN401
    """A service level below its target since 1,000."""
    row: dict[str, Any] = {
        "pbx": "main",
        "alert": "service_level_low:sales",
        "since": Timestamp(1000.0),
        "rule": "service_level_low",
        "label": "Service level",
        "label_zh": "服务水平",
        "severity": "warning",
        "queue": "sales",
        "unit": "ratio",
        "threshold": 0.8,
        "origin": "derived",
    }
    return AlarmRow(until=Timestamp(until), value=value, **(row | known))


def rows(connection: sqlite3.Connection, columns: str, table: str) -> list[tuple[Any, ...]]:
    """Some columns of all rows, in the order of their keys."""
    return connection.execute(f"SELECT {columns} FROM {table}").fetchall()  # noqa: S608


def dump(connection: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """All that is told."""
    tables: Iterable[str] = ("calls", "rings", "refusals", "agent_intervals", "agents", "gaps", "alarms", "commands")
    return {table: rows(connection, "*", table) for table in tables}
