"""One thing to publish, ready to be sent as it is."""

from typing import Literal, TypeAlias

import msgspec

from ctibridge.domain.units import Timestamp

MessageClass: TypeAlias = Literal["event", "state", "stats", "info", "status", "answer"]
"""The label ``class`` of ``ctibridge_mqtt_published_total``."""


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A topic and the bytes for it; no bytes empty a retained topic."""

    topic: str
    payload: bytes
    kind: MessageClass
    sequence: int
    """Of the event itself, or the newest that a state includes."""
    recorded: Timestamp | None = None
    """When the bridge took in what led to this, on the bridge's clock; ``None`` for what it says of itself."""

    @property
    def qos(self) -> int:
        """Figures may get lost, a second later there are new ones; all else, once acknowledged, has arrived."""
        return 0 if self.kind == "stats" else 1

    @property
    def is_retained(self) -> bool:
        """True for all but events and answers."""
        return self.kind not in ("event", "answer")
