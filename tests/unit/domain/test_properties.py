"""What holds for every story that a switch can tell, and for every nonsense that it cannot."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.events import DeviceStatus, EndedBy, LogKind, QueueOutcome
from ctibridge.domain.floor import REMEMBERED
from ctibridge.domain.policy import Policy, QueueOverrides, QueuePolicy
from ctibridge.domain.units import CallId, ChannelId, Interface, QueueName, Seconds, Timestamp
from tests.unit.domain.builder import FACTS, check_books
from tests.unit.domain.switch import Switch
from tests.unit.domain.truth import AGENTS, QUEUES, Choice

WRAP_UP = {"sales": 5.0, "support": 0.0}
SETTLED = 3.0
"""Seconds after which nothing is undecided any more."""

moves = st.tuples(st.integers(0, 1000), st.integers(0, 6))
stories = st.one_of(st.lists(moves, max_size=30), st.lists(moves, min_size=60, max_size=150))
moments = st.integers(0, 300)

quick = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def center() -> ContactCenter:
    return ContactCenter(
        Policy(
            defaults=QueuePolicy(service_level_threshold=5),
            queues={queue: QueueOverrides(wrap_up=Seconds(seconds)) for queue, seconds in WRAP_UP.items()},
        )
    )


def is_nameless(event: ev.Event) -> bool:
    """The end of some call of an agent's (T17): told twice it could be that of another one."""
    return isinstance(event, ev.AgentCompleted) and event.call is None and event.leg is None


class Told:
    """A story as it reached a center, with gaps and pictures at chosen moments."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self.switch = Switch()
        self.center = center()
        self.changes: list[ch.Change] = []
        self._choices = choices

    def tell(
        self, *, lost_from: int | None = None, lost_for: int = 0, pictures: Iterable[int] = (), twice: bool = False
    ) -> "Told":
        """Everything in order; events of the gap do not arrive, and a picture ends it."""
        wanted = set(pictures)
        self._take(Timestamp(0), *self.switch.picture())
        is_lost, is_wanted = False, False
        for index, (now, event) in enumerate(self.switch.play(self._choices)):
            if index == lost_from:
                is_lost = True
                self._take(now, ev.FeedLost(reason="cut"))
            if not is_lost:
                self._take(now, event)
            if twice and not is_lost and not is_nameless(event):
                self._take(now, event)
            is_over = is_lost and lost_from is not None and index + 1 >= lost_from + lost_for
            is_wanted = is_wanted or index in wanted
            if (is_over or (is_wanted and not is_lost)) and not self.switch.is_in_mid_step:
                is_lost, is_wanted = False, False
                self._take(now, *self.switch.picture())
        self.end = Timestamp(self.switch.now + SETTLED)
        if self.center.snapshot(self.end).is_synced is False:
            self._take(Timestamp(self.switch.now), *self.switch.picture())
        self.switch.now = self.end
        self.changes += self.center.advance(self.end)
        check_books(self.center, self.end)
        return self

    def _take(self, now: Timestamp, *events: ev.Event) -> None:
        for event in events:
            self.changes += self.center.apply(event, now)
            check_books(self.center, now)

    def facts(self) -> dict[str, dict[str, int]]:
        counts = {str(queue.view.queue): queue.totals.all for queue in self.center.snapshot(self.end).queues}
        return {queue: {name: getattr(counts[queue], name) for name in FACTS if name != "lost"} for queue in QUEUES}

    def truth(self) -> dict[str, dict[str, int]]:
        return {queue: {name: self.switch.totals[queue][name] for name in FACTS if name != "lost"} for queue in QUEUES}

    def states(self) -> dict[str, str]:
        return {agent.view.agent: agent.view.state.value for agent in self.center.snapshot(self.end).agents}

    def true_states(self) -> dict[str, str]:
        return {agent: self.switch.state(agent, WRAP_UP) for agent in AGENTS}

    def lines(self) -> dict[str, list[str]]:
        queues = {str(one.view.queue): one.view for one in self.center.snapshot(self.end).queues}
        return {queue: [caller.call for caller in queues[queue].callers] for queue in QUEUES}

    def true_lines(self) -> dict[str, list[str]]:
        return {queue: self.switch.line(queue) for queue in QUEUES}


# -- stories that Asterisk could tell ---------------------------------------------------------------------------------


@quick
@given(stories)
def test_every_figure_and_every_state_is_the_truth(choices: list[Choice]) -> None:
    told = Told(choices).tell()

    assert told.facts() == told.truth()
    assert told.lines() == told.true_lines()
    assert told.states() == told.true_states()
    assert dict(told.center.snapshot(told.end).unexpected) == {}


@quick
@given(stories)
def test_the_seconds_of_every_agents_states_add_up_to_the_time_that_passed(choices: list[Choice]) -> None:
    told = Told(choices).tell()

    for agent in told.center.snapshot(told.end).agents:
        assert sum(agent.totals.state_seconds.values()) == pytest.approx(told.end)


@quick
@given(stories)
def test_time_between_changes_of_state_is_the_time_in_states(choices: list[Choice]) -> None:
    """What the events say of an agent's states adds up to what the counters say."""
    told = Told(choices).tell()

    for agent in told.center.snapshot(told.end).agents:
        spent: dict[str, float] = {agent.view.state.value: told.end - agent.view.since}
        for change in told.changes:
            if isinstance(change, ch.AgentStateChanged) and change.agent.agent == agent.view.agent:
                spent[change.previous.value] = spent.get(change.previous.value, 0.0) + change.previous_seconds
        counted = {state: seconds for state, seconds in agent.totals.state_seconds.items() if seconds > 1e-6}
        assert {state: seconds for state, seconds in spent.items() if seconds > 1e-6} == pytest.approx(counted)


