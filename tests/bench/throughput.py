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
        "ctibridge, until stored": [*python, "tests.bench.ours"],
        "ctibridge, until the broker has it": [*python, "tests.bench.ours", "--mqtt", str(mqtt_port)],
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
    """One client on one stream; CalledProcessError when it fails."""
    with _replayer(laps, is_queues=is_queues) as port:
        done = subprocess.run(
            [*command, port], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=RUN_SECONDS
        )
    return msgspec.convert(json.loads(done.stdout), Run)


def measured(rounds: int, laps: int, *, is_queues: bool, mqtt_port: int) -> dict[str, list[Run]]:
    """All clients in turn, so many times: what disturbs the machine disturbs all."""
    found: dict[str, list[Run]] = {}
    for _ in range(rounds):
        for name, command in _clients(mqtt_port).items():
            found.setdefault(name, []).append(_round(command, laps, is_queues=is_queues))
    return found


def table(title: str, found: dict[str, list[Run]]) -> Table:
    """Medians, and how many times as many events a second as the bare loop."""
    shown = Table("client", "events/s", "x bare", "processor us/event", title=title)
    bare = statistics.median(run.rate for run in found[BARE])
    for name, runs in found.items():
        rate = statistics.median(run.rate for run in runs)
        cost = statistics.median(run.cost for run in runs)
        shown.add_row(name, f"{rate:,.0f}", f"{rate / bare:.2f}", f"{cost:.1f}")
    return shown


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--laps", type=int, default=3)
    options = parser.parse_args()
    console = Console()
    with Mosquitto() as broker:
        for title, is_queues in (("read=all", False), ("read=agent", True)):
            laps = options.laps * (4 if is_queues else 1)
            found = measured(options.rounds, laps, is_queues=is_queues, mqtt_port=broker.port)
            console.print(table(f"{title}, medians of {options.rounds}", found))


if __name__ == "__main__":
    main()
