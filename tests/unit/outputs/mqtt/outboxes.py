"""Outboxes on a real file, and brokers that take what they are given."""

from collections.abc import Sequence
from pathlib import Path

from ctibridge.domain.changes import Change
from ctibridge.domain.figures import Distribution
from ctibridge.domain.journal import Entry, Journal
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.outbox import Outbox, OutboxLimits
from ctibridge.outputs.mqtt.outbox_event import OutboxEvent
from ctibridge.outputs.mqtt.outbox_file import OutboxFile
from tests.unit.outputs import facts

EPOCH = 7
PLENTY = OutboxLimits(events=1_000_000, size=1 << 30, age=1e9)


class Taker:
    """A broker's output that keeps what it is handed."""

    def __init__(self, name: str = "broker", *, wants_twins: bool = False) -> None:
        self.name = name
        self.cursor = 0
        self.wants_twins = wants_twins
        self.entries: list[Entry] = []
        self.events: list[OutboxEvent] = []

    def accept_stored(self, entries: Sequence[Entry], events: Sequence[OutboxEvent]) -> None:
        self.entries += entries
        self.events += events

    @property
    def sequences(self) -> list[int]:
        return [event.sequence for event in self.events]


class Desk:
    """An outbox with its journal; ``begun`` makes one that goes on from what is in the file."""

    def __init__(self, outbox: Outbox, journal: Journal) -> None:
        self.outbox = outbox
        self.journal = journal

    def say(self, *told: Change) -> None:
        self.outbox.accept(self.journal.enter(told, Timestamp(facts.AT + self.journal.sequence)))

    def calls(self, count: int) -> None:
        for _ in range(count):
            self.say(facts.queued(f"1.{self.journal.sequence}"))


async def begun(
    file: OutboxFile, *takers: Taker, limits: OutboxLimits = PLENTY, has_private: bool = False, now: float = facts.AT
) -> Desk:
    shelf = await file.shelf("pbx1")
    outbox = Outbox(
        shelf,
        file,
        announcer=Announcer(pbx="pbx1", base="b", has_private=has_private),
        limits=limits,
        clock=lambda: Timestamp(now),
        commits=Distribution((0.01, 0.02)),
    )
    outbox.receivers = takers
    epoch = shelf.epoch if shelf.is_sure else shelf.epoch + EPOCH
    sequence = shelf.sequence if shelf.is_sure else 0
    cursors = await outbox.begin(epoch)
    for taker in takers:
        taker.cursor = cursors.get(taker.name, sequence)
    return Desk(outbox, Journal(epoch, sequence))


def path_of(folder: Path) -> Path:
    return folder / "ctibridge.db"
