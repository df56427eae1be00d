"""Requests from the broker, and the answers to them: ``cmd/{user}/{name}``.

The broker's access list sees to it that a user publishes below the user's own name only; that is all the proof there
is, and all that is needed.  An answer goes to the request's response topic with its correlation data (MQTT 5), else to
``rsp/{user}/{name}`` with the request's ``transaction``.  A response topic among our own topics, other than below the
user's ``rsp``, is not heeded: we may write what the user may not.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import msgspec
import paho.mqtt.client as paho
import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ctibridge.domain.answers import Answer
from ctibridge.outputs.mqtt.connection import FAILED, BrokerClient
from ctibridge.outputs.mqtt.envelope import encode
from ctibridge.outputs.mqtt.errors import BrokerError
from ctibridge.outputs.mqtt.message import Message
from ctibridge.outputs.mqtt.topics import Topics

MOST_WAITING: Final = 2000
"""Requests that are being answered or wait for it; what comes beyond that is not taken in."""

log = structlog.get_logger("ctibridge.outputs.mqtt")


class CommandMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One request as the broker gave it to us."""

    user: str
    command: str
    payload: bytes
    is_retained: bool
    has_waited: bool
    """It was kept for us while we were away."""


Take: TypeAlias = Callable[[CommandMessage], Awaitable[Answer]]
"""Does what is asked; never raises."""


class CommandLine:
    """The requests that come in on one connection."""

    def __init__(self, client: BrokerClient, topics: Topics, take: Take) -> None:
        self._client = client
        self._topics = topics
        self._take = take
        self._incoming: asyncio.Queue[paho.MQTTMessage] = asyncio.Queue(MOST_WAITING)
        self._is_subscribed = False
        self._waited: set[int] = set()
        self._dropped = 0

    async def work(self) -> None:
        """Answer until cancelled; a BrokerError when the broker does not let us."""
        self._client.on_command = self._note
        for message in self._client.early:
            if paho.topic_matches_sub(self._topics.commands_filter, message.topic):
                self._note(message)
        self._client.early.clear()
        code = await self._client.watch_commands(self._topics.commands_filter)
        if code >= FAILED:
            log.error("broker does not let us take commands", topic=self._topics.commands_filter)
        self._is_subscribed = True
        async with asyncio.TaskGroup() as group:
            while True:
                message = await self._incoming.get()
                group.create_task(self._answer(message), name="command")

    def _note(self, message: paho.MQTTMessage) -> None:
        if not self._is_subscribed and not message.retain:
            self._waited.add(id(message))
        try:
            self._incoming.put_nowait(message)
        except asyncio.QueueFull:
            self._dropped += 1
            if self._dropped == 1:
                log.warning("commands are not taken in: too many wait", waiting=MOST_WAITING)

    async def _answer(self, message: paho.MQTTMessage) -> None:
        user, command = message.topic.split("/")[-2:]
        properties = getattr(message, "properties", None)
        correlation: bytes = getattr(properties, "CorrelationData", b"") or b""
        answer = await self._take(
            CommandMessage(
                user=user,
                command=command,
                payload=bytes(message.payload),
                is_retained=message.retain,
                has_waited=id(message) in self._waited,
            )
        )
        self._waited.discard(id(message))
        topic = self._answer_topic(getattr(properties, "ResponseTopic", "") or "", user, command)
        said = Message(topic=topic, payload=encode(answer), kind="answer", sequence=0)
        try:
            self._client.send(said, _unheard, _correlated(correlation))
        except BrokerError as error:
            log.debug("an answer was not published", topic=topic, reason=str(error))

    def _answer_topic(self, asked: str, user: str, command: str) -> str:
        own = self._topics.answer(user, command)
        if not asked or any(sign in asked for sign in "+#\0") or asked.startswith("$"):
            return own
        is_ours = asked.startswith(f"{self._topics.base}/") or asked == self._topics.base
        return asked if not is_ours or asked.startswith(f"{self._topics.answers(user)}/") else own


def _unheard(_: int) -> None:
    """Whether the broker took an answer: whoever asked will ask again if it did not."""


def _correlated(correlation: bytes) -> Properties | None:
    if not correlation:
        return None
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.CorrelationData = correlation
    return properties
