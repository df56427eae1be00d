"""Bytes of AMI taken in without sockets and without a loop: to numbered changes, put into words."""

from typing import Final

from ctibridge.asterisk.counts import AmiCounts
from ctibridge.asterisk.feed import Feed
from ctibridge.domain.changes import Change
from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.journal import Journal
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.simulator.frames import encode
from tests.bench.made import MadeCentre, Size
from tests.bench.stream import recorded

STARTED: Final = 1_795_000_000.0
WARM_SECONDS: Final = 3.0
CHUNK: Final = 1 << 16
"""Bytes that a busy socket gives at once."""
NO_QUEUES: Final = (
    b"Response: Success\r\nEventList: start\r\nMessage: Queue status will follow\r\n\r\n"
    b"Event: QueueStatusComplete\r\nEventList: Complete\r\nListItems: 0\r\n\r\n"
)


class Inside:
    """The bridge's way from bytes to messages."""

    def __init__(self) -> None:
        self.said = 0
        """Messages of what happened."""
        self._now = Timestamp(STARTED)
        self._feed = Feed(self, AmiCounts())
        self._center = ContactCenter(Policy())
        self._journal = Journal(epoch=1)
        self._announcer = Announcer(pbx="lab", base=MqttSettings().base)

    def take(self, data: bytes) -> None:
        """Take in what was read at once; states are made once for it."""
        changes: list[Change] = []
        for delivery in self._feed.receive(data, 0.0):
            for event in delivery.events:
                changes += self._center.take(event, delivery.at)
        changes += self._center.settle()
        if changes:
            self.said += len(self._announcer.events(self._journal.enter(changes, self._now)))

    def at(self, _: float) -> Timestamp:
        """The PBX's time is that of its newest stamp."""
        return self._now

    def observe(self, stamp: Timestamp, _: float) -> Timestamp:
        """Learn from a stamp."""
        self._now = max(self._now, stamp)
        return stamp


class MadeWork:
    """Events of a made centre whose picture has been taken, each as if it came alone."""

    def __init__(self, size: Size, events: int) -> None:
        centre = MadeCentre(size, STARTED)
        centre.warm_up(WARM_SECONDS)
        self._inside = Inside()
        self._inside.take(b"".join(encode(one) for one in centre.act({"action": "QueueStatus", "actionid": "1"})))
        frames: list[bytes] = []
        while len(frames) <= events:
            frames += [frame.encode() for frame in centre.busy(1.0)]
        self._inside.take(frames[0])
        self._frames = frames[1 : events + 1]

    def run(self) -> None:
        """Take them in."""
        for frame in self._frames:
            self._inside.take(frame)


class RecordedWork:
    """The first events of the recording of a busy Asterisk, as they are read from a socket in a hurry."""

    def __init__(self, events: int) -> None:
        self._inside = Inside()
        self._inside.take(NO_QUEUES)
        self._chunks = chunks(events)

    def run(self) -> None:
        """Take them in."""
        for chunk in self._chunks:
            self._inside.take(chunk)


def chunks(events: int) -> list[bytes]:
    """The first events of the recording, cut as a socket cuts them."""
    stream = b"".join(frame + b"\r\n\r\n" for frame in recorded()[:events])
    return [stream[place : place + CHUNK] for place in range(0, len(stream), CHUNK)]
