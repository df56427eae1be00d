"""Answered calls and how they end; T-numbers as in docs/asterisk.md."""

import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.units import ChannelId
from tests.unit.domain.builder import FREE, IN_USE, Site, leg, policy

LEG = leg("1001", "c1")


def talking(rules_wrap_up: float = 0) -> Site:
    """c1 joined at 10 and talks to 1001 since 14."""
    it = Site(policy(wrap_up=rules_wrap_up)).opened("1001", "1002", queues=("sales", "support"))
    it.at(10).joins("c1")
    it.at(11).rings("1001", "c1")
    it.at(14).device("1001", IN_USE, "sales", "support")
    it.answers("1001", "c1", wait=4)
    return it


def blind(it: Site, by: str = LEG, of: str = "c1") -> None:
    it.take(ev.BlindTransferred(transferer=ChannelId(by), transferee=ChannelId(of), linkedids=(of,)))


def attended(it: Site, by: str = LEG, second: str = "consult") -> None:
    it.take(
        ev.AttendedTransferred(
            transferers=(ChannelId(by), ChannelId(second)), transferee=ChannelId("c1"), target=ChannelId("target")
        )
    )


# -- T4 ---------------------------------------------------------------------------------------------------------------


def test_t4_out_of_the_line_is_not_yet_answered_however_long_it_takes() -> None:
    """The agent hears a greeting of 40 s (membergosub) before the caller is put through."""
    it = Site().opened()
    it.at(10).joins("c1")
    it.at(11).rings("1001", "c1")
    it.at(13).dial_ends("1001", "c1", "ANSWER")
    it.leaves("c1")

    it.passes(50)

    assert it.line() == []
    assert it.facts() == {"offered": 1}
    assert it.counts().service_level_missed == 1, "the wait goes on until they talk"

    it.at(53).connects("1001", "c1", wait=43)

    assert it.facts() == {"offered": 1, "answered": 1}
    assert it.counts().wait_seconds == 43.0
    assert it.said(ch.CallAnswered)[0].facts.ring_seconds == 2.0


# -- T14, T18: figures are Asterisk's ---------------------------------------------------------------------------------


def test_waits_and_talks_are_those_that_asterisk_states() -> None:
    it = talking()
    it.at(20.9).completes("1001", "c1", wait=4, talk=7, by="caller")

    ended = it.said(ch.CallCompleted)[0].facts
    assert (ended.wait_seconds, ended.talk_seconds, ended.ended_by) == (4.0, 7.0, ev.EndedBy.CALLER)
    assert it.agent_totals().talk_seconds == 7.0
    assert it.counts().talk_seconds == 7.0


# -- T15b: two records for one end ------------------------------------------------------------------------------------


def test_t15b_caller_first_then_transfer() -> None:
    it = talking()
    it.at(20)
    blind(it)
    it.completes("1001", None, wait=4, talk=6, by="caller", on=LEG)
    it.at(20.0002).completes("1001", "c1", wait=4, talk=6, by="transfer")

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1, "transferred": 1}
    assert it.totals().transferred == {"blind": 1}
    assert it.counts().talk_seconds == 6.0


def test_t15b_transfer_first_then_caller() -> None:
    it = talking()
    it.at(20)
    blind(it)
    it.completes("1001", "c1", wait=4, talk=6, by="transfer")
    it.at(20.0002).completes("1001", None, wait=4, talk=6, by="caller", on=LEG)

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1, "transferred": 1}
    assert it.counts().talk_seconds == 6.0
    assert [change.facts.ended_by for change in it.said(ch.CallCompleted)] == [ev.EndedBy.TRANSFER]


# -- T16: the record comes long after the agent is free ---------------------------------------------------------------


@pytest.mark.parametrize("how", ["leg hung up", "device free"])
def test_t16_a_parked_call_holds_its_agent_no_longer(how: str) -> None:
    it = talking()
    it.at(17)
    if how == "leg hung up":
        it.hangs_up(LEG)
        it.device("1001", FREE, "sales", "support")
    else:
        it.device("1001", FREE, "sales", "support")
        it.hangs_up(LEG)

    assert it.state() == "ready"

    it.at(18).joins("c2")
    it.at(19).rings("1001", "c2")
    it.at(20).device("1001", IN_USE, "sales", "support")
    it.answers("1001", "c2", wait=2)
    it.at(25).hangs_up("c1")
    it.completes("1001", "c1", wait=4, talk=11, by="caller")

    assert it.state() == "busy", "the parked call's record is not the end of the present one"
    assert it.agent().call is not None
    assert it.counts().talk_seconds == 11.0

    it.at(30).completes("1001", "c2", wait=2, talk=10, by="agent")

    assert it.facts() == {"offered": 2, "answered": 2, "completed": 2}
    assert it.agent_totals().talk_seconds == 21.0


