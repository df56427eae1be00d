"""Somebody with an MQTT client who asks for things, and reads the answers and all events."""

import asyncio
import contextlib
import itertools
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any, Final

import aiomqtt
from aiomqtt import ProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.servers.ports import LOOPBACK

ROOT: Final = "ctibridge/v1/lab"
ANSWER_SECONDS: Final = 15.0


class Asker:
    """One connection, on which any user may be asked for; get one by `asking`."""

    def __init__(self, client: aiomqtt.Client, version: ProtocolVersion) -> None:
        self.events: list[dict[str, Any]] = []
        self.stray: list[tuple[str, dict[str, Any]]] = []
        """Answers on `rsp/…` topics, with the topic below the root."""
        self._client = client
        self._version = version
        self._ids = itertools.count(1)
        self._waiting: dict[bytes, asyncio.Future[dict[str, Any]]] = {}

    async def ask(self, user: str, command: str, **arguments: object) -> dict[str, Any]:
        """The answer to one command, by MQTT 5's response topic."""
        payload = {"transaction": uuid.uuid4().hex, **arguments}
        return await self.send(user, command, json.dumps(payload).encode())

    async def send(self, user: str, command: str, payload: bytes, *, retain: bool = False) -> dict[str, Any]:
        """The answer to any bytes."""
        correlation = f"c-{next(self._ids)}".encode()
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ResponseTopic = f"{ROOT}/rsp/{user}/mine"
        properties.CorrelationData = correlation
        answer = self._waiting[correlation] = asyncio.get_running_loop().create_future()
        await self._client.publish(f"{ROOT}/cmd/{user}/{command}", payload, 1, retain, properties)
        async with asyncio.timeout(ANSWER_SECONDS):
            said: dict[str, Any] = await answer
        return said

    async def drop(self, user: str, command: str, payload: bytes, *, retain: bool = False) -> None:
        """Ask without a response topic, as MQTT 3.1.1 does; the answer comes to `stray`."""
        await self._client.publish(f"{ROOT}/cmd/{user}/{command}", payload, 1, retain)

    async def publish(self, topic: str, payload: bytes, properties: Properties) -> None:
        """Publish as it is."""
        await self._client.publish(topic, payload, 1, properties=properties)

    def happened(self, kind: str, **data: object) -> list[dict[str, Any]]:
        """Data of the events of one type, e.g. `bridge.command`, with these values."""
        found = [one["data"] for one in self.events if one["type"] == f"ctibridge.{kind}.v1"]
        return [one for one in found if data.items() <= one.items()]

    async def read(self) -> None:
        """Take in messages until cancelled."""
        async for message in self._client.messages:
            said = json.loads(message.payload or b"{}")
            topic = str(message.topic).removeprefix(f"{ROOT}/")
            if topic.startswith("event/"):
                self.events.append(said)
                continue
            waiting = self._waiting.pop(getattr(message.properties, "CorrelationData", b""), None)
            if waiting is not None:
                waiting.set_result(said)
            else:
                self.stray.append((topic, said))


@contextlib.asynccontextmanager
async def asking(port: int, *, version: ProtocolVersion = ProtocolVersion.V5) -> AsyncIterator[Asker]:
    """A connected asker."""
    async with aiomqtt.Client(LOOPBACK, port, protocol=version) as client:
        client.pending_calls_threshold = 5000
        await client.subscribe([(f"{ROOT}/rsp/#", 1), (f"{ROOT}/event/#", 1)])
        asker = Asker(client, version)
        reading = asyncio.create_task(asker.read(), name="asker")
        try:
            yield asker
        finally:
            reading.cancel()
            await asyncio.wait({reading})
