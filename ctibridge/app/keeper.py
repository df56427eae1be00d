"""Keeps every bridge's memory in the store while the daemon runs, and gives it back at the next start."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import structlog

from ctibridge.app.bridge import PbxBridge
from ctibridge.app.clock import BridgeClock, monotonic
from ctibridge.app.config import Configuration
from ctibridge.app.history import Histories, marks_of
from ctibridge.app.memory import Recollection, UnusableMemoryError, decoded
from ctibridge.domain.figures import Distribution
from ctibridge.outputs.history.callers import UnusableKeyError
from ctibridge.outputs.history.settings import StoreSettings
from ctibridge.outputs.history.store import ForeignStoreError, NewerStoreError, SavedMemory, Store, opened
from ctibridge.outputs.history.writer import WritingThread

MOST_AGE: Final = 48 * 3600.0
"""Seconds after which a memory is of no use: its callers and calls are history."""

COMMIT_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

log = structlog.get_logger(__name__)


class UnusableStoreError(Exception):
    """The database that was named cannot be used."""

    def __init__(self, url: str, error: Exception) -> None:
        super().__init__(f"store.url {url}: {error}")


class MemoryKeeper:
    """Reads the memories at the start and writes them while the daemon runs."""

    def __init__(self, store: Store, settings: StoreSettings, clock: BridgeClock, histories: Histories) -> None:
        self.histories = histories
        self.problem: str | None = None
        """Why the last one could not be written, ``None`` when it was."""
        self.commit_seconds = Distribution(COMMIT_BOUNDS)
        """How long those took that were written."""
        self._store = store
        self._settings = settings
        self._clock = clock

    async def recall(self, pbx: str) -> Recollection | None:
        """What an earlier run left, if this version can use it."""
        try:
            saved = await self._store.load(pbx)
            if saved is None or self._clock.now() - saved.saved_at > MOST_AGE:
                return None
            return Recollection(memory=decoded(saved.memory), is_clean=saved.is_clean and await self._begin(pbx))
        except (UnusableMemoryError, sqlite3.Error) as error:
            log.warning("what was kept cannot be used; starting anew", pbx=pbx, reason=str(error))
            return None

    async def _begin(self, pbx: str) -> bool:
        """Note that numbers are given out from now on; what cannot be noted may have happened before, too."""
        try:
            await self._store.begin_run(pbx)
        except sqlite3.Error as error:
            self._fail(str(error))
            return False
        return True

    async def run(self, bridges: Sequence[PbxBridge]) -> None:
        """Keep every bridge's memory until cancelled; first of all, that numbers are given out from now on."""
        while True:
            await self.keep(bridges, is_clean=False)
            await asyncio.sleep(self._settings.checkpoint_interval)

    async def keep(self, bridges: Sequence[PbxBridge], *, is_clean: bool) -> None:
        """Write every memory now; a store that fails is said once and tried again.

        The history that a memory presupposes is written before it, or neither is.
        """
        started = monotonic()
        for bridge in bridges:
            memory = bridge.memory()
            if bridge.history is not None:
                if is_clean:
                    bridge.history.note_present()
                if not await bridge.history.flush():
                    self._fail(bridge.history.problem or "the history waits")
                    return
            if memory is None:
                continue
            saved = SavedMemory(memory=memory, saved_at=self._clock.now(), is_clean=is_clean)
            try:
                await self._store.save(bridge.name, saved)
            except sqlite3.Error as error:
                self._fail(str(error))
                return
        if self.problem is not None:
            log.info("the store is written again")
        self.problem = None
        self.commit_seconds.observe(monotonic() - started)

    def _fail(self, problem: str) -> None:
        if self.problem != problem:
            log.error("the store cannot be written; a restart would go on from an older state", reason=problem)
        self.problem = problem


@asynccontextmanager
async def kept(configuration: Configuration, clock: BridgeClock) -> AsyncIterator[MemoryKeeper | None]:
    """The keeper of ``[store]``, or ``None`` when nothing is to be kept; raises UnusableStoreError."""
    settings = configuration.store
    if settings.path is None:
        yield None
        return
    async with AsyncExitStack() as stack:
        try:
            store = await stack.enter_async_context(opened(settings.path, clock.now()))
            marks = marks_of(settings.path, configuration.privacy)
        except (OSError, sqlite3.Error, NewerStoreError, ForeignStoreError, UnusableKeyError) as error:
            raise UnusableStoreError(settings.url, error) from error
        thread = WritingThread(settings.path)
        stack.callback(thread.close)
        yield MemoryKeeper(store, settings, clock, Histories(thread, marks, settings.keep_days, clock))
