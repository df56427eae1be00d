"""What must always hold in our own books, looked at while the bridge runs: whatever does not is a fault of ours.

Looked at are the queues whose figures are published, and everything at each full picture; one look goes once through
the stays of the last minutes.  A difference is counted when it appears and when it changes, not while it stays.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from ctibridge.domain import changes as ch
from ctibridge.domain.agent import Agent
from ctibridge.domain.caller import Stage, Stay
from ctibridge.domain.floor import PIECE, Floor
from ctibridge.domain.queue import Queue
from ctibridge.domain.units import AgentId, QueueKey

CALLS: Final = "calls_do_not_add_up"
"""offered = answered + abandoned + exited + lost + open, in every queue."""
LINE: Final = "line_is_not_the_waiting"
"""Who waits is in line, in order, and nobody else is."""
MEMBERS: Final = "members_differ"
"""An agent's memberships and a queue's agents are the same."""
SECONDS: Final = "seconds_do_not_add_up"
"""The time in all states of an agent grows as time does."""
KINDS: Final = (CALLS, LINE, MEMBERS, SECONDS)

_ROUNDING: Final = 0.001
"""Seconds that sums of many small stretches may be off."""

_Finding = tuple[str, str, str]
"""Kind, of whom, and what differs."""


class Invariants:
    """Looks at one floor and remembers what it found."""

    def __init__(self, floor: Floor) -> None:
        self.broken: Counter[str] = Counter()
        """How often something did not hold that must, by kind."""
        self._floor = floor
        self._found: dict[tuple[str, str], str] = {}
        self._begun: dict[AgentId, tuple[Agent, float]] = {}
        """Since when an agent's time would have been counted if all of it was."""

    def look_at(self, queues: Iterable[Queue]) -> None:
        """Compare the books of some queues."""
        queues = list(queues)
        stays = self._open_stays()
        subjects: set[str] = {queue.key for queue in queues}
        self._judge((CALLS, LINE), subjects, (found for queue in queues for found in _queue(queue, stays[queue.key])))

    def look_at_all(self) -> None:
        """Compare all books."""
        for _ in self.looking_at_all():
            pass

    def looking_at_all(self) -> Iterator[None]:
        """The same, a piece at a time; nothing may be taken in between two pieces."""
        floor = self._floor
        self.look_at(floor.queues.values())
        yield
        findings: list[_Finding] = []
        for number, found in enumerate(chain(_agents(floor), _queues(floor), self._seconds()), 1):
            if found is not None:
                findings.append(found)
            if number % PIECE == 0:
                yield
        self._judge((MEMBERS,), {*floor.agents, *floor.queues}, findings)

    def _open_stays(self) -> dict[QueueKey, set[Stay]]:
        found: dict[QueueKey, set[Stay]] = {key: set() for key in self._floor.queues}
        for stays in self._floor.stays.values():
            for stay in stays:
                if stay.is_open:
                    found[stay.key].add(stay)
        return found

    def _seconds(self) -> Iterator[_Finding | None]:
        before, self._begun = self._begun, {}
        for agent in self._floor.agents.values():
            begun = agent.counted_since - sum(agent.totals.state_seconds.values())
            known, at = before.get(agent.id, (agent, begun))
            is_off = known is agent and abs(begun - at) > _ROUNDING
            self._begun[agent.id] = (agent, begun)
            yield (SECONDS, agent.id, f"{begun - at:+.3f} s") if is_off else None

    def _judge(self, kinds: tuple[str, ...], subjects: set[str], findings: Iterable[_Finding]) -> None:
        """Count what is new, and forget what is right again."""
        found = {(kind, subject): detail for kind, subject, detail in findings}
        for key in [(kind, subject) for kind, subject in self._found if kind in kinds and subject in subjects]:
            if key not in found:
                del self._found[key]
        for (kind, subject), detail in found.items():
            if kind == SECONDS or self._found.get((kind, subject)) != detail:
                self._report(kind, subject, detail)

    def _report(self, kind: str, subject: str, detail: str) -> None:
        floor = self._floor
        if kind != SECONDS:
            self._found[kind, subject] = detail
        self.broken[kind] += 1
        floor.emit(ch.InvariantBroken(at=floor.now, origin=floor.origin, kind=kind, detail=f"{subject}: {detail}"))


def _queue(queue: Queue, stays: set[Stay]) -> Iterator[_Finding]:
    counts = queue.totals.all
    ended = counts.answered + counts.abandoned + counts.exited + counts.lost
    if counts.offered != ended + len(stays):
        yield CALLS, queue.key, f"{counts.offered} offered, {ended} ended, {len(stays)} open"
    waiting = {stay for stay in stays if stay.stage is Stage.WAITING}
    missing = [stay.call for stay in queue.line if stay not in waiting]
    order = [stay.position for stay in queue.line]
    if missing or order != list(range(1, len(order) + 1)):
        yield LINE, queue.key, f"not waiting: {', '.join(missing) or 'nobody'}; places {order}"


def _agents(floor: Floor) -> Iterator[_Finding | None]:
    for agent in floor.agents.values():
        unknown = [
            key for key, _ in agent.members if key not in floor.queues or agent.id not in floor.queues[key].seats
        ]
        yield (MEMBERS, agent.id, f"is in {', '.join(sorted(unknown))}, and they do not know") if unknown else None


def _queues(floor: Floor) -> Iterator[_Finding | None]:
    for queue in floor.queues.values():
        absent = [
            name
            for name in queue.seats
            if name not in floor.agents or not any(key == queue.key for key, _ in floor.agents[name].members)
        ]
        yield (MEMBERS, queue.key, f"has {', '.join(sorted(absent))}, who are not in it") if absent else None
