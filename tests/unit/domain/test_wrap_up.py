"""After-call work: T32, and doing it by pausing."""

import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.policy import Policy, QueueOverrides
from ctibridge.domain.units import Seconds, Timestamp
from tests.unit.domain.builder import GONE, Site, member, policy


def after_a_call(rules: Policy, *, ended: float = 30.7, own: float | None = None) -> Site:
    it = Site(rules)
    it.pictured([member("1001", wrap_up=own)])
    it.changes.clear()
    it.at(10).joins("c1")
    it.rings("1001", "c1")
    it.at(12).answers("1001", "c1", wait=2)
    it.at(ended).completes("1001", "c1", wait=2, talk=18)
    return it


@pytest.mark.parametrize(("ended", "ready"), [(30.0, 40), (30.7, 40), (30.999, 40), (31.0, 41)])
def test_t32_wrap_up_ends_on_a_whole_second_as_asterisk_compares(ended: float, ready: float) -> None:
    it = after_a_call(policy(wrap_up=10), ended=ended)

    assert it.center.next_deadline() is not None

    it.passes(ready - 0.001)

    assert it.state() == "wrap_up"

    it.passes(60)

    assert it.states_of()[-2:] == [(ended, "wrap_up"), (ready, "ready")]
    assert it.counts().wrap_up_seconds == pytest.approx(ready - ended)
    assert it.totals().wrap_up.count == 1


def test_t32_a_members_own_wrap_up_wins() -> None:
    it = after_a_call(policy(wrap_up=10), own=5)
    it.passes(60)

    assert it.states_of()[-1] == (35, "ready")


def test_t32_a_members_own_wrap_up_of_nothing_leaves_it_to_the_queue() -> None:
    it = after_a_call(policy(wrap_up=10), own=0)
    it.passes(60)

    assert it.states_of()[-1] == (40, "ready")


def test_t32_without_any_wrap_up_the_agent_is_ready_at_once() -> None:
    it = after_a_call(policy())

    assert it.states_of()[-1] == (30.7, "ready")


def test_t32_each_queue_has_its_own() -> None:
    it = after_a_call(Policy(queues={"sales": QueueOverrides(wrap_up=Seconds(3))}))
    it.passes(60)

    assert it.states_of()[-1] == (33, "ready")


def test_a_late_timer_ends_wrap_up_when_it_was_due() -> None:
    it = after_a_call(policy(wrap_up=10))
    it.at(100).joins("c2")

    assert it.states_of()[-1] == (40, "ready")


def test_a_missed_ring_is_not_followed_by_wrap_up() -> None:
    it = Site(policy(wrap_up=10)).opened()
    it.at(10).joins("c1")
    it.rings("1001", "c1")
    it.at(25).misses("1001", "c1", ring=15)

    assert it.state() == "ready"


def test_wrap_up_by_pausing_lasts_until_the_agent_is_done() -> None:
    it = after_a_call(policy())
    it.at(31).pauses("1001", "wrap_up")
    it.at(75).unpauses("1001")

    assert it.states_of()[-2:] == [(31, "wrap_up wrap_up"), (75, "ready")]
    assert it.counts().wrap_up_seconds == 44.0
    assert it.agent().presence.value == "ready"


def test_wrap_up_that_goes_on_by_pausing_is_one_wrap_up() -> None:
    it = after_a_call(policy(wrap_up=10), ended=30)
    it.at(34).pauses("1001", "wrap_up")
    it.at(50).unpauses("1001")

    assert it.counts().wrap_up_seconds == 20.0
    assert it.totals().wrap_up.count == 1
    assert it.agent_totals().state_seconds["wrap_up"] == 20.0


def test_wrap_up_done_early_by_unpausing_goes_on_until_asterisk_offers_calls_again() -> None:
    it = after_a_call(policy(wrap_up=10), ended=30)
    it.at(32).pauses("1001", "wrap_up")
    it.at(35).unpauses("1001")
    it.passes(60)

    assert it.states_of()[-2:] == [(35, "wrap_up"), (40, "ready")]
    assert it.counts().wrap_up_seconds == 10.0


def test_wrap_up_cut_short_by_the_next_call() -> None:
    """Asterisk may ring in spite of it, e.g. from a queue without shared_lastcall."""
    it = after_a_call(policy(wrap_up=10), ended=30)
    it.at(33).joins("c2")
    it.rings("1001", "c2")
    it.at(36).misses("1001", "c2", ring=3)
    it.passes(60)

    assert it.states_of()[-4:] == [(30, "wrap_up"), (33, "ringing"), (36, "wrap_up"), (40, "ready")]
    assert it.counts().wrap_up_seconds == 7.0


