"""Each default rule about agents and teams: it fires when it should, at the moment when it should, else it is quiet."""

import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain.policy import PauseReason, QueueOverrides, QueuePolicy, Team
from ctibridge.domain.rules import RuleOverrides
from ctibridge.domain.units import Seconds
from tests.unit.domain.alarm_site import AWAY, MEAL, AlarmSite, near, ruled
from tests.unit.domain.builder import IN_USE, member

STRICT = PauseReason(code="away", limit=Seconds(300), needs_approval=True)
DAY = Team(name="day", agents=("1001", "1002", "1003"))


def opened(*only: str, agents: tuple[str, ...] = ("1001",), **settings: object) -> AlarmSite:
    site = AlarmSite(ruled(only=only, **settings))  # type: ignore[arg-type]
    site.opened(*agents)
    return site


# -- limits ------------------------------------------------------------------------------------------------------------


def test_a_pause_over_its_limit_is_an_alarm_at_the_very_moment_and_until_the_agent_is_back() -> None:
    it = opened("limit_exceeded", teams=(DAY,))
    it.at(10.4).pauses("1001", "away")
    it.passes(310.39)
    assert it.story() == []

    it.passes(315)
    assert it.story() == [(310.4, "raised", "limit_exceeded:1001")]
    alarm = it.alarm("limit_exceeded:1001")
    assert (alarm.agent, alarm.team, alarm.detail, alarm.threshold, alarm.unit) == (
        "1001",
        "day",
        "away",
        300,
        "seconds",
    )
    assert [change.at for change in it.said(ch.AgentLimitExceeded)] == [near(310.4)]

    it.at(322.9).unpauses("1001")
    assert it.story()[1:] == [(322.9, "resolved", "limit_exceeded:1001")]
    assert it.said(ch.AlarmResolved)[0].seconds == near(12.5)
    assert it.said(ch.AgentLimitCleared)[0].overrun_seconds == near(12.5)


def test_another_reason_starts_its_own_clock_and_ends_the_alarm_of_the_former() -> None:
    it = opened("limit_exceeded")
    it.at(0).pauses("1001", "away")
    it.at(350).pauses("1001", "meal")
    it.passes(3949)
    assert it.story() == [(300, "raised", "limit_exceeded:1001"), (350, "resolved", "limit_exceeded:1001")]

    it.passes(3951)
    assert it.story()[2:] == [(3950, "raised", "limit_exceeded:1001")]
    assert it.alarm("limit_exceeded:1001").detail == "meal"


def test_the_clock_of_a_pause_during_a_call_starts_when_the_call_ends() -> None:
    it = opened("limit_exceeded")
    it.at(100).joins("c1")
    it.at(101).rings("1001", "c1")
    it.at(104).answers("1001", "c1", 4)
    it.device("1001", IN_USE)
    it.at(110).pauses("1001", "away", device=IN_USE)
    it.at(600).completes("1001", "c1", 4, 496)
    it.at(600.2).pauses("1001", "away")
    it.passes(899.9)
    assert it.story() == []

    it.passes(901)
    assert it.story() == [(900, "raised", "limit_exceeded:1001")]


def test_a_pause_without_a_limit_is_none() -> None:
    it = opened("limit_exceeded", reasons=(PauseReason(code="training"),))
    it.at(0).pauses("1001", "training")
    it.at(10).pauses("1001", "made up")
    it.passes(100_000)

    assert it.story() == []


# -- breaches of their own ---------------------------------------------------------------------------------------------


def test_going_away_unapproved_is_a_breach_at_once_and_while_it_lasts() -> None:
    it = opened("left_unapproved", reasons=(STRICT, MEAL))
    it.at(50).pauses("1001", "meal")
    it.at(100).pauses("1001", "Away")
    assert it.story() == [(100, "raised", "left_unapproved:1001")]
    [left] = it.said(ch.AgentLeftUnapproved)
    assert (left.at, left.reason, left.agent.state.value) == (100.0, "Away", "not_ready")

    it.at(150).unpauses("1001")
    it.passes(200)
    assert it.story()[1:] == [(155, "resolved", "left_unapproved:1001")]


def test_an_approval_after_the_fact_ends_the_breach() -> None:
    it = opened("left_unapproved", reasons=(STRICT,))
    it.at(100).pauses("1001", "away")
    it.at(130).decides("1001", approves=True)
    it.passes(200)

    assert it.story() == [(100, "raised", "left_unapproved:1001"), (135, "resolved", "left_unapproved:1001")]
    limit = it.agent().limit
    assert limit is not None
    assert (limit.approved_by, limit.deadline) == ("boss", 400.0)


