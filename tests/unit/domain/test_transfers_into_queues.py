"""T23: a colleague waits in line and hands the place over to the caller they announced."""

import pytest

from ctibridge.domain import events as ev
from ctibridge.domain.units import ChannelId
from tests.unit.domain.builder import Site, waits


def announced(*, told: bool) -> Site:
    """The receptionist's leg A joined at 10; at 15 the caller B takes over its place."""
    it = Site().opened("1001")
    it.at(9).joins("x")
    it.at(10).joins("A")
    it.at(15)
    if told:
        it.take(
            ev.AttendedTransferred(
                transferers=(ChannelId("first"), ChannelId("A")), transferee=ChannelId("B"), into_queue=True
            )
        )
    it.hangs_up("A")
    return it


@pytest.mark.parametrize("told", [True, False])
def test_t23_the_entry_goes_on_when_its_first_channel_is_gone(told: bool) -> None:  # noqa: FBT001
    it = announced(told=told)

    assert it.line() == ["x", "A"]
    assert it.facts() == {"offered": 2}


@pytest.mark.parametrize("told", [True, False])
def test_t23_the_announced_caller_is_answered(told: bool) -> None:  # noqa: FBT001
    it = announced(told=told)
    it.at(19).abandons("x", wait=10)
    it.at(20)
    if told:
        it.rings("1001", "B")
        it.dial_ends("1001", "B", "ANSWER")
    it.leaves("B", position=1)
    it.connects("1001", "B", wait=10)
    it.at(30).completes("1001", "B", wait=10, talk=10, by="caller")
    it.hangs_up("B")

    assert it.facts() == {"offered": 2, "answered": 1, "abandoned": 1, "completed": 1}
    assert it.line() == []


@pytest.mark.parametrize("told", [True, False])
def test_t23_the_announced_caller_gives_up(told: bool) -> None:  # noqa: FBT001
    it = announced(told=told)
    it.at(22).gives_up("B", wait=12, position=2)
    it.leaves("B", position=2)
    it.hangs_up("B")

    assert it.facts() == {"offered": 2, "abandoned": 1}
    assert it.line() == ["x"]
    assert it.counts().abandon_wait_seconds == 12.0


def test_t23_a_report_of_another_wait_is_another_caller() -> None:
    it = announced(told=False)
    it.at(22).gives_up("stranger", wait=3)
    it.hangs_up("stranger")

    assert it.facts() == {"offered": 3, "abandoned": 1}
    assert it.line() == ["x", "A"]


def test_t23_a_full_picture_knows_the_caller_by_the_new_channel() -> None:
    it = announced(told=True)
    it.at(20).pictured([it.record("1001")], [waits("x", 11, 1), waits("B", 10, 2)])
    it.passes(30)

    assert it.facts() == {"offered": 2}
    assert it.line() == ["x", "A"]


def test_t23_a_full_picture_tells_of_the_hand_over_that_no_event_told() -> None:
    it = announced(told=False)
    it.at(20).pictured([it.record("1001")], [waits("x", 11, 1), waits("B", 10, 2)])
    it.passes(30)

    assert it.facts() == {"offered": 2}
    assert it.line() == ["x", "A"]


def test_t23_the_receptionist_was_answered_and_hands_over_while_talking() -> None:
    """Not in line any more: the transfer is the agent's call's, and nobody is offered anew."""
    it = Site().opened("1001")
    it.at(10).joins("A")
    it.rings("1001", "A")
    it.at(12).answers("1001", "A", wait=2)
    it.at(15).take(ev.AttendedTransferred(transferers=(ChannelId("first"), ChannelId("A")), transferee=ChannelId("B")))
    it.hangs_up("A")
    it.at(20).completes("1001", "B", wait=2, talk=8, by="caller")

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1}
