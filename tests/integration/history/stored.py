"""The history as its tables hold it, for tests to compare."""

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any, Final

from tests.servers.queue_log import Judge

TABLES: Final = ("calls", "rings", "refusals", "agent_intervals", "agents", "gaps", "alarms", "commands")
Row = tuple[str, str, float, float]
"""Of whom, what, queue_log's figure, the history's."""


def dump(store: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}  # noqa: S608
    finally:
        connection.close()


def changed(before: dict[str, list[tuple[Any, ...]]], after: dict[str, list[tuple[Any, ...]]]) -> list[Any]:
    """Rows that are in one dump and not in the other: table, which, row."""
    return [
        (table, sign, row)
        for table in before
        for sign, ones, others in (("-", before, after), ("+", after, before))
        for row in ones[table]
        if row not in others[table]
    ]


def figures(store: Path, verdict: Judge) -> list[Row]:
    """Every count of every queue and agent that both can tell; agents by their names in queue_log."""
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        calls = connection.execute("SELECT * FROM calls").fetchall()
        rings = connection.execute("SELECT * FROM rings").fetchall()
        names = dict(connection.execute("SELECT agent, name FROM agents").fetchall())
    finally:
        connection.close()
    return [*_of_queues(calls, rings, verdict), *_of_agents(calls, rings, names, verdict)]


def _of_queues(calls: list[sqlite3.Row], rings: list[sqlite3.Row], verdict: Judge) -> list[Row]:
    ours = Counter((call["queue"], call["outcome"]) for call in calls)
    exits = Counter((call["queue"], call["reason"]) for call in calls if call["outcome"] == "exited")
    rung = Counter((ring["queue"], ring["outcome"]) for ring in rings)
    rows: list[Row] = []
    for name, totals in sorted(verdict.queues.items()):
        mine = [call for call in calls if call["queue"] == name]
        answered = [call for call in mine if call["outcome"] == "answered"]
        abandoned = [call for call in mine if call["outcome"] == "abandoned"]
        rows += [
            (name, "offered", totals.offered, len(mine)),
            (name, "answered", totals.answered, len(answered)),
            (name, "abandoned", totals.abandoned, len(abandoned)),
            (name, "lost", 0, ours[name, "lost"]),
            (name, "ring no answer", totals.ring_no_answer, rung[name, "ring_no_answer"]),
            (name, "ring cancelled", totals.ring_cancelled, rung[name, "ring_cancelled"]),
            (name, "answer wait s", totals.answer_wait_seconds, sum(call["wait_seconds"] for call in answered)),
            (name, "abandon wait s", totals.abandon_wait_seconds, sum(call["wait_seconds"] for call in abandoned)),
            (name, "talk s", totals.talk_seconds, sum(call["talk_seconds"] or 0 for call in answered)),
        ]
        rows += [(name, f"exited {why}", totals.exited[why], exits[name, why]) for why in ("timeout", "key", "empty")]
        rows += [(name, f"transferred {kind}", totals.transferred[kind], _kind(mine, kind)) for kind in _KINDS]
    return rows


_KINDS: Final = ("blind", "attended")


def _kind(calls: list[sqlite3.Row], kind: str) -> int:
    return sum(call["transfer_kind"] == kind for call in calls)


def _of_agents(calls: list[sqlite3.Row], rings: list[sqlite3.Row], names: dict[str, str], verdict: Judge) -> list[Row]:
    answered = Counter(names[call["agent"]] for call in calls if call["outcome"] == "answered")
    missed = Counter(names[ring["agent"]] for ring in rings if ring["outcome"] == "ring_no_answer")
    rows: list[Row] = []
    for name, totals in sorted(verdict.agents.items()):
        rows.append((name, "answered", totals.answered, answered[name]))
        rows.append((name, "ring no answer", totals.ring_no_answer, missed[name]))
    return rows
