"""Keeps the bytes that AMI sends to a user with the bridge's rights."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from tests.servers.ports import LOOPBACK

USER: Final = "recorder"
SECRET: Final = "recorder-secret"
MANAGER_CONF: Final = f"""\
[{USER}]
secret = {SECRET}
read = agent,dialplan,call,system
write = reporting
writetimeout = 5000
"""
"""The rights of the shipped user without its filters: what passes a filter is a part of this."""

SNAPSHOT: Final = ("CoreSettings", "CoreStatus", "QueueStatus", "CoreShowChannels")
LAST_OF_SNAPSHOT: Final = b"Event: CoreShowChannelsComplete"
REPLY_SECONDS: Final = 10.0
CHUNK: Final = 65536


class Recorder:
    """Connects, logs in and asks for a snapshot as the bridge does; `received` is all that came back."""

    def __init__(self, port: int) -> None:
        self.received = bytearray()
        self._port = port
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._asked = 0

    async def connect(self) -> None:
        """Log in, wait for FullyBooted, ask for a snapshot and wait for its end."""
        reader, self._writer = await asyncio.open_connection(LOOPBACK, self._port)
        before = self.received.count(b"Event: FullyBooted")
        self._reading = asyncio.create_task(self._read(reader), name="recorder")
        self._send("Login", Username=USER, Secret=SECRET)
        await self._until(b"Event: FullyBooted", before + 1)
        await self.snapshot()

    async def snapshot(self) -> None:
        """Ask for the full picture and wait for its end."""
        before = self.received.count(LAST_OF_SNAPSHOT)
        for action in SNAPSHOT:
            self._send(action)
        await self._until(LAST_OF_SNAPSHOT, before + 1)

    async def close(self) -> None:
        """Hang up without a word."""
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(ConnectionError):
                await self._writer.wait_closed()
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading

    async def reconnect(self) -> None:
        """Log in anew; what comes is added to what came, greeting included."""
        await self.close()
        await self.connect()

    def _send(self, action: str, **headers: str) -> None:
        self._asked += 1
        lines = {"Action": action, "ActionID": f"recorder-{self._asked}", **headers}
        if self._writer is not None:
            self._writer.write("".join(f"{key}: {value}\r\n" for key, value in lines.items()).encode() + b"\r\n")

    async def _until(self, text: bytes, count: int) -> None:
        async with asyncio.timeout(REPLY_SECONDS):
            while self.received.count(text) < count or not self.received.endswith(b"\r\n\r\n"):
                self._news.clear()
                await self._news.wait()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(CHUNK):
                self.received += chunk
                self._news.set()


@contextlib.asynccontextmanager
async def recording(port: int) -> AsyncIterator[Recorder]:
    """A recorder that has its first snapshot."""
    recorder = Recorder(port)
    await recorder.connect()
    try:
        yield recorder
    finally:
        await recorder.close()
