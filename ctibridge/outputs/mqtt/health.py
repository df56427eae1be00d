"""How publishing to one broker goes, for metrics and readiness."""

from collections import Counter
from typing import Final

import msgspec

from ctibridge.domain.figures import Distribution
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.message import MessageClass

LATENCY_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class MqttHealth(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of the moment; counts only grow."""

    broker: str
    is_connected: bool
    is_current: bool
    """Connected, and the broker has been told all states since."""
    reason: str | None
    """Why it is not connected, or what the broker refuses."""
    connects: int
    published: dict[MessageClass, int]
    """Acknowledged, or handed over where there is no acknowledgement."""
    rejected: dict[str, int]
    """Refused by the broker, by its reason."""
    outbox_messages: int
    outbox_oldest: Timestamp | None
    outbox_dropped: int
    latency: Distribution
    """From the bridge taking in an event to the broker's acknowledgement."""


class Tally:
    """What is counted on the way."""

    def __init__(self) -> None:
        self.connects = 0
        self.published: Counter[MessageClass] = Counter()
        self.rejected: Counter[str] = Counter()
        self.latency = Distribution(LATENCY_BOUNDS)
