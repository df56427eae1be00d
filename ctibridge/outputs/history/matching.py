"""Tells which stored row a fact belongs to: the same fact told by two sources must be one row.

AMI's moments have fractions, those of queue_log are whole seconds of another clock reading.  So a caller's stay is
recognised by having begun within two seconds, and of several such the nearest that nobody has claimed yet.  Phones that
ring again and again for one caller have only their order: each record of queue_log takes the earliest ring that AMI
told up to three seconds after it, or is taken by that ring, if an import has stored it first; what came from queue_log
itself must be of the same second.
"""

import sqlite3
from dataclasses import dataclass
from typing import Final

from ctibridge.domain.units import QueueKey, QueueName, queue_key
from ctibridge.outputs.history.rows import RingRow

SAME_JOIN: Final = 2.0
"""Seconds between two tellings of when one stay began."""
SAME_RING: Final = 3.0
"""Seconds by which AMI may tell later than queue_log when a phone stopped ringing."""
ABANDON_SETTLES: Final = 2.0
"""A ring that was cut off is told when it is certain that the caller gave up."""
AHEAD: Final = 1.0
"""Seconds by which AMI may tell it earlier: between the two a whole second may begin."""
MOST_CALLS: Final = 20_000
"""Callers whose rows are remembered; those of others are read again."""

QUEUE_LOG: Final = "queue_log"

CallKey = tuple[str, str]
"""Queue as spelled in the store, and caller."""


@dataclass(slots=True)
class _Stay:
    number: int
    joined_at: float
    claimed_as: float | None = None
    """The moment by which the source in hand speaks of it."""


@dataclass(slots=True)
class _Ring:
    agent: str
    at: float
    number: int
    outcome: str
    origin: str
    is_claimed: bool = False


