"""Memberships, pauses, devices and the agent's own calls; T-numbers as in docs/asterisk.md."""

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.units import Timestamp
from tests.unit.domain.builder import FREE, GONE, IN_USE, RINGING, Site, leg, member, policy

BOTH = ("sales", "support")


def site() -> Site:
    return Site().opened("1001", queues=BOTH)


def pauses_of(it: Site) -> list[tuple[float, str, str | None]]:
    """When a pause began or ended, and its reason."""
    return [
        (change.at, "paused" if isinstance(change, ch.AgentPaused) else "unpaused", change.reason)
        for change in it.changes
        if isinstance(change, ch.AgentPaused | ch.AgentUnpaused)
    ]


def seconds_of(it: Site) -> dict[str, float]:
    """Time in each state, without those in which the agent never was."""
    return {state: seconds for state, seconds in it.agent_totals().state_seconds.items() if seconds}


# -- T28: pauses ------------------------------------------------------------------------------------------------------


def test_t28_a_pause_in_all_queues_is_one_pause() -> None:
    it = site()
    it.at(10).pauses("1001", "meal", "sales")
    it.at(10.001).pauses("1001", "meal", "support")
    it.at(100).unpauses("1001", "sales")
    it.at(100.001).unpauses("1001", "support")

    assert pauses_of(it) == [(10.001, "paused", "meal"), (100, "unpaused", "meal")]
    assert it.states_of() == [(10.001, "not_ready meal"), (100, "ready")]


def test_t28_pausing_again_for_the_same_reason_changes_nothing() -> None:
    it = Site().opened()
    it.at(10).pauses("1001", "meal")
    it.at(60).pauses("1001", "meal")
    it.at(70).take(paused_again(it))
    it.at(100).unpauses("1001")

    assert it.states_of() == [(10, "not_ready meal"), (100, "ready")]
    assert [change.seconds for change in it.said(ch.AgentUnpaused)] == [90.0]


def paused_again(it: Site) -> ev.MemberPaused:
    return ev.MemberPaused(member=msgspec.structs.replace(it.record("1001"), last_pause=Timestamp(70)))


def test_t28_another_reason_ends_one_pause_and_begins_the_next() -> None:
    it = Site().opened()
    it.at(10).pauses("1001", "meal")
    it.at(60).pauses("1001", "away")
    it.at(100).unpauses("1001")

    assert pauses_of(it) == [
        (10, "paused", "meal"),
        (60, "unpaused", "meal"),
        (60, "paused", "away"),
        (100, "unpaused", "away"),
    ]
    assert [change.seconds for change in it.said(ch.AgentUnpaused)] == [50.0, 40.0]
    assert it.states_of() == [(10, "not_ready meal"), (60, "not_ready away"), (100, "ready")]


def test_t28_unpausing_who_is_not_paused_is_nothing() -> None:
    it = Site().opened()
    it.at(10).unpauses("1001")

    assert it.changes == []


def test_t28_added_paused() -> None:
    it = Site().opened("1002")
    it.at(10).logs_in(member("1001", paused=True, reason="meal"))

    assert it.states_of() == [(10, "not_ready meal")]
    assert pauses_of(it) == [(10, "paused", "meal")]
    assert it.agent().presence.value == "not_ready"


def test_t28_removed_while_paused_the_pause_ends() -> None:
    it = Site().opened()
    it.at(10).pauses("1001", "meal")
    it.at(40).logs_out("1001")

    assert pauses_of(it) == [(10, "paused", "meal"), (40, "unpaused", "meal")]
    assert it.states_of()[-1] == (40, "logged_out")


def test_t28_the_reason_is_that_of_the_pause_told_last_and_not_of_the_report_told_last() -> None:
    """Each device report carries its own queue's reason: the state must not swing between the two."""
    it = site()
    it.at(10).pauses("1001", "meal", "sales")
    it.at(11).pauses("1001", "away", "support")
    for now in (20, 30, 40):
        it.at(now).device("1001", IN_USE if now == 30 else FREE, *reversed(BOTH))
        it.at(now + 0.1).device("1001", GONE if now == 40 else FREE, *BOTH)

    assert pauses_of(it) == [(11, "paused", "away")]
    assert it.state() == "not_ready away"


def test_t28_a_reload_that_forgets_why_a_member_is_paused_does_not_end_the_pause() -> None:
    it = Site().opened()
    it.at(10).pauses("1001", "meal")
    it.at(30).reports(member("1001", paused=True))
    it.at(60).unpauses("1001")

    assert pauses_of(it) == [(10, "paused", "meal"), (60, "unpaused", "meal")]


