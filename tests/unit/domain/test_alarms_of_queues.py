"""Each default rule about queues: it fires when it should, at the moment when it should, and else stays quiet."""

import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.policy import QueueOverrides, QueuePolicy
from ctibridge.domain.rules import RuleOverrides
from ctibridge.domain.units import ChannelId, QueueName, Seconds, Timestamp
from tests.unit.domain.alarm_site import AlarmSite, near, ruled
from tests.unit.domain.builder import GONE, IN_USE, leg, member


def opened(*only: str, agents: tuple[str, ...] = ("1001",), **settings: object) -> AlarmSite:
    site = AlarmSite(ruled(only=only, **settings))  # type: ignore[arg-type]
    site.opened(*agents)
    return site


# -- the longest wait --------------------------------------------------------------------------------------------------


def test_a_caller_who_waits_too_long_is_an_alarm_to_a_tenth_of_a_second() -> None:
    it = opened("long_wait")
    it.at(100.3).joins("c1")
    it.passes(160.29)
    assert it.story() == []

    it.passes(161)
    assert it.story() == [(160.3, "raised", "long_wait:sales")]
    alarm = it.alarm("long_wait:sales")
    assert (alarm.queue, alarm.threshold, alarm.unit, alarm.severity) == ("sales", 60.0, "seconds", "warning")
    assert alarm.value == near(60.0)
    [told] = it.said(ch.QueueWaitExceeded)
    assert (round(told.at, 3), told.queue, told.call, told.joined_at) == (160.3, "sales", "c1", 100.3)
    assert (round(told.wait_seconds, 3), told.limit_seconds) == (60.0, 60.0)


def test_each_caller_who_waits_too_long_is_said_once_while_the_queue_has_one_alarm() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    it.at(105).joins("c2")
    it.passes(300)

    assert [(told.at, told.call) for told in it.said(ch.QueueWaitExceeded)] == [(160.0, "c1"), (165.0, "c2")]
    assert it.story() == [(160, "raised", "long_wait:sales")]


def test_a_long_wait_ends_half_a_minute_after_nobody_waits_too_long() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    it.at(170).abandons("c1", 70)
    it.passes(300)

    assert it.story() == [(160, "raised", "long_wait:sales"), (200, "resolved", "long_wait:sales")]
    assert it.said(ch.AlarmResolved)[0].seconds == 40.0
    assert it.firing() == []


def test_who_waits_for_long_after_another_is_the_same_alarm() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    it.at(130).joins("c2")
    it.at(170).abandons("c1", 70)
    it.passes(250)

    assert it.story() == [(160, "raised", "long_wait:sales")]


def test_the_next_in_line_is_watched_after_an_alarm_ended_and_breaks_into_its_end() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    it.at(161).joins("c2")
    it.at(162).abandons("c1", 62)
    it.passes(230)
    assert it.story() == [
        (160, "raised", "long_wait:sales"),
        (192, "resolved", "long_wait:sales"),
        (221, "raised", "long_wait:sales"),
    ]

    it.at(231).joins("c3")
    it.at(262).abandons("c2", 101)
    it.at(291.5).abandons("c3", 60.5)  # Too long for half a second, 29 s into the half minute.
    it.passes(400)
    assert it.story()[3:] == [(321.5, "resolved", "long_wait:sales")]


def test_a_caller_who_is_answered_in_time_is_no_alarm() -> None:
    it = opened("long_wait")
    it.answered("c1", 100, 59)
    it.passes(300)

    assert (it.story(), it.said(ch.QueueWaitExceeded)) == ([], [])


def test_the_wait_of_an_alarm_is_told_less_often_the_longer_it_is() -> None:
    it = opened("long_wait")
    it.at(0.5).joins("c1")
    it.passes(1000.5)

    assert it.values("long_wait:sales") == [
        (60.5, 60.0),
        (90.5, 90.0),
        (135.5, 135.0),
        (203.0, 202.5),
        (304.25, 303.75),
        (456.125, 455.625),
        (683.938, near(683.4375)),
    ]


def test_each_queue_has_its_own_limit() -> None:
    it = opened("long_wait", queues={"VIP": QueueOverrides(max_wait=Seconds(10))})
    it.at(50).pictured([member("1001"), member("1001", "vip")], queues=["sales", "vip"])
    it.at(100).joins("c1")
    it.at(100).joins("c2", "vip")
    it.passes(111)

    assert it.story() == [(110, "raised", "long_wait:vip")]


