"""Phones that ring; T-numbers as in docs/asterisk.md."""

import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.events import QueueOutcome
from ctibridge.domain.units import CallId, ChannelId, Interface, QueueName
from tests.unit.domain.builder import FREE, IN_USE, RINGING, Site, leg, policy


def site() -> Site:
    return Site().opened("1001", "1002", "1003")


def rung(*agents: str) -> Site:
    it = site()
    it.at(10).joins("c1")
    it.at(11)
    for agent in agents:
        it.rings(agent, "c1")
    return it


def cancelled(it: Site, *agents: str) -> None:
    """``DialEnd`` with CANCEL is sent twice for each leg."""
    for agent in agents:
        it.dial_ends(agent, "c1", "CANCEL")
        it.dial_ends(agent, "c1", "CANCEL")


# -- T8: picked up, and hung up before the caller was put through -----------------------------------------------------


def test_t8_an_agent_who_hangs_up_during_the_announcement_has_not_answered() -> None:
    it = rung("1001")
    it.at(13).dial_ends("1001", "c1", "ANSWER")
    it.at(14).dumps("1001", "c1")

    assert it.state("1001") == "ready"
    assert it.line() == ["c1"]
    assert it.facts() == {"offered": 1}

    it.at(15).rings("1002", "c1")
    it.at(18).answers("1002", "c1", wait=8)

    assert it.facts() == {"offered": 1, "answered": 1}
    assert it.agent_totals("1002").answered == {"sales": 1}
    assert it.agent_totals("1001").answered == {}


def test_t8_with_ringall_the_other_phones_were_stopped_by_the_colleague_and_not_by_the_caller() -> None:
    it = rung("1001", "1002", "1003")
    it.at(13).dial_ends("1001", "c1", "ANSWER")
    cancelled(it, "1002", "1003")
    it.at(14).dumps("1001", "c1")
    it.at(15).abandons("c1", wait=5)

    assert it.facts() == {"offered": 1, "abandoned": 1}
    assert [it.state(agent) for agent in ("1001", "1002", "1003")] == ["ready"] * 3


def test_t8_a_colleague_whose_phone_we_did_not_hear_ring_has_stopped_the_others_too() -> None:
    """The bridge began to listen between one phone and the next; after the dump both ring again."""
    it = rung("1002")
    it.at(13).dial_ends("1001", "c1", "ANSWER")
    cancelled(it, "1002")
    it.at(14).dumps("1001", "c1")
    it.at(15).rings("1001", "c1")
    it.rings("1002", "c1")
    it.at(17).misses("1001", "c1", 2)
    it.misses("1002", "c1", 2)

    assert it.facts() == {"offered": 1, "ring_no_answer": 2}


def test_t8_the_next_ring_after_a_dump_can_be_cancelled_by_the_caller() -> None:
    it = rung("1001")
    it.at(13).dial_ends("1001", "c1", "ANSWER")
    it.at(14).dumps("1001", "c1")
    it.at(15).rings("1001", "c1")
    it.at(17)
    cancelled(it, "1001")
    it.abandons("c1", wait=7)

    assert it.facts() == {"offered": 1, "abandoned": 1, "ring_cancelled": 1}


# -- T11: not answered ------------------------------------------------------------------------------------------------


def test_t11_a_ring_without_an_answer_is_counted_with_the_time_that_asterisk_states() -> None:
    it = rung("1001")
    it.at(26).misses("1001", "c1", ring=15)

    missed = it.said(ch.CallRingNoAnswer)
    assert it.facts() == {"offered": 1, "ring_no_answer": 1}
    assert it.agent_totals("1001").ring_no_answer == 1
    assert [(change.facts.agent, change.facts.ring_seconds) for change in missed] == [("1001", 15.0)]
    assert it.state("1001") == "ready"
    assert it.line() == ["c1"]


