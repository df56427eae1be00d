"""The loop in the middle: facts and time go into the domain, numbered changes come out to the outputs.

There is one for each PBX.  Facts wait in an inbox that the reader of the wire fills without ever waiting; time passes
by the PBX's clock.  A busy inbox cannot delay a deadline, because every fact first lets the time before it pass, and a
deadline cannot overtake a fact, because time is only advanced when the inbox is empty.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

import structlog

from ctibridge.app.clock import BridgeClock, monotonic
from ctibridge.domain.changes import Change
from ctibridge.domain.checkpoint import Checkpoint
from ctibridge.domain.events import Event
from ctibridge.domain.journal import Entry, Journal
from ctibridge.domain.picture import Picture
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Seconds, Timestamp

LONGEST_SLEEP: Final = 1.0
"""Seconds until the clocks are compared again: the PBX's may be corrected while we sleep."""
LONGEST_TURN: Final = 0.010
"""Seconds of work after which the other tasks of the loop get a turn."""

log = structlog.get_logger(__name__)


class Center(Protocol):
    """What the loop needs of ``ContactCenter``."""

    @property
    def has_synced(self) -> bool:
        """True once there was a full picture."""

    def checkpoint(self, now: Timestamp) -> Checkpoint:
        """All that a later run goes on from."""

    def take(self, event: Event, now: Timestamp) -> list[Change]:
        """Take in one event; states wait."""

    def settle(self) -> list[Change]:
        """How things stand after all that was taken in."""

    def advance(self, now: Timestamp) -> list[Change]:
        """Let time pass."""

    def set_back(self, by: Seconds, now: Timestamp) -> list[Change]:
        """The PBX's clock was set back."""

    def adopt(self, policy: Policy, now: Timestamp) -> list[Change]:
        """Go by other rules from now on."""

    def next_deadline(self) -> Timestamp | None:
        """When time will next change something."""

    def snapshot(self, now: Timestamp) -> Picture:
        """How everything stands."""


class PbxTime(Protocol):
    """What the loop needs of ``PbxClock``."""

    def now(self) -> Timestamp:
        """Return PBX time now."""


class Delivery(Protocol):
    """Facts that belong together, as the feed delivers them."""

    @property
    def events(self) -> tuple[Event, ...]:
        """What happened, in order."""

    @property
    def at(self) -> Timestamp:
        """When, in PBX time."""

    @property
    def received(self) -> float:
        """When it reached us, by the monotonic clock."""


class Pump:
    """One PBX's facts through its domain and journal."""

    def __init__(
        self,
        center: Center,
        journal: Journal,
        pbx_time: PbxTime,
        clock: BridgeClock,
        deliver: Callable[[list[Entry]], None],
    ) -> None:
        self.faults = 0
        """Errors of our own code in the domain; each is logged whole."""
        self.on_change: Callable[[Change], None] = lambda _: None
        """Told of every change, the silent ones too, after the outputs."""
        self.on_fault: Callable[[], None] = lambda: None
        """Called after a fault: what is believed should be compared with the PBX."""
        self._center = center
        self._journal = journal
        self._pbx_time = pbx_time
        self._clock = clock
        self._deliver = deliver
        self._inbox: deque[Delivery] = deque()
        self._wake = asyncio.Event()
        self._turned = monotonic()

    def offer(self, delivery: Delivery) -> None:
        """Take in what the wire delivered; never waits."""
        self._inbox.append(delivery)
        self._wake.set()

    def picture(self) -> Picture:
        """How the PBX stands now."""
        return self._center.snapshot(self._pbx_time.now())

    def set_clock(self, by: float) -> None:
        """The PBX's clock was set by so many seconds; what is due by it comes sooner, but must not come later."""
        log.warning("the PBX's clock was set", seconds=round(by, 1))
        if by >= 0:
            return
        self._take_in(float("inf"))  # What waits happened by the old clock.
        changes = self._guarded(
            "a step of the clock", partial(self._center.set_back, Seconds(-by), self._pbx_time.now())
        )
        self._publish(changes, self._clock.now())

    def adopt(self, policy: Policy) -> None:
        """Go by other rules from now on."""
        self.finish()
        self._publish(self._center.adopt(policy, self._pbx_time.now()), self._clock.now())

    def checkpoint(self) -> Checkpoint | None:
        """All that a later run goes on from, with everything in it that the wire has delivered."""
        self.finish()
        return self._center.checkpoint(self._pbx_time.now()) if self._center.has_synced else None

    def stalled_seconds(self) -> float:
        """How long facts have been waiting without the loop taking a turn; 0 while it works."""
        return monotonic() - self._turned if self._inbox else 0.0

    def idle_seconds(self) -> float:
        """How long ago the loop took its last turn; never much above a second while it works."""
        return monotonic() - self._turned

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._wait()
            self._turn(monotonic() + LONGEST_TURN)
            await asyncio.sleep(0)

    def finish(self) -> None:
        """Take in all that is still waiting; for the end, after the wire has stopped."""
        self._turn(float("inf"))

    async def _wait(self) -> None:
        if self._inbox:
            return
        self._wake.clear()
        try:
            async with asyncio.timeout(self._sleep()):
                await self._wake.wait()
        except TimeoutError:
            return

    def _sleep(self) -> float:
        deadline = self._center.next_deadline()
        if deadline is None:
            return LONGEST_SLEEP
        return min(max(0.0, deadline - self._pbx_time.now()), LONGEST_SLEEP)

    def _turn(self, until: float) -> None:
        self._take_in(until)
        if not self._inbox:
            self._publish(self._advance(), self._clock.now())
        self._turned = monotonic()

    def _take_in(self, until: float) -> None:
        recorded: Timestamp | None = None
        while self._inbox and monotonic() < until:
            delivery = self._inbox.popleft()
            recorded = self._clock.at(delivery.received)
            changes: list[Change] = []
            for event in delivery.events:
                changes += self._guarded(type(event).__name__, partial(self._center.take, event, delivery.at))
            self._publish(changes, recorded)
        if recorded is not None:
            self._publish(self._guarded("the states", self._center.settle), recorded)

    def _guarded(self, what: str, work: Callable[[], list[Change]]) -> list[Change]:
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - reported by _fault
            self._fault(what, error)
            return []

    def _advance(self) -> list[Change]:
        now = self._pbx_time.now()
        deadline = self._center.next_deadline()
        if deadline is None or deadline > now:
            return []
        return self._guarded("a deadline", partial(self._center.advance, now))

    def _fault(self, what: str, error: Exception) -> None:
        # A bug of ours must not stop the floor; the full picture that is asked for next repairs what it broke.
        self.faults += 1
        log.error("the domain failed; asking for a full picture", at=what, exc_info=error)
        self.on_fault()

    def _publish(self, changes: list[Change], recorded: Timestamp) -> None:
        if not changes:
            return
        if entries := self._journal.enter(changes, recorded):
            self._deliver(entries)
        for change in changes:
            self.on_change(change)