# -- crowds and empty seats --------------------------------------------------------------------------------------------


def test_more_than_five_callers_for_five_minutes() -> None:
    it = opened("queue_crowded")
    for number in range(6):
        it.at(100 + number).joins(f"c{number}")
    it.passes(404.9)
    assert it.story() == []

    it.passes(405)
    assert it.story() == [(405, "raised", "queue_crowded:sales")]
    assert it.alarm("queue_crowded:sales").value == 6


def test_five_callers_are_no_crowd_and_a_sixth_for_a_minute_is_none_either() -> None:
    it = opened("queue_crowded")
    for number in range(5):
        it.at(100).joins(f"c{number}")
    it.at(300).joins("c5")
    it.at(360).abandons("c5", 60)
    it.at(390).joins("c6")
    it.passes(689)

    assert it.story() == []


def test_nobody_is_ready_while_callers_wait_for_a_minute() -> None:
    it = opened("nobody_ready")
    it.at(90).pauses("1001", "meal")
    it.at(100).joins("c1")
    it.passes(159.9)
    assert it.story() == []

    it.passes(300)
    assert it.story() == [(160, "raised", "nobody_ready:sales")]

    it.at(301).unpauses("1001")
    it.passes(400)
    assert it.story()[1:] == [(361, "resolved", "nobody_ready:sales")]


def test_somebody_who_is_ready_or_a_queue_without_callers_is_no_alarm() -> None:
    it = opened("nobody_ready")
    it.at(100).joins("c1")
    it.passes(200)
    it.at(200).abandons("c1", 100)
    it.at(201).pauses("1001", "meal")
    it.passes(900)

    assert it.story() == []


def test_an_empty_seat_is_an_alarm_at_once_and_a_worse_one_after_half_an_hour() -> None:
    it = opened("short_staffed", "short_staffed_long", agents=("1001", "1002"), queue=QueuePolicy(min_staff=2))
    it.at(100).pauses("1002", "away")
    assert it.story() == [(100, "raised", "short_staffed:sales")]
    assert (it.alarm("short_staffed:sales").value, it.alarm("short_staffed:sales").threshold) == (1, 2)

    it.passes(1899.9)
    assert len(it.story()) == 1

    it.passes(1900)
    assert it.story()[1:] == [(1900, "raised", "short_staffed_long:sales")]
    assert [it.alarm(alert).severity for alert in it.firing()] == ["warning", "critical"]

    it.at(2000).unpauses("1002")
    it.passes(2100)
    assert it.story()[2:] == [
        (2010, "resolved", "short_staffed:sales"),
        (2010, "resolved", "short_staffed_long:sales"),
    ]


def test_who_talks_or_rings_or_wraps_up_is_at_their_seat_and_who_cannot_be_reached_is_not() -> None:
    it = opened("short_staffed", queue=QueuePolicy(min_staff=1, wrap_up=Seconds(30)))
    it.at(100).joins("c1")
    it.at(101).rings("1001", "c1")
    it.at(104).answers("1001", "c1", 4)
    it.device("1001", IN_USE)
    it.at(120).completes("1001", "c1", 4, 16)
    it.passes(200)
    assert it.story() == []

    it.at(201).device("1001", GONE)
    assert it.story() == [(201, "raised", "short_staffed:sales")]


def test_a_queue_without_a_least_staff_may_be_empty() -> None:
    it = opened("short_staffed", "short_staffed_long")
    it.at(100).logs_out("1001")
    it.passes(5000)

    assert it.story() == []


# -- service level -----------------------------------------------------------------------------------------------------


def served(it: AlarmSite, count: int, at: float, wait: float = 2, name: str = "good") -> float:
    """Calls one after the other, ten seconds apart; when the last was over."""
    for number in range(count):
        it.answered(f"{name}{number}", at + number * 10, wait)
    return at + count * 10


