"""A small call centre for the examples: the queue ``sales`` on a morning, two agents, one caller who gave up."""

from datetime import UTC
from typing import Final

import msgspec

from ctibridge.domain.events import Caller
from ctibridge.domain.figures import AgentTotals, QueueTotals
from ctibridge.domain.picture import AgentPicture, Picture, QueuePicture
from ctibridge.domain.policy import QueuePolicy
from ctibridge.domain.units import AgentId, CallId, Interface, QueueName, Seconds, Timestamp
from ctibridge.domain.views import (
    Activity,
    AgentCall,
    AgentState,
    AgentToday,
    AgentView,
    Alarm,
    Leave,
    Limit,
    MemberCounts,
    Membership,
    Presence,
    QueueAlarm,
    QueueView,
    ServiceLevelTarget,
    WaitingCaller,
)
from ctibridge.outputs.web.api import rows
from ctibridge.outputs.web.api.events import Event, RefusedPublish
from ctibridge.outputs.web.api.moments import MomentText, moment_text

NINE: Final = Timestamp(1_767_258_000.0)
"""2026-01-01T09:00:00Z."""
PBX: Final = "pbx1"
SALES: Final = QueueName("sales")
ANN: Final = AgentId("1001")
BOB: Final = AgentId("1002")
_ANSWERED: Final = CallId("1767257991.42")
_ABANDONED: Final = CallId("1767257700.31")


def _before_nine(seconds: float) -> Timestamp:
    return Timestamp(NINE - seconds)


def _text(seconds: float) -> MomentText:
    return moment_text(_before_nine(seconds), UTC)


def _agent(agent: AgentId, name: str, state: AgentState, since: Timestamp) -> AgentView:
    return AgentView(
        agent=agent,
        name=name,
        team="day",
        interface=Interface(f"PJSIP/{agent}"),
        state=state,
        since=since,
        reason=None,
        reason_label=None,
        limit=None,
        presence=Presence.READY,
        activity=Activity.IDLE,
        call=None,
        queues={SALES: Membership(penalty=0, paused=False)},
        today=AgentToday(answered=1, ready_seconds=Seconds(3300), not_ready_seconds=Seconds(300)),
    )


def picture() -> Picture:
    """Nine o'clock: one caller waits, Ann talks, Bob is away."""
    ann = msgspec.structs.replace(
        _agent(ANN, "Ann", AgentState.BUSY, _before_nine(0)),
        activity=Activity.ON_CALL,
        call=AgentCall(
            call=_ANSWERED,
            queue=SALES,
            caller=Caller(number="+493012345678", name="Erika Mustermann"),
            since=_before_nine(0),
            joined_at=_before_nine(0),
        ),
    )
    bob = msgspec.structs.replace(
        _agent(BOB, "Bob", AgentState.NOT_READY, _before_nine(60)),
        presence=Presence.NOT_READY,
        reason="away",
        reason_label="Away",
        limit=Limit(seconds=Seconds(300), deadline=_before_nine(-240), approved_by="eve"),
        leave=Leave(state="approved", reason="away", requested_at=_before_nine(120), decided_by="eve"),
    )
    queue = QueueView(
        queue=SALES,
        label="Sales",
        strategy="rrmemory",
        waiting=1,
        oldest_since=_before_nine(4),
        callers=(
            WaitingCaller(
                call=CallId("1767257996.44"), position=1, since=_before_nine(4), caller=Caller(number="13800138000")
            ),
        ),
        members=MemberCounts(total=2, busy=1, not_ready=1),
        service_level=ServiceLevelTarget(threshold_seconds=20, target_ratio=0.8),
        alarms=(QueueAlarm(**{name: getattr(ALARM, name) for name in QueueAlarm.__struct_fields__}),),
    )
    return Picture(
        at=NINE,
        is_synced=True,
        queues=(QueuePicture(view=queue, totals=_totals()),),
        alarms=(ALARM,),
        agents=tuple(AgentPicture(view=view, totals=AgentTotals(agent=view.agent)) for view in (ann, bob)),
        gap_seconds=Seconds(0),
        unexpected={},
    )


ALARM: Final = Alarm(
    alert="service_level_low:sales",
    rule="service_level_low",
    label="Service level is low",
    label_zh="服务水平偏低",
    severity="warning",
    queue=SALES,
    value=0.75,
    threshold=0.8,
    unit="ratio",
    since=_before_nine(95),
    acknowledged_by="eve",
    acknowledged_at=_before_nine(30),
)


def _totals() -> QueueTotals:
    totals = QueueTotals(QueuePolicy())
    totals.begin_day(_before_nine(9 * 3600), _before_nine(-15 * 3600))
    for name in ("offered", "offered", "answered", "answered_within_threshold", "answered_within_rings", "abandoned"):
        totals.count(name, _before_nine(1))
    totals.add_seconds("wait_seconds", Seconds(9), _before_nine(1))
    totals.add_seconds("abandon_wait_seconds", Seconds(31), _before_nine(1))
    return totals


