"""Keeps every bridge's memory in the store while the daemon runs, and gives it back at the next start."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import msgspec
import structlog

from ctibridge.app.bridge import PbxBridge
from ctibridge.app.clock import BridgeClock, monotonic
from ctibridge.app.config import Configuration
from ctibridge.app.history import Histories, marks_of
from ctibridge.app.memory import Memory, Recollection, UnusableMemoryError, decoded
from ctibridge.app.outbox import taken_up
from ctibridge.app.store_lock import StoreInUseError, locked
from ctibridge.domain.figures import Distribution
from ctibridge.outputs.history.callers import UnusableKeyError
from ctibridge.outputs.history.store import ForeignStoreError, NewerStoreError, SavedMemory, Store, opened
from ctibridge.outputs.history.writer import WritingThread
from ctibridge.outputs.mqtt.outbox import Outbox
from ctibridge.outputs.mqtt.outbox_file import OutboxFile, outbox_file

MOST_AGE: Final = 48 * 3600.0
"""Seconds after which a memory is of no use: its callers and calls are history."""

FLUSH_SECONDS: Final = 2.5
"""For events that are on their way to the outbox."""

REST_SECONDS: Final = 10.0
"""For facts that wait for the domain: a memory is of a moment at which all that was read has been taken in."""
BUSY_SHARE: Final = 0.02
"""Of the time that making memories may take: in a very large centre they are made less often."""

COMMIT_BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

log = structlog.get_logger(__name__)


class UnusableStoreError(Exception):
    """The database that was named cannot be used."""

    def __init__(self, url: str, error: Exception) -> None:
        super().__init__(f"store.url {url}: {error}")


class MemoryKeeper:
    """Reads the memories at the start and writes them while the daemon runs."""

    def __init__(
        self, store: Store, outbox: OutboxFile, configuration: Configuration, clock: BridgeClock, histories: Histories
    ) -> None:
        self.histories = histories
        self.outbox = outbox
        self.problem: str | None = None
        """Why the last one could not be written, ``None`` when it was."""
        self.commit_seconds = Distribution(COMMIT_BOUNDS)
        """How long each commit of events took."""
        self._store = store
        self._configuration = configuration
        self._clock = clock
        self._cost = 0.0
        """Seconds that the last memories took."""

    async def recall(self, pbx: str) -> Recollection:
        """What an earlier run left; raises UnusableStoreError."""
        try:
            recollection = await taken_up(
                self.outbox,
                pbx=pbx,
                memory=await self._memory(pbx),
                configuration=self._configuration,
                clock=self._clock,
                commits=self.commit_seconds,
            )
        except sqlite3.Error as error:
            raise UnusableStoreError(self._configuration.store.url, error) from error
        return msgspec.structs.replace(recollection, is_lost=self._store.is_replacement)

    async def _memory(self, pbx: str) -> Memory | None:
        """What an earlier run knew, if this version can use it."""
        try:
            saved = await self._store.load(pbx)
            is_fresh = saved is not None and self._clock.now() - saved.saved_at <= MOST_AGE
            return decoded(saved.memory) if saved is not None and is_fresh else None
        except (UnusableMemoryError, sqlite3.Error) as error:
            log.warning("what was kept cannot be used; starting anew", pbx=pbx, reason=str(error))
            return None

    async def run(self, bridges: Sequence[PbxBridge]) -> None:
        """Keep every bridge's memory until cancelled."""
        while True:
            self._cost = 0.0
            await self.keep(bridges)
            await asyncio.sleep(max(self._configuration.store.checkpoint_interval, self._cost / BUSY_SHARE))

    async def keep(self, bridges: Sequence[PbxBridge], *, is_first: bool = False, is_last: bool = False) -> None:
        """Write every memory now; a store that fails is said once and tried again.

        `is_first`, `is_last`: before anything is taken in, and after all has been; nothing would come to rest.

        The history and the events that a memory presupposes are written before it, or none of it is.
        """
        for bridge in bridges:
            is_still = is_first or is_last
            if not is_still and not await _rests(bridge):
                continue  # Where there is no end of news, an older memory and queue_log are better than a stop.
            began = monotonic()
            memory = bridge.memory() if is_still else await bridge.remember()
            self._cost += monotonic() - began
            if bridge.history is not None:
                if is_last:
                    bridge.history.note_present()
                if not await bridge.history.flush():
                    self._fail(bridge.history.problem or "the history waits")
                    return
            if bridge.outbox is not None and not await _flushed(bridge.outbox):
                self._fail("the outbox waits")
                return
            if memory is None:
                continue
            saved = SavedMemory(memory=memory, saved_at=self._clock.now())
            try:
                await self._store.save(bridge.name, saved)
            except sqlite3.Error as error:
                self._fail(str(error))
                return
        if self.problem is not None:
            log.info("the store is written again")
        self.problem = None

    def _fail(self, problem: str) -> None:
        if self.problem != problem:
            log.error("the store cannot be written; a restart would go on from an older state", reason=problem)
        self.problem = problem


async def _rests(bridge: PbxBridge) -> bool:
    try:
        async with asyncio.timeout(REST_SECONDS):
            await bridge.rest()
    except TimeoutError:
        return False
    return True


async def _flushed(outbox: Outbox) -> bool:
    try:
        async with asyncio.timeout(FLUSH_SECONDS):
            await outbox.flush()
    except TimeoutError:
        return False
    return True


@asynccontextmanager
async def kept(configuration: Configuration, clock: BridgeClock) -> AsyncIterator[MemoryKeeper | None]:
    """The keeper of ``[store]``, or ``None`` when nothing is to be kept; raises UnusableStoreError."""
    settings = configuration.store
    if settings.path is None:
        yield None
        return
    async with AsyncExitStack() as stack:
        try:
            stack.enter_context(locked(settings.path))
            store = await stack.enter_async_context(opened(settings.path, clock.now()))
            outbox = await stack.enter_async_context(
                outbox_file(settings.path, await store.identity(), clock.now(), is_inherited=store.is_replacement)
            )
            marks = marks_of(settings.path, configuration.privacy)
        except (
            *(OSError, sqlite3.Error),
            *(StoreInUseError, NewerStoreError, ForeignStoreError, UnusableKeyError),
        ) as error:
            raise UnusableStoreError(settings.url, error) from error
        thread = WritingThread(settings.path)
        stack.callback(thread.close)
        yield MemoryKeeper(store, outbox, configuration, clock, Histories(thread, marks, settings.keep_days, clock))
