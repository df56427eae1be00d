"""A long seeded run in which everything goes wrong: the AMI link is cut, the bridge killed, Asterisk crashes.

`python -m tests.integration.storm.storm` plays 1,000 calls on each version and prints both columns; `make exactness`
runs it and has it write docs/storm.md.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec

from tests.integration.seeded_run.figures import Row, rows, state_differences, table
from tests.servers.ami import ActionFailedError
from tests.servers.asterisk import VERSIONS, Asterisk
from tests.servers.bridge import Bridge
from tests.servers.cuttable import Cuttable
from tests.servers.driver import play
from tests.servers.load import OVERFLOW, seeded
from tests.servers.mosquitto import Mosquitto
from tests.servers.queue_log import judged
from tests.servers.queue_show import shown
from tests.servers.stage import Stage, stage_on

POLICY: Final = "[defaults]\nwrap_up = 1\nservice_level_threshold = 5\n"
AGENTS: Final = 16
CALLS_PER_SECOND: Final = 3.5
SEED: Final = 20261121
SETTLES: Final = 60.0
"""Seconds in which the last facts are audited."""


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong, and how often."""

    cuts: int
    kills: int


WEATHER: Final = Weather(cuts=5, kills=5)


class Outcome(msgspec.Struct, kw_only=True):
    """What came of one run."""

    version: int
    figures: list[Row]
    lost: tuple[float, float]
    """Callers whom the crash left without an end: queue_log's count and the bridge's."""
    mismatches: float
    states: list[str]
    tracebacks: int

    def differing(self) -> list[Row]:
        """Figures that are not equal."""
        return [row for row in self.figures if row[2] != row[3]]

    def is_exact(self) -> bool:
        """True when nothing at all differs."""
        is_equal = not self.differing() and self.lost[0] == self.lost[1]
        return is_equal and not (self.mismatches or self.states or self.tracebacks)


