"""A command that may be done: who asks, about whom, and where."""

from typing import Any

import msgspec

from ctibridge.app.commands.ground import Ground, Witness
from ctibridge.app.commands.outcome import failed, refused
from ctibridge.domain.events import MemberRecord
from ctibridge.domain.roles import User
from ctibridge.domain.units import AgentId, Interface
from ctibridge.domain.views import AgentView


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """What every command works with."""

    ground: Ground
    user: User
    command: str
    arguments: Any
    """Of the type that ``domain.commands`` names for the command."""
    agent: AgentId | None = None
    """Whom it is about."""

    @property
    def whom(self) -> AgentId:
        """The agent; raises NotDoneError when there is none."""
        if self.agent is None:
            raise refused("no_agent", "name an agent: the user has none")
        return self.agent

    @property
    def wait(self) -> float:
        """Seconds in which the change must be seen."""
        return self.ground.settings.wait

    def members(self) -> tuple[MemberRecord, ...]:
        """The agent's places in queues; raises NotDoneError when there are none."""
        members = self.ground.memberships(self.whom)
        if not members:
            raise refused("logged_out", f"agent {self.whom} is in no queue")
        return members

    def interfaces(self) -> tuple[Interface, ...]:
        """What queues dial to reach the agent, each once; raises NotDoneError when the agent is logged out."""
        return tuple(dict.fromkeys(member.interface for member in self.members()))


def seen(witness: Witness, agent: AgentId) -> AgentView:
    """The agent as last seen; raises NotDoneError where nobody by that name was."""
    view = witness.agent(agent)
    if view is None:
        raise failed("unknown_agent", f"nobody is known as {agent}")
    return view
