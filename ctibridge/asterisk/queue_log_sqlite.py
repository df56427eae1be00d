"""A queue_log in a table of SQLite (``res_config_sqlite3``).

The file is opened for each look and only for reading, so that it may be replaced, moved away and brought back, and so
that Asterisk never finds it locked for longer than a look takes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from ctibridge.asterisk.queue_log_place import SqliteTable
from ctibridge.asterisk.queue_log_table import HEAD, LIMIT, Row, TableUnreadableError, data_columns

LOCK_SECONDS: Final = 5.0
"""How long Asterisk may keep the file locked while it writes."""


class SqliteRows:
    """The rows of one table, by their row ids."""

    is_in_order = True
    """Asterisk has one connection, and a file of SQLite one writer at a time."""

    def __init__(self, place: SqliteTable) -> None:
        self._place = place
        self._table = f'"{place.table}"'

    def newest(self) -> Row | None:
        """The row with the highest key."""
        return next(iter(self._select("ORDER BY rowid DESC LIMIT 1", ())), None)

    def one(self, key: int) -> Row | None:
        """The row with that key."""
        return next(iter(self._select("WHERE rowid = ?", (key,))), None)

    def after(self, key: int) -> list[Row]:
        """At most ``LIMIT`` rows with higher keys, in their order."""
        return self._select("WHERE rowid > ? ORDER BY rowid LIMIT ?", (key, LIMIT))

    def close(self) -> None:
        """Nothing is open between two looks."""

    def _select(self, which: str, values: tuple[int, ...]) -> list[Row]:
        with self._opened() as connection:
            names = {name.decode() for _, name, *_ in connection.execute(f"PRAGMA table_info({self._table})")}
            columns = ", ".join(f'"{name}"' for name in (*HEAD, *data_columns(names)))
            # The table's name was checked, and the columns' are our own; values go as parameters.
            query = f"SELECT rowid, {columns} FROM {self._table} {which}"  # noqa: S608
            found = connection.execute(query, values).fetchall()
        return [Row(key, tuple(_text(value) for value in fields)) for key, *fields in found]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        path = self._place.path.absolute()
        if not path.exists():
            raise FileNotFoundError(2, "No such file", str(path))
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=LOCK_SECONDS)) as connection:
                connection.text_factory = bytes
                yield connection
        except sqlite3.Error as error:
            raise TableUnreadableError(str(error)) from error


def _text(value: object) -> bytes:
    if value is None:
        return b""
    return value if isinstance(value, bytes) else str(value).encode()
