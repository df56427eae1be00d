"""Reads queue_log as it is written and tells the domain, several times a second.

A file or table that cannot be read for a while is no loss: it is read on from the same place when it comes back, and
the domain, which is told nothing meanwhile, waits.  Only when the place itself is gone, or after ``GIVE_UP``, is the
domain told that it will not hear of what was written since.

It may lie on a network: it is read in a thread, so that it can hold up nothing but itself.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from ctibridge.app.clock import monotonic
from ctibridge.asterisk.clock import PbxClock
from ctibridge.asterisk.feed import Delivery
from ctibridge.asterisk.queue_log_facts import facts
from ctibridge.asterisk.queue_log_source import AnyPosition, PositionLostError, QueueLogSource
from ctibridge.domain.events import LogLost, LogRecord, LogReported
from ctibridge.domain.units import Timestamp

INTERVAL: Final = 0.5
"""Seconds between looks."""
GIVE_UP: Final = 300.0
"""Seconds after which what cannot be read is not waited for: what it has to confirm is kept in memory."""

log = structlog.get_logger(__name__)


class LogFollower:
    """One PBX's queue_log."""

    def __init__(
        self,
        pbx: str,
        source: QueueLogSource,
        pbx_clock: PbxClock,
        deliver: Callable[[Delivery], None],
        *,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self.damaged_lines = 0
        """Lines that were no records."""
        self.problem: str | None = "not read yet"
        """Why queue_log is not being read, ``None`` while it is."""
        self._pbx = pbx
        self._source = source
        self._pbx_clock = pbx_clock
        self._deliver = deliver
        self._now = now
        self._position: AnyPosition | None = None
        self._since: Timestamp | None = None
        self._is_open = False
        self._failing_since: float | None = None
        self._until: float | None = None
        """Up to when all has been read, by our monotonic clock: the PBX's may be set before that is told."""

    @property
    def position(self) -> AnyPosition | None:
        """Up to where the domain has been told, or is going to be; ``None`` when it was told of no place yet."""
        return self._position

    def start_from(self, position: AnyPosition | None) -> None:
        """Go on where an earlier run stopped, instead of at its end."""
        self._position = position

    def start_since(self, moment: Timestamp) -> None:
        """Go back to this moment, since nothing is known of what happened from then on.

        The domain is told at once that it is going to hear of it, so that its first picture waits for that.
        """
        self._since = moment
        self._until = self._pbx_clock.monotonic() - (self._pbx_clock.now() - moment)
        self._tell((), self._until)

    async def run(self) -> None:
        """Read until cancelled; what is not there yet is waited for."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(INTERVAL)
        finally:
            self._source.close()

    async def look(self) -> None:
        """Read all that is new, once, and tell of it piece by piece."""
        before = self._pbx_clock.monotonic()
        try:
            while lines := await _in_thread(self._read):
                records, damaged = facts(lines)
                self.damaged_lines += damaged
                self._tell(records, before if self._until is None else self._until)
        except PositionLostError as error:
            self._fail(error, is_final=True)
        except OSError as error:
            self._fail(error)
        else:
            self._tell((), before)
            self._until = before
            self._recovered()

    def _read(self) -> list[bytes]:
        """The next lines; in a thread, one at a time."""
        if not self._is_open:
            if self._position is None and self._since is not None:
                self._source.start_since(self._since)
            elif self._position is None:
                self._source.start_at_end()
            else:
                self._source.start_at(self._position)
            self._is_open = True
        return self._source.read()

    def _tell(self, records: tuple[LogRecord, ...], until: float) -> None:
        self._position = self._source.position
        event = LogReported(records=records, until=self._pbx_clock.at(until))
        self._deliver(Delivery(events=(event,), at=self._pbx_clock.now(), received=monotonic()))

    def _recovered(self) -> None:
        self._failing_since = None
        if self.problem is not None:
            self.problem = None
            log.info("queue_log is read", pbx=self._pbx)

    def _fail(self, error: Exception, *, is_final: bool = False) -> None:
        """Say it once; and give up the place when it is gone, or when it has been waited for long enough."""
        problem = f"{type(error).__name__}: {error}"
        if self.problem != problem:
            log.warning("queue_log cannot be read", pbx=self._pbx, reason=problem)
        self.problem = problem
        self._is_open = False
        self._source.close()
        if self._failing_since is None:
            self._failing_since = self._now()
        if self._position is not None and (is_final or self._now() - self._failing_since >= GIVE_UP):
            self._position = self._until = None
            event = LogLost(reason=problem)
            self._deliver(Delivery(events=(event,), at=self._pbx_clock.now(), received=monotonic()))


async def _in_thread(read: Callable[[], list[bytes]]) -> list[bytes]:
    """Read in a thread; one that is cancelled is waited for, so that nobody closes the source under it."""
    reading = asyncio.ensure_future(asyncio.to_thread(read))
    try:
        return await asyncio.shield(reading)
    except asyncio.CancelledError:
        await asyncio.wait([reading])
        reading.exception()
        raise
