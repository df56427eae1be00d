"""The history output: takes every change at once, and writes in groups behind everybody's back.

One connection writes the rows of all PBXs, in a thread, one group at a time; the checkpoints have a connection of their
own and are stored only after the rows that they presuppose (``flush``): no restart is told that something was kept
which was not.  Rows need no flush to disk of their own (``synchronous = NORMAL``): the checkpoint that follows them in
the same write-ahead log is flushed, and with it all that was written before.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog

from ctibridge.domain.journal import Entry
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import AgentId, Timestamp
from ctibridge.domain.views import AgentState, Alarm
from ctibridge.outputs.history.recording import Recording
from ctibridge.outputs.history.rows import Row
from ctibridge.outputs.history.tables import Tables, row_by_row

GROUP_SECONDS: Final = 0.02
GROUP_ROWS: Final = 500
"""A group is written when it is this old or this big."""
MOST_ROWS: Final = 200_000
"""Rows that wait for a store that cannot be written: some hours of a busy centre."""
PRESENT_EVERY: Final = 60.0
"""Seconds between two notes of the states that last."""
RETRY_SECONDS: Final = 1.0
BUSY_MILLISECONDS: Final = 2000
UNFIT: Final = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    ValueError,
    OverflowError,
)
"""What is wrong with a row, and not with the store."""

log = structlog.get_logger(__name__)


def connect(path: Path, *, is_shared: bool = False) -> sqlite3.Connection:
    """A connection that writes beside others; `is_shared`: by several threads, one at a time."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=not is_shared)
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


class WritingThread:
    """The one thread that writes rows, and its connection."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        self._connection: sqlite3.Connection | None = None

    async def run(self, work: Callable[[sqlite3.Connection], Any]) -> Any:  # noqa: ANN401 - whatever the work gives
        """Let the thread do something; one that is cancelled is waited for, so that nothing is done twice."""
        doing = asyncio.get_running_loop().run_in_executor(self._executor, self._do, work)
        try:
            return await asyncio.shield(doing)
        except asyncio.CancelledError:
            await asyncio.wait([doing])
            raise

    def close(self) -> None:
        """Let go of the file, after the last work."""
        self._executor.submit(self._disconnect).result()
        self._executor.shutdown()

    def _do(self, work: Callable[[sqlite3.Connection], Any]) -> Any:  # noqa: ANN401
        if self._connection is None:
            self._connection = connect(self._path)
        return work(self._connection)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class HistoryOutput:
    """One PBX's changes into the store."""

    def __init__(self, pbx: str, recording: Recording, thread: WritingThread, pbx_now: Callable[[], Timestamp]) -> None:
        self.problem: str | None = None
        """Why rows wait, ``None`` when they do not."""
        self.dropped = 0
        """Rows that found no room while the store could not be written."""
        self._pbx = pbx
        self._recording = recording
        self._thread = thread
        self._pbx_now = pbx_now
        self._told_since = 0.0
        self._tables: Tables | None = None
        self._spool: deque[Row] = deque()
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._refused: list[tuple[Row, Exception]] = []

    @property
    def waiting(self) -> int:
        """Rows that are not written yet."""
        return len(self._spool)

    def adopt(self, policy: Policy) -> None:
        """Go by other thresholds from now on."""
        self._recording.policy = policy

    def resume(
        self,
        at: Timestamp,
        told_since: Timestamp,
        states: Iterable[tuple[AgentId, AgentState, str | None, Timestamp]],
        alarms: Iterable[Alarm],
    ) -> None:
        """Go on after an earlier run, which ended soon after ``at``.

        `told_since`: from when on it may have stored what we are told again (see Matching); `states`: who was in which
        state, why, and since when; `alarms`: which fired.
        """
        self._told_since = told_since
        for agent, state, reason, since in states:
            self._recording.resume(agent, state, reason, since)
        self._keep([self._recording.resume_alarms(alarms)])
        self._keep(self._recording.present(at))

    def begin(self) -> None:
        """Nothing is known of an earlier run: alarms that it left are over."""
        self._keep([self._recording.resume_alarms(())])

    def accept(self, entries: Sequence[Entry]) -> None:
        """Keep what is to be written; never waits."""
        self._keep(row for entry in entries for row in self._recording.rows(entry.change))

    async def run(self) -> None:
        """Write until cancelled."""
        noted = asyncio.get_running_loop().time()
        while True:
            now = asyncio.get_running_loop().time()
            if now - noted >= PRESENT_EVERY:
                noted = now
                self.note_present()
            await self._wait(noted + PRESENT_EVERY - now)
            if self._spool and not await self.flush():
                await asyncio.sleep(RETRY_SECONDS)

    def note_present(self) -> None:
        """Keep for how long the present states have lasted."""
        self._keep(self._recording.present(self._pbx_now()))

    async def flush(self) -> bool:
        """Write all that has been accepted up to now; False when it could not be."""
        left = len(self._spool)
        async with self._writing:
            while left > 0 and self._spool:
                group = [self._spool[index] for index in range(min(GROUP_ROWS * 4, len(self._spool)))]
                try:
                    await self._thread.run(partial(self._write, rows=group))
                except (sqlite3.Error, OSError) as error:
                    self._fail(f"{type(error).__name__}: {error}")
                    return False
                for _ in group:
                    self._spool.popleft()
                left -= len(group)
                self._say_refused()
        self._recover()
        return True

    async def _wait(self, seconds: float) -> None:
        """Until something is to be written, and then for what comes right after it."""
        self._wake.clear()
        if not self._spool:
            try:
                async with asyncio.timeout(max(0.0, seconds)):
                    await self._wake.wait()
            except TimeoutError:
                return
        if len(self._spool) < GROUP_ROWS:
            await asyncio.sleep(GROUP_SECONDS)

    def _keep(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if len(self._spool) >= MOST_ROWS:
                self.dropped += 1
                if self.dropped == 1:
                    log.error("the history has no room for more; queue_log has to be imported", pbx=self._pbx)
                continue
            self._spool.append(row)
        if self._spool:
            self._wake.set()

    def _write(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
        """In the thread."""
        if self._tables is None:
            self._tables = Tables(connection, self._pbx, self._told_since)
        try:
            self._tables.write(rows)
        except UNFIT:
            self._refused += row_by_row(self._tables, rows)

    def _say_refused(self) -> None:
        """What the store did not take is a bug of ours; the rest goes on."""
        for row, error in self._refused:
            log.error("a row cannot be stored", pbx=self._pbx, kind=type(row).__name__, reason=str(error))
        self._refused.clear()

    def _fail(self, problem: str) -> None:
        if self.problem != problem:
            log.error("the history cannot be written; it waits", pbx=self._pbx, reason=problem)
        self.problem = problem

    def _recover(self) -> None:
        if self.problem is not None:
            log.info("the history is written again", pbx=self._pbx, lost_rows=self.dropped)
        self.problem = None
