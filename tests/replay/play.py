"""Plays a recorded AMI stream through the wire side and the domain, in no time."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from ctibridge.asterisk.counts import AmiCounts
from ctibridge.asterisk.feed import Delivery, Feed
from ctibridge.domain.changes import Change
from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Timestamp

SETTLED = 20.0
"""Seconds that pass after the last event, so that everything which is still open gets decided."""


class StampedClock:
    """A clock that knows only what the stream's stamps say."""

    def __init__(self) -> None:
        self.last = Timestamp(0)

    def at(self, _arrived: float) -> Timestamp:
        return self.last

    def observe(self, stamp: Timestamp, _arrived: float) -> Timestamp:
        self.last = max(self.last, stamp)
        return stamp


class Player:
    """One ContactCenter fed from one recording."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.center = ContactCenter(policy or Policy())
        self.counts = AmiCounts()
        self.clock = StampedClock()
        self.feed = Feed(self.clock, self.counts)
        self.changes: list[Change] = []
        self._timeless: list[Delivery] = []
        """What came before the stream's first stamp: it happened just before that."""

    def play(self, chunks: Iterable[bytes]) -> list[Change]:
        for chunk in chunks:
            self.take(self.feed.receive(chunk, 0.0))
        self.take(self.feed.release())
        self.changes += self.center.advance(Timestamp(self.clock.last + SETTLED))
        return self.changes

    def take(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            if not delivery.at:
                self._timeless.append(delivery)
                continue
            waiting, self._timeless = [*self._timeless, delivery], []
            for each in waiting:
                for event in each.events:
                    self.changes += self.center.apply(event, each.at or delivery.at)


def chunks_of(path: Path, size: int = 65536) -> Iterator[bytes]:
    """The file's bytes, cut without regard to frames."""
    with path.open("rb") as file:
        while chunk := file.read(size):
            yield chunk
