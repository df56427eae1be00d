"""Alarms through gaps, restarts and reloads: nothing is guessed, nothing is forgotten, nothing is said twice."""

from typing import Any

import msgspec
import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain.alarms import Alarms
from ctibridge.domain.checkpoint import Checkpoint
from ctibridge.domain.measures import Reading
from ctibridge.domain.policy import PauseReason, Policy, QueuePolicy, Team
from ctibridge.domain.rules import Rule, RuleOverrides
from ctibridge.domain.units import Seconds, Timestamp
from ctibridge.domain.watch import Breaker
from tests.unit.domain.alarm_site import AWAY, MEAL, AlarmSite, ruled
from tests.unit.domain.builder import member, waits
from tests.unit.domain.logged_site import LoggedSite

QUIET = member("1001")
AT_TABLE = member("1001", paused=True, reason="meal", last_pause=90)


class LoggedAlarms(LoggedSite, AlarmSite):
    """Alarms where queue_log is read as well."""


def opened(*only: str, **settings: object) -> AlarmSite:
    site = AlarmSite(ruled(only=only, **settings))  # type: ignore[arg-type]
    site.opened("1001")
    return site


def restarted(it: AlarmSite, rules: Policy | None = None) -> AlarmSite:
    """The next run of the bridge, from what this one remembers now."""
    data = msgspec.msgpack.encode(it.center.checkpoint(it.now))
    again = AlarmSite(rules or it.policy)
    again.at(it.now).center.restore(msgspec.msgpack.decode(data, type=Checkpoint))
    return again


# -- gaps --------------------------------------------------------------------------------------------------------------


def test_in_a_gap_nothing_is_raised_and_the_next_picture_tells() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    it.at(150).loses_feed()
    it.passes(200)
    assert (it.story(), it.said(ch.QueueWaitExceeded)) == ([], [])

    it.at(210).pictured([QUIET], [waits("c1", 110)])
    assert it.story() == [(210, "raised", "long_wait:sales")]
    assert [(told.at, told.wait_seconds) for told in it.said(ch.QueueWaitExceeded)] == [(210.0, 110.0)]


def test_in_a_gap_nothing_is_resolved_and_the_next_picture_tells() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    it.passes(170)
    it.at(170).loses_feed()
    it.passes(400)
    assert it.story() == [(160, "raised", "long_wait:sales")]
    assert it.firing() == ["long_wait:sales"]

    it.at(410).pictured([QUIET])
    it.passes(500)
    assert it.story()[1:] == [(440, "resolved", "long_wait:sales")]


def test_time_that_nobody_saw_counts_neither_as_broken_nor_as_kept() -> None:
    it = opened("nobody_ready")
    it.at(90).pauses("1001", "meal")
    it.at(100).joins("c1")
    it.at(120).loses_feed()
    it.at(150).pictured([AT_TABLE], [waits("c1", 50)])
    it.passes(189)
    assert it.story() == []

    it.passes(190)  # 20 s before the gap, and 40 s after it.
    assert it.story() == [(190, "raised", "nobody_ready:sales")]

    it.at(200).unpauses("1001")
    it.at(230).loses_feed()
    it.at(300).pictured([QUIET], [waits("c1", 200)])
    it.passes(400)
    assert it.story()[1:] == [(330, "resolved", "nobody_ready:sales")]


def test_a_limit_that_was_passed_in_a_gap_is_told_after_it() -> None:
    it = opened("limit_exceeded")
    it.at(100).pauses("1001", "away")
    it.at(350).loses_feed()
    it.passes(450)
    assert it.story() == []

    it.at(460).pictured([member("1001", paused=True, reason="away", last_pause=100)])
    assert it.story() == [(460, "raised", "limit_exceeded:1001")]
    assert it.alarm("limit_exceeded:1001").value == 360.0


