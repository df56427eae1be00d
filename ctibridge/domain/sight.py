"""What somebody may see: which PBXs, queues and agents, and whether callers.

The one place where a role becomes a view.  The HTTP interface narrows pictures and history by it, and the broker's
access list is written from it.
"""

from collections.abc import Iterable

import msgspec

from ctibridge.domain.picture import Picture, QueuePicture
from ctibridge.domain.policy import Team
from ctibridge.domain.roles import Role, User
from ctibridge.domain.units import AgentId, QueueKey, queue_key
from ctibridge.domain.views import Alarm


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What may be seen; ``None`` is all there are, an empty set is none."""

    pbxs: frozenset[str] | None = None
    queues: frozenset[QueueKey] | None = None
    """Queues by their folded names; their figures are for everybody who sees the queue."""
    agents: frozenset[AgentId] | None = None
    teams: frozenset[str] | None = None
    """Teams as such; who is in them is in ``agents``."""
    has_callers: bool = True
    """Who waits, masked; without it a queue says only how many."""
    is_private: bool = False
    """Callers unmasked, where they are asked for."""

    @property
    def is_whole(self) -> bool:
        """Nothing of a PBX that may be seen is withheld, but for callers' numbers."""
        return self.queues is None and self.agents is None and self.has_callers

    def has_pbx(self, pbx: str) -> bool:
        """Whether a PBX may be seen."""
        return self.pbxs is None or pbx in self.pbxs

    def has_queue(self, queue: str) -> bool:
        """Whether a queue may be seen."""
        return self.queues is None or queue_key(queue) in self.queues

    def has_alarm(self, alarm: Alarm) -> bool:
        """Whether an alarm is about somebody or something that may be seen."""
        if alarm.agent is not None:
            return self.has_agent(alarm.agent)
        if alarm.team is not None:
            return self.teams is None or alarm.team in self.teams
        return self.has_queue(alarm.queue) if alarm.queue is not None else self.teams is None

    def has_agent(self, agent: str | None) -> bool:
        """Whether an agent may be seen; nobody (``None``) is seen only by those who see everybody."""
        return self.agents is None or agent in self.agents


EVERYTHING = Sight()
"""All, callers masked."""
FIGURES = Sight(agents=frozenset(), teams=frozenset(), has_callers=False)
"""Figures of queues: what may hang on a wall."""


def sight_of(user: User, teams: Iterable[Team]) -> Sight:
    """What a user may see, by role, teams, queues and PBXs."""
    return Sight(
        pbxs=frozenset(user.pbxs) or None,
        queues=frozenset(queue_key(queue) for queue in user.queues) or None,
        agents=_agents(user, teams),
        teams=None if user.role in _SEES_EVERYBODY else frozenset(user.teams),
        has_callers=user.role in _SEES_CALLERS,
        is_private=user.private,
    )


_SEES_EVERYBODY = frozenset({Role.SUPERVISOR, Role.INSPECTOR, Role.MANAGER})
_SEES_CALLERS = _SEES_EVERYBODY | {Role.LEADER}


def _agents(user: User, teams: Iterable[Team]) -> frozenset[AgentId] | None:
    match user.role:
        case Role.SUPERVISOR | Role.INSPECTOR | Role.MANAGER:
            return None
        case Role.LEADER:
            led = {AgentId(agent) for team in teams if team.name in user.teams for agent in team.agents}
            return frozenset(led | ({AgentId(user.agent)} if user.agent else set()))
        case Role.AGENT:
            return frozenset({AgentId(user.agent)})
        case Role.DISPLAY | Role.PUBLIC:
            return frozenset()


def narrowed(picture: Picture, sight: Sight) -> Picture:
    """The picture with everything left out that may not be seen."""
    if sight.is_whole:
        return picture
    queues = (_narrowed_queue(one, sight) for one in picture.queues if sight.has_queue(one.view.queue))
    agents = (one for one in picture.agents if sight.has_agent(one.view.agent))
    alarms = (one for one in picture.alarms if sight.has_alarm(one))
    return msgspec.structs.replace(picture, queues=tuple(queues), agents=tuple(agents), alarms=tuple(alarms))


def _narrowed_queue(picture: QueuePicture, sight: Sight) -> QueuePicture:
    if sight.has_callers:
        return picture
    return msgspec.structs.replace(picture, view=msgspec.structs.replace(picture.view, callers=()))
