"""Reads queue_log as it is written and tells the domain, several times a second."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from ctibridge.app.clock import monotonic
from ctibridge.asterisk.clock import PbxClock
from ctibridge.asterisk.feed import Delivery
from ctibridge.asterisk.queue_log_facts import facts
from ctibridge.asterisk.queue_log_tail import Position, PositionLostError, QueueLogTail
from ctibridge.domain.events import LogLost, LogReported

INTERVAL: Final = 0.5
"""Seconds between looks at the file."""

log = structlog.get_logger(__name__)


class LogFollower:
    """One PBX's queue_log."""

    def __init__(self, pbx: str, path: Path, pbx_clock: PbxClock, deliver: Callable[[Delivery], None]) -> None:
        self.damaged_lines = 0
        self.problem: str | None = "not read yet"
        """Why the file is not being read, ``None`` while it is."""
        self._pbx = pbx
        self._tail = QueueLogTail(path)
        self._pbx_clock = pbx_clock
        self._deliver = deliver
        self._from: Position | None = None
        self._is_started = False
        self._is_told = False
        """The domain believes that it is told of every record."""

    @property
    def position(self) -> Position | None:
        """Up to where the domain has been told, or is going to be."""
        return self._from or self._tail.position

    def start_from(self, position: Position | None) -> None:
        """Go on where an earlier run stopped, instead of at the end of the file."""
        self._from = position
        self._is_told = position is not None

    async def run(self) -> None:
        """Read until cancelled; a file that is not there yet is waited for."""
        try:
            while True:
                self.look()
                await asyncio.sleep(INTERVAL)
        finally:
            self._tail.close()

    def look(self) -> None:
        """Read what is new, once."""
        try:
            self._start()
            until = self._pbx_clock.now()
            records, damaged = facts(self._tail.read())
        except (OSError, PositionLostError) as error:
            self._fail(error)
            return
        self.damaged_lines += damaged
        if self.problem is not None:
            self.problem = None
            log.info("queue_log is read", pbx=self._pbx)
        self._is_told = True
        event = LogReported(records=records, until=until)
        self._deliver(Delivery(events=(event,), at=until, received=monotonic()))

    def _start(self) -> None:
        if self._is_started:
            return
        if self._from is None:
            self._tail.start_at_end()
        else:
            position, self._from = self._from, None
            self._tail.start_at(position)
        self._is_started = True

    def _fail(self, error: Exception) -> None:
        """Say it once; when the file comes back, only what is written from then on is known."""
        problem = f"{type(error).__name__}: {error}"
        if self.problem != problem:
            log.warning("queue_log cannot be read", pbx=self._pbx, reason=problem)
        self.problem = problem
        self._is_started = False
        self._tail.close()
        if self._is_told:
            self._is_told = False
            event = LogLost(reason=problem)
            self._deliver(Delivery(events=(event,), at=self._pbx_clock.now(), received=monotonic()))
