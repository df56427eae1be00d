"""How callers leave a queue; T-numbers as in docs/asterisk.md."""

import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.events import QueueOutcome
from ctibridge.domain.units import CallId, QueueName
from tests.unit.domain.builder import Site, policy


def site() -> Site:
    return Site().opened("1001", "1002")


# -- T1, T2: an "abandon" that may be something else ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (QueueOutcome.TIMEOUT, "timeout"),
        (QueueOutcome.LEAVE_EMPTY, "empty"),
        (QueueOutcome.LEAVE_UNAVAILABLE, "unavailable"),
        (QueueOutcome.WITHDRAW, "withdrawn"),
    ],
)
def test_t1_a_reported_abandon_is_an_exit_when_the_queue_says_so(outcome: QueueOutcome, reason: str) -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(14).gives_up("c1", wait=4)
    it.at(14.001).leaves("c1")
    it.at(14.002).told("c1", outcome)
    it.at(14.003).goes_on("c1")
    it.at(20).hangs_up("c1")

    assert it.facts() == {"offered": 1, "exited": 1}
    assert it.totals().exited == {reason: 1}
    assert it.outcomes("c1") == [f"exited {reason}"]
    assert [exited.facts.wait_seconds for exited in it.said(ch.CallExited)] == [4.0]


def test_t1_a_reported_abandon_is_one_when_the_caller_hangs_up() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(17).gives_up("c1", wait=7)

    assert it.line() == []
    assert it.facts() == {"offered": 1}, "the cause is still to come"

    it.at(17.001).leaves("c1")
    it.at(17.002).hangs_up("c1")

    assert it.facts() == {"offered": 1, "abandoned": 1}
    assert it.counts().abandon_wait_seconds == 7.0
    assert it.outcomes("c1") == ["abandoned"]


def test_t1_a_reported_abandon_is_one_when_nothing_explains_it_in_two_seconds() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(17).gives_up("c1", wait=7)
    it.at(17.001).leaves("c1")
    it.passes(19)

    abandoned = it.said(ch.CallAbandoned)
    assert [(change.at, change.facts.wait_seconds) for change in abandoned] == [(19.0, 7.0)]


def test_t1_an_empty_queue_in_old_versions_tells_of_no_abandon() -> None:
    """Asterisk 16.0 to 16.13: a caller who is not at the head gets QUEUESTATUS only."""
    it = site()
    it.at(10).joins("c1")
    it.at(10).joins("c2")
    it.at(14).leaves("c2")
    it.told("c2", QueueOutcome.LEAVE_EMPTY)

    assert it.totals().exited == {"empty": 1}
    assert it.line() == ["c1"]


def test_t2_continue_belongs_to_an_answered_call_and_is_no_exit() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(11).rings("1001", "c1")
    it.at(13).answers("1001", "c1", wait=3)
    it.at(20).told("c1", QueueOutcome.CONTINUE)
    it.at(20.001).goes_on("c1")
    it.at(20.002).completes("1001", "c1", wait=3, talk=7, by="agent")

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1}
    assert it.outcomes("c1") == ["answered"]


# -- T3: the exit that has no event -----------------------------------------------------------------------------------


@pytest.mark.parametrize("next_step", ["dialplan", "hangup", "queue"])
def test_t3_leaving_and_going_on_without_an_agent_is_an_exit_by_key(next_step: str) -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(13).leaves("c1")

    assert it.facts() == {"offered": 1}
    assert it.line() == []

    it.at(13.001)
    {
        "dialplan": lambda: it.goes_on("c1", exten="0"),
        "hangup": lambda: it.hangs_up("c1"),
        "queue": lambda: it.enters("c1", "support"),
    }[next_step]()

    assert it.totals().exited == {"key": 1}
    assert it.outcomes("c1") == ["exited key"]


