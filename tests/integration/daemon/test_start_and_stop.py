"""What an operator sees: starting before the rest is there, recovering alone, stopping in time."""

import asyncio
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ctibridge.app.clock import wall
from ctibridge.simulator.demo_centre import demo_centre
from ctibridge.simulator.server import SimulatedPbx
from tests.integration.daemon.process import STOP_SECONDS, Process
from tests.servers.available import requires_program
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import free_port
from tests.servers.waiting import eventually

pytestmark = pytest.mark.mosquitto

SECRET = "s3cret"


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    requires_program("mosquitto", "mosquitto_sub")
    with Mosquitto() as mosquitto:
        yield mosquitto


def simulated(port: int = 0) -> SimulatedPbx:
    return SimulatedPbx(demo_centre(6), clock=wall, username="ctibridge", secret=SECRET, port=port)


def configuration(folder: Path, http_port: int, mqtt_port: int, **ami_ports: int) -> Path:
    path = folder / "site.toml"
    pbxs = (f'[[pbx]]\nname = "{name}"\nport = {port}\nsecret = "{SECRET}"\n' for name, port in ami_ports.items())
    path.write_text("".join(pbxs) + f"[mqtt]\nport = {mqtt_port}\n[http]\nport = {http_port}\n", encoding="utf-8")
    return path


def daemon(folder: Path, mqtt_port: int, **ami_ports: int) -> Process:
    http_port = free_port()
    path = configuration(folder, http_port, mqtt_port, **ami_ports)
    return Process(folder, ["run", "-c", str(path)], http_port)


def missing(process: Process) -> set[tuple[str, str]]:
    """PBX and part of each reason why the daemon is not ready."""
    status, text = process.get("/readyz")
    return {(reason["pbx"], reason["part"]) for reason in json.loads(text)["reasons"]} if status else {("", "http")}


def retained(broker: Mosquitto, topic: str) -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        ["mosquitto_sub", "-p", str(broker.port), "-t", topic, "--retained-only", "-W", "1", "-F", "%t %p"],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    messages = (line.split(" ", 1) for line in done.stdout.splitlines())
    return {topic: json.loads(payload) for topic, payload in messages}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_it_within_five_seconds_with_a_word_to_everybody(
    tmp_path: Path, broker: Mosquitto, number: signal.Signals
) -> None:
    name = f"stopped-by-{number.name}"
    async with simulated() as pbx:
        with daemon(tmp_path, broker.port, **{name: pbx.port}) as process:
            await asyncio.to_thread(process.wait_ready)
            assert retained(broker, f"ctibridge/v1/{name}/status")[f"ctibridge/v1/{name}/status"]["state"] == "online"
            process.signal(number)
            assert await asyncio.to_thread(process.wait) == 0
            assert [line["level"] for line in process.log_lines("stopped")] == ["info"]
    [status] = retained(broker, f"ctibridge/v1/{name}/status").values()
    assert (status["state"], status["reason"]) == ("offline", "stopped")
    assert process.get("/livez") == (0, "")


async def test_it_waits_for_what_is_not_there_and_recovers_by_itself(tmp_path: Path) -> None:
    requires_program("mosquitto")
    ami_port = free_port()
    broker = Mosquitto()
    with daemon(tmp_path, broker.port, late=ami_port) as process:
        await eventually(lambda: process.unready() == {"ami", "snapshot", "broker"}, "all three reasons")
        assert process.get("/livez")[0] == 200
        await asyncio.sleep(3)  # Long enough for several attempts.
        assert len(process.log_lines("AMI not connected")) == 1
        assert len(process.log_lines("broker not connected")) == 1
        with broker:
            async with simulated(ami_port):
                await asyncio.to_thread(process.wait_ready, 40.0)
            await eventually(lambda: "ami" in process.unready(), "the PBX's end to be noticed")
            assert process.get("/livez")[0] == 200
            async with simulated(ami_port):
                await asyncio.to_thread(process.wait_ready, 40.0)
        process.signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait) == 0


async def test_a_wrong_secret_is_one_error_and_no_storm(tmp_path: Path, broker: Mosquitto) -> None:
    async with SimulatedPbx(demo_centre(2), clock=wall, username="ctibridge", secret="other") as pbx:
        with daemon(tmp_path, broker.port, refused=pbx.port) as process:
            await eventually(lambda: bool(process.log_lines("AMI login refused")), "the refusal")
            await asyncio.sleep(2)
            [line] = process.log_lines("AMI login refused")
            assert line["level"] == "error"
            assert "ami" in process.unready()
            assert SECRET not in process.output


