"""A small AMI connection for the tests' own use: to make calls, and to see what happened.

It shares nothing with ctibridge's client, so that a misunderstanding cannot sit on both sides.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Final, TypeAlias

from tests.servers.ports import LOOPBACK

Message: TypeAlias = Mapping[str, str]
"""Headers of one frame as Asterisk spells them; the first of a repeated header."""

ACTION_SECONDS: Final = 10.0
FRAME_END: Final = b"\r\n\r\n"
LINE_LIMIT: Final = 2**22
"""Bytes of one frame: `Command` may answer with a long list."""


class ActionFailedError(Exception):
    """Asterisk answered `Response: Error`."""

    def __init__(self, action: str, response: Message) -> None:
        super().__init__(f"{action}: {response.get('Message', response)}")
        self.response = response


class Control:
    """A logged-in connection; get one by `connected`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = itertools.count(1)
        self._replies: dict[str, asyncio.Queue[Message]] = {}
        self._listeners: list[Callable[[Message], None]] = []

    def listen(self, listener: Callable[[Message], None]) -> None:
        """Call `listener` with each event from now on."""
        self._listeners.append(listener)

    async def action(self, name: str, headers: Iterable[tuple[str, str]] = (), **named: str) -> Message:
        """Send one action, give its response; ActionFailedError when it was refused."""
        replies = await self._send(name, headers, named)
        return await self._response(name, replies)

    async def collect(self, name: str, **named: str) -> list[Message]:
        """Send an action that is answered by a list of events; give those, without the closing one."""
        replies = await self._send(name, (), named)
        await self._response(name, replies)
        found = []
        async with asyncio.timeout(ACTION_SECONDS):
            while (message := await replies.get()).get("EventList") != "Complete":
                found.append(message)
        return found

    async def read(self) -> None:
        """Take in frames until the connection ends."""
        await self._reader.readuntil(b"\r\n")
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self._take(_parsed(await self._reader.readuntil(FRAME_END)))

    async def _send(
        self, name: str, headers: Iterable[tuple[str, str]], named: Mapping[str, str]
    ) -> asyncio.Queue[Message]:
        action_id = f"lab-{next(self._ids)}"
        replies = self._replies[action_id] = asyncio.Queue()
        lines = [("Action", name), ("ActionID", action_id), *headers, *named.items()]
        self._writer.write(
            "".join(f"{key}: {value}\r\n" for key, value in lines).encode(errors="surrogateescape") + b"\r\n"
        )
        await self._writer.drain()
        return replies

    async def _response(self, name: str, replies: asyncio.Queue[Message]) -> Message:
        async with asyncio.timeout(ACTION_SECONDS):
            response = await replies.get()
        if response.get("Response") == "Error":
            raise ActionFailedError(name, response)
        return response

    def _take(self, message: Message) -> None:
        replies = self._replies.get(message.get("ActionID", ""))
        if replies is not None:
            replies.put_nowait(message)
        if "Event" in message:
            for listener in self._listeners:
                listener(message)


@contextlib.asynccontextmanager
async def connected(port: int, user: str, secret: str, *listeners: Callable[[Message], None]) -> AsyncIterator[Control]:
    """Log in; the connection is closed at the end.  `listeners` see the events from the first on."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port, limit=LINE_LIMIT)
    control = Control(reader, writer)
    for listener in listeners:
        control.listen(listener)
    reading = asyncio.create_task(control.read(), name="ami-control")
    try:
        await control.action("Login", Username=user, Secret=secret)
        yield control
    finally:
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def _parsed(frame: bytes) -> Message:
    headers: dict[str, str] = {}
    for line in frame.decode(errors="replace").split("\r\n"):
        key, colon, value = line.partition(":")
        if colon:
            headers.setdefault(key, value.strip())
    return headers