@pytest.mark.parametrize(("status", "ring"), [("BUSY", 0), ("CONGESTION", 1), ("NOANSWER", 15)])
def test_t11_busy_and_refused_are_not_answered_too(status: str, ring: int) -> None:
    it = rung("1001")
    it.at(12).dial_ends("1001", "c1", status)
    it.at(12).misses("1001", "c1", ring=ring)

    assert it.facts() == {"offered": 1, "ring_no_answer": 1}


def test_t11_the_winner_of_the_last_moment_is_both_missed_and_connected() -> None:
    it = rung("1001")
    it.at(16).dial_ends("1001", "c1", "ANSWER")
    it.misses("1001", "c1", ring=5)
    it.leaves("c1")
    it.connects("1001", "c1", wait=6)

    assert it.facts() == {"offered": 1, "answered": 1, "ring_no_answer": 1}
    assert it.state("1001") == "busy"
    assert [change.facts.ring_seconds for change in it.said(ch.CallAnswered)] == [5.0]


def test_t11_every_ring_cycle_counts() -> None:
    it = site()
    it.at(10).joins("c1")
    for start in (11, 20, 29):
        it.at(start).rings("1001", "c1")
        it.at(start + 8).misses("1001", "c1", ring=8)

    assert it.counts().ring_no_answer == 3


def test_t11_the_same_report_twice_is_one_missed_ring() -> None:
    it = rung("1001")
    it.at(26).misses("1001", "c1", ring=15)
    it.at(26).misses("1001", "c1", ring=15)

    assert it.counts().ring_no_answer == 1
    assert it.agent_totals("1001").ring_no_answer == 1


def test_t11_a_missed_ring_of_which_we_did_not_hear_the_beginning_counts() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(26).misses("1001", "c1", ring=15)

    assert it.facts() == {"offered": 1, "ring_no_answer": 1}


# -- T12: what CANCEL means -------------------------------------------------------------------------------------------


def test_t12_the_caller_hangs_up_while_phones_ring() -> None:
    it = rung("1001", "1002")
    it.at(15)
    cancelled(it, "1001", "1002")
    it.abandons("c1", wait=5)

    assert it.facts() == {"offered": 1, "abandoned": 1, "ring_cancelled": 2}
    assert [it.agent_totals(agent).ring_cancelled for agent in ("1001", "1002", "1003")] == [1, 1, 0]
    assert [change.facts.ring_seconds for change in it.said(ch.CallRingCancelled)] == [4.0, 4.0]


def test_t12_the_caller_hangs_up_and_the_phones_are_told_later() -> None:
    it = rung("1001")
    it.at(15).abandons("c1", wait=5)
    cancelled(it, "1001")

    assert it.facts() == {"offered": 1, "abandoned": 1, "ring_cancelled": 1}
    assert it.state("1001") == "ready"


def test_t12_a_colleague_was_faster() -> None:
    it = rung("1001", "1002")
    it.at(15).dial_ends("1001", "c1", "ANSWER")
    cancelled(it, "1002")
    it.leaves("c1")
    it.connects("1001", "c1", wait=5)

    assert it.facts() == {"offered": 1, "answered": 1}
    assert it.state("1002") == "ready"


def test_t12_the_queue_gave_the_caller_back_on_its_timeout() -> None:
    it = rung("1001")
    it.at(20).misses("1001", "c1", ring=9)
    it.gives_up("c1", wait=10)
    it.leaves("c1")
    it.told("c1", QueueOutcome.TIMEOUT)

    assert it.facts() == {"offered": 1, "exited": 1, "ring_no_answer": 1}


def test_t12_a_ring_that_was_missed_is_not_cancelled_too() -> None:
    it = rung("1001", "1002")
    it.at(20).misses("1001", "c1", ring=9)
    it.at(22)
    cancelled(it, "1002")
    it.abandons("c1", wait=12)

    assert it.facts() == {"offered": 1, "abandoned": 1, "ring_no_answer": 1, "ring_cancelled": 1}


