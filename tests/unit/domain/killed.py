"""A bridge that is killed again and again, beside a switch that is always right: what it counts, and what it tells.

Everything that the daemon keeps apart is kept apart here: what AMI tells now and what is still on its way, queue_log
and how far it was read, the outbox and how much of it is on disk, the checkpoint and how old it is.  A kill may come
between any two of them.
"""

import random
from collections import Counter, deque
from collections.abc import Iterable

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.checkpoint import Checkpoint
from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.events import LogKind
from ctibridge.domain.journal import STATES, Entry, Journal, Numbers
from ctibridge.domain.policy import Policy
from ctibridge.domain.retold import RETOLD_WITHIN, Retold, brought_forward, told_by
from ctibridge.domain.units import Timestamp
from tests.unit.domain.both_figures import Figures, counted_by_agent, counted_by_queue, logged_by_agent, logged_by_queue
from tests.unit.domain.builder import check_books
from tests.unit.domain.switch import Switch
from tests.unit.domain.truth import Said

OPEN_FOR = 100.0
"""Seconds in which nobody called yet."""
LOOK = 0.5
"""Seconds between two looks into queue_log."""
DELAYS = (0.0, 0.05, 0.3, 0.9, 2.0)
"""Seconds; whoever reads AMI and queue_log on a busy machine is late."""
PACE = (1, 1, 1, 2, 2, 3, 3, 4)
"""Pauses between steps, by their place in `PAUSES`: a busy call centre."""
RESTS = (0.3, 1.0, 2.5, 7.0)
"""Seconds in which nothing happens."""
WATCHED: dict[type, LogKind] = {
    ch.CallQueued: LogKind.OFFERED,
    ch.CallAnswered: LogKind.ANSWERED,
    ch.CallCompleted: LogKind.COMPLETED,
    ch.CallAbandoned: LogKind.ABANDONED,
    ch.CallExited: LogKind.EXITED,
}
"""What subscribers are told, and what queue_log has of the same."""

Fact = tuple[LogKind, str, str]
"""Kind, queue and caller."""


class Kept(msgspec.Struct, frozen=True):
    """What one write of the store holds."""

    checkpoint: bytes
    position: int
    numbers: Numbers
    told_after: int | None


class Sent(msgspec.Struct, frozen=True):
    """An event in the outbox."""

    sequence: int
    subject: str
    change: ch.Change


class Heard(msgspec.Struct, frozen=True):
    """What AMI said and the bridge has not read yet."""

    said: float
    """By no clock that anybody sets."""
    at: Timestamp
    events: tuple[ev.Event, ...]


