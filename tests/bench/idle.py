"""What the daemon uses with 500 agents and no calls, as a share of one core.

python -m tests.bench.idle [--seconds 60]

Pings, checkpoints and one full picture a minute are in it; nobody asks for a page.
"""

import argparse
from typing import Final

from rich.console import Console

from tests.bench.made import Size
from tests.bench.process import idle_share, wait_idle
from tests.bench.standing import standing

SECONDS: Final = 65.0
"""Longer than the time between two full pictures can be."""
SIZE: Final = Size(agents=500, queues=20)


def measured(seconds: float = SECONDS, size: Size = SIZE) -> float:
    """Share of a core, 0 to 1."""
    with standing(size) as all_of_it:
        wait_idle(all_of_it.bridge.pid)
        return idle_share(all_of_it.bridge.pid, seconds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    Console().print(f"{measured(parser.parse_args().seconds):.2%} of a core")


if __name__ == "__main__":
    main()
