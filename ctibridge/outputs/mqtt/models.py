"""From changes to the data of messages: one table of how each kind of change is told."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from ctibridge.domain import changes
from ctibridge.domain.changes import Change
from ctibridge.domain.events import Caller
from ctibridge.domain.views import (
    AgentView,
    Alarm,
    CallFacts,
    QueueView,
)
from ctibridge.outputs.mqtt.payloads import (
    AgentAnsweredLateData,
    AgentBreachData,
    AgentData,
    AgentLeaveData,
    AgentLeaveLapsedData,
    AgentLimitClearedData,
    AgentLimitData,
    AgentMembershipData,
    AgentMissedInRowData,
    AgentPausedData,
    AgentStateChangedData,
    AgentUnpausedData,
    AlarmResolvedData,
    CommandData,
    EnforcementData,
    GapData,
    QueueCurveData,
    QueueStatsData,
    ResyncedData,
    ServiceLevelData,
    ServiceLevelRestoredData,
    WaitExceededData,
)

Data = TypeVar("Data")
Hide: TypeAlias = Callable[[Caller], Caller]
"""What a reader may see of a caller."""


def _agent(view: AgentView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in AgentData.__struct_fields__}


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