def test_figures_of_calls_wait_for_queue_log() -> None:
    """Ten of twenty were abandoned in the gap: nothing is said before queue_log has told of them."""
    it = LoggedAlarms(ruled(only=("service_level_low",)))
    it.watched("1001")
    for number in range(10):
        it.answered(f"c{number}", 100 + number * 10, 2)
        it.writes(100 + number * 10, "offered", f"c{number}")
        it.writes(102 + number * 10, "answered", f"c{number}", agent="1001", wait=2)
        it.writes(103 + number * 10, "completed", f"c{number}", agent="1001", wait=2, talk=1)
    it.at(210).reads(210)
    it.at(211).loses_feed()
    for number in range(10):
        it.writes(220 + number, "offered", f"g{number}")
        it.writes(230 + number, "abandoned", f"g{number}", wait=10)
    it.at(300).pictured([QUIET], [], [])
    it.passes(301)
    assert it.story() == []

    it.at(305).reads(305)
    assert it.story() == [(305, "raised", "service_level_low:sales")]
    assert it.alarm("service_level_low:sales").value == 0.5


def test_a_queue_that_is_gone_takes_its_alarms_with_it() -> None:
    it = opened("short_staffed", queue=QueuePolicy(min_staff=1))
    it.at(100).pauses("1001", "meal")
    it.at(200).pictured([member("1001", "vip")], queues=["vip"])

    assert it.story() == [(100, "raised", "short_staffed:sales"), (200, "resolved", "short_staffed:sales")]
    assert it.firing() == []


# -- acknowledgement ---------------------------------------------------------------------------------------------------


def test_an_alarm_that_was_acknowledged_stays_so_while_it_fires_and_its_next_time_is_another() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    it.at(170).acknowledges("long_wait:sales", "boss")
    it.passes(400)
    alarm = it.alarm("long_wait:sales")
    assert (alarm.acknowledged_by, alarm.acknowledged_at, alarm.since) == ("boss", 170.0, 160.0)
    assert (alarm.value or 0) > 200  # It goes on being told.

    it.at(410).abandons("c1", 310)
    it.at(500).joins("c2")
    it.passes(561)
    assert it.story() == [
        (160, "raised", "long_wait:sales"),
        (170, "acknowledged", "long_wait:sales"),
        (440, "resolved", "long_wait:sales"),
        (560, "raised", "long_wait:sales"),
    ]
    assert it.alarm("long_wait:sales").acknowledged_by is None


def test_who_took_note_first_stays_the_one() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    for at, by in ((170, "boss"), (171, "boss"), (172, "chief")):
        it.at(at).acknowledges("long_wait:sales", by)

    assert [(c.at, c.alarm.acknowledged_by) for c in it.said(ch.AlarmAcknowledged)] == [(170.0, "boss")]


def repeating(every: float = 100) -> AlarmSite:
    it = AlarmSite(
        ruled(RuleOverrides(name="short_staffed", repeat_every=Seconds(every)), only=(), queue=QueuePolicy(min_staff=1))
    )
    it.opened("1001")
    return it


def repeated(it: AlarmSite) -> list[float]:
    return [change.at for change in it.said(ch.AlarmRepeated)]


def test_an_alarm_is_said_again_until_somebody_takes_note_of_it() -> None:
    it = repeating()
    it.at(100).pauses("1001", "meal")
    it.passes(350)
    assert repeated(it) == [200.0, 300.0]

    it.at(360).acknowledges("short_staffed:sales", "boss")
    it.passes(2000)
    assert repeated(it) == [200.0, 300.0]
    assert len(it.said(ch.AlarmRaised)) == 1


