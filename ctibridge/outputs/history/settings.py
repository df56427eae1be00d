"""``[store]``: where things are kept."""

from pathlib import Path
from typing import Final

import msgspec

SQLITE: Final = "sqlite:///"


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One database for all PBXs of the daemon."""

    url: str = "sqlite:///ctibridge.db"
    """``sqlite:///FILE``, relative to the working folder or absolute (four slashes); empty to keep nothing."""
    checkpoint_interval: float = 2.0
    """Seconds between two states kept for a restart; what queue_log does not know is lost for this long at a crash."""
    keep_days: int = 30
    """Days for which every call, ring and agent state is kept; after that only the figures of half hours are."""
    outbox_events: int = 1_000_000
    """Events of a PBX kept for brokers that are away and for consumers that catch up; the oldest beyond are dropped."""
    outbox_megabytes: int = 1000
    """The same in megabytes of messages."""
    outbox_hours: float = 24.0
    """The same in hours."""

    def __post_init__(self) -> None:
        """Refuse a place that is none."""
        if self.url and not self.url.removeprefix(SQLITE):
            raise ValueError("url names no file; expected sqlite:///FILE")
        if self.url and not self.url.startswith(SQLITE):
            raise ValueError("url must begin with sqlite:///, or be empty to keep nothing")
        if self.checkpoint_interval <= 0:
            raise ValueError("checkpoint_interval must be above 0")
        if self.keep_days < 1:
            raise ValueError("keep_days must be at least 1")
        if self.outbox_events < 1:
            raise ValueError("outbox_events must be at least 1")
        if self.outbox_megabytes < 1:
            raise ValueError("outbox_megabytes must be at least 1")
        if self.outbox_hours <= 0:
            raise ValueError("outbox_hours must be above 0")

    @property
    def path(self) -> Path | None:
        """The database file, ``None`` to keep nothing."""
        return Path(self.url.removeprefix(SQLITE)) if self.url else None
