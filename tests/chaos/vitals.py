"""Memory and descriptors of a process, looked at while it works."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

INTERVAL: Final = 0.25
PAGE_KIB: Final = 4


class Sample(msgspec.Struct, frozen=True):
    """One look."""

    at: float
    """Monotonic seconds."""
    pid: int
    mib: float
    """Resident memory."""
    descriptors: int


def look(pid: int) -> Sample | None:
    """How a process is now; None when it is gone."""
    folder = Path("/proc", str(pid))
    try:
        pages = int((folder / "statm").read_text().split()[1])
        descriptors = sum(1 for _ in (folder / "fd").iterdir())
    except (OSError, IndexError):
        return None
    return Sample(time.monotonic(), pid, pages * PAGE_KIB / 1024, descriptors)


class Vitals:
    """What was seen of a process that may be killed and started again."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []

    @property
    def peak_mib(self) -> float:
        """The most memory at any time."""
        return max((sample.mib for sample in self.samples), default=0.0)

    @property
    def last_mib(self) -> float:
        """The memory at the last look."""
        return self.samples[-1].mib if self.samples else 0.0

    @property
    def peak_descriptors(self) -> int:
        """The most open files and connections at any time."""
        return max((sample.descriptors for sample in self.samples), default=0)


@contextlib.asynccontextmanager
async def watched(pid: Callable[[], int], interval: float = INTERVAL) -> AsyncIterator[Vitals]:
    """Look at a process until the end; `pid` raises LookupError while there is none."""
    vitals = Vitals()

    async def watch() -> None:
        while True:
            with contextlib.suppress(LookupError):
                if (sample := look(pid())) is not None:
                    vitals.samples.append(sample)
            await asyncio.sleep(interval)

    task = asyncio.create_task(watch(), name="vitals")
    try:
        yield vitals
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Least squares: how much the second number grows for one of the first; 0 for less than two points."""
    count = len(points)
    if count < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