class Killed:
    """One run of calls, and a bridge that does not survive it in one piece."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.switch = Switch()
        self.switch.now = OPEN_FOR
        self.center = ContactCenter(Policy())
        self.journal = Journal(epoch=1)
        self.outbox: list[Sent] = []
        self.kills = 0
        self._on_disk = 0
        self._kept: Kept | None = None
        self._read = 0
        self._told_after: int | None = None
        self._late: deque[Heard] = deque()
        self._delay = self.draw.choice(DELAYS)
        """Seconds by which AMI is read behind queue_log."""
        self._calm = self.draw.choice((0.0, 0.1, 0.3))
        """How often everything that is under way is finished, and nothing happens for a while."""
        self._looked_at = 0.0
        self._is_running = True
        self._is_seeing = True
        self._up_at = 0.0
        self._login_at = 0.0

    def live(self, moves: int, kills: int) -> "Killed":
        """Let so many moves and deaths happen, and all of it be told."""
        start = Timestamp(self.switch.now - OPEN_FOR)
        self._take(start, ev.LogReported(records=(), until=start))
        self._take(start, *self.switch.picture())
        self._keep()
        deadly = set(self.draw.sample(range(10, moves), kills))
        for step in range(moves):
            self._play(self.switch.move((self.draw.randrange(1000), self.draw.choice(PACE))))
            if self.draw.random() < self._calm:
                self._play(self.switch.finish())
                self.switch.now += self.draw.choice(RESTS)
            if step in deadly and self._is_running:
                self._die()
        self._play(self.switch.finish())
        while not (self._is_running and self._is_seeing):
            self.switch.now += LOOK
            self._go_on()
        for _ in range(30):
            self.switch.now += 3
            self._go_on()
        return self

    # -- what happens to the bridge -----------------------------------------------------------------------------------

    def _play(self, said: Iterable[Said]) -> None:
        for now, event in said:
            self._hear(now, event)
            self._go_on()

    def _hear(self, now: Timestamp, *events: ev.Event) -> None:
        if self._is_running and self._passed() >= self._login_at:
            self._late.append(Heard(self._passed(), now, events))

    def _go_on(self) -> None:
        now, passed = Timestamp(self.switch.now), self._passed()
        if not self._is_running:
            if passed >= self._up_at:
                self._rise(now)
            return
        if not self._is_seeing and passed >= self._up_at and not self.switch.is_in_mid_step:
            self._is_seeing = True
            picture = Heard(passed, now, tuple(self.switch.picture()))
            self._late.insert(len(self._late) - self._written_after(passed), picture)
        while self._late and self._late[0].said <= passed - self._delay:
            self._read_ami(self._late.popleft())
        if passed >= self._looked_at + LOOK:
            self._look()
        if self.draw.random() < 0.1:
            self._keep()
        self._on_disk = max(self._on_disk, self.draw.randint(self._on_disk, self.journal.sequence))

    def _read_ami(self, heard: Heard) -> None:
        self._take(heard.at, *heard.events)

    def _passed(self) -> float:
        """Seconds that went by, whatever clocks say."""
        return self.switch.now

    def _estimate(self) -> Timestamp:
        """The PBX's time as the bridge knows it."""
        return Timestamp(self.switch.now)

    def _written_after(self, passed: float) -> int:
        """How many of the newest events were formatted before the picture and written after it (T44)."""
        most = self.draw.choice((0, 0, 3))
        return sum(heard.said >= passed - 0.1 for heard in list(self._late)[-most:]) if most else 0

    def _look(self) -> None:
        self._looked_at, now = self._passed(), self._estimate()
        records, self._read = tuple(self.switch.log[self._read :]), len(self.switch.log)
        self._take(now, ev.LogReported(records=records, until=now))

    def _keep(self) -> None:
        """The events that a memory presupposes are on disk before it."""
        data = msgspec.msgpack.encode(self.center.checkpoint(self._estimate()))
        told_after = self._told_after if self.journal.retold.is_waiting else None
        self._on_disk = self.journal.sequence
        self._kept = Kept(data, self._read, self.journal.numbers(), told_after)

    def _die(self) -> None:
        self.kills += 1
        self._is_running = self._is_seeing = False
        self._late.clear()
        self.outbox = [sent for sent in self.outbox if sent.sequence <= self._on_disk]
        self._up_at = self._passed() + self.draw.choice((0.0, 0.3, 1.0, 4.0))

    def _rise(self, now: Timestamp) -> None:
        """As `app` does: the numbers go on where the outbox ends."""
        kept = self._kept
        assert kept is not None
        self._is_running, self._login_at = True, self._passed() + self.draw.choice((0.05, 0.5))
        self._up_at = self._login_at + self.draw.choice((0.01, 0.05, 0.5))
        after = kept.numbers.sequence if kept.told_after is None else kept.told_after
        since = [sent for sent in self.outbox if sent.sequence > after]
        told = [one for sent in since if (one := told_by(sent.change)) is not None]
        last = kept.numbers.last | {sent.subject: sent.sequence for sent in since}
        numbers = msgspec.structs.replace(kept.numbers, sequence=max(self._on_disk, kept.numbers.sequence), last=last)
        checkpoint = brought_forward(msgspec.msgpack.decode(kept.checkpoint, type=Checkpoint), told)
        self.center, self.journal = ContactCenter(Policy()), Journal.going_on(numbers)
        self.center.restore(checkpoint)
        self._read, self._told_after = kept.position, after
        self.journal.retold = Retold(told, checkpoint.agents, Timestamp(now + RETOLD_WITHIN))
        self._keep_at_once()

    def _keep_at_once(self) -> None:
        """The keeper writes as soon as it starts."""
        if self.draw.random() < 0.7:
            self._keep()

    def _take(self, now: Timestamp, *events: ev.Event) -> None:
        for event in events:
            self._tell(self.center.apply(event, now), now)
            check_books(self.center, now)

    def _tell(self, changes: list[ch.Change], now: Timestamp) -> None:
        entries = self.journal.enter(changes, now)
        self.outbox += [self._sent(one) for one in entries if not (one.is_retold or isinstance(one.change, STATES))]

    @staticmethod
    def _sent(entry: Entry) -> Sent:
        return Sent(entry.sequence, entry.subject, entry.change)

    # -- what came of it ----------------------------------------------------------------------------------------------

    def wrong(self) -> list[str]:
        """How figures and events differ from queue_log."""
        now = Timestamp(self.switch.now)
        said = [
            *_differing(counted_by_queue(self.center, now), logged_by_queue(self.switch.log)),
            *_differing(counted_by_agent(self.center, now), logged_by_agent(self.switch.log)),
            *(
                f"{who} lost {one.totals.all.lost}"
                for one in self.center.snapshot(now).queues
                if one.totals.all.lost
                for who in [one.view.queue]
            ),
        ]
        said += [f"mismatch: {kind}" for kind in self.center.snapshot(now).mismatches]
        told = Counter(
            (kind, str(sent.change.facts.queue), str(sent.change.facts.call))
            for sent in self.outbox
            if isinstance(sent.change, ch.CallChange) and (kind := WATCHED.get(type(sent.change)))
        )
        logged = Counter((r.kind, str(r.queue), str(r.call)) for r in self.switch.log if r.kind in WATCHED.values())
        said += [f"told too often: {kind.value} {queue} {call}" for kind, queue, call in (told - logged).elements()]
        said += [f"not told: {kind.value} {queue} {call}" for kind, queue, call in (logged - told).elements()]
        if [sent.sequence for sent in self.outbox] != list(range(1, len(self.outbox) + 1)):
            said.append("numbers have a gap")
        return said


def _differing(ours: Figures, true: Figures) -> list[str]:
    return [
        f"{who} {what}: queue_log {value:g}, bridge {ours.get(who, {}).get(what, 0):g}"
        for who, figures in true.items()
        for what, value in figures.items()
        if ours.get(who, {}).get(what, 0) != value
    ]
