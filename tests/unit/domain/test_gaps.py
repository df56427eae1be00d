"""The feed is lost and comes back: nothing is invented, nothing is counted twice, what did not change goes on."""

import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.events import QueueOutcome
from ctibridge.domain.units import ChannelId
from tests.unit.domain.builder import FREE, IN_USE, RINGING, Site, channel, leg, member, policy, waits


def site() -> Site:
    return Site().opened("1001", "1002")


# -- the first picture ------------------------------------------------------------------------------------------------


def test_callers_in_line_at_the_first_picture_are_offered_once() -> None:
    it = Site()
    it.at(100).pictured([member("1001")], [waits("c1", 30, 1), waits("c2", 5, 2)])

    assert it.facts() == {"offered": 2}
    assert it.line() == ["c1", "c2"]
    assert [caller.since for caller in it.board().callers] == [70.0, 95.0]
    assert it.board().oldest_since == 70.0
    assert [change.facts.position for change in it.said(ch.CallQueued)] == [1, 2]

    it.at(120).pictured([member("1001")], [waits("c1", 50, 1), waits("c2", 25, 2)])

    assert it.facts() == {"offered": 2}


def test_the_first_picture_shows_states_and_tells_no_log_ins() -> None:
    it = Site()
    it.at(100).pictured([member("1001"), member("1002", paused=True, reason="meal")])

    assert [it.state("1001"), it.state("1002")] == ["ready", "not_ready meal"]
    assert it.said(ch.AgentLoggedIn) == []
    assert it.said(ch.GapNoted) == []
    assert [(change.is_first, change.queues, change.agents) for change in it.said(ch.Resynced)] == [(True, 1, 2)]


def test_a_feed_that_is_lost_before_the_first_picture_is_no_gap() -> None:
    it = Site()
    it.at(100).loses_feed()
    it.at(110).pictured([member("1001")])

    assert it.said(ch.GapNoted) == []
    assert it.center.snapshot(it.now).gap_seconds == 0.0


# -- what a gap is ----------------------------------------------------------------------------------------------------


def test_a_gap_lasts_from_the_last_sign_of_life_to_the_picture() -> None:
    it = site()
    it.at(115).loses_feed(last_heard=100)

    assert not it.center.snapshot(it.now).is_synced
    assert it.center.snapshot(it.at(120).now).gap_seconds == 20.0

    it.at(130).pictured([it.record("1001"), it.record("1002")])

    assert [(gap.since, gap.at) for gap in it.said(ch.GapNoted)] == [(100.0, 130.0)]
    assert it.center.snapshot(it.at(200).now).gap_seconds == 30.0
    assert it.center.snapshot(it.now).is_synced


def test_a_feed_lost_twice_is_one_gap() -> None:
    it = site()
    it.at(100).loses_feed()
    it.at(110).loses_feed()
    it.at(130).pictured([it.record("1001"), it.record("1002")])

    assert [(gap.since, gap.at) for gap in it.said(ch.GapNoted)] == [(100.0, 130.0)]
    assert len(it.said(ch.FeedInterrupted)) == 1


# -- agents -----------------------------------------------------------------------------------------------------------


def test_states_are_unknown_and_go_on_as_if_nothing_had_been_where_nothing_was() -> None:
    it = site()
    it.at(50).pauses("1002", "meal")
    records = [it.record("1001"), it.record("1002")]
    it.at(100).loses_feed()

    assert [it.state("1001"), it.state("1002")] == ["unknown", "unknown"]
    assert it.board().members.unknown == 2

    it.at(130).pictured(records)

    assert [it.state("1001"), it.state("1002")] == ["ready", "not_ready meal"]
    assert [it.agent("1001").since, it.agent("1002").since] == [0.0, 50.0]
    assert it.said(ch.AgentUnpaused) == []
    assert it.agent_totals("1001").state_seconds == {"unknown": 30.0, "ready": 100.0}


def test_a_call_that_ended_in_the_gap_begins_the_state_anew() -> None:
    it = site()
    it.at(100).loses_feed()
    it.at(130).pictured([member("1001", last_call=120, calls_taken=1), it.record("1002")])

    assert [it.agent("1001").since, it.agent("1002").since] == [130.0, 0.0]


def test_a_counter_that_asterisk_moved_before_the_gap_means_nothing() -> None:
    """CallsTaken grows at the end of a call, perhaps after the last report of the member."""
    it = site()
    it.at(100).loses_feed()
    it.at(130).pictured([member("1001", last_call=90, calls_taken=1), it.record("1002")])

    assert it.agent("1001").since == 0.0


def test_somebody_who_paused_in_the_gap_did_so_when_asterisk_says() -> None:
    it = site()
    it.at(100).loses_feed()
    it.at(130).pictured([member("1001", paused=True, reason="meal", last_pause=110), it.record("1002")])

    assert (it.state("1001"), it.agent("1001").since) == ("not_ready meal", 110.0)
    assert [change.at for change in it.said(ch.AgentPaused)] == [110.0]


