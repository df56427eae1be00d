"""What messages say, version 1: the envelope, and the data of each kind of event and state.

Every message but ``status`` is a CloudEvents 1.0 structured JSON document.  The data of states are the domain's views;
the data of events are here.  Moments are seconds since 1970 UTC, except in the envelope, which has RFC 3339.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import quote

import msgspec

from ctibridge.domain import changes
from ctibridge.domain.answers import Answer
from ctibridge.domain.changes import Change, Origin
from ctibridge.domain.curve import HalfHour
from ctibridge.domain.events import Caller
from ctibridge.domain.figures import Figures
from ctibridge.domain.units import AgentId, CallId, Interface, QueueName, Seconds, Timestamp
from ctibridge.domain.views import (
    Activity,
    AgentState,
    AgentView,
    Alarm,
    CallFacts,
    Leave,
    Limit,
    Presence,
    QueueView,
)

VERSION: Final = "v1"
"""Grows when a field changes its meaning or goes; new fields do not change it."""

SEQUENCE_DIGITS: Final = 20
LATEST: Final = 253402300799.0
"""9999-12-31: a later moment has no RFC 3339 form."""

SequenceText: TypeAlias = Annotated[str, msgspec.Meta(pattern=rf"^\d{{{SEQUENCE_DIGITS}}}$")]
MomentText: TypeAlias = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]

Data = TypeVar("Data")


class Envelope(msgspec.Struct, Generic[Data], frozen=True, kw_only=True):
    """A CloudEvents 1.0 document with the attributes that tell a reader whether something was missed."""

    specversion: Literal["1.0"] = "1.0"
    id: Annotated[str, msgspec.Meta(pattern=rf"^\d+-\d{{{SEQUENCE_DIGITS}}}$")]
    """``{epoch}-{sequence}``; the same whenever the message is sent again."""
    source: str
    type: str
    subject: str
    """``{entity}/{id}`` with the raw id, or ``bridge``."""
    time: MomentText
    """When it happened, on the PBX's clock."""
    recordedtime: MomentText
    """When the bridge took it in, on the bridge's clock."""
    sequence: SequenceText
    """Events: their own number, without a gap for each PBX and epoch.  States: the newest event that they include."""
    prevsequence: SequenceText
    """The event before this one on the same subject; zeros when there was none."""
    epoch: int
    """Grows when the sequence starts anew."""
    origin: Literal["ami", "snapshot", "queue_log", "derived"]
    data: Data


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """``status``: whether the retained states may be believed."""

    state: Literal["online", "degraded", "offline"]
    epoch: int
    since: Timestamp | None
    """When this state began; ``null`` in the last will, because nobody knows when the bridge died."""
    reason: str | None
    ami: str
    """The connection to the PBX, e.g. ``connected``."""
    sequence: SequenceText | None
    """The newest event when this was published; ``null`` in the last will."""


class QueueStatsData(msgspec.Struct, frozen=True, kw_only=True):
    """``queue/{queue}/stats``."""

    queue: QueueName
    day: Figures
    """Since the site's day began."""
    last_30_minutes: Figures


class QueueCurveData(msgspec.Struct, frozen=True, kw_only=True):
    """``queue/{queue}/curve``."""

    queue: QueueName
    since: Timestamp
    """When the site's day began."""
    half_hours: tuple[HalfHour, ...]
    """Those in which something happened, each fact counted where it did."""


# -- the data of events -----------------------------------------------------------------------------------------------


class _AgentData(msgspec.Struct, frozen=True, kw_only=True):
    agent: AgentId
    name: str
    team: str | None
    state: AgentState
    since: Timestamp
    presence: Presence
    activity: Activity


class AgentMembershipData(_AgentData, frozen=True, kw_only=True):
    """``agent/logged_in``, ``agent/logged_out``."""

    queues: list[QueueName]
    """Those that the agent is a member of now."""


class AgentStateChangedData(_AgentData, frozen=True, kw_only=True):
    """``agent/state_changed``."""

    reason: str | None
    reason_label: str | None
    limit: Limit | None
    previous: AgentState
    previous_reason: str | None
    previous_seconds: Seconds


