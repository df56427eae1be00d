"""The demo's broker gives people what their role gets, and everybody without a name everything."""

import asyncio
from collections.abc import AsyncIterator

import aiomqtt
import pytest

from ctibridge.app.demo_access import is_within, rights_of
from ctibridge.app.demo_broker import embedded_broker
from tests.servers.ports import free_port

LIST = """
# leader: team leader
user leader
topic read b/p/agent/1001/state
topic read b/p/queue/+/#
topic write b/p/cmd/leader/ready

user bridge
topic readwrite b/p/status
"""


def test_a_list_s_lines_are_rights() -> None:
    assert rights_of(LIST) == {
        "leader": {"read": ["b/p/agent/1001/state", "b/p/queue/+/#"], "write": ["b/p/cmd/leader/ready"]},
        "bridge": {"read": ["b/p/status"], "write": ["b/p/status"]},
    }


@pytest.mark.parametrize(
    ("topic", "filter_", "matches"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/+", True),
        ("a/b/c", "a/+", False),
        ("a/b/c", "a/#", True),
        ("a", "a/#", True),
        ("b/a", "a/#", False),
        ("a/b", "a/b/c", False),
    ],
)
def test_filters_as_mqtt_has_them(topic: str, filter_: str, *, matches: bool) -> None:
    assert is_within(topic, [filter_]) is matches


@pytest.fixture
async def port() -> AsyncIterator[int]:
    port, websocket = free_port(), free_port()
    async with embedded_broker(port, websocket, LIST):
        yield port


def client(port: int, user: str | None = None) -> aiomqtt.Client:
    return aiomqtt.Client(
        "127.0.0.1", port, username=user, password="any" if user else None, protocol=aiomqtt.ProtocolVersion.V311
    )


async def heard(reader: aiomqtt.Client, until: str) -> list[str]:
    topics = []
    async with asyncio.timeout(5):
        async for message in reader.messages:
            topics.append(str(message.topic))
            if topics[-1] == until:
                break
    return topics


async def test_a_role_gets_what_it_may_read_retained_and_new(port: int) -> None:
    async with client(port) as bridge, client(port, "leader") as leader, client(port) as anybody:
        for topic in ("b/p/agent/1001/state", "b/p/agent/1002/state"):
            await bridge.publish(topic, "kept", retain=True, qos=1)
        for reader in (leader, anybody):
            await reader.subscribe("b/p/#")
        await bridge.publish("b/p/event/agent/paused", "now", qos=1)
        await bridge.publish("b/p/queue/sales/state", "now", qos=1)

        theirs, all_ = await heard(leader, "b/p/queue/sales/state"), await heard(anybody, "b/p/queue/sales/state")

    assert sorted(theirs) == ["b/p/agent/1001/state", "b/p/queue/sales/state"]
    assert sorted(all_) == [
        "b/p/agent/1001/state",
        "b/p/agent/1002/state",
        "b/p/event/agent/paused",
        "b/p/queue/sales/state",
    ]


async def test_whom_the_list_does_not_name_is_not_let_in(port: int) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with client(port, "stranger"):
            pass
