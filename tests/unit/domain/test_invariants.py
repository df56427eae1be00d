"""Books that contradict each other are counted, once for each contradiction; stories that can happen have none."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctibridge.domain import changes as ch
from ctibridge.domain.units import AgentId, QueueName, queue_key
from ctibridge.domain.views import AgentState
from tests.unit.domain.builder import QUEUE, Site
from tests.unit.domain.test_properties import Told

SALES = queue_key(QueueName(QUEUE))

moves = st.tuples(st.integers(0, 1000), st.integers(0, 6))
quick = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def floor(site: Site) -> Any:  # noqa: ANN401 - private, to break it
    return site.center._floor


def broken(site: Site) -> dict[str, int]:
    return dict(site.center.snapshot(site.now).broken)


@pytest.fixture
def site() -> Site:
    site = Site().opened()
    site.at(10).joins("c1")
    site.at(11).joins("c2")
    return site


def look(site: Site, now: float) -> dict[str, int]:
    """Publish the queue's figures, and tell what was found."""
    floor(site).touch_stats(floor(site).queues[SALES])
    site.at(now)
    site.changes += site.center.advance(site.now)
    return broken(site)


def test_sound_books(site: Site) -> None:
    assert look(site, 20) == {}
    assert look(site, 30) == {}


def test_a_call_that_was_counted_twice_is_said_once_and_again_when_it_gets_worse(site: Site) -> None:
    counts = floor(site).queues[SALES].totals.all
    counts.offered += 1
    assert look(site, 20) == {"calls_do_not_add_up": 1}
    assert look(site, 30) == {"calls_do_not_add_up": 1}, "the same contradiction"
    said = [change for change in site.changes if isinstance(change, ch.InvariantBroken)]
    assert [(change.kind, change.detail) for change in said] == [
        ("calls_do_not_add_up", "sales: 3 offered, 0 ended, 2 open")
    ]

    counts.offered += 1
    assert look(site, 40) == {"calls_do_not_add_up": 2}
    counts.offered -= 2
    assert look(site, 50) == {"calls_do_not_add_up": 2}
    counts.offered += 1
    assert look(site, 60) == {"calls_do_not_add_up": 3}, "it was right in between"


def test_a_caller_who_is_in_line_and_not_waiting(site: Site) -> None:
    queue = floor(site).queues[SALES]
    queue.line.append(queue.line[0])

    assert look(site, 20) == {"line_is_not_the_waiting": 1}


def test_a_caller_who_was_forgotten_while_waiting(site: Site) -> None:
    floor(site).stays.pop("c1")

    assert look(site, 20) == {"calls_do_not_add_up": 1, "line_is_not_the_waiting": 1}


def test_a_queue_and_its_agents_are_compared_at_each_picture(site: Site) -> None:
    floor(site).queues[SALES].seat(AgentId("nobody"), AgentState.READY)
    assert look(site, 20) == {}
    invariants = site.center._invariants
    invariants.look_at_all()
    assert broken(site) == {"members_differ": 1}

    floor(site).queues[SALES].seats.clear()
    invariants.look_at_all()
    assert broken(site) == {"members_differ": 1 + len(floor(site).agents)}


def test_time_that_is_nobodys(site: Site) -> None:
    invariants = site.center._invariants
    invariants.look_at_all()
    agent = next(iter(floor(site).agents.values()))
    agent.totals.state_seconds["ready"] = agent.totals.state_seconds.get("ready", 0.0) + 7.0
    invariants.look_at_all()
    invariants.look_at_all()

    assert broken(site) == {"seconds_do_not_add_up": 1}


@quick
@given(st.lists(moves, max_size=100), st.integers(0, 100), st.integers(1, 40), st.sets(st.integers(0, 100), max_size=4))
def test_nothing_that_a_switch_can_tell_breaks_the_books(
    choices: list[tuple[int, int]], start: int, length: int, pictures: set[int]
) -> None:
    for told in (Told(choices).tell(pictures=pictures), Told(choices).tell(lost_from=start, lost_for=length)):
        told.center._invariants.look_at_all()

        assert dict(told.center.snapshot(told.end).broken) == {}