class AgentPausedData(_AgentData, frozen=True, kw_only=True):
    """``agent/paused``: perhaps while still talking, when ``state`` does not show it yet."""

    reason: str | None


class AgentUnpausedData(_AgentData, frozen=True, kw_only=True):
    """``agent/unpaused``: the pause with this reason is over."""

    reason: str | None
    seconds: Seconds


class AgentAnsweredLateData(_AgentData, frozen=True, kw_only=True):
    """``agent/answered_late``."""

    call: CallId
    linkedid: str | None
    queue: QueueName
    caller: Caller
    wait_seconds: Seconds | None
    ring_seconds: Seconds | None


class AgentLimitData(_AgentData, frozen=True, kw_only=True):
    """``agent/limit_warning``, ``agent/limit_exceeded``."""

    reason: str | None
    reason_label: str | None
    limit: Limit | None


class AgentLimitClearedData(_AgentData, frozen=True, kw_only=True):
    """``agent/limit_cleared``."""

    reason: str | None
    overrun_seconds: Seconds


class AgentBreachData(_AgentData, frozen=True, kw_only=True):
    """``agent/left_unapproved``, ``agent/reason_missing``."""

    reason: str | None


class AgentMissedInRowData(_AgentData, frozen=True, kw_only=True):
    """``agent/missed_in_row``."""

    queue: QueueName
    """The queue of the last of these calls."""
    count: int


class AgentLeaveData(_AgentData, frozen=True, kw_only=True):
    """``agent/leave_requested``, ``…_approved``, ``…_refused``, ``…_withdrawn``."""

    reason: str
    by: str | None
    leave: Leave | None


class AgentLeaveLapsedData(_AgentData, frozen=True, kw_only=True):
    """``agent/leave_lapsed``."""

    reason: str
    was_approved: bool
    """Whether it was an approval that the agent made no use of, or a request that nobody decided."""


class EnforcementData(msgspec.Struct, frozen=True, kw_only=True):
    """``agent/enforcement_due``: what is done now that a pause is over its limit."""

    agent: AgentId
    interface: Interface
    queues: tuple[QueueName, ...]
    action: Literal["notify", "unpause", "log_out"]
    reason: str
    escalate_to: str
    """The role to be told; empty is the agent's leader."""


class ServiceLevelData(msgspec.Struct, frozen=True, kw_only=True):
    """``queue/service_level_breached``."""

    queue: QueueName
    window: Literal["30m", "day"]
    value: float | None
    """Calls in time / calls decided, 0 to 1; ``null`` when no call is left in the window."""
    calls: int
    """How many calls that is a share of."""
    target_ratio: float
    threshold_seconds: int


class ServiceLevelRestoredData(ServiceLevelData, frozen=True, kw_only=True):
    """``queue/service_level_restored``."""

    seconds: Seconds
    """How long it was below."""


class WaitExceededData(msgspec.Struct, frozen=True, kw_only=True):
    """``queue/wait_exceeded``."""

    queue: QueueName
    call: CallId
    joined_at: Timestamp
    wait_seconds: Seconds
    limit_seconds: Seconds


class AlarmResolvedData(Alarm, frozen=True, kw_only=True):
    """``alert/resolved``: the alarm's last state."""

    seconds: Seconds
    """How long it fired."""


class GapData(msgspec.Struct, frozen=True, kw_only=True):
    """``bridge/gap``: what happened in between is not known, or was not published here."""

    since: Timestamp
    until: Timestamp
    reason: str
    """``outbox_full`` when this broker was away for too long, else why the PBX's events did not reach us."""
    first_sequence: SequenceText | None = None
    """With ``outbox_full``: the oldest and newest event that this broker will never get, both included."""
    last_sequence: SequenceText | None = None
    dropped: int | None = None


class ResyncedData(msgspec.Struct, frozen=True, kw_only=True):
    """``bridge/resynced``: everything was compared with a full picture from the PBX."""

    queues: int
    agents: int
    waiting: int
    repaired: int
    """Facts that differed from what was believed."""
    is_first: bool