def test_the_service_level_is_low_at_the_moment_when_the_threshold_passes() -> None:
    """16 of 19 in time are 84 %; two more callers who wait for over 20 s make 16 of 21, which is 76 %."""
    it = opened("service_level_low")
    served(it, 16, 100)
    for number in range(3):
        it.gave_up(f"lost{number}", 300 + number, 10)
    it.at(400.5).joins("late1")
    it.at(401).abandons("late1", 0.5)  # Misdialled: neither for nor against.
    it.at(402.5).joins("late2")
    it.at(403.5).joins("late3")
    it.passes(422.9)
    assert it.story() == []

    it.passes(423)  # Whole seconds: the caller who joined at 402.5 has surely waited for more than 20 s.
    assert it.story() == []
    it.passes(424)
    assert it.story() == [(424, "raised", "service_level_low:sales")]
    alarm = it.alarm("service_level_low:sales")
    assert (alarm.value, alarm.threshold, alarm.unit) == (near(16 / 21), 0.8, "ratio")
    [breach] = it.said(ch.QueueServiceLevelBreached)
    assert (breach.queue, breach.window, breach.calls, breach.value) == ("sales", "30m", 21, near(16 / 21))
    assert (breach.target_ratio, breach.threshold_seconds) == (0.8, 20)


def test_nineteen_calls_say_nothing() -> None:
    it = opened("service_level_low")
    for number in range(19):
        it.gave_up(f"lost{number}", 100 + number, 10)
    assert it.story() == []

    it.gave_up("lost19", 200, 10)
    assert it.story() == [(210, "raised", "service_level_low:sales")]


def test_the_service_level_is_good_again_two_points_above_its_target_for_a_minute() -> None:
    it = opened("service_level_low")
    served(it, 15, 100)
    for number in range(5):
        it.gave_up(f"lost{number}", 300 + number, 10)
    assert it.story() == [(314, "raised", "service_level_low:sales")]

    served(it, 7, 400, name="more")  # 22 of 27 are 81.5 %: above the target, and not above 82 %.
    it.passes(600)
    assert len(it.story()) == 1

    it.answered("last", 600, 2)  # 23 of 28 are 82.1 %.
    it.passes(661)
    assert len(it.story()) == 1
    it.passes(662)
    assert it.story()[1:] == [(662, "resolved", "service_level_low:sales")]
    [restored] = it.said(ch.QueueServiceLevelRestored)
    assert (restored.value, restored.calls, restored.seconds) == (near(23 / 28), 28, 348.0)


def test_the_window_of_thirty_minutes_moves_with_time_alone() -> None:
    """Good calls leave the window before the bad ones do: nothing happens, and the service level falls."""
    it = opened("service_level_low")
    served(it, 30, 60)  # Six in each of the minutes 1 to 5.
    for number in range(6):
        it.gave_up(f"lost{number}", 600 + number, 10)
    for number in range(14):
        it.answered(f"late{number}", 700 + number * 10, 2)
    it.passes(2039)
    assert it.story() == []  # 44 of 50, and one minute after the other leaves: 26 of 32 at last.

    it.passes(2041)
    assert it.story() == [(2040, "raised", "service_level_low:sales")]
    assert it.alarm("service_level_low:sales").value == near(20 / 26)
    it.passes(2101)
    assert it.alarm("service_level_low:sales").value == near(14 / 20)


def test_an_alarm_ends_when_the_window_is_empty() -> None:
    it = opened("service_level_low")
    for number in range(20):
        it.gave_up(f"lost{number}", 100, 10)
    it.passes(4000)

    assert it.story() == [(110, "raised", "service_level_low:sales"), (1920, "resolved", "service_level_low:sales")]
    assert it.said(ch.QueueServiceLevelRestored)[0].value is None


def test_the_day_has_a_rule_of_its_own_and_begins_anew() -> None:
    it = opened("service_level_low_day")
    for number in range(50):
        it.gave_up(f"lost{number}", 100 + number, 10)
    assert it.story() == [(159, "raised", "service_level_low_day:sales")]

    it.passes(86400 + 61)
    assert it.story()[1:] == [(86460, "resolved", "service_level_low_day:sales")]


# -- other figures -----------------------------------------------------------------------------------------------------


def test_many_callers_give_up_and_misdialled_calls_do_not_count() -> None:
    """Two of 20 are 10 %; twenty who hang up at once change nothing."""
    it = opened("abandon_rate_high")
    for number in range(20):
        it.gave_up(f"short{number}", 50, 2)
    served(it, 18, 100)
    it.gave_up("a", 300, 30)
    assert it.story() == []

    it.gave_up("b", 400, 30)
    assert it.story() == [(430, "raised", "abandon_rate_high:sales")]
    assert it.alarm("abandon_rate_high:sales").value == near(0.1)