def test_somebody_who_was_seen_ready_cannot_have_paused_before_that() -> None:
    """LastPause can be stale for realtime members."""
    it = site()
    it.at(100).loses_feed()
    it.at(130).pictured([member("1001", paused=True, reason="meal", last_pause=5), it.record("1002")])

    assert it.agent("1001").since == 100.0


def test_logging_out_and_in_during_the_gap() -> None:
    it = site()
    it.at(100).loses_feed()
    it.at(130).pictured([member("1002"), member("1003")])

    assert [it.state(agent) for agent in ("1001", "1002", "1003")] == ["logged_out", "ready", "ready"]
    assert [change.agent.agent for change in it.said(ch.AgentLoggedOut)] == ["1001"]
    assert it.board().members.total == 2


def test_wrap_up_that_began_in_the_gap_ends_when_asterisk_would_call_again() -> None:
    it = Site(policy(wrap_up=20)).opened()
    it.at(100).loses_feed()
    it.at(130).pictured([member("1001", last_call=122, calls_taken=1)])
    it.passes(200)

    assert it.states_of()[-2:] == [(130, "wrap_up"), (142, "ready")]


def test_an_own_call_that_goes_on_over_the_gap_goes_on() -> None:
    it = site()
    it.at(50).device("1001", IN_USE)
    it.passes(60)
    records = [it.record("1001"), it.record("1002")]
    it.at(100).loses_feed()
    it.at(130).pictured(records)
    it.passes(140)

    assert (it.state("1001"), it.agent("1001").since) == ("busy", 50.0)


# -- callers in line --------------------------------------------------------------------------------------------------


def test_callers_who_wait_before_and_after_are_the_same() -> None:
    it = site()
    it.at(90).joins("c1")
    it.at(95).joins("c2")
    it.at(100).loses_feed()
    it.at(130).pictured([it.record("1001"), it.record("1002")], [waits("c1", 40, 1), waits("c2", 35, 2)])

    assert it.facts() == {"offered": 2}
    assert it.line() == ["c1", "c2"]
    assert [caller.since for caller in it.board().callers] == [90.0, 95.0]


def test_callers_who_came_in_the_gap_are_offered_and_those_who_went_are_lost() -> None:
    it = site()
    it.at(90).joins("c1")
    it.at(100).loses_feed()
    it.at(130).pictured([it.record("1001"), it.record("1002")], [waits("c2", 10)])

    assert it.facts() == {"offered": 2, "lost": 1}
    assert it.outcomes("c1") == ["lost"]
    assert it.line() == ["c2"]
    assert it.counts().abandoned == 0


def test_a_caller_who_left_and_came_back_in_the_gap_is_offered_twice() -> None:
    it = site()
    it.at(90).joins("c1")
    it.at(100).loses_feed()
    it.at(130).pictured([it.record("1001"), it.record("1002")], [waits("c1", 10)])

    assert it.facts() == {"offered": 2, "lost": 1}
    assert [caller.since for caller in it.board().callers] == [120.0]


def test_a_caller_whose_leaving_was_not_explained_before_the_gap_is_lost() -> None:
    it = site()
    it.at(90).joins("c1")
    it.at(99).gives_up("c1", wait=9)
    it.at(99.5).loses_feed()
    it.at(130).pictured([it.record("1001"), it.record("1002")], [], [])
    it.passes(200)

    assert it.facts() == {"offered": 1, "lost": 1}


def test_an_abandon_is_none_when_the_gap_is_shorter_than_the_time_to_explain_it() -> None:
    it = site()
    it.at(90).joins("c1")
    it.at(99).gives_up("c1", wait=9)
    it.at(99.1).loses_feed()
    it.at(99.9).pictured([it.record("1001"), it.record("1002")], [], [])
    it.passes(200)

    assert it.facts() == {"offered": 1, "lost": 1}


@pytest.mark.parametrize("still_there", [True, False])
def test_a_caller_between_the_line_and_the_agent_is_still_answered_if_the_channel_is_there(
    still_there: bool,  # noqa: FBT001
) -> None:
    """The agent hears a greeting (T4) while the feed is lost for a moment."""
    it = site()
    it.at(90).joins("c1")
    it.rings("1001", "c1")
    it.at(95).dial_ends("1001", "c1", "ANSWER")
    it.leaves("c1")
    it.at(96).loses_feed()
    it.at(98).pictured(
        [it.record("1001"), it.record("1002")], [], [channel("c1"), channel(leg("1001", "c1"))] if still_there else []
    )
    it.at(105).connects("1001", "c1", wait=15)

    answered = {"offered": 1, "answered": 1}
    assert it.facts() == (answered if still_there else {"offered": 1, "lost": 1})


def test_a_caller_between_the_line_and_the_agent_who_talks_by_now_is_lost_to_us() -> None:
    it = site()
    it.at(90).joins("c1")
    it.at(95).leaves("c1")
    it.at(96).loses_feed()
    it.at(130).pictured([it.record("1001"), it.record("1002")], [], [channel("c1", bridge="b1")])
    it.at(150).hangs_up("c1")

    assert it.facts() == {"offered": 1, "lost": 1}
    assert it.counts().exited == 0, "nobody saw a key"