class Matching:
    """The stays and rings of one PBX."""

    def __init__(self, connection: sqlite3.Connection, pbx: str, told_since: float = 0.0) -> None:
        """`told_since`: rings that AMI told before this moment are none that queue_log could tell anew."""
        self._connection = connection
        self._pbx = pbx
        self._told_since = int(told_since)
        self._spelling: dict[QueueKey, QueueName] = {}
        self._stays: dict[CallKey, list[_Stay]] = {}
        self._rings: dict[CallKey, list[_Ring]] = {}
        self._read_spelling()

    def forget(self) -> None:
        """Read everything again: what was last claimed was not stored."""
        self._stays.clear()
        self._rings.clear()
        self._spelling.clear()
        self._read_spelling()

    def queue(self, name: QueueName) -> QueueName:
        """The queue as the store spells it: app_queue mixes spellings (T43)."""
        return self._spelling.setdefault(queue_key(name), name)

    # -- stays --------------------------------------------------------------------------------------------------------

    def stay(self, queue: QueueName, call: str, joined_at: float) -> int:
        """The number of the stay that began then."""
        stays = self._known_stays(queue, call)
        same = next((stay for stay in reversed(stays) if stay.claimed_as == joined_at), None)
        return same.number if same is not None else self.claim(queue, call, joined_at)

    def claim(self, queue: QueueName, call: str, joined_at: float) -> int:
        """The number of a stay that is surely another one than those claimed before."""
        stays = self._known_stays(queue, call)
        near = [s for s in stays if s.claimed_as is None and abs(s.joined_at - joined_at) <= SAME_JOIN]
        stay = min(near, key=lambda stay: abs(stay.joined_at - joined_at), default=None)
        if stay is None:
            number = max((stay.number for stay in stays), default=-1) + 1
            stay = _Stay(number, joined_at)
            stays.append(stay)
        stay.claimed_as = joined_at
        return stay.number

    def find(self, queue: QueueName, call: str, joined_at: float) -> tuple[int, float] | None:
        """Number and beginning of a stored stay that began about then, whoever claimed it."""
        near = [s for s in self._known_stays(queue, call) if abs(s.joined_at - joined_at) <= SAME_JOIN]
        stay = min(near, key=lambda stay: abs(stay.joined_at - joined_at), default=None)
        return None if stay is None else (stay.number, stay.joined_at)

    def _known_stays(self, queue: QueueName, call: str) -> list[_Stay]:
        known = self._stays.get((queue, call))
        if known is None:
            query = "SELECT stay, joined_at FROM calls WHERE pbx = ? AND queue = ? AND call = ? ORDER BY stay"
            known = [_Stay(*row) for row in self._connection.execute(query, (self._pbx, queue, call))]
            _remember(self._stays, (queue, call), known)
        return known

    # -- rings --------------------------------------------------------------------------------------------------------

    def ring(self, queue: QueueName, row: RingRow) -> tuple[float, int]:
        """Moment and number of a ring: of the stored one that this is, else those of a new row."""
        rings = self._known_rings(queue, row.call)
        if row.origin != QUEUE_LOG:
            self._note_imported(rings, queue, row.call)
        same = self._same_ring(rings, row)
        if same is None:
            number = sum(1 for ring in rings if (ring.agent, ring.at) == (row.agent, row.at))
            same = _Ring(row.agent, row.at, number, row.outcome, row.origin)
            rings.append(same)
            rings.sort(key=lambda ring: (ring.at, ring.number))
        same.is_claimed = True
        return same.at, same.number

    def _same_ring(self, rings: list[_Ring], row: RingRow) -> _Ring | None:
        free = [r for r in rings if not r.is_claimed and (r.agent, r.outcome) == (row.agent, row.outcome)]
        is_logged = row.origin == QUEUE_LOG
        for ring in free:
            if is_logged and ring.origin == QUEUE_LOG and ring.at == row.at:
                return ring
        others = (r for r in free if (r.origin == QUEUE_LOG) is not is_logged and r.at >= self._told_since)
        latest = SAME_RING + (ABANDON_SETTLES if row.outcome == "ring_cancelled" else 0.0)
        sign = 1 if is_logged else -1  # AMI tells later, whichever is stored first.
        return next((ring for ring in others if -AHEAD <= sign * (ring.at - row.at) <= latest), None)

    def _known_rings(self, queue: QueueName, call: str) -> list[_Ring]:
        known = self._rings.get((queue, call))
        if known is None:
            known = self._stored_rings(queue, call)
            _remember(self._rings, (queue, call), known)
        return known

    def _note_imported(self, rings: list[_Ring], queue: QueueName, call: str) -> None:
        """An import beside us may have read of a ring in queue_log before AMI's account of it is stored."""
        known = {(ring.agent, ring.at, ring.number) for ring in rings}
        rings += (r for r in self._stored_rings(queue, call) if (r.agent, r.at, r.number) not in known)
        rings.sort(key=lambda ring: (ring.at, ring.number))

    def _stored_rings(self, queue: QueueName, call: str) -> list[_Ring]:
        # Sorted here: asked to sort, SQLite walks the index of times instead of the key.
        query = "SELECT agent, at, number, outcome, origin FROM rings WHERE pbx = ? AND queue = ? AND call = ?"
        stored = [_Ring(*row) for row in self._connection.execute(query, (self._pbx, queue, call))]
        return sorted(stored, key=lambda ring: (ring.at, ring.number))

    # -- queues -------------------------------------------------------------------------------------------------------

    def _read_spelling(self) -> None:
        """From one queue to the next by the primary key: a walk over all rows would take seconds."""
        name: str | None = ""
        query = "SELECT min(queue) FROM calls WHERE pbx = ? AND queue > ?"
        while name is not None:
            (name,) = self._connection.execute(query, (self._pbx, name)).fetchone()
            if name is not None:
                self._spelling[queue_key(name)] = QueueName(name)


def _remember(known: dict[CallKey, list[_Stay]] | dict[CallKey, list[_Ring]], key: CallKey, rows: object) -> None:
    if len(known) >= MOST_CALLS:
        del known[next(iter(known))]
    known[key] = rows  # type: ignore[assignment]  # the caller passes what belongs there
