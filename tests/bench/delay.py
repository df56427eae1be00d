"""How long from AMI's bytes to a subscriber's hands, at 1,000 events a second through mosquitto on the same machine.

python -m tests.bench.delay [--seconds 60]

A message carries the time of the AMI event that caused it; the made PBX notes when it sent that event, the subscriber
when it had the message.  Messages that time alone causes, and no event, are left out.
"""

import argparse
import bisect
import statistics
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console

from tests.bench.listening import Heard, Listener
from tests.bench.made import Size
from tests.bench.process import processor_seconds
from tests.bench.standing import standing

SECONDS: Final = 60.0
SIZE: Final = Size(agents=500, queues=20, ring=2.0, talk=10.0, calls=20.0)
"""Twenty calls a second with fifty events each."""
WARM_SECONDS: Final = 30.0
QUIET_SECONDS: Final = 1.0
SAME: Final = 2e-6
"""Seconds by which a stamp may differ after it was written as text; two events are further apart."""


class Delays(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds."""

    messages: int
    p50: float
    p99: float
    worst: float


class Delayed(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    rate: float
    """AMI events a second."""
    share: float
    """Of a core, that the daemon uses for them."""
    events: Delays
    """Messages of what happened."""
    states: Delays
    """Messages of how things stand: of those that follow one another fast only the last is sent."""


class _Timed(msgspec.Struct):
    time: str


def measured(seconds: float = SECONDS, *, store: Path | None = None) -> Delayed:
    """One run; `store`: the database, if it is not to be where the daemon's folder is."""
    with (
        standing(SIZE, warm=WARM_SECONDS, store=store) as all_of_it,
        Listener(all_of_it.broker.port, "event/#", "agent/+/state", "queue/+/state") as listener,
    ):
        listener.wait_quiet(QUIET_SECONDS, within=30.0)
        shown = len(listener.heard)
        used = processor_seconds(all_of_it.bridge.pid)
        told = all_of_it.pbx.do("play", within=seconds + 30, seconds=seconds, told=True)
        listener.wait_quiet(QUIET_SECONDS, within=30.0)
        used = processor_seconds(all_of_it.bridge.pid) - used
        heard = listener.heard[shown:]
    sent = sorted((stamp, at) for stamp, at in told["sent"])
    return Delayed(
        rate=told["events"] / told["seconds"],
        share=used / told["seconds"],
        events=_delays(sent, (one for one in heard if one.topic.startswith("event/"))),
        states=_delays(sent, (one for one in heard if one.topic.endswith("/state"))),
    )


def _delays(sent: Sequence[tuple[float, float]], heard: Iterable[Heard]) -> Delays:
    found = sorted(delay for one in heard if (delay := _delay(sent, one)) is not None)
    cuts = statistics.quantiles(found, n=100)
    return Delays(messages=len(found), p50=cuts[49] * 1e3, p99=cuts[98] * 1e3, worst=found[-1] * 1e3)


def _delay(sent: Sequence[tuple[float, float]], message: Heard) -> float | None:
    """Seconds from the sending of the event to the hands; None when it was no event that caused it."""
    if not message.payload:
        return None
    stamp = datetime.fromisoformat(msgspec.json.decode(message.payload, type=_Timed).time).timestamp()
    place = bisect.bisect_left(sent, (stamp - SAME, 0.0))
    if place == len(sent) or sent[place][0] > stamp + SAME:
        return None
    return message.at - sent[place][1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    found = measured(parser.parse_args().seconds)
    console = Console()
    console.print(f"{found.rate:,.0f} AMI events a second")
    for name, one in (("events", found.events), ("states", found.states)):
        console.print(f"{name}: {one.messages:,}  p50 {one.p50:.2f} ms  p99 {one.p99:.2f} ms  worst {one.worst:.1f} ms")


if __name__ == "__main__":
    main()
