"""The stored history against queue_log: whatever happened to the bridge, and whoever told of the calls."""

import asyncio
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.integration.history.reported import differences
from tests.integration.history.reported import rows as reports
from tests.integration.history.stored import changed, dump, figures
from tests.integration.seeded_run.figures import table
from tests.servers.asterisk import Asterisk
from tests.servers.bridge import Bridge
from tests.servers.driver import play
from tests.servers.load import OVERFLOW, seeded
from tests.servers.mosquitto import Mosquitto
from tests.servers.queue_log import judged
from tests.servers.stage import stage_on
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(300)]

POLICY = "[defaults]\nwrap_up = 1\nservice_level_threshold = 5\n"
KILLS = 10


async def test_rows_equal_queue_log_though_the_bridge_was_killed_ten_times(
    asterisk: Asterisk, mosquitto: Mosquitto, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = seeded(41, calls=150, agents=8, seconds=90.0)
    draw = random.Random(7)
    with Bridge(ami_port=asterisk.port, mqtt_port=mosquitto.port, queue_log=asterisk.queue_log, more=POLICY) as bridge:
        await asyncio.to_thread(bridge.wait_ready)
        store = bridge.folder / "ctibridge.db"
        async with stage_on(asterisk) as stage:
            run = asyncio.create_task(play(stage, story, overflow=OVERFLOW))
            for _ in range(KILLS):
                await asyncio.sleep(draw.uniform(3, 6))
                await asyncio.to_thread(bridge.kill)
                await asyncio.sleep(draw.uniform(0.2, 2))
                bridge.start()
                await asyncio.to_thread(bridge.wait_ready)
            await run
        try:
            await eventually(lambda: _differing(store, asterisk) == [], "equal rows", 45, interval=1.0)
            verdict, agents = judged(asterisk.queue_log), [agent.id for agent in story.agents]
            await eventually(lambda: differences(bridge, verdict, agents) == [], "equal reports", 30, interval=1.0)
        finally:
            with capsys.disabled():
                print(f"\n{table(figures(store, judged(asterisk.queue_log)))}")  # noqa: T201 - for people to compare
        told = reports(bridge, verdict, agents)
        assert [row for row in told if row[2] != row[3]] == [], "reports say what queue_log and the live metrics say"
        assert {what.split()[-1] for _, what, *_ in told} >= {"live", "answered", "transferred"}
        bridge.stop()
        assert bridge.log.count("Traceback") == 0

        live = dump(store)
        _command(bridge, "import-queue-log", str(asterisk.queue_log))
        assert changed(live, dump(store)) == [], "an import of what the bridge has seen changes nothing"

        copy = tmp_path / "copy.db"
        _command(bridge, "backup", str(copy))
        assert changed(live, dump(copy)) == []

    assert _twice(live["calls"]) == []
    assert {row[4] for row in live["agent_intervals"]} >= {"ready", "ringing", "busy"}


def _differing(store: Path, asterisk: Asterisk) -> list[object]:
    return [row for row in figures(store, judged(asterisk.queue_log)) if row[2] != row[3]]


def _twice(calls: list[tuple[object, ...]]) -> list[object]:
    """Stays of one caller in one queue that began within a second: one call in two rows."""
    keys = sorted((str(row[1]), str(row[2]), float(str(row[4]))) for row in calls)
    return [key for key, following in pairwise(keys) if key[:2] == following[:2] and following[2] - key[2] < 1]


def _command(bridge: Bridge, *arguments: str) -> str:
    name, *rest = arguments
    command = [sys.executable, "-m", "ctibridge", name, "-c", str(bridge.folder / "ctibridge.toml"), *rest]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout
