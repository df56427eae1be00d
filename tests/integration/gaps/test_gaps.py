"""AMI is cut again and again in the middle of a run; with queue_log at hand no figure of the bridge shows it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.integration.seeded_run.figures import Row, rows, state_differences, table
from tests.servers.asterisk import Asterisk
from tests.servers.bridge import Bridge
from tests.servers.cuttable import Cuttable
from tests.servers.driver import play
from tests.servers.load import OVERFLOW, seeded
from tests.servers.mosquitto import Mosquitto
from tests.servers.queue_log import judged
from tests.servers.queue_show import shown
from tests.servers.stage import stage_on
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(300)]

POLICY = "[defaults]\nwrap_up = 1\nservice_level_threshold = 5\n"


@pytest.fixture
async def link(asterisk: Asterisk) -> AsyncIterator[Cuttable]:
    async with Cuttable(asterisk.port) as link:
        yield link


async def test_the_calls_of_a_gap_are_taken_from_queue_log_once(
    asterisk: Asterisk, mosquitto: Mosquitto, link: Cuttable, capsys: pytest.CaptureFixture[str]
) -> None:
    story = seeded(11, calls=120, agents=8, seconds=60.0)
    agents = [agent.id for agent in story.agents]
    with Bridge(ami_port=link.port, mqtt_port=mosquitto.port, queue_log=asterisk.queue_log, more=POLICY) as bridge:
        await asyncio.to_thread(bridge.wait_ready)
        async with stage_on(asterisk) as stage:
            run = asyncio.create_task(play(stage, story, overflow=OVERFLOW))
            for seconds in (3.0, 6.0, 1.0):
                await asyncio.sleep(8)
                await link.cut(refuse=True)
                await asyncio.sleep(seconds)
                link.mend()
            await run

        await eventually(lambda: _differing(bridge, asterisk, agents) == [], "equal figures", 45, interval=1.0)
        figures = rows(bridge, judged(asterisk.queue_log), agents)
        with capsys.disabled():
            print(f"\n{table(figures)}")  # noqa: T201 - the two columns are for people
        assert await asyncio.to_thread(state_differences, bridge, shown(asterisk.cli("queue show"))) == []
        samples = bridge.metrics()

    assert sum(samples["ctibridge_gap_calls_recovered_total"].values()) > 0
    assert sum(samples["ctibridge_gap_seconds_total"].values()) >= 10
    assert sum(samples.get("ctibridge_queue_calls_lost_total", {}).values()) == 0
    assert samples.get("ctibridge_audit_mismatch_total", {}) == {}
    assert bridge.log.count("Traceback") == 0


def _differing(bridge: Bridge, asterisk: Asterisk, agents: list[str]) -> list[Row]:
    return [row for row in rows(bridge, judged(asterisk.queue_log), agents) if row[2] != row[3]]
