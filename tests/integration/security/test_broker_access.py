"""The access list that `ctibridge acl` writes, on a real mosquitto: what each role may not do is refused."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final

import aiomqtt
import pytest
from aiomqtt import ProtocolVersion

from ctibridge.app.acl_command import access_list_of
from ctibridge.app.config import Configuration, from_document
from ctibridge.app.config_document import Document
from ctibridge.outputs.mqtt.catalogue import MESSAGES
from ctibridge.outputs.mqtt.connection import BrokerClient
from ctibridge.outputs.mqtt.message import Message
from ctibridge.outputs.mqtt.settings import MqttSettings
from tests.servers.available import requires_program
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.mosquitto

SITE: Final = """
[[pbx]]
name = "north"
secret = "x"
[[pbx]]
name = "south"
secret = "x"
[mqtt]
username = "bridge"
private = true
[[teams]]
name = "early"
agents = ["1001", "1002"]
[[users]]
name = "wang"
role = "agent"
agent = "1001"
private = true
[[users]]
name = "li"
role = "leader"
teams = ["early"]
pbxs = ["north"]
[[users]]
name = "chief"
role = "supervisor"
[[users]]
name = "ear"
role = "inspector"
[[users]]
name = "boss"
role = "manager"
private = true
[[users]]
name = "screen"
role = "display"
pbxs = ["north"]
[[users]]
name = "lobby"
role = "public"
"""
USERS: Final = ("wang", "li", "chief", "ear", "boss", "screen", "lobby")
NORTH, SOUTH = "ctibridge/v1/north", "ctibridge/v1/south"
END: Final = f"{NORTH}/status"
NOT_AUTHORISED: Final = 0x87
FINE: Final = frozenset({0x00, 0x10})
"""Taken; and taken, though nobody listens."""

FIGURES: Final = {f"{root}/queue/sales/{what}" for root in (NORTH, SOUTH) for what in ("board", "stats", "curve")}
STATES: Final = {f"{root}/queue/sales/state" for root in (NORTH, SOUTH)}
AGENTS: Final = {f"{root}/agent/{agent}/state" for root in (NORTH, SOUTH) for agent in ("1001", "1002", "2001")}
ALERTS: Final = {
    f"{root}/alert/{alert}"
    for root in (NORTH, SOUTH)
    for alert in ("limit_exceeded~3A1001", "limit_exceeded~3A2001", "service_level_low~3Asales")
}
EVENTS: Final = {f"{root}/event/{what}" for root in (NORTH, SOUTH) for what in ("call/queued", "bridge/gap")}
PRIVATE: Final = {
    f"{root}/private/{what}"
    for root in (NORTH, SOUTH)
    for what in ("agent/1001/state", "agent/2001/state", "queue/sales/state", "event/call/queued")
}
ANSWERS: Final = {f"{NORTH}/rsp/{user}/whoami" for user in USERS}
PUBLISHED: Final = FIGURES | STATES | AGENTS | ALERTS | EVENTS | PRIVATE | ANSWERS


def of_north(topics: set[str]) -> set[str]:
    return {topic for topic in topics if topic.startswith(NORTH)}


def answers_to(user: str) -> set[str]:
    return {f"{NORTH}/rsp/{user}/whoami"}


READABLE: Final = {
    "wang": FIGURES
    | {f"{root}/{what}" for root in (NORTH, SOUTH) for what in ("agent/1001/state", "private/agent/1001/state")}
    | {f"{root}/alert/limit_exceeded~3A1001" for root in (NORTH, SOUTH)},
    "li": of_north(FIGURES | STATES)
    | {f"{NORTH}/agent/1001/state", f"{NORTH}/agent/1002/state"}
    | {f"{NORTH}/alert/limit_exceeded~3A1001", f"{NORTH}/event/bridge/gap"},
    "chief": FIGURES | STATES | AGENTS | ALERTS | EVENTS,
    "ear": FIGURES | STATES | AGENTS | ALERTS | EVENTS,
    "boss": FIGURES | STATES | AGENTS | ALERTS | EVENTS | PRIVATE,
    "screen": of_north(FIGURES | STATES),
    "lobby": FIGURES,
}
MAY_ASK: Final = {
    "wang": {"whoami", "ready", "not_ready"},
    "li": {"whoami", "ready", "not_ready", "approve_leave"},
    "chief": {"whoami", "ready", "not_ready", "approve_leave", "monitor", "move_caller"},
    "ear": {"whoami", "monitor"},
    "boss": {"whoami"},
    "screen": {"whoami"},
    "lobby": {"whoami"},
}
"""Of these six."""


def site() -> Configuration:
    return from_document(Document("site", SITE), {})


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    requires_program("mosquitto", "mosquitto_passwd")
    with Mosquitto(users={name: f"{name}-secret" for name in ("bridge", *USERS)}) as server:
        server.kill()
        (server.folder / "acl").write_text(access_list_of(site()))
        server.start()
        yield server


@asynccontextmanager
async def connected(broker: Mosquitto, user: str) -> AsyncIterator[BrokerClient]:
    settings = MqttSettings(port=broker.port, username=user, password=f"{user}-secret")
    will = Message(topic="nobody/reads", payload=b"", kind="status", sequence=0)
    client = BrokerClient(settings, client_id=f"test-{user}", will=will, version=ProtocolVersion.V5)
    await client.open()
    try:
        yield client
    finally:
        await client.close()


async def code_of(client: BrokerClient, topic: str) -> int:
    async with asyncio.timeout(5):
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        client.send(Message(topic=topic, payload=b"x", kind="event", sequence=0), answer.set_result)
        return await answer


async def delivered_to(broker: Mosquitto, user: str) -> set[str]:
    """What a subscription to everything gets of all that the bridge publishes."""
    reader = aiomqtt.Client(
        broker.host, broker.port, username=user, password=f"{user}-secret", protocol=ProtocolVersion.V5
    )
    got: set[str] = set()
    async with reader, connected(broker, "bridge") as bridge:
        await reader.subscribe("#", qos=1)
        for topic in (*sorted(PUBLISHED), END):
            assert await code_of(bridge, topic) in FINE, topic
        async with asyncio.timeout(10):
            async for message in reader.messages:
                if message.topic.value == END:
                    return got
                got.add(message.topic.value)
    raise AssertionError("the connection ended early")


@pytest.mark.parametrize("user", USERS)
async def test_each_role_gets_what_is_its_own_and_nothing_else(broker: Mosquitto, user: str) -> None:
    assert await delivered_to(broker, user) == READABLE[user] | answers_to(user)


@pytest.mark.parametrize("user", USERS)
async def test_each_role_asks_under_its_own_name_for_what_it_may(broker: Mosquitto, user: str) -> None:
    every = MAY_ASK["chief"]
    async with connected(broker, user) as client:
        codes = {name: await code_of(client, f"{NORTH}/cmd/{user}/{name}") for name in sorted(every)}
        stolen = await code_of(client, f"{NORTH}/cmd/bridge/whoami")
        for other in USERS:
            if other != user:
                assert await code_of(client, f"{NORTH}/cmd/{other}/whoami") == NOT_AUTHORISED
    assert {name for name, code in codes.items() if code in FINE} == MAY_ASK[user]
    assert {code for name, code in codes.items() if name not in MAY_ASK[user]} <= {NOT_AUTHORISED}
    assert stolen == NOT_AUTHORISED


@pytest.mark.parametrize("user", USERS)
async def test_no_user_speaks_in_the_name_of_the_bridge(broker: Mosquitto, user: str) -> None:
    async with connected(broker, user) as client:
        for topic in (END, f"{NORTH}/info", f"{NORTH}/rsp/{user}/whoami", *sorted(PUBLISHED)):
            assert await code_of(client, topic) == NOT_AUTHORISED, topic


@pytest.mark.parametrize("user", ["li", "screen"])
async def test_a_user_of_one_pbx_has_no_say_on_another(broker: Mosquitto, user: str) -> None:
    async with connected(broker, user) as client:
        assert await code_of(client, f"{SOUTH}/cmd/{user}/whoami") == NOT_AUTHORISED


async def test_the_bridge_publishes_below_its_pbxs_only_and_gives_no_commands(broker: Mosquitto) -> None:
    strange = ("ctibridge/v1/west/status", "ctibridge/v1/status", "elsewhere", f"{NORTH}/cmd/chief/ready")
    async with connected(broker, "bridge") as bridge:
        for topic in strange:
            assert await code_of(bridge, topic) == NOT_AUTHORISED, topic


async def test_every_message_that_there_is_may_be_published(broker: Mosquitto) -> None:
    addresses = [kind.address for kind in MESSAGES]
    addresses += [f"private/{kind.address}" for kind in MESSAGES if kind.has_twin]
    async with connected(broker, "bridge") as bridge:
        for address in addresses:
            topic = "/".join("x" if level.startswith("{") else level for level in address.split("/"))
            assert await code_of(bridge, f"{SOUTH}/{topic}") in FINE, topic


async def test_the_bridge_hears_what_users_ask(broker: Mosquitto) -> None:
    listener = aiomqtt.Client(broker.host, broker.port, username="bridge", password="bridge-secret")
    async with listener, connected(broker, "wang") as wang:
        await listener.subscribe(f"{NORTH}/cmd/#", qos=1)
        assert await code_of(wang, f"{NORTH}/cmd/wang/ready") in FINE
        async with asyncio.timeout(5):
            assert (await anext(aiter(listener.messages))).topic.value == f"{NORTH}/cmd/wang/ready"
