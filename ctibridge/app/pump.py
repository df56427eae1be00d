"""The loop in the middle: facts and time go into the domain, numbered changes come out to the outputs.

There is one for each PBX.  Facts wait in an inbox that the reader of the wire fills without ever waiting; time passes
by the PBX's clock.  A busy inbox cannot delay a deadline, because every fact first lets the time before it pass, and a
deadline cannot overtake a fact, because time is only advanced when the inbox is empty, and so is the wire
(``standstill.py``).

Whatever takes long is done in steps: a turn ends after ``LONGEST_TURN``, wherever it is, and the next turn goes on from
there before anything else.  So neither a full picture of ten thousand agents nor a flood keeps brokers, pages and the
link to the PBX waiting.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import Final, Protocol, TypeVar

import structlog

from ctibridge.app.clock import BridgeClock, monotonic
from ctibridge.app.standstill import Standstill
from ctibridge.domain.changes import Change
from ctibridge.domain.checkpoint import Checkpoint
from ctibridge.domain.contact_center import ABOUT_EVERYBODY
from ctibridge.domain.events import Event, FeedLost, LogLost, LogReported, ResyncCompleted
from ctibridge.domain.journal import Entry, Journal
from ctibridge.domain.picture import Picture
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Seconds, Timestamp

LONGEST_SLEEP: Final = 1.0
"""Seconds until the clocks are compared again: the PBX's may be corrected while we sleep."""
LONGEST_TURN: Final = 0.010
"""Seconds of work after which the other tasks of the loop get a turn."""
MOST_DEADLINES: Final = 10
"""Deadlines that pass before the clock is looked at."""
MOST_EVENTS: Final = 10
"""Events of one delivery that are taken in without looking at it; only lists have more."""
MOST_AT_ONCE: Final = 200
"""States that are settled in one step."""
FULL: Final = 1000
"""Facts in the inbox from which on it is better that the wire keeps what it reads."""

OF_LOG: Final = (LogReported, LogLost)
"""What queue_log tells, which is read beside AMI."""

log = structlog.get_logger(__name__)

_Said = TypeVar("_Said", list[Change], list[Change] | None)


