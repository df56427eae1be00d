"""The history opened to be read only, beside a bridge that writes it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import aiosqlite

from ctibridge.outputs.history.store import BUSY_MILLISECONDS

OLDEST_FORM: Final = 4
"""The first form of the store that has everything reports read."""

PRAGMAS: Final = (
    "PRAGMA query_only = ON",
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
    "PRAGMA cache_size = -65536",
    "PRAGMA mmap_size = 2147483648",
)
"""A report reads much of the file once: mapped pages and 64 MiB of cache halve its time."""


class UnreadableHistoryError(Exception):
    """There is no history to read."""


@asynccontextmanager
async def reading(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    """A connection that cannot write; raises UnreadableHistoryError."""
    address = await asyncio.to_thread(_address, path)
    try:
        connection = await aiosqlite.connect(address, uri=True)
    except sqlite3.Error as error:
        raise UnreadableHistoryError(f"{path}: {error}") from error
    try:
        await _check(connection, path)
        yield connection
    finally:
        await connection.close()


def _address(path: Path) -> str:
    if not path.exists():
        raise UnreadableHistoryError(f"{path}: there is no history yet; `ctibridge run` makes it")
    return f"file:{quote(str(path.absolute()))}?mode=ro"


async def _check(connection: aiosqlite.Connection, path: Path) -> None:
    try:
        for pragma in PRAGMAS:
            await connection.execute(pragma)
        async with connection.execute("PRAGMA user_version") as cursor:
            row = await cursor.fetchone()
    except sqlite3.Error as error:
        raise UnreadableHistoryError(f"{path}: {error}") from error
    if row is None or row[0] < OLDEST_FORM:
        raise UnreadableHistoryError(f"{path}: was written by an older ctibridge; `ctibridge run` brings it up to date")
