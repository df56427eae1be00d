"""Whatever happens to broker, bridge and disk: every event is acknowledged once at least, or known to be lost."""

import asyncio
import contextlib
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ctibridge.outputs.mqtt import lane as module
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.lane import Lane
from ctibridge.outputs.mqtt.outbox import OutboxLimits
from ctibridge.outputs.mqtt.outbox_file import OutboxFile, outbox_file
from ctibridge.outputs.mqtt.spool import Gap, Spool, Spooled
from tests.unit.outputs import facts
from tests.unit.outputs.mqtt.outboxes import Desk, Taker, begun, path_of

WINDOW = 10
KEPT = OutboxLimits(events=40, size=1 << 30, age=1e9)
ANNOUNCER = Announcer(pbx="pbx1", base="b")


def lane_on(desk: Desk, cursor: int) -> Lane:
    def statement(gap: Gap) -> object:
        return ANNOUNCER.gap(gap, epoch=7, now=facts.AT)

    return Lane(Spool(1 << 60, statement), ANNOUNCER, desk.outbox, cursor)  # type: ignore[arg-type]


class Broker(Taker):
    """One broker with its lane, and what it was sent."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.lane: Lane | None = None
        self.flight: list[Spooled] = []
        self.sent = 0
        self.covered: set[int] = set()

    @property
    def cursor(self) -> int:
        return self.lane.cursor if self.lane is not None else 0

    @cursor.setter
    def cursor(self, value: int) -> None:
        self.stored = value

    def accept_stored(self, _entries: object, events: object) -> None:
        assert self.lane is not None
        self.lane.append(events)  # type: ignore[arg-type]

    def lose(self) -> None:
        assert self.lane is not None
        self.lane.rewind()
        self.flight.clear()
        self.sent = 0

    def acknowledge(self, spooled: Spooled) -> None:
        assert self.lane is not None
        self.lane.acknowledge(spooled)
        first = spooled.gap.first if spooled.gap else spooled.message.sequence
        self.covered.update(range(first, spooled.message.sequence + 1))


class Deliveries(RuleBasedStateMachine):
    """Two brokers, one of them often away; pages and bounds are small, so that all of it is met."""

    def __init__(self) -> None:
        super().__init__()
        module.PAGE, module.MOST_LOADED = 7, 5  # type: ignore[misc]
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.stack = contextlib.AsyncExitStack()
        self.brokers: list[Broker] = []
        self.appended = 0

    @initialize()
    def begin(self) -> None:
        self._start()

    def _start(self) -> None:
        self.loop.run_until_complete(self._open())

    async def _open(self) -> None:
        path = path_of(Path(self.folder.name))
        self.file: OutboxFile = await self.stack.enter_async_context(outbox_file(path, "store", 1.0))
        brokers = [Broker(name) for name in ("near", "far")]
        self.desk = await begun(self.file, *brokers, limits=KEPT)
        for broker in brokers:
            broker.lane = lane_on(self.desk, broker.stored)
            if was := next((one for one in self.brokers if one.name == broker.name), None):
                broker.covered = was.covered
        self.brokers = brokers

    @rule(count=st.integers(1, 12))
    def tell(self, count: int) -> None:
        """Events happen, and are stored."""
        self.desk.calls(count)
        self.appended += count
        self.loop.run_until_complete(self.desk.outbox._turn())

    @rule(count=st.integers(1, 3))
    def tell_and_crash(self, count: int) -> None:
        """Killed before they were stored: nobody was told of them."""
        self.desk.calls(count)
        self.crash()

    @rule()
    def crash(self) -> None:
        self.loop.run_until_complete(self.stack.aclose())
        self._start()
        assert self.desk.journal.sequence == self.appended, "numbers go on where they stopped"

    @rule()
    def store_cursors(self) -> None:
        self.loop.run_until_complete(self.desk.outbox._turn())

    @rule()
    def prune(self) -> None:
        self.loop.run_until_complete(self.desk.outbox._tidy(module.PAGE * 1000))

    @rule(which=st.integers(0, 1), count=st.integers(1, 10))
    def send(self, which: int, count: int) -> None:
        broker = self.brokers[which]
        for _ in range(min(count, WINDOW - len(broker.flight))):
            self._send(broker)

    def _send(self, broker: Broker) -> bool:
        assert broker.lane is not None
        spooled = broker.lane.take()
        if spooled is None and self.loop.run_until_complete(broker.lane.load()):
            spooled = broker.lane.take()
        if spooled is None:
            assert not broker.lane.has_waiting
            return False
        first = spooled.gap.first if spooled.gap else spooled.message.sequence
        assert first > broker.sent, "in order"
        if broker.sent:
            assert set(range(broker.sent + 1, first)) <= broker.covered, "nothing is passed over in silence"
        broker.sent = spooled.message.sequence
        broker.flight.append(spooled)
        return True

    @precondition(lambda self: any(broker.flight for broker in self.brokers))
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        broker = data.draw(st.sampled_from([one for one in self.brokers if one.flight]))
        broker.acknowledge(broker.flight.pop(data.draw(st.integers(0, len(broker.flight) - 1))))

    @rule(which=st.integers(0, 1))
    def lose_the_connection(self, which: int) -> None:
        self.brokers[which].lose()

    @invariant()
    def memory_is_bounded(self) -> None:
        for broker in self.brokers:
            assert broker.lane is None or len(broker.lane._spool) <= module.MOST_LOADED + module.PAGE + WINDOW

    @invariant()
    def a_cursor_is_never_ahead_of_what_was_acknowledged(self) -> None:
        for broker in self.brokers:
            assert set(range(1, broker.cursor + 1)) <= broker.covered

    def teardown(self) -> None:
        try:
            for broker in self.brokers:
                broker.lose()
                while self._send(broker):
                    pass
                for spooled in broker.flight:
                    broker.acknowledge(spooled)
                assert broker.covered == set(range(1, self.appended + 1))
        finally:
            self.loop.run_until_complete(self.stack.aclose())
            self.loop.close()
            self.folder.cleanup()
            module.PAGE, module.MOST_LOADED = 500, 1000  # type: ignore[misc]


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
