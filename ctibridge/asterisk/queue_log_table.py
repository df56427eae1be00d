"""Follows a queue_log that Asterisk writes into a table (``queue_log`` in extconfig.conf), row by row.

Rows become the lines that Asterisk would have written into the file, so that both have one parser and one meaning.
They differ from the file in this (``ast_queue_log`` in main/logger.c): the time is text in local time; data stand in
``data1`` to ``data5``, of which the last has all the rest, or in one column ``data``; quotes are gone; and a row whose
data do not fit into its columns is not there at all (T49).

A database hands out keys before rows can be seen.  A row is therefore held back while keys below its own are missing
that were handed out less than ``HANDOUT`` ago; after that they were never used.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Final, NamedTuple, Protocol

from ctibridge.asterisk.queue_log import parse_line
from ctibridge.asterisk.queue_log_source import AnyPosition, PositionLostError, RowPosition
from ctibridge.domain.units import Timestamp

HEAD: Final = ("time", "callid", "queuename", "agent", "event")
DATA: Final = ("data1", "data2", "data3", "data4", "data5")
LIMIT: Final = 500
"""Rows read at a time, so that taking them in does not hold up the rest."""
HANDOUT: Final = 1.0
"""Seconds between the handing out of a key and the moment when its row can be seen."""
_AMBIGUOUS: Final = 60.0
"""Seconds by which rows may be out of order; clocks that are set back are by half an hour or more."""
_WHOLE: Final = re.compile(rb"\d{1,10}(\.\d+)?")
_BREAKS: Final = bytes.maketrans(b"\r\n", b"  ")


class Row(NamedTuple):
    """One row as text."""

    key: int
    fields: tuple[bytes, ...]
    """The columns of ``HEAD`` and those of the data."""


class TableUnreadableError(OSError):
    """The database cannot be reached, or the table is not one of queue_log."""


class Rows(Protocol):
    """A table of some database; each method may raise TableUnreadableError."""

    is_in_order: bool
    """No row appears below one that has been seen."""

    def newest(self) -> Row | None:
        """The row with the highest key."""

    def one(self, key: int) -> Row | None:
        """The row with that key."""

    def after(self, key: int) -> list[Row]:
        """At most ``LIMIT`` rows with higher keys, in their order."""

    def close(self) -> None:
        """Let go of the database."""


def data_columns(columns: set[str]) -> tuple[str, ...]:
    """The columns that hold data in a table with these; raises TableUnreadableError when it is none of queue_log."""
    if missing := [name for name in HEAD if name not in columns]:
        raise TableUnreadableError(f"there is no such table, or it lacks {', '.join(missing)}")
    if columns.issuperset(DATA):
        return DATA
    if "data" in columns:
        return ("data",)
    raise TableUnreadableError("the table lacks data1 to data5, or data")


class QueueLogTable:
    """Reads what is new in one table; see ``QueueLogSource``."""

    def __init__(self, rows: Rows, zone: tzinfo, monotonic: Callable[[], float]) -> None:
        """``zone``: of the times in the table."""
        self._rows = rows
        self._zone = zone
        self._monotonic = monotonic
        self._position: RowPosition | None = None
        self._told: float | None = None
        """The moment of the last row that was given out."""
        self._final = 0
        """All rows up to this key can be seen that ever will."""
        self._noted = (0, float("-inf"))
        """The highest key at a moment, until it is final."""

    @property
    def position(self) -> RowPosition | None:
        """Up to where rows have been given out, ``None`` before the start."""
        return self._position

    def start_at_end(self) -> None:
        """Begin with what will be written from now on."""
        self._position = _position(self._rows.newest())

    def start_since(self, moment: Timestamp) -> None:
        """Begin with the first row of that moment or later; keys grow with time, or nearly so."""
        newest = self._rows.newest()
        low, high = 0, newest.key if newest is not None else 0
        while low < high:
            middle = (low + high) // 2
            following = self._rows.after(middle)
            record = parse_line(self._line(following[0])) if following else None
            if record is not None and record.at < moment:
                low = following[0].key
            else:
                high = middle
        self._told = None
        self._position = _position(self._rows.one(low))

    def start_at(self, position: AnyPosition) -> None:
        """Go on where an earlier run stopped; PositionLostError when the table is another, or was emptied."""
        if not isinstance(position, RowPosition):
            raise PositionLostError("queue_log was a file before, and is a table now")
        newest, row = self._rows.newest(), self._rows.one(position.row)
        is_emptied = position.row > (newest.key if newest is not None else 0)
        is_other = row is not None and bool(position.head) and _digest(row) != position.head
        if is_emptied or is_other:
            raise PositionLostError("the row that was read last is not there any more")
        self._position = position

    def read(self) -> list[bytes]:
        """The next rows as lines."""
        if self._position is None:
            self._position = RowPosition(row=0)
        newest = self._rows.newest()
        if newest is None:
            self._position = RowPosition(row=0)  # All old rows were deleted; keys may begin anew.
            return []
        if newest.key < self._position.row:
            raise PositionLostError("rows were deleted that had been read, and there may be others in their place")
        self._note(newest.key)
        rows = self._visible(self._rows.after(self._position.row))
        if rows:
            self._position = _position(rows[-1])
        return [self._line(row) for row in rows]

    def close(self) -> None:
        """Let go of the database."""
        self._rows.close()

    def _note(self, newest: int) -> None:
        key, at = self._noted
        now = self._monotonic()
        if now >= at + HANDOUT:
            self._final = key
            self._noted = (newest, now)

    def _visible(self, rows: list[Row]) -> list[Row]:
        """The rows before the first hole that may still be filled."""
        expected = self._position.row if self._position is not None else 0
        for place, row in enumerate(rows):
            expected += 1
            if row.key != expected and row.key > self._final and not self._rows.is_in_order:
                return rows[:place]
            expected = row.key
        return rows

    def _line(self, row: Row) -> bytes:
        time, *head = row.fields[: len(HEAD)]
        data = b"|".join(row.fields[len(HEAD) :]).rstrip(b"|")
        return b"|".join((self._moment(time), *head, data)).translate(_BREAKS)

    def _moment(self, text: bytes) -> bytes:
        """Whole seconds since 1970, as in the file; what is no time is left as it is, and makes a damaged line."""
        if _WHOLE.fullmatch(text):
            return text.partition(b".")[0]
        try:
            stated = datetime.fromisoformat(text.decode("ascii", "replace"))
        except ValueError:
            return text
        local = stated if stated.tzinfo is not None else stated.replace(tzinfo=self._zone)
        moment, second = local.timestamp(), local.replace(fold=1).timestamp()
        if self._told is not None and moment < self._told - _AMBIGUOUS <= second:
            moment = second  # The clock was set back: this hour came twice, and rows are in order.
        self._told = moment
        return str(int(moment)).encode()


def _position(row: Row | None) -> RowPosition:
    return RowPosition(row=0) if row is None else RowPosition(row=row.key, head=_digest(row))


def _digest(row: Row) -> str:
    return hashlib.blake2b(b"|".join(row.fields), digest_size=8).hexdigest()
