"""Reads an MQTT broker as any subscriber does; for the table, and for ``check``."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import aiomqtt
from aiomqtt import ProtocolVersion

from ctibridge.outputs.mqtt.settings import MqttSettings

CONNECT_SECONDS: Final = 5.0
ECHO_SECONDS: Final = 3.0
VERSIONS: Final = {
    "auto": (ProtocolVersion.V5, ProtocolVersion.V311),
    "5": (ProtocolVersion.V5,),
    "3.1.1": (ProtocolVersion.V311,),
}


@asynccontextmanager
async def subscribed(settings: MqttSettings, filters: Sequence[str]) -> AsyncIterator[aiomqtt.Client]:
    """A connection with these subscriptions; in MQTT 5 or, where that is refused, 3.1.1.

    Raises aiomqtt.MqttError when neither works, OSError when a file that the settings name cannot be used.
    """
    client = await _connected(settings)
    try:
        for topic in filters:
            await client.subscribe(topic, qos=1)
        yield client
    finally:
        await client.__aexit__(None, None, None)


async def refusal_to_publish(client: aiomqtt.Client, topic: str) -> str | None:
    """Publish a word that nobody keeps, and see it come back; why it did not, ``None`` when it did.

    MQTT 3.1.1 has no words for a refusal, and aiomqtt does not hand on those of MQTT 5: an echo is proof in both.
    """
    await client.subscribe(topic, qos=1)
    await client.publish(topic, b"check", qos=1)
    try:
        async with asyncio.timeout(ECHO_SECONDS):
            async for message in client.messages:
                if message.topic.value == topic:
                    return None
    except TimeoutError:
        pass
    return f"what was published to {topic} did not come back within {ECHO_SECONDS:g} s"


async def _connected(settings: MqttSettings) -> aiomqtt.Client:
    *first, last = VERSIONS[settings.protocol]
    for version in first:
        with contextlib.suppress(aiomqtt.MqttError):
            return await _client(settings, version).__aenter__()
    return await _client(settings, last).__aenter__()


def _client(settings: MqttSettings, version: ProtocolVersion) -> aiomqtt.Client:
    return aiomqtt.Client(
        settings.host,
        settings.port,
        username=settings.username or None,
        password=settings.secret(),
        protocol=version,
        tls_context=settings.tls_context(),
        timeout=CONNECT_SECONDS,
    )
