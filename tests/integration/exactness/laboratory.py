"""Plays scenes on several Asterisks at once, with the bridge watching, and keeps what both sides counted."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Final, Self

import msgspec

from ctibridge.domain.picture import Picture
from ctibridge.domain.policy import Policy
from tests.servers.asterisk import Asterisk
from tests.servers.figures import Row, rows
from tests.servers.queue_log import Judge, parsed
from tests.servers.recorder import Recorder
from tests.servers.scenes import SCENES
from tests.servers.scenes.configuration import EXTRA
from tests.servers.stage import stage_on
from tests.servers.watcher import Watcher, watching

AGENTS: Final = tuple(str(number) for number in range(1001, 1011))
SETTLE_SECONDS: Final = 8.0
"""Within this time the bridge knows what Asterisk has written: doubts are settled by then."""
SCENE_SECONDS: Final = 90.0


class Outcome(msgspec.Struct, kw_only=True):
    """One scene on one version."""

    scene: str
    version: int
    rows: list[Row] = []
    problem: str = ""
    """Why there are no figures."""
    unexpected: dict[str, int] = {}
    """What the bridge did not expect, by kind."""
    seconds: float = 0.0

    @property
    def is_exact(self) -> bool:
        """Whether every figure of the bridge equals queue_log's."""
        return not self.problem and all(row.agrees for row in self.rows)


class Prompter(Recorder):
    """Where a scene asks for a full picture, the watching bridge takes one as well."""

    def __init__(self, port: int, watcher: Watcher) -> None:
        super().__init__(port)
        self._watcher = watcher

    async def snapshot(self) -> None:
        """Ask for both."""
        await super().snapshot()
        await self._watcher.resync()


class Bench:
    """One Asterisk on which one scene after the other is played."""

    def __init__(self, version: int) -> None:
        self.version = version
        self._asterisk = Asterisk(version, extra=EXTRA)

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._asterisk.__enter__)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await asyncio.to_thread(self._asterisk.__exit__, None, None, None)

    async def play(self, name: str) -> Outcome:
        """Play one scene; whatever goes wrong becomes a part of the outcome, and the next scene starts afresh."""
        outcome = Outcome(scene=name, version=self.version)
        began = time.monotonic()
        try:
            async with asyncio.timeout(SCENE_SECONDS):
                await self._prepare(name)
                await self._watch(name, outcome)
        except Exception as error:  # noqa: BLE001 - reported in the table, beside the other scenes
            outcome.problem = f"{type(error).__name__}: {error}"
        if outcome.problem or not self._asterisk.is_running:
            await asyncio.to_thread(self._asterisk.kill)
            await asyncio.to_thread(self._asterisk.start)
        outcome.seconds = time.monotonic() - began
        return outcome

    async def _prepare(self, name: str) -> None:
        scene = SCENES[name]
        self._asterisk.write("queues.d/scene.conf", scene.queues)
        self._asterisk.write("extensions.d/scene.conf", scene.dialplan)
        async with stage_on(self._asterisk) as stage:
            for member in await stage.control.collect("QueueStatus"):
                if member.get("Membership") == "dynamic":
                    await stage.control.action("QueueRemove", Queue=member["Queue"], Interface=member["Location"])
            for agent in AGENTS:
                await stage.control.action("Setvar", Variable=f"LAB_{agent}", Value="")
        for command in ("dialplan reload", "queue reload all"):
            await asyncio.to_thread(self._asterisk.cli, command)

    async def _watch(self, name: str, outcome: Outcome) -> None:
        offset = self._asterisk.queue_log.stat().st_size
        async with watching(self._asterisk.port, Policy()) as watcher, stage_on(self._asterisk) as stage:
            async with self._recording(watcher) as recorder:
                await SCENES[name].play(stage, recorder)
            picture = await self._settled(watcher, offset)
            outcome.rows = list(rows(picture, self._verdict(offset)))
            outcome.unexpected = dict(picture.unexpected)
            if watcher.faults:
                outcome.problem = f"{watcher.faults} errors of our own code"

    @contextlib.asynccontextmanager
    async def _recording(self, watcher: Watcher) -> AsyncIterator[Recorder]:
        prompter = Prompter(self._asterisk.port, watcher)
        await prompter.connect()
        try:
            yield prompter
        finally:
            await prompter.close()

    async def _settled(self, watcher: Watcher, offset: int) -> Picture:
        """The bridge's picture when it agrees with queue_log, at the latest after the time that it may take."""
        deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            verdict = self._verdict(offset)
            if verdict.talking == 0 and all(row.agrees for row in rows(watcher.picture(), verdict)):
                break
            await asyncio.sleep(0.1)
        return watcher.picture()

    def _verdict(self, offset: int) -> Judge:
        with self._asterisk.queue_log.open("rb") as file:
            file.seek(offset)
            lines = file.read().decode(errors="replace").splitlines()
        return Judge(record for line in lines if (record := parsed(line)) is not None)


async def play_all(
    names: Iterable[str],
    version: int,
    *,
    benches: int,
    told: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """Play scenes on so many Asterisks of one version at once; `told` hears of each when it is over."""
    todo = list(reversed(list(names)))
    outcomes: list[Outcome] = []

    async def work() -> None:
        async with Bench(version) as bench:
            while todo:
                outcome = await bench.play(todo.pop())
                outcomes.append(outcome)
                told(outcome)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(benches):
            tasks.create_task(work())
    order = {name: place for place, name in enumerate(SCENES)}
    return sorted(outcomes, key=lambda outcome: order[outcome.scene])
