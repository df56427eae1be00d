import asyncio
import os
import socket

import pytest
from aiomqtt import ProtocolVersion

from ctibridge.outputs.mqtt.connection import INVALID_TOPIC, TOO_LARGE, BrokerClient, connected, reason_name
from ctibridge.outputs.mqtt.errors import BrokerSilentError, BrokerUnreachableError
from ctibridge.outputs.mqtt.message import Message
from ctibridge.outputs.mqtt.settings import MqttSettings

WILL = Message(topic="status", payload=b"{}", kind="status", sequence=0)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0x87, "not_authorized"),
        (0x97, "quota_exceeded"),
        (INVALID_TOPIC, "topic_name_invalid"),
        (TOO_LARGE, "packet_too_large"),
        (0xEE, "code_0xee"),
    ],
)
def test_refusals_have_names(code: int, name: str) -> None:
    assert reason_name(code) == name


@pytest.mark.parametrize("version", [ProtocolVersion.V5, ProtocolVersion.V311])
async def test_what_cannot_be_sent_is_refused_before_it_is(version: ProtocolVersion) -> None:
    client = BrokerClient(MqttSettings(), client_id="test", will=WILL, version=version)
    codes: list[int] = []
    client.send(Message(topic="x" * 70_000, payload=b"{}", kind="state", sequence=0), codes.append)
    assert codes == [INVALID_TOPIC]


async def test_a_missing_file_is_named() -> None:
    settings = MqttSettings(password_file="/nowhere/password")
    with pytest.raises(BrokerUnreachableError, match="/nowhere/password"):
        async with connected(settings, client_id="test", will=WILL, version=ProtocolVersion.V5):
            pass


@pytest.mark.parametrize("delay", [0, 0.1])
async def test_giving_up_while_connecting_leaves_nothing_behind(delay: float) -> None:
    """In the thread that connects, and while the broker, which takes the connection and is silent, is waited for."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = MqttSettings(port=silent.getsockname()[1])
        client = BrokerClient(settings, client_id="test", will=WILL, version=ProtocolVersion.V5)
        opening = asyncio.create_task(client.open())
        await asyncio.sleep(delay)
        opening.cancel()
        await asyncio.wait({opening}, timeout=10)
        assert opening.cancelled()
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1


async def test_a_broker_that_closes_without_a_word_is_silent() -> None:
    """And so the other MQTT is tried."""

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(close, "127.0.0.1", 0) as server:
        settings = MqttSettings(port=server.sockets[0].getsockname()[1])
        client = BrokerClient(settings, client_id="test", will=WILL, version=ProtocolVersion.V5)
        with pytest.raises(BrokerSilentError, match="closed without an answer: connection lost"):
            await client.open()


async def test_what_was_to_be_sent_when_the_connection_ended_is_no_error_of_ours() -> None:
    """Paho asks the loop to write a turn before it does; after a stop of the process much happens in one turn."""
    errors: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    client = await _let_in()
    client.send(Message(topic="x", payload=b"{}", kind="state", sequence=0), print)
    client._abandon()
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert errors == []


async def test_a_small_publish_does_not_wait_for_the_acknowledgement_of_the_one_before() -> None:
    """The kernel would hold it back, up to 40 ms, while the broker has nothing to say."""
    client = await _let_in()
    wire = client._wire
    assert wire is not None

    with socket.socket(fileno=os.dup(wire.fileno())) as same:
        assert same.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    client._abandon()
    await asyncio.sleep(0.01)


async def _let_in() -> BrokerClient:
    """By a broker that says nothing but yes."""
    yes = b"\x20\x03\x00\x00\x00"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(yes)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    settings = MqttSettings(port=server.sockets[0].getsockname()[1])
    client = BrokerClient(settings, client_id="test", will=WILL, version=ProtocolVersion.V5)
    await client.open()
    server.close()
    return client
