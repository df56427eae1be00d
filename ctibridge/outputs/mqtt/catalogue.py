"""All messages there are, for the schemas and the documentation; put together from the tables that publish them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from ctibridge.domain import changes
from ctibridge.domain.changes import Change
from ctibridge.outputs.mqtt.boards import QueueBoardData
from ctibridge.outputs.mqtt.envelope import Envelope, Status, message_type
from ctibridge.outputs.mqtt.info import Info
from ctibridge.outputs.mqtt.models import MODELS
from ctibridge.outputs.mqtt.topics import BOARD, EVENTS, STATES


class MessageKind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of message."""

    name: str
    """Entity and verb, e.g. ``call.queued``."""
    address: str
    """Topic below ``{base}/{pbx}/``, with what varies in braces."""
    is_retained: bool
    qos: int
    summary: str
    document: Any
    """The type that the JSON is: an envelope with its data, or ``Status``."""
    data: type[msgspec.Struct]
    ce_type: str | None = None
    """The attribute ``type`` of the envelope; ``None`` for ``status``, which has none."""
    has_twin: bool = False
    """There can be an unmasked copy below ``private/``."""
    change: type[Change] | None = None


def _events() -> Iterator[MessageKind]:
    for change, (entity, verb) in EVENTS.items():
        yield _kind(change, entity, verb, address=f"event/{entity}/{verb}", is_retained=False)


def _states() -> Iterator[MessageKind]:
    for change, (entity, verb) in STATES.items():
        address = f"{entity}/{{{entity}}}" + (f"/{verb}" if verb else "")
        yield _kind(change, entity, verb or "state", address=address, is_retained=True)


def _kind(change: type[Change], entity: str, verb: str, *, address: str, is_retained: bool) -> MessageKind:
    model = MODELS[change]
    return MessageKind(
        name=f"{entity}.{verb}",
        address=address,
        is_retained=is_retained,
        qos=0 if verb in FIGURES else 1,
        summary=SUMMARIES.get(change) or _first_line(change),
        document=Envelope[model.data],  # type: ignore[name-defined]
        data=model.data,
        ce_type=message_type(entity, verb),
        has_twin=model.has_caller,
        change=change,
    )


FIGURES: Final = ("stats", "curve")
"""States that may get lost: soon there are newer ones."""

SUMMARIES: Final[Mapping[type[Change], str]] = {
    changes.AgentUpdated: "The whole current state of an agent.",
    changes.QueueUpdated: "The whole current state of a queue.",
    changes.QueueStatsUpdated: "A queue's figures of the day and of the last 30 minutes; at most once a second.",
    changes.QueueCurveUpdated: "The half hours since the site's day began; at most every ten seconds.",
    changes.CallTransferred: "The answered call was passed on; `reason` is `blind`, `attended` or `unknown`.",
    changes.CallExited: "The caller left the queue otherwise; `reason` is `timeout`, `key`, `empty`, `unavailable`, "
    "`withdrawn`, `transferred` or `continued`.",
    changes.CallRefused: "The queue did not take the caller; `reason` is `full`, `join_empty` or `join_unavailable`.",
    changes.CallLost: "The caller left while the bridge could not see; how, is not known.",
    changes.AgentStateChanged: "The agent's state or its reason changed; `state` and `reason` are the new ones.",
    changes.AlarmRaised: "A rule is broken from now on; `alert/{alert}` follows.",
    changes.AlarmRepeated: "A rule is still broken, and nobody has taken note; `alert/{alert}` follows.",
    changes.AlarmAcknowledged: "Somebody has taken note of an alarm that fires; `alert/{alert}` follows.",
    changes.AlarmResolved: "The rule is kept again, or its subject is gone; `alert/{alert}` is emptied.",
    changes.AlarmUpdated: "One alarm while it fires: raised, moved noticeably, or taken note of.",
    changes.GapNoted: "From `since` to `until` the bridge saw nothing, or could not tell this broker.",
    changes.Resynced: "Everything known was compared with a full picture from the PBX.",
}
"""Where what a change says of itself is meant for those who read code."""


def _first_line(described: type) -> str:
    return (described.__doc__ or "").strip().splitlines()[0]


STATUS: Final = MessageKind(
    name="bridge.status",
    address="status",
    is_retained=True,
    qos=1,
    summary="Whether the retained states may be believed; also the last will.",
    document=Status,
    data=Status,
)

INFO: Final = MessageKind(
    name="bridge.info",
    address="info",
    is_retained=True,
    qos=1,
    summary="Version, capabilities, and the configuration that displays need.",
    document=Envelope[Info],
    data=Info,
    ce_type=message_type("bridge", "info"),
)

QUEUE_BOARD: Final = MessageKind(
    name="queue.board",
    address="queue/{queue}/board",
    is_retained=True,
    qos=1,
    summary="The state of a queue without its callers: for boards that the public sees.",
    document=Envelope[QueueBoardData],
    data=QueueBoardData,
    ce_type=message_type(*BOARD),
)

MESSAGES: Final = (STATUS, INFO, *_states(), QUEUE_BOARD, *_events())
