"""The commands that talk to servers, and the demo, which brings its own."""

import asyncio
import json
import re
import signal
from pathlib import Path

import pytest

from ctibridge.app.clock import wall
from ctibridge.asterisk.capture import times_path
from ctibridge.simulator.demo_centre import demo_centre
from ctibridge.simulator.server import SimulatedPbx
from tests.integration.daemon.process import Process
from tests.servers.available import requires_program
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import free_port
from tests.servers.waiting import eventually

SECRET = "s3cret"
START_SECONDS = 30.0


def site(folder: Path, ami_port: int, mqtt_port: int) -> Path:
    path = folder / "site.toml"
    path.write_text(f'[[pbx]]\nport = {ami_port}\nsecret = "{SECRET}"\n[mqtt]\nport = {mqtt_port}\n')
    return path


async def test_the_demo_needs_nothing_and_is_ready_within_seconds(tmp_path: Path) -> None:
    port = free_port()
    with Process(tmp_path, ["demo", "--port", str(port), "--agents", "9", "--speed", "5"], port) as process:
        await asyncio.to_thread(process.wait_ready, START_SECONDS)
        assert f"web http://127.0.0.1:{port}/" in process.output
        assert re.search(
            r"MQTT 127\.0\.0\.1:\d+ +WebSocket ws://127\.0\.0\.1:\d+ +AMI 127\.0\.0\.1:\d+", process.output
        )
        await eventually(lambda: "support" in process.output, "the first lines of the table")
        state = json.loads(process.get("/api/v1/demo/state")[1])
        assert {queue["queue"] for queue in state["queues"]} == {"support", "sales", "vip"}
        assert "ctibridge_build_info" in process.get("/metrics")[1]
        process.signal(signal.SIGINT)
        assert await asyncio.to_thread(process.wait) == 0
    assert "Traceback" not in process.output


@pytest.mark.mosquitto
async def test_check_says_what_works(tmp_path: Path) -> None:
    requires_program("mosquitto")
    async with SimulatedPbx(demo_centre(4), clock=wall, username="ctibridge", secret=SECRET) as pbx:
        with Mosquitto() as broker:
            path = site(tmp_path, pbx.port, broker.port)
            with Process(tmp_path, ["check", "-c", str(path)], 0) as process:
                assert await asyncio.to_thread(process.wait, START_SECONDS) == 0
    lines = process.output.splitlines()
    [seen] = [
        line for line in lines if line.startswith(f"ok     pbx pbx1 (127.0.0.1:{pbx.port}): Asterisk Call Manager/")
    ]
    assert "3 queues, 4 members, " in seen
    assert seen.endswith(" callers waiting")
    assert f"ok     broker 127.0.0.1:{broker.port}: connected, ctibridge/v1/pbx1/# can be read and written" in lines


async def test_a_recording_replays_to_what_was_seen(tmp_path: Path) -> None:
    async with SimulatedPbx(demo_centre(8), clock=wall, username="ctibridge", secret=SECRET, speed=10) as pbx:
        path, capture = site(tmp_path, pbx.port, free_port()), tmp_path / "x.ami"
        with Process(tmp_path, ["record", "-c", str(path), "-o", str(capture)], 0) as process:
            await eventually(lambda: capture.exists() and b"AgentConnect" in capture.read_bytes(), "an answered call")
            process.signal(signal.SIGINT)
            assert await asyncio.to_thread(process.wait) == 0
    assert times_path(capture).exists()
    with Process(tmp_path, ["replay", str(capture), "--json"], 0) as process:
        assert await asyncio.to_thread(process.wait, START_SECONDS) == 0
    totals = json.loads(process.output.splitlines()[-1])
    assert sum(queue["answered"] for queue in totals["queues"].values()) >= 1
    assert SECRET.encode() not in capture.read_bytes()


@pytest.mark.mosquitto
async def test_watch_shows_what_another_process_publishes(tmp_path: Path) -> None:
    requires_program("mosquitto")
    async with SimulatedPbx(demo_centre(4), clock=wall, username="ctibridge", secret=SECRET) as pbx:
        with Mosquitto() as broker:
            port = free_port()
            path = site(tmp_path, pbx.port, broker.port)
            path.write_text(path.read_text() + f"[http]\nport = {port}\n")
            (tmp_path / "run").mkdir()
            (tmp_path / "watch").mkdir()
            with (
                Process(tmp_path / "run", ["run", "-c", str(path)], port) as daemon,
                Process(tmp_path / "watch", ["watch", "-c", str(path)], 0) as watch,
            ):
                await asyncio.to_thread(daemon.wait_ready)
                await eventually(lambda: "pbx1 online" in watch.output and "support" in watch.output, "the table")
                watch.signal(signal.SIGTERM)
                assert await asyncio.to_thread(watch.wait) == 0