STAYS: Final = (
    rows.Stay(
        queue=SALES,
        call=_ABANDONED,
        stay=0,
        joined_at=_text(300),
        linkedid=_ABANDONED,
        caller_number="***000",
        position=1,
        outcome="abandoned",
        reason=None,
        left_at=_text(269),
        wait_seconds=31.0,
        is_short=False,
        agent=None,
        ring_seconds=None,
        is_within_rings=None,
        talk_seconds=None,
        hold_seconds=None,
        wrap_up_seconds=None,
        ended_at=None,
        ended_by=None,
        transfer_kind=None,
        level_threshold=20,
        origin="ami",
    ),
    rows.Stay(
        queue=SALES,
        call=_ANSWERED,
        stay=0,
        joined_at=_text(9),
        linkedid=_ANSWERED,
        caller_number="***678",
        position=1,
        outcome="answered",
        reason=None,
        left_at=_text(0),
        wait_seconds=9.0,
        is_short=None,
        agent=ANN,
        ring_seconds=5.125,
        is_within_rings=True,
        talk_seconds=None,
        hold_seconds=None,
        wrap_up_seconds=None,
        ended_at=None,
        ended_by=None,
        transfer_kind=None,
        level_threshold=20,
        origin="ami",
    ),
)
RING: Final = rows.Ring(queue=SALES, agent=BOB, at=_text(6), outcome="ring_no_answer", ring_seconds=2.5, origin="ami")
AGENT_INTERVALS: Final = (
    rows.AgentInterval(
        since=_text(3600),
        until=_text(600),
        seconds=3000.0,
        state="ready",
        reason=None,
        limit_seconds=None,
        overrun_seconds=None,
        origin="ami",
    ),
    rows.AgentInterval(
        since=_text(600),
        until=_text(280),
        seconds=320.0,
        state="not_ready",
        reason="away",
        limit_seconds=300.0,
        overrun_seconds=20.0,
        origin="ami",
    ),
)
CALLBACK: Final = rows.Callback(
    caller_number="***000",
    call=_ABANDONED,
    queue=SALES,
    attempts=1,
    first_abandoned_at=_text(269),
    abandoned_at=_text(269),
    wait_seconds=31.0,
    is_short=False,
    deadline=_text(269 - 24 * 3600),
    is_overdue=False,
)
PAST_ALARM: Final = rows.PastAlarm(
    alert=ALARM.alert,
    since=_text(95),
    until=None,
    seconds=95.0,
    rule=ALARM.rule,
    label=ALARM.label,
    label_zh=ALARM.label_zh,
    severity=ALARM.severity,
    queue=SALES,
    agent=None,
    team=None,
    unit=ALARM.unit,
    value=0.75,
    worst_value=0.7,
    threshold=0.8,
    detail=None,
    acknowledged_by="eve",
    acknowledged_at=_text(30),
    origin="derived",
)
COMMAND: Final = rows.Command(
    at=_text(60),
    user="eve",
    role="leader",
    command="pause",
    target=f"agent/{BOB}",
    arguments={"reason": "away"},
    outcome="done",
    reason=None,
    message="",
    via="mqtt",
    address=None,
    transaction="7f3a",
)
GAP: Final = rows.Gap(since=_text(7200), until=_text(7140), seconds=60.0, reason="connection lost", is_recovered=True)


EVENT: Final = Event(
    specversion="1.0",
    id="7-00000000000000001041",
    source="/ctibridge/pbx1",
    type="ctibridge.call.queued.v1",
    subject="call/1767257996.44",
    time="2026-01-01T08:59:56.000000Z",
    recordedtime="2026-01-01T08:59:56.002000Z",
    sequence="00000000000000001041",
    prevsequence="00000000000000000000",
    epoch=7,
    origin="ami",
    data={"call": "1767257996.44", "queue": SALES, "caller": {"number": "***000", "name": None}, "position": 1},
)
REFUSED: Final = RefusedPublish(
    at=_text(60),
    broker="127.0.0.1:1883",
    topic="ctibridge/v1/pbx1/event/call/queued",
    sequence=1040,
    reason="not_authorized",
)


def _share(numerator: int, denominator: int) -> rows.Share:
    return rows.Share(
        numerator=numerator, denominator=denominator, ratio=numerator / denominator if denominator else None
    )


INTERVAL: Final = rows.QueueInterval(
    queue=SALES,
    since=_text(1800),
    until=_text(0),
    offered=2,
    answered=1,
    abandoned=1,
    abandoned_short=0,
    exited=0,
    lost=0,
    waiting=0,
    refused=0,
    transferred=0,
    ring_no_answer=1,
    ring_cancelled=0,
    answered_within_rings=1,
    answered_late=0,
    answered_beyond=0,
    service_level=rows.ServiceLevelShares(
        handled=_share(1, 1),
        without_abandon=_share(1, 2),
        positive=_share(1, 2),
        negative=_share(1, 2),
        net=_share(1, 2),
    ),
    answer_rate=0.5,
    abandon_rate=0.5,
    abandon_rate_net=0.5,
    late_answer_rate=0.0,
    within_rings_rate=1.0,
    transfer_rate=0.0,
    blocked_rate=0.0,
    speed_of_answer_seconds=9.0,
    mean_abandon_wait_seconds=31.0,
    mean_wait_seconds=20.0,
    longest_wait_seconds=31.0,
    wait_p50_seconds=9.0,
    wait_p90_seconds=31.0,
    wait_p95_seconds=31.0,
    talk_seconds=0.0,
    mean_talk_seconds=None,
    mean_hold_seconds=None,
    mean_wrap_up_seconds=None,
    mean_handle_seconds=None,
    numbers_known=2,
    repeat_calls=0,
    repeat_rate=0.0,
)
