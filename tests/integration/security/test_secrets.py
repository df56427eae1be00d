"""What a running daemon lets out, at every log level: no secret anywhere, and no caller's number above debug."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import aiomqtt
import pytest
from aiomqtt import ProtocolVersion

from ctibridge.app.clock import wall
from ctibridge.outputs.web.api.routes import PREFIX, ROUTES
from ctibridge.simulator.demo_centre import demo_centre
from ctibridge.simulator.server import SimulatedPbx
from tests.integration.daemon.process import Process
from tests.servers.asterisk import BRIDGE_SECRET, Asterisk
from tests.servers.available import requires_asterisk, requires_program
from tests.servers.bridge import Bridge
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import free_port
from tests.servers.stage import stage_on
from tests.servers.waiting import eventually

pytestmark = pytest.mark.mosquitto

REPOSITORY: Final = Path(__file__).parents[3]
AMI: Final = "planted-ami-0x4711beef"
MQTT: Final = "planted-mqtt-0x4711beef"
WRONG: Final = "planted-wrong-0x4711beef"
PLANTED: Final = "0x4711beef"
"""Part of every secret, so that half of one is found too."""
DAEMON_USER, READER = "ctibridge", "supervisor"
PAGES: Final = ("/", "/status", "/site.json", "/metrics", "/livez", "/readyz", f"{PREFIX}/openapi.json")


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    requires_program("mosquitto", "mosquitto_passwd")
    with Mosquitto(users={DAEMON_USER: MQTT, READER: "reader"}) as server:
        server.kill()
        everything = f"user {DAEMON_USER}\ntopic readwrite #\nuser {READER}\ntopic read #\n"
        (server.folder / "acl").write_text(everything)
        server.start()
        yield server


def site(folder: Path, ami_port: int, broker: Mosquitto, level: str, secret: str = AMI) -> tuple[Path, int]:
    """A configuration with secrets in files, environment and text, and its web port."""
    http_port = free_port()
    (folder / "ami").write_text(f"{secret}\n")
    path = folder / "site.toml"
    path.write_text(
        f'[[pbx]]\nport = {ami_port}\nsecret_file = "{folder / "ami"}"\nrefused_delay = 1.0\n'
        f'[mqtt]\nport = {broker.port}\nusername = "{DAEMON_USER}"\npassword = "{MQTT}"\nprivate = true\n'
        f'[http]\nport = {http_port}\n[log]\nlevel = "{level}"\nformat = "json"\n'
        f'[store]\nurl = "sqlite:///{folder / "s.db"}"\n'
        '[[users]]\nname = "boss"\nrole = "manager"\nprivate = true\n'
    )
    return path, http_port


@asynccontextmanager
async def listening(broker: Mosquitto) -> AsyncIterator[dict[str, bytes]]:
    """The last message of each topic, for as long as the context lasts."""
    heard: dict[str, bytes] = {}
    reader = aiomqtt.Client(broker.host, broker.port, username=READER, password="reader", protocol=ProtocolVersion.V5)

    async def hear() -> None:
        async for message in reader.messages:
            key = f"{message.topic.value}#{len(heard)}" if "/event/" in message.topic.value else message.topic.value
            heard[key] = bytes(message.payload)

    async with reader:
        await reader.subscribe("#")
        task = asyncio.create_task(hear())
        try:
            yield heard
        finally:
            task.cancel()


async def everything_served(http_port: int, token: str) -> str:
    """All pages and all answers of the interface, with a token and without, right and wrong."""
    texts = []
    paths = [
        *PAGES,
        *(PREFIX + route.path.format(pbx="pbx1", queue="sales", agent="1001", call="1") for route in ROUTES),
    ]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{http_port}") as session:
        for path in paths:
            for given in ({}, {"Authorization": f"Bearer {token}"}, {"Authorization": f"Bearer {token}x"}):
                async with session.get(path, headers=given) as response:
                    texts.append(f"{response.headers}{await response.text()}")
    return "\n".join(texts)


def whole_numbers(heard: dict[str, bytes]) -> set[str]:
    """Callers' numbers, from the copies that have them."""
    text = b"\n".join(payload for topic, payload in heard.items() if "/private/" in topic).decode()
    return set(re.findall(r'"number":"([^"*]{6,})"', text))


async def token_of(path: Path) -> str:
    code, text = await asyncio.to_thread(run, ["token", "-c", str(path), "add", "boss"])
    assert code == 0
    return text.strip()