def test_t3_phones_that_rang_when_the_key_was_pressed_are_cancelled_rings() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(11).rings("1001", "c1")
    it.at(11).rings("1002", "c1")
    it.at(14).dial_ends("1001", "c1", "CANCEL")
    it.dial_ends("1002", "c1", "CANCEL")
    it.leaves("c1")
    it.goes_on("c1")

    assert it.facts() == {"offered": 1, "exited": 1, "ring_cancelled": 2}


def test_t3_another_channels_step_decides_nothing() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(13).leaves("c1")
    it.goes_on("c1>1001")
    it.hangs_up("somebody else")

    assert it.facts() == {"offered": 1}


# -- T5: refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (QueueOutcome.FULL, "full"),
        (QueueOutcome.JOIN_EMPTY, "join_empty"),
        (QueueOutcome.JOIN_UNAVAILABLE, "join_unavailable"),
        (QueueOutcome.UNKNOWN, "unknown_queue"),
    ],
)
def test_t5_a_refused_caller_was_never_offered(outcome: QueueOutcome, reason: str) -> None:
    it = site()
    it.at(10).enters("c1")
    it.told("c1", outcome)
    it.goes_on("c1")
    it.hangs_up("c1")

    assert it.facts() == {"refused": 1}
    assert it.totals().refused == {reason: 1}
    assert it.outcomes("c1") == [f"refused {reason}"]


def test_t5_a_refused_caller_is_named_as_the_dialplan_knew_them() -> None:
    it = site()
    caller = ev.Caller(number="13800138000", name="王小明")
    it.at(10).take(ev.QueueEntered(call=CallId("c1"), queue=QueueName("sales"), linkedid="L", caller=caller))
    it.told("c1", QueueOutcome.FULL)

    refused = it.said(ch.CallRefused)[0].facts
    assert (refused.call, refused.queue, refused.linkedid, refused.caller) == ("c1", "sales", "L", caller)


def test_t5_a_refusal_after_an_exit_belongs_to_the_queue_asked_last() -> None:
    it = site()
    it.at(10).enters("c1")
    it.joins("c1")
    it.at(14).gives_up("c1", wait=4)
    it.leaves("c1")
    it.told("c1", QueueOutcome.TIMEOUT)
    it.enters("c1", "support")
    it.told("c1", QueueOutcome.FULL)

    assert it.facts() == {"offered": 1, "exited": 1}
    assert it.facts("support") == {"refused": 1}


def test_t5_a_refusal_by_a_queue_that_nobody_named_is_noted() -> None:
    it = site()
    it.at(10).told("c1", QueueOutcome.FULL)

    assert it.facts() == {}
    assert it.unexpected() == {"refused_by_unnamed_queue": 1}


# -- T6, T7 -----------------------------------------------------------------------------------------------------------


def test_t6_an_abandon_that_is_reported_twice_is_one() -> None:
    """SYSCOMPAT: no codec path between caller and agent."""
    it = site()
    it.at(10).joins("c1")
    it.at(11).rings("1001", "c1")
    it.at(12).dial_ends("1001", "c1", "ANSWER")
    it.gives_up("c1", wait=1, position=1)
    it.gives_up("c1", wait=1, position=1)
    it.leaves("c1")
    it.hangs_up("c1")
    it.gives_up("c1", wait=1, position=1)

    assert it.facts() == {"offered": 1, "abandoned": 1}
    assert it.state("1001") == "ready"


def test_t7_a_caller_who_hangs_up_during_the_announcement_has_abandoned_after_the_stated_wait() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(10).rings("1001", "c1")
    it.at(12).dial_ends("1001", "c1", "ANSWER")

    assert it.state("1001") == "busy"

    it.at(15).gives_up("c1", wait=5)  # The caller was gone at 13.
    it.leaves("c1")
    it.hangs_up("c1")

    assert it.facts() == {"offered": 1, "abandoned": 1}, "no ring was cancelled: the phone had been picked up"
    assert it.counts().abandon_wait_seconds == 5.0
    assert it.state("1001") == "ready"


# -- T22: the same caller again ---------------------------------------------------------------------------------------


