"""The shipped mosquitto configuration: who gets in, and who may read and write what."""

from collections.abc import Iterator

import aiomqtt
import pytest

from tests.servers.available import requires_program
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.mosquitto

USERS = {"ctibridge": "b-secret", "wallboard": "w-secret", "supervisor": "s-secret"}
END = "ctibridge/v1/pbx1/status"
"""Readable by all, and published last: what did not come before it does not come."""


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    requires_program("mosquitto", "mosquitto_passwd")
    with Mosquitto(users=USERS) as server:
        yield server


def client(broker: Mosquitto, user: str, password: str | None = None) -> aiomqtt.Client:
    return aiomqtt.Client(
        broker.host,
        broker.port,
        username=user,
        password=USERS[user] if password is None else password,
        protocol=aiomqtt.ProtocolVersion.V5,
    )


async def read_by(broker: Mosquitto, user: str, *published: str) -> set[str]:
    """Which of the topics that the bridge publishes the user receives from a subscription to everything."""
    async with client(broker, user) as reader, client(broker, "ctibridge") as bridge:
        await reader.subscribe("ctibridge/v1/#")
        for topic in (*published, END):
            await bridge.publish(topic, b"x", qos=1)
        got: set[str] = set()
        async for message in reader.messages:
            if message.topic.value == END:
                return got
            got.add(message.topic.value)
    raise AssertionError("the connection ended early")


STATE = "ctibridge/v1/pbx1/queue/support/state"
STATS = "ctibridge/v1/pbx1/queue/support/stats"
BOARD = "ctibridge/v1/pbx1/queue/support/board"
AGENT = "ctibridge/v1/pbx1/agent/1001/state"
EVENT = "ctibridge/v1/pbx1/event/call/queued"
PRIVATE = "ctibridge/v1/pbx1/private/event/call/queued"
ANSWER = "ctibridge/v1/pbx1/rsp/supervisor/ready"


@pytest.mark.parametrize(
    ("user", "readable"),
    [("wallboard", {STATS, BOARD}), ("supervisor", {STATE, STATS, BOARD, AGENT, EVENT, ANSWER})],
)
async def test_each_user_reads_its_own_part(broker: Mosquitto, user: str, readable: set[str]) -> None:
    assert await read_by(broker, user, STATE, STATS, BOARD, AGENT, EVENT, PRIVATE, ANSWER) == readable


async def test_a_user_sends_commands_under_its_own_name_only(broker: Mosquitto) -> None:
    own = "ctibridge/v1/pbx1/cmd/supervisor/ready"
    others = "ctibridge/v1/pbx1/cmd/wallboard/whoami"
    async with client(broker, "ctibridge") as bridge, client(broker, "supervisor") as supervisor:
        await bridge.subscribe("ctibridge/v1/+/cmd/#")
        await supervisor.publish(others, b"x", qos=1)
        await supervisor.publish(STATE, b"x", qos=1)
        await supervisor.publish(own, b"x", qos=1)
        message = await anext(aiter(bridge.messages))
        assert message.topic.value == own


@pytest.mark.parametrize(("user", "password"), [("ctibridge", "wrong"), ("nobody", "b-secret"), ("", "")])
async def test_strangers_do_not_get_in(broker: Mosquitto, user: str, password: str) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with client(broker, user, password):
            pass


async def test_browsers_are_served_too(broker: Mosquitto) -> None:
    assert broker.websocket_port is not None
    browser = aiomqtt.Client(
        broker.host,
        broker.websocket_port,
        transport="websockets",
        username="wallboard",
        password=USERS["wallboard"],
    )
    async with browser, client(broker, "ctibridge") as bridge:
        await browser.subscribe(STATS)
        await bridge.publish(STATS, b"x", qos=1)
        assert (await anext(aiter(browser.messages))).topic.value == STATS
