"""How many calls came within an hour, beside how many are usual then.

Hours are counted from the beginning of the site's day, as reports count them.  An hour is judged when it is over, and
only if all of it was seen: by us, or by queue_log.
"""

from typing import TYPE_CHECKING, Final

import msgspec

from ctibridge.domain.events import UsualInflow
from ctibridge.domain.units import Timestamp, queue_key

if TYPE_CHECKING:  # The floor's policy holds rules about this.
    from ctibridge.domain.floor import Floor
    from ctibridge.domain.queue import Queue

HOUR: Final = 3600
JUST_BEFORE: Final = 0.001
"""An hour is read so long before it ends: the end of the day takes its half hours away."""


class HourOfCalls(msgspec.Struct, frozen=True, kw_only=True):
    """One hour that is over."""

    since: Timestamp
    offered: int
    usual: float


class Inflow:
    """Takes in what is usual, and compares when the hour is over."""

    def __init__(self, floor: "Floor") -> None:
        self._floor = floor

    def on_usual(self, event: UsualInflow) -> None:
        """Look at the hour when it ends; one that is over already is nothing new."""
        due = Timestamp(event.hour + HOUR - JUST_BEFORE)
        if due > self._floor.now:
            self._floor.agenda.at(due, lambda _now: self._compare(event))

    def _compare(self, event: UsualInflow) -> None:
        queue = self._floor.queues.get(queue_key(event.queue))
        if queue is None:
            return
        offered = queue.totals.curve.offered(event.hour, Timestamp(event.hour + HOUR))
        hour = HourOfCalls(since=event.hour, offered=offered, usual=event.calls)
        queue.hour = hour if self._was_seen(event.hour) else None
        self._floor.touch_stats(queue)
        self._floor.agenda.at(Timestamp(event.hour + 2 * HOUR), lambda _now: self._forget(queue, hour))

    def _forget(self, queue: "Queue", hour: HourOfCalls) -> None:
        """An hour is old news once the next one is over too."""
        if queue.hour is hour:
            queue.hour = None
            self._floor.touch_stats(queue)

    def _was_seen(self, since: Timestamp) -> bool:
        floor, log = self._floor, self._floor.ledger
        if not floor.is_synced or floor.recover_until is not None:
            return False
        return floor.seen_since <= since or (log.is_active and log.since is not None and log.since <= since)
