"""Plays scenes on several Asterisks at once, with the bridge watching, and keeps what both sides counted.

On each Asterisk two bridges watch.  One is new for every scene and sees AMI alone: its figures are compared.  The other
stays for all scenes and follows queue_log as well: what its audit finds to differ is reported at the end.
"""

import asyncio
import contextlib
import time
from collections import Counter
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
AUDIT_SECONDS: Final = 32.0
"""For so long the audit waits for the other source."""
SCENE_SECONDS: Final = 90.0
NOTHING_COUNTED: Final = frozenset(
    {"refused_join_empty", "no_such_queue", "pauses", "pauses_repeated", "members", "added_paused", "feature_codes"}
)
"""Of these queue_log has no figure; of any other, no figure at all means that the scene went wrong."""


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
        is_played = bool(self.rows) or self.scene in NOTHING_COUNTED
        return is_played and not self.problem and all(row.agrees for row in self.rows)


class Report(msgspec.Struct, kw_only=True):
    """All that was played on one version."""

    version: int
    release: str
    """As Asterisk calls itself."""
    outcomes: list[Outcome]
    matched: int
    """Facts that AMI and queue_log told alike."""
    mismatches: Counter[str]
    """Facts that only one of the two told, by kind."""

    @property
    def is_exact(self) -> bool:
        """Whether nothing differs."""
        return not self.mismatches and all(outcome.is_exact for outcome in self.outcomes)


class Prompter(Recorder):
    """Where a scene asks for a full picture, the watching bridges take one as well."""

    def __init__(self, port: int, *watchers: Watcher) -> None:
        super().__init__(port)
        self._watchers = watchers

    async def snapshot(self) -> None:
        """Ask for all of them."""
        await super().snapshot()
        for watcher in self._watchers:
            await watcher.resync()


class Bench:
    """One Asterisk on which one scene after the other is played."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.asterisk = Asterisk(version, extra=EXTRA)

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            await asyncio.to_thread(self.asterisk.__enter__)
            stack.push_async_callback(asyncio.to_thread, self.asterisk.__exit__, None, None, None)
            audited = watching(self.asterisk.port, Policy(), queue_log=self.asterisk.queue_log)
            self._auditor = await stack.enter_async_context(audited)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._stack.aclose()

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
        if outcome.problem or not self.asterisk.is_running:
            await asyncio.to_thread(self.asterisk.kill)
            await asyncio.to_thread(self.asterisk.start)
        outcome.seconds = time.monotonic() - began
        return outcome

    async def audit(self) -> Picture:
        """What the bridge that follows queue_log says in the end of all that was played."""
        await asyncio.sleep(AUDIT_SECONDS)
        return self._auditor.picture()

    async def _prepare(self, name: str) -> None:
        scene = SCENES[name]
        self.asterisk.write("queues.d/scene.conf", scene.queues)
        self.asterisk.write("extensions.d/scene.conf", scene.dialplan)
        async with stage_on(self.asterisk) as stage:
            for member in await stage.control.collect("QueueStatus"):
                if member.get("Membership") == "dynamic":
                    await stage.control.action("QueueRemove", Queue=member["Queue"], Interface=member["Location"])
            for agent in AGENTS:
                await stage.control.action("Setvar", Variable=f"LAB_{agent}", Value="")
        for command in ("dialplan reload", "queue reload all"):
            await asyncio.to_thread(self.asterisk.cli, command)

    async def _watch(self, name: str, outcome: Outcome) -> None:
        offset = self.asterisk.queue_log.stat().st_size
        async with watching(self.asterisk.port, Policy()) as watcher, stage_on(self.asterisk) as stage:
            async with self._recording(watcher) as recorder:
                await SCENES[name].play(stage, recorder)
            picture = await self._settled(watcher, offset)
            outcome.rows = list(rows(picture, self._verdict(offset)))
            outcome.unexpected = dict(picture.unexpected)
            if watcher.faults:
                outcome.problem = f"{watcher.faults} errors of our own code"

    @contextlib.asynccontextmanager
    async def _recording(self, watcher: Watcher) -> AsyncIterator[Recorder]:
        prompter = Prompter(self.asterisk.port, watcher, self._auditor)
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
        with self.asterisk.queue_log.open("rb") as file:
            file.seek(offset)
            lines = file.read().decode(errors="replace").splitlines()
        return Judge(record for line in lines if (record := parsed(line)) is not None)


async def play_all(
    names: Iterable[str], version: int, *, benches: int, told: Callable[[Outcome], None] = lambda _: None
) -> Report:
    """Play scenes on so many Asterisks of one version at once; `told` hears of each when it is over."""
    todo = list(reversed(list(names)))
    outcomes: list[Outcome] = []
    pictures: list[Picture] = []
    releases: list[str] = []

    async def work() -> None:
        async with Bench(version) as bench:
            releases.append((await asyncio.to_thread(bench.asterisk.cli, "core show version")).partition(" built")[0])
            while todo:
                outcome = await bench.play(todo.pop())
                outcomes.append(outcome)
                told(outcome)
            pictures.append(await bench.audit())

    async with asyncio.TaskGroup() as tasks:
        for _ in range(min(benches, len(todo))):
            tasks.create_task(work())
    order = {name: place for place, name in enumerate(SCENES)}
    return Report(
        version=version,
        release=releases[0] if releases else "",
        outcomes=sorted(outcomes, key=lambda outcome: order[outcome.scene]),
        matched=sum(picture.audit_matched for picture in pictures),
        mismatches=sum((Counter(dict(picture.mismatches)) for picture in pictures), Counter()),
    )
