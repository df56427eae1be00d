"""The same figures from both sides: as queue_log has them, and as the bridge counted them."""

from collections.abc import Iterable

from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.events import LogKind, LogRecord
from ctibridge.domain.units import Timestamp
from tests.unit.domain.truth import AGENTS, QUEUES

Figures = dict[str, dict[str, float]]
"""By queue or agent, then by the figure's name."""

COUNTED = {
    LogKind.OFFERED: "offered",
    LogKind.ANSWERED: "answered",
    LogKind.COMPLETED: "completed",
    LogKind.ABANDONED: "abandoned",
    LogKind.EXITED: "exited",
    LogKind.RANG_OUT: "ring_no_answer",
    LogKind.RING_CANCELLED: "ring_cancelled",
}
SUMS = ("wait_seconds", "abandon_wait_seconds", "talk_seconds")
AGENTS_OWN = ("answered", "ring_no_answer", "ring_cancelled", "talk_seconds")


def logged_by_queue(log: Iterable[LogRecord]) -> Figures:
    """What queue_log says of queues."""
    figures: Figures = {queue: dict.fromkeys((*COUNTED.values(), *SUMS), 0) for queue in QUEUES}
    for record in log:
        one = figures[str(record.queue)]
        one[COUNTED[record.kind]] += 1
        one["wait_seconds"] += (record.wait or 0) if record.kind is LogKind.ANSWERED else 0
        one["abandon_wait_seconds"] += (record.wait or 0) if record.kind is LogKind.ABANDONED else 0
        one["talk_seconds"] += record.talk or 0
    return figures


def logged_by_agent(log: Iterable[LogRecord]) -> Figures:
    """What queue_log says of agents."""
    figures: Figures = {agent: dict.fromkeys(AGENTS_OWN, 0) for agent in AGENTS}
    for record in log:
        if record.member is not None:
            one = figures[record.member.removeprefix("Agent ")]
            one["talk_seconds"] += record.talk or 0
            if COUNTED[record.kind] in AGENTS_OWN:
                one[COUNTED[record.kind]] += 1
    return figures


def counted_by_queue(center: ContactCenter, now: Timestamp) -> Figures:
    """What the bridge says of queues."""
    totals = {str(one.view.queue): one.totals.all for one in center.snapshot(now).queues}
    return {
        queue: {name: getattr(one, name) for name in (*COUNTED.values(), *SUMS)}
        for queue, one in totals.items()
        if queue in QUEUES
    }


def counted_by_agent(center: ContactCenter, now: Timestamp) -> Figures:
    """What the bridge says of agents."""
    return {
        str(one.view.agent): {
            "answered": sum(one.totals.answered.values()),
            "ring_no_answer": one.totals.ring_no_answer,
            "ring_cancelled": one.totals.ring_cancelled,
            "talk_seconds": one.totals.talk_seconds,
        }
        for one in center.snapshot(now).agents
    }
