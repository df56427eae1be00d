"""The call centre of the examples, on disk: the same rows, written by plain SQL."""

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ctibridge.app.history_api import HistoryApi
from ctibridge.domain.policy import Policy
from ctibridge.outputs.history.lookup import looking
from ctibridge.outputs.history.store import opened
from ctibridge.outputs.web.api import history, samples
from ctibridge.outputs.web.api.examples import SampleProvider
from ctibridge.outputs.web.server import serving
from ctibridge.outputs.web.settings import HttpSettings


class FilledProvider(SampleProvider):
    """The samples' present, and a past from the database."""

    def __init__(self, kept: history.History | None) -> None:
        self._kept = kept

    @property
    def history(self) -> history.History | None:
        return self._kept


def insert(path: Path, table: str, rows: Iterable[dict[str, object]]) -> None:
    with sqlite3.connect(path) as connection:
        for row in rows:
            places = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", tuple(row.values()))  # noqa: S608
    connection.close()


def stay(**changed: object) -> dict[str, object]:
    """A row of ``calls``: the first of the samples unless told otherwise."""
    row = _columns(samples.STAYS[0]) | {"pbx": samples.PBX} | changed
    row["caller_mask"] = row.pop("caller_number")
    row.setdefault("caller_hmac", hashlib.sha256(str(row["caller_mask"]).encode()).digest())
    return row


def fill(path: Path) -> None:
    """Everything that the samples tell."""
    insert(path, "calls", [stay(**_columns(one)) for one in samples.STAYS])
    ring = _columns(samples.RING) | {"pbx": samples.PBX, "call": samples.STAYS[1].call, "number": 0}
    insert(path, "rings", [ring])
    intervals = [_columns(one) | {"pbx": samples.PBX, "agent": samples.ANN} for one in samples.AGENT_INTERVALS]
    insert(path, "agent_intervals", [{key: one[key] for key in one if key != "seconds"} for one in intervals])
    gap = _columns(samples.GAP) | {"pbx": samples.PBX}
    del gap["seconds"]
    insert(path, "gaps", [gap])
    alarm = _columns(samples.PAST_ALARM) | {"pbx": samples.PBX, "is_over": 0, "until": samples.NINE}
    del alarm["seconds"]
    insert(path, "alarms", [alarm])
    command = _columns(samples.COMMAND) | {"pbx": samples.PBX, "arguments": '{"reason":"away"}'}
    command["transaction_id"] = command.pop("transaction")
    insert(path, "commands", [command])
    agents = [(samples.ANN, "Ann"), (samples.BOB, "Bob")]
    insert(
        path,
        "agents",
        [{"pbx": samples.PBX, "agent": agent, "name": name, "seen_at": samples.NINE} for agent, name in agents],
    )


@asynccontextmanager
async def database(folder: Path) -> AsyncIterator[tuple[Path, HistoryApi]]:
    """An empty store, and the history as the web server gets it."""
    path = folder / "history.db"
    async with opened(path, samples.NINE), looking(path) as reader:
        yield path, HistoryApi(reader, Policy(timezone=UTC))


@asynccontextmanager
async def served(kept: history.History | None) -> AsyncIterator[str]:
    """The address of ``/api/v1``."""
    async with serving(HttpSettings(port=0), FilledProvider(kept)) as (host, port):
        yield f"http://{host}:{port}/api/v1"


def _columns(row: msgspec.Struct) -> dict[str, object]:
    return {
        name: value.timestamp() if isinstance(value, datetime) else value
        for name, value in msgspec.structs.asdict(row).items()
    }
