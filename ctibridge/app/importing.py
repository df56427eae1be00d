"""`ctibridge import-queue-log`: the history of years, from queue_log files, beside a bridge that may be running.

Files are taken in by the time of their first record, whatever their names.  Every few thousand lines are one
transaction together with how far the file was read, so that an import that was cut off is taken up there; a little
before, in fact, for what is read twice changes nothing.  A file is recognised by its first line, which stays the same
when it is rotated or compressed, and when it grows.
"""

import gzip
import hashlib
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, cast

import msgspec

from ctibridge.app.log_history import LogHistory
from ctibridge.asterisk.queue_log import parse_line
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import AgentId, Timestamp
from ctibridge.outputs.history.callers import CallerMarks
from ctibridge.outputs.history.rows import ImportRow
from ctibridge.outputs.history.tables import Tables

GROUP_LINES: Final = 4000
READ_AGAIN: Final = 1 << 18
"""Bytes before the place where an import was cut off from which it goes on."""
LONGEST_LINE: Final = 1 << 20
SHOWN: Final = 5
"""Bad lines of a file that are shown."""
SHOWN_BYTES: Final = 60
_GZIP: Final = b"\x1f\x8b"
_DAMAGED: Final = (EOFError, zlib.error, gzip.BadGzipFile)

Told = Callable[[int], None]
"""Is told how many bytes of a file, as it lies on disk, have been read."""


class BadLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is no record."""

    number: int
    """From 1."""
    text: bytes
    """Its beginning."""


class Imported(msgspec.Struct, kw_only=True):
    """What came of one file."""

    path: Path
    lines: int = 0
    calls: int = 0
    bad_lines: int = 0
    first_bad: list[BadLine] = []
    unmatched: int = 0
    is_known: bool = False
    """Everything in it had been imported before."""
    problem: str | None = None
    """Why the rest of it could not be read."""


class LogFile(msgspec.Struct, frozen=True, kw_only=True):
    """A queue_log file as it was found."""

    path: Path
    size: int
    """Bytes on disk."""
    began: Timestamp
    fingerprint: str


def found(path: Path, pbx: str) -> LogFile | None:
    """What is to be known of a file beforehand; ``None`` when no record is in it.  Raises OSError."""
    with path.open("rb") as raw:
        try:
            for line in _lines(_text(raw)):
                record = parse_line(line)
                if record is not None:
                    digest = hashlib.blake2b(pbx.encode() + b"\n" + line.rstrip(b"\r\n"), digest_size=16)
                    size = path.stat().st_size
                    return LogFile(path=path, size=size, began=record.at, fingerprint=digest.hexdigest())
        except _DAMAGED:
            return None
    return None


class _Reading(msgspec.Struct, kw_only=True):
    """One pass over a file."""

    file: LogFile
    raw: BinaryIO
    """As it lies on disk."""
    text: BinaryIO
    """Uncompressed."""
    done: Imported
    now: float
    told: Told
    offset: int = 0
    """Up to where whole lines were taken in."""
    counted_until: int = 0
    """Bad lines before this were counted by an earlier pass."""

    def note_bad(self, line: bytes) -> None:
        """Count a line that is no record, and keep the first few."""
        if self.offset < self.counted_until:
            return
        self.done.bad_lines += 1
        if len(self.done.first_bad) < SHOWN:
            self.done.first_bad.append(BadLine(number=self.done.lines, text=line[:SHOWN_BYTES].rstrip()))


class Importer:
    """Brings files of one PBX into an open database."""

    def __init__(self, connection: sqlite3.Connection, pbx: str, policy: Policy, marks: CallerMarks) -> None:
        self._connection = connection
        self._pbx = pbx
        self._tables = Tables(connection, pbx)
        self._history = LogHistory(pbx, self._tables.matching, policy, marks, _names(connection, pbx))
        self._last_at: Timestamp | None = None

    def take(self, file: LogFile, now: float, told: Told = lambda _: None) -> Imported:
        """Bring one file in, from where it was left; raises OSError, sqlite3.Error."""
        done = Imported(path=file.path, first_bad=[])
        calls, unmatched = self._history.calls, self._history.unmatched
        with file.path.open("rb") as raw:
            try:
                self._take(_Reading(file=file, raw=raw, text=raw, done=done, now=now, told=told))
            except _DAMAGED as error:
                done.problem = f"damaged after line {done.lines}: {error}"
        done.calls, done.unmatched = self._history.calls - calls, self._history.unmatched - unmatched
        return done

    def _take(self, reading: "_Reading") -> None:
        before = _import(self._connection, "fingerprint = ?", reading.file.fingerprint)
        self._recall(before, reading.file)
        if before is not None:
            if before.finished_at is not None and not _goes_on(reading.raw, before.offset):
                reading.done.is_known = True
                return
            reading.counted_until, reading.done.bad_lines = before.offset, before.bad_lines
        reading.text = _text(reading.raw)
        if before is not None:
            reading.offset, reading.done.lines = _skip(reading.text, before.offset - READ_AGAIN)
        self._read(reading)

    def _read(self, reading: "_Reading") -> None:
        for count, line in enumerate(_lines(reading.text), 1):
            reading.done.lines += 1
            record = parse_line(line)
            self._history.members.is_listening = reading.offset >= reading.counted_until
            if record is not None:
                self._history.take(record)
                self._last_at = record.at
            elif line.strip():
                reading.note_bad(line)
            reading.offset += len(line) if line.endswith(b"\n") else 0  # What has no end yet is read again.
            if count % GROUP_LINES == 0:
                self._write(reading)
                reading.told(reading.raw.tell())
        self._write(reading, reading.now)
        reading.told(reading.file.size)

    def _write(self, reading: "_Reading", finished_at: float | None = None) -> None:
        """One transaction: rows, and up to where they were read."""
        row = ImportRow(
            fingerprint=reading.file.fingerprint,
            pbx=self._pbx,
            path=str(reading.file.path),
            offset=reading.offset,
            bad_lines=reading.done.bad_lines,
            finished_at=finished_at,
            last_at=self._last_at,
            members=self._history.members.remembered(),
        )
        self._tables.write(self._history.rows(), lambda: _put_import(self._connection, row))

    # -- what earlier imports left ------------------------------------------------------------------------------------

    def _recall(self, before: ImportRow | None, file: LogFile) -> None:
        """Go on with who was paused: from this file's own beginning, or from the file before it."""
        if before is None and self._last_at is None:
            before = _import(self._connection, "pbx = ? AND last_at <= ?", self._pbx, file.began)
        if before is not None and before.members is not None:
            self._history.members.recall(before.members)


