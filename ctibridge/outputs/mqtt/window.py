"""Publishes in flight: up to a limit, in order, each one answered for."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol, TypeAlias

from ctibridge.outputs.mqtt.errors import BrokerLostError
from ctibridge.outputs.mqtt.message import Message

ANSWER_SECONDS: Final = 10.0
"""A broker that takes longer to acknowledge is treated as gone."""
GRACE_SECONDS: Final = 0.5
"""More, in case it was us who did not get to reading: a busy process, or one that was stopped."""

Answered: TypeAlias = Callable[[int], None]
"""Told the broker's reason code."""


class Wire(Protocol):
    """What a window needs of a connection."""

    @property
    def most_in_flight(self) -> int:
        """How many publishes the broker lets us send ahead of its answers."""

    def send(self, message: Message, answered: Answered) -> None:
        """Publish without waiting; ``answered`` is told at once where there will be no answer."""


class Window:
    """Sends ahead of the broker's answers, and waits for the oldest when it is too far ahead.

    One by one, each publish would cost a round trip; between 20 and 100 in flight more is no faster.
    """

    def __init__(self, wire: Wire, size: int) -> None:
        self._wire = wire
        self._size = max(1, min(size, wire.most_in_flight))
        self._flight: dict[int, Answered] = {}
        """In the order in which they were sent."""
        self._sent = 0
        self._expected = 0.0
        """Loop time by which the oldest in flight is to be answered."""
        self._is_overdue = False
        self._news = asyncio.Event()
        self._time = asyncio.get_running_loop().time

    @property
    def is_full(self) -> bool:
        """True when the next publish has to wait for ``room``."""
        return len(self._flight) >= self._size

    async def room(self) -> None:
        """Wait until another publish may go; BrokerLostError when the broker does not make room."""
        while self.is_full:
            await self._answer_or_end()

    def send(self, message: Message, answered: Answered) -> None:
        """Publish, after ``room``; whoever takes a message off a list and sends it cannot be interrupted between.

        An answer counts also when nobody waits for it any more.
        """
        if not self._flight:
            self._expect()
        self._sent += 1
        self._flight[self._sent] = answered
        self._wire.send(message, partial(self._answer, self._sent))

    async def until(self, woken: asyncio.Event) -> None:
        """Wait for something else, and not for the answers; BrokerLostError when these do not come."""
        while not woken.is_set():
            await self._wait(woken)

    async def settle(self) -> None:
        """Wait until everything is answered."""
        while self._flight:
            await self._answer_or_end()

    async def _answer_or_end(self) -> None:
        self._news.clear()
        await self._wait(self._news)

    async def _wait(self, woken: asyncio.Event) -> None:
        """For this event, or until the oldest in flight should have been answered."""
        try:
            async with asyncio.timeout_at(self._expected if self._flight else None):
                await woken.wait()
        except TimeoutError:
            self._look()

    def _look(self) -> None:
        now = self._time()
        if not self._flight or now < self._expected:
            return
        if self._is_overdue:
            raise BrokerLostError(f"the broker did not acknowledge for {ANSWER_SECONDS:g} s")
        self._is_overdue, self._expected = True, now + GRACE_SECONDS

    def _expect(self) -> None:
        self._is_overdue = False
        self._expected = self._time() + ANSWER_SECONDS

    def _answer(self, number: int, code: int) -> None:
        if number == next(iter(self._flight)):
            self._expect()
        answered = self._flight.pop(number)
        self._news.set()
        answered(code)