@quick
@given(stories)
def test_the_same_story_gives_the_same_changes(choices: list[Choice]) -> None:
    assert Told(choices).tell().changes == Told(choices).tell().changes


@quick
@given(stories)
def test_news_that_come_twice_count_once(choices: list[Choice]) -> None:
    told = Told(choices).tell(twice=True)

    assert told.facts() == told.truth()
    assert told.states() == told.true_states()


@quick
@given(stories, st.sets(moments, max_size=5))
def test_a_picture_in_between_changes_no_figure_and_no_state(choices: list[Choice], pictures: set[int]) -> None:
    told = Told(choices).tell(pictures=pictures)
    without = Told(choices).tell()

    assert told.facts() == told.truth()
    assert told.states() == told.true_states()
    assert told.lines() == told.true_lines()
    assert [change.repaired for change in told.changes if isinstance(change, ch.Resynced)][1:] == [0] * (
        sum(isinstance(change, ch.Resynced) for change in told.changes) - 1
    )
    assert durations(told.center, told.end) == pytest.approx(durations(without.center, without.end))


def durations(one: ContactCenter, now: Timestamp) -> dict[str, float]:
    queues = one.snapshot(now).queues
    names = ("wait_seconds", "abandon_wait_seconds", "talk_seconds", "hold_seconds", "wrap_up_seconds")
    return {f"{q.view.queue} {name}": getattr(q.totals.all, name) for q in queues for name in names}


@quick
@given(stories, moments, st.integers(1, 60))
def test_a_gap_invents_nothing_and_ends_with_the_truth(choices: list[Choice], start: int, length: int) -> None:
    told = Told(choices).tell(lost_from=start, lost_for=length)

    for queue, facts in told.truth().items():
        assert {name: n for name, n in told.facts()[queue].items() if n > facts[name]} == {}
    assert told.lines() == told.true_lines()
    assert settled(told, told.states()) == settled(told, told.true_states())


def settled(told: Told, states: dict[str, str]) -> dict[str, str]:
    """States without what nobody could tell after a gap.

    That is who talks for a queue that they have left, and wrap-up after a call for a queue left and joined again.
    """
    members = {agent for agent in AGENTS if all((queue, agent) in told.switch.members for queue in QUEUES)}
    return {agent: "ready" if state == "wrap_up" else state for agent, state in states.items() if agent in members}


