"""Follows the queue_log file by inode and offset, through rotation, and from where an earlier run stopped.

``logger rotate`` renames the file and starts a new one; nothing announces it (T49).  The open file is therefore read to
its end first, and then the new one from its beginning.  A file that shrank was emptied in place and is read anew.  What
has no line end yet is left for the next time: Asterisk writes a record with one call, but a reader can come between.
"""

import os
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

CHUNK: Final = 1 << 20
"""Bytes read at a time."""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """How far the file has been read."""

    inode: int
    offset: int


class PositionLostError(Exception):
    """The file that was being read is gone, and what was written to it after ``Position`` with it."""


class QueueLogTail:
    """Reads what is new in one queue_log; every method may raise OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._inode = 0
        self._offset = 0

    @property
    def position(self) -> Position | None:
        """Up to where lines have been given out, ``None`` before the first; remembered when the file is closed."""
        return Position(inode=self._inode, offset=self._offset) if self._inode else None

    def start_at_end(self) -> None:
        """Begin with what will be written from now on, after the last whole line."""
        self._open(self._path)
        size = os.fstat(self._handle().fileno()).st_size
        self._offset = self._after_last_line(size)

    def start_at(self, position: Position) -> None:
        """Go on where an earlier run stopped; PositionLostError when that file is neither there nor kept beside it."""
        for path in self._generations():
            if path.stat().st_ino == position.inode and path.stat().st_size >= position.offset:
                self._open(path)
                self._offset = position.offset
                return
        raise PositionLostError(str(self._path))

    def read(self) -> list[bytes]:
        """All whole lines that have been written since, in order, over all files that followed each other."""
        if self._file is None:
            self._open(self._path)
        lines = self._rest()
        while (following := self._next_generation()) is not None:
            lines += self._rest(is_final=True)
            self._open(following)
            lines += self._rest()
        return lines

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _rest(self, *, is_final: bool = False) -> list[bytes]:
        handle = self._handle()
        if os.fstat(handle.fileno()).st_size < self._offset:
            self._offset = 0
        handle.seek(self._offset)
        pieces: list[bytes] = []
        while chunk := handle.read(CHUNK):
            pieces.append(chunk)
        data = b"".join(pieces)
        whole = len(data) if is_final else data.rfind(b"\n") + 1
        self._offset += whole
        return data[:whole].splitlines()

    def _next_generation(self) -> Path | None:
        """The file that was begun after the one being read, if that has been renamed."""
        files = self._generations()
        inodes = [path.stat().st_ino for path in files]
        if self._inode in inodes:
            place = inodes.index(self._inode)
            return files[place + 1] if place + 1 < len(files) else None
        return files[-1] if files else None

    def _generations(self) -> list[Path]:
        """The kept files and the present one, oldest first, by when they were last written."""
        kept = [path for path in self._path.parent.glob(f"{self._path.name}.*") if path.suffix != ".gz"]
        present = [self._path] if self._path.exists() else []
        return [*sorted(kept, key=lambda path: (path.stat().st_mtime_ns, _generation(path))), *present]

    def _open(self, path: Path) -> None:
        self.close()
        self._file = path.open("rb")
        self._inode = os.fstat(self._file.fileno()).st_ino
        self._offset = 0

    def _after_last_line(self, size: int) -> int:
        handle = self._handle()
        start = max(0, size - CHUNK)
        handle.seek(start)
        return start + handle.read(size - start).rfind(b"\n") + 1

    def _handle(self) -> BinaryIO:
        if self._file is None:
            raise FileNotFoundError(self._path)
        return self._file


def _generation(path: Path) -> int:
    """Asterisk's default numbering: the highest is the newest."""
    return int(path.suffix[1:]) if path.suffix[1:].isdigit() else 0