def test_an_answer_after_a_minute_counts_as_none() -> None:
    """43 of 50 within a minute are 86 %; of 52, of which two were answered later, they are 82.7 %."""
    it = opened("answer_rate_low")
    served(it, 43, 100)
    for number in range(7):
        it.gave_up(f"lost{number}", 1000 + number, 10)
    assert it.story() == []

    it.answered("slow1", 1100, 61)
    it.answered("slow2", 1200, 61)
    assert [name for _, _, name in it.story()] == ["answer_rate_low:sales"]
    assert it.alarm("answer_rate_low:sales").value == near(43 / 52)


def test_late_answers_and_slow_ones() -> None:
    it = opened("late_answers", "speed_of_answer_high")
    served(it, 39, 100)
    for number in range(11):
        it.answered(f"late{number}", 600 + number * 60, 55)

    assert {name for _, _, name in it.story()} == {"late_answers:sales"}
    assert it.alarm("late_answers:sales").value == near(11 / 50)
    it.passes(2000)  # Only the late ones are left, with four of the others.
    assert "speed_of_answer_high:sales" not in it.firing()


def test_slow_answers_are_the_mean_of_the_last_half_hour() -> None:
    it = opened("speed_of_answer_high")
    for number in range(19):
        it.answered(f"c{number}", 100 + number * 30, 22)
    assert it.story() == []

    it.answered("c19", 700, 22)
    assert it.story() == [(722, "raised", "speed_of_answer_high:sales")]
    assert (it.alarm("speed_of_answer_high:sales").value, it.alarm("speed_of_answer_high:sales").unit) == (
        22,
        "seconds",
    )


def test_phones_that_ring_for_too_long() -> None:
    it = opened("within_rings_low")
    served(it, 44, 100, wait=12)
    served(it, 5, 1000, wait=13, name="slow")
    assert it.story() == []

    it.answered("slow6", 1100, 13)
    assert it.alarm("within_rings_low:sales").value == near(44 / 50)


def test_callers_who_are_refused() -> None:
    it = opened("blocked_rate_high")
    served(it, 29, 100)
    it.at(500).enters("r1")
    it.at(500.1).told("r1", ev.QueueOutcome.FULL)

    assert it.story() == [(500.1, "raised", "blocked_rate_high:sales")]
    assert it.alarm("blocked_rate_high:sales").value == near(1 / 30)


def talked(it: AlarmSite, number: int, *, wait: float = 1, talk: float = 60, hold: float = 0) -> float:
    """One call of many, a thousand seconds after the one before; when it ended."""
    call, at = f"c{number}", number * 1000.0
    it.at(at).joins(call)
    it.rings("1001", call)
    it.at(at + wait).answers("1001", call, wait)
    if hold:
        it.at(at + wait + 1).holds(leg("1001", call))
        it.at(at + wait + 1 + hold).unholds(leg("1001", call))
    it.at(at + wait + talk).completes("1001", call, wait, talk)
    return at + wait + talk


MEANS = {
    "mean_wait_high": ({"wait": 91}, {"wait": 90}),
    "mean_hold_high": ({"talk": 200, "hold": 61}, {"talk": 200, "hold": 59}),
    "mean_handle_high": ({"talk": 601}, {"talk": 599}),
}


@pytest.mark.parametrize("rule", MEANS)
@pytest.mark.parametrize("is_bad", [True, False])
def test_means_of_the_day(rule: str, *, is_bad: bool) -> None:
    it = opened(rule)
    for number in range(50):
        talked(it, number, **MEANS[rule][not is_bad])

    assert it.firing() == ([f"{rule}:sales"] if is_bad else [])


@pytest.mark.parametrize(("seconds", "is_bad"), [(70, True), (60, False)])
def test_after_call_work_of_the_day(seconds: float, *, is_bad: bool) -> None:
    it = opened("mean_wrap_up_high", queue=QueuePolicy(wrap_up=Seconds(seconds)))
    for number in range(50):
        talked(it, number)
    it.passes(50_000)

    assert it.firing() == (["mean_wrap_up_high:sales"] if is_bad else [])


@pytest.mark.parametrize(("passed_on", "is_bad"), [(2, True), (1, False)])
def test_calls_that_are_passed_on(passed_on: int, *, is_bad: bool) -> None:
    """Two of 50 are 4 %."""
    it = opened("transfer_rate_high")
    for number in range(50):
        if number < passed_on:
            call = f"c{number}"
            it.at(number * 1000).joins(call)
            it.rings("1001", call)
            it.at(number * 1000 + 1).answers("1001", call, 1)
            it.at(number * 1000 + 30).take(
                ev.BlindTransferred(transferer=leg("1001", call), transferee=ChannelId(call))
            )
            it.completes("1001", call, 1, 29, by="transfer")
        else:
            talked(it, number)
    it.passes(50_000)

    assert it.firing() == (["transfer_rate_high:sales"] if is_bad else [])


