"""Publishes in flight: up to a limit, in order, each one answered for."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

from ctibridge.outputs.mqtt.errors import BrokerLostError
from ctibridge.outputs.mqtt.message import Message

ANSWER_SECONDS: Final = 10.0
"""A broker that takes longer to acknowledge is treated as gone."""

Answered: TypeAlias = Callable[[int], None]
"""Told the broker's reason code."""


class Wire(Protocol):
    """What a window needs of a connection."""

    @property
    def most_in_flight(self) -> int:
        """How many publishes the broker lets us send ahead of its answers."""

    def send(self, message: Message) -> asyncio.Future[int]:
        """Publish without waiting; the future gets the broker's reason code."""


class Window:
    """Sends ahead of the broker's answers, and waits for the oldest when it is too far ahead.

    One by one, each publish would cost a round trip; between 20 and 100 in flight more is no faster.
    """

    def __init__(self, wire: Wire, size: int) -> None:
        self._wire = wire
        self._size = max(1, min(size, wire.most_in_flight))
        self._flight: deque[asyncio.Future[int]] = deque()

    async def room(self) -> None:
        """Wait until another publish may go; BrokerLostError when the broker does not make room."""
        while len(self._flight) >= self._size:
            await self._oldest()

    def send(self, message: Message, answered: Answered) -> None:
        """Publish, after ``room``; whoever takes a message off a list and sends it cannot be interrupted between."""
        future = self._wire.send(message)
        future.add_done_callback(lambda done: None if done.cancelled() else answered(done.result()))
        self._flight.append(future)

    async def until(self, woken: asyncio.Event) -> None:
        """Wait for something else, and not for the answers; BrokerLostError when these do not come."""
        while not woken.is_set():
            self._forget_answered()
            oldest = self._flight[0] if self._flight else None
            try:
                async with asyncio.timeout(ANSWER_SECONDS if oldest is not None else None):
                    await woken.wait()
            except TimeoutError:
                self._expect(oldest)

    async def settle(self) -> None:
        """Wait until everything is answered."""
        while self._flight:
            await self._oldest()

    async def _oldest(self) -> None:
        """Not ``wait_for``, which would cancel the future: an answer counts also when nobody waits for it any more."""
        oldest = self._flight[0]
        await asyncio.wait({oldest}, timeout=ANSWER_SECONDS)
        self._expect(oldest)
        self._forget_answered()

    def _expect(self, answer: asyncio.Future[int] | None) -> None:
        if answer is not None and not answer.done():
            raise BrokerLostError(f"the broker did not acknowledge for {ANSWER_SECONDS:g} s")

    def _forget_answered(self) -> None:
        while self._flight and self._flight[0].done():
            self._flight.popleft()
