"""queue_log added up in the shape of ``Totals``: what the bridge's own sums are judged by."""

from collections.abc import Iterable, Mapping
from typing import Final

from ctibridge.app.totals import AgentSums, CallRow, QueueSums, Totals
from ctibridge.asterisk import queue_log as ql
from ctibridge.domain.units import AgentId, CallId, QueueKey, QueueName, Seconds, Timestamp, queue_key

EXIT_REASONS: Final = {
    ql.ExitReason.TIMEOUT: "timeout",
    ql.ExitReason.KEY: "key",
    ql.ExitReason.EMPTY: "empty",
    ql.ExitReason.WITHDRAWN: "withdrawn",
}


class QueueLogTally:
    """Adds records up; queues get the spelling, and agents the identity, that the bridge knows them by."""

    def __init__(self, queues: Iterable[str], agents: Mapping[str, set[AgentId]]) -> None:
        """`agents`: who goes by a name or an interface; names that several share are left out of their sums."""
        self.totals = Totals()
        self._spelling: dict[QueueKey, QueueName] = {queue_key(name): QueueName(name) for name in queues}
        self._agents = {name: next(iter(ids)) for name, ids in agents.items() if len(ids) == 1}
        self._rows: dict[tuple[str, str], list[CallRow]] = {}
        self._entered: dict[int, Timestamp] = {}
        """When the caller of a row joined, by the row's identity."""

    def take(self, record: ql.Record) -> None:
        """Take in one record."""
        match record:
            case ql.Entered():
                self._queue(record).offered += 1
                row = self._new_row(record)
                row.position = record.position
                self._entered[id(row)] = record.at
            case ql.Connected():
                self._connected(record)
            case ql.Completed() | ql.Transferred():
                self._ended(record)
            case ql.Abandoned():
                self._queue(record).abandoned += 1
                self._left(record, "abandoned").wait_seconds = record.wait
            case ql.Exited():
                reason = EXIT_REASONS[record.reason]
                exited = self._queue(record).exited
                exited[reason] = exited.get(reason, 0) + 1
                row = self._left(record, "exited")
                row.reason, row.wait_seconds = reason, record.wait
            case ql.RangOut():
                self._rang(record, "ring_no_answer")
            case ql.RingCancelled():
                self._rang(record, "ring_cancelled")
            case _:
                return

    def _connected(self, record: ql.Connected) -> None:
        queue = self._queue(record)
        queue.answered += 1
        queue.wait_seconds = Seconds(queue.wait_seconds + record.wait)
        if (agent := self._agent(record)) is not None:
            agent.answered += 1
        row = self._left(record, "answered")
        row.agent, row.wait_seconds = self._id(record), record.wait

    def _ended(self, record: ql.Completed | ql.Transferred) -> None:
        """The first end of an answered call gives its talk time; app_queue may write two (T15b)."""
        queue = self._queue(record)
        queue.transferred += isinstance(record, ql.Transferred)
        open_rows = (row for row in self._stays(record) if row.outcome == "answered" and row.talk_seconds is None)
        row = next(open_rows, None) or self._talking(record)
        if row is None:
            return
        row.talk_seconds = record.talk
        row.ended_by = record.ended_by.value if isinstance(record, ql.Completed) else "transfer"
        queue.talk_seconds = Seconds(queue.talk_seconds + record.talk)
        if (agent := self._agent(record)) is not None:
            agent.talk_seconds = Seconds(agent.talk_seconds + record.talk)

    def _rang(self, record: ql.RangOut | ql.RingCancelled, name: str) -> None:
        for holder in (self._queue(record), self._agent(record)):
            if holder is not None:
                setattr(holder, name, getattr(holder, name) + 1)

    def _left(self, record: ql.Connected | ql.Abandoned | ql.Exited, outcome: str) -> CallRow:
        waiting = (row for row in self._stays(record) if row.outcome == "waiting")
        row = next(waiting, None) or self._handed_over(record) or self._new_row(record)
        row.outcome = outcome  # type: ignore[assignment]  # one of the literals above
        return row

    def _handed_over(self, record: ql.Connected | ql.Abandoned | ql.Exited) -> CallRow | None:
        """The place in line that an attended transfer gave to this caller: it was taken just as long ago (T23).

        The row keeps the id of who joined, as the bridge does.
        """
        if record.wait is None:
            return None
        name, joined = self._name(record), record.at - record.wait
        for row in self.totals.calls:
            is_near = abs(self._entered.get(id(row), Timestamp(0)) - joined) <= 1
            if row.queue == name and row.outcome == "waiting" and is_near:
                self._stays(record).append(row)
                return row
        return None

    def _talking(self, record: ql.Completed | ql.Transferred) -> CallRow | None:
        """The answered call that ended under another channel's id (T19, T24)."""
        name, agent = self._name(record), self._id(record)
        for row in self.totals.calls:
            is_open = row.outcome == "answered" and row.talk_seconds is None
            if is_open and (row.queue, row.agent, row.wait_seconds) == (name, agent, record.wait):
                return row
        return None

    def _stays(self, record: ql.Record) -> list[CallRow]:
        return self._rows.setdefault((record.call or "", self._name(record)), [])

    def _new_row(self, record: ql.Record) -> CallRow:
        row = CallRow(call=record.call or CallId(""), queue=self._name(record))
        self.totals.calls.append(row)
        self._stays(record).append(row)
        return row

    def _name(self, record: ql.Record) -> QueueName:
        name = record.queue or QueueName("")
        return self._spelling.setdefault(queue_key(name), name)

    def _queue(self, record: ql.Record) -> QueueSums:
        return self.totals.queues.setdefault(self._name(record), QueueSums())

    def _id(self, record: ql.Record) -> AgentId | None:
        return self._agents.get(record.agent or "")

    def _agent(self, record: ql.Record) -> AgentSums | None:
        agent = self._id(record)
        return None if agent is None else self.totals.agents.setdefault(agent, AgentSums())
