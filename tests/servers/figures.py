"""The same figures from both sides: what the domain counted, and what queue_log says."""

from collections.abc import Iterator

import msgspec

from ctibridge.domain.figures import QueueTotals
from ctibridge.domain.picture import Picture
from ctibridge.domain.units import queue_key
from tests.servers import queue_log
from tests.servers.queue_log import Judge

Figures = dict[str, int | float]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure, twice."""

    of: str
    figure: str
    judged: float
    ours: float

    @property
    def agrees(self) -> bool:
        """Whether both sides say the same."""
        return self.judged == self.ours


def rows(picture: Picture, verdict: Judge) -> Iterator[Row]:
    """Every figure of every queue and every agent that is not zero on both sides."""
    queues = {queue_key(queue.view.queue): queue.totals for queue in picture.queues}
    for name in sorted(verdict.queues.keys() | queues.keys()):
        judged = judged_queue(verdict.queues.get(name, queue_log.QueueTotals()))
        ours = our_queue(queues[queue_key(name)]) if name in queues else {}
        yield from _rows(f"queue {name}", judged, ours)
    our_agents = our_agent_figures(picture)
    for name in sorted(verdict.agents.keys() | our_agents.keys()):
        judged = judged_agent(verdict.agents.get(name, queue_log.AgentTotals()))
        yield from _rows(f"agent {name}", judged, our_agents.get(name, {}))


def our_queue(totals: QueueTotals) -> Figures:
    """A queue's figures as the domain has them."""
    counts = totals.all
    return {
        "offered": counts.offered,
        "answered": counts.answered,
        "abandoned": counts.abandoned,
        **{f"exited {reason}": count for reason, count in totals.exited.items()},
        **{f"transferred {kind}": count for kind, count in totals.transferred.items()},
        "lost": counts.lost,
        "ring no answer": counts.ring_no_answer,
        "ring cancelled": counts.ring_cancelled,
        "answer wait s": counts.wait_seconds,
        "abandon wait s": counts.abandon_wait_seconds,
        "talk s": counts.talk_seconds,
    }


def judged_queue(totals: queue_log.QueueTotals) -> Figures:
    """A queue's figures by queue_log."""
    return {
        "offered": totals.offered,
        "answered": totals.answered,
        "abandoned": totals.abandoned,
        **{f"exited {reason}": count for reason, count in totals.exited.items()},
        **{f"transferred {kind}": count for kind, count in totals.transferred.items()},
        "lost": totals.lost,
        "ring no answer": totals.ring_no_answer,
        "ring cancelled": totals.ring_cancelled,
        "answer wait s": totals.answer_wait_seconds,
        "abandon wait s": totals.abandon_wait_seconds,
        "talk s": totals.talk_seconds,
    }


def our_agent_figures(picture: Picture) -> dict[str, Figures]:
    """Agents' figures as the domain has them, by member name as in queue_log."""
    return {
        agent.view.name: {
            "answered": sum(agent.totals.answered.values()),
            "ring no answer": agent.totals.ring_no_answer,
            "ring cancelled": agent.totals.ring_cancelled,
            "talk s": int(agent.totals.talk_seconds),
        }
        for agent in picture.agents
    }


def judged_agent(totals: queue_log.AgentTotals) -> Figures:
    """An agent's figures by queue_log."""
    return {
        "answered": totals.answered,
        "ring no answer": totals.ring_no_answer,
        "ring cancelled": totals.ring_cancelled,
        "talk s": totals.talk_seconds,
    }


def _rows(of: str, judged: Figures, ours: Figures) -> Iterator[Row]:
    for figure in dict.fromkeys([*judged, *ours]):
        row = Row(of=of, figure=figure, judged=judged.get(figure, 0), ours=ours.get(figure, 0))
        if row.judged or row.ours:
            yield row
