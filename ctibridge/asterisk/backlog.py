"""Bytes that have been read and not looked at yet, so that the reader of the wire never waits.

Asterisk drops a session whose socket stays full for 100 ms, so bytes are taken off the socket at once, whatever comes.
What they say is worked out in slices, between which others get a turn, and no faster than the domain takes it in: a
fact in its inbox needs several times the memory of the bytes that tell of it.  There is a bound all the same; beyond it
the connection is to be given up, for a full picture is then sooner right than what still waits.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

SLICE: Final = 1 << 17
"""Bytes that are worked on before others get a turn: two hundred events, some milliseconds.  States are made once for
them, so that in a flood larger slices cost less."""
MOST: Final = 64 << 20
"""Bytes that may wait: about 140,000 events."""
LOOK_SECONDS: Final = 0.005
"""How often it is looked whether the domain has room again."""

Take = Callable[[bytes, float], None]
"""Works on bytes, with the monotonic time of their arrival."""


class Backlog:
    """One connection's bytes between the socket and the framing."""

    def __init__(self, take: Take, is_full: Callable[[], bool], on_error: Callable[[Exception], None]) -> None:
        """`on_error` is told when `take` failed; nothing more is taken then."""
        self._take = take
        self._is_full = is_full
        self._on_error = on_error
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._next: asyncio.Handle | None = None
        self._empty = asyncio.Event()
        self._empty.set()
        self.size = 0
        """Bytes that wait."""

    @property
    def is_too_long(self) -> bool:
        """More waits than is kept."""
        return self.size > MOST

    def put(self, data: bytes, arrived: float, *, is_urgent: bool = False) -> None:
        """Take in what was read; at once when it is little and nothing waits, or when it is urgent."""
        if self._waiting or not (is_urgent or (len(data) <= SLICE and not self._is_full())):
            self._keep(data, arrived)
        else:
            self._take(data, arrived)

    async def emptied(self) -> None:
        """Return when nothing waits."""
        await self._empty.wait()

    def forget(self) -> None:
        """Let go of what waits."""
        self._waiting.clear()
        self.size = 0
        self._rest()

    def _keep(self, data: bytes, arrived: float) -> None:
        self._waiting.extend((data[start : start + SLICE], arrived) for start in range(0, len(data), SLICE))
        self.size += len(data)
        self._empty.clear()
        if self._next is None:
            self._next = asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        loop = asyncio.get_running_loop()
        if self._is_full():
            self._next = loop.call_later(LOOK_SECONDS, self._work)
            return
        data, arrived = self._waiting.popleft()
        self.size -= len(data)
        try:
            self._take(data, arrived)
        except Exception as error:  # noqa: BLE001 - told to whoever owns the connection
            self.forget()
            self._on_error(error)
            return
        if self._waiting:
            self._next = loop.call_soon(self._work)
        else:
            self._rest()

    def _rest(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None
        self._empty.set()
