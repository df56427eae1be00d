"""Follows the queue_log file by inode and offset, through rotation, and from where an earlier run stopped.

``logger rotate`` renames the file and starts a new one; nothing announces it (T49).  The open file is therefore read to
its end first, and then the one that was begun after it.  A file that was emptied in place is read anew.  What has no
line end yet is left for the next time: Asterisk writes a record with one call, but a reader can come between.

An inode is used again soon after a file was deleted, and changes when a file is copied.  So a file is recognised by its
first line too, which never changes: it holds a time to the second and the id of a call or the start of Asterisk.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import BinaryIO, Final

from ctibridge.asterisk.queue_log import parse_line
from ctibridge.asterisk.queue_log_source import AnyPosition, Position, PositionLostError
from ctibridge.domain.units import Timestamp

CHUNK: Final = 1 << 16
"""Bytes read at a time: some 700 records, so that taking them in does not hold up the rest."""
LONGEST_LINE: Final = 1 << 20
"""A line without an end that is longer than this is given out as it is: it is no record."""
_HEAD: Final = 4096
"""Bytes in which the first line is looked for."""


class QueueLogTail:
    """Reads what is new in one file; see ``QueueLogSource``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._inode = 0
        self._offset = 0
        self._head = ""

    @property
    def position(self) -> Position | None:
        """Up to where lines have been given out, ``None`` before the start; remembered when the file is closed."""
        return Position(inode=self._inode, offset=self._offset, head=self._head) if self._inode else None

    def start_at_end(self) -> None:
        """Begin with what will be written from now on, after the last whole line."""
        self._open(self._path)
        self._advance(self._after_last_line())

    def start_since(self, moment: Timestamp) -> None:
        """Begin with the first line of that moment or later, be it in a file that was rotated."""
        files = self._generations()
        if not files:
            raise FileNotFoundError(2, "No such file", str(self._path))
        older = [path for path in files if (began := _began(path)) is not None and began < moment]
        self._open(older[-1] if older else files[0])
        self._advance(self._first_since(moment))

    def start_at(self, position: AnyPosition) -> None:
        """Go on where an earlier run stopped; PositionLostError when that file is neither there nor kept beside it."""
        if not isinstance(position, Position):
            raise PositionLostError("queue_log was a table before, and is a file now")
        path = self._kept(position)
        if path is None and not self._path.exists():
            raise FileNotFoundError(2, "No such file", str(self._path))  # Perhaps its folder is not mounted yet.
        if path is None:
            raise PositionLostError(f"{self._path}: the file that was read is not there any more")
        self._open(path)
        self._advance(position.offset)

    def read(self) -> list[bytes]:
        """The next whole lines, over all files that followed each other; none when everything has been read.

        At most ``CHUNK`` bytes at a time: read on until there are none.
        """
        self._reopen()
        while True:
            if self._was_emptied():
                self._follow_copy()
            lines = self._whole_lines()
            if lines:
                return lines
            following = self._next_generation()
            if following is None:
                return []
            lines = self._whole_lines(is_final=True)  # What was written before it was renamed is there by now.
            if lines:
                return lines
            self._open(following)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    # -- lines --------------------------------------------------------------------------------------------------------

    def _whole_lines(self, *, is_final: bool = False) -> list[bytes]:
        """The next lines of the open file; of a final one also a last line without an end."""
        handle = self._handle()
        handle.seek(self._offset)
        data = handle.read(CHUNK)
        while b"\n" not in data and len(data) < LONGEST_LINE and (more := handle.read(CHUNK)):
            data += more
        whole = data.rfind(b"\n") + 1
        if not whole and (is_final or len(data) >= LONGEST_LINE):
            whole = len(data)
        self._advance(self._offset + whole)
        return [line.removesuffix(b"\r") for line in data[:whole].removesuffix(b"\n").split(b"\n")] if whole else []

    def _advance(self, offset: int) -> None:
        self._offset = offset
        if offset and not self._head:
            self._head = _head_of(self._handle())

    def _after_last_line(self) -> int:
        handle = self._handle()
        end = os.fstat(handle.fileno()).st_size
        while end > 0:
            start = max(0, end - CHUNK)
            handle.seek(start)
            place = handle.read(end - start).rfind(b"\n")
            if place >= 0:
                return start + place + 1
            end = start
        return 0

    def _first_since(self, moment: Timestamp) -> int:
        """Offset of the first line of that moment or later; records are in the order of time, or nearly so."""
        handle, low = self._handle(), 0
        high = self._after_last_line()
        while low < high:
            middle = (low + high) // 2
            before = max(0, middle - 1)  # A line that begins right here is one of those to look at.
            handle.seek(before)
            start = before + len(handle.readline()) if middle else 0
            at, end = _first_record(handle, start, high)
            if at is not None and at < moment:
                low = end
            else:
                high = middle
        return low

    # -- files --------------------------------------------------------------------------------------------------------

    def _was_emptied(self) -> bool:
        """True when the open file holds other lines than it did (``copytruncate``), be they fewer or more."""
        handle = self._handle()
        is_shorter = os.fstat(handle.fileno()).st_size < self._offset
        return is_shorter or (bool(self._head) and _head_of(handle) != self._head)

    def _follow_copy(self) -> None:
        """Read the rest of the copy that was made before the file was emptied, if it is there; else begin anew."""
        here, copy = self._path, self._copy()
        for path in self._generations():
            if _inode(path) == self._inode:
                here = path
        offset = self._offset
        self._open(copy or here)
        if copy is not None:
            self._advance(offset)

    def _copy(self) -> Path | None:
        for path in self._generations():
            if _inode(path) != self._inode and self._head and self._is_of(path, self._head, self._offset):
                return path
        return None

    def _kept(self, position: Position) -> Path | None:
        """The file of a position: with its inode and its first line, or else a copy of it."""
        files = self._generations()
        same = [path for path in files if _inode(path) == position.inode]
        others = [path for path in files if position.head and path not in same]
        return next((path for path in (*same, *others) if self._is_of(path, position.head, position.offset)), None)

    def _is_of(self, path: Path, head: str, offset: int) -> bool:
        try:
            with path.open("rb") as handle:
                is_long_enough = os.fstat(handle.fileno()).st_size >= offset
                return is_long_enough and (not head or _head_of(handle) == head)
        except FileNotFoundError:  # Renamed or removed since the folder was listed.
            return False

    def _next_generation(self) -> Path | None:
        """The file that was begun after the one being read, if that has been renamed, removed or copied."""
        files = self._generations()
        inodes = [_inode(path) for path in files]
        if self._inode in inodes:
            later = files[inodes.index(self._inode) + 1 :]
        else:
            written = os.fstat(self._handle().fileno()).st_mtime_ns
            later = [path for path in files if (_written(path) or 0) >= written]
        return next((path for path in later if _has_begun(path)), None)

    def _generations(self) -> list[Path]:
        """The kept files and the present one, oldest first, by when they were last written.

        Kept ones have a number or a date at the end of their name; others, compressed or copied by somebody, are not
        looked at.
        """
        numbered = re.compile(re.escape(self._path.name) + r"[.-](\d+)")
        kept = []
        for path in self._path.parent.glob(f"{self._path.name}[.-]*"):
            match, at = numbered.fullmatch(path.name), _written(path)
            if match is not None and at is not None:
                kept.append((at, int(match[1]), path))  # Asterisk's default numbering: the highest is the newest.
        present = [self._path] if self._path.exists() else []
        return [*(path for _, _, path in sorted(kept)), *present]

    def _open(self, path: Path) -> None:
        file = path.open("rb")
        self.close()
        self._file = file
        self._inode = os.fstat(file.fileno()).st_ino
        self._offset = 0
        self._head = ""

    def _reopen(self) -> None:
        """Go on in the file that was closed; one that was never opened is read from its beginning."""
        if self._file is not None:
            return
        position = self.position
        if position is None:
            self._open(self._path)
        else:
            self.start_at(position)

    def _handle(self) -> BinaryIO:
        if self._file is None:
            raise FileNotFoundError(self._path)
        return self._file


