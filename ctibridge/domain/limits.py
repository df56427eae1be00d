"""How long agents may be away, and what is a breach of its own: going unapproved, giving no reason.

The clock of a pause starts when the agent is first away for it, not when the code is pressed: a pause during a call
starts when the call ends, and another reason starts its own clock.  Only departures that were seen are judged: of a
pause that a full picture tells of, nobody knows whether it was allowed, nor whether Asterisk has forgotten its reason
(T28).
"""

from typing import Final

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain.agent import Agent
from ctibridge.domain.floor import Floor
from ctibridge.domain.policy import PauseReason
from ctibridge.domain.units import Seconds, Timestamp
from ctibridge.domain.views import LimitStage

_STAGES: Final = tuple(LimitStage)
"""From fine to bad; a limit never goes back."""


class Limits:
    """Times absences, and says what is wrong with them."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def paused(self, agent: Agent) -> None:
        """A pause began: leave that was approved for it is made use of, if it has not lapsed."""
        leave, pause = agent.leave, agent.pause
        if leave is None or pause is None or leave.state != "approved" or not is_for(leave.reason, pause.reason):
            return
        if leave.expires_at is not None and pause.since <= leave.expires_at:
            agent.leave = msgspec.structs.replace(leave, expires_at=None)
            agent.approved_by = leave.decided_by

    def begin(self, agent: Agent) -> bool:
        """The agent is away, perhaps for some time already; True when the clock of the present reason starts now."""
        if agent.pause is None or agent.limit_since is not None:
            return False
        agent.limit_since = max(agent.pause.since, agent.since)
        self.watch(agent)
        return True

    def judge(self, agent: Agent) -> None:
        """Say what is wrong with an absence that has just begun."""
        floor, code, since = self._floor, agent.pause.reason if agent.pause else None, agent.limit_since
        if since is None or floor.origin is ch.Origin.SNAPSHOT:
            return
        reason = floor.policy.pause_reason(code)
        view = agent.view(floor.policy, floor.now)
        if not code and floor.policy.agents.reason_required:
            agent.reason_missing_since = since
            floor.emit(ch.AgentReasonMissing(at=since, origin=floor.origin, agent=view))
        elif code and reason is not None and reason.needs_approval and agent.approved_by is None:
            agent.unapproved_since = since
            floor.emit(ch.AgentLeftUnapproved(at=since, origin=floor.origin, agent=view, reason=code))

    def watch(self, agent: Agent) -> None:
        """Set the deadlines of the limit that runs, if one does."""
        limited = self._limited(agent)
        if limited is None or agent.limit_since is None:
            return
        reason, limit = limited
        since = agent.limit_since
        for share in (reason.warn_at, 1.0):
            due = Timestamp(since + limit * share)
            self._floor.agenda.at(due, lambda _now: self.check(agent, since))

    def check(self, agent: Agent, since: Timestamp) -> None:
        """See how far the absence that began at ``since`` has come."""
        limited = self._limited(agent)
        if limited is None or agent.limit_since != since or agent.is_feed_lost:
            return
        floor, (reason, limit) = self._floor, limited
        stage = _stage(Seconds(floor.now - since), limit, reason.warn_at)
        if _STAGES.index(stage) <= _STAGES.index(agent.limit_stage):
            return
        agent.limit_stage = stage
        is_exceeded = stage is LimitStage.EXCEEDED
        kind = ch.AgentLimitExceeded if is_exceeded else ch.AgentLimitWarning
        if is_exceeded:
            counted = agent.totals.limits_exceeded
            counted[reason.code] = counted.get(reason.code, 0) + 1
        floor.emit(kind(at=floor.now, origin=floor.origin, agent=agent.view(floor.policy, floor.now)))
        if is_exceeded and reason.enforcement != "none":
            self._enforce(agent, reason)
        floor.touch_agent(agent)

    def end(self, agent: Agent) -> None:
        """The pause ended, or goes on for another reason; leave that was made use of is used up."""
        floor = self._floor
        limit = agent.limit(floor.policy)
        stage, agent.limit_stage, agent.limit_since = agent.limit_stage, LimitStage.OK, None
        agent.unapproved_since = agent.reason_missing_since = agent.approved_by = None
        if agent.leave is not None and agent.leave.state == "approved" and agent.leave.expires_at is None:
            agent.leave = None
        if limit is None or stage is LimitStage.OK:
            return
        floor.emit(
            ch.AgentLimitCleared(
                at=floor.now,
                origin=floor.origin,
                agent=agent.view(floor.policy, floor.now),
                reason=agent.pause.reason if agent.pause else None,
                overrun_seconds=Seconds(max(0.0, floor.now - limit.deadline)),
            )
        )

    def _enforce(self, agent: Agent, reason: PauseReason) -> None:
        floor = self._floor
        if reason.enforcement != "none":
            floor.emit(
                ch.EnforcementDue(
                    at=floor.now,
                    origin=floor.origin,
                    agent=agent.id,
                    interface=agent.interface,
                    queues=tuple(sorted({member.record.queue for member in agent.members.values()})),
                    action=reason.enforcement,
                    reason=reason.code,
                    escalate_to=reason.escalate_to,
                )
            )

    def _limited(self, agent: Agent) -> tuple[PauseReason, Seconds] | None:
        reason = self._floor.policy.pause_reason(agent.pause.reason) if agent.pause else None
        return (reason, reason.limit) if reason is not None and reason.limit is not None else None


def is_for(allowed: str, reason: str | None) -> bool:
    """Whether leave for one reason covers a pause; leave without a reason covers any that has one."""
    return bool(reason) and (not allowed or allowed.casefold() == (reason or "").casefold())


def _stage(elapsed: Seconds, limit: Seconds, warn_at: float) -> LimitStage:
    """How far a pause has come; a microsecond's rounding does not put a deadline off."""
    if elapsed >= limit - 1e-6:
        return LimitStage.EXCEEDED
    return LimitStage.WARNING if elapsed >= limit * warn_at - 1e-6 else LimitStage.OK