def test_t16_a_caller_redirected_into_another_queue_is_answered_there_before_the_first_record() -> None:
    it = talking()
    it.at(17).enters("c1", "support")
    it.joins("c1", "support")
    it.hangs_up(LEG)
    it.device("1001", FREE, "sales", "support")
    it.at(18).rings("1002", "c1", "support")
    it.at(20).answers("1002", "c1", wait=3, queue="support")
    it.at(26).completes("1002", "c1", wait=3, talk=6, by="agent", queue="support")
    it.completes("1001", "c1", wait=4, talk=12, by="caller")

    assert it.facts("sales") == {"offered": 1, "answered": 1, "completed": 1}
    assert it.facts("support") == {"offered": 1, "answered": 1, "completed": 1}
    assert (it.agent_totals("1001").talk_seconds, it.agent_totals("1002").talk_seconds) == (12.0, 6.0)


def test_t16_wrap_up_starts_when_the_agent_is_free_and_not_again_with_the_record() -> None:
    it = talking(rules_wrap_up=10)
    it.at(17.4).hangs_up(LEG)
    it.device("1001", FREE, "sales", "support")
    it.at(40).completes("1001", "c1", wait=4, talk=26, by="caller")

    assert it.states_of()[-2:] == [(17.4, "wrap_up"), (27, "ready")]
    assert it.counts("sales").wrap_up_seconds == pytest.approx(9.6)


# -- T17: missing headers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("has_call", "has_leg"), [(True, True), (True, False), (False, True), (False, False)])
def test_t17_an_end_finds_its_call_by_what_is_left(has_call: bool, has_leg: bool) -> None:  # noqa: FBT001
    it = talking()
    it.at(15).joins("c2")
    it.rings("1002", "c2")
    it.at(18).answers("1002", "c2", wait=3)
    it.at(20).completes("1001", "c1" if has_call else None, wait=4, talk=6, by="agent", on=LEG if has_leg else None)

    assert [change.facts.call for change in it.said(ch.CallCompleted)] == ["c1"]
    assert it.state("1001") == "ready"
    assert it.state("1002") == "busy"
    assert it.unexpected() == {}


def test_t17_with_nothing_but_member_and_wait_the_call_with_that_wait_ended() -> None:
    it = talking()
    it.at(15).hangs_up(LEG)
    it.device("1001", FREE)
    it.joins("c2")
    it.rings("1001", "c2")
    it.at(16).answers("1001", "c2", wait=1)
    it.at(20).completes("1001", None, wait=1, talk=4, by="agent", on=None)

    assert [change.facts.call for change in it.said(ch.CallCompleted)] == ["c2"]


def test_t17_the_end_of_a_call_that_nobody_answered_is_noted() -> None:
    it = Site().opened()
    it.at(20).completes("1001", "c9", wait=4, talk=6)

    assert it.unexpected() == {"end_without_answer": 1}


# -- T19: transfers ---------------------------------------------------------------------------------------------------


def test_t19_a_blind_transfer() -> None:
    it = talking()
    it.at(20)
    blind(it)
    it.completes("1001", "c1", wait=4, talk=6, by="transfer")

    assert it.totals().transferred == {"blind": 1}
    assert [change.facts.reason for change in it.said(ch.CallTransferred)] == ["blind"]
    assert it.state() == "ready"


def test_t19_an_attended_transfer_told_after_the_record() -> None:
    it = talking()
    it.at(20).completes("1001", "c1", wait=4, talk=6, by="transfer")
    attended(it)
    it.passes(30)

    assert it.totals().transferred == {"attended": 1}


def test_t19_a_transfer_whose_kind_nobody_tells() -> None:
    it = talking()
    it.at(20).completes("1001", "c1", wait=4, talk=6, by="transfer")
    it.passes(30)

    assert it.totals().transferred == {"unknown": 1}


def test_t19_a_record_under_the_other_channels_id() -> None:
    it = talking()
    it.at(20)
    attended(it)
    it.completes("1001", "consult", wait=4, talk=6, by="transfer", on=None)

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1, "transferred": 1}


