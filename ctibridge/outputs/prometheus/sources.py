"""What the metrics are read from; the application passes objects that fit."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from ctibridge.domain.figures import Distribution
from ctibridge.domain.picture import Picture
from ctibridge.domain.units import Timestamp


class FeedHealth(msgspec.Struct, frozen=True, kw_only=True):
    """The connection to one PBX; counts only grow."""

    is_connected: bool = False
    connects: int = 0
    events: Mapping[str, int] = {}
    """By name; the names are a closed set, because each is a series."""
    last_event: Timestamp | None = None
    errors: Mapping[str, int] = {}
    """By kind; a closed set too."""
    is_queue_log_away: bool = False
    """It is followed, and cannot be read at the moment."""
    queue_log_damaged: int | None = None
    """Lines of queue_log that are no records, ``None`` where it is not followed."""


class BrokerHealth(msgspec.Struct, frozen=True, kw_only=True):
    """Publishing of one PBX on one broker; counts only grow."""

    broker: str
    """``host:port``, with the base of its topics where that is not the usual one; no two are the same."""
    is_connected: bool = False
    connects: int = 0
    published: Mapping[str, int] = {}
    """By class."""
    rejected: Mapping[str, int] = {}
    """By reason."""
    outbox_messages: int = 0
    outbox_oldest: Timestamp | None = None
    outbox_dropped: int = 0
    latency: Distribution | None = None


class ProcessHealth(msgspec.Struct, frozen=True, kw_only=True):
    """The daemon itself."""

    version: str
    python: str
    loop_lag: Distribution | None = None
    is_store_written: bool | None = None
    """The store takes what is to be kept; ``None`` where nothing is kept."""
    store_commit: Distribution | None = None


class PbxSource(Protocol):
    """One PBX, as the application knows it."""

    @property
    def name(self) -> str:
        """The label ``pbx``."""

    def picture(self) -> Picture:
        """How it stands now."""

    def alarms_raised(self) -> Mapping[tuple[str, str], int]:
        """Alarms raised by rule and severity, 0 for rules that were never broken."""

    def pause_limits(self) -> Mapping[str, float]:
        """Seconds that a pause may last, by the code of its reason."""

    def feed(self) -> FeedHealth:
        """How the connection to it stands."""

    def brokers(self) -> Sequence[BrokerHealth]:
        """How publishing goes, one for each broker."""


class Sources(Protocol):
    """Everything there is to export."""

    def process(self) -> ProcessHealth:
        """The daemon itself."""

    def pbxs(self) -> Sequence[PbxSource]:
        """All PBXs."""
