"""Changes made by hand, as a queue called 客服 and an agent 1001 would cause them."""

from ctibridge.domain import changes
from ctibridge.domain.changes import Change, Origin
from ctibridge.domain.curve import HalfHour
from ctibridge.domain.events import Caller, EndedBy
from ctibridge.domain.figures import Counts, QueueStats, figures
from ctibridge.domain.units import AgentId, CallId, Interface, QueueName, Seconds, Timestamp
from ctibridge.domain.views import (
    Activity,
    AgentCall,
    AgentState,
    AgentToday,
    AgentView,
    Alarm,
    CallFacts,
    Limit,
    LimitStage,
    MemberCounts,
    Membership,
    Presence,
    QueueView,
    ServiceLevelTarget,
    WaitingCaller,
)

AT = Timestamp(1_700_000_000.123456)
"""2023-11-14T22:13:20.123456Z."""
QUEUE = QueueName("客服")
CALLER = Caller(number="+49 30 1234567", name="王小明")


def agent_view(
    agent: str = "1001", state: AgentState = AgentState.READY, *, call: AgentCall | None = None, name: str = "Ann"
) -> AgentView:
    return AgentView(
        agent=AgentId(agent),
        name=name,
        team="day",
        interface=Interface(f"PJSIP/{agent}"),
        state=state,
        since=AT,
        reason=None,
        reason_label=None,
        limit=None,
        presence=Presence.READY,
        activity=Activity.IDLE if call is None else Activity.ON_CALL,
        call=call,
        queues={QUEUE: Membership(penalty=0, paused=False)},
        today=AgentToday(answered=3, talk_seconds=Seconds(180)),
    )


def agent_on_call(agent: str = "1001") -> AgentView:
    call = AgentCall(call=CallId("1700000000.7"), queue=QUEUE, caller=CALLER, since=AT)
    return agent_view(agent, AgentState.BUSY, call=call)


def queue_view(queue: str = QUEUE, waiting: int = 0) -> QueueView:
    callers = tuple(
        WaitingCaller(call=CallId(f"1700000000.{place}"), position=place, since=AT, caller=CALLER)
        for place in range(1, waiting + 1)
    )
    return QueueView(
        queue=QueueName(queue),
        label="客户服务",
        strategy="ringall",
        waiting=waiting,
        oldest_since=AT if waiting else None,
        callers=callers,
        members=MemberCounts(total=2, ready=1, busy=1),
        service_level=ServiceLevelTarget(threshold_seconds=20, target_ratio=0.8),
    )


def call_facts(call: str = "1700000000.7", queue: str = QUEUE) -> CallFacts:
    return CallFacts(
        call=CallId(call),
        queue=QueueName(queue),
        linkedid=call,
        caller=CALLER,
        agent=AgentId("1001"),
        position=1,
        wait_seconds=Seconds(7),
        ring_seconds=Seconds(4.25),
        talk_seconds=Seconds(61),
        hold_seconds=Seconds(0),
        within_rings=True,
        short=False,
        ended_by=EndedBy.CALLER,
        reason=None,
    )


def queue_stats() -> QueueStats:
    counts = Counts(
        offered=4, answered=3, abandoned=1, wait_seconds=Seconds(21), completed=3, talk_seconds=Seconds(180)
    )
    return QueueStats(day=figures(counts, AT), last_30_minutes=figures(counts, AT))


def synced(queues: int = 1, agents: int = 1) -> changes.Resynced:
    return changes.Resynced(
        at=AT, origin=Origin.SNAPSHOT, queues=queues, agents=agents, waiting=0, repaired=0, is_first=True
    )


def queued(call: str = "1700000000.7", queue: str = QUEUE) -> changes.CallQueued:
    return changes.CallQueued(at=AT, facts=call_facts(call, queue))


def alarm(alert: str = "service_level_low:客服", acknowledged_by: str | None = None) -> Alarm:
    return Alarm(
        alert=alert,
        rule=alert.partition(":")[0],
        label="Service level is low",
        label_zh="服务水平偏低",
        severity="warning",
        queue=QUEUE,
        value=0.75,
        threshold=0.8,
        unit="ratio",
        since=AT,
        acknowledged_by=acknowledged_by,
        acknowledged_at=AT if acknowledged_by else None,
    )


