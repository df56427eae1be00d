"""What an event costs, and an agent, as the centre grows: the same calls in centres of 10 to 10,000 agents.

python -m tests.bench.growth [--agents 10,100,1000,10000] [--rounds 3] [--events 8000]
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from tests.bench.listening import Listener
from tests.bench.made import Size
from tests.bench.process import idle_share, megabytes, wait_idle
from tests.bench.standing import Standing, standing

AGENTS: Final = (10, 100, 1000, 10_000)
EVENTS: Final = 8000
ROUNDS: Final = 3
AGENTS_A_QUEUE: Final = 25
"""Each is in two queues, so that a queue has twice as many members."""
LEAST_QUEUES: Final = 2
RING, TALK, CALLS_A_SECOND = 0.3, 1.0, 5.0
"""As many and as short as ten agents can serve: what is due by the clock alone is to weigh little."""
WARM_SECONDS: Final = 10.0
IDLE_SECONDS: Final = 6.0
"""Three times as long as the time between two checkpoints."""
BURST_SECONDS: Final = 120.0


class Grown(msgspec.Struct, frozen=True, kw_only=True):
    """One size of centre; medians of the rounds."""

    agents: int
    queues: int
    rate: float
    """Events a second until the broker has acknowledged what they changed."""
    cost: float
    """Microseconds of processor time an event, with what is published and stored of it, beyond what idling costs."""
    idle: float
    """Share of a core while nothing happens: checkpoints, and looking at the clock."""
    memory: float
    """Megabytes of the daemon with its picture taken, before any further event."""


def size_of(agents: int) -> Size:
    """A centre with so many."""
    return Size(
        agents=agents, queues=max(LEAST_QUEUES, agents // AGENTS_A_QUEUE), ring=RING, talk=TALK, calls=CALLS_A_SECOND
    )


def grown(agents: int, rounds: int, events: int) -> Grown:
    """One daemon, some bursts."""
    size = size_of(agents)
    with standing(size, warm=WARM_SECONDS) as all_of_it:
        wait_idle(all_of_it.bridge.pid)
        memory = megabytes(all_of_it.bridge.pid)
        idle = idle_share(all_of_it.bridge.pid, IDLE_SECONDS)
        with Listener(all_of_it.broker.port, "event/agent/paused") as listener:
            found = [_burst(all_of_it, listener, events, f"mark {number}", idle) for number in range(rounds)]
    return Grown(
        agents=agents,
        queues=size.queues,
        rate=statistics.median(rate for rate, _ in found),
        cost=statistics.median(cost for _, cost in found),
        idle=idle,
        memory=memory,
    )


def _burst(all_of_it: Standing, listener: Listener, events: int, mark: str, idle: float) -> tuple[float, float]:
    """Events a second, and microseconds an event."""
    pid = all_of_it.bridge.pid
    used = wait_idle(pid)
    heard = len(listener.heard)
    sent = all_of_it.pbx.do("burst", within=BURST_SECONDS, events=events, mark=mark)
    last = listener.wait(lambda one: mark in one.payload, mark, BURST_SECONDS, heard)
    cost = wait_idle(pid) - used - idle * (time.monotonic() - sent["began"])
    return sent["events"] / (last.at - sent["began"]), cost / sent["events"] * 1e6


def bytes_an_agent(found: Sequence[Grown]) -> list[float]:
    """What each agent beyond those of the smallest centre costs; one number for each larger centre."""
    least = found[0]
    return [(one.memory - least.memory) * 1e6 / (one.agents - least.agents) for one in found[1:]]


def measured(agents: Sequence[int] = AGENTS, rounds: int = ROUNDS, events: int = EVENTS) -> list[Grown]:
    """All sizes, the smallest first."""
    return [grown(one, rounds, events) for one in sorted(agents)]


def table(found: Sequence[Grown]) -> Table:
    """For the terminal."""
    shown = Table("agents", "queues", "events/s", "processor us/event", "idle", "MB", "bytes/agent")
    for one, size in zip(found, [None, *bytes_an_agent(found)], strict=True):
        cells = (
            f"{one.rate:,.0f}",
            f"{one.cost:.1f}",
            f"{one.idle:.1%}",
            f"{one.memory:.1f}",
            "" if size is None else f"{size:,.0f}",
        )
        shown.add_row(f"{one.agents:,}", f"{one.queues}", *cells)
    return shown


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", default=",".join(map(str, AGENTS)))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--events", type=int, default=EVENTS)
    options = parser.parse_args()
    began = time.monotonic()
    agents = [int(one) for one in options.agents.split(",")]
    console = Console()
    console.print(table(measured(agents, options.rounds, options.events)))
    console.print(f"in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
