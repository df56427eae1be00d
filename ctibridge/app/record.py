"""`ctibridge record`: a PBX's AMI bytes as received, for a bug report or a replay."""

import asyncio
import contextlib
from pathlib import Path
from typing import Final

import structlog

from ctibridge.app.clock import BridgeClock, monotonic, wall
from ctibridge.app.tasks import keep_running
from ctibridge.asterisk.capture import CaptureWriter
from ctibridge.asterisk.client import AmiClient
from ctibridge.asterisk.clock import PbxClock
from ctibridge.asterisk.settings import AmiSettings

FLUSH_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)


async def record(settings: AmiSettings, path: Path, *, is_masked: bool, stop: asyncio.Event) -> int:
    """Write until ``stop`` is set; the number of bytes.  A lost connection is made again and recorded on."""
    clock = BridgeClock()
    written = 0
    with CaptureWriter(path, is_masked=is_masked) as capture:

        def take(data: bytes, arrived: float) -> None:
            nonlocal written
            written += len(data)
            capture.write(data, clock.at(arrived))

        client = AmiClient(settings, PbxClock(wall, monotonic), lambda _: None, tap=take)
        following = asyncio.create_task(keep_running("record", client.run), name="record")
        try:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(FLUSH_SECONDS):
                        await stop.wait()
                capture.flush()
        finally:
            following.cancel()
            await asyncio.wait({following})
    return written
