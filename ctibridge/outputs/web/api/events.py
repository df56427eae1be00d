"""What was published: events by their numbers, for whoever missed some, and what brokers refused."""

from typing import Any, Literal, Protocol

import msgspec

from ctibridge.outputs.web.api.moments import MomentText
from ctibridge.outputs.web.api.rows import Origin


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it was published on MQTT (docs/mqtt.md), callers masked."""

    specversion: Literal["1.0"]
    id: str
    """`{epoch}-{sequence}`."""
    source: str
    type: str
    subject: str
    time: str
    recordedtime: str
    sequence: str
    """Its number, 20 digits; without a gap for each PBX and epoch."""
    prevsequence: str
    """Number of the event before it on the same subject."""
    epoch: int
    origin: Origin
    data: dict[str, Any]


class Events(msgspec.Struct, frozen=True, kw_only=True):
    """Events in the order of their numbers."""

    pbx: str
    epoch: int
    """Grows when the numbers begin anew."""
    oldest: int
    """Number of the oldest event that is kept."""
    newest: int
    """Number of the newest event."""
    next: int | None
    """`after` of the next page; `null` on the last one."""
    events: list[Event]


class RefusedPublish(msgspec.Struct, frozen=True, kw_only=True):
    """One message that a broker did not take."""

    at: MomentText
    broker: str
    topic: str
    sequence: int
    """Of the event; of a state, the newest event that it includes."""
    reason: str
    """The broker's, e.g. `not_authorized`."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """What brokers refused, the newest first."""

    pbx: str
    refused: list[RefusedPublish]


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """What the outbox has beyond a number."""

    epoch: int
    oldest: int
    newest: int
    events: list[Event]


class EventLog(Protocol):
    """The events of all PBXs; every question may raise HistoryError."""

    async def after(self, pbx: str, sequence: int | None, limit: int) -> EventPage:
        """The next events beyond a number; the oldest for ``None``."""

    async def refused(self, pbx: str, limit: int) -> list[RefusedPublish]:
        """What brokers refused, the newest first."""