class CommandData(msgspec.Struct, frozen=True, kw_only=True):
    """``bridge/command``: who asked for what, and what became of it."""

    user: str
    role: str
    command: str
    target: str | None
    """``agent/1001``, ``queue/sales``, ``call/…`` or ``alert/…``."""
    arguments: dict[str, str]
    """Without secrets; telephone numbers are masked."""
    via: changes.CommandVia
    address: str | None
    transaction: str
    outcome: changes.CommandOutcome
    reason: str | None
    message: str


# -- from changes to data ---------------------------------------------------------------------------------------------

Hide: TypeAlias = Callable[[Caller], Caller]
"""What a reader may see of a caller."""


def _agent(view: AgentView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in _AgentData.__struct_fields__}


def _call(change: changes.CallChange, hide: Hide) -> CallFacts:
    return msgspec.structs.replace(change.facts, caller=hide(change.facts.caller))


def _agent_state(change: changes.AgentUpdated, hide: Hide) -> AgentView:
    view = change.agent
    if view.call is None:
        return view
    return msgspec.structs.replace(view, call=msgspec.structs.replace(view.call, caller=hide(view.call.caller)))


def _queue_state(change: changes.QueueUpdated, hide: Hide) -> QueueView:
    view = change.queue
    callers = tuple(msgspec.structs.replace(one, caller=hide(one.caller)) for one in view.callers)
    return msgspec.structs.replace(view, callers=callers)


def _stats(change: changes.QueueStatsUpdated, _: Hide) -> QueueStatsData:
    return QueueStatsData(queue=change.queue, day=change.stats.day, last_30_minutes=change.stats.last_30_minutes)


def _curve(change: changes.QueueCurveUpdated, _: Hide) -> QueueCurveData:
    return QueueCurveData(queue=change.queue, since=change.since, half_hours=change.half_hours)


def _membership(change: changes.AgentLoggedIn | changes.AgentLoggedOut, _: Hide) -> AgentMembershipData:
    return AgentMembershipData(**_agent(change.agent), queues=list(change.agent.queues))


def _state_changed(change: changes.AgentStateChanged, _: Hide) -> AgentStateChangedData:
    return AgentStateChangedData(
        **_agent(change.agent),
        reason=change.agent.reason,
        reason_label=change.agent.reason_label,
        limit=change.agent.limit,
        previous=change.previous,
        previous_reason=change.previous_reason,
        previous_seconds=change.previous_seconds,
    )


def _paused(change: changes.AgentPaused, _: Hide) -> AgentPausedData:
    return AgentPausedData(**_agent(change.agent), reason=change.reason)


def _unpaused(change: changes.AgentUnpaused, _: Hide) -> AgentUnpausedData:
    return AgentUnpausedData(**_agent(change.agent), reason=change.reason, seconds=change.seconds)


def _answered_late(change: changes.AgentAnsweredLate, hide: Hide) -> AgentAnsweredLateData:
    facts = change.facts
    return AgentAnsweredLateData(
        **_agent(change.agent),
        call=facts.call,
        linkedid=facts.linkedid,
        queue=facts.queue,
        caller=hide(facts.caller),
        wait_seconds=facts.wait_seconds,
        ring_seconds=facts.ring_seconds,
    )


def _limit(change: changes.AgentLimitWarning | changes.AgentLimitExceeded, _: Hide) -> AgentLimitData:
    view = change.agent
    return AgentLimitData(**_agent(view), reason=view.reason, reason_label=view.reason_label, limit=view.limit)


def _limit_cleared(change: changes.AgentLimitCleared, _: Hide) -> AgentLimitClearedData:
    return AgentLimitClearedData(**_agent(change.agent), reason=change.reason, overrun_seconds=change.overrun_seconds)


def _breach(change: changes.AgentLeftUnapproved | changes.AgentReasonMissing, _: Hide) -> AgentBreachData:
    return AgentBreachData(**_agent(change.agent), reason=change.agent.reason)


