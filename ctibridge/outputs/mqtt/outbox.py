"""What stands between the domain and the brokers: every event is on disk before any broker is sent it.

Changes come in without waiting.  They go to disk at once when nothing is on its way there, and else together as soon as
the commit before them is done, in a crowd some milliseconds after it began.  Only then are they handed on, events with
the states that include them, in their order.  So no state can be seen before its events are kept.

Each broker has a cursor: up to where it has acknowledged everything.  Cursors are stored with the commits that happen
anyway, or after ``CURSOR_SECONDS``; a crash sends again what was acknowledged since.

When the outbox cannot be written (disk full, locked, or no answer for ``PATIENCE``), it is said loudly and events go
out from memory: a display that stands still is worse than an event that a crash could lose.  It is tried again every
``RETRY_SECONDS``, and what went out meanwhile is stored then.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Final, Protocol

import msgspec
import structlog

from ctibridge.domain.figures import Distribution
from ctibridge.domain.journal import Entry
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.outbox_event import OutboxEvent, Refused
from ctibridge.outputs.mqtt.outbox_file import OutboxFile, Shelf

PATIENCE: Final = 2.0
"""Seconds for a commit, after which events go out without it."""
CROWD: Final = 8
"""Events in one commit from which on the next one waits for more, until ``GROUP_SECONDS`` after this one began."""
GROUP_SECONDS: Final = 0.004
"""To hand a commit to its thread costs as much as to put ten events into it."""
RETRY_SECONDS: Final = 1.0
CURSOR_SECONDS: Final = 0.5
"""Between two notes of how far the brokers are."""
PRUNE_EVERY: Final = 250
"""Events between two looks at the bounds; each look drops twice as many at most."""
PRUNE_SECONDS: Final = 60.0
MOST_RECENT: Final = 1000
"""Newest events in memory, so that a broker that is a little behind needs no disk."""
MOST_UNSTORED: Final = 20_000
"""Events in memory while the outbox cannot be written."""


class OutboxLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is kept, acknowledged or not."""

    events: int
    size: int
    """Bytes."""
    age: float
    """Seconds."""


class OutboxHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How storing goes."""

    problem: str | None
    """Why events go out without being stored, ``None`` when they are."""
    lost: int
    """Events that went out while the outbox could not be written, and were too many to store them afterwards."""


class Receiver(Protocol):
    """A broker's output."""

    name: str

    @property
    def cursor(self) -> int:
        """Up to where the broker has acknowledged everything."""

    @property
    def wants_twins(self) -> bool:
        """It gets unmasked copies."""

    def accept_stored(self, entries: Sequence[Entry], events: Sequence[OutboxEvent]) -> None:
        """Take note of changes whose events are stored; does not wait."""


class _Batch(msgspec.Struct, frozen=True):
    entries: Sequence[Entry]
    events: Sequence[OutboxEvent]


