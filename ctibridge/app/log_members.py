"""Who was away, as far as queue_log tells: paused in every queue in which it has shown the agent."""

from dataclasses import dataclass, field

import msgspec

from ctibridge.asterisk import queue_log as ql
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import AgentId, QueueName, Seconds, Timestamp, queue_key
from ctibridge.domain.views import AgentState
from ctibridge.outputs.history.matching import QUEUE_LOG
from ctibridge.outputs.history.rows import IntervalRow, Row


@dataclass(slots=True)
class _Member:
    paused: dict[str, bool] = field(default_factory=dict)
    """By queue."""
    reason: str | None = None
    away_since: Timestamp | None = None
    talks: int = 0


class Known(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of an agent for the file that follows."""

    paused: dict[str, bool]
    reason: str | None
    away_since: float | None
    talks: int


class LogMembers:
    """Takes in memberships, pauses and talks."""

    def __init__(self, pbx: str, policy: Policy) -> None:
        self.is_listening = True
        """False while records are read again that are remembered already."""
        self._pbx = pbx
        self._policy = policy
        self._members: dict[AgentId, _Member] = {}
        self._rows: list[Row] = []

    def take(self, record: ql.MemberRecorded | ql.PauseRecorded, agent: AgentId) -> None:
        """Take in one record of an agent."""
        if not self.is_listening:
            return
        member = self._members.setdefault(agent, _Member())
        queue = queue_key(record.queue) if record.queue is not None else None
        reason = member.reason
        match record:
            case ql.MemberRecorded() if queue is not None and record.is_added:
                member.paused[queue] = record.is_paused
            case ql.MemberRecorded() if queue is not None:
                member.paused.pop(queue, None)
            case ql.PauseRecorded() if queue is not None and not record.is_all:
                member.paused[queue] = record.is_paused
                reason = record.reason if record.is_paused else reason
            case ql.PauseRecorded():
                member.paused = dict.fromkeys(member.paused, record.is_paused)
                reason = record.reason if record.is_paused else reason
        self._follow(agent, member, reason, record.at)

    def show(self, agent: AgentId, queue: QueueName) -> None:
        """A phone rang: the agent is in the queue."""
        if self.is_listening:
            self._members.setdefault(agent, _Member()).paused.setdefault(queue_key(queue), False)

    def talk(self, agent: AgentId, queue: QueueName) -> None:
        """The agent talks: a pause begins only when that is over."""
        if self.is_listening:
            self.show(agent, queue)
            self._members[agent].talks += 1

    def hang_up(self, agent: AgentId, at: Timestamp) -> None:
        """The call is over."""
        if not self.is_listening:
            return
        member = self._members.setdefault(agent, _Member())
        member.talks = max(0, member.talks - 1)
        self._follow(agent, member, member.reason, at)

    def restart(self) -> None:
        """Nobody knows how memberships went on over a restart of Asterisk, nor when it stopped."""
        if self.is_listening:
            self._members.clear()

    def rows(self) -> list[Row]:
        """The stretches that have ended since the last time."""
        rows, self._rows = self._rows, []
        return rows

    def remembered(self) -> bytes:
        """How things stand, for the file that follows."""
        known = {agent: Known(m.paused, m.reason, m.away_since, m.talks) for agent, m in self._members.items()}
        return msgspec.msgpack.encode(known)

    def recall(self, remembered: bytes) -> None:
        """Go on where another file ended; raises msgspec.DecodeError."""
        for agent, known in msgspec.msgpack.decode(remembered, type=dict[str, Known]).items():
            since = Timestamp(known.away_since) if known.away_since is not None else None
            self._members[AgentId(agent)] = _Member(known.paused, known.reason, since, known.talks)

    def _follow(self, agent: AgentId, member: _Member, reason: str | None, at: Timestamp) -> None:
        is_away = bool(member.paused) and all(member.paused.values()) and not member.talks
        if member.away_since is not None and (not is_away or reason != member.reason):
            self._rows.append(self._row(agent, member.reason, member.away_since, at))
            member.away_since = None
        if is_away and member.away_since is None:
            member.away_since = at
        member.reason = reason

    def _row(self, agent: AgentId, code: str | None, since: Timestamp, until: Timestamp) -> IntervalRow:
        reason = self._policy.pause_reason(code)
        limit = reason.limit if reason is not None else None
        is_wrap_up = reason is not None and reason.counts_as == "wrap_up"
        return IntervalRow(
            pbx=self._pbx,
            agent=agent,
            since=since,
            until=until,
            state=AgentState.WRAP_UP if is_wrap_up else AgentState.NOT_READY,
            reason=code,
            limit_seconds=limit,
            overrun_seconds=None if limit is None else Seconds(max(0.0, until - since - limit)),
            origin=QUEUE_LOG,
        )
