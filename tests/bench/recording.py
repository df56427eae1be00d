"""Makes the stream that the benchmarks replay: all events of a busy Asterisk 22, as a user with `read=all` gets them.

    python -m tests.bench.recording

The picture (QueueStatus) is taken first, so that a server that replays the stream can answer for it.
"""

import asyncio
import contextlib
import lzma
from pathlib import Path
from typing import Final

from tests.servers.asterisk import Asterisk
from tests.servers.driver import play
from tests.servers.load import OVERFLOW, seeded
from tests.servers.stage import stage_on

FILE: Final = Path(__file__).parent / "data" / "busy.ami.xz"
USER: Final = "everything"
SECRET: Final = "everything-secret"
MANAGER: Final = f"""
[{USER}]
secret = {SECRET}
read = all
write = all
writetimeout = 5000
"""
SETTLES: Final = 1.0
"""Seconds after the last call in which its last events arrive."""


async def record(calls: int, agents: int, seconds: float) -> bytes:
    """Everything that Asterisk sent to a user who may read all, from the login on."""
    with Asterisk(22, extra={"manager.d/bench.conf": MANAGER}) as asterisk:
        async with stage_on(asterisk) as stage:
            reader, writer = await asyncio.open_connection(asterisk.host, asterisk.port)
            received = bytearray()
            reading = asyncio.create_task(_read(reader, received))
            writer.write(f"Action: Login\r\nUsername: {USER}\r\nSecret: {SECRET}\r\n\r\n".encode())
            story = seeded(9, calls=calls, agents=agents, seconds=seconds)
            await play(stage, story, overflow=OVERFLOW)
            await asyncio.sleep(SETTLES)
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading
            writer.close()
    return bytes(received)


async def _read(reader: asyncio.StreamReader, received: bytearray) -> None:
    while data := await reader.read(1 << 16):
        received += data


def main() -> None:
    """Record, and say what was recorded."""
    stream = asyncio.run(record(calls=150, agents=20, seconds=60))
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(lzma.compress(stream, preset=9))
    frames = stream.count(b"\r\nPrivilege:")
    print(f"{FILE}: {frames} events, {len(stream)} bytes, {FILE.stat().st_size} compressed")  # noqa: T201


if __name__ == "__main__":
    main()
