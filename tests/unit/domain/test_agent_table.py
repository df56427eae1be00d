"""Situations of an agent, and the one word that people see."""

from collections.abc import Callable

import pytest

from ctibridge.domain.agent import PRECEDENCE
from ctibridge.domain.policy import Policy
from ctibridge.domain.views import AgentState
from tests.unit.domain.builder import FREE, GONE, IN_USE, QUEUE, RINGING, Site, leg, member, policy


def site(rules: Policy | None = None) -> Site:
    return Site(rules).opened(queues=(QUEUE, "support")).at(10)


def ringing(it: Site) -> None:
    it.joins("c1")
    it.rings("1001", "c1")


def talking(it: Site) -> None:
    ringing(it)
    it.answers("1001", "c1", wait=0)


def paused(it: Site, reason: str | None = "meal") -> None:
    it.pauses("1001", reason)
    it.pauses("1001", reason, "support")


def finished(it: Site) -> None:
    talking(it)
    it.completes("1001", "c1", wait=0, talk=0)


def logged_out(it: Site) -> None:
    it.logs_out("1001")
    it.logs_out("1001", "support")


def free(_: Site) -> None:
    return


SITUATIONS: dict[str, tuple[list[Callable[[Site], object]], str]] = {
    "member of two queues, free": ([free], "ready"),
    "member of no queue": ([logged_out], "logged_out"),
    "out of one queue of two": ([lambda s: s.logs_out("1001")], "ready"),
    "phone rings for a caller": ([ringing], "ringing"),
    "phone rings while paused": ([ringing, paused], "ringing"),
    "picked up, announcement plays": ([ringing, lambda s: s.dial_ends("1001", "c1", "ANSWER")], "busy"),
    "talking": ([talking], "busy"),
    "talking while paused": ([talking, paused], "busy"),
    "talking, out of all queues": ([talking, logged_out], "busy"),
    "ringing, out of all queues": ([ringing, logged_out], "ringing"),
    "talking, a second phone of theirs rings": (
        [talking, lambda s: s.joins("c2"), lambda s: s.rings("1001", "c2")],
        "busy",
    ),
    "picked up one call, another rings": (
        [
            ringing,
            lambda s: s.dial_ends("1001", "c1", "ANSWER"),
            lambda s: s.joins("c2"),
            lambda s: s.rings("1001", "c2"),
        ],
        "busy",
    ),
    "paused with a reason": ([paused], "not_ready meal"),
    "paused without a reason": ([lambda s: paused(s, None)], "not_ready"),
    "paused for a reason nobody configured": ([lambda s: paused(s, "Yoga")], "not_ready Yoga"),
    "paused in one queue of two": ([lambda s: s.pauses("1001", "meal")], "ready"),
    "paused in the only queue left": (
        [lambda s: s.pauses("1001", "meal"), lambda s: s.logs_out("1001", "support")],
        "not_ready meal",
    ),
    "after-call work": ([finished], "wrap_up"),
    "after-call work, then paused": ([finished, paused], "not_ready meal"),
    "after-call work by pausing": ([lambda s: paused(s, "wrap_up")], "wrap_up wrap_up"),
    "after-call work by pausing, any case": ([lambda s: paused(s, "Wrap_Up")], "wrap_up Wrap_Up"),
    "phone not registered": ([lambda s: s.device("1001", GONE, QUEUE, "support")], "unreachable"),
    "phone not registered, paused": (
        [lambda s: s.device("1001", GONE, QUEUE, "support"), paused, lambda s: s.device("1001", GONE, QUEUE)],
        "not_ready meal",
    ),
    "phone not registered in after-call work": (
        [finished, lambda s: s.device("1001", GONE, QUEUE, "support")],
        "unreachable",
    ),
    "phone rings, but for no queue": ([lambda s: s.device("1001", RINGING, QUEUE, "support")], "ringing"),
    "phone in use for no queue, just now": ([lambda s: s.device("1001", IN_USE, QUEUE, "support")], "ready"),
    "phone in use for no queue": (
        [lambda s: s.at(5).device("1001", IN_USE, QUEUE, "support"), lambda s: s.passes(10)],
        "busy",
    ),
    "own call while paused": (
        [
            paused,
            lambda s: s.device("1001", IN_USE, QUEUE, "support"),
            lambda s: s.passes(11),
        ],
        "busy",
    ),
    "feed lost while free": ([lambda s: s.loses_feed()], "unknown"),
    "feed lost while talking": ([talking, lambda s: s.loses_feed()], "unknown"),
    "feed lost while paused": ([paused, lambda s: s.loses_feed()], "unknown"),
    "feed lost after logging out": ([logged_out, lambda s: s.loses_feed()], "logged_out"),
    "agent's leg of the call is gone, its record not written": (
        [talking, lambda s: s.device("1001", IN_USE, QUEUE), lambda s: s.hangs_up(leg("1001", "c1"))],
        "wrap_up",
    ),
    "the same, out of all queues": (
        [talking, logged_out, lambda s: s.hangs_up(leg("1001", "c1"))],
        "logged_out",
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str) -> None:
    steps, state = SITUATIONS[name]
    it = site(policy(wrap_up=30))
    for step in steps:
        step(it)

    assert it.state() == state


def test_every_state_stands_in_the_table() -> None:
    assert set(AgentState) == {state for state, _ in PRECEDENCE}


def test_every_state_is_reached_by_a_situation() -> None:
    assert {state.value for state in AgentState} == {state.split()[0] for _, state in SITUATIONS.values()}


def test_whoever_fits_nothing_else_is_ready() -> None:
    assert PRECEDENCE[-1][0] is AgentState.READY


def test_a_pause_in_one_queue_is_seen_in_that_queue_only() -> None:
    it = site()
    it.pauses("1001", "meal")

    assert (it.board(QUEUE).members.not_ready, it.board(QUEUE).members.ready) == (1, 0)
    assert (it.board("support").members.not_ready, it.board("support").members.ready) == (0, 1)


def test_two_phones_are_unreachable_only_when_both_are_gone() -> None:
    it = Site().opened("SIP/1001", "IAX2/1001").at(10)
    it.device("SIP/1001", GONE)

    assert it.state() == "ready"

    it.device("IAX2/1001", GONE)

    assert it.state() == "unreachable"


def test_a_device_that_cannot_tell_is_not_unreachable() -> None:
    it = site()
    it.reports(member("1001", device=FREE.UNKNOWN))

    assert it.state() == "ready"
