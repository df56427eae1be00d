"""The outbox on disk: an SQLite file beside the store, written by one thread.

It is a file of its own, because nothing that is done to the history (an import, a nightly clean-up, a slow report) may
hold up an event; and because a copy of the history that is put back must not bring old numbers with it.  WAL and
``synchronous = FULL``: what is committed survives a power cut.

Beside it lies an empty file, ``….whole``, while every number that was given out is in the outbox.  When events have to
go out although the outbox cannot be written, it is deleted first, which works on a full disk too.  A start that does
not find it begins a new epoch, so that no number is given out twice.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog

from ctibridge.domain.units import Timestamp
from ctibridge.outputs.aside import moved_aside
from ctibridge.outputs.mqtt.outbox_event import OutboxEvent, Refused
from ctibridge.outputs.mqtt.outbox_sweep import BACKSTOP_PAGES, swept

SUFFIX: Final = ".outbox"
WHOLE: Final = ".whole"
FORM: Final = 1
BUSY_MILLISECONDS: Final = 1000
MOST_REFUSED: Final = 1000
"""Refused publishes that are kept for each PBX."""
PRUNED_AT_ONCE: Final = 500

SCHEMA: Final = """
CREATE TABLE numbers (            -- how far each PBX's numbers have been given out
    pbx TEXT PRIMARY KEY,
    store TEXT NOT NULL,          -- the store that they belong to
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL
) STRICT;
CREATE TABLE events (             -- what is kept for brokers, and for consumers that catch up
    pbx TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    name TEXT NOT NULL,           -- entity/verb
    subject TEXT NOT NULL,
    recorded REAL NOT NULL,       -- bridge time, epoch seconds
    total INTEGER NOT NULL,       -- bytes of this PBX's events up to and with this one, ever
    payload BLOB NOT NULL,        -- the envelope, callers masked
    twin BLOB,                    -- unmasked, until every broker that is to get it has it
    PRIMARY KEY (pbx, sequence)
) STRICT;
CREATE TABLE cursors (            -- up to where each broker has acknowledged everything
    pbx TEXT NOT NULL,
    broker TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (pbx, broker)
) STRICT, WITHOUT ROWID;
CREATE TABLE refused (            -- publishes that a broker refused
    id INTEGER PRIMARY KEY,
    pbx TEXT NOT NULL,
    broker TEXT NOT NULL,
    topic TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    reason TEXT NOT NULL,
    at REAL NOT NULL
) STRICT;
"""

MOST_ROWS: Final = 64
"""Rows of one statement.  Each statement lets go of the interpreter's lock and has to get it again, which takes a busy
loop a millisecond to give; so what is stored is one statement where it can be, and a transaction by itself."""
_PUT: Final = "INSERT OR IGNORE INTO events (pbx, sequence, name, subject, recorded, total, payload, twin) VALUES "
_PUT_ROW: Final = "(?, ?, ?, ?, ?, ?, ?, ?)"
_COUNT: Final = (
    "CREATE TEMP TRIGGER counted AFTER INSERT ON main.events"
    " BEGIN UPDATE numbers SET sequence = max(sequence, NEW.sequence) WHERE pbx = NEW.pbx; END"
)
"""An event that is stored has given out its number, in the same statement."""
_PUT_CURSOR: Final = (
    "INSERT INTO cursors (pbx, broker, sequence) VALUES (?, ?, ?)"
    " ON CONFLICT (pbx, broker) DO UPDATE SET sequence = excluded.sequence"
)
_PUT_REFUSED: Final = "INSERT INTO refused (pbx, broker, topic, sequence, reason, at) VALUES (?, ?, ?, ?, ?, ?)"
_PRUNE_REFUSED: Final = (
    "DELETE FROM refused WHERE pbx = ? AND id <="
    " (SELECT id FROM refused WHERE pbx = ? ORDER BY id DESC LIMIT 1 OFFSET ?)"
)
_AFTER: Final = (
    "SELECT sequence, name, subject, recorded, payload, twin FROM events"
    " WHERE pbx = ? AND sequence > ? ORDER BY sequence LIMIT ?"
)

Answer = TypeVar("Answer")
log = structlog.get_logger(__name__)


class Shelf:
    """One PBX's part of the outbox; every method runs in the outbox's thread and may raise sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection, pbx: str, store: str, *, is_inherited: bool = False) -> None:
        self.epoch = 0
        self.sequence = 0
        """Of the newest event that is stored."""
        self.is_sure = False
        """Every number that was given out is stored, so that they can go on; else they begin anew."""
        self._connection = connection
        self._pbx = pbx
        self._store = store
        self._is_inherited = is_inherited
        self._total = 0

    def take_up(self, *, is_whole: bool) -> int:
        """Read how far the numbers are; how many undelivered events had to be given up because they are not whole."""
        row = self._one("SELECT store, epoch, sequence FROM numbers WHERE pbx = ?", self._pbx)
        if row is None:
            return 0
        if (row[0] == self._store or self._is_inherited) and is_whole:
            self._connection.execute("UPDATE numbers SET store = ? WHERE pbx = ?", (self._store, self._pbx))
            self.epoch, self.sequence, self.is_sure = row[1], row[2], True
            newest = self._one("SELECT total FROM events WHERE pbx = ? ORDER BY sequence DESC LIMIT 1", self._pbx)
            self._total = newest[0] if newest is not None else 0
            return 0
        lowest = self._one("SELECT min(sequence) FROM cursors WHERE pbx = ?", self._pbx)
        left = self._one("SELECT count(*) FROM events WHERE pbx = ? AND sequence > ?", self._pbx, lowest and lowest[0])
        for table in ("events", "cursors", "numbers"):
            self._connection.execute(f"DELETE FROM {table} WHERE pbx = ?", (self._pbx,))  # noqa: S608 - our own names
        self.epoch = row[1]
        return int(left[0]) if left is not None else 0

    def cursors(self) -> dict[str, int]:
        """Up to where each broker has acknowledged everything."""
        query = "SELECT broker, sequence FROM cursors WHERE pbx = ?"
        return dict(self._connection.execute(query, (self._pbx,)).fetchall())

    def put(
        self, epoch: int, events: Sequence[OutboxEvent], cursors: Mapping[str, int], refused: Sequence[Refused]
    ) -> None:
        """Store all of these or none; on disk when this returns."""
        total, rows = self._total, []
        for event in events:
            total += event.size
            rows.append(
                (self._pbx, event.sequence, event.name, event.subject, event.recorded, total, event.payload, event.twin)
            )
        newest = max(self.sequence, events[-1].sequence if events else 0)
        if len(rows) <= MOST_ROWS and epoch == self.epoch and not (cursors or refused):
            self._put_events(rows)
        else:
            self._put_all(epoch, newest, rows, cursors, refused)
        self.epoch, self.sequence, self._total = epoch, newest, total

    def _put_all(
        self,
        epoch: int,
        newest: int,
        rows: Sequence[tuple[object, ...]],
        cursors: Mapping[str, int],
        refused: Sequence[Refused],
    ) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            if epoch != self.epoch:
                execute("INSERT OR REPLACE INTO numbers VALUES (?, ?, ?, ?)", (self._pbx, self._store, epoch, newest))
            for begin in range(0, len(rows), MOST_ROWS):
                self._put_events(rows[begin : begin + MOST_ROWS])
            for broker, sequence in cursors.items():
                execute(_PUT_CURSOR, (self._pbx, broker, sequence))
            for one in refused:
                execute(_PUT_REFUSED, (self._pbx, one.broker, one.topic, one.sequence, one.reason, one.at))
            if refused:
                execute(_PRUNE_REFUSED, (self._pbx, self._pbx, MOST_REFUSED))
            execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise

    def _put_events(self, rows: Sequence[tuple[object, ...]]) -> None:
        """All of these or none; each number of rows is a statement that is prepared once."""
        if rows:
            values = [value for row in rows for value in row]
            self._connection.execute(_PUT + ", ".join([_PUT_ROW] * len(rows)), values)

    def after(self, sequence: int, limit: int) -> list[OutboxEvent]:
        """The next events beyond a number, in order."""
        rows = self._connection.execute(_AFTER, (self._pbx, sequence, limit))
        return [
            OutboxEvent(
                sequence=row[0], name=row[1], subject=row[2], recorded=Timestamp(row[3]), payload=row[4], twin=row[5]
            )
            for row in rows
        ]

    def subjects(self, most: int) -> list[tuple[str, int]]:
        """Subject and number of the newest events, oldest first."""
        query = "SELECT subject, sequence FROM events WHERE pbx = ? ORDER BY sequence DESC LIMIT ?"
        return self._connection.execute(query, (self._pbx, most)).fetchall()[::-1]

    def refused(self, most: int) -> list[Refused]:
        """What brokers refused, newest first."""
        query = "SELECT broker, topic, sequence, reason, at FROM refused WHERE pbx = ? ORDER BY id DESC LIMIT ?"
        rows = self._connection.execute(query, (self._pbx, most))
        return [Refused(broker=b, topic=t, sequence=s, reason=r, at=Timestamp(at)) for b, t, s, r, at in rows]

    def oldest(self) -> int:
        """The number of the oldest event that is kept; the next one to come when there is none."""
        row = self._one("SELECT min(sequence) FROM events WHERE pbx = ?", self._pbx)
        return self.sequence + 1 if row is None or row[0] is None else int(row[0])

    def prune(self, *, rows: int, size: int, before: float) -> int:
        """Drop the oldest events beyond these bounds, some at a time; how many."""

        def beyond(most: int) -> list[int]:
            query = "SELECT sequence, recorded, total FROM events WHERE pbx = ? ORDER BY sequence LIMIT ?"
            return [
                sequence
                for sequence, recorded, total in self._connection.execute(query, (self._pbx, most))
                if sequence <= self.sequence - rows or self._total - total >= size or recorded < before
            ]

        if not beyond(1):  # Nearly always, and commits wait for us.
            return 0
        gone = beyond(PRUNED_AT_ONCE)
        self._connection.execute("DELETE FROM events WHERE pbx = ? AND sequence <= ?", (self._pbx, max(gone)))
        return len(gone)

    def forget_twins(self, after: int, until: int) -> None:
        """Let go of unmasked copies that every broker has."""
        where = "pbx = ? AND sequence > ? AND sequence <= ? AND twin IS NOT NULL"
        self._connection.execute(f"UPDATE events SET twin = NULL WHERE {where}", (self._pbx, after, until))  # noqa: S608

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        return row