class Outbox:
    """One PBX's events on their way to all brokers; an output of the domain's, and the source of the brokers'."""

    def __init__(  # noqa: PLR0913 - put together by ``app``
        self,
        shelf: Shelf,
        file: OutboxFile,
        *,
        announcer: Announcer,
        limits: OutboxLimits,
        clock: Callable[[], Timestamp],
        commits: Distribution,
    ) -> None:
        """`announcer` puts events into words, unmasked copies included where a broker gets them.

        `commits`: where to count how long each commit takes, in seconds.
        """
        self.receivers: Sequence[Receiver] = ()
        self.epoch = 0
        self.newest = shelf.sequence
        """Number of the newest event that may go out."""
        self.oldest = 1
        """Number of the oldest event that is kept."""
        self.on_problem: Callable[[], None] = lambda: None
        """Called when storing begins or ceases to fail."""
        self._accepted = shelf.sequence
        self._shelf = shelf
        self._file = file
        self._announcer = announcer
        self._limits = limits
        self._clock = clock
        self._coming: deque[_Batch] = deque()
        self._recent: deque[OutboxEvent] = deque(maxlen=MOST_RECENT)
        self._unstored: deque[OutboxEvent] = deque()
        self._refused: list[Refused] = []
        self._cursors: dict[str, int] = {}
        self._cursors_at = 0.0
        """Loop time at which they were last stored."""
        self._twins_until = 0
        self._is_committing = False
        self._commit: asyncio.Future[None] | None = None
        self._tried_at = 0.0
        self._group = 0
        """Events in the last commit."""
        self._problem: str | None = None
        self._commits = commits
        self._lost = 0
        self._since_prune = PRUNE_EVERY
        self._pruned_at = 0.0
        self._wake = asyncio.Event()
        self._handed_on = asyncio.Event()
        self._log = structlog.get_logger("ctibridge.outputs.mqtt").bind(pbx=announcer.pbx)

    @property
    def health(self) -> OutboxHealth:
        """How it goes."""
        return OutboxHealth(problem=self._problem, lost=self._lost)

    async def begin(self, epoch: int) -> dict[str, int]:
        """Give out numbers of this epoch from now on; the brokers' cursors.  Where it cannot write it goes on alone."""
        self.epoch = epoch
        cursors: dict[str, int] = {}
        try:
            cursors = await self._file.run(self._shelf.cursors)
            await self._file.run(partial(self._shelf.put, epoch, (), {}, ()))
            self.oldest = await self._file.run(self._shelf.oldest)
            self._file.say_whole()
        except (sqlite3.Error, OSError) as error:
            self._fail(f"{type(error).__name__}: {error}")
        self._cursors = dict(cursors)
        return cursors

    # -- changes ------------------------------------------------------------------------------------------------------

    def accept(self, entries: Sequence[Entry]) -> None:
        """Take note of changes in their order; never blocks, never fails."""
        events = self._announcer.events(entries)
        if not events and not self._coming and not self._is_committing:
            self._hand_on([_Batch(entries, ())])
            return
        self._coming.append(_Batch(entries, events))
        if events:
            self._accepted = events[-1].sequence
        self._wake.set()

    def set_aside(self, refused: Refused) -> None:
        """Keep what a broker refused, for people to look at."""
        self._refused.append(refused)
        del self._refused[:-MOST_UNSTORED]
        self._wake.set()

    async def run(self) -> None:
        """Store and hand on until cancelled."""
        while True:
            await self._wait()
            if self._group >= CROWD:
                await asyncio.sleep(self._tried_at + GROUP_SECONDS - asyncio.get_running_loop().time())
            await self._turn()

    async def flush(self) -> None:
        """Return when all that has been accepted up to now is handed on; while ``run`` runs."""
        target = self._accepted
        while self.newest < target:
            self._handed_on.clear()
            await self._handed_on.wait()

    async def close(self) -> None:
        """Store what is left, and the cursors; after everything has stopped."""
        if self._commit is not None:
            await asyncio.wait({self._commit}, timeout=PATIENCE)
        self._cursors_at = 0.0
        await self._turn()

    # -- reading ------------------------------------------------------------------------------------------------------

    async def after(self, sequence: int, limit: int) -> list[OutboxEvent]:
        """The next events beyond a number that may go out, in order; raises sqlite3.Error."""
        recent, unstored = self._recent, list(self._unstored)
        if recent and recent[0].sequence <= sequence + 1:
            first = max(0, sequence + 1 - recent[0].sequence)
            return list(islice(recent, first, first + limit))
        found: list[OutboxEvent] = []
        if not unstored or unstored[0].sequence > sequence + 1:
            found = await self._file.run(partial(self._shelf.after, sequence, limit))
        newest = found[-1].sequence if found else sequence
        found += [event for event in unstored if event.sequence > newest][: limit - len(found)]
        return [event for event in found if event.sequence <= self.newest]

    async def refused(self, most: int) -> list[Refused]:
        """What brokers refused, newest first; raises sqlite3.Error."""
        return await self._file.run(partial(self._shelf.refused, most))

    # -- storing ------------------------------------------------------------------------------------------------------

    async def _wait(self) -> None:
        if self._coming or self._unstored:
            if self._problem is None or self._coming:
                return
            pause = RETRY_SECONDS
        else:
            pause = CURSOR_SECONDS if self._moved_cursors() else PRUNE_SECONDS
        self._wake.clear()
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _turn(self) -> None:
        batches = list(self._coming)
        self._coming.clear()
        events = [event for batch in batches for event in batch.events]
        try:
            is_stored = await self._store(events)
        except asyncio.CancelledError:
            self._coming.extendleft(reversed(batches))  # Stored perhaps; storing them again changes nothing.
            raise
        if not is_stored:
            self._keep(events)
        self._hand_on(batches)
        if is_stored:
            await self._tidy(len(events))

    async def _store(self, events: Sequence[OutboxEvent]) -> bool:
        """Whether these, and all before them, are on disk now."""
        loop = asyncio.get_running_loop()
        if self._commit is not None and not self._commit.done():
            return False
        if self._problem is not None and loop.time() < self._tried_at + RETRY_SECONDS:
            return False
        cursors, refused = self._due_cursors(), tuple(self._refused)
        rows = [*self._unstored, *events]
        if not (rows or cursors or refused):
            return True
        self._tried_at = started = loop.time()
        self._group = len(rows)
        self._is_committing = True
        self._commit = self._file.run(partial(self._shelf.put, self.epoch, rows, cursors, refused))
        self._commit.add_done_callback(lambda done: None if done.cancelled() else done.exception())
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.shield(self._commit)
        except TimeoutError:
            self._fail(f"no answer within {PATIENCE:g} s")
            return False
        except (sqlite3.Error, OSError) as error:
            self._fail(f"{type(error).__name__}: {error}")
            return False
        finally:
            self._is_committing = False
        self._commits.observe(loop.time() - started)
        self._cursors |= cursors
        del self._refused[: len(refused)]
        self._unstored.clear()
        self._recover()
        return True

    def _due_cursors(self) -> dict[str, int]:
        """Those that moved, now and then: a commit of nothing but events is the quickest."""
        now = asyncio.get_running_loop().time()
        if now < self._cursors_at + CURSOR_SECONDS or not (moved := self._moved_cursors()):
            return {}
        self._cursors_at = now
        return moved

    def _moved_cursors(self) -> dict[str, int]:
        now = {one.name: one.cursor for one in self.receivers}
        return {name: cursor for name, cursor in now.items() if cursor != self._cursors.get(name)}

    def _keep(self, events: Iterable[OutboxEvent]) -> None:
        """In memory until they can be stored; the oldest go when they are too many."""
        self._unstored.extend(events)
        while len(self._unstored) > MOST_UNSTORED:
            self._unstored.popleft()
            self._lost += 1

    def _hand_on(self, batches: Sequence[_Batch]) -> None:
        if not batches:
            return
        entries = batches[0].entries if len(batches) == 1 else [e for batch in batches for e in batch.entries]
        events = batches[0].events if len(batches) == 1 else [e for batch in batches for e in batch.events]
        if events:
            self.newest = events[-1].sequence
            self._recent.extend(events)
        for receiver in self.receivers:
            receiver.accept_stored(entries, events)
        self._handed_on.set()

    def _fail(self, problem: str) -> None:
        if self._problem is not None:
            return
        self._problem = problem
        self._log.error("the outbox cannot be written; events go out without being stored", reason=problem)
        try:
            self._file.say_broken()
        except OSError as error:
            self._log.error("nor can this be noted beside it", reason=str(error))
        self.on_problem()

    def _recover(self) -> None:
        if self._problem is None:
            return
        try:
            self._file.say_whole()
        except OSError:
            return
        self._log.info("the outbox is written again", lost=self._lost)
        self._problem = None
        self.on_problem()

    # -- bounds -------------------------------------------------------------------------------------------------------

    async def _tidy(self, events: int) -> None:
        """Let go of what is too old, too much, or not to be kept."""
        self._since_prune += events
        now = asyncio.get_running_loop().time()
        if self._since_prune < PRUNE_EVERY and now - self._pruned_at < PRUNE_SECONDS:
            return
        self._since_prune, self._pruned_at = 0, now
        until = min((one.cursor for one in self.receivers if one.wants_twins), default=0)
        try:
            self.oldest = await self._file.run(partial(self._prune, self._clock() - self._limits.age, until))
        except (sqlite3.Error, OSError) as error:
            self._log.warning("the outbox could not be tidied", reason=str(error))
            return
        self._twins_until = max(self._twins_until, until)

    def _prune(self, before: float, twins_until: int) -> int:
        """In the thread; the number of the oldest event that is left."""
        self._shelf.prune(rows=self._limits.events, size=self._limits.size, before=before)
        if twins_until > self._twins_until:
            self._shelf.forget_twins(self._twins_until, twins_until)
        return self._shelf.oldest()
