"""A store that is full, locked or damaged."""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from tests.chaos.centre import Centre, Setting
from tests.chaos.fault import Fault, Outcome, Scale, on_centre
from tests.servers.waiting import eventually

DISK: Final = "6m"
BALLAST: Final = 1 << 16
LASTS: Final = (20.0, 6.0)
"""Seconds for which the store cannot be written, long and short."""
SAID_WITHIN: Final = 20.0
"""Seconds until `/readyz` says so."""
DAMAGE_AT: Final = 4096
"""From the second page on: the file still looks like a database."""
MOVED: Final = "moved aside and a new one begun"


async def fill_disk(centre: Centre, scale: Scale) -> None:
    """Not a byte is free any more; the displays must not notice."""
    ballast = centre.bridge.store.parent / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(BALLAST))
    try:
        await _store_is_named(centre)
        await centre.until_shown(SAID_WITHIN)
        await asyncio.sleep(scale.of(*LASTS))
        await centre.until_shown(SAID_WITHIN)
    finally:
        ballast.unlink()


async def lock_store(centre: Centre, scale: Scale) -> None:
    """Another program holds the database, and the bridge is started anew meanwhile."""
    async with _locked(centre.bridge.store):
        await _store_is_named(centre)
        await centre.until_shown(SAID_WITHIN)
        await asyncio.sleep(scale.of(*LASTS))


async def lock_store_over_start(centre: Centre, scale: Scale) -> None:
    """As it was killed, the bridge finds its database locked, and has to wait for it."""
    await asyncio.to_thread(centre.bridge.kill)
    async with _locked(centre.bridge.store):
        centre.bridge.start()
        await asyncio.sleep(scale.of(*LASTS))
        if not centre.bridge.is_running:
            raise AssertionError(f"the bridge gave up: {centre.bridge.log[-500:]}")


async def damage_store(centre: Centre, _: Scale) -> None:
    """Killed, and its pages overwritten: the figures of the day come back from queue_log."""
    await asyncio.to_thread(centre.bridge.kill)
    store = centre.bridge.store
    with contextlib.closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with store.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(DAMAGE_AT)
        file.write(b"\xa5" * (size - DAMAGE_AT))
    centre.bridge.start()


def complaints_of_damage(centre: Centre) -> list[str]:
    """It must be kept for whoever wants to look, and be spoken of."""
    kept = list(centre.bridge.store.parent.glob("*.damaged-*"))
    silent = [] if MOVED in centre.bridge.log else ["the log does not speak of it"]
    return [*silent, *([] if kept else ["the damaged file was not kept"])]


async def on_small_disk(fault: Fault, scale: Scale) -> Outcome:
    """A file system of its own for the store, mounted for the while."""
    if os.geteuid() != 0:
        return fault.of(skipped="a small file system is mounted by root only")
    try:
        with _small_disk() as folder:
            return await on_centre(fill_disk, setting=Setting(store=folder / "ctibridge.db"))(fault, scale)
    except subprocess.CalledProcessError as error:
        return fault.of(skipped=f"no file system can be mounted here: {error.stderr.decode().strip()}")


@contextlib.contextmanager
def _small_disk() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="small-disk-"))
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], check=True, capture_output=True
        )
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)
    finally:
        folder.rmdir()


@contextlib.asynccontextmanager
async def _locked(store: Path) -> AsyncIterator[None]:
    connection = sqlite3.connect(store, timeout=30, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


async def _store_is_named(centre: Centre) -> None:
    await eventually(lambda: '"store"' in centre.bridge.get("/readyz")[1], "/readyz to name the store", SAID_WITHIN)


FAULTS: Final = (
    Fault(
        name="disk full",
        promise="displays go on; /readyz names the store; written when there is room",
        endure=on_small_disk,
    ),
    Fault(
        name="database locked by another program",
        promise="displays go on; /readyz names the store; written when it is free",
        endure=on_centre(lock_store),
    ),
    Fault(
        name="database locked when the bridge starts",
        promise="waits for it, or does without",
        endure=on_centre(lock_store_over_start, ends_bridge=True),
    ),
    Fault(
        name="database damaged",
        promise="moved aside and said; the day's figures from queue_log, nothing told twice",
        endure=on_centre(damage_store, ends_bridge=True, after=complaints_of_damage),
    ),
)
