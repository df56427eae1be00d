"""Leave: an agent asks to be away, a leader decides, and neither a request nor an approval lasts for ever.

What people decide is no news from the switch, so it holds during a gap as well.  Only that an approval was not made use
of cannot be told while nothing is seen of the agent: it lapses when the next picture shows them still there.
"""

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.agent import Agent
from ctibridge.domain.floor import Floor
from ctibridge.domain.limits import is_for
from ctibridge.domain.units import Seconds, Timestamp
from ctibridge.domain.views import AgentView, Leave


class Leaves:
    """Takes in requests and decisions."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def on_request(self, event: ev.LeaveRequest) -> None:
        """Somebody asks; what is allowed already need not be asked for again."""
        floor, agent = self._floor, self._floor.agents.get(event.agent)
        if agent is None or (
            _is_allowed(agent) and agent.leave is not None and is_for(agent.leave.reason, event.reason)
        ):
            return
        expires = Timestamp(floor.now + floor.policy.leave.request_lapses)
        self._put(agent, Leave(state="requested", reason=event.reason, requested_at=floor.now, expires_at=expires))
        floor.emit(
            ch.AgentLeaveRequested(
                at=floor.now, origin=floor.origin, agent=self._view(agent), reason=event.reason, by=event.by
            )
        )

    def on_decision(self, event: ev.LeaveDecision) -> None:
        """A leader decides; somebody who has left already may be allowed to after the fact."""
        agent = self._floor.agents.get(event.agent)
        if agent is None:
            return
        if event.is_approved:
            self._approve(agent, event)
        elif agent.leave is not None and agent.leave.expires_at is not None:
            floor, reason = self._floor, agent.leave.reason
            self._put(agent, None)
            floor.emit(
                ch.AgentLeaveRefused(
                    at=floor.now, origin=floor.origin, agent=self._view(agent), reason=reason, by=event.by
                )
            )

    def on_withdrawal(self, event: ev.LeaveWithdrawal) -> None:
        """The agent stays after all; who is away comes back by ending the pause."""
        floor, agent = self._floor, self._floor.agents.get(event.agent)
        if agent is None or agent.leave is None or agent.leave.expires_at is None:
            return
        reason = agent.leave.reason
        self._put(agent, None)
        floor.emit(ch.AgentLeaveWithdrawn(at=floor.now, origin=floor.origin, agent=self._view(agent), reason=reason))

    def look_again(self) -> None:
        """Let lapse what could not while nothing was seen, and set the deadlines of a run before this one anew."""
        for agent in list(self._floor.agents.values()):
            if agent.leave is not None and agent.leave.expires_at is not None:
                self._watch(agent, agent.leave)

    def set_clock(self, by: Seconds) -> None:
        """The PBX's clock was set by so much: whoever had five minutes still has them."""
        for agent in self._floor.agents.values():
            leave = agent.leave
            if leave is not None:
                moments = {"requested_at": leave.requested_at, "expires_at": leave.expires_at}
                shifted = {name: Timestamp(at + by) if at is not None else None for name, at in moments.items()}
                self._put(agent, msgspec.structs.replace(leave, **shifted))

    def _approve(self, agent: Agent, event: ev.LeaveDecision) -> None:
        floor, asked = self._floor, agent.leave
        reason = asked.reason if asked is not None else (agent.pause.reason or "" if agent.pause else "")
        is_away = agent.unapproved_since is not None and is_for(reason, agent.pause.reason if agent.pause else None)
        valid = floor.policy.leave.approval_lapses if event.valid_seconds is None else event.valid_seconds
        leave = Leave(
            state="approved",
            reason=reason,
            requested_at=asked.requested_at if asked is not None else None,
            expires_at=None if is_away else Timestamp(floor.now + valid),
            decided_by=event.by,
        )
        if is_away:
            agent.unapproved_since, agent.approved_by = None, event.by
        self._put(agent, leave)
        floor.emit(
            ch.AgentLeaveApproved(
                at=floor.now, origin=floor.origin, agent=self._view(agent), reason=reason, by=event.by
            )
        )

    def _put(self, agent: Agent, leave: Leave | None) -> None:
        agent.leave = leave
        self._floor.touch_agent(agent)
        if leave is not None:
            self._watch(agent, leave)

    def _watch(self, agent: Agent, leave: Leave) -> None:
        if leave.expires_at is not None:
            due = max(leave.expires_at, self._floor.now)
            self._floor.agenda.at(due, lambda _now: self._lapse(agent, leave))

    def _lapse(self, agent: Agent, leave: Leave) -> None:
        floor = self._floor
        was_approved = leave.state == "approved"
        if agent.leave is not leave or (was_approved and agent.is_feed_lost):
            return
        self._put(agent, None)
        floor.emit(
            ch.AgentLeaveLapsed(
                at=floor.now,
                origin=floor.origin,
                agent=self._view(agent),
                reason=leave.reason,
                was_approved=was_approved,
            )
        )

    def _view(self, agent: Agent) -> AgentView:
        return agent.view(self._floor.policy, self._floor.now)


def _is_allowed(agent: Agent) -> bool:
    return agent.leave is not None and agent.leave.state == "approved"