def test_t19_a_transfer_into_the_same_queue_whose_new_entry_is_told_first() -> None:
    it = talking()
    it.at(20)
    blind(it)
    it.enters("c1")
    it.joins("c1")
    it.completes("1001", "c1", wait=4, talk=6, by="transfer")

    assert it.line() == ["c1"]
    assert it.facts() == {"offered": 2, "answered": 1, "completed": 1, "transferred": 1}

    it.at(21).rings("1002", "c1")
    it.at(23).answers("1002", "c1", wait=3)
    it.at(30).completes("1002", "c1", wait=3, talk=7, by="agent")

    assert it.facts() == {"offered": 2, "answered": 2, "completed": 2, "transferred": 1}
    assert it.outcomes("c1") == ["answered", "answered"]
    assert (it.agent_totals("1001").talk_seconds, it.agent_totals("1002").talk_seconds) == (6.0, 7.0)


def test_t19_a_transfer_that_failed_is_none() -> None:
    """The switch tells nothing of it; consultation and hold come and go."""
    it = talking()
    it.at(16).holds(LEG, "c1")
    it.at(19).unholds(LEG, "c1")
    it.at(30).completes("1001", "c1", wait=4, talk=16, by="caller")
    it.passes(40)

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1}
    assert it.counts().hold_seconds == 3.0


# -- T20: gone before they talked -------------------------------------------------------------------------------------


def test_t20_a_caller_who_hangs_up_while_the_agent_hears_a_greeting_is_answered_with_no_talk() -> None:
    it = Site().opened()
    it.at(10).joins("c1")
    it.at(11).rings("1001", "c1")
    it.at(13).dial_ends("1001", "c1", "ANSWER")
    it.leaves("c1")
    it.at(16).connects("1001", "c1", wait=6)
    it.completes("1001", "c1", wait=6, talk=0, by="caller")
    it.hangs_up("c1")

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1}
    assert it.counts().talk_seconds == 0.0
    assert it.state() == "ready"


# -- T24, T25: Local channels optimised away --------------------------------------------------------------------------


def test_t24_the_callers_channel_is_replaced_in_mid_call() -> None:
    it = talking()
    it.at(16).take(ev.ChannelReplaced(old=ChannelId("c1"), new=ChannelId("sip1")))
    it.hangs_up("c1")
    it.at(18).holds("sip1", "other")
    it.at(19).unholds("sip1", "other")
    it.at(20).completes("1001", "sip1", wait=4, talk=6, by="caller", on=None)

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1}
    assert it.counts().hold_seconds == 0.0, "it was the caller who held"
    assert it.unexpected() == {}


def test_t25_the_agents_leg_is_replaced_right_after_the_answer() -> None:
    it = talking()
    it.at(14.1).take(ev.ChannelReplaced(old=LEG, new=ChannelId("sip2")))
    it.hangs_up(LEG)
    it.device("1001", FREE, "sales", "support")  # The Local device is gone; the telephone behind it talks.

    assert it.state() == "busy"

    it.at(20).completes("1001", None, wait=4, talk=6, by="agent", on="sip2")

    assert it.state() == "ready"
    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1}


# -- T33 --------------------------------------------------------------------------------------------------------------


def test_t33_removed_in_mid_call_the_talk_is_credited() -> None:
    it = talking()
    it.at(16).logs_out("1001", "sales")
    it.logs_out("1001", "support")

    assert it.state() == "busy"
    assert it.said(ch.AgentLoggedOut) == []

    it.at(20).completes("1001", "c1", wait=4, talk=6, by="agent")

    assert it.state() == "logged_out"
    assert it.agent_totals().talk_seconds == 6.0
    assert [change.at for change in it.said(ch.AgentLoggedOut)] == [20.0]


def test_t33_in_two_queues_the_call_counts_in_its_own() -> None:
    it = talking()
    it.at(20).completes("1001", "c1", wait=4, talk=6, by="agent")

    assert it.agent_totals().answered == {"sales": 1}
    assert it.facts("support") == {}
    assert it.board("sales").members.ready == it.board("support").members.ready == 2


# -- the answer -------------------------------------------------------------------------------------------------------


def test_an_answer_that_is_told_twice_is_one() -> None:
    it = talking()
    it.connects("1001", "c1", wait=4)

    assert it.facts() == {"offered": 1, "answered": 1}
    assert len(it.said(ch.CallAnswered)) == 1


@pytest.mark.parametrize(("wait", "late", "beyond"), [(15, 0, 0), (16, 1, 0), (60, 1, 0), (61, 1, 1)])
def test_late_answers_and_those_that_count_as_none(wait: int, late: int, beyond: int) -> None:
    it = Site().opened()
    it.at(100).joins("c1")
    it.rings("1001", "c1")
    it.at(100 + wait).answers("1001", "c1", wait=wait)

    assert (it.counts().answered_late, it.counts().answered_beyond) == (late, beyond)
    assert it.agent_totals().late_answers == late
    assert len(it.said(ch.AgentAnsweredLate)) == late