def test_t28_a_pause_for_no_reason_is_another_one_than_the_pause_before() -> None:
    it = Site().opened()
    it.at(10).pauses("1001", "meal")
    it.at(30).pauses("1001", None)

    assert pauses_of(it) == [(10, "paused", "meal"), (30, "unpaused", "meal"), (30, "paused", None)]


def test_a_pause_during_a_call_shows_when_the_call_is_over() -> None:
    it = Site().opened()
    it.at(10).joins("c1")
    it.rings("1001", "c1")
    it.at(12).answers("1001", "c1", wait=2)
    it.at(15).pauses("1001", "meal", device=IN_USE)

    assert it.state() == "busy"
    assert it.agent().presence.value == "not_ready"

    it.at(30).completes("1001", "c1", wait=2, talk=18)
    it.device("1001", FREE)

    assert it.states_of()[-1] == (30, "not_ready meal")
    assert pauses_of(it) == [(15, "paused", "meal")]


def test_a_pause_whose_reason_nobody_configured_keeps_its_own_name() -> None:
    it = Site().opened()
    it.at(10).pauses("1001", "Auto-Pause")
    view = it.agent()

    assert (view.reason, view.reason_label, view.limit) == ("Auto-Pause", "Auto-Pause", None)


# -- T30, T31: reports ------------------------------------------------------------------------------------------------


def test_t31_a_flood_of_equal_reports_says_nothing() -> None:
    it = site()
    it.at(10).device("1001", FREE, *BOTH)
    for now in range(20, 40):
        it.at(now).device("1001", FREE, *BOTH)

    assert it.changes == []


def test_t31_a_second_member_with_the_same_device_is_stuck_and_does_not_count() -> None:
    """Only the first member of a queue is told of the device they share."""
    shared = {"state_interface": "PJSIP/1001"}
    it = Site(policy(wrap_up=0))
    it.pictured(
        [
            member("Local/1001@agents/n", **shared),  # type: ignore[arg-type]
            member("Local/1001@backup/n", **shared),  # type: ignore[arg-type]
        ]
    )
    first, second = it.record("Local/1001@agents/n"), it.record("Local/1001@backup/n")
    it.at(10).reports(msgspec.structs.replace(first, status=IN_USE))
    it.passes(11)

    assert it.state() == "busy"

    it.at(12).reports(msgspec.structs.replace(second, penalty=1))  # Says "not in use", as ever.

    assert it.state() == "busy"

    it.at(20).reports(msgspec.structs.replace(first, status=FREE))

    assert it.state() == "ready"


def test_t31_a_member_stuck_in_use_does_not_make_an_old_call_of_a_new_one() -> None:
    it = Site()
    first = member("Local/1001@agents/n", state_interface="PJSIP/1001")
    it.pictured([first, member("Local/1001@backup/n", state_interface="PJSIP/1001", device=IN_USE)])
    it.at(10).reports(msgspec.structs.replace(first, penalty=1))
    it.at(20).reports(msgspec.structs.replace(first, status=IN_USE))
    it.at(25).reports(msgspec.structs.replace(first, status=FREE))

    assert it.state() == "ready"

    it.at(100).reports(msgspec.structs.replace(first, status=IN_USE))
    it.passes(101)

    assert (it.state(), it.agent().since) == ("busy", 100.0)


def test_t31_ringing_and_in_use_are_taken_from_the_queue_where_it_tells() -> None:
    """Local channels report "in use" while they ring."""
    it = site()
    it.at(10).joins("c1")
    it.at(10.9).device("1001", IN_USE, *BOTH)
    it.at(11).rings("1001", "c1")
    it.passes(20)

    assert it.states_of() == [(11, "ringing")]


def test_t29_a_member_is_shown_by_name() -> None:
    it = Site().opened()

    assert it.agent().name == "Agent 1001"
    assert it.agent().interface == "PJSIP/1001"


# -- several memberships ----------------------------------------------------------------------------------------------


def test_logging_in_and_out_of_queues() -> None:
    it = Site().opened("1002", queues=BOTH)
    it.at(10).logs_in(member("1001", "sales", penalty=2))
    it.at(20).logs_in(member("1001", "support"))

    assert {name: one.penalty for name, one in it.agent().queues.items()} == {"sales": 2, "support": 0}

    it.at(30).logs_out("1001", "sales")
    it.at(40).logs_out("1001", "support")

    assert [change.at for change in it.said(ch.AgentLoggedIn)] == [10.0]
    assert [change.at for change in it.said(ch.AgentLoggedOut)] == [40.0]
    assert it.states_of() == [(10, "ready"), (40, "logged_out")]
    assert seconds_of(it) == {"ready": 30.0}


