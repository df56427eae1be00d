"""The demo centre is worth looking at: busy, not drowned, and with something going wrong now and then."""

from collections import Counter

import pytest

from ctibridge.simulator.demo_centre import QUEUES, demo_centre
from ctibridge.simulator.pbx import Pbx
from tests.unit.simulator.playing import START

TWO_HOURS = 7200.0
FIVE_MINUTES = 300.0


def records(agents: int, seed: int, seconds: float) -> list[list[str]]:
    pbx = Pbx(demo_centre(agents, seed), START)
    pbx.advance(START + seconds)
    return [record.split("|") for record in pbx.queue_log]


@pytest.mark.parametrize(("agents", "seed"), [(8, 1), (12, 1), (12, 2), (30, 3)])
def test_the_service_level_hovers_around_its_target(agents: int, seed: int) -> None:
    log = records(agents, seed, TWO_HOURS)

    answered = [int(record[5]) for record in log if record[4] == "CONNECT"]
    abandoned = sum(record[4] == "ABANDON" for record in log)
    in_time = sum(wait <= 20 for wait in answered) / (len(answered) + abandoned)
    assert 0.6 <= in_time <= 0.92
    assert 0.02 <= abandoned / (len(answered) + abandoned) <= 0.2


def test_everything_happens_that_a_wallboard_can_show() -> None:
    log = records(12, 1, TWO_HOURS)

    happened = Counter(record[4] for record in log)
    reasons = {record[5] for record in log if record[4] == "PAUSE"}
    for event in ("ABANDON", "RINGNOANSWER", "RINGCANCELED", "COMPLETEAGENT", "COMPLETECALLER", "REMOVEMEMBER"):
        assert happened[event] > 3, event
    assert reasons == {"away", "busy", "meal", "wrap_up"}


def test_something_is_to_be_seen_within_the_first_minutes() -> None:
    log = records(12, 1, FIVE_MINUTES)

    happened = Counter((record[4], record[2]) for record in log)
    assert happened["CONNECT", "support"] > 3
    assert happened["CONNECT", "sales"] > 1
    assert any(event == "PAUSE" for event, _ in happened)


def test_agents_have_names_of_their_own_and_serve_known_queues() -> None:
    plan = demo_centre(60)

    assert len({agent.name for agent in plan.agents}) == 60
    assert {queue for agent in plan.agents for queue in agent.queues} == {queue.name for queue in QUEUES}
    assert [queue.label for queue in QUEUES] == ["客服", "销售", "贵宾"]
    assert "张三" in {agent.name for agent in plan.agents}


@pytest.mark.parametrize("agents", [1, 2, 3])
def test_a_very_small_centre_works_too(agents: int) -> None:
    assert any(record[4] == "CONNECT" for record in records(agents, 1, 1800.0))
