"""Every query of every panel has an answer, on a real Prometheus that reads a bridge under load."""

import asyncio
import math
import re
from pathlib import Path

import pytest

from ctibridge.app.clock import wall
from ctibridge.simulator.demo_centre import demo_centre
from ctibridge.simulator.server import SimulatedPbx
from tests.monitoring.native import prometheus_files
from tests.monitoring.panels import DASHBOARDS, loaded, queries, substituted, variables
from tests.servers.asterisk import BRIDGE_SECRET, BRIDGE_USER
from tests.servers.available import requires_program
from tests.servers.bridge import Bridge
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.prometheus import Prometheus
from tests.servers.waiting import eventually

SPEED = 12.0
AGENTS = 12
LOAD_SECONDS = 90.0
"""At most; it ends as soon as every query has an answer."""
SETTINGS = """
[defaults]
wrap_up = 1.0
min_staff = 2
[[teams]]
name = "day"
label = "Day"
agents = ["1001", "1002", "1003", "1004", "1005", "1006"]
"""
VALUES = {
    "pbx": "lab",
    "queue": "support",
    "team": "day",
    "agent": ".*",
    "__rate_interval": "20s",
    "__range": "60s",
}

pytestmark = [pytest.mark.prometheus, pytest.mark.mosquitto, pytest.mark.timeout(180)]


async def test_every_query_of_every_panel_has_an_answer(tmp_path: Path) -> None:
    requires_program("mosquitto", "prometheus")
    log = tmp_path / "queue_log"
    plan = demo_centre(AGENTS)
    pbx = SimulatedPbx(plan, clock=wall, username=BRIDGE_USER, secret=BRIDGE_SECRET, speed=SPEED, queue_log=log)
    async with pbx:
        with Mosquitto() as broker:
            itself = free_port()
            bridge = Bridge(ami_port=pbx.port, mqtt_port=broker.port, queue_log=log, more=SETTINGS)
            files = prometheus_files(
                bridge=f"{LOOPBACK}:{bridge.http_port}",
                alertmanager=f"{LOOPBACK}:{free_port()}",
                itself=f"{LOOPBACK}:{itself}",
                faster=15.0,
            )
            with bridge, Prometheus(files, port=itself) as prometheus:
                await eventually(lambda: prometheus.query("ctibridge_synced") != [], "the first scrape")
                await _until_all_answer(prometheus)
                assert await asyncio.to_thread(_choices, prometheus) == {
                    "pbx": {"lab"},
                    "queue": {"support", "sales", "vip"},
                    "team": {"day", ""},
                    "agent": {str(1001 + number) for number in range(AGENTS)},
                }
                rules = await asyncio.to_thread(prometheus.rules)
                assert {name for name, health in rules.items() if health != "ok"} == set()


async def _until_all_answer(prometheus: Prometheus) -> None:
    """Ask until each has given a number once; what never does is named."""
    silent = {(path.stem, title, query) for path in DASHBOARDS for title, query in queries(loaded(path))}
    assert len(silent) > 80
    deadline = asyncio.get_running_loop().time() + LOAD_SECONDS
    while silent and asyncio.get_running_loop().time() < deadline:
        answered = await asyncio.to_thread(lambda left: {one for one in left if _answers(prometheus, one[2])}, silent)
        silent -= answered
        await asyncio.sleep(1 if silent else 0)
    assert silent == set()


def _answers(prometheus: Prometheus, query: str) -> bool:
    return any(not math.isnan(sample.value) for sample in prometheus.query(substituted(query, VALUES)))


def _choices(prometheus: Prometheus) -> dict[str, set[str]]:
    """What each variable offers, its own choice aside."""
    found: dict[str, set[str]] = {}
    for path in DASHBOARDS:
        for name, query in variables(loaded(path)).items():
            match = re.fullmatch(r"label_values\((.+), (\w+)\)", query)
            assert match is not None
            assert match[2] == name
            samples = prometheus.query(substituted(match[1], VALUES | {"team": ".*"}))
            found.setdefault(name, set()).update(sample.labels.get(name, "") for sample in samples)
    return found