async def test_a_broker_that_hangs_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    requires_program("mosquitto")
    async with simulated() as pbx:
        with Mosquitto() as broker, daemon(tmp_path, broker.port, hanging=pbx.port) as process:
            await asyncio.to_thread(process.wait_ready)
            assert broker._process is not None
            os.kill(broker._process.pid, signal.SIGSTOP)
            try:
                process.signal(signal.SIGTERM)
                assert await asyncio.to_thread(process.wait, STOP_SECONDS) == 0
            finally:
                os.kill(broker._process.pid, signal.SIGCONT)


async def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    requires_program("mosquitto")
    async with simulated() as pbx:
        with Mosquitto() as broker, daemon(tmp_path, broker.port, forced=pbx.port) as process:
            await asyncio.to_thread(process.wait_ready)
            assert broker._process is not None
            os.kill(broker._process.pid, signal.SIGSTOP)
            try:
                process.signal(signal.SIGTERM)
                await eventually(lambda: bool(process.log_lines("stopping")), "the stop to begin", interval=0.01)
                process.signal(signal.SIGTERM)
                assert await asyncio.to_thread(process.wait, 1.0) == -signal.SIGTERM
            finally:
                os.kill(broker._process.pid, signal.SIGCONT)


async def test_two_pbxs_live_side_by_side(tmp_path: Path, broker: Mosquitto) -> None:
    absent = free_port()
    async with simulated() as north, simulated() as south:
        with daemon(tmp_path, broker.port, north=north.port, south=south.port, absent=absent) as process:
            await eventually(lambda: missing(process) == {("absent", "ami"), ("absent", "snapshot")}, "the first two")
            metrics = process.get("/metrics")[1]
            for name, is_connected in (("north", 1), ("south", 1), ("absent", 0)):
                assert f'ctibridge_ami_connected{{pbx="{name}"}} {is_connected}' in metrics
            for name in ("north", "south"):
                assert f"ctibridge/v1/{name}/queue/support/state" in retained(broker, f"ctibridge/v1/{name}/#")
                assert json.loads(process.get(f"/api/v1/{name}/state")[1])["is_synced"]
                for past in ("calls", "callbacks", "gaps", "intervals"):
                    assert isinstance(json.loads(process.get(f"/api/v1/{name}/{past}")[1])[past], list)
            assert not json.loads(process.get("/api/v1/absent/state")[1])["is_synced"]


async def test_sighup_reloads_rules_and_survives_a_bad_file(tmp_path: Path, broker: Mosquitto) -> None:
    async with simulated() as pbx:
        with daemon(tmp_path, broker.port, reloaded=pbx.port) as process:
            await asyncio.to_thread(process.wait_ready)
            path = tmp_path / "site.toml"
            text = path.read_text(encoding="utf-8")
            path.write_text(text + "[queues.support]\nservice_level_threshold = 7\nlabel = '客服'\n", encoding="utf-8")
            process.signal(signal.SIGHUP)
            await eventually(lambda: bool(process.log_lines("configuration reloaded")), "the reload")
            [state] = retained(broker, "ctibridge/v1/reloaded/queue/support/state").values()
            assert (state["data"]["label"], state["data"]["service_level"]["threshold_seconds"]) == ("客服", 7)
            path.write_text(text + "[nonsense]\n", encoding="utf-8")
            process.signal(signal.SIGHUP)
            refusal = "configuration not reloaded, the old one goes on"
            await eventually(lambda: bool(process.log_lines(refusal)), "the refusal")
            assert "nonsense: unknown key" in process.log_lines(refusal)[0]["problem"]
            assert process.get("/readyz")[0] == 200


def test_a_web_port_that_is_taken_ends_the_start_with_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        path = configuration(tmp_path, port, free_port(), pbx1=free_port())
        with Process(tmp_path, ["run", "-c", str(path)], port) as process:
            assert process.wait(within=15.0) == 2
            message = f"http.port: cannot listen on 127.0.0.1:{port}: Address already in use"
            assert message in process.output.splitlines()
            assert "Traceback" not in process.output
