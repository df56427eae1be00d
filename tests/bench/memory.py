"""Memory with 5,000 agents, 200 queues and 2,000 calls in progress, and whether it grows while calls go on.

python -m tests.bench.memory [--minutes 10]

What is remembered of ended calls for ten minutes fills up first, and events wait on disk for a day.  So a slope is only
that of the second half, and growth is the end against the middle.
"""

import argparse
import time
from typing import Final

import msgspec
from rich.console import Console

from tests.bench.made import Size
from tests.bench.process import megabytes, processor_seconds, wait_idle
from tests.bench.standing import standing
from tests.chaos.vitals import slope

MINUTES: Final = 10.0
SIZE: Final = Size(agents=5000, queues=200, ring=2.0, talk=180.0, calls=11.0)
"""Eleven calls a second of three minutes each are 2,000 at a time, and about 550 events a second."""
WARM_SECONDS: Final = 260.0
"""No conversation lasts longer."""
LOOK_SECONDS: Final = 5.0


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """Megabytes of the daemon."""

    calls: int
    """In progress, waiting or talking, when the picture was taken."""
    at_first: float
    """With the picture taken and everything published."""
    middle: float
    last: float
    most: float
    an_hour: float
    """Slope of the second half."""
    events: int
    seconds: float
    share: float
    """Of a core, while calls went on."""


def measured(minutes: float = MINUTES, size: Size = SIZE, warm: float = WARM_SECONDS) -> Remembered:
    """One run."""
    with standing(size, warm=warm) as all_of_it:
        pid = all_of_it.bridge.pid
        wait_idle(pid)
        at_first = megabytes(pid)
        used, began = processor_seconds(pid), time.monotonic()
        all_of_it.pbx.begin("play", seconds=minutes * 60)
        looks: list[tuple[float, float]] = []
        while (now := time.monotonic()) < began + minutes * 60:
            looks.append((now - began, megabytes(pid)))
            time.sleep(LOOK_SECONDS)
        told = all_of_it.pbx.end(within=60.0)
        seconds = time.monotonic() - began
        share = (processor_seconds(pid) - used) / seconds
    half = looks[len(looks) // 2 :]
    return Remembered(
        calls=all_of_it.calls,
        at_first=at_first,
        middle=half[0][1],
        last=looks[-1][1],
        most=max(memory for _, memory in looks),
        an_hour=slope(half) * 3600,
        events=told["events"],
        seconds=seconds,
        share=share,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    console = Console()
    for name, value in msgspec.structs.asdict(measured(parser.parse_args().minutes)).items():
        console.print(f"{name:<10} {value:,.2f}")


if __name__ == "__main__":
    main()
