"""A subscriber that notes when each event and each alarm reached it."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Self

import aiomqtt
import msgspec

from tests.servers.ports import LOOPBACK

ROOT: Final = "ctibridge/v1/lab/"
WITHIN: Final = 20.0


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One message below the root."""

    topic: str
    data: Mapping[str, Any]
    """Empty for a topic that was emptied."""
    at: float
    """When it happened, by the PBX's clock; 0 for a topic that was emptied."""
    arrived: float
    """When it was here, by the same clock: all servers are on one machine."""
    is_retained: bool
    """It was there before the subscription."""

    @property
    def delay(self) -> float:
        """From the fact to the subscriber."""
        return self.arrived - self.at


class Ear:
    """Keeps everything in the order of arrival."""

    def __init__(self, port: int) -> None:
        self.told: list[Told] = []
        self._client = aiomqtt.Client(LOOPBACK, port, protocol=aiomqtt.ProtocolVersion.V311)
        self._news = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        await self._client.subscribe([(f"{ROOT}event/#", 1), (f"{ROOT}alert/+", 1)])
        self._reading = asyncio.create_task(self._read(), name="ear")
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})
        with contextlib.suppress(aiomqtt.MqttError):
            await self._client.__aexit__(None, None, None)

    async def event(self, name: str, number: int = 1, *, within: float = WITHIN, **data: object) -> Told:
        """The event of this name with these data that was told as the ``number``-th."""
        return await self._first(f"event {name} {data}", lambda: self.events(name, **data)[number - 1 :], within)

    async def emptied(self, alert: str, *, after: float = 0.0, within: float = WITHIN) -> Told:
        """The moment at which the topic of an alarm was emptied, by arrival after a moment."""
        return await self._first(
            f"an end of {alert}",
            lambda: [one for one in self.alert(alert) if not one.data and one.arrived > after],
            within,
        )

    def events(self, name: str, **data: object) -> list[Told]:
        """All events of a name with these data."""
        return [one for one in self.told if one.topic == f"event/{name}" and data.items() <= dict(one.data).items()]

    def alert(self, alert: str) -> list[Told]:
        """What was said on the topic of an alarm."""
        topic = "alert/" + alert.replace(":", "~3A")
        return [one for one in self.told if one.topic == topic]

    async def _first(self, what: str, find: Callable[[], list[Told]], within: float) -> Told:
        try:
            async with asyncio.timeout(within):
                while not (found := find()):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as error:
            raise TimeoutError(f"waited {within:g} s for {what}; heard {[one.topic for one in self.told]}") from error
        return found[0]

    async def _read(self) -> None:
        with contextlib.suppress(aiomqtt.MqttError):
            async for message in self._client.messages:
                self.told.append(_told(message))
                self._news.set()


def _told(message: aiomqtt.Message) -> Told:
    document = json.loads(message.payload) if message.payload else {}
    return Told(
        topic=str(message.topic).removeprefix(ROOT),
        data=document.get("data", {}),
        at=datetime.fromisoformat(document["time"]).timestamp() if document else 0.0,
        arrived=time.time(),  # noqa: TID251 - beside the PBX's own clock
        is_retained=bool(message.retain),
    )
