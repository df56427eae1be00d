"""One broker's way through the outbox: a few pages in memory, all else on disk, however long the broker is away.

Events that were just stored are put into memory while there is room and nothing older is left on disk; a broker that
lags behind is sent page after page.  Where numbers are missing, because the outbox is bounded, a statement about the
gap takes their place.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.outbox_event import OutboxEvent
from ctibridge.outputs.mqtt.spool import Gap, Spool, Spooled

PAGE: Final = 500
MOST_LOADED: Final = 1000
"""Messages of one broker in memory; a page may come on top."""


class Pages(Protocol):
    """The outbox, as a lane reads it."""

    @property
    def newest(self) -> int:
        """Number of the newest event that may go out."""

    @property
    def oldest(self) -> int:
        """Number of the oldest event that is kept."""

    async def after(self, sequence: int, limit: int) -> list[OutboxEvent]:
        """The next events beyond a number; may raise sqlite3.Error."""


class Lane:
    """What one broker has not acknowledged yet; without ``pages`` all of it is in the spool, and bounded by it."""

    def __init__(self, spool: Spool, announcer: Announcer, pages: Pages | None = None, cursor: int = 0) -> None:
        self._spool = spool
        self._announcer = announcer
        self._pages = pages
        self._loaded = cursor
        """Up to here events have been in memory."""
        self._recorded: Timestamp | None = None

    def __len__(self) -> int:
        """Events, and in memory also their unmasked twins, that the broker has not acknowledged."""
        return len(self._spool) + (max(0, self._pages.newest - self._loaded) if self._pages is not None else 0)

    @property
    def cursor(self) -> int:
        """Up to where everything has been acknowledged, or is known to be lost."""
        first = self._spool.first
        return self._loaded if first is None else first - 1

    @property
    def dropped(self) -> int:
        """Events that the broker will never get."""
        ahead = max(0, self._pages.oldest - 1 - self._loaded) if self._pages is not None else 0
        return self._spool.dropped + ahead

    @property
    def oldest(self) -> Timestamp | None:
        """When the bridge took in the oldest that is not acknowledged."""
        return self._spool.oldest

    @property
    def has_waiting(self) -> bool:
        """True when there is something to send."""
        return self._spool.has_waiting or (self._pages is not None and self._pages.newest > self._loaded)

    def append(self, events: Sequence[OutboxEvent]) -> None:
        """These have just been stored."""
        for event in events:
            is_next = event.sequence == self._loaded + 1 and len(self._spool) < MOST_LOADED
            if is_next or self._pages is None:
                self._load(event)

    async def load(self) -> bool:
        """Bring the next page into memory, once everything there has been taken; may raise sqlite3.Error."""
        pages = self._pages
        if pages is None or pages.newest <= self._loaded:
            return False
        newest = pages.newest
        found = await pages.after(self._loaded, PAGE)
        if not found:
            self._lose(newest, self._recorded or Timestamp(0))
        for event in found:
            if event.sequence > self._loaded + 1:
                self._lose(event.sequence - 1, event.recorded)
            self._load(event)
        return True

    def take(self) -> Spooled | None:
        """The next to send, which stays ours until it is acknowledged."""
        return self._spool.take()

    def acknowledge(self, spooled: Spooled) -> None:
        """The broker has answered, for good or ill: forget it."""
        self._spool.acknowledge(spooled)

    def rewind(self) -> None:
        """The connection is gone: what was not acknowledged goes to the front again, in its order."""
        self._spool.rewind()

    def _load(self, event: OutboxEvent) -> None:
        for message in self._announcer.messages(event):
            self._spool.append(message)
        self._loaded, self._recorded = event.sequence, event.recorded

    def _lose(self, until: int, recorded: Timestamp) -> None:
        since = recorded if self._recorded is None else self._recorded
        first, self._loaded = self._loaded + 1, until
        self._spool.lose(Gap(first=first, last=until, since=since, until=recorded, dropped=until - first + 1))
