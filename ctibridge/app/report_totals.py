"""Calls of the history in the shape of ``replay --json``, so that both can be compared."""

from collections.abc import Iterable

from ctibridge.app.totals import AgentSums, CallRow, Outcome, PauseRow, QueueSums, Totals
from ctibridge.domain.units import AgentId, CallId, QueueName, Seconds
from ctibridge.outputs.history.groups import CallRecord, RingGroup, Stretch


def totals(
    records: Iterable[CallRecord],
    queue_rings: Iterable[RingGroup],
    agent_rings: Iterable[RingGroup],
    stretches: Iterable[Stretch],
) -> Totals:
    """Everything added up, one row a call."""
    added = Totals()
    for record in records:
        _queue(added.queues.setdefault(record.queue, QueueSums()), record)
        if record.agent is not None and record.outcome == "answered":
            agent = added.agents.setdefault(record.agent, AgentSums())
            agent.answered += 1
            agent.talk_seconds = _sum(agent.talk_seconds, record.talk_seconds)
        added.calls.append(_row(record))
    for ring in queue_rings:
        _rings(added.queues.setdefault(ring.name, QueueSums()), ring)
    for ring in agent_rings:
        _rings(added.agents.setdefault(ring.name, AgentSums()), ring)
    for stretch in stretches:
        agent = added.agents.setdefault(stretch.agent, AgentSums())
        if stretch.state == "not_ready":
            agent.pauses.append(PauseRow(reason=stretch.reason, seconds=Seconds(stretch.until - stretch.since)))
    return added


def _queue(sums: QueueSums, record: CallRecord) -> None:
    reason = record.reason or "unknown"
    if record.outcome == "refused":
        sums.refused[reason] = sums.refused.get(reason, 0) + 1
        return
    sums.offered += 1
    sums.transferred += record.transfer_kind is not None
    sums.talk_seconds = _sum(sums.talk_seconds, record.talk_seconds)
    match record.outcome:
        case "answered":
            sums.answered += 1
            sums.wait_seconds = _sum(sums.wait_seconds, record.wait_seconds)
        case "abandoned":
            sums.abandoned += 1
            sums.abandoned_short += bool(record.is_short)
        case "exited":
            sums.exited[reason] = sums.exited.get(reason, 0) + 1
        case "lost":
            sums.lost += 1
        case _:
            return


def _rings(sums: QueueSums | AgentSums, ring: RingGroup) -> None:
    if ring.outcome == "ring_no_answer":
        sums.ring_no_answer += ring.count
    else:
        sums.ring_cancelled += ring.count


def _row(record: CallRecord) -> CallRow:
    outcomes: dict[str, Outcome] = {
        "answered": "answered",
        "abandoned": "abandoned",
        "exited": "exited",
        "refused": "refused",
        "lost": "lost",
    }
    return CallRow(
        call=CallId(record.call),
        queue=QueueName(record.queue),
        agent=None if record.agent is None else AgentId(record.agent),
        outcome=outcomes.get(record.outcome, "waiting"),
        reason=record.reason,
        position=record.position,
        wait_seconds=_seconds(record.wait_seconds),
        ring_seconds=_seconds(record.ring_seconds),
        hold_seconds=_seconds(record.hold_seconds),
        talk_seconds=_seconds(record.talk_seconds),
        ended_by=record.ended_by,
    )


def _seconds(value: float | None) -> Seconds | None:
    return None if value is None else Seconds(value)


def _sum(total: Seconds, more: float | None) -> Seconds:
    return Seconds(total + (more or 0))