class OutboxFile:
    """The open file, its thread, and what says that its numbers are whole."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        executor: ThreadPoolExecutor,
        store: str,
        *,
        is_inherited: bool,
    ) -> None:
        self._path = path
        self._connection = connection
        self._executor = executor
        self._store = store
        self._is_inherited = is_inherited
        self._whole = path.with_name(path.name + WHOLE)
        self.was_whole = self._whole.exists()

    async def shelf(self, pbx: str) -> Shelf:
        """One PBX's part, as an earlier run left it; raises sqlite3.Error."""
        shelf = Shelf(self._connection, pbx, self._store, is_inherited=self._is_inherited)
        lost = await self.run(lambda: shelf.take_up(is_whole=self.was_whole))
        if lost:
            log.error("events of an earlier run cannot be delivered: its numbers are not sure", pbx=pbx, events=lost)
        return shelf

    def run(self, work: Callable[[], Answer]) -> "asyncio.Future[Answer]":
        """Let the thread do something, after what it was asked for before."""
        return asyncio.get_running_loop().run_in_executor(self._executor, work)

    def say_whole(self) -> None:
        """Every number that was given out is stored; raises OSError."""
        self._whole.touch(mode=0o600)

    def say_broken(self) -> None:
        """Numbers are about to be given out that are not stored; raises OSError."""
        self._whole.unlink(missing_ok=True)