def test_nothing_is_said_again_in_a_gap_nor_sooner_after_a_restart_nor_when_it_is_over() -> None:
    it = repeating()
    it.at(100).pauses("1001", "meal")
    it.passes(210)
    again = restarted(it)
    away = member("1001", paused=True, reason="meal", last_pause=100)
    again.at(220).pictured([away])
    again.passes(299)
    assert repeated(again) == []

    again.passes(305)
    assert repeated(again) == [300.0]

    again.at(350).loses_feed()
    again.passes(450)
    assert repeated(again) == [300.0]

    again.at(460).pictured([away])
    assert repeated(again) == [300.0, 460.0]

    again.at(470).unpauses("1001")
    again.passes(2000)
    assert repeated(again) == [300.0, 460.0]


def test_what_does_not_fire_cannot_be_acknowledged() -> None:
    it = opened("long_wait")
    it.at(100).acknowledges("long_wait:sales", "boss")
    it.at(101).acknowledges("nonsense", "boss")

    assert it.changes == []


# -- restarts ----------------------------------------------------------------------------------------------------------


def test_a_restart_keeps_what_fires_who_took_note_and_since_when() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    it.at(170).acknowledges("long_wait:sales", "boss")
    again = restarted(it)
    assert again.firing() == ["long_wait:sales"]

    again.at(200).pictured([QUIET], [waits("c1", 100)])
    alarm = again.alarm("long_wait:sales")
    assert (alarm.since, alarm.acknowledged_by, alarm.acknowledged_at) == (160.0, "boss", 170.0)
    assert again.story() == []
    assert again.said(ch.QueueWaitExceeded) == []  # It was said before.
    assert [change.alarm.alert for change in again.said(ch.AlarmUpdated)][:1] == ["long_wait:sales"]  # For new outputs.
    assert [one.alert for one in again.board().alarms] == ["long_wait:sales"]

    again.at(210).abandons("c1", 110)
    again.passes(300)
    assert again.story() == [(240, "resolved", "long_wait:sales")]
    assert again.said(ch.AlarmResolved)[0].seconds == 80.0


def test_a_rule_that_was_broken_for_some_time_goes_on_being_so() -> None:
    it = opened("nobody_ready")
    it.at(90).pauses("1001", "meal")
    it.at(100).joins("c1")
    it.passes(120)
    again = restarted(it)
    again.at(150).pictured([AT_TABLE], [waits("c1", 50)])
    again.passes(300)

    assert again.story() == [(190, "raised", "nobody_ready:sales")]


def test_breaches_rows_and_leave_are_remembered() -> None:
    strict = PauseReason(code="away", limit=Seconds(300), needs_approval=True)
    it = AlarmSite(ruled(only=("left_unapproved", "missed_in_row"), reasons=(strict,)))
    it.opened("1001", "1002", "1003")
    it.at(100).pauses("1001", "away")
    it.at(110).decides("1002", approves=True)
    for call in ("c1", "c2"):
        it.at(120).joins(call)
        it.rings("1003", call)
        it.misses("1003", call, 5)
    again = restarted(it)
    away = [member("1001", paused=True, reason="away", last_pause=100), member("1002"), member("1003")]
    again.at(150).pictured(away, [waits("c1", 30), waits("c2", 30, 2)])
    assert again.firing() == ["left_unapproved:1001"]

    again.at(160).rings("1003", "c1")
    again.at(165).misses("1003", "c1", 5)
    again.at(170).pauses("1002", "away")
    limit = again.agent("1002").limit
    assert limit is not None
    assert limit.approved_by == "boss"
    assert again.story() == [(165, "raised", "missed_in_row:1003")]


def test_an_older_memory_without_alarms_can_be_read() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    old = msgspec.to_builtins(it.center.checkpoint(it.now))
    del old["watches"]
    for agent in old["agents"]:
        for field in (
            "leave",
            "approved_by",
            "unapproved_since",
            "reason_missing_since",
            "missed_in_row",
            "missed_queue",
        ):
            del agent[field]

    memory = msgspec.convert(old, Checkpoint)
    assert memory.watches == ()
    assert memory.agents[0].missed_in_row == 0


