"""Commands that only look: who am I, how does everything stand."""

from collections.abc import Callable, Mapping

import msgspec

from ctibridge.app.commands.doing import Doing
from ctibridge.domain.answers import Me, Snapshot
from ctibridge.domain.events import Caller
from ctibridge.domain.permits import allowed
from ctibridge.domain.privacy import PrivacySettings, masked
from ctibridge.domain.sight import narrowed, sight_of
from ctibridge.domain.views import AgentView, QueueView


def whoami(doing: Doing, off: Callable[[str], str | None]) -> Me:
    """Who the user is, and what works now; ``off`` says why a command does not."""
    user, ground = doing.user, doing.ground
    may = allowed(user.role) if not user.pbxs or ground.pbx in user.pbxs else ("whoami",)
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
    """What the user may see, as it stands; ``numbers`` are epoch and sequence."""
    ground = doing.ground
    picture = narrowed(ground.picture(), sight_of(doing.user, ground.policy.teams))
    epoch, sequence = numbers
    return Snapshot(
        at=picture.at,
        epoch=epoch,
        sequence=sequence,
        is_synced=picture.is_synced,
        queues=tuple(_queue(one.view, privacy) for one in picture.queues),
        agents=tuple(_agent(one.view, privacy) for one in picture.agents),
        alarms=picture.alarms,
    )


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
