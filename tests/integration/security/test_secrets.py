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
from tests.servers.available import requires_program
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import free_port
from tests.servers.waiting import eventually

pytestmark = pytest.mark.mosquitto

REPOSITORY: Final = Path(__file__).parents[3]
AMI: Final = "planted-ami-4711"
MQTT: Final = "planted-mqtt-4711"
WRONG: Final = "planted-wrong-4711"
PLANTED: Final = "4711"
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