def _missed_in_row(change: changes.AgentMissedInRow, _: Hide) -> AgentMissedInRowData:
    return AgentMissedInRowData(**_agent(change.agent), queue=change.queue, count=change.count)


def _leave(change: changes.LeaveChange, _: Hide) -> AgentLeaveData:
    by = None if isinstance(change, changes.AgentLeaveWithdrawn) else change.by
    return AgentLeaveData(**_agent(change.agent), reason=change.reason, by=by, leave=change.agent.leave)


def _leave_lapsed(change: changes.AgentLeaveLapsed, _: Hide) -> AgentLeaveLapsedData:
    return AgentLeaveLapsedData(**_agent(change.agent), reason=change.reason, was_approved=change.was_approved)


def _alarm(change: changes.AlarmChange, _: Hide) -> Alarm:
    return change.alarm


def _alarm_resolved(change: changes.AlarmResolved, _: Hide) -> AlarmResolvedData:
    return AlarmResolvedData(**msgspec.structs.asdict(change.alarm), seconds=change.seconds)


def _fields_of(data: type[Data]) -> Callable[[Any, Hide], Data]:
    """For changes whose data are fields of their own names."""
    names = msgspec.structs.fields(data)  # type: ignore[arg-type]  # every data is a struct
    return lambda change, _: data(**{field.name: getattr(change, field.name) for field in names})


def _gap(change: changes.GapNoted, _: Hide) -> GapData:
    return GapData(since=change.since, until=change.at, reason=change.reason)


def _resynced(change: changes.Resynced, _: Hide) -> ResyncedData:
    return ResyncedData(**{name: getattr(change, name) for name in ResyncedData.__struct_fields__})