@asynccontextmanager
async def outbox_file(
    store: Path, identity: str, moment: float, *, is_inherited: bool = False
) -> AsyncIterator[OutboxFile]:
    """The outbox of a store, made or moved aside where it has to be; ``moment`` names a damaged file's new place.

    `is_inherited`: it may be of another store, in whose place this one was begun.  Raises OSError or sqlite3.Error
    where there can be none.
    """
    path = store.with_name(store.name + SUFFIX)
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")
    loop = asyncio.get_running_loop()
    try:
        connection = await loop.run_in_executor(executor, _opened, path, moment)
        try:
            async with swept(path):
                yield OutboxFile(path, connection, executor, identity, is_inherited=is_inherited)
        finally:
            await loop.run_in_executor(executor, connection.close)
    finally:
        executor.shutdown(wait=False)


def _opened(path: Path, moment: float) -> sqlite3.Connection:
    try:
        return _connected(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        aside = moved_aside(path, moment)
        log.error("the outbox is damaged; it was moved aside", path=str(aside), reason=str(error))  # noqa: TRY400
        path.with_name(path.name + WHOLE).unlink(missing_ok=True)
        return _connected(path)


def _connected(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {BACKSTOP_PAGES}")
        connection.execute("PRAGMA secure_delete = FAST")
        (form,) = connection.execute("PRAGMA user_version").fetchone()
        if form == 0:
            connection.executescript(f"BEGIN;\n{SCHEMA}\nPRAGMA user_version = {FORM};\nCOMMIT;")
        elif form != FORM:
            raise sqlite3.DatabaseError(f"form {form}, expected {FORM}")  # noqa: TRY301 - moved aside like any other
        connection.execute(_COUNT)
        for table in ("numbers", "cursors", "refused"):  # Pages that are damaged show now.
            connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - our own names
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.close()
        raise
    return connection
