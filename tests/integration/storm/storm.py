"""A long seeded run in which everything goes wrong: the AMI link is cut, the bridge killed, Asterisk crashes.

`python -m tests.integration.storm.storm` plays 1,000 calls on each version and prints both columns; the tests play a
short one.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Awaitable, Callable
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
SETTLES: Final = 60.0
"""Seconds in which the last facts are audited."""


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong, and how often."""

    cuts: int
    kills: int


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
        return not self.differing() and self.lost[0] == self.lost[1] and not (self.mismatches or self.states)


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


async def _main(calls: int, versions: list[int]) -> int:
    weather = Weather(cuts=5, kills=5)
    runs = [storm(version, calls=calls, seed=20261121, weather=weather) for version in versions]
    outcomes = await asyncio.gather(*runs)
    for outcome in outcomes:
        said = [
            f"\nAsterisk {outcome.version}: {calls} calls, AMI cut 5 times, the bridge killed 5 times, one crash",
            table(outcome.figures),
            f"lost in the crash: queue_log {outcome.lost[0]:g}, bridge {outcome.lost[1]:g}",
            f"audit mismatches {outcome.mismatches:g}, tracebacks {outcome.tracebacks}",
            f"states that differ from queue show: {outcome.states or 'none'}",
            "EXACT" if outcome.is_exact() else "NOT EXACT",
        ]
        sys.stdout.write("\n".join(said) + "\n")
    return 0 if all(outcome.is_exact() for outcome in outcomes) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--version", type=int, action="append", choices=VERSIONS)
    options = parser.parse_args()
    sys.exit(asyncio.run(_main(options.calls, options.version or list(VERSIONS))))
