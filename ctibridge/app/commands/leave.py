"""Asking to be away, and being allowed to: nothing of this needs Asterisk."""

from ctibridge.app.commands.doing import Doing
from ctibridge.app.commands.outcome import refused, unconfirmed
from ctibridge.app.commands.presence import known_reason
from ctibridge.domain.changes import (
    AgentLeaveApproved,
    AgentLeaveRefused,
    AgentLeaveRequested,
    AgentLeaveWithdrawn,
    Change,
)
from ctibridge.domain.events import Event, LeaveDecision, LeaveRequest, LeaveWithdrawal
from ctibridge.domain.units import Seconds
from ctibridge.domain.views import AgentView


async def request(doing: Doing) -> str:
    """Ask."""
    reason = known_reason(doing)
    _known(doing)
    event = LeaveRequest(agent=doing.whom, reason=reason, by=doing.user.name)
    await _told(doing, event, AgentLeaveRequested)
    return f"{reason} was requested"


async def withdraw(doing: Doing) -> str:
    """Not want it any more."""
    if _known(doing).leave is None:
        raise refused("no_leave", f"agent {doing.whom} has not asked for leave")
    await _told(doing, LeaveWithdrawal(agent=doing.whom), AgentLeaveWithdrawn)
    return "withdrawn"


async def approve(doing: Doing) -> str:
    """Allow it; also before anybody asked."""
    _known(doing)
    seconds = doing.arguments.valid_seconds
    valid = None if seconds is None else Seconds(seconds)
    event = LeaveDecision(agent=doing.whom, is_approved=True, by=doing.user.name, valid_seconds=valid)
    await _told(doing, event, AgentLeaveApproved)
    return "approved"


async def refuse(doing: Doing) -> str:
    """Do not allow it."""
    if _known(doing).leave is None:
        raise refused("no_leave", f"agent {doing.whom} has not asked for leave")
    await _told(doing, LeaveDecision(agent=doing.whom, is_approved=False, by=doing.user.name), AgentLeaveRefused)
    return "refused"


def _known(doing: Doing) -> AgentView:
    view = doing.ground.agent(doing.whom)
    if view is None:
        raise refused("unknown_agent", f"nobody is known as {doing.whom}")
    return view


async def _told(doing: Doing, event: Event, wanted: type[Change]) -> None:
    """Tell the domain, and wait until it says so."""
    agent = doing.whom
    with doing.ground.witness(agent) as witness:
        doing.ground.tell(event)

        def is_so() -> bool:
            return any(isinstance(one, wanted) and _of(one) == agent for one in witness.changes)

        if not await witness.sees(is_so, doing.wait):
            raise unconfirmed("it changed nothing")


def _of(change: Change) -> str | None:
    view = getattr(change, "agent", None)
    return view.agent if isinstance(view, AgentView) else None