def test_a_pause_with_another_reason_is_not_wrap_up() -> None:
    it = after_a_call(policy(wrap_up=10), ended=30)
    it.at(34).pauses("1001", "meal")
    it.passes(100)

    assert it.state() == "not_ready meal"
    assert it.counts().wrap_up_seconds == 4.0


def test_wrap_up_is_counted_as_far_as_it_was_seen() -> None:
    it = after_a_call(policy(wrap_up=30), ended=30)
    it.at(35).loses_feed()
    it.at(45).pictured([member("1001", last_call=30)], [], [])
    it.passes(100)

    assert it.states_of()[-1] == (60, "ready")
    assert it.agent_totals().state_seconds["wrap_up"] == 20.0
    assert it.counts().wrap_up_seconds == 20.0


def test_wrap_up_for_a_queue_that_is_gone_does_not_bring_it_back() -> None:
    it = after_a_call(policy(), ended=30)
    it.at(40).pictured([member("1001", "support")], queues=["support"])
    it.at(50).pauses("1001", "wrap_up", "support")
    it.at(60).unpauses("1001", "support")

    assert [queue.view.queue for queue in it.center.snapshot(it.now).queues] == ["support"]


@pytest.mark.parametrize("by", [3600, -3600])
def test_wrap_up_is_as_long_as_it_was_though_the_clock_is_set(by: int) -> None:
    """It ends 10 s after 30.0, at 40: 5 s after the clock is set at 35."""
    it = after_a_call(policy(wrap_up=10), ended=30.0)
    it.passes(35)
    it.changes += it.center.set_clock(Seconds(by), Timestamp(35 + by))

    it.passes(35 + by + 4.9)
    assert it.state() == "wrap_up"
    it.passes(35 + by + 5)
    assert it.state() == "ready"
    assert it.counts().wrap_up_seconds == pytest.approx(10)


def test_a_call_that_ended_by_the_clock_before_it_was_set_back_keeps_nobody_in_wrap_up() -> None:
    """Asterisk goes on to tell of it in each picture, an hour ahead."""
    it = after_a_call(policy(wrap_up=10), ended=4000.0)
    it.passes(4020)
    it.changes += it.center.set_clock(Seconds(-3600), Timestamp(4020 - 3600))
    it.at(430).pictured([member("1001", last_call=4000)], [], [])

    assert it.state() == "ready"
    it.passes(900)
    assert [state for _, state in it.states_of()][-1] == "ready"
    assert it.counts().wrap_up_seconds == pytest.approx(10)


def test_a_pause_by_the_clock_before_it_was_set_back_did_not_begin_anew_in_a_gap() -> None:
    it = after_a_call(policy(), ended=3990.0)
    it.at(4000).pauses("1001", "meal")
    it.changes += it.center.set_clock(Seconds(-3600), Timestamp(4010 - 3600))
    it.at(420).loses_feed()
    it.at(430).pictured([member("1001", paused=True, reason="meal", last_pause=4000)], [], [])

    assert len(it.said(ch.AgentPaused)) == 1
    assert float(it.agent().since) == 400


@pytest.mark.parametrize("by", [3600, -3600])
def test_no_time_in_states_is_made_or_lost_when_the_clock_is_set(by: int) -> None:
    it = after_a_call(policy(wrap_up=10), ended=30.0)
    it.passes(50)
    (before,) = it.center.snapshot(Timestamp(50)).agents
    it.center.set_clock(Seconds(by), Timestamp(50 + by))
    (after,) = it.center.snapshot(Timestamp(60 + by)).agents

    assert sum(after.totals.state_seconds.values()) == pytest.approx(sum(before.totals.state_seconds.values()) + 10)
    assert after.view.since == before.view.since + by


def test_late_news_of_a_moment_in_wrap_up_do_not_bring_it_back() -> None:
    """Nothing would end it a second time."""
    it = after_a_call(policy(wrap_up=10), ended=30.0)
    it.passes(45)
    it.at(39.5).take(ev.MemberChanged(member=member("1001", device=GONE)), ev.MemberChanged(member=member("1001")))

    assert it.state() == "ready"
    it.passes(100)
    assert it.states_of()[-1] != (39.5, "wrap_up")
    assert it.state() == "ready"
