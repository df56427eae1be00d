"""A queue_log in a table of PostgreSQL (``res_config_pgsql``, or ODBC); needs the extra ``postgres``.

The table needs a column ``id`` whose numbers grow (``bigserial PRIMARY KEY``): nothing else tells the order of rows.
One connection is kept; a server that does not answer fails a look within ``PATIENCE``, and the next look connects anew.
"""

from typing import Any, Final, LiteralString, cast

import psycopg
from psycopg import sql

from ctibridge.asterisk.queue_log_place import PostgresqlTable
from ctibridge.asterisk.queue_log_table import HEAD, LIMIT, Row, TableUnreadableError, data_columns

PATIENCE: Final = 5
"""Seconds for a connection, and for an answer."""
_SESSION: Final = f"-c statement_timeout={PATIENCE * 1000} -c default_transaction_read_only=on"
_COLUMNS: Final = "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"


class PostgresqlRows:
    """The rows of one table, by their ids."""

    is_in_order = False
    """Numbers come from a sequence, and connections of a pool overtake each other."""

    def __init__(self, place: PostgresqlTable, password: str) -> None:
        """``password``: empty where libpq finds it (``~/.pgpass``) or none is needed."""
        self._place = place
        self._password = password
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._select: sql.Composed | None = None

    def newest(self) -> Row | None:
        """The row with the highest key."""
        return next(iter(self._rows("ORDER BY id DESC LIMIT 1", ())), None)

    def one(self, key: int) -> Row | None:
        """The row with that key."""
        return next(iter(self._rows("WHERE id = %s", (key,))), None)

    def after(self, key: int) -> list[Row]:
        """At most ``LIMIT`` rows with higher keys, in their order."""
        return self._rows("WHERE id > %s ORDER BY id LIMIT %s", (key, LIMIT))

    def close(self) -> None:
        """Let go of the server."""
        if self._connection is not None:
            self._connection.close()
            self._connection = self._select = None

    def _rows(self, which: LiteralString, values: tuple[int, ...]) -> list[Row]:
        try:
            connection = self._connected()
            if self._select is None:
                self._select = self._columns(connection)
            found = connection.execute(self._select + sql.SQL(which), values).fetchall()
        except psycopg.Error as error:
            self.close()
            first, *_ = str(error).strip().splitlines() or [type(error).__name__]
            raise TableUnreadableError(first) from error
        return [Row(key, tuple(_text(value) for value in fields)) for key, *fields in found]

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is None:
            place = self._place
            given = {
                "host": place.host,
                "port": place.port,
                "user": place.user,
                "dbname": place.database,
                "password": self._password,
                **dict(place.tls),
            }
            self._connection = psycopg.connect(
                autocommit=True,
                connect_timeout=PATIENCE,
                tcp_user_timeout=PATIENCE * 1000,
                keepalives_idle=PATIENCE,
                application_name="ctibridge",
                client_encoding="UTF8",
                options=_SESSION,
                **cast("Any", {key: value for key, value in given.items() if value}),
            )
        return self._connection

    def _columns(self, connection: psycopg.Connection[tuple[Any, ...]]) -> sql.Composed:
        parts = self._place.table.split(".")
        table = sql.Identifier(*parts)
        names = {str(name) for (name,) in connection.execute(_COLUMNS, (table.as_string(connection),))}
        columns = (*HEAD, *data_columns(names))
        if "id" not in names:
            raise TableUnreadableError("the table lacks id, a column of growing numbers (bigserial PRIMARY KEY)")
        texts = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in columns)
        return sql.SQL("SELECT id, {} FROM {} ").format(texts, table)


def _text(value: object) -> bytes:
    if value is None:
        return b""
    return value if isinstance(value, bytes) else str(value).encode()