async def storm(version: int, *, calls: int, seed: int, weather: Weather) -> Outcome:
    """Play two halves with a crash of Asterisk between them, in bad weather; then compare."""
    with Asterisk(version) as asterisk, Mosquitto() as mosquitto:
        async with Cuttable(asterisk.port) as link:
            with Bridge(
                ami_port=link.port, mqtt_port=mosquitto.port, queue_log=asterisk.queue_log, more=POLICY
            ) as bridge:
                await asyncio.to_thread(bridge.wait_ready)
                trouble = asyncio.create_task(_trouble(link, bridge, seed, calls, weather))
                await _half(asterisk, seed, calls // 2, ends_in_crash=True)
                await asyncio.to_thread(asterisk.start)
                await _half(asterisk, seed + 1, calls - calls // 2, ends_in_crash=False)
                await trouble
                await asyncio.to_thread(bridge.wait_ready, 60.0)
                return await _compared(version, asterisk, bridge)


async def _half(asterisk: Asterisk, seed: int, calls: int, *, ends_in_crash: bool) -> None:
    seconds = calls / CALLS_PER_SECOND
    async with stage_on(asterisk) as stage:
        await _clear(stage)
        run = asyncio.create_task(
            play(stage, seeded(seed, calls=calls, agents=AGENTS, seconds=seconds), overflow=OVERFLOW)
        )
        if not ends_in_crash:
            await run
            return
        await asyncio.sleep(seconds * 0.9)
        asterisk.kill()
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


async def _clear(stage: Stage) -> None:
    """Take away members that Asterisk remembers from before the crash."""
    for queue in shown(await asyncio.to_thread(stage.asterisk.cli, "queue show")).values():
        for member in queue.members:
            try:
                await stage.control.action("QueueRemove", Queue=queue.name, Interface=member.interface)
            except ActionFailedError:
                continue


async def _trouble(link: Cuttable, bridge: Bridge, seed: int, calls: int, weather: Weather) -> None:
    draw = random.Random(seed)
    acts: list[Callable[[], Awaitable[None]]] = [lambda: _cut(link, draw)] * weather.cuts
    acts += [lambda: _kill(bridge, draw)] * weather.kills
    draw.shuffle(acts)
    pause = calls / CALLS_PER_SECOND / (len(acts) + 1)
    for act in acts:
        await asyncio.sleep(pause)
        await act()


async def _cut(link: Cuttable, draw: random.Random) -> None:
    await link.cut(refuse=True)
    await asyncio.sleep(draw.uniform(0.5, 6.0))
    link.mend()


async def _kill(bridge: Bridge, draw: random.Random) -> None:
    await asyncio.to_thread(bridge.kill)
    await asyncio.sleep(draw.uniform(0.2, 4.0))
    bridge.start()


async def _compared(version: int, asterisk: Asterisk, bridge: Bridge) -> Outcome:
    """What both say, as soon as it is equal, else when everything had its time."""
    agents = [str(1001 + index) for index in range(AGENTS)]
    deadline = asyncio.get_running_loop().time() + SETTLES
    while True:
        outcome = await asyncio.to_thread(_look, version, asterisk, bridge, agents)
        if outcome.is_exact() or asyncio.get_running_loop().time() > deadline:
            return outcome
        await asyncio.sleep(2)


def _look(version: int, asterisk: Asterisk, bridge: Bridge, agents: list[str]) -> Outcome:
    verdict = judged(asterisk.queue_log)
    samples = bridge.metrics()
    judged_lost = sum(queue.lost for queue in verdict.queues.values())
    return Outcome(
        version=version,
        figures=rows(bridge, verdict, agents),
        lost=(judged_lost, sum(samples.get("ctibridge_queue_calls_lost_total", {}).values())),
        mismatches=sum(samples.get("ctibridge_audit_mismatch_total", {}).values()),
        states=state_differences(bridge, shown(asterisk.cli("queue show"))),
        tracebacks=bridge.log.count("Traceback"),
    )


PAGE: Final = """\
# Storm: a long run in bad weather

A seeded run of {calls:,} calls over three queues and {agents} agents on a real Asterisk of each version, {today}.
In the middle AMI was cut {weather.cuts} times, the bridge killed {weather.kills} times with SIGKILL, and Asterisk
crashed once.  Afterwards every counter of `/metrics` was compared with queue_log, and every retained state with
`queue show`.

`make exactness` runs it again and writes this page.

{runs}"""
RUN: Final = """\
## Asterisk {outcome.version}: {verdict}

Callers whom the crash left without an end: queue_log {outcome.lost[0]:g}, bridge {outcome.lost[1]:g}.
Audit mismatches: {outcome.mismatches:g}.  States that differ from `queue show`: {states}.

```
{table}
```
"""


def page(outcomes: Sequence[Outcome], calls: int, today: date) -> str:
    """`docs/storm.md`."""
    runs = "\n".join(_told(outcome) for outcome in outcomes)
    return PAGE.format(calls=calls, agents=AGENTS, today=today.isoformat(), weather=WEATHER, runs=runs)


def _told(outcome: Outcome) -> str:
    verdict = "all equal" if outcome.is_exact() else "NOT EQUAL"
    states = "; ".join(outcome.states) or "none"
    return RUN.format(outcome=outcome, verdict=verdict, states=states, table=table(outcome.figures))


async def _played(calls: int, versions: Sequence[int]) -> list[Outcome]:
    return list(
        await asyncio.gather(*(storm(version, calls=calls, seed=SEED, weather=WEATHER) for version in versions))
    )


def main() -> int:
    """Play, print and write; 1 when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--version", type=int, action="append", choices=VERSIONS)
    parser.add_argument("--page", type=Path, help="where to write the page")
    options = parser.parse_args()
    outcomes = asyncio.run(_played(options.calls, options.version or VERSIONS))
    today = datetime.now(UTC).date()  # noqa: TID251 - the page says when it was written
    text = page(outcomes, options.calls, today)
    sys.stdout.write(text)
    if options.page is not None:
        options.page.write_text(text, encoding="utf-8")
    return 0 if all(outcome.is_exact() for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