def run(arguments: list[str], **environment: str) -> tuple[int, str]:
    """Exit code and output of one command."""
    done = subprocess.run(
        [sys.executable, "-m", "ctibridge", *arguments],
        cwd=REPOSITORY,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=30,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("level", ["debug", "info"])
async def test_no_secret_and_no_number_gets_out(tmp_path: Path, broker: Mosquitto, level: str) -> None:
    async with (
        SimulatedPbx(demo_centre(6), clock=wall, username="ctibridge", secret=AMI, speed=8.0) as pbx,
        listening(broker) as heard,
    ):
        path, http_port = site(tmp_path, pbx.port, broker, level)
        token = await token_of(path)
        with Process(tmp_path, ["run", "-c", str(path)], http_port) as process:
            await asyncio.to_thread(process.wait_ready, 20)
            await eventually(lambda: len(whole_numbers(heard)) >= 3, "some callers", 30)
            served = await everything_served(http_port, token)
            arguments = process.command_line()
            process.signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait) == 0
        numbers = whole_numbers(heard)
        published = b"\n".join(payload for topic, payload in heard.items() if "/private/" not in topic).decode()

    assert len(process.output) > 500
    for name, text in (("log", process.output), ("web", served), ("MQTT", published), ("argv", arguments)):
        for secret in (PLANTED, token, token.rpartition("_")[2]):
            assert secret not in text, name
    for number in numbers:
        assert number not in served
        assert number not in published
        if level == "info":
            assert number not in process.output
    assert json.dumps("a token was refused") in process.output


async def test_a_login_that_is_refused_shows_no_secret(tmp_path: Path, broker: Mosquitto) -> None:
    async with SimulatedPbx(demo_centre(2), clock=wall, username="ctibridge", secret=AMI) as pbx:
        path, http_port = site(tmp_path, pbx.port, broker, "debug", secret=WRONG)
        text = path.read_text().replace(MQTT, WRONG)
        path.write_text(text)
        with Process(tmp_path, ["run", "-c", str(path)], http_port) as process:
            await eventually(lambda: process.get("/readyz")[0] == 503, "the web server", 20)
            await eventually(lambda: "refused" in process.get("/readyz")[1], "the refusal", 20)
            reasons = process.get("/readyz")[1] + process.get("/metrics")[1]
        with Process(tmp_path, ["check", "-c", str(path)], 0) as check:
            assert await asyncio.to_thread(check.wait, 30) == 3
    assert PLANTED not in process.output + reasons + check.output


def test_a_secret_from_the_environment_shows_nowhere(tmp_path: Path, broker: Mosquitto) -> None:
    """A wrong value beside it is complained about; the secret is not repeated."""
    path, _ = site(tmp_path, 1, broker, "debug")
    code, text = run(["run", "-c", str(path)], CTIBRIDGE_MQTT__PASSWORD=WRONG, CTIBRIDGE_HTTP__PORT="x")

    assert code == 2
    assert "CTIBRIDGE_HTTP__PORT" in text
    assert PLANTED not in text


@pytest.mark.asterisk
@pytest.mark.timeout(120)
@pytest.mark.parametrize("level", ["info", "debug"])
async def test_callers_of_a_real_asterisk_are_in_no_log_and_in_no_answer(level: str) -> None:
    """Answered, given up and passed by: numbers that come with every event of a call."""
    requires_asterisk(22)
    requires_program("mosquitto", "mosquitto_sub")
    callers = {"+493055501234": "Erika Mustermann", "13800138000": "王小明", "5550199887": "5550199887"}
    with (
        Asterisk(22) as asterisk,
        Mosquitto() as broker,
        Bridge(
            ami_port=asterisk.port,
            mqtt_port=broker.port,
            queue_log=asterisk.queue_log,
            more=f'[log]\nlevel = "{level}"\nformat = "json"\n',
        ) as bridge,
    ):
        await asyncio.to_thread(bridge.wait_ready)
        async with stage_on(asterisk) as stage:
            await stage.script("1001", "answer", "miss", "miss")
            await stage.join("1001", "support")
            calls = [await stage.call("support", number=number, name=name) for number, name in callers.items()]
            for call in calls:
                async with asyncio.timeout(20):
                    await call.joined.wait()
            await eventually(lambda: "***" in bridge.get("/api/v1/lab/callers")[1], "somebody in line", 20)
            shown = "".join(bridge.get(page)[1] for page in (*PAGES, "/api/v1/lab/state", "/api/v1/lab/callers"))
            for call in calls:
                await call.hang_up()
            await stage.all_gone()
        await eventually(lambda: "abandoned" in bridge.get("/api/v1/lab/calls")[1], "the history", 20)
        shown += bridge.get("/api/v1/lab/calls")[1] + bridge.get("/api/v1/lab/callbacks")[1]

    for number, name in callers.items():
        for text in (number, number.lstrip("+"), name):
            assert text not in shown
            if level == "info":
                assert text not in bridge.log
    assert BRIDGE_SECRET not in bridge.log + shown
