"""Commands that only look: who am I, how does everything stand."""

from collections.abc import Callable, Mapping

import msgspec

from ctibridge.app.commands.doing import Doing
from ctibridge.domain.commands import Me, Snapshot
from ctibridge.domain.events import Caller
from ctibridge.domain.permits import Reach, own_teams, reach
from ctibridge.domain.permits import allowed as allowed_commands
from ctibridge.domain.privacy import PrivacySettings, masked
from ctibridge.domain.units import AgentId, queue_key
from ctibridge.domain.views import AgentView, QueueView


def whoami(doing: Doing, off: Callable[[str], str | None]) -> Me:
    """Who the user is, and what works now; ``off`` says why a command does not."""
    user, ground = doing.user, doing.ground
    may = allowed_commands(user.role) if not user.pbxs or ground.pbx in user.pbxs else ("whoami",)
    reasons: Mapping[str, str] = {name: why for name in may if (why := off(name)) is not None}
    return Me(
        user=user.name,
        role=user.role.value,
        pbx=ground.pbx,
        agent=user.agent or None,
        teams=user.teams,
        queues=user.queues,
        commands=tuple(name for name in may if name not in reasons),
        off=dict(reasons),
    )


def snapshot(doing: Doing, privacy: PrivacySettings, numbers: tuple[int, int]) -> Snapshot:
    """What concerns the user, as it stands; ``numbers`` are epoch and sequence."""
    picture = doing.ground.picture()
    epoch, sequence = numbers
    return Snapshot(
        at=picture.at,
        epoch=epoch,
        sequence=sequence,
        is_synced=picture.is_synced,
        queues=tuple(_queue(one.view, privacy) for one in picture.queues if _shows_queue(doing, one.view)),
        agents=tuple(_agent(one.view, privacy) for one in picture.agents if _shows_agent(doing, one.view)),
    )


def _shows_queue(doing: Doing, view: QueueView) -> bool:
    if reach(doing.user.role, "snapshot") is Reach.OWN_AGENT:
        return False
    return not doing.user.queues or queue_key(view.queue) in {queue_key(one) for one in doing.user.queues}


def _shows_agent(doing: Doing, view: AgentView) -> bool:
    user = doing.user
    far = reach(user.role, "snapshot")
    if far is Reach.ALL or view.agent == user.agent:
        return True
    team = doing.ground.policy.team_of(AgentId(user.agent)) if user.agent else None
    return far is Reach.OWN_TEAMS and view.team in own_teams(user, team)


def _queue(view: QueueView, privacy: PrivacySettings) -> QueueView:
    callers = tuple(msgspec.structs.replace(one, caller=_hidden(one.caller, privacy)) for one in view.callers)
    return msgspec.structs.replace(view, callers=callers)


def _agent(view: AgentView, privacy: PrivacySettings) -> AgentView:
    if view.call is None:
        return view
    return msgspec.structs.replace(
        view, call=msgspec.structs.replace(view.call, caller=_hidden(view.call.caller, privacy))
    )


def _hidden(caller: Caller, privacy: PrivacySettings) -> Caller:
    return masked(caller, privacy)