def test_t12_the_call_was_picked_up_elsewhere() -> None:
    it = rung("1001", "1002")
    it.at(15)
    cancelled(it, "1001", "1002")
    it.leaves("c1")
    it.connects("1001", "c1", wait=5, on="picker")

    assert it.facts() == {"offered": 1, "answered": 1}


# -- T15: whose ring time ---------------------------------------------------------------------------------------------


def test_t15_a_prompt_answer_is_measured_on_the_phone_that_answered() -> None:
    """app_queue states 13 s since the cycle began; 1002 rang for 4 s, and the caller heard 1 s of announcement."""
    it = rung("1001")
    it.at(20).misses("1001", "c1", ring=9)
    it.at(20).rings("1002", "c1")
    it.at(24).dial_ends("1002", "c1", "ANSWER")
    it.leaves("c1")
    it.at(25).connects("1002", "c1", wait=15, ring=13)

    facts = it.said(ch.CallAnswered)[0].facts
    assert (facts.ring_seconds, facts.within_rings) == (4.0, True)
    assert it.counts().answered_within_rings == 1


@pytest.mark.parametrize(("ring", "prompt"), [(12.0, True), (12.1, False)])
def test_t15_two_rings_of_six_seconds(ring: float, prompt: bool) -> None:  # noqa: FBT001
    it = rung("1001")
    it.at(11 + ring).answers("1001", "c1", wait=13)

    assert [change.facts.within_rings for change in it.said(ch.CallAnswered)] == [prompt]
    assert it.counts().answered_within_rings == prompt


def test_t15_a_phone_that_we_did_not_hear_ring_has_no_ring_time() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(15).answers("1001", "c1", wait=5)

    facts = it.said(ch.CallAnswered)[0].facts
    assert (facts.ring_seconds, facts.within_rings) == (None, None)
    assert it.totals().ring.count == 0


# -- T26: picked up by another phone ----------------------------------------------------------------------------------


@pytest.mark.parametrize("device_first", [True, False])
def test_t26_the_member_who_is_credited_is_free_while_another_phone_talks(device_first: bool) -> None:  # noqa: FBT001
    it = Site(policy(wrap_up=0)).opened()
    it.at(10).joins("c1")
    it.device("1001", RINGING)
    it.rings("1001", "c1")
    it.at(14).dial_ends("1001", "c1", "CANCEL")
    it.leaves("c1")
    if device_first:
        it.device("1001", FREE)
        it.connects("1001", "c1", wait=4, on="picker")
    else:
        it.connects("1001", "c1", wait=4, on="picker")
        it.device("1001", FREE)

    assert it.state() == "ready"
    assert it.agent_totals().answered == {"sales": 1}

    it.at(30).completes("1001", "c1", wait=4, talk=16, by="agent", on="picker")

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1}
    assert it.agent_totals().talk_seconds == 16.0


def test_t26_a_forwarded_ring_is_answered_on_another_channel() -> None:
    it = rung("1001")
    it.device("1001", IN_USE)
    it.at(14).dial_ends("1001", "c1", "ANSWER")
    it.leaves("c1")
    it.connects("1001", "c1", wait=4, on="forwarded")
    it.at(20).completes(None, None, wait=None, talk=6, queue=None, on="forwarded")

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1}


# -- T41: names that are not UTF-8 ------------------------------------------------------------------------------------


def test_t41_an_answer_with_nothing_but_the_call_and_the_leg() -> None:
    it = rung("1001")
    it.at(14).dial_ends("1001", "c1", "ANSWER")
    it.leaves("c1")
    it.at(14.5).take(ev.AgentConnected(call=CallId("c1"), leg=leg("1001", "c1")))

    answered = it.said(ch.CallAnswered)[0].facts
    assert (answered.agent, answered.queue, answered.wait_seconds) == ("1001", "sales", 4.0)
    assert it.state() == "busy"

    it.at(20.1).take(ev.AgentCompleted(call=CallId("c1"), leg=leg("1001", "c1")))

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1}
    assert it.counts().talk_seconds == 6.0


