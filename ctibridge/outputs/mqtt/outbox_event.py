"""An event as it lies in the outbox: encoded once, the same for every broker and every resend."""

import msgspec

from ctibridge.domain.units import Timestamp


class OutboxEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event with its number."""

    sequence: int
    name: str
    """``{entity}/{verb}``, as in the topic."""
    subject: str
    recorded: Timestamp
    """When the bridge took it in, on the bridge's clock."""
    payload: bytes
    """The envelope, callers masked."""
    twin: bytes | None = None
    """The same unmasked, where a broker is to get it; forgotten once it has."""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.payload) + len(self.twin or b"")


class Refused(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A publish that a broker refused, set aside."""

    broker: str
    topic: str
    sequence: int
    """Of the event; of a state, the newest event that it includes."""
    reason: str
    at: Timestamp
