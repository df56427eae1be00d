"""The SQLite store: one connection, one writer, numbered migrations.

WAL lets readers go on while we write, and a commit is on disk before it is reported.  A file that is no database, or a
damaged one, is moved aside and said loudly; the bridge starts anew rather than not at all.
"""

import asyncio
import contextlib
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Final

import aiosqlite
import msgspec
import structlog

from ctibridge.outputs.aside import moved_aside

BUSY_MILLISECONDS: Final = 2000
_NUMBERED: Final = re.compile(r"^(\d{4})_\w+\.sql$")

log = structlog.get_logger(__name__)


class SavedMemory(msgspec.Struct, frozen=True, kw_only=True):
    """What was kept of one PBX."""

    memory: bytes
    saved_at: float
    """Bridge time, epoch seconds."""


class NewerStoreError(Exception):
    """The database was written by a newer version."""

    def __init__(self, path: Path, version: int, known: int) -> None:
        super().__init__(f"{path}: written by a newer ctibridge (form {version}, this one knows up to {known})")


class ForeignStoreError(Exception):
    """The file is the database of another program."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: the database of another program; name a file of its own")


class Store:
    """An open database."""

    def __init__(self, connection: aiosqlite.Connection, *, is_replacement: bool = False) -> None:
        self.is_replacement = is_replacement
        """It was begun just now in place of a damaged one, whose outbox may be whole."""
        self._connection = connection

    async def load(self, pbx: str) -> SavedMemory | None:
        """What was kept of a PBX, if anything."""
        query = "SELECT memory, saved_at FROM checkpoints WHERE pbx = ?"
        async with self._connection.execute(query, (pbx,)) as cursor:
            row = await cursor.fetchone()
        return SavedMemory(memory=row[0], saved_at=row[1]) if row else None

    async def save(self, pbx: str, saved: SavedMemory) -> None:
        """Replace what is kept of a PBX; on disk when this returns."""
        await self._connection.execute(
            "INSERT INTO checkpoints (pbx, saved_at, memory) VALUES (?, ?, ?)"
            " ON CONFLICT (pbx) DO UPDATE SET saved_at = excluded.saved_at, memory = excluded.memory",
            (pbx, saved.saved_at, saved.memory),
        )

    async def identity(self) -> str:
        """What this store has in common with no other; its outbox belongs to it by this."""
        async with self._connection.execute("SELECT id FROM identity") as cursor:
            row = await cursor.fetchone()
        return str(row[0]) if row else ""


@asynccontextmanager
async def opened(path: Path, moment: float) -> AsyncIterator[Store]:
    """The store at ``path``, made or brought up to date; ``moment`` (epoch seconds) names a damaged file's new place.

    Raises OSError where the file cannot be made, NewerStoreError, ForeignStoreError, or sqlite3.OperationalError (a
    locked database, a folder that cannot be written).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    is_replacement = False
    try:
        connection = await _connected(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        aside = await asyncio.to_thread(moved_aside, path, moment)
        said = {"path": str(aside), "reason": str(error)}
        log.error("the store is damaged; it was moved aside and a new one begun", **said)  # noqa: TRY400 - no bug of ours
        connection, is_replacement = await _connected(path), True
    try:
        yield Store(connection, is_replacement=is_replacement)
    finally:
        await connection.close()


async def _connected(path: Path) -> aiosqlite.Connection:
    await asyncio.to_thread(_can_be_opened, path)
    # Each statement is a transaction of its own: one that was begun and then given up would lock out the history.
    connection = await aiosqlite.connect(path, isolation_level=None)
    try:
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.execute("PRAGMA synchronous = FULL")
        await connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        await _migrate(connection, path)
        async with connection.execute("SELECT memory FROM checkpoints") as cursor:  # Pages that are damaged show now.
            await cursor.fetchall()
    except BaseException:
        await connection.close()
        raise
    return connection


def _can_be_opened(path: Path) -> None:
    """Raise what SQLite raises: aiosqlite, when it cannot open a file, leaves a thread behind that fails later.

    A new file is its owner's only, as is what SQLite puts beside it: callers of calls in progress are in there whole.
    """
    with contextlib.suppress(OSError):
        path.touch(mode=0o600)
    sqlite3.connect(path).close()


async def _migrate(connection: aiosqlite.Connection, path: Path) -> None:
    async with connection.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    version = int(row[0]) if row else 0
    scripts = _scripts()
    async with connection.execute("SELECT count(*) FROM sqlite_master") as cursor:
        row = await cursor.fetchone()
    if version == 0 and row and row[0]:
        raise ForeignStoreError(path)
    if version > max(scripts):
        raise NewerStoreError(path, version, max(scripts))
    for number in sorted(number for number in scripts if number > version):
        await connection.executescript(f"BEGIN;\n{scripts[number]}\nPRAGMA user_version = {number};\nCOMMIT;")


def _scripts() -> dict[int, str]:
    folder = files("ctibridge.outputs.history") / "migrations"
    numbered = ((_NUMBERED.match(item.name), item) for item in folder.iterdir())
    return {int(match[1]): item.read_text(encoding="utf-8") for match, item in numbered if match}