def test_a_pause_without_a_reason_is_a_breach_where_one_is_required() -> None:
    it = opened("reason_missing", reason_required=True)
    it.at(100).pauses("1001", "")
    it.at(101).pauses("1001", "meal")
    it.passes(200)

    assert [change.at for change in it.said(ch.AgentReasonMissing)] == [100.0]
    assert it.story() == [(100, "raised", "reason_missing:1001"), (106, "resolved", "reason_missing:1001")]


def test_where_no_reason_is_required_none_is_missing() -> None:
    it = opened("reason_missing", reason_required=False)
    it.at(100).pauses("1001", None)
    it.passes(200)

    assert (it.story(), it.said(ch.AgentReasonMissing)) == ([], [])


def test_a_pause_that_only_a_picture_shows_is_no_breach_because_nobody_saw_it_begin() -> None:
    it = AlarmSite(ruled(only=("left_unapproved", "reason_missing"), reasons=(STRICT,), reason_required=True))
    it.at(100).pictured([member("1001", paused=True, reason="away", last_pause=40), member("1002", paused=True)])
    it.passes(1000)

    assert it.story() == []


# -- rings that nobody answers -----------------------------------------------------------------------------------------


def missed(it: AlarmSite, count: int, at: float = 100, agent: str = "1001", queue: str = "sales") -> None:
    for number in range(count):
        call = f"m{at}{number}"
        it.at(at + number * 10).joins(call, queue)
        it.rings(agent, call, queue)
        it.at(at + number * 10 + 6).misses(agent, call, 6, queue)
        it.at(at + number * 10 + 7).abandons(call, 7, queue)


def test_three_rings_in_a_row_that_an_agent_does_not_answer() -> None:
    it = opened("missed_in_row")
    missed(it, 2)
    assert it.story() == []

    missed(it, 1, at=200)
    assert it.story() == [(206, "raised", "missed_in_row:1001")]
    [said] = it.said(ch.AgentMissedInRow)
    assert (said.at, said.queue, said.count, said.agent.agent) == (206.0, "sales", 3, "1001")

    missed(it, 1, at=300)
    assert it.alarm("missed_in_row:1001").value == 4
    assert len(it.said(ch.AgentMissedInRow)) == 1


def test_an_answer_ends_the_row() -> None:
    it = opened("missed_in_row")
    missed(it, 3)
    it.answered("c1", 200, 3)
    assert it.story() == [(126, "raised", "missed_in_row:1001"), (203, "resolved", "missed_in_row:1001")]

    missed(it, 2, at=300)
    it.answered("c2", 400, 3)
    missed(it, 2, at=500)
    assert len(it.story()) == 2


@pytest.mark.parametrize("how", ["pause", "log_out"])
def test_whoever_comes_back_begins_a_new_row(how: str) -> None:
    it = opened("missed_in_row")
    missed(it, 2)
    if how == "pause":
        it.at(150).pauses("1001", "meal")
        it.at(160).unpauses("1001")
    else:
        it.at(150).logs_out("1001")
        it.at(160).logs_in(member("1001"))
    missed(it, 2, at=200)

    assert it.story() == []


def test_how_many_is_the_queues_own_setting() -> None:
    it = AlarmSite(ruled(only=("missed_in_row",), queues={"vip": QueueOverrides(missed_in_row=2)}))
    it.opened(queues=("sales", "vip"))
    missed(it, 2)
    assert it.story() == []

    it.at(180).pauses("1001", "meal")
    it.at(181).pauses("1001", "meal", queue="vip")
    it.at(190).unpauses("1001")
    it.at(191).unpauses("1001", "vip")
    missed(it, 2, at=200, queue="vip")
    assert it.story() == [(216, "raised", "missed_in_row:1001")]
    assert it.alarm("missed_in_row:1001").detail == "vip"


# -- wrap-up -----------------------------------------------------------------------------------------------------------


def test_after_call_work_over_its_target() -> None:
    it = opened("wrap_up_long", queue=QueuePolicy(wrap_up=Seconds(100), wrap_up_target=Seconds(40)))
    it.at(100).joins("c1")
    it.at(101).rings("1001", "c1")
    it.at(104).answers("1001", "c1", 4)
    it.device("1001", IN_USE)
    it.at(200).completes("1001", "c1", 4, 96)
    it.device("1001", member("1001").status)
    it.passes(400)

    assert it.story() == [(240, "raised", "wrap_up_long:1001"), (300, "resolved", "wrap_up_long:1001")]


