"""A site whose queue_log is read: what app_queue writes, in one line a record, beside what AMI tells.

    site = LoggedSite().watched("1001")
    site.writes(10, "offered", "c1")
    site.reads(12)

Records are read when ``reads`` is called, never earlier.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Literal

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.events import EndedBy, LogKind, LogRecord
from ctibridge.domain.figures import AgentTotals
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import CallId, QueueName, Seconds, Timestamp
from tests.unit.domain.builder import QUEUE, Site

Word = Literal["offered", "answered", "completed", "abandoned", "exited", "ring_no_answer", "ring_cancelled"]


def record(
    at: float,
    word: Word,
    call: str = "c1",
    agent: str | None = None,
    *,
    queue: str = QUEUE,
    wait: float | None = None,
    talk: float | None = None,
    reason: str | None = None,
    by: EndedBy = EndedBy.CALLER,
) -> LogRecord:
    return LogRecord(
        kind=LogKind(word),
        at=Timestamp(int(at)),
        call=CallId(call),
        queue=QueueName(queue),
        member=f"Agent {agent}" if agent else None,
        wait=None if wait is None else Seconds(wait),
        talk=None if talk is None else Seconds(talk),
        ring=Seconds(3.0) if word.startswith("ring") else None,
        reason=reason,
        ended_by=by if word == "completed" else None,
        position=1,
    )


class LoggedSite(Site):
    """One call centre whose queue_log is followed."""

    def __init__(self, rules: Policy | None = None) -> None:
        super().__init__(rules)
        self.written: list[LogRecord] = []

    def watched(self, *agents: str, queues: Iterable[str] = (QUEUE,)) -> "LoggedSite":
        """At second 0 the log is read to its end and the first picture taken; at 50 a call centre like any other."""
        self.at(0).take(ev.LogReported(records=(), until=Timestamp(0)))
        self.opened(*agents, queues=queues)
        self.reads(50)
        self.changes.clear()
        return self

    def writes(
        self,
        at: float,
        word: Word,
        call: str = "c1",
        agent: str | None = None,
        *,
        queue: str = QUEUE,
        wait: float | None = None,
        talk: float | None = None,
        reason: str | None = None,
        by: EndedBy = EndedBy.CALLER,
    ) -> None:
        self.written.append(record(at, word, call, agent, queue=queue, wait=wait, talk=talk, reason=reason, by=by))

    def reads(self, until: float) -> list[ch.Change]:
        """Everything that was written is read."""
        records, self.written = tuple(self.written), []
        return self.at(until).take(ev.LogReported(records=records, until=Timestamp(until)))

    def log_is_lost(self, at: float) -> None:
        self.at(at).take(ev.LogLost(reason="gone"))

    def mismatches(self) -> dict[str, int]:
        return dict(self.center.snapshot(self.now).mismatches)

    def settled(self, at: float) -> "LoggedSite":
        """Half a minute later, when everything that could be a mismatch is one, and nobody waits for the log."""
        for moment in range(int(at) + 1, int(at) + 50, 7):
            self.reads(moment)
        return self

    def recovered(self) -> int:
        return self.center.snapshot(self.now).recovered_calls

    def counted(self, agent: str = "1001") -> tuple[dict[str, int], int, int, float]:
        """Answers by queue, rings missed and cut off, and talk of an agent."""
        totals: AgentTotals = self.agent_totals(agent)
        return dict(totals.answered), totals.ring_no_answer, totals.ring_cancelled, totals.talk_seconds

    def histories(self, origin: ch.Origin = ch.Origin.QUEUE_LOG) -> list[tuple[float, str, str]]:
        """What was said of calls by one source: when, what, of whom."""
        said = [c for c in self.changes if isinstance(c, ch.CallChange) and c.origin is origin]
        return [(c.at, type(c).__name__.removeprefix("Call"), c.facts.call) for c in said]


def in_order(times: Iterable[float]) -> bool:
    return all(before <= after for before, after in pairwise(times))
