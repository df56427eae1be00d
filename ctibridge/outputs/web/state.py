"""The JSON at ``/api/v1/{pbx}/state``: queues and agents as they stand, callers masked."""

import msgspec

from ctibridge.domain.picture import Picture
from ctibridge.domain.privacy import PrivacySettings, masked
from ctibridge.domain.units import Timestamp
from ctibridge.domain.views import AgentView, QueueView


class PbxState(msgspec.Struct, frozen=True, kw_only=True):
    """One PBX; the fields of queues and agents are those of the MQTT states."""

    pbx: str
    at: Timestamp
    """The PBX's time of this picture."""
    is_synced: bool
    """False while nobody can know whether this is still true."""
    queues: list[QueueView]
    agents: list[AgentView]


def pbx_state(pbx: str, picture: Picture, privacy: PrivacySettings) -> PbxState:
    """A picture as everybody may see it."""
    return PbxState(
        pbx=pbx,
        at=picture.at,
        is_synced=picture.is_synced,
        queues=[_queue(queue.view, privacy) for queue in picture.queues],
        agents=[_agent(agent.view, privacy) for agent in picture.agents],
    )


def _queue(view: QueueView, privacy: PrivacySettings) -> QueueView:
    callers = tuple(msgspec.structs.replace(one, caller=masked(one.caller, privacy)) for one in view.callers)
    return msgspec.structs.replace(view, callers=callers)


def _agent(view: AgentView, privacy: PrivacySettings) -> AgentView:
    if view.call is None:
        return view
    call = msgspec.structs.replace(view.call, caller=masked(view.call.caller, privacy))
    return msgspec.structs.replace(view, call=call)