def test_two_interfaces_of_one_person_are_one_agent() -> None:
    it = Site().opened("PJSIP/1001", "Local/1001@agents/n")

    assert it.agents() == ["1001"]
    assert it.board().members.total == 1

    it.at(10).logs_out("PJSIP/1001")

    assert it.state() == "ready"
    assert it.board().members.total == 1


def test_out_of_a_queue_they_were_never_in() -> None:
    it = Site().opened()
    it.at(10).logs_out("1001", "support")
    it.logs_out("9999")

    assert it.state() == "ready"
    assert it.agents() == ["1001"]


def test_who_logged_out_is_forgotten_after_a_while() -> None:
    it = Site().opened()
    it.at(100).logs_out("1001")
    it.passes(100 + 43_199)

    assert it.agents() == ["1001"]

    it.passes(100 + 43_200)

    assert it.agents() == []
    assert [change.agent for change in it.said(ch.AgentRemoved)] == ["1001"]


def test_who_came_back_in_the_meantime_is_not_forgotten() -> None:
    it = Site().opened()
    it.at(100).logs_out("1001")
    it.at(200).logs_in(member("1001"))
    it.at(300).logs_out("1001")
    it.passes(100 + 43_200)

    assert it.agents() == ["1001"]


def test_somebody_unknown_whose_phone_rang_once_is_forgotten_too() -> None:
    it = Site().opened()
    it.at(100).joins("c1")
    it.rings("7777", "c1")
    it.at(110).misses("7777", "c1", ring=10)
    it.at(111).misses("8888", "c1", ring=1)
    it.passes(50_000)

    assert it.agents() == ["1001"]


# -- the agent's own calls --------------------------------------------------------------------------------------------


def test_an_own_call_is_busy_after_half_a_second_since_when_the_device_said_so() -> None:
    it = site()
    it.at(10).device("1001", IN_USE, *BOTH)

    assert it.state() == "ready"
    assert it.center.next_deadline() == 10.5

    it.passes(10.5)

    assert it.states_of() == [(10, "busy")]
    assert it.agent().since == 10.0
    assert it.agent().call is None

    it.at(70).device("1001", FREE, *BOTH)

    assert it.states_of()[-1] == (70, "ready")
    assert seconds_of(it) == {"ready": 10.0, "busy": 60.0}


def test_a_device_in_use_for_an_instant_is_no_call() -> None:
    it = site()
    it.at(10).device("1001", IN_USE, *BOTH)
    it.at(10.3).device("1001", FREE, *BOTH)
    it.passes(20)

    assert it.states_of() == []


def test_logging_in_to_another_queue_during_an_own_call_is_no_break_in_it() -> None:
    it = Site().opened("1001")
    it.at(10).device("1001", IN_USE)
    it.passes(11)
    it.at(60).logs_in(member("1001", "support", device=IN_USE))
    it.passes(70)

    assert it.states_of() == [(10, "busy")]


def test_there_is_no_flicker_around_a_queue_call() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(10.9).device("1001", RINGING, *BOTH)
    it.at(11).rings("1001", "c1")
    it.at(13.9).device("1001", IN_USE, *BOTH)
    it.at(14).dial_ends("1001", "c1", "ANSWER")
    it.at(14.1).leaves("c1")
    it.at(16).connects("1001", "c1", wait=6)
    it.at(30).hangs_up(leg("1001", "c1"))
    it.at(30.1).completes("1001", "c1", wait=6, talk=14)
    it.at(30.3).device("1001", FREE, *BOTH)
    it.passes(40)

    assert it.states_of() == [(10.9, "ringing"), (14, "busy"), (30, "ready")]


def test_there_is_no_flicker_around_a_missed_ring() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(10).device("1001", RINGING, *BOTH)
    it.at(10.1).rings("1001", "c1")
    it.at(25).misses("1001", "c1", ring=15)
    it.at(25.2).device("1001", FREE, *BOTH)
    it.passes(40)

    assert it.states_of() == [(10, "ringing"), (25.2, "ready")]


def test_an_own_call_right_after_a_queue_call_begins_when_that_ended() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(10.1).rings("1001", "c1")
    it.at(11).device("1001", IN_USE, *BOTH)
    it.answers("1001", "c1", wait=1)
    it.at(20).completes("1001", "c1", wait=1, talk=9)
    it.passes(30)

    assert (it.state(), it.agent().since) == ("busy", 20.0)


def test_ready_time_of_the_day_begins_anew_at_midnight() -> None:
    it = Site().opened()
    it.at(86_000).pauses("1001", "meal")
    it.at(86_500).unpauses("1001")
    it.at(86_600).pauses("1001", "meal")

    today = it.agent().today
    assert (today.not_ready_seconds, today.ready_seconds) == (100.0, 100.0)
    assert it.agent_totals().state_seconds["not_ready"] == 500.0
