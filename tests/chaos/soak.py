"""`python -m tests.chaos.soak`: hours of a busy call centre in a run; prints how memory and descriptors grow.

The PBX is the simulated one, which speaks AMI over TCP and writes queue_log; broker, bridge and witness are as in
production.  What is remembered of ended calls for ten minutes fills up first, so the slope is that of the second half.
"""

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import msgspec

from ctibridge.simulator.demo_centre import demo_centre
from ctibridge.simulator.server import SimulatedPbx
from tests.chaos import judge
from tests.chaos.report import SOAK, page
from tests.chaos.vitals import Vitals, slope, watched
from tests.chaos.witness import Witness
from tests.servers.asterisk import BRIDGE_SECRET, BRIDGE_USER
from tests.servers.bridge import Bridge
from tests.servers.mosquitto import Mosquitto

SECONDS: Final = 1800.0
RATE: Final = 300.0
AGENTS: Final = 80
EVENTS_AN_AGENT: Final = 0.58
"""AMI events a second that an agent of the demo's centre causes at its usual speed."""
TELL_EVERY: Final = 60.0
HOUR: Final = 3600.0
MOST_MIB_AN_HOUR: Final = 20.0
MOST_DESCRIPTORS_AN_HOUR: Final = 2.0
TRUSTED: Final = 1200.0
"""Seconds from which a run is long enough for its slopes to be judged."""


class Endurance(msgspec.Struct, kw_only=True):
    """What came of a run."""

    seconds: float
    ami_events: float
    messages: int
    """Of all kinds, at the witness."""
    numbers: judge.Numbers
    first_mib: float
    last_mib: float
    peak_mib: float
    mib_an_hour: float
    descriptors: int
    descriptors_an_hour: float
    tracebacks: int

    @property
    def complaints(self) -> list[str]:
        """What was not as promised."""
        found = [f"events missing: {self.numbers.missing}"] if self.numbers.missing else []
        found += [f"events out of order: {self.numbers.disordered}"] if self.numbers.disordered else []
        found += [f"{self.tracebacks} errors in the log"] if self.tracebacks else []
        if self.seconds >= TRUSTED and self.mib_an_hour > MOST_MIB_AN_HOUR:
            found.append(f"memory grows by {self.mib_an_hour:.1f} MiB/h")
        if self.seconds >= TRUSTED and self.descriptors_an_hour > MOST_DESCRIPTORS_AN_HOUR:
            found.append(f"descriptors grow by {self.descriptors_an_hour:.1f}/h")
        return found


async def soaked(seconds: float, rate: float) -> Endurance:
    """Run for so long at about so many AMI events a second."""
    async with _standing(rate) as (bridge, witness, vitals):
        start = time.monotonic()
        told = start
        while (now := time.monotonic()) < start + seconds:
            await asyncio.sleep(min(1.0, start + seconds - now))
            if now - told >= TELL_EVERY:
                told = now
                await asyncio.to_thread(_tell, now - start, bridge, witness, vitals)
        half = [sample for sample in vitals.samples if sample.at > start + seconds / 2]
        hours = [((sample.at - start) / HOUR, sample) for sample in half]
        return Endurance(
            seconds=seconds,
            ami_events=await asyncio.to_thread(_ami_events, bridge),
            messages=witness.messages,
            numbers=judge.numbers(witness.events),
            first_mib=vitals.samples[0].mib,
            last_mib=vitals.last_mib,
            peak_mib=vitals.peak_mib,
            mib_an_hour=slope([(at, sample.mib) for at, sample in hours]),
            descriptors=vitals.samples[-1].descriptors,
            descriptors_an_hour=slope([(at, sample.descriptors) for at, sample in hours]),
            tracebacks=bridge.log.count("Traceback"),
        )


@contextlib.asynccontextmanager
async def _standing(rate: float) -> AsyncIterator[tuple[Bridge, Witness, Vitals]]:
    with Mosquitto(extra="max_queued_messages 0\nmax_inflight_messages 0\n") as broker, Witness(broker.port) as witness:
        queue_log = broker.folder / "queue_log"
        queue_log.touch()
        pbx = SimulatedPbx(
            demo_centre(AGENTS),
            clock=_clock(),
            username=BRIDGE_USER,
            secret=BRIDGE_SECRET,
            speed=rate / (AGENTS * EVENTS_AN_AGENT),
            queue_log=queue_log,
        )
        async with pbx:
            bridge = Bridge(ami_port=pbx.port, mqtt_port=broker.port, queue_log=queue_log, is_checked=False)
            with bridge:
                await asyncio.to_thread(bridge.wait_ready)
                async with watched(lambda: bridge.pid, interval=1.0) as vitals:
                    yield bridge, witness, vitals


def _clock() -> Callable[[], float]:
    offset = time.time() - time.monotonic()  # noqa: TID251 - stamps are wall time
    return lambda: time.monotonic() + offset


def _ami_events(bridge: Bridge) -> float:
    return sum(bridge.metrics().get("ctibridge_ami_events_total", {}).values())


def _tell(passed: float, bridge: Bridge, witness: Witness, vitals: Vitals) -> None:
    events = _ami_events(bridge)
    sys.stderr.write(
        f"{passed / 60:5.1f} min  {events:>9,.0f} AMI events ({events / passed:.0f}/s)  {witness.messages:>9,} messages"
        f"  {vitals.last_mib:6.1f} MiB  {vitals.samples[-1].descriptors} descriptors\n"
    )


def table(run: Endurance) -> str:
    """What was measured, a line each."""
    rate, said = run.ami_events / run.seconds, run.numbers
    rows = {
        "lasted": f"{run.seconds / 60:.0f} min",
        "AMI events": f"{run.ami_events:,.0f}, {rate:.0f} a second",
        "MQTT messages": f"{run.messages:,}, {run.messages / run.seconds:.0f} a second",
        "events of ours: told, missing, out of order": f"{said.told:,}, {said.missing}, {said.disordered}",
        "memory": f"{run.first_mib:.1f} MiB → {run.last_mib:.1f} MiB, at most {run.peak_mib:.1f} MiB",
        "slope of memory, second half": f"{run.mib_an_hour:+.1f} MiB an hour",
        "descriptors": f"{run.descriptors}",
        "slope of descriptors, second half": f"{run.descriptors_an_hour:+.1f} an hour",
        "verdict": "; ".join(run.complaints) or "kept",
    }
    return "\n".join(["| soak | measured |", "|---|---|", *(f"| {name} | {text} |" for name, text in rows.items())])


def main() -> int:
    """0 when nothing was lost and nothing grew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rate", type=float, default=RATE, help="AMI events a second")
    parser.add_argument("--page", type=Path, help="the page to write the table into")
    options = parser.parse_args()
    run = asyncio.run(soaked(options.seconds, options.rate))
    text = table(run)
    sys.stdout.write(f"{text}\n")
    if options.page is not None:
        options.page.write_text(page(options.page.read_text(encoding="utf-8"), text, SOAK), encoding="utf-8")
    return 1 if run.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