# -- calls and phones -------------------------------------------------------------------------------------------------


def talking() -> Site:
    it = site()
    it.at(80).joins("c1")
    it.rings("1001", "c1")
    it.at(85).device("1001", IN_USE)
    it.answers("1001", "c1", wait=5)
    return it


def test_a_call_that_goes_on_over_the_gap_ends_as_any_other() -> None:
    it = talking()
    it.at(100).loses_feed()
    it.at(130).pictured([it.record("1001"), it.record("1002")], [], [channel("c1"), channel(leg("1001", "c1"))])

    assert (it.state("1001"), it.agent("1001").since) == ("busy", 85.0)

    it.at(150).completes("1001", "c1", wait=5, talk=65)

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1}


def test_a_call_that_ended_in_the_gap_holds_nobody() -> None:
    it = talking()
    it.at(100).loses_feed()
    it.at(130).pictured([member("1001", last_call=120, calls_taken=1), it.record("1002")], [], [])

    assert it.state("1001") == "ready"
    assert it.facts() == {"offered": 1, "answered": 1}


def test_a_call_that_ended_in_the_gap_holds_nobody_even_where_channels_are_not_listed() -> None:
    it = talking()
    it.at(100).loses_feed()
    it.at(130).pictured([member("1001", last_call=120, calls_taken=1), it.record("1002")])

    assert it.state("1001") == "ready"


def test_a_caller_known_by_a_new_channel_still_talks() -> None:
    """The caller's Local channel was optimised away before the gap (T24)."""
    it = talking()
    it.at(90).take(ev.ChannelReplaced(old=ChannelId("c1"), new=ChannelId("sip1")))
    it.hangs_up("c1")
    it.at(100).loses_feed()
    it.at(130).pictured([it.record("1001"), it.record("1002")], [], [channel("sip1")])
    it.at(150).completes("1001", "sip1", wait=5, talk=65)

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1}


def test_a_caller_exchanged_in_the_gap_still_talks_while_the_agents_leg_is_there() -> None:
    it = talking()
    it.at(100).loses_feed()
    it.at(130).pictured([it.record("1001"), it.record("1002")], [], [channel("sip1"), channel(leg("1001", "c1"))])

    assert it.state("1001") == "busy"

    it.at(150).completes("1001", None, wait=5, talk=65, on=leg("1001", "c1"))

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1}


def test_a_phone_that_stopped_ringing_in_the_gap_rings_no_more() -> None:
    it = site()
    it.at(90).joins("c1")
    it.rings("1001", "c1")
    it.at(100).loses_feed()
    it.at(130).pictured([it.record("1001"), it.record("1002")], [waits("c1", 40)], [channel("c1")])

    assert it.state("1001") == "ready"
    assert it.line() == ["c1"]


def test_a_phone_that_rings_on_rings_on() -> None:
    it = site()
    it.at(90).joins("c1")
    it.device("1001", RINGING)
    it.rings("1001", "c1")
    it.at(100).loses_feed()
    it.at(101).pictured(
        [it.record("1001"), it.record("1002")], [waits("c1", 11)], [channel("c1"), channel(leg("1001", "c1"))]
    )

    assert (it.state("1001"), it.agent("1001").since) == ("ringing", 90.0)


# -- another run of the switch ----------------------------------------------------------------------------------------


def test_after_a_restart_of_asterisk_all_calls_are_gone_and_lost() -> None:
    it = Site()
    it.pictured([member("1001"), member("1002")], started=0)
    it.at(80).joins("c1")
    it.joins("c2")
    it.rings("1001", "c1")
    it.at(85).device("1001", IN_USE)
    it.answers("1001", "c1", wait=5)
    it.at(100).loses_feed()
    it.at(130).pictured([member("1001"), member("1002")], started=120)

    assert it.facts() == {"offered": 2, "answered": 1, "lost": 1}
    assert it.state("1001") == "ready"
    assert it.outcomes("c2") == ["lost"]


# -- reconnecting counts nothing twice --------------------------------------------------------------------------------


def test_reconnecting_again_and_again_counts_nothing_twice() -> None:
    it = talking()
    it.at(90).joins("c2")
    it.at(91).joins("c3")
    it.at(92).enters("c4")
    it.told("c4", QueueOutcome.FULL)
    before = it.facts()
    records = [it.record("1001"), it.record("1002")]
    channels = [channel(name) for name in ("c1", "c2", "c3", leg("1001", "c1"))]
    for now in (100, 110, 120):
        it.at(now).loses_feed()
        it.at(now + 5).pictured(records, [waits("c2", now - 85, 1), waits("c3", now - 86, 2)], channels)

    assert it.facts() == before == {"offered": 3, "answered": 1, "refused": 1}
    assert it.line() == ["c2", "c3"]
    assert [it.state("1001"), it.state("1002")] == ["busy", "ready"]
    assert it.agent_totals("1001").answered == {"sales": 1}
    assert [change.repaired for change in it.said(ch.Resynced)] == [0, 0, 0]
    assert FREE is it.record("1002").status
