"""The outbox's log stays small, and no commit has to see to it."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ctibridge.outputs.mqtt import outbox_sweep
from ctibridge.outputs.mqtt.outbox_sweep import BACKSTOP_PAGES, MOST_BYTES, swept

ROWS = 400
ROW = b"x" * 30_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ctibridge.db.outbox"


def opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {BACKSTOP_PAGES}")
    connection.execute("CREATE TABLE events (payload BLOB)")
    return connection


async def written(path: Path) -> int:
    """Twelve megabytes, some at a time; the bytes of the log afterwards."""
    with closing(opened(path)) as connection:
        for _ in range(ROWS):
            connection.execute("INSERT INTO events VALUES (?)", (ROW,))
            await asyncio.sleep(0.001)
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (ROWS,)
        return path.with_name(path.name + "-wal").stat().st_size


async def test_a_log_that_is_swept_stays_small(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_sweep, "EVERY", 0.01)
    async with swept(path):
        size = await written(path)

    assert size < 2 * MOST_BYTES


async def test_without_a_sweep_no_commit_does_it(path: Path) -> None:
    assert await written(path) > ROWS * len(ROW)


async def test_a_file_that_is_not_there_is_nothing_to_sweep(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_sweep, "EVERY", 0.001)
    async with swept(path):
        await asyncio.sleep(0.02)

    assert await asyncio.to_thread(lambda: list(path.parent.iterdir())) == []
