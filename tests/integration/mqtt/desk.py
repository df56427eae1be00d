"""A bridge without a PBX: a journal whose changes a test makes by hand; and an independent listener as the judge."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any, Self

import aiomqtt
import msgspec

from ctibridge.domain import changes
from ctibridge.domain.changes import Change
from ctibridge.domain.journal import Journal
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.health import MqttHealth
from ctibridge.outputs.mqtt.info import site_info
from ctibridge.outputs.mqtt.publisher import MqttOutput
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.outputs.mqtt.status import Standing
from tests.servers.waiting import eventually
from tests.unit.outputs import facts

ROOT = "ctibridge/v1/pbx1"
EPOCH = 7
ONLINE = Standing(state="online", ami="connected")


def now() -> Timestamp:
    return Timestamp(time.time())  # noqa: TID251 - here the test is the composition root


class Desk:
    """One output, and the journal that feeds it."""

    def __init__(self, settings: MqttSettings, *, has_private: bool = False) -> None:
        self.journal = Journal(EPOCH)
        self.output = MqttOutput(
            settings,
            Announcer(pbx="pbx1", base=settings.base, has_private=has_private),
            epoch=EPOCH,
            info=site_info(version="1.2.3", pbx="pbx1", policy=Policy(), overrides={}),
            clock=now,
        )
        self.output.set_status(ONLINE)

    @property
    def health(self) -> MqttHealth:
        return self.output.health

    def say(self, *told: Change) -> None:
        self.output.accept(self.journal.enter(told, now()))

    def sync(self, agents: Iterable[str] = ("1001",), queues: Iterable[str] = (facts.QUEUE,)) -> None:
        """The first full picture."""
        self.say(
            *(changes.AgentUpdated(at=facts.AT, agent=facts.agent_view(agent)) for agent in agents),
            *(changes.QueueUpdated(at=facts.AT, queue=facts.queue_view(queue)) for queue in queues),
            facts.synced(),
        )

    async def until_current(self, within: float = 15) -> None:
        await eventually(lambda: self.health.is_current, "all states to be published", within, 0.02)

    async def until_delivered(self, within: float = 15) -> None:
        await eventually(lambda: self.health.outbox_messages == 0, "all events to be delivered", within, 0.02)


@contextlib.asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[asyncio.Task[None]]:
    """The output at work; stopped in the end as the daemon stops it."""
    task = asyncio.create_task(desk.output.run(), name="output")
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


class Heard(msgspec.Struct, frozen=True):
    """One message as a subscriber got it."""

    topic: str
    payload: bytes
    is_retained: bool
    """It was there before the subscription."""
    qos: int

    @property
    def document(self) -> Any:  # noqa: ANN401 - any JSON
        return json.loads(self.payload)


class Listener:
    """Subscribes to everything and keeps it, in order."""

    def __init__(self, port: int, topic: str = "#", **options: Any) -> None:  # noqa: ANN401 - aiomqtt's
        self.heard: list[Heard] = []
        self._topic = topic
        self._client = aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V311, **options)
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        await self._client.subscribe(self._topic, qos=1)
        self._reading = asyncio.create_task(self._read(), name="listener")
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})
        with contextlib.suppress(aiomqtt.MqttError):
            await self._client.__aexit__(None, None, None)

    async def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        await self._client.publish(topic, payload, qos=1, retain=retain)

    def topics(self) -> list[str]:
        """What came, below the root."""
        return [one.topic.removeprefix(f"{ROOT}/") for one in self.heard]

    def statuses(self) -> list[str]:
        return [one.document["state"] for one in self.heard if one.topic == f"{ROOT}/status"]

    def sequences(self) -> list[int]:
        """Of the events, in the order of arrival."""
        return [int(one.document["sequence"]) for one in self.heard if one.topic.startswith(f"{ROOT}/event/")]

    def newest(self, topic: str) -> Heard:
        return next(one for one in reversed(self.heard) if one.topic == f"{ROOT}/{topic}")

    async def until_status(self, state: str, within: float = 15) -> None:
        await eventually(lambda: self.statuses()[-1:] == [state], f"status {state}", within, 0.02)

    async def until_heard(self, topic: str, within: float = 15) -> None:
        await eventually(lambda: topic in self.topics(), topic, within, 0.02)

    async def _read(self) -> None:
        with contextlib.suppress(aiomqtt.MqttError):
            async for message in self._client.messages:
                self.heard.append(Heard(str(message.topic), bytes(message.payload), message.retain, message.qos))


async def retained(port: int, **options: Any) -> dict[str, Heard]:  # noqa: ANN401 - aiomqtt's
    """What a display that connects now is shown; complete when a message sent after subscribing has come back."""
    async with Listener(port, **options) as listener:
        await listener.publish("sentinel", "x")
        await listener.until_heard("sentinel")
        return {one.topic.removeprefix(f"{ROOT}/"): one for one in listener.heard if one.is_retained}
