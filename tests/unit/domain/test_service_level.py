"""The live service level: each call counts once, at the first of answered, abandoned, or waited too long."""

import pytest

from ctibridge.domain.events import QueueOutcome
from tests.unit.domain.builder import Site, member, policy, waits


def site() -> Site:
    return Site(policy(threshold=20)).opened()


def level(it: Site) -> tuple[int, int]:
    return it.counts().service_level_met, it.counts().service_level_missed


@pytest.mark.parametrize(("wait", "met", "missed"), [(0, 1, 0), (20, 1, 0), (21, 0, 1), (300, 0, 1)])
def test_an_answer_counts_by_the_wait_that_asterisk_states(wait: int, met: int, missed: int) -> None:
    it = site()
    it.at(10).joins("c1")
    it.rings("1001", "c1")
    it.at(10 + wait).answers("1001", "c1", wait=wait)

    assert level(it) == (met, missed)
    assert it.counts().answered_within_threshold == met


def test_a_caller_who_waits_is_missed_a_second_after_the_threshold() -> None:
    it = site()
    it.at(10.4).joins("c1")
    it.passes(30.99)

    assert level(it) == (0, 0)

    it.passes(31)

    assert level(it) == (0, 1)

    it.rings("1001", "c1")
    it.at(35).answers("1001", "c1", wait=25)

    assert level(it) == (0, 1)
    assert it.facts() == {"offered": 1, "answered": 1}


def test_a_stated_wait_within_the_threshold_is_met_whatever_our_clock_says() -> None:
    """Joined at x.4 and answered at (x+20).9: the truncated clocks say 20."""
    it = site()
    it.at(10.4).joins("c1")
    it.rings("1001", "c1")
    it.at(30.9).answers("1001", "c1", wait=20)

    assert level(it) == (1, 0)


@pytest.mark.parametrize(("wait", "missed"), [(5, 0), (6, 1), (20, 1)])
def test_a_short_abandon_is_neither(wait: int, missed: int) -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(10 + wait).abandons("c1", wait=wait)
    it.passes(100)

    assert level(it) == (0, missed)


@pytest.mark.parametrize(("wait", "missed"), [(10, 0), (40, 1)])
def test_an_exit_is_neither_unless_the_caller_had_waited_too_long(wait: int, missed: int) -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(10 + wait).gives_up("c1", wait=wait)
    it.leaves("c1")
    it.told("c1", QueueOutcome.TIMEOUT)
    it.passes(200)

    assert level(it) == (0, missed)


def test_who_was_dumped_and_waits_on_is_still_to_be_decided() -> None:
    it = site()
    it.at(10).joins("c1")
    it.rings("1001", "c1")
    it.at(12).dial_ends("1001", "c1", "ANSWER")
    it.at(14).dumps("1001", "c1")
    it.passes(29)

    assert level(it) == (0, 0)

    it.passes(31)

    assert level(it) == (0, 1)


def test_a_threshold_that_passes_while_we_are_blind_counts_when_the_caller_still_waits() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(20).loses_feed()
    it.passes(50)

    assert level(it) == (0, 0)

    it.at(60).pictured([it.record("1001")], [waits("c1", 50)])

    assert level(it) == (0, 1)


def test_a_caller_who_was_answered_while_we_were_blind_is_neither() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(20).loses_feed()
    it.at(60).pictured([it.record("1001")], [], [])
    it.passes(100)

    assert level(it) == (0, 0)
    assert it.facts() == {"offered": 1, "lost": 1}


def test_who_has_waited_too_long_before_we_started_counts_at_once() -> None:
    it = Site(policy(threshold=20))
    it.at(100).pictured([member("1001")], [waits("c1", 50)])
    it.passes(100)

    assert level(it) == (0, 1)
    assert all(change.at >= 100 for change in it.changes), "and not before we saw it"


def test_a_threshold_of_nothing_gives_asterisk_its_first_second() -> None:
    it = Site(policy(threshold=0)).opened()
    it.at(10).joins("c1")
    it.rings("1001", "c1")
    it.at(10.9).answers("1001", "c1", wait=0)

    assert level(it) == (1, 0)
