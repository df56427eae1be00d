"""Alarms in any story: they alternate, do not flood, hold as long as they should, and survive a cut anywhere."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctibridge.domain import changes as ch
from ctibridge.domain.checkpoint import Checkpoint
from ctibridge.domain.measures import Reading
from ctibridge.domain.policy import PauseReason, Policy, QueuePolicy, Team
from ctibridge.domain.rules import Rule, RuleOverrides
from ctibridge.domain.units import QueueName, Seconds, Timestamp
from ctibridge.domain.watch import TOLD_EVERY, Breaker, Step, Watch
from tests.unit.domain.alarm_site import AlarmSite, ruled
from tests.unit.domain.builder import QUEUE, member, waits

quick = settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


# -- one rule on one figure --------------------------------------------------------------------------------------------


def rule_of(lasting: int, resolve_after: int, hysteresis: float = 0.0) -> Rule:
    said = RuleOverrides(
        name="crowd",
        metric="waiting",
        threshold=5.0,
        lasting=Seconds(lasting),
        resolve_after=Seconds(resolve_after),
        hysteresis=hysteresis,
    )
    return said.over(None)


def followed(rule: Rule, levels: Sequence[tuple[int, float]], until: int) -> list[tuple[float, Step]]:
    """What a watch makes of levels that change at whole seconds, looked at only when something is due."""
    told: list[tuple[float, Step]] = []
    watch, reading = Watch(rule, Breaker(queue=QueueName(QUEUE))), Reading(value=0)
    pending = list(levels)
    while True:
        now = min([watch.next_look or until, *(at for at, _ in pending[:1])])
        if now >= until:
            return told
        while pending and pending[0][0] <= now:
            reading = Reading(value=pending.pop(0)[1])
        step = watch.judge(reading, 5.0, Timestamp(now))
        if step is not None:
            told.append((now, step))
        if step is Step.RESOLVED:
            watch = Watch(rule, Breaker(queue=QueueName(QUEUE)))
            watch.judge(reading, 5.0, Timestamp(now))


def looked_at_each_second(rule: Rule, levels: Sequence[tuple[int, float]], until: int) -> list[tuple[float, Step]]:
    """The same by the simplest means: how long was it broken, how long was it kept."""
    told: list[tuple[float, Step]] = []
    value, broken, kept, is_firing = 0.0, 0, 0, False
    changes = dict(levels)
    for now in range(until):
        value = changes.get(now, value)
        is_bad = value > (5 - rule.hysteresis if is_firing else 5)
        if is_firing:
            kept = 0 if is_bad else kept + 1
            if kept > rule.resolve_after:
                told.append((now, Step.RESOLVED))
                is_firing, broken = False, 0
        else:
            broken = broken + 1 if is_bad else 0
            if broken > rule.lasting:
                told.append((now, Step.RAISED))
                is_firing, kept = True, 0
    return told


some_levels = st.lists(st.tuples(st.integers(0, 300), st.sampled_from([0.0, 3.0, 4.0, 6.0, 7.0])), max_size=40).map(
    lambda levels: sorted(dict(levels).items())
)


@quick
@given(some_levels, st.integers(0, 30), st.integers(0, 30), st.sampled_from([0.0, 1.5]))
def test_a_watch_that_looks_when_due_tells_what_looking_each_second_tells(
    levels: list[tuple[int, float]], lasting: int, resolve_after: int, hysteresis: float
) -> None:
    rule = rule_of(lasting, resolve_after, hysteresis)
    told = [(at, step) for at, step in followed(rule, levels, 400) if step is not Step.UPDATED]

    assert told == looked_at_each_second(rule, levels, 400)


@quick
@given(some_levels, st.integers(0, 30), st.integers(1, 30))
def test_flapping_does_not_flood(levels: list[tuple[int, float]], lasting: int, resolve_after: int) -> None:
    told = followed(rule_of(lasting, resolve_after), levels, 400)
    raised = [at for at, step in told if step is Step.RAISED]
    updated = [at for at, step in told if step is Step.UPDATED]

    assert all(after - before > lasting + resolve_after - 1e-6 for before, after in pairwise(raised))
    assert all(after - before >= TOLD_EVERY - 1e-6 for before, after in pairwise(updated))
    kinds = [step for _, step in told if step is not Step.UPDATED]
    assert kinds == [Step.RAISED, Step.RESOLVED] * (len(kinds) // 2) + [Step.RAISED] * (len(kinds) % 2)


def test_a_figure_that_flaps_each_second_for_an_hour_is_one_alarm() -> None:
    levels = [(second, 6.0 if second % 2 else 0.0) for second in range(3601)]

    assert [(at, step) for at, step in followed(rule_of(0, 30), levels, 3700) if step is not Step.UPDATED] == [
        (1, Step.RAISED),
        (3630, Step.RESOLVED),
    ]


# -- a floor -----------------------------------------------------------------------------------------------------------

AGENTS = ("1001", "1002", "1003")
RULES = (
    *("long_wait", "service_level_low", "abandon_rate_high", "limit_exceeded", "left_unapproved", "reason_missing"),
    *("missed_in_row", "too_many_away"),
)


def rules() -> Policy:
    return ruled(
        RuleOverrides(name="service_level_low", least_calls=3),
        RuleOverrides(name="abandon_rate_high", least_calls=3),
        only=RULES,
        queue=QueuePolicy(missed_in_row=2, max_wait=Seconds(20)),
        reasons=(
            PauseReason(code="away", limit=Seconds(40), needs_approval=True),
            PauseReason(code="meal", limit=Seconds(90), max_at_once=1, enforcement="unpause"),
        ),
        teams=(Team(name="day", agents=AGENTS),),
        reason_required=True,
    )


Move = tuple[int, str, int]
"""Seconds from the move before, what happens, and to whom."""

WHAT = (
    *("joins", "joins", "joins", "gives_up", "answers", "misses", "misses", "acknowledges"),
    *("away", "meal", "none", "back", "back", "approved", "waits"),
)
moves = st.lists(st.tuples(st.integers(1, 15), st.sampled_from(WHAT), st.integers(0, 2)), min_size=20, max_size=80)
long = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


class Floor:
    """A floor whose truth is known, so that a picture of it can be drawn at any moment."""

    def __init__(self) -> None:
        self.site = AlarmSite(rules())
        self.site.opened(*AGENTS)
        self.now = 100
        self.line: list[tuple[str, int]] = []
        self.paused: dict[str, tuple[str, int]] = {}
        self.calls = 0

    def move(self, move: Move) -> None:
        pause, what, who = move
        self.now += pause
        it, agent = self.site.at(self.now), AGENTS[who]
        match what:
            case "joins":
                self.calls += 1
                self.line.append((f"c{self.calls}", self.now))
                it.joins(f"c{self.calls}")
            case "gives_up" if self.line:
                call, since = self.line.pop(who % len(self.line))
                it.abandons(call, self.now - since)
            case "answers" if self.line and agent not in self.paused:
                call, since = self.line.pop(0)
                it.rings(agent, call)
                it.answers(agent, call, self.now - since)
                it.completes(agent, call, self.now - since, 0)
            case "misses" if self.line and agent not in self.paused:
                it.rings(agent, self.line[0][0])
                it.misses(agent, self.line[0][0], 0)
            case "acknowledges":
                for alert in it.firing():
                    it.acknowledges(alert, "boss")
            case "away" | "meal" | "none" if self.paused.get(agent, ("-", 0))[0] != what:
                self.paused[agent] = (what, self.now)
                it.pauses(agent, None if what == "none" else what)
            case "back" if agent in self.paused:
                del self.paused[agent]
                it.unpauses(agent)
            case "approved":
                it.decides(agent, approves=True)
            case _:
                it.passes(self.now)

    def picture(self) -> None:
        """All that the switch would list now."""
        members = []
        for agent in AGENTS:
            reason, since = self.paused.get(agent, (None, None))
            reason = None if reason == "none" else reason
            members.append(member(agent, paused=since is not None, reason=reason, last_pause=since))
        listed = [waits(call, self.now - since, place) for place, (call, since) in enumerate(self.line, start=1)]
        self.site.at(self.now).pictured(members, listed)

    def restarts(self) -> None:
        data = msgspec.msgpack.encode(self.site.center.checkpoint(self.site.now))
        fresh = AlarmSite(self.site.policy)
        fresh.center.restore(msgspec.msgpack.decode(data, type=Checkpoint))
        fresh.changes = self.site.changes
        self.site = fresh
        self.picture()

    def alarms(self) -> list[tuple[object, ...]]:
        alarms = self.site.center.snapshot(self.site.now).alarms
        return [(a.alert, a.since, a.acknowledged_by, a.acknowledged_at, a.threshold, a.detail) for a in alarms]


@long
@given(moves)
def test_what_was_said_of_alarms_is_what_fires(story: list[Move]) -> None:
    floor = Floor()
    for move in story:
        floor.move(move)
    floor.site.passes(floor.now + 30)
    firing: dict[str, float] = {}
    for change, following in zip(floor.site.changes, [*floor.site.changes[1:], None], strict=False):
        match change:
            case ch.AlarmRaised() | ch.AlarmAcknowledged():
                assert isinstance(following, ch.AlarmUpdated)
                assert following.alarm == change.alarm
                assert (change.alarm.alert in firing) is isinstance(change, ch.AlarmAcknowledged)
                firing[change.alarm.alert] = change.alarm.since
            case ch.AlarmUpdated():
                assert firing[change.alarm.alert] == change.alarm.since
            case ch.AlarmResolved():
                assert change.seconds == change.at - firing.pop(change.alarm.alert)
    assert sorted(firing) == sorted(floor.site.firing())


@long
@given(moves, st.sets(st.integers(0, 79), min_size=1, max_size=8))
def test_a_restart_at_any_moment_changes_no_alarm(story: list[Move], cuts: set[int]) -> None:
    through, cut = Floor(), Floor()
    for number, move in enumerate(story):
        through.move(move)
        cut.move(move)
        if number in cuts:
            cut.restarts()
        assert cut.alarms() == through.alarms(), f"after move {number}"
    for later in (10, 50, 200):
        through.site.passes(through.now + later)
        cut.site.passes(cut.now + later)

        assert cut.alarms() == through.alarms(), f"{later} s later"
    assert sorted(cut.site.story()) == sorted(through.site.story())


@long
@given(moves, st.integers(0, 79), st.integers(1, 200))
def test_nothing_is_raised_or_resolved_while_nothing_is_seen(story: list[Move], cut: int, seconds: int) -> None:
    floor = Floor()
    for move in story[:cut]:
        floor.move(move)
    before = floor.alarms()
    said = len(floor.site.story())
    floor.site.at(floor.now).loses_feed()
    floor.site.passes(floor.now + seconds)

    assert floor.alarms() == before
    assert len(floor.site.story()) == said

    floor.now += seconds
    floor.picture()
    for move in story[cut:]:
        floor.move(move)
    floor.site.passes(floor.now + 2000)
    assert {alert.partition(":")[0] for alert in floor.site.firing()} <= {
        *("long_wait", "limit_exceeded", "left_unapproved", "reason_missing", "missed_in_row", "too_many_away")
    }


@long
@given(moves)
def test_an_acknowledgement_lasts_as_long_as_the_alarm(story: list[Move]) -> None:
    floor = Floor()
    noted: dict[str, str] = {}
    for move in story:
        floor.move(move)
    for change in floor.site.changes:
        match change:
            case ch.AlarmAcknowledged():
                noted[change.alarm.alert] = "boss"
            case ch.AlarmUpdated():
                assert change.alarm.acknowledged_by == noted.get(change.alarm.alert)
            case ch.AlarmResolved():
                assert change.alarm.acknowledged_by == noted.pop(change.alarm.alert, None)