# -- inflow ------------------------------------------------------------------------------------------------------------


def told_usual(it: AlarmSite, calls: float, hour: float, queue: str = "sales") -> None:
    it.take(ev.UsualInflow(queue=QueueName(queue), hour=Timestamp(hour), calls=calls))


def test_an_hour_with_unusually_many_calls_is_told_when_it_is_over() -> None:
    """43 against 40 are 7.5 % more."""
    it = opened("inflow_unusual")
    it.at(3000)
    told_usual(it, 40, 3600)
    for number in range(43):
        it.gave_up(f"c{number}", 3601 + number * 10, 1)
    it.passes(7199)
    assert it.story() == []

    it.passes(7201)
    assert [name for _, _, name in it.story()] == ["inflow_unusual:sales"]
    alarm = it.alarm("inflow_unusual:sales")
    assert (alarm.value, alarm.detail) == (near(0.075), "43 calls, usually 40")


@pytest.mark.parametrize(("calls", "usual"), [(42, 40), (38, 40), (6, 3), (0, 19)])
def test_five_percent_or_a_few_calls_are_no_alarm(calls: int, usual: float) -> None:
    it = opened("inflow_unusual")
    it.at(3000)
    told_usual(it, usual, 3600)
    for number in range(calls):
        it.gave_up(f"c{number}", 3601 + number * 10, 1)
    it.passes(7300)

    assert it.story() == []


def test_an_hour_of_which_a_part_was_not_seen_says_nothing_and_ends_what_was_said_before() -> None:
    it = opened("inflow_unusual")
    it.at(3000)
    told_usual(it, 40, 3600)
    told_usual(it, 40, 7200)
    it.passes(7201)
    assert it.firing() == ["inflow_unusual:sales"]  # No call at all.

    it.at(8000).loses_feed()
    it.at(8100).pictured([member("1001")])
    it.passes(10900)
    assert it.firing() == []


def test_an_hour_is_forgotten_when_nothing_is_usual_for_the_next() -> None:
    it = opened("inflow_unusual")
    it.at(3000)
    told_usual(it, 40, 3600)
    it.passes(10_799)
    assert it.firing() == ["inflow_unusual:sales"]

    it.passes(10_900)
    assert it.firing() == []


# -- the site's own rules ----------------------------------------------------------------------------------------------


def test_a_rule_of_the_sites_own_for_one_queue() -> None:
    own = RuleOverrides(
        name="crowd", metric="waiting", threshold=2.0, comparison="at_least", severity="critical", queues=("VIP",)
    )
    it = AlarmSite(ruled(own, only=()))
    it.opened(queues=("sales", "vip"))
    for call, queue in (("c1", "sales"), ("c2", "sales"), ("c3", "vip"), ("c4", "vip")):
        it.at(100).joins(call, queue)

    assert it.story() == [(100, "raised", "crowd:vip")]
    alarm = it.alarm("crowd:vip")
    assert (alarm.label, alarm.severity, alarm.value, alarm.threshold) == ("crowd", "critical", 2, 2.0)


def test_a_queues_own_setting_can_be_any_rules_threshold() -> None:
    own = RuleOverrides(name="late", metric="longest_wait", threshold="late_answer")
    it = AlarmSite(ruled(own, only=(), queues={"vip": QueueOverrides(late_answer=Seconds(5))}))
    it.opened(queues=("sales", "vip"))
    it.at(100).joins("c1")
    it.at(100).joins("c2", "vip")
    it.passes(120)

    assert it.story() == [(105, "raised", "late:vip"), (115, "raised", "late:sales")]


def test_a_queue_shows_the_rules_that_it_breaks() -> None:
    it = opened("long_wait")
    it.at(100).joins("c1")
    it.passes(170)
    assert [(alarm.alert, alarm.since) for alarm in it.board().alarms] == [("long_wait:sales", 160.0)]

    it.at(171).abandons("c1", 71)
    it.passes(300)
    assert it.board().alarms == ()
    assert it.said(ch.QueueUpdated)[-1].queue.alarms == ()
