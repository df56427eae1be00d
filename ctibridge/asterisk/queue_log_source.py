"""What every place of a queue_log can do: give out its records as lines, in order, and say how far it has.

A position is remembered over restarts, so each kind of source has one of its own, with a tag.
"""

from typing import Protocol, TypeAlias

import msgspec

from ctibridge.domain.units import Timestamp


class Position(msgspec.Struct, frozen=True, kw_only=True, tag="file"):
    """How far a file has been read."""

    inode: int
    offset: int
    head: str = ""
    """A digest of the file's first line; empty while nothing of the file has been given out."""


class RowPosition(msgspec.Struct, frozen=True, kw_only=True, tag="table"):
    """How far a table has been read."""

    row: int
    """Key of the last row that was given out; 0 before the first."""
    head: str = ""
    """A digest of that row, by which another table is told from this one."""


AnyPosition: TypeAlias = Position | RowPosition


class PositionLostError(Exception):
    """What was being read is gone, and what was written to it after the position with it."""


class QueueLogSource(Protocol):
    """Gives out lines; ``start_…`` and ``read`` may raise OSError, and may be tried again then.

    All of it may take a while, and is called in threads, but never twice at a time.
    """

    @property
    def position(self) -> AnyPosition | None:
        """Up to where lines have been given out, ``None`` before the start; remembered when the source is closed."""

    def start_at_end(self) -> None:
        """Begin with what will be written from now on."""

    def start_since(self, moment: Timestamp) -> None:
        """Begin with the first record of that moment or later; with what will be written, where there is none."""

    def start_at(self, position: AnyPosition) -> None:
        """Go on where an earlier run stopped; PositionLostError when there is no such place any more."""

    def read(self) -> list[bytes]:
        """The next lines, without their ends; none when everything has been read."""

    def close(self) -> None:
        """Let go of the source."""
