"""The daemon and its users on a broker that has the list of `ctibridge acl`: all of it works, with no right more."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiomqtt
import pytest
from aiomqtt import ProtocolVersion

from ctibridge.app.clock import wall
from ctibridge.simulator.demo_centre import demo_centre
from ctibridge.simulator.server import SimulatedPbx
from tests.integration.daemon.process import Process
from tests.servers.available import requires_program
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import free_port
from tests.servers.waiting import eventually

pytestmark = pytest.mark.mosquitto

ROOT: Final = "ctibridge/v1/pbx1"
USERS: Final = """
[[users]]
name = "chief"
role = "supervisor"
[[users]]
name = "lobby"
role = "public"
[[users]]
name = "ear"
role = "inspector"
private = true
"""


class Site:
    """A running daemon, its broker, and its configuration."""

    def __init__(self, broker: Mosquitto, process: Process, path: Path) -> None:
        self.broker, self.process, self.path = broker, process, path

    def client(self, user: str) -> aiomqtt.Client:
        return aiomqtt.Client(
            self.broker.host,
            self.broker.port,
            username=user,
            password=f"{user}-secret",
            protocol=ProtocolVersion.V5,
        )

    async def first(self, user: str, pattern: str) -> dict[str, Any]:
        async with self.client(user) as client, asyncio.timeout(10):
            await client.subscribe(f"{ROOT}/{pattern}", qos=1)
            message = await anext(aiter(client.messages))
            payload: dict[str, Any] = json.loads(bytes(message.payload))
            return payload

    async def asked(self, user: str, command: str) -> dict[str, Any]:
        async with self.client(user) as client, asyncio.timeout(10):
            await client.subscribe(f"{ROOT}/rsp/{user}/#", qos=1)
            await client.publish(f"{ROOT}/cmd/{user}/{command}", b'{"transaction": "t1"}', qos=1)
            message = await anext(aiter(client.messages))
            answer: dict[str, Any] = json.loads(bytes(message.payload))
            return answer


@asynccontextmanager
async def site(folder: Path) -> AsyncIterator[Site]:
    requires_program("mosquitto", "mosquitto_passwd")
    names = ("bridge", "chief", "lobby", "ear")
    with Mosquitto(users={name: f"{name}-secret" for name in names}) as broker:
        async with SimulatedPbx(demo_centre(4), clock=wall, username="ctibridge", secret="x", speed=4.0) as pbx:
            http_port, path = free_port(), folder / "site.toml"
            path.write_text(
                f'[[pbx]]\nport = {pbx.port}\nsecret = "x"\n[http]\nport = {http_port}\n'
                f'[mqtt]\nport = {broker.port}\nusername = "bridge"\npassword = "bridge-secret"\nprivate = true\n'
                f'[store]\nurl = "sqlite:///{folder / "s.db"}"\n{USERS}'
            )
            with Process(folder, ["acl", "-c", str(path), "-o", str(broker.folder / "acl")], 0) as writing:
                assert await asyncio.to_thread(writing.wait, 20) == 0
            broker.restart()
            with Process(folder, ["run", "-c", str(path)], http_port) as process:
                await asyncio.to_thread(process.wait_ready, 20)
                yield Site(broker, process, path)


async def test_everything_that_is_published_is_taken_and_everybody_gets_the_own_part(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        await eventually(lambda: has_events(here.process), "events", 20)

        assert (await here.first("lobby", "queue/+/board"))["data"]["queue"]
        state = await here.first("chief", "agent/+/state")
        assert state["data"]["agent"]
        assert await here.first("ear", "private/agent/+/state")
        answer = await here.asked("lobby", "whoami")
        assert (answer["transaction"], answer["ok"]) == ("t1", True)
        assert (await here.asked("chief", "whoami"))["ok"]

        metrics = here.process.get("/metrics")[1]
        assert re.findall(r"^ctibridge_mqtt_rejected_total\{[^}]*\} [1-9].*$", metrics, re.MULTILINE) == []
        assert here.process.get("/readyz")[0] == 200
        with Process(tmp_path, ["check", "-c", str(here.path)], 0) as check:
            assert await asyncio.to_thread(check.wait, 40) == 0
        assert f"connected, {ROOT}/# can be read and written" in check.output


def has_events(process: Process) -> bool:
    return re.search(r'class="event"\} [1-9]', process.get("/metrics")[1]) is not None
