"""A seeded run of 220 calls over three queues and ten agents on a real Asterisk 22: the bridge against queue_log."""

import asyncio

import pytest

from tests.integration.history.reported import differences
from tests.integration.history.reported import rows as rows_of_reports
from tests.integration.seeded_run.figures import rows, state_differences, table
from tests.servers.asterisk import Asterisk
from tests.servers.bridge import Bridge
from tests.servers.driver import play
from tests.servers.load import OVERFLOW, QUEUES, seeded
from tests.servers.mosquitto import Mosquitto
from tests.servers.queue_log import Judge, judged
from tests.servers.queue_show import shown
from tests.servers.stage import stage_on
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(300)]

SEED = 20261121
CALLS = 220
POLICY = "[defaults]\nwrap_up = 1\nservice_level_threshold = 5\n"


async def test_every_counter_equals_queue_log_and_every_state_queue_show(
    asterisk: Asterisk, mosquitto: Mosquitto, capsys: pytest.CaptureFixture[str]
) -> None:
    story = seeded(SEED, calls=CALLS, agents=10, seconds=80.0)
    agents = [agent.id for agent in story.agents]
    with Bridge(ami_port=asterisk.port, mqtt_port=mosquitto.port, more=POLICY) as bridge:
        await asyncio.to_thread(bridge.wait_ready)
        async with stage_on(asterisk) as stage:
            await play(stage, story, overflow=OVERFLOW)

        verdict = judged(asterisk.queue_log)
        await eventually(lambda: _offered(bridge) == _judged(verdict), "the last events to be counted", 15)
        figures = rows(bridge, verdict, agents)
        with capsys.disabled():
            print(f"\n{table(figures)}")  # noqa: T201 - the two columns are for people
        await eventually(lambda: state_differences(bridge, shown(asterisk.cli("queue show"))) == [], "equal states", 15)
        await eventually(lambda: differences(bridge, verdict, agents) == [], "equal reports", 30, interval=1.0)
        reported = rows_of_reports(bridge, verdict, agents)
        lost = bridge.metrics().get("ctibridge_queue_calls_lost_total", {})

    assert [row for row in figures if row[2] != row[3]] == []
    assert len(reported) > len(figures)
    assert [row for row in reported if row[2] != row[3]] == []
    assert sum(judged for _, what, judged, _ in figures if what == "offered") >= CALLS
    assert {queue.name for queue in QUEUES} == set(verdict.queues)
    assert min(sum(row[2] for row in figures if row[1] == what) for what in _EACH_KIND) > 0
    assert sum(lost.values()) == 0


_EACH_KIND = ("answered", "abandoned", "ring no answer", "ring cancelled", "exited timeout", "exited key")
"""A run in which one of these did not happen proves nothing about it."""


def _offered(bridge: Bridge) -> tuple[float, ...]:
    samples = bridge.metrics()
    names = ("ctibridge_queue_calls_offered_total", "ctibridge_queue_talk_seconds_count")
    return tuple(sum(samples.get(name, {}).values()) for name in names)


def _judged(verdict: Judge) -> tuple[float, ...]:
    queues = verdict.queues.values()
    return float(sum(q.offered for q in queues)), float(sum(q.answered for q in queues))
