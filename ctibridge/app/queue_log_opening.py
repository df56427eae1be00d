"""The source of one PBX's queue_log, as ``[[pbx]] queue_log`` names it."""

from datetime import tzinfo
from pathlib import Path

from ctibridge.app.clock import monotonic
from ctibridge.asterisk.queue_log_place import SqliteTable
from ctibridge.asterisk.queue_log_source import QueueLogSource
from ctibridge.asterisk.queue_log_sqlite import SqliteRows
from ctibridge.asterisk.queue_log_table import QueueLogTable
from ctibridge.asterisk.queue_log_tail import QueueLogTail
from ctibridge.asterisk.settings import AmiSettings


class PostgresExtraMissingError(Exception):
    """What speaks to PostgreSQL is an optional part of the installation."""

    def __init__(self) -> None:
        super().__init__("a queue_log in PostgreSQL needs its library: pip install 'ctibridge[postgres]'")


def source_of(ami: AmiSettings, site_zone: tzinfo) -> QueueLogSource | None:
    """Where queue_log is read, ``None`` where it is not; nothing is opened yet.

    Raises PostgresExtraMissingError.
    """
    place = ami.queue_log_place()
    if place is None:
        return None
    if isinstance(place, Path):
        return QueueLogTail(place)
    zone = ami.queue_log_zone() or site_zone
    if isinstance(place, SqliteTable):
        return QueueLogTable(SqliteRows(place), zone, monotonic)
    try:
        from ctibridge.asterisk.queue_log_postgresql import PostgresqlRows  # noqa: PLC0415 - optional
    except ImportError as error:
        raise PostgresExtraMissingError from error
    return QueueLogTable(PostgresqlRows(place, ami.read_queue_log_password()), zone, monotonic)