def _command(change: changes.CommandDone, _: Hide) -> CommandData:
    return CommandData(**{name: getattr(change, name) for name in CommandData.__struct_fields__})


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind of change is told."""

    data: type[msgspec.Struct]
    make: Callable[[Any, Hide], msgspec.Struct]
    has_caller: bool = False
    """There is something to hide, and so an unmasked twin for those who opted in."""


_CALL: Final = Model(data=CallFacts, make=_call, has_caller=True)
_MEMBERSHIP: Final = Model(data=AgentMembershipData, make=_membership)
_LIMIT: Final = Model(data=AgentLimitData, make=_limit)
_BREACH: Final = Model(data=AgentBreachData, make=_breach)
_LEAVE: Final = Model(data=AgentLeaveData, make=_leave)
_ALARM: Final = Model(data=Alarm, make=_alarm)

MODELS: Final[Mapping[type[Change], Model]] = {
    changes.CallQueued: _CALL,
    changes.CallRinging: _CALL,
    changes.CallRingNoAnswer: _CALL,
    changes.CallRingCancelled: _CALL,
    changes.CallAnswered: _CALL,
    changes.CallHeld: _CALL,
    changes.CallResumed: _CALL,
    changes.CallTransferred: _CALL,
    changes.CallCompleted: _CALL,
    changes.CallAbandoned: _CALL,
    changes.CallExited: _CALL,
    changes.CallRefused: _CALL,
    changes.CallLost: _CALL,
    changes.AgentLoggedIn: _MEMBERSHIP,
    changes.AgentLoggedOut: _MEMBERSHIP,
    changes.AgentStateChanged: Model(data=AgentStateChangedData, make=_state_changed),
    changes.AgentPaused: Model(data=AgentPausedData, make=_paused),
    changes.AgentUnpaused: Model(data=AgentUnpausedData, make=_unpaused),
    changes.AgentAnsweredLate: Model(data=AgentAnsweredLateData, make=_answered_late, has_caller=True),
    changes.AgentLimitWarning: _LIMIT,
    changes.AgentLimitExceeded: _LIMIT,
    changes.AgentLimitCleared: Model(data=AgentLimitClearedData, make=_limit_cleared),
    changes.AgentLeftUnapproved: _BREACH,
    changes.AgentReasonMissing: _BREACH,
    changes.AgentMissedInRow: Model(data=AgentMissedInRowData, make=_missed_in_row),
    changes.AgentLeaveRequested: _LEAVE,
    changes.AgentLeaveApproved: _LEAVE,
    changes.AgentLeaveRefused: _LEAVE,
    changes.AgentLeaveWithdrawn: _LEAVE,
    changes.AgentLeaveLapsed: Model(data=AgentLeaveLapsedData, make=_leave_lapsed),
    changes.EnforcementDue: Model(data=EnforcementData, make=_fields_of(EnforcementData)),
    changes.QueueServiceLevelBreached: Model(data=ServiceLevelData, make=_fields_of(ServiceLevelData)),
    changes.QueueServiceLevelRestored: Model(data=ServiceLevelRestoredData, make=_fields_of(ServiceLevelRestoredData)),
    changes.QueueWaitExceeded: Model(data=WaitExceededData, make=_fields_of(WaitExceededData)),
    changes.AlarmRaised: _ALARM,
    changes.AlarmRepeated: _ALARM,
    changes.AlarmAcknowledged: _ALARM,
    changes.AlarmUpdated: _ALARM,
    changes.AlarmResolved: Model(data=AlarmResolvedData, make=_alarm_resolved),
    changes.GapNoted: Model(data=GapData, make=_gap),
    changes.Resynced: Model(data=ResyncedData, make=_resynced),
    changes.CommandDone: Model(data=CommandData, make=_command),
    changes.AgentUpdated: Model(data=AgentView, make=_agent_state, has_caller=True),
    changes.QueueUpdated: Model(data=QueueView, make=_queue_state, has_caller=True),
    changes.QueueStatsUpdated: Model(data=QueueStatsData, make=_stats),
    changes.QueueCurveUpdated: Model(data=QueueCurveData, make=_curve),
}

# -- the envelope -----------------------------------------------------------------------------------------------------

_ENCODER: Final = msgspec.json.Encoder()


def message_type(entity: str, verb: str) -> str:
    """The attribute ``type``."""
    return f"ctibridge.{entity}.{verb}.{VERSION}"


def source_of(pbx: str) -> str:
    """The attribute ``source``: a URI reference, so what a URI cannot hold is percent-encoded."""
    return f"/ctibridge/{quote(pbx, safe='', errors='replace')}"


def sequence_text(number: int) -> str:
    """A sequence number so that texts sort as numbers do."""
    return f"{number:0{SEQUENCE_DIGITS}d}"


def moment_text(moment: Timestamp) -> str:
    """RFC 3339 in UTC, with microseconds."""
    bounded = min(max(moment, 0.0), LATEST)
    return datetime.fromtimestamp(bounded, UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def enveloped(  # noqa: PLR0913 - one argument an attribute
    *,
    source: str,
    type_: str,
    subject: str,
    at: Timestamp,
    recorded: Timestamp,
    epoch: int,
    numbers: tuple[int, int],
    origin: Origin,
    data: Data,
) -> Envelope[Data]:
    """Data in its envelope; ``numbers`` are sequence and prevsequence."""
    sequence, previous = map(sequence_text, numbers)
    return Envelope(
        id=f"{epoch}-{sequence}",
        source=source,
        type=type_,
        subject=subject,
        time=moment_text(at),
        recordedtime=moment_text(recorded),
        sequence=sequence,
        prevsequence=previous,
        epoch=epoch,
        origin=origin.value,
        data=data,
    )


def encode(document: Envelope[Any] | Status | Answer) -> bytes:
    """JSON in UTF-8, valid whatever the PBX put into names."""
    try:
        return _ENCODER.encode(document)
    except UnicodeEncodeError:
        # Half a surrogate pair: bytes that were not UTF-8, kept by whoever decoded them.
        return _ENCODER.encode(_scrubbed(msgspec.to_builtins(document)))


def _scrubbed(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    match value:
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")
        case dict():
            return {_scrubbed(key): _scrubbed(one) for key, one in value.items()}
        case list() | tuple():
            return [_scrubbed(one) for one in value]
        case _:
            return value