@quick
@given(stories)
def test_nothing_of_ended_calls_is_remembered_for_ever(choices: list[Choice]) -> None:
    told = Told(choices).tell()
    open_now = {caller.call for caller in told.switch.callers.values() if not caller.is_gone}
    for call in open_now:
        told._take(told.end, ev.ChannelHungUp(channel=ChannelId(call)))
    parked = [caller for caller in told.switch.callers.values() if caller.talks_to is not None]
    for caller in parked:
        told._take(
            told.end,
            ev.AgentCompleted(call=caller.call, queue=QueueName(caller.queue), wait=Seconds(caller.wait)),
        )
    waiting = [caller for line in told.switch.lines.values() for caller in line]
    for caller in waiting:
        told._take(told.end, ev.AbandonReported(queue=QueueName(caller.queue), call=caller.call, wait=Seconds(1)))
    told.center.advance(Timestamp(told.end + REMEMBERED + 10))

    floor = told.center._floor
    assert (floor.stays, floor.talks, floor.queue_asked) == ({}, {}, {})
    assert [queue.ended for queue in floor.queues.values()] == [{}, {}]
    assert [(agent.attempts, agent.talks) for agent in floor.agents.values()] == [({}, [])] * len(floor.agents)


# -- nonsense ---------------------------------------------------------------------------------------------------------

few = ["a", "b", "c", "d", ""]
calls = st.sampled_from([CallId(name) for name in few])
legs = st.sampled_from([ChannelId(name) for name in [*few, "x", "y"]])
queues = st.sampled_from([QueueName(name) for name in ("sales", "SALES", "support", "queue-é", "")])
interfaces = st.sampled_from([Interface(name) for name in ("PJSIP/1", "Local/1@a/n", "PJSIP/2", "nonsense", "")])
some_seconds = st.one_of(st.none(), st.integers(0, 100).map(Seconds))
listed_waits = st.integers(0, 100).map(Seconds)
stamps = st.one_of(st.none(), st.integers(0, 2000).map(Timestamp))
positions = st.integers(0, 5)

records = st.builds(
    ev.MemberRecord,
    queue=queues,
    interface=interfaces,
    state_interface=interfaces,
    name=st.sampled_from(["One", "Two", ""]),
    membership=st.just("dynamic"),
    is_paused=st.booleans(),
    pause_reason=st.sampled_from([None, "away", "meal", "wrap_up", "?"]),
    status=st.sampled_from(DeviceStatus),
    is_in_call=st.booleans(),
    last_call=stamps,
    last_pause=stamps,
    wrap_up=some_seconds,
)
pictures = st.tuples(
    st.lists(st.builds(ev.QueueListed, queue=queues), max_size=3),
    st.lists(st.builds(ev.MemberListed, member=records), max_size=3),
    st.lists(st.builds(ev.CallerListed, queue=queues, call=calls, position=positions, wait=listed_waits), max_size=3),
    st.lists(
        st.builds(ev.ChannelListed, channel=legs, name=st.just("x"), bridge=st.sampled_from([None, "b"])), max_size=3
    ),
    st.builds(ev.ResyncCompleted, channels_listed=st.booleans(), switch_started=stamps),
).map(lambda parts: [ev.ResyncStarted(), *parts[0], *parts[1], *parts[2], *parts[3], parts[4]])

