"""How soon everything is right again after the connection to a large PBX broke: 5,000 members, 1,000 waiting callers.

python -m tests.bench.resync [--rounds 3]

Counted from the last line of QueueStatus on the wire, until `status` says online, and until the last of the states that
the daemon publishes anew is in a subscriber's hands.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from typing import Final

import msgspec
from rich.console import Console

from tests.bench.listening import Heard, Listener
from tests.bench.made import Size
from tests.bench.process import wait_idle
from tests.bench.standing import Standing, standing

ROUNDS: Final = 3
SIZE: Final = Size(agents=5000, queues=200, memberships=1, waiting=1000)
ONLINE_SECONDS: Final = 60.0
QUIET_SECONDS: Final = 3.0


class Resynced(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds after the last line of QueueStatus; medians of the rounds."""

    online: float
    """Until a subscriber is told that states may be believed."""
    complete: float
    """Until it has the last state that was told anew."""
    states: int
    """Agents that it was told of."""


def measured(rounds: int = ROUNDS, size: Size = SIZE) -> Resynced:
    """One daemon whose connection breaks some times."""
    with standing(size) as all_of_it, Listener(all_of_it.broker.port, "status", "agent/+/state") as listener:
        found = [_round(all_of_it, listener) for _ in range(rounds)]
    return Resynced(
        online=statistics.median(online for online, _, _ in found),
        complete=statistics.median(complete for _, complete, _ in found),
        states=int(statistics.median(states for _, _, states in found)),
    )


def _round(all_of_it: Standing, listener: Listener) -> tuple[float, float, int]:
    wait_idle(all_of_it.bridge.pid)
    listener.wait_quiet(QUIET_SECONDS, within=ONLINE_SECONDS)
    shown = len(listener.heard)
    listed: float = all_of_it.pbx.do("cut", within=ONLINE_SECONDS)["listed"]
    online = listener.wait(_is_online, "status online", ONLINE_SECONDS, after=shown)
    time.sleep(QUIET_SECONDS)
    told = _told_anew(listener.heard[shown:])
    return online.at - listed, max(one.at for one in (*told, online)) - listed, len({one.topic for one in told})


def _is_online(message: Heard) -> bool:
    return message.topic == "status" and '"state":"online"' in message.payload


def _told_anew(heard: Sequence[Heard]) -> list[Heard]:
    """States after everybody was unknown; a call that changes something a second later is none of them."""
    return [one for one in heard if one.topic.endswith("/state") and '"state":"unknown"' not in one.payload]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    found = measured(parser.parse_args().rounds)
    text = f"online after {found.online:.2f} s, {found.states:,} agents' states after {found.complete:.2f} s"
    Console().print(f"{text}, counted from the last line of QueueStatus")


if __name__ == "__main__":
    main()
