"""A TCP link that a test can cut, slow down, or let fall silent, between two programs that know nothing of it."""

import asyncio
import contextlib
import socket
import struct
from types import TracebackType
from typing import Final, Self

from tests.servers.ports import LOOPBACK

CHUNK: Final = 65536
FILLS_BACKLOG: Final = 3
"""Connections that nobody accepts; Linux answers no more of them when the backlog is 0."""


class Cuttable:
    """Listens on `port` and carries what comes to another port and back."""

    def __init__(self, target: int, host: str = LOOPBACK) -> None:
        self.host = LOOPBACK
        self.port = 0
        self.connections = 0
        """How many were accepted so far."""
        self._target = (host, target)
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._refusing = False
        self._seconds_per_byte = 0.0

    async def __aenter__(self) -> Self:
        self._flowing.set()
        self._server = await asyncio.start_server(self._accept, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        await self.cut()
        if self._server is not None:
            await self._server.wait_closed()

    async def cut(self, *, refuse: bool = False) -> None:
        """Reset every connection; with `refuse` new ones too, until `mend`."""
        self._refusing = refuse
        for writer in self._writers:
            _reset(writer)
        for link in tuple(self._links):
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    def freeze(self) -> None:
        """Carry nothing more, and close nothing: a half-open connection."""
        self._flowing.clear()

    def slow(self, bytes_per_second: float) -> None:
        """Carry byte by byte in both directions, on old connections and on new ones."""
        self._seconds_per_byte = 1 / bytes_per_second

    def mend(self) -> None:
        """Carry again what comes, the held-back part first, and accept connections."""
        self._refusing = False
        self._seconds_per_byte = 0.0
        self._flowing.set()

    async def blackhole(self, seconds: float) -> None:
        """Carry nothing for so long, and let attempts to connect go unanswered, as behind a router without a route."""
        self.freeze()
        if self._server is not None:
            self._server.close()
        with socket.create_server((self.host, self.port), backlog=0) as full, contextlib.ExitStack() as stack:
            for _ in range(FILLS_BACKLOG):
                knock = stack.enter_context(socket.socket())
                knock.settimeout(0)
                knock.connect_ex(full.getsockname())
            await asyncio.sleep(seconds)
        self._server = await asyncio.start_server(self._accept, self.host, self.port)
        self.mend()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.current_task()
        if self._refusing or link is None:
            _reset(writer)
            return
        self.connections += 1
        self._links.add(link)
        self._writers.add(writer)
        try:
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await self._carry_both(reader, writer)
        finally:
            self._links.discard(link)
            await self._drop(writer)

    async def _carry_both(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._writers.add(far_writer)
        there = asyncio.create_task(self._carry(reader, far_writer))
        back = asyncio.create_task(self._carry(far_reader, writer))
        try:
            await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
        finally:
            there.cancel()
            back.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
            await self._drop(far_writer)

    async def _drop(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(CHUNK):
                await self._flowing.wait()
                await self._forward(chunk, writer)

    async def _forward(self, chunk: bytes, writer: asyncio.StreamWriter) -> None:
        rest = memoryview(chunk)
        while self._seconds_per_byte and rest:
            writer.write(bytes(rest[:1]))
            rest = rest[1:]
            await asyncio.sleep(self._seconds_per_byte)
        writer.write(bytes(rest))
        await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection as a lost link does: without the end of file that an orderly close sends."""
    with contextlib.suppress(OSError):  # Closed by its other end a moment ago.
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