log_records = st.builds(
    ev.LogRecord,
    kind=st.sampled_from(LogKind),
    at=st.integers(900, 2000).map(Timestamp),
    call=st.one_of(st.none(), calls),
    queue=st.one_of(st.none(), queues),
    member=st.sampled_from([None, "One", "Two", "PJSIP/1", "Nobody", ""]),
    wait=some_seconds,
    talk=some_seconds,
    leg=st.one_of(st.none(), legs),
    reason=st.sampled_from([None, "timeout", "key", "blind"]),
    ended_by=st.one_of(st.none(), st.sampled_from(EndedBy)),
)
single_events = st.one_of(
    st.builds(ev.CallerJoined, queue=queues, call=calls, linkedid=calls, position=positions),
    st.builds(ev.CallerLeft, queue=queues, call=calls, position=positions),
    st.builds(ev.AbandonReported, queue=queues, call=calls, position=positions, wait=some_seconds),
    st.builds(ev.QueueOutcomeSet, call=calls, outcome=st.sampled_from(QueueOutcome)),
    st.builds(ev.QueueEntered, call=calls, queue=queues),
    st.builds(ev.DialplanContinued, channel=legs),
    st.builds(ev.ChannelHungUp, channel=legs),
    st.builds(ev.AgentCalled, queue=queues, call=calls, interface=interfaces, leg=legs),
    st.builds(
        ev.AgentConnected,
        call=calls,
        queue=st.one_of(st.none(), queues),
        interface=st.one_of(st.none(), interfaces),
        leg=legs,
        leg_channel=st.sampled_from([None, "PJSIP/1-0001", "-", "x"]),
        wait=some_seconds,
    ),
    st.builds(
        ev.AgentCompleted,
        call=st.one_of(st.none(), calls),
        leg=st.one_of(st.none(), legs),
        queue=st.one_of(st.none(), queues),
        interface=st.one_of(st.none(), interfaces),
        wait=some_seconds,
        talk=some_seconds,
        ended_by=st.one_of(st.none(), st.sampled_from(EndedBy)),
    ),
    st.builds(
        ev.AgentMissed,
        call=calls,
        queue=st.one_of(st.none(), queues),
        interface=st.one_of(st.none(), interfaces),
        leg=legs,
        ring=some_seconds,
    ),
    st.builds(ev.AgentDumped, call=calls, queue=queues, interface=st.one_of(st.none(), interfaces), leg=legs),
    st.builds(ev.DialEnded, call=calls, leg=legs, status=st.sampled_from(["ANSWER", "CANCEL", "BUSY", ""])),
    st.builds(ev.ChannelHeld, channel=legs, linkedid=st.one_of(st.none(), calls)),
    st.builds(ev.ChannelUnheld, channel=legs, linkedid=st.one_of(st.none(), calls)),
    st.builds(ev.BlindTransferred, transferer=legs, transferee=legs),
    st.builds(ev.AttendedTransferred, transferers=st.tuples(legs, legs), transferee=legs, into_queue=st.booleans()),
    st.builds(ev.ChannelReplaced, old=legs, new=legs),
    st.builds(ev.MemberAdded, member=records),
    st.builds(ev.MemberRemoved, member=records),
    st.builds(ev.MemberPaused, member=records),
    st.builds(ev.MemberChanged, member=records),
    st.builds(ev.FeedLost, reason=st.just("?"), last_heard=stamps),
    st.builds(ev.ResyncCompleted, channels_listed=st.booleans()),
    st.builds(
        ev.LogReported,
        records=st.lists(log_records, max_size=3).map(tuple),
        until=st.integers(900, 2000).map(Timestamp),
    ),
    st.builds(ev.LogLost, reason=st.just("?")),
).map(lambda event: [event])

nonsense_moves = st.tuples(st.one_of(single_events, single_events, single_events, pictures), st.floats(-3, 30))
nonsense = st.one_of(st.lists(nonsense_moves, max_size=20), st.lists(nonsense_moves, min_size=40, max_size=80))


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(nonsense)
def test_nothing_that_is_told_in_whatever_order_breaks_the_books(story: list[tuple[list[ev.Event], float]]) -> None:
    one, now, changes = center(), 1000.0, []
    for events, pause in story:
        now += pause
        for event in events:
            changes += one.apply(event, Timestamp(now))
            check_books(one, now)
        for agent in one.snapshot(Timestamp(now)).agents:
            assert all(seconds >= 0 for seconds in agent.totals.state_seconds.values())
    changes += one.advance(Timestamp(now + 100_000))
    check_books(one, now + 100_000)

    assert all(isinstance(change, ch._Change) for change in changes)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(nonsense)
def test_no_second_of_an_agent_is_lost_or_counted_twice_whatever_is_told(
    story: list[tuple[list[ev.Event], float]],
) -> None:
    """From when an agent is first heard of, in whatever order; gaps and stamps that step back included."""
    one, now, latest = center(), 1000.0, 1000.0
    born = {agent.id: (agent, now) for agent in one._floor.agents.values()}
    for events, pause in story:
        now += pause
        latest = max(latest, now)
        for event in events:
            one.apply(event, Timestamp(now))
            for agent in one._floor.agents.values():
                if born.get(agent.id, (None,))[0] is not agent:
                    born[agent.id] = (agent, agent.counted_since)
        for agent in one._floor.agents.values():
            seconds = agent.totals_at(Timestamp(latest)).state_seconds

            assert all(spent >= 0 for spent in seconds.values())
            assert sum(seconds.values()) == pytest.approx(max(latest, agent.counted_since) - born[agent.id][1])