def _names(connection: sqlite3.Connection, pbx: str) -> dict[str, AgentId]:
    """Who goes by which name or id; a name that several share stands for none of them."""
    known: dict[str, AgentId | None] = {}
    for agent, name in connection.execute("SELECT agent, name FROM agents WHERE pbx = ?", (pbx,)):
        known[name] = None if name in known else AgentId(agent)
    return {name: agent for name, agent in known.items() if agent is not None}


def _import(connection: sqlite3.Connection, where: str, *values: object) -> ImportRow | None:
    columns = ImportRow.__struct_fields__
    query = f"SELECT {', '.join(columns)} FROM imports WHERE {where} ORDER BY last_at DESC LIMIT 1"  # noqa: S608
    row = connection.execute(query, values).fetchone()
    return ImportRow(**dict(zip(columns, row, strict=True))) if row is not None else None


def _put_import(connection: sqlite3.Connection, row: ImportRow) -> None:
    columns = ImportRow.__struct_fields__
    statement = f"INSERT OR REPLACE INTO imports ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
    connection.execute(statement, msgspec.structs.astuple(row))


# -- reading ----------------------------------------------------------------------------------------------------------


def _text(raw: BinaryIO) -> BinaryIO:
    """The uncompressed bytes of a file, from its beginning."""
    raw.seek(0)
    is_compressed = raw.read(len(_GZIP)) == _GZIP
    raw.seek(0)
    return cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if is_compressed else raw


def _lines(text: BinaryIO) -> Iterator[bytes]:
    while line := text.readline(LONGEST_LINE):
        yield line


def _goes_on(raw: BinaryIO, offset: int) -> bool:
    """Whether there is anything after what was imported; a file that is shorter than that is another one."""
    text, place = _text(raw), 0
    while place < offset and (chunk := text.read(min(READ_AGAIN, offset - place))):
        place += len(chunk)
    return place < offset or bool(text.read(1))


def _skip(text: BinaryIO, offset: int) -> tuple[int, int]:
    """Go to the first line that begins at ``offset`` or after it: its place, and how many lines are before it."""
    place = number = 0
    while place < offset and (chunk := text.read(min(READ_AGAIN, offset - place))):
        place += len(chunk)
        number += chunk.count(b"\n")
    if place:
        rest = text.readline(LONGEST_LINE)
        place += len(rest)
        number += rest.endswith(b"\n")
    return place, number


def import_files(
    importer: Importer,
    pbx: str,
    paths: Sequence[Path],
    now: float,
    told: Callable[[LogFile, int], None] = lambda _file, _read: None,
) -> list[Imported]:
    """Bring files in, oldest first; raises OSError, sqlite3.Error."""
    files = [(path, found(path, pbx)) for path in paths]
    empty = [Imported(path=path, problem="no record in it") for path, file in files if file is None]
    in_order = sorted((file for _, file in files if file is not None), key=lambda file: file.began)
    return [*(importer.take(file, now, partial(told, file)) for file in in_order), *empty]
