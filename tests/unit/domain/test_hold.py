"""T21: the agent puts the caller on hold, which queue_log does not know."""

from ctibridge.domain import changes as ch
from tests.unit.domain.builder import IN_USE, Site, leg

LEG = leg("1001", "c1")


def talking() -> Site:
    """c1 joined at 10 and talks to 1001 since 14."""
    it = Site().opened("1001")
    it.at(10).joins("c1")
    it.at(11).rings("1001", "c1")
    it.at(14).device("1001", IN_USE)
    it.answers("1001", "c1", wait=4)
    return it


def held(it: Site) -> float:
    it.at(30).completes("1001", "c1", wait=4, talk=16, by="caller")
    return it.counts().hold_seconds


def test_t21_the_agent_puts_the_caller_on_hold() -> None:
    it = talking()
    it.at(16).holds(LEG, "c1")

    assert it.agent().activity.value == "on_hold"
    assert it.state() == "busy"

    it.at(18.5).unholds(LEG, "c1")

    assert it.agent().activity.value == "on_call"

    it.at(20).holds(LEG, "c1")
    it.at(21).unholds(LEG, "c1")

    assert held(it) == 3.5
    assert it.said(ch.CallCompleted)[0].facts.hold_seconds == 3.5
    assert (it.totals().hold.count, it.agent_totals().hold_seconds) == (1, 3.5)


def test_t21_an_unhold_without_a_hold_is_nothing() -> None:
    it = talking()
    it.at(16).unholds(LEG, "c1")

    assert held(it) == 0.0
    assert it.said(ch.CallResumed) == []


def test_t21_a_hold_that_is_told_twice_is_one() -> None:
    it = talking()
    it.at(16).holds(LEG, "c1")
    it.at(17).holds(LEG, "c1")
    it.at(18).unholds(LEG, "c1")
    it.at(19).unholds(LEG, "c1")

    assert held(it) == 2.0


def test_t21_the_callers_own_hold_is_not_counted() -> None:
    it = talking()
    it.at(16).holds("c1", "c1")
    it.at(18).unholds("c1", "c1")

    assert held(it) == 0.0


def test_t21_a_hold_by_the_inner_leg_of_a_local_member_is_the_agents() -> None:
    it = talking()
    it.at(16).holds("PJSIP/1001's own channel", "c1")
    it.at(18).unholds("PJSIP/1001's own channel", "c1")

    assert held(it) == 2.0


def test_t21_a_hold_that_is_open_at_the_end_ends_with_the_call() -> None:
    it = talking()
    it.at(25).holds(LEG, "c1")

    assert held(it) == 5.0
    assert len(it.said(ch.CallResumed)) == 1


def test_t21_a_hold_ends_when_the_agents_phone_is_out_of_the_call() -> None:
    """Held, then parked by the supervisor: what the caller hears from then on is not the agent's hold."""
    it = talking()
    it.at(16).holds(LEG, "c1")
    it.at(18).hangs_up(LEG)

    assert held(it) == 2.0
