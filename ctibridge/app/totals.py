"""What happened, added up: the shape of `replay --json` and, later, of reports.

Made from changes alone, by whoever adds them up; every count is a count of changes of one kind.
"""

from typing import Literal, TypeAlias

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain.units import AgentId, CallId, QueueName, Seconds
from ctibridge.domain.views import CallFacts

Outcome: TypeAlias = Literal["answered", "abandoned", "exited", "refused", "lost", "waiting"]


class QueueSums(msgspec.Struct, kw_only=True):
    """One queue."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    exited: dict[str, int] = {}
    """By reason."""
    refused: dict[str, int] = {}
    """By reason; refused callers were not offered."""
    lost: int = 0
    """How these left is not known: the bridge was blind."""
    ring_no_answer: int = 0
    ring_cancelled: int = 0
    transferred: int = 0
    wait_seconds: Seconds = Seconds(0)
    """Of answered calls."""
    talk_seconds: Seconds = Seconds(0)
    """Customer hold included."""


class PauseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One pause, or the part of it with one reason, that has ended."""

    reason: str | None
    seconds: Seconds


class AgentSums(msgspec.Struct, kw_only=True):
    """One agent over all queues."""

    answered: int = 0
    ring_no_answer: int = 0
    ring_cancelled: int = 0
    talk_seconds: Seconds = Seconds(0)
    pauses: list[PauseRow] = []


class CallRow(msgspec.Struct, kw_only=True):
    """One caller's stay in one queue, with what came of it."""

    call: CallId
    queue: QueueName
    agent: AgentId | None = None
    outcome: Outcome = "waiting"
    reason: str | None = None
    position: int | None = None
    """When joining."""
    wait_seconds: Seconds | None = None
    ring_seconds: Seconds | None = None
    """Of the phone that was answered."""
    hold_seconds: Seconds | None = None
    talk_seconds: Seconds | None = None
    ended_by: str | None = None


class Totals(msgspec.Struct, kw_only=True):
    """Everything, in the order of its first appearance."""

    queues: dict[str, QueueSums] = {}
    agents: dict[str, AgentSums] = {}
    calls: list[CallRow] = []


class Tally:
    """Adds changes up."""

    def __init__(self) -> None:
        self.totals = Totals()
        self.names: dict[str, set[AgentId]] = {}
        """Who goes by a name or an interface: queue_log knows people by either."""
        self._rows: dict[tuple[CallId, QueueName], list[CallRow]] = {}
        """A caller's stays in a queue, in their order."""

    def take(self, change: ch.Change) -> None:
        """Take in one change."""
        match change:
            case ch.CallQueued():
                self._queued(change.facts)
            case ch.CallRingNoAnswer() | ch.CallRingCancelled():
                self._rang(change)
            case ch.CallAnswered():
                self._answered(change.facts)
            case ch.CallTransferred():
                self._queue(change.facts).transferred += 1
            case ch.CallCompleted():
                self._completed(change.facts)
            case ch.CallAbandoned() | ch.CallExited() | ch.CallRefused() | ch.CallLost():
                self._left(change)
            case ch.AgentUnpaused():
                row = PauseRow(reason=change.reason, seconds=change.seconds)
                self._agent(change.agent.agent).pauses.append(row)
            case ch.AgentUpdated():
                self._known(change)
            case ch.QueueUpdated():
                self.totals.queues.setdefault(change.queue.queue, QueueSums())
            case _:
                return

    def _queued(self, facts: CallFacts) -> None:
        self._queue(facts).offered += 1
        self._new_row(facts)

    def _rang(self, change: ch.CallRingNoAnswer | ch.CallRingCancelled) -> None:
        name = "ring_no_answer" if isinstance(change, ch.CallRingNoAnswer) else "ring_cancelled"
        holders: list[QueueSums | AgentSums] = [self._queue(change.facts)]
        if change.facts.agent is not None:
            holders.append(self._agent(change.facts.agent))
        for holder in holders:
            setattr(holder, name, getattr(holder, name) + 1)

    def _answered(self, facts: CallFacts) -> None:
        queue, row = self._queue(facts), self._row(facts)
        queue.answered += 1
        queue.wait_seconds = _sum(queue.wait_seconds, facts.wait_seconds)
        if facts.agent is not None:
            self._agent(facts.agent).answered += 1
        row.outcome, row.agent = "answered", facts.agent
        row.wait_seconds, row.ring_seconds = facts.wait_seconds, facts.ring_seconds

    def _completed(self, facts: CallFacts) -> None:
        queue, row = self._queue(facts), self._ending_row(facts)
        queue.talk_seconds = _sum(queue.talk_seconds, facts.talk_seconds)
        if facts.agent is not None:
            agent = self._agent(facts.agent)
            agent.talk_seconds = _sum(agent.talk_seconds, facts.talk_seconds)
        row.talk_seconds, row.hold_seconds = facts.talk_seconds, facts.hold_seconds
        row.ended_by = facts.ended_by.value if facts.ended_by else None

    def _left(self, change: ch.CallAbandoned | ch.CallExited | ch.CallRefused | ch.CallLost) -> None:
        facts = change.facts
        queue, row = self._queue(facts), self._row(facts)
        row.outcome, row.reason, row.wait_seconds = _outcome(change), facts.reason, facts.wait_seconds
        match change:
            case ch.CallAbandoned():
                queue.abandoned += 1
                queue.abandoned_short += bool(facts.short)
            case ch.CallLost():
                queue.lost += 1
            case ch.CallExited() | ch.CallRefused():
                by_reason = queue.exited if isinstance(change, ch.CallExited) else queue.refused
                reason = facts.reason or "unknown"
                by_reason[reason] = by_reason.get(reason, 0) + 1

    def _known(self, change: ch.AgentUpdated) -> None:
        view = change.agent
        self.totals.agents.setdefault(view.agent, AgentSums())
        for name in (view.name, view.interface, view.agent):
            self.names.setdefault(name, set()).add(view.agent)

    def _queue(self, facts: CallFacts) -> QueueSums:
        return self.totals.queues.setdefault(facts.queue, QueueSums())

    def _agent(self, agent: AgentId) -> AgentSums:
        return self.totals.agents.setdefault(agent, AgentSums())

    def _row(self, facts: CallFacts) -> CallRow:
        """The caller's present stay; a new row for one who was refused, or came before we looked."""
        rows = self._rows.get((facts.call, facts.queue))
        if rows and rows[-1].outcome == "waiting":
            return rows[-1]
        return self._new_row(facts)

    def _ending_row(self, facts: CallFacts) -> CallRow:
        """The answered stay that ends; its end may come when the caller waits in the same queue again (T16)."""
        rows = self._rows.get((facts.call, facts.queue), [])
        answered = (row for row in rows if row.outcome == "answered" and row.talk_seconds is None)
        return next(answered, None) or self._new_row(facts)

    def _new_row(self, facts: CallFacts) -> CallRow:
        row = CallRow(call=facts.call, queue=facts.queue, position=facts.position)
        self.totals.calls.append(row)
        self._rows.setdefault((facts.call, facts.queue), []).append(row)
        return row


def _outcome(change: ch.CallAbandoned | ch.CallExited | ch.CallRefused | ch.CallLost) -> Outcome:
    match change:
        case ch.CallAbandoned():
            return "abandoned"
        case ch.CallExited():
            return "exited"
        case ch.CallRefused():
            return "refused"
        case ch.CallLost():
            return "lost"


def _sum(total: Seconds, more: Seconds | None) -> Seconds:
    return Seconds(total + (more or 0))