@pytest.mark.parametrize(
    ("member_interface", "channel"),
    [
        ("PJSIP/1001", "PJSIP/1001-00000abc"),
        ("Local/1001@agents/n", "Local/1001@agents-00000001;1"),
        ("SIP/anna-marie", "SIP/anna-marie-0000001a"),
    ],
)
def test_t41_an_answer_before_which_the_ring_was_not_told_is_the_members_by_channel_name(
    member_interface: str, channel: str
) -> None:
    it = Site().opened(member_interface, "PJSIP/2002")
    it.at(10).joins("c1")
    it.at(14).leaves("c1")
    it.take(ev.AgentConnected(call=CallId("c1"), leg=ChannelId("x"), leg_channel=channel))
    agent = it.policy.agent_id(it.center._floor.agents[it.agents()[0]].interface)  # type: ignore[index]

    assert it.facts() == {"offered": 1, "answered": 1}
    assert it.agent_totals(agent).answered == {"sales": 1}


def test_t41_an_answer_by_a_phone_that_is_no_member_here_is_that_phones() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(14).leaves("c1")
    it.take(ev.AgentConnected(call=CallId("c1"), leg=ChannelId("x"), leg_channel="PJSIP/7777-00000001"))

    assert it.facts() == {"offered": 1, "answered": 1}
    assert it.agent_totals("7777").answered == {"sales": 1}


def test_t41_an_end_that_says_nothing_is_that_of_the_call_whose_answer_said_nothing_either() -> None:
    it = Site().opened("1001", "1002")
    for call, agent in (("c1", "1001"), ("c2", "1002")):
        it.at(10).joins(call)
        it.rings(agent, call)
    it.at(14).answers("1002", "c2", wait=4)
    it.at(15).leaves("c1")
    it.take(ev.AgentConnected(call=CallId("c1"), leg=leg("1001", "c1")))
    it.at(21).take(ev.AgentCompleted())

    assert [change.facts.call for change in it.said(ch.CallCompleted)] == ["c1"]
    assert it.counts().talk_seconds == 6.0


def test_t30_a_realtime_member_of_whom_no_report_came_yet_has_the_name_that_the_ring_tells() -> None:
    it = Site().opened("1002")
    it.at(10).joins("c1")
    it.take(
        ev.AgentCalled(
            queue=QueueName("sales"), call=CallId("c1"), interface=Interface("PJSIP/1001"), member_name="Agent 1001"
        )
    )

    assert it.agent("1001").name == "Agent 1001"


def test_t41_a_ring_that_names_only_its_channel_is_the_members() -> None:
    it = Site().opened("Local/1001@agents/n", "PJSIP/2002")
    it.at(10).joins("c1")
    it.take(ev.AgentCalled(call=CallId("c1"), leg=ChannelId("x"), leg_channel="Local/1001@agents-00000001;1"))
    it.at(13).take(ev.AgentMissed(call=CallId("c1"), leg=ChannelId("x")))

    assert it.facts() == {"offered": 1, "ring_no_answer": 1}
    assert it.agent_totals("1001").ring_no_answer == 1
    assert it.unexpected() == {}


def test_t41_a_missed_ring_of_somebody_unnamed_still_counts_for_the_queue() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(25).take(ev.AgentMissed(call=CallId("c1"), leg=ChannelId("x")))

    assert it.facts() == {"offered": 1, "ring_no_answer": 1}


# -- what people see --------------------------------------------------------------------------------------------------


def test_the_agent_sees_the_call_that_rings() -> None:
    it = rung("1001")
    view = it.agent()

    assert view.call is not None
    assert (view.call.call, view.call.queue, view.call.since) == ("c1", "sales", 11.0)
    assert (view.state.value, view.activity.value, view.since) == ("ringing", "ringing", 11.0)


def test_a_ring_for_nobody_in_line_is_noted() -> None:
    it = site()
    it.at(10).rings("1001", "c9")

    assert it.unexpected() == {"ring_without_caller": 1}
    assert it.state() == "ready"
