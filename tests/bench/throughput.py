"""Events a second, beside three peers on the same stream in the same run.

    python -m tests.bench.throughput [--rounds 5] [--laps 3]

Every client gets the same bytes from a server of its own, as fast as it reads; what is compared are medians.  The peers
only count events; ctibridge follows the calls, keeps the figures, and stores or publishes every change.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from tests.servers.mosquitto import Mosquitto

PEERS: Final = Path(__file__).parent / "peers"
RUN_SECONDS: Final = 180
BARE: Final = "panoramisk, one callback"
STORED: Final = "ctibridge, until stored"
SENT: Final = "ctibridge, until the broker has it"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one client said of one round."""

    events: int
    seconds: float
    cpu: float
    """Seconds of processor time, of all its threads."""

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def cost(self) -> float:
        """Microseconds of processor time an event."""
        return self.cpu / self.events * 1e6


def _clients(mqtt_port: int) -> dict[str, list[str]]:
    python = [sys.executable, "-m"]
    clients = {
        BARE: [*python, "tests.bench.peers.panoramisk_bare"],
        "pyami_asterisk, one callback": [*python, "tests.bench.peers.pyami_asterisk_bare"],
        STORED: [*python, "tests.bench.ours"],
        SENT: [*python, "tests.bench.ours", "--mqtt", str(mqtt_port)],
    }
    script = PEERS / "node" / "asterisk_manager_bare.js"
    if shutil.which("node") and (script.parent / "node_modules").is_dir():
        clients["node asterisk-manager, one listener"] = ["node", str(script)]
    return clients


@contextmanager
def _replayer(laps: int, *, is_queues: bool) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.replayer", "--laps", str(laps), *["--queues"] * is_queues]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield (server.stdout.readline() if server.stdout else "").strip()
        finally:
            server.kill()


def _round(command: Sequence[str], laps: int, *, is_queues: bool) -> Run:
    """One client on one stream; RuntimeError with what it said when it fails."""
    with _replayer(laps, is_queues=is_queues) as port:
        done = subprocess.run([*command, port], check=False, capture_output=True, text=True, timeout=RUN_SECONDS)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr[-500:]}")
    return msgspec.convert(json.loads(done.stdout), Run)


def measured(rounds: int, laps: int, *, is_queues: bool, mqtt_port: int) -> dict[str, list[Run]]:
    """All clients in turn, so many times: what disturbs the machine disturbs all."""
    found: dict[str, list[Run]] = {}
    for _ in range(rounds):
        for name, command in _clients(mqtt_port).items():
            found.setdefault(name, []).append(_round(command, laps, is_queues=is_queues))
    return found


def both(rounds: int, laps: int) -> Iterator[tuple[str, dict[str, list[Run]]]]:
    """The whole stream, and what a user with nothing but `read=agent` gets of four times as many laps."""
    with Mosquitto(is_quiet=True) as broker:
        yield "read=all", measured(rounds, laps, is_queues=False, mqtt_port=broker.port)
        yield "read=agent", measured(rounds, laps * 4, is_queues=True, mqtt_port=broker.port)


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One client, by medians; ratios are to the bare loop."""

    client: str
    rate: float
    """Events a second."""
    times: float
    """Times as many."""
    cost: float
    """Microseconds of processor time an event."""
    share: float
    """Of the bare loop's processor time."""


def compared(found: dict[str, list[Run]]) -> list[Compared]:
    """All clients of one stream."""
    rates = {name: statistics.median(run.rate for run in runs) for name, runs in found.items()}
    costs = {name: statistics.median(run.cost for run in runs) for name, runs in found.items()}
    return [
        Compared(
            client=name,
            rate=rates[name],
            times=rates[name] / rates[BARE],
            cost=costs[name],
            share=costs[name] / costs[BARE],
        )
        for name in found
    ]


def table(title: str, found: dict[str, list[Run]]) -> Table:
    """Medians, beside those of the bare loop."""
    shown = Table("client", "events/s", "x bare", "processor us/event", "x bare", title=title)
    for one in compared(found):
        shown.add_row(one.client, f"{one.rate:,.0f}", f"{one.times:.2f}", f"{one.cost:.1f}", f"{one.share:.2f}")
    return shown


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--laps", type=int, default=3)
    options = parser.parse_args()
    for title, found in both(options.rounds, options.laps):
        Console().print(table(f"{title}, medians of {options.rounds}", found))


if __name__ == "__main__":
    main()