def _head_of(handle: BinaryIO) -> str:
    """A digest of the first line, empty while it has no end."""
    handle.seek(0)
    line, end, _ = handle.read(_HEAD).partition(b"\n")
    return hashlib.blake2b(line, digest_size=8).hexdigest() if end or len(line) == _HEAD else ""


def _first_record(handle: BinaryIO, start: int, until: int) -> tuple[Timestamp | None, int]:
    """When the first record of the lines from an offset on was written, and where the line after it begins."""
    handle.seek(start)
    while start < until:
        line = handle.readline(LONGEST_LINE)
        start += len(line)
        if (record := parse_line(line)) is not None:
            return record.at, start
    return None, start


def _began(path: Path) -> Timestamp | None:
    """When a file's first record was written."""
    try:
        with path.open("rb") as handle:
            return _first_record(handle, 0, os.fstat(handle.fileno()).st_size)[0]
    except FileNotFoundError:  # Renamed or removed since the folder was listed.
        return None


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _written(path: Path) -> int | None:
    """When a file was last written, in nanoseconds; ``None`` when it has just been renamed or removed."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _has_begun(path: Path) -> bool:
    """True when something was written to a file: until then Asterisk may go on with the one that was renamed.

    logrotate makes the new file before it tells Asterisk.
    """
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False
