"""Takes what is committed from SQLite's log into its file, beside the commits and not in them.

SQLite does that by itself within some commit, once a thousand pages are in the log, and events wait for it: up to
170 ms on a disk where a commit takes 0.7.  So the outbox's connection leaves it alone, and another one does it here.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

EVERY: Final = 0.5
"""Seconds between two looks at the log's size."""
MOST_BYTES: Final = 4 << 20
"""A log that is larger is swept."""
MOST_PAGES: Final = 1_000
"""As many begin the log anew, for which a commit may have to wait a moment."""
BACKSTOP_PAGES: Final = 16_000
"""From here on a commit does it after all: 64 MB, of a sweep that does not come along."""
BUSY_MILLISECONDS: Final = 200
"""How long a sweep waits for a commit."""


@asynccontextmanager
async def swept(path: Path) -> AsyncIterator[None]:
    """Sweep an open database's log as long as this lasts."""
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox-sweep")
    sweeping = asyncio.create_task(_sweeping(path, executor))
    try:
        yield
    finally:
        sweeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sweeping
        await asyncio.to_thread(executor.shutdown)  # A disk that hangs holds up nobody else.


async def _sweeping(path: Path, executor: ThreadPoolExecutor) -> None:
    log = path.with_name(path.name + "-wal")
    while True:
        await asyncio.sleep(EVERY)
        await asyncio.get_running_loop().run_in_executor(executor, _sweep, path, log)


def _sweep(path: Path, log: Path) -> None:
    """Whatever hinders this hinders commits as well, which say so; the backstop does it later."""
    with contextlib.suppress(OSError, sqlite3.Error):
        if log.stat().st_size <= MOST_BYTES:
            return
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
            # Nearly all, while nobody waits.
            _, pages, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if pages >= MOST_PAGES:  # What came meanwhile: after that the log begins anew.
                connection.execute("PRAGMA wal_checkpoint(RESTART)")