def test_after_a_restart_under_other_rules_what_no_rule_says_any_more_ends() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    it.passes(170)
    again = restarted(restarted(it, ruled(only=())), ruled(only=()))  # Twice, before anything could be said.
    again.at(200).pictured([QUIET], [waits("c1", 100)])

    assert again.story() == [(200, "resolved", "long_wait:sales")]


# -- reloads -----------------------------------------------------------------------------------------------------------


def adopts(it: AlarmSite, rules: Policy) -> None:
    it._took(it.center.adopt(rules, it.now))


def test_a_rule_that_is_switched_off_ends_its_alarms_and_a_new_one_is_judged_at_once() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    it.passes(170)
    adopts(it, ruled(RuleOverrides(name="crowd", metric="waiting", threshold=0.0), only=()))

    assert it.story()[1:] == [(170, "resolved", "long_wait:sales"), (170, "raised", "crowd:sales")]


def test_another_threshold_holds_at_once() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    it.at(120)
    adopts(it, ruled(only=("long_wait",), queue=QueuePolicy(max_wait=Seconds(30))))
    it.passes(129)
    assert it.story() == []

    it.passes(131)
    assert it.story() == [(130, "raised", "long_wait:sales")]
    assert [told.at for told in it.said(ch.QueueWaitExceeded)] == [130.0]


def test_an_alarm_that_fires_takes_over_its_rules_new_words() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    it.passes(170)
    adopts(it, ruled(RuleOverrides(name="long_wait", label="Too long", severity="critical"), only=("long_wait",)))
    it.passes(171)

    assert (it.alarm("long_wait:sales").label, it.alarm("long_wait:sales").severity) == ("Too long", "critical")
    assert it.story() == [(160, "raised", "long_wait:sales")]


def test_a_longer_limit_ends_the_alarm_though_the_stage_that_was_reached_stays() -> None:
    it = opened("limit_exceeded", reasons=(AWAY, MEAL))
    it.at(0).pauses("1001", "away")
    it.passes(310)
    longer = PauseReason(code="away", limit=Seconds(600))
    adopts(it, ruled(only=("limit_exceeded",), reasons=(longer, MEAL)))
    it.passes(601)

    assert it.story() == [
        (300, "raised", "limit_exceeded:1001"),
        (310, "resolved", "limit_exceeded:1001"),
        (600, "raised", "limit_exceeded:1001"),
    ]


def test_who_changes_teams_is_judged_by_the_rules_of_the_new_one() -> None:
    day, night = (Team(name=name, agents=("1001",)) for name in ("day", "night"))
    only_day = RuleOverrides(name="limit_exceeded", teams=("day",))
    it = AlarmSite(ruled(only_day, only=("limit_exceeded",), teams=(day,)))
    it.opened("1001")
    it.at(0).pauses("1001", "away")
    it.passes(310)
    assert it.firing() == ["limit_exceeded:1001"]

    adopts(it, ruled(only_day, only=("limit_exceeded",), teams=(night,)))
    assert it.firing() == []


@pytest.mark.parametrize("team", ["day", "late"])
def test_more_may_be_away_or_the_team_has_another_name(team: str) -> None:
    def rules(at_once: int, team: str) -> Policy:
        meal = PauseReason(code="meal", max_at_once=at_once)
        return ruled(only=("too_many_away",), reasons=(meal,), teams=(Team(name=team, agents=("1001", "1002")),))

    it = AlarmSite(rules(1, "day"))
    it.opened("1001", "1002")
    it.at(100).pauses("1001", "meal")
    it.pauses("1002", "meal")
    assert it.firing() == ["too_many_away:day/meal"]

    adopts(it, rules(2, team))
    it.passes(200)
    assert it.firing() == []

    adopts(it, rules(1, team))
    assert it.firing() == [f"too_many_away:{team}/meal"]


# -- hours -------------------------------------------------------------------------------------------------------------

HOUR = 3600.0


