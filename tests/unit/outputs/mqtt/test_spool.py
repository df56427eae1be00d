from collections.abc import Iterable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.message import Message
from ctibridge.outputs.mqtt.spool import Gap, Spool, Spooled


def event(sequence: int) -> Message:
    return Message(topic="event", payload=b"{}", kind="event", sequence=sequence, recorded=Timestamp(1000 + sequence))


def statement(gap: Gap) -> Message:
    return Message(topic="gap", payload=b"{}", kind="event", sequence=gap.last)


def spool(limit: int = 100, *, holding: Iterable[int] = ()) -> Spool:
    made = Spool(limit, statement)
    for sequence in holding:
        made.append(event(sequence))
    return made


def take(line: Spool) -> Spooled:
    taken = line.take()
    assert taken is not None
    return taken


def test_first_in_first_out() -> None:
    line = spool(holding=[1, 2, 3])
    assert [take(line).message.sequence for _ in range(3)] == [1, 2, 3]
    assert line.take() is None


def test_what_was_not_acknowledged_is_sent_again_in_order() -> None:
    line = spool(holding=[1, 2, 3, 4])
    taken = [take(line) for _ in range(3)]
    line.acknowledge(taken[1])
    line.rewind()
    assert [take(line).message.sequence for _ in range(3)] == [1, 3, 4]


def test_when_it_is_full_the_oldest_go_and_a_statement_takes_their_place() -> None:
    line = spool(limit=3, holding=[1, 2, 3, 4, 5])
    assert (len(line), line.dropped) == (3, 2)
    told = take(line)
    assert told.gap == Gap(first=1, last=2, since=Timestamp(1001), until=Timestamp(1002), dropped=2)
    assert [take(line).message.sequence for _ in range(3)] == [3, 4, 5]


def test_what_is_in_flight_is_not_dropped() -> None:
    line = spool(limit=2, holding=[1, 2])
    flying = take(line)
    line.append(event(3))
    assert flying.message.sequence == 1
    gap = take(line).gap
    assert gap is not None
    assert (gap.first, gap.last) == (2, 2)
    assert take(line).message.sequence == 3


def test_a_statement_that_is_dropped_itself_lives_on_in_the_next() -> None:
    line = spool(limit=2, holding=[1, 2, 3])
    assert take(line).gap is not None
    line.rewind()
    for sequence in (4, 5):
        line.append(event(sequence))
    gap = take(line).gap
    assert gap is not None
    assert (gap.first, gap.last, gap.dropped) == (1, 3, 3)
    assert line.dropped == 3


def test_the_oldest_is_the_one_that_waits_longest_for_its_acknowledgement() -> None:
    line = spool(holding=[1, 2])
    assert line.oldest == Timestamp(1001)
    line.acknowledge(take(line))
    assert line.oldest == Timestamp(1002)
    line.acknowledge(take(line))
    assert line.oldest is None


class Deliveries(RuleBasedStateMachine):
    """Whatever happens, the broker gets every event or is told that it does not, in order within a connection."""

    def __init__(self) -> None:
        super().__init__()
        self.line = spool(limit=5)
        self.appended = 0
        self.flight: list[Spooled] = []
        self.covered: set[int] = set()
        self.last_sent = 0

    @rule(count=st.integers(1, 4))
    def append(self, count: int) -> None:
        for _ in range(count):
            self.appended += 1
            self.line.append(event(self.appended))

    @precondition(lambda self: self.line.has_waiting)
    @rule()
    def send(self) -> None:
        spooled = take(self.line)
        first = spooled.gap.first if spooled.gap else spooled.message.sequence
        assert first > self.last_sent
        self.last_sent = spooled.message.sequence
        self.flight.append(spooled)

    @precondition(lambda self: self.flight)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        spooled = self.flight.pop(data.draw(st.integers(0, len(self.flight) - 1)))
        self.line.acknowledge(spooled)
        first = spooled.gap.first if spooled.gap else spooled.message.sequence
        self.covered.update(range(first, spooled.message.sequence + 1))

    @rule()
    def lose_the_connection(self) -> None:
        self.line.rewind()
        self.flight.clear()
        self.last_sent = 0

    @invariant()
    def it_is_bounded(self) -> None:
        """Statements come on top: each one stands for events that are not there."""
        events = [one for one in (*self.line._taken.values(), *self.line._waiting) if one.gap is None]
        assert len(events) <= self.line.limit

    def teardown(self) -> None:
        self.lose_the_connection()
        while self.line.has_waiting:
            self.send()
        while self.flight:
            spooled = self.flight.pop()
            first = spooled.gap.first if spooled.gap else spooled.message.sequence
            self.covered.update(range(first, spooled.message.sequence + 1))
        assert self.covered == set(range(1, self.appended + 1))


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
