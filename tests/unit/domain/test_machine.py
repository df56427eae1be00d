"""A machine that plays a switch, cuts the feed, kills and restores the bridge, in any order, and looks after each step.

The stories of `test_properties.py` choose one gap or one picture beforehand; here everything can follow on everything.
"""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.checkpoint import Checkpoint
from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.journal import Journal
from ctibridge.domain.units import Timestamp
from tests.unit.domain.builder import FACTS, check_books
from tests.unit.domain.switch import Switch
from tests.unit.domain.test_properties import SETTLED, WRAP_UP, center, is_nameless
from tests.unit.domain.truth import AGENTS, QUEUES


class Machine(RuleBasedStateMachine):
    """The switch is always right; the bridge hears of it while the feed is up."""

    def __init__(self) -> None:
        super().__init__()
        self.switch = Switch()
        self.center: ContactCenter = center()
        self.journal = Journal(epoch=1)
        self.is_up = True
        self.was_blind = False
        self.kept: bytes | None = None
        self.last: tuple[Timestamp, ev.Event] | None = None
        self.numbers: list[int] = []

    # -- what happens -------------------------------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        self._tell(Timestamp(0), *self.switch.picture())

    @rule(which=st.integers(0, 1000), pause=st.integers(0, 6))
    def move(self, which: int, pause: int) -> None:
        for now, event in self.switch.move((which, pause)):
            if self.is_up:
                self._tell(now, event)
                self.last = now, event

    @rule(seconds=st.sampled_from([0.001, 0.5, 3.0, 40.0]))
    def time_passes(self, seconds: float) -> None:
        """Less than a caller or a phone would wait for something."""
        if not self.switch._is_hurried():
            self.switch.now = Timestamp(self.switch.now + seconds)
        self._say(self.center.advance(Timestamp(self.switch.now)))

    @precondition(lambda self: self.is_up and self.last is not None)
    @rule()
    def news_come_twice(self) -> None:
        now, event = self.last or (Timestamp(0), ev.ResyncStarted())
        if not is_nameless(event) and now == self.switch.now:
            self._tell(now, event)

    @precondition(lambda self: self.is_up)
    @rule()
    def picture(self) -> None:
        if not self.switch.is_in_mid_step:
            self._tell(Timestamp(self.switch.now), *self.switch.picture())

    @precondition(lambda self: self.is_up)
    @rule()
    def lose_feed(self) -> None:
        self.is_up, self.was_blind = False, True
        self._tell(Timestamp(self.switch.now), ev.FeedLost(reason="cut"))

    @precondition(lambda self: not self.is_up)
    @rule()
    def regain_feed(self) -> None:
        if not self.switch.is_in_mid_step:
            self.is_up = True
            self._tell(Timestamp(self.switch.now), *self.switch.picture())

    @rule()
    def keep(self) -> None:
        """As it is written to disk."""
        self.kept = msgspec.msgpack.encode(self.center.checkpoint(Timestamp(self.switch.now)))

    @precondition(lambda self: self.kept is not None)
    @rule()
    def die_and_rise(self) -> None:
        """What was not kept is lost; a restart is a gap."""
        assert self.kept is not None
        self.center = center()
        kept = msgspec.msgpack.decode(self.kept, type=Checkpoint)
        self.center.restore(kept)
        self.is_up, self.was_blind, self.last = False, True, None
        self._tell(Timestamp(self.switch.now), ev.FeedLost(reason="not running", last_heard=kept.at))
        self.regain_feed()

    # -- what holds after each step -----------------------------------------------------------------------------------

    @invariant()
    def books_balance(self) -> None:
        check_books(self.center, self.switch.now)
        assert dict(self.center.snapshot(Timestamp(self.switch.now)).broken) == {}

    @invariant()
    def nothing_is_invented(self) -> None:
        for queue, facts in self._facts().items():
            assert {name: n for name, n in facts.items() if n > self.switch.totals[queue][name]} == {}, queue

    @invariant()
    def numbers_have_no_gap(self) -> None:
        assert self.numbers == list(range(1, len(self.numbers) + 1))

    @invariant()
    def states_are_unknown_while_blind(self) -> None:
        if not self.is_up:
            states = {agent.view.state.value for agent in self.center.snapshot(Timestamp(self.switch.now)).agents}
            assert states <= {"unknown", "logged_out"}

    def teardown(self) -> None:
        """Whatever happened: with the feed back, and everything told, lines are right; unless we were blind, all is."""
        if not self.center.has_synced:
            return
        for now, event in self.switch.finish():
            if self.is_up:
                self._tell(now, event)
        if not self.is_up:
            self.is_up = True
            self._tell(Timestamp(self.switch.now), *self.switch.picture())
        self.switch.now = Timestamp(self.switch.now + SETTLED)
        self._say(self.center.advance(Timestamp(self.switch.now)))
        self.books_balance()
        self.nothing_is_invented()
        now = Timestamp(self.switch.now)
        queues = {str(one.view.queue): one.view for one in self.center.snapshot(now).queues}
        assert {q: [c.call for c in queues[q].callers] for q in QUEUES} == {q: self.switch.line(q) for q in QUEUES}
        if not self.was_blind:
            self._all_is_right(now)

    def _all_is_right(self, now: Timestamp) -> None:
        assert self._facts() == {queue: {name: self.switch.totals[queue][name] for name in NAMES} for queue in QUEUES}
        states = {agent.view.agent: agent.view.state.value for agent in self.center.snapshot(now).agents}
        assert states == {agent: self.switch.state(agent, WRAP_UP) for agent in AGENTS}
        for agent in self.center.snapshot(now).agents:
            assert sum(agent.totals.state_seconds.values()) == pytest.approx(now)

    # -- telling ------------------------------------------------------------------------------------------------------

    def _tell(self, now: Timestamp, *events: ev.Event) -> None:
        for event in events:
            self._say(self.center.apply(event, now))

    def _say(self, said: list[ch.Change]) -> None:
        entries = self.journal.enter(said, Timestamp(self.switch.now))
        states = {entry.sequence for entry in entries if entry.sequence <= len(self.numbers)}
        self.numbers += sorted({entry.sequence for entry in entries} - states)

    def _facts(self) -> dict[str, dict[str, int]]:
        queues: dict[str, Any] = {
            str(one.view.queue): one.totals.all for one in self.center.snapshot(Timestamp(self.switch.now)).queues
        }
        return {queue: {name: getattr(queues[queue], name) for name in NAMES} for queue in QUEUES if queue in queues}


pytestmark = pytest.mark.timeout(300)
NAMES = [name for name in FACTS if name != "lost"]

TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
