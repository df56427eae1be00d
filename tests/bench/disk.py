"""How long the disk takes to keep a few kilobytes, with nothing else to do: events wait for it before they go out."""

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

import msgspec

SECONDS: Final = 20.0
PAUSE: Final = 0.01
BYTES: Final = 8192
"""As a commit of a few events."""
MEMORY: Final = Path("/dev/shm")
"""A file system without a disk, where Linux has one."""


class Flushes(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds."""

    flushes: int
    p50: float
    p99: float
    worst: float


def measured(seconds: float = SECONDS) -> Flushes:
    """Write, flush and rest; where a store of the bench lies."""
    took: list[float] = []
    with tempfile.TemporaryFile() as file:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            file.write(bytes(BYTES))
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1e3)
            time.sleep(PAUSE)
    cuts = statistics.quantiles(took, n=100)
    return Flushes(flushes=len(took), p50=cuts[49], p99=cuts[98], worst=max(took))
