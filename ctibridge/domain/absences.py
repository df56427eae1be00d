"""Who of which team is away for which reason: counted, so that nobody has to be looked for."""

from typing import NamedTuple

from ctibridge.domain.agent import Agent
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import AgentId
from ctibridge.domain.views import AgentState


class Group(NamedTuple):
    """Members of a team who are away for the same reason."""

    team: str
    reason: str


class Absences:
    """Keeps the groups."""

    def __init__(self) -> None:
        self._members: dict[Group, set[AgentId]] = {}
        self._group_of: dict[AgentId, Group] = {}

    def note(self, agent: Agent, policy: Policy) -> tuple[Group, ...]:
        """Follow one agent; the groups that are not what they were."""
        before, after = self._group_of.get(agent.id), _group(agent, policy)
        if before == after:
            return ()
        if before is not None:
            self._members[before].discard(agent.id)
            del self._group_of[agent.id]
        if after is not None:
            self._members.setdefault(after, set()).add(agent.id)
            self._group_of[agent.id] = after
        return tuple(group for group in (before, after) if group is not None)

    def count(self, group: Group) -> int:
        """How many they are."""
        return len(self._members.get(group, ()))

    def groups(self) -> tuple[Group, ...]:
        """Those in which somebody is, or was."""
        return tuple(self._members)

    def clear(self) -> None:
        """Forget everybody: they are noted anew."""
        self._members.clear()
        self._group_of.clear()


def _group(agent: Agent, policy: Policy) -> Group | None:
    reason = policy.pause_reason(agent.reason)
    if agent.state is not AgentState.NOT_READY or agent.team is None or reason is None:
        return None
    return Group(agent.team, reason.code)
