"""What an earlier run told, read back from its outbox."""

from datetime import datetime
from typing import Any, Final

import msgspec

from ctibridge.domain.retold import OF_USE, Told
from ctibridge.domain.units import Timestamp
from ctibridge.domain.views import AgentState
from ctibridge.outputs.mqtt.outbox_event import OutboxEvent
from ctibridge.outputs.mqtt.topics import EVENTS

_KINDS: Final = {f"{entity}/{verb}": kind for kind, (entity, verb) in EVENTS.items() if kind in OF_USE}


class _Payload(msgspec.Struct):
    time: str
    subject: str
    data: dict[str, Any]


_decode: Final = msgspec.json.Decoder(_Payload).decode


def told(event: OutboxEvent) -> Told | None:
    """What has to be known of an event so that nobody is told it twice; ``None`` when that cannot happen."""
    kind = _KINDS.get(event.name)
    if kind is None:
        return None
    try:
        payload = _decode(event.payload)
        data, state = payload.data, payload.data.get("state")
        return Told(
            kind=kind,
            at=Timestamp(datetime.fromisoformat(payload.time).timestamp()),
            about=payload.subject.partition("/")[2],
            call=data.get("call"),
            queue=data.get("queue"),
            joined_at=data.get("joined_at"),
            agent=data.get("agent"),
            state=AgentState(state) if event.name.startswith("agent/") and state is not None else None,
            reason=data.get("reason"),
            since=data.get("since"),
        )
    except (msgspec.DecodeError, ValueError):  # Written by another version.
        return None