# -- teams -------------------------------------------------------------------------------------------------------------


def test_more_of_a_team_are_away_for_one_reason_than_may_be() -> None:
    one_at_once = PauseReason(code="meal", limit=Seconds(3600), max_at_once=1)
    it = opened("too_many_away", agents=("1001", "1002", "1003", "1004"), reasons=(AWAY, one_at_once), teams=(DAY,))
    it.at(100).pauses("1001", "meal")
    it.at(101).pauses("1004", "meal")  # Of no team.
    it.at(102).pauses("1003", "away")
    assert it.story() == []

    it.at(110).pauses("1002", "Meal")
    assert it.story() == [(110, "raised", "too_many_away:day/meal")]
    alarm = it.alarm("too_many_away:day/meal")
    assert (alarm.team, alarm.detail, alarm.value, alarm.threshold, alarm.unit) == ("day", "meal", 2, 1, "agents")

    it.at(120).pauses("1003", "meal")
    it.passes(131)
    assert it.alarm("too_many_away:day/meal").value == 3

    it.at(140).unpauses("1001")
    it.at(141).unpauses("1002")
    it.passes(150)
    assert it.story()[1:] == [(146, "resolved", "too_many_away:day/meal")]


def test_a_pause_while_talking_does_not_count_before_the_agent_is_away() -> None:
    one_at_once = PauseReason(code="meal", max_at_once=1)
    it = opened("too_many_away", agents=("1001", "1002"), reasons=(one_at_once,), teams=(DAY,))
    it.answered("c0", 10, 2)
    it.at(100).joins("c1")
    it.rings("1001", "c1")
    it.at(102).answers("1001", "c1", 2)
    it.device("1001", IN_USE)
    it.at(103).pauses("1001", "meal", device=IN_USE)
    it.at(104).pauses("1002", "meal")
    assert it.story() == []

    it.at(150).completes("1001", "c1", 2, 48)
    it.pauses("1001", "meal")
    assert it.story() == [(150, "raised", "too_many_away:day/meal")]


def test_a_rule_for_one_team_only() -> None:
    own = RuleOverrides(name="limit_exceeded", teams=("night",))
    night = Team(name="night", agents=("1002",))
    it = AlarmSite(ruled(own, only=("limit_exceeded",), teams=(night,)))
    it.opened("1001", "1002")
    it.at(100).pauses("1001", "away")
    it.at(100).pauses("1002", "away")
    it.passes(500)

    assert it.story() == [(400, "raised", "limit_exceeded:1002")]


# -- enforcement -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["notify", "unpause", "log_out"])
def test_what_is_done_to_a_pause_over_its_limit_is_due_once(action: str) -> None:
    reason = PauseReason(code="away", limit=Seconds(300), enforcement=action, escalate_to="manager")  # type: ignore[arg-type]
    it = AlarmSite(ruled(only=(), reasons=(reason,)))
    it.opened("1001", queues=("sales", "vip"))
    it.at(100).pauses("1001", "away")
    it.at(100).pauses("1001", "away", "vip")
    it.passes(399)
    assert it.said(ch.EnforcementDue) == []

    it.passes(2000)
    [due] = it.said(ch.EnforcementDue)
    assert (due.at, due.agent, due.interface, due.queues) == (400.0, "1001", "PJSIP/1001", ("sales", "vip"))
    assert (due.action, due.reason, due.escalate_to) == (action, "away", "manager")

    it.at(2001).loses_feed()
    everywhere = [member("1001", queue, paused=True, reason="away", last_pause=100) for queue in ("sales", "vip")]
    it.at(2005).pictured(everywhere, queues=("sales", "vip"))
    it.passes(5000)
    assert len(it.said(ch.EnforcementDue)) == 1


def test_nothing_is_done_by_default_nor_after_the_limit_was_kept() -> None:
    reason = PauseReason(code="meal", limit=Seconds(300), enforcement="unpause")
    it = opened(reasons=(AWAY, reason))
    it.at(100).pauses("1001", "away")
    it.at(1000).pauses("1001", "meal")
    it.at(1299).unpauses("1001")
    it.passes(5000)

    assert it.said(ch.EnforcementDue) == []