def guarded(**hours: Any) -> AlarmSite:  # noqa: ANN401 - fields of RuleOverrides
    rule = RuleOverrides(name="short_staffed", lasting=Seconds(60), **hours)
    it = AlarmSite(ruled(rule, only=(), queue=QueuePolicy(min_staff=1)))
    it.opened("1001")
    return it


def test_an_empty_seat_at_night_is_no_alarm_and_one_in_the_morning_is() -> None:
    """1970-01-01 was a Thursday."""
    it = guarded(hours="08:00-17:00")
    it.at(2 * HOUR).logs_out("1001")
    it.passes(8 * HOUR + 59)
    assert it.story() == []

    it.passes(16 * HOUR)
    assert it.story() == [(8 * HOUR + 60, "raised", "short_staffed:sales")]

    it.passes(24 * HOUR)
    assert it.story()[1:] == [(17 * HOUR + 10, "resolved", "short_staffed:sales")]

    it.passes(33 * HOUR)
    assert it.story()[2:] == [(32 * HOUR + 60, "raised", "short_staffed:sales")]


def test_a_restart_and_a_reload_go_by_the_hours_too() -> None:
    it = guarded(hours="08:00-17:00")
    it.at(9 * HOUR).logs_out("1001")
    it.passes(10 * HOUR)
    again = restarted(it)
    again.at(18 * HOUR).pictured([])
    again.passes(19 * HOUR)
    assert again.story() == [(18 * HOUR + 10, "resolved", "short_staffed:sales")]

    always = RuleOverrides(name="short_staffed", lasting=Seconds(60))
    adopts(again, ruled(always, only=(), queue=QueuePolicy(min_staff=1)))
    again.passes(20 * HOUR)
    assert again.story()[1:] == [(19 * HOUR + 60, "raised", "short_staffed:sales")]


# -- a clock that is set -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [3600.0, -3600.0])
def test_when_the_clock_of_the_pbx_is_set_nothing_is_longer_or_shorter(by: float) -> None:
    strict = PauseReason(code="away", limit=Seconds(300), needs_approval=True)
    it = AlarmSite(ruled(only=("limit_exceeded", "nobody_ready", "left_unapproved"), reasons=(strict, MEAL)))
    it.opened("1001", "1002")
    it.at(5000).pauses("1001", "away")
    it.at(5010).pauses("1002", "meal")
    it.at(5020).asks_to_leave("1002", "away")
    it.at(5030).joins("c1")
    it.at(5040)
    it._took(it.center.set_clock(Seconds(by), Timestamp(5040 + by)))
    it.passes(5400 + by)

    left = [(round(at - by, 3), what, alert) for at, what, alert in it.story() if alert != "left_unapproved:1001"]
    assert left == [(5090, "raised", "nobody_ready:sales"), (5300, "raised", "limit_exceeded:1001")]
    assert it.alarm("left_unapproved:1001").since == 5000 + by
    assert [round(change.at - by, 3) for change in it.said(ch.AgentLeaveLapsed)] == [5320]


# -- what it costs -----------------------------------------------------------------------------------------------------


def test_an_event_has_only_those_judged_whom_it_touches(monkeypatch: pytest.MonkeyPatch) -> None:
    queues = [f"q{number}" for number in range(50)]
    it = AlarmSite(Policy())
    it.pictured([member(f"1{number:03}", queues[number % 50]) for number in range(500)], queues=queues)
    judged: list[str] = []
    original = Alarms._look

    def counted(alarms: Alarms, rule: Rule, breaker: Breaker, reading: Reading | None) -> None:
        judged.append(breaker.alert(rule).partition(":")[2])
        original(alarms, rule, breaker, reading)

    monkeypatch.setattr(Alarms, "_look", counted)
    it.at(100).joins("c1", "q7")
    it.rings("1007", "c1", "q7")
    it.at(104).answers("1007", "c1", 4, "q7")
    it.passes(104.5)

    assert set(judged) == {"q7", "1007"}