def test_t22_a_caller_who_comes_to_the_same_queue_twice_is_offered_twice() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(14).gives_up("c1", wait=4)
    it.leaves("c1")
    it.told("c1", QueueOutcome.TIMEOUT)
    it.at(14.1).enters("c1")
    it.at(14.2).joins("c1")
    it.at(20).rings("1001", "c1")
    it.at(22).answers("1001", "c1", wait=8)

    assert it.facts() == {"offered": 2, "answered": 1, "exited": 1}
    assert it.outcomes("c1") == ["exited timeout", "answered"]


def test_t22_joining_again_at_once_after_a_key_is_a_second_offer() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(10.3).leaves("c1")
    it.at(10.4).joins("c1")

    assert it.facts() == {"offered": 2, "exited": 1}
    assert it.line() == ["c1"]


def test_t22_overflow_into_a_second_queue() -> None:
    it = Site().opened(queues=("sales", "support"))
    it.at(10).joins("c1")
    it.at(14).gives_up("c1", wait=4)
    it.leaves("c1")
    it.told("c1", QueueOutcome.TIMEOUT)
    it.enters("c1", "support")
    it.joins("c1", "support")
    it.at(20).abandons("c1", wait=6, queue="support")

    assert it.facts("sales") == {"offered": 1, "exited": 1}
    assert it.facts("support") == {"offered": 1, "abandoned": 1}


def test_t22_a_waiting_caller_redirected_elsewhere_has_abandoned_without_hanging_up() -> None:
    it = Site().opened(queues=("sales", "support"))
    it.at(10).joins("c1")
    it.at(14).gives_up("c1", wait=4)
    it.leaves("c1")
    it.enters("c1", "support")
    it.joins("c1", "support")

    assert it.facts("sales") == {"offered": 1, "abandoned": 1}
    assert it.line("support") == ["c1"]


def test_t22_nobody_waits_in_two_queues_at_once() -> None:
    """News of how the first stay ended was damaged: it is over all the same, and nobody knows how."""
    it = Site().opened(queues=("sales", "support"))
    it.at(10).joins("c1")
    it.at(14).joins("c1", "support")

    assert it.line("sales") == []
    assert it.facts("sales") == {"offered": 1, "lost": 1}
    assert it.line("support") == ["c1"]


# -- T43 --------------------------------------------------------------------------------------------------------------


def test_t43_spellings_of_a_queue_are_one_queue() -> None:
    it = Site().opened(queues=("Sales",))
    it.at(10).enters("c1", "SALES")
    it.joins("c1", "sales")
    it.at(12).abandons("c1", wait=2, queue="sALES")
    it.at(13).enters("c2", "sales")
    it.told("c2", QueueOutcome.FULL)

    assert [queue.view.queue for queue in it.center.snapshot(it.now).queues] == ["Sales"]
    assert it.facts("sales") == {"offered": 1, "abandoned": 1, "refused": 1}


def test_t43_letters_beyond_ascii_are_not_folded() -> None:
    it = Site().opened(queues=("ärzte",))
    it.at(10).joins("c1", "ÄRZTE")

    assert it.facts("ärzte") == {}
    assert it.facts("ÄRZTE") == {"offered": 1}


# -- short abandons and the rest --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wait", "short", "within"), [(0, 1, 1), (5, 1, 1), (6, 0, 1), (20, 0, 1), (21, 0, 0)])
def test_short_abandons_and_those_within_the_threshold(wait: int, short: int, within: int) -> None:
    it = Site(policy(threshold=20)).opened()
    it.at(100).joins("c1")
    it.at(100 + wait).abandons("c1", wait=wait)

    counts = it.counts()
    assert (counts.abandoned, counts.abandoned_short, counts.abandoned_within) == (1, short, within)
    assert [change.facts.short for change in it.said(ch.CallAbandoned)] == [bool(short)]


def test_a_wait_that_nobody_stated_is_counted_as_asterisk_counts() -> None:
    it = site()
    it.at(10.9).joins("c1")
    it.at(17.1).gives_up("c1", wait=None)
    it.hangs_up("c1")

    assert it.counts().abandon_wait_seconds == 7.0
