"""Where a PBX keeps its queue_log: a file, or a table of a database where realtime is used.

Settings name a table by a URL, ``sqlite:///FILE?table=…`` or ``postgresql://user@host:port/database?table=…``; anything
without a scheme is a path.  A password never stands in it, for addresses are shown in logs.
"""

import re
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec

TABLE: Final = "queue_log"
"""What the table is called where nothing else is said."""
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
_TLS: Final = ("sslmode", "sslrootcert")


class SqliteTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table in a file of SQLite."""

    path: Path
    table: str = TABLE


class PostgresqlTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table in a PostgreSQL server; what is empty is as libpq has it (``PGHOST``, port 5432, the own user)."""

    host: str = ""
    port: int | None = None
    user: str = ""
    database: str = ""
    table: str = TABLE
    """Perhaps with its schema, ``schema.table``."""
    tls: tuple[tuple[str, str], ...] = ()
    """``sslmode`` and ``sslrootcert``, as libpq takes them."""


Place: TypeAlias = Path | SqliteTable | PostgresqlTable


class UnusablePlaceError(ValueError):
    """What was written is neither a path nor an address of a table."""


def place_of(text: str) -> Place:
    """Read what ``queue_log`` says; raises UnusablePlaceError, which repeats nothing of it."""
    if _SCHEME.match(text) is None:
        return Path(text)
    try:
        url = urlsplit(text)
        query = dict(parse_qsl(url.query, strict_parsing=True, keep_blank_values=True)) if url.query else {}
        port = url.port
    except ValueError as error:
        raise UnusablePlaceError("expected a path or a URL, got something that looks like one and is none") from error
    if url.password is not None or "password" in query:
        raise UnusablePlaceError("expected no password in the URL: it goes into queue_log_password")
    table = query.pop("table", TABLE)
    if not all(_NAME.fullmatch(part) for part in table.split(".")):
        raise UnusablePlaceError(f'expected the name of a table after table=, got "{table}"')
    match url.scheme:
        case "sqlite":
            return _sqlite(url, table, query)
        case "postgresql" | "postgres":
            return _postgresql(url, port, table, query)
        case other:
            raise UnusablePlaceError(f"expected a path, sqlite:///… or postgresql://…, got {other}://")


def _sqlite(url: SplitResult, table: str, query: dict[str, str]) -> SqliteTable:
    _refuse(query)
    path = unquote(url.path).removeprefix("/")
    if "." in table:
        raise UnusablePlaceError(f'expected the name of a table without a schema, got "{table}"')
    if url.netloc or not path:
        raise UnusablePlaceError("expected sqlite:///FILE, with a fourth slash where the path is absolute")
    return SqliteTable(path=Path(path), table=table)


def _postgresql(url: SplitResult, port: int | None, table: str, query: dict[str, str]) -> PostgresqlTable:
    tls = tuple((key, query.pop(key)) for key in _TLS if key in query)
    _refuse(query)
    return PostgresqlTable(
        host=url.hostname or "",
        port=port,
        user=unquote(url.username or ""),
        database=unquote(url.path).removeprefix("/"),
        table=table,
        tls=tls,
    )


def _refuse(query: dict[str, str]) -> None:
    if query:
        raise UnusablePlaceError(
            f"expected nothing but table=… after the question mark, got {', '.join(sorted(query))}"
        )