def one_of_each() -> list[Change]:
    """Every kind of change once."""
    facts, agent, limited = call_facts(), agent_on_call(), agent_view(state=AgentState.NOT_READY)
    limit = Limit(seconds=Seconds(300), deadline=Timestamp(AT + 300), stage=LimitStage.WARNING)
    return [
        *(kind(at=AT, facts=facts) for kind in _CALL_KINDS),
        changes.AgentLoggedIn(at=AT, agent=agent),
        changes.AgentLoggedOut(at=AT, agent=agent),
        changes.AgentStateChanged(
            at=AT, agent=agent, previous=AgentState.READY, previous_reason=None, previous_seconds=Seconds(12.5)
        ),
        changes.AgentPaused(at=AT, agent=limited, reason="away"),
        changes.AgentUnpaused(at=AT, agent=limited, reason="away", seconds=Seconds(301)),
        changes.AgentAnsweredLate(at=AT, agent=agent, facts=facts),
        changes.AgentLimitWarning(at=AT, origin=Origin.DERIVED, agent=_with_limit(limited, limit)),
        changes.AgentLimitExceeded(at=AT, origin=Origin.DERIVED, agent=_with_limit(limited, limit)),
        changes.AgentLimitCleared(at=AT, agent=limited, reason="away", overrun_seconds=Seconds(1)),
        changes.AgentLeftUnapproved(at=AT, agent=limited, reason="away"),
        changes.AgentReasonMissing(at=AT, agent=limited),
        changes.AgentMissedInRow(at=AT, agent=agent, queue=QUEUE, count=3),
        changes.AgentLeaveRequested(at=AT, agent=agent, reason="away", by="1001"),
        changes.AgentLeaveApproved(at=AT, agent=agent, reason="away", by="boss"),
        changes.AgentLeaveRefused(at=AT, agent=agent, reason="away", by="boss"),
        changes.AgentLeaveLapsed(at=AT, origin=Origin.DERIVED, agent=agent, reason="away", was_approved=False),
        changes.AgentLeaveWithdrawn(at=AT, agent=agent, reason="away"),
        changes.EnforcementDue(
            at=AT,
            origin=Origin.DERIVED,
            agent=AgentId("1001"),
            interface=Interface("PJSIP/1001"),
            queues=(QUEUE,),
            action="unpause",
            reason="away",
        ),
        changes.AgentUpdated(at=AT, agent=agent),
        changes.AgentRemoved(at=AT, agent=AgentId("1002")),
        changes.QueueUpdated(at=AT, queue=queue_view(waiting=2)),
        changes.QueueStatsUpdated(at=AT, queue=QUEUE, stats=queue_stats()),
        changes.QueueCurveUpdated(
            at=AT, queue=QUEUE, since=Timestamp(AT - 3600), half_hours=(HalfHour(since=AT, offered=3),)
        ),
        changes.QueueServiceLevelBreached(
            at=AT, queue=QUEUE, window="30m", value=0.75, calls=20, target_ratio=0.8, threshold_seconds=20
        ),
        changes.QueueServiceLevelRestored(
            at=AT,
            queue=QUEUE,
            window="30m",
            value=0.85,
            calls=20,
            target_ratio=0.8,
            threshold_seconds=20,
            seconds=Seconds(90),
        ),
        changes.QueueWaitExceeded(
            at=AT,
            origin=Origin.DERIVED,
            queue=QUEUE,
            call=CallId("1700000000.7"),
            joined_at=Timestamp(AT - 60),
            wait_seconds=Seconds(60),
            limit_seconds=Seconds(60),
        ),
        changes.QueueRemoved(at=AT, queue=QueueName("old")),
        changes.AlarmRaised(at=AT, alarm=alarm()),
        changes.AlarmRepeated(at=AT, alarm=alarm()),
        changes.AlarmAcknowledged(at=AT, alarm=alarm(acknowledged_by="boss")),
        changes.AlarmUpdated(at=AT, alarm=alarm()),
        changes.AlarmResolved(at=AT, alarm=alarm(alert="long_wait:vip"), seconds=Seconds(90)),
        changes.FeedInterrupted(at=AT, reason="connection lost"),
        changes.GapNoted(at=AT, since=Timestamp(AT - 5), reason="connection lost"),
        synced(),
        changes.MismatchFound(at=AT, kind="only_ami_abandoned", detail="sales 1.1"),
        changes.UnexpectedSeen(at=AT, kind="unknown_call"),
        changes.InvariantBroken(at=AT, kind="members_differ", detail="1001: is in sales"),
        changes.CommandDone(
            at=AT,
            origin=Origin.DERIVED,
            user="ann",
            role="agent",
            command="not_ready",
            target="agent/1001",
            arguments={"reason": "away"},
            via="mqtt",
            address=None,
            transaction="a-1",
            outcome="done",
            reason=None,
            message="Interface paused successfully",
        ),
    ]


_CALL_KINDS: tuple[type[changes.CallChange], ...] = (
    changes.CallQueued,
    changes.CallRinging,
    changes.CallRingNoAnswer,
    changes.CallRingCancelled,
    changes.CallAnswered,
    changes.CallHeld,
    changes.CallResumed,
    changes.CallTransferred,
    changes.CallCompleted,
    changes.CallAbandoned,
    changes.CallExited,
    changes.CallRefused,
    changes.CallLost,
)


def _with_limit(view: AgentView, limit: Limit) -> AgentView:
    return AgentView(**{name: getattr(view, name) for name in view.__struct_fields__} | {"limit": limit})