class Center(Protocol):
    """What the loop needs of ``ContactCenter``."""

    @property
    def has_synced(self) -> bool:
        """True once there was a full picture."""

    def checkpoint(self, now: Timestamp) -> Checkpoint:
        """All that a later run goes on from."""

    def checkpointing(self, now: Timestamp) -> Generator[None, None, Checkpoint]:
        """The same step by step."""

    def take(self, event: Event, now: Timestamp) -> list[Change]:
        """Take in one event; states wait."""

    def settle(self) -> list[Change]:
        """How things stand after all that was taken in."""

    @property
    def touched(self) -> int:
        """How many states ``settle`` has to look at."""

    def settling(self) -> Iterator[list[Change]]:
        """What ``settle`` says, step by step."""

    def pieces(self, event: ResyncCompleted | FeedLost, now: Timestamp) -> Iterator[list[Change]]:
        """Take in an event that concerns everybody, and settle, step by step."""

    def advance(self, now: Timestamp, most: int | None = None) -> list[Change]:
        """Let time pass: so many deadlines at most."""

    def set_clock(self, by: Seconds, now: Timestamp) -> list[Change]:
        """The PBX's clock was set."""

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
        self.has_unread: Callable[[], bool] = lambda: False
        """Whether the wire still holds what has arrived: no time may pass that it tells of."""
        self._center = center
        self._journal = journal
        self._pbx_time = pbx_time
        self._clock = clock
        self._deliver = deliver
        self._inbox: deque[Delivery] = deque()
        self._wake = asyncio.Event()
        self._rested = asyncio.Event()
        """Set while nothing waits."""
        self._rested.set()
        self._turned = monotonic()
        self._recorded = Timestamp(0)
        """When what is being taken in was received, by the bridge's clock."""
        self._is_unsettled = False
        """Something was taken in, and how things stand has not been told."""
        self._is_running = False
        self._steps: Iterator[None] | None = None
        """What was begun, and must be done before anything else is."""
        self._standstill = Standstill()
        self._aside: deque[Delivery] = deque()
        """What queue_log told while AMI is behind: it is of now, and would let the time before it pass."""
        self._newest_at: Timestamp | None = None
        """When the newest event of AMI happened that was taken in this turn."""

    def offer(self, delivery: Delivery) -> None:
        """Take in what the wire delivered; never waits."""
        self._inbox.append(delivery)
        self._rested.clear()
        self._wake.set()

    def is_full(self) -> bool:
        """So much waits that more of it should wait where it needs less memory."""
        return len(self._inbox) >= FULL

    async def rest(self) -> None:
        """Return when nothing waits, not even in the wire."""
        self._standstill.begin_turn(monotonic())
        if self._standstill.is_left(monotonic()):
            self._rested.clear()
        await self._rested.wait()

    def picture(self) -> Picture:
        """How the PBX stands now."""
        return self._center.snapshot(self._pbx_time.now())

    def set_clock(self, by: float) -> None:
        """The PBX's clock was set by so many seconds."""
        log.warning("the PBX's clock was set", seconds=round(by, 1))
        self._catch_up()
        self._take_in(float("inf"))  # What waits happened by the old clock.
        changes = self._guarded(
            "a step of the clock", partial(self._center.set_clock, Seconds(by), self._pbx_time.now())
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

    def remember(self, encode: Callable[[Checkpoint], bytes]) -> asyncio.Future[bytes] | None:
        """Begin the same in steps, or do it where ``run`` does not; nothing is taken in until `encode` was called."""
        self.finish()
        if not self._center.has_synced:
            return None
        remembered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._steps = self._remembering(encode, remembered)
        if self._is_running:
            self._rested.clear()
            self._wake.set()
        else:
            self._take_in(float("inf"))
        return remembered

    def _remembering(self, encode: Callable[[Checkpoint], bytes], remembered: asyncio.Future[bytes]) -> Iterator[None]:
        try:
            checkpoint = yield from self._center.checkpointing(self._pbx_time.now())
            encoded = encode(checkpoint)
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            if not remembered.done():
                remembered.set_exception(error)
            return
        if not remembered.done():
            remembered.set_result(encoded)

    def stalled_seconds(self) -> float:
        """How long facts have been waiting without the loop taking a turn; 0 while it works."""
        return 0.0 if self._rested.is_set() else monotonic() - self._turned

    def behind_seconds(self) -> float:
        """How long ago what is taken in next was read; 0 when nothing waits."""
        return monotonic() - self._inbox[0].received if self._inbox else 0.0

    def idle_seconds(self) -> float:
        """How long ago the loop took its last turn; never much above a second while it works."""
        return monotonic() - self._turned

    async def run(self) -> None:
        """Work until cancelled."""
        self._is_running = True
        try:
            await self._work()
        finally:
            self._is_running = False

    async def _work(self) -> None:
        while True:
            await self._wait()
            self._standstill.begin_turn(monotonic())
            self._turn(monotonic() + LONGEST_TURN)
            await asyncio.sleep(0)

    def finish(self) -> None:
        """Take in all that is still waiting; for the end, after the wire has stopped."""
        self._catch_up()
        self._turn(float("inf"))

    def _catch_up(self) -> None:
        """What was put aside is next; nothing else is waited for."""
        self._standstill.end()
        self._inbox.extendleft(reversed(self._aside))
        self._aside.clear()

    async def _wait(self) -> None:
        if self._inbox or self._steps is not None:
            return
        self._wake.clear()
        try:
            async with asyncio.timeout(self._sleep()):
                await self._wake.wait()
        except TimeoutError:
            return

    def _sleep(self) -> float:
        if (seconds := self._standstill.seconds(monotonic())) > 0:
            return min(seconds, LONGEST_SLEEP)
        deadline = self._center.next_deadline()
        if deadline is None:
            return LONGEST_SLEEP
        return min(max(0.0, deadline - self._pbx_time.now()), LONGEST_SLEEP)

    def _turn(self, until: float) -> None:
        if self._aside and not self._standstill.is_left(monotonic()):
            self._catch_up()
        self._take_in(until)
        if self._newest_at is not None:
            self._standstill.read(self._pbx_time.now() - self._newest_at, monotonic())
            self._newest_at = None
        is_behind = bool(self._aside) or self._standstill.is_left(monotonic()) or self.has_unread()
        if not (self._inbox or is_behind) and self._steps is None and self._let_pass(self._pbx_time.now(), until):
            self._rested.set()
        self._turned = monotonic()

    def _take_in(self, until: float) -> None:
        """Work on what waits, and tell how things stand; until some moment, or the end of what was begun."""
        while monotonic() < until:
            if self._steps is None:
                if self._inbox and isinstance(self._inbox[0].events[0], OF_LOG):
                    if self._standstill.is_left(monotonic()):
                        self._aside.append(self._inbox.popleft())
                        continue
                elif self._inbox:
                    self._newest_at = self._inbox[0].at
                if not self._inbox or not self._let_pass(self._inbox[0].at, until):
                    break
                self._begin(self._inbox.popleft())
            elif next(self._steps, self) is self:
                self._steps = None
        if self._is_unsettled and self._steps is None:
            self._settle(until)

    def _begin(self, delivery: Delivery) -> None:
        self._recorded = self._clock.at(delivery.received)
        if len(delivery.events) > MOST_EVENTS or isinstance(delivery.events[-1], ABOUT_EVERYBODY):
            self._steps = self._taking(delivery)
            return
        changes: list[Change] = []
        for event in delivery.events:
            changes += self._taken(event, delivery.at)
        self._publish(changes, self._recorded)

    def _taken(self, event: Event, at: Timestamp) -> list[Change]:
        self._is_unsettled = True
        return self._guarded(type(event).__name__, partial(self._center.take, event, at))

    def _taking(self, delivery: Delivery) -> Iterator[None]:
        """A full picture, or the like: its items one by one, and what follows from the whole step by step."""
        for event in delivery.events:
            if isinstance(event, ABOUT_EVERYBODY):
                self._is_unsettled = False
                yield from self._telling(type(event).__name__, self._center.pieces(event, delivery.at))
            else:
                self._publish(self._taken(event, delivery.at), self._recorded)
                yield

    def _settle(self, until: float) -> None:
        self._is_unsettled = False
        if self._center.touched <= MOST_AT_ONCE:
            self._publish(self._guarded("the states", self._center.settle), self._recorded)
            return
        self._steps = self._telling("the states", self._center.settling())
        self._take_in(until)

    def _telling(self, what: str, pieces: Iterator[list[Change]]) -> Iterator[None]:
        """Publish piece by piece."""
        while (changes := self._guarded(what, lambda: next(pieces, None))) is not None:
            self._publish(changes, self._recorded)
            yield

    def _guarded(self, what: str, work: Callable[[], _Said]) -> _Said | list[Change]:
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - reported by _fault
            self._fault(what, error)
            return []

    def _let_pass(self, now: Timestamp, until: float) -> bool:
        """Let time pass up to ``now``; False when our own was not enough."""
        while (deadline := self._center.next_deadline()) is not None and deadline <= now:
            if monotonic() >= until:
                return False
            changes = self._guarded("a deadline", partial(self._center.advance, now, MOST_DEADLINES))
            self._publish(changes, self._clock.now())
        return True

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
