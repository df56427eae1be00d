"""The bridge is stopped and killed in the middle of a run, and Asterisk restarted: no total is wrong for it."""

import asyncio
import random
from collections.abc import Mapping

import pytest

from tests.integration.seeded_run.figures import Row, rows, state_differences, table
from tests.servers.asterisk import Asterisk
from tests.servers.bridge import Bridge
from tests.servers.driver import play
from tests.servers.load import OVERFLOW, seeded
from tests.servers.mosquitto import Mosquitto
from tests.servers.queue_log import judged
from tests.servers.queue_show import shown
from tests.servers.stage import stage_on
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(300)]

POLICY = "[defaults]\nwrap_up = 1\nservice_level_threshold = 5\n"


async def test_no_total_changes_when_the_bridge_is_stopped_or_killed(
    asterisk: Asterisk, mosquitto: Mosquitto, capsys: pytest.CaptureFixture[str]
) -> None:
    story = seeded(23, calls=120, agents=8, seconds=60.0)
    agents = [agent.id for agent in story.agents]
    draw = random.Random(5)
    with Bridge(ami_port=asterisk.port, mqtt_port=mosquitto.port, queue_log=asterisk.queue_log, more=POLICY) as bridge:
        await asyncio.to_thread(bridge.wait_ready)
        epochs = [_status(bridge)["epoch"]]
        async with stage_on(asterisk) as stage:
            run = asyncio.create_task(play(stage, story, overflow=OVERFLOW))
            for is_kill in (True, False, True, True):
                await asyncio.sleep(draw.uniform(6, 10))
                await asyncio.to_thread(bridge.kill if is_kill else bridge.stop)
                await asyncio.sleep(draw.uniform(0.5, 3))
                bridge.start()
                await asyncio.to_thread(bridge.wait_ready)
                epochs.append(_status(bridge)["epoch"])
            await run

        await eventually(lambda: _differing(bridge, asterisk, agents) == [], "equal figures", 45, interval=1.0)
        figures = rows(bridge, judged(asterisk.queue_log), agents)
        with capsys.disabled():
            print(f"\n{table(figures)}")  # noqa: T201 - the two columns are for people
        assert await asyncio.to_thread(state_differences, bridge, shown(asterisk.cli("queue show"))) == []
        samples = bridge.metrics()

    assert len(set(epochs)) == 1, "numbers go on after a stop and after a crash"
    assert sum(samples.get("ctibridge_queue_calls_lost_total", {}).values()) == 0
    assert samples.get("ctibridge_audit_mismatch_total", {}) == {}
    assert bridge.log.count("Traceback") == 0


def _status(bridge: Bridge) -> Mapping[str, int]:
    return bridge.retained("status")["status"]


def _differing(bridge: Bridge, asterisk: Asterisk, agents: list[str]) -> list[Row]:
    return [row for row in rows(bridge, judged(asterisk.queue_log), agents) if row[2] != row[3]]
