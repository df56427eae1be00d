"""Entries for the samples in docs/mqtt.md: one call of the queue ``sales``, answered by Ann."""

from typing import Final

from ctibridge.domain import changes
from ctibridge.domain.changes import Change, Origin
from ctibridge.domain.curve import HalfHour
from ctibridge.domain.events import Caller
from ctibridge.domain.figures import Counts, QueueStats, figures
from ctibridge.domain.journal import Journal
from ctibridge.domain.units import AgentId, CallId, Interface, QueueName, Seconds, Timestamp
from ctibridge.domain.views import (
    Activity,
    AgentCall,
    AgentState,
    AgentToday,
    AgentView,
    Alarm,
    CallFacts,
    MemberCounts,
    Membership,
    Presence,
    QueueView,
    ServiceLevelTarget,
    WaitingCaller,
)
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.message import Message
from ctibridge.outputs.mqtt.status import Standing, StatusLine

_AT: Final = Timestamp(1_767_258_000.25)
_SALES: Final = QueueName("sales")
_CALLER: Final = Caller(number="+493012345678", name="Erika Mustermann")
_CALL: Final = CallId("1767257991.42")

_AGENT: Final = AgentView(
    agent=AgentId("1001"),
    name="Ann",
    team="day",
    interface=Interface("PJSIP/1001"),
    state=AgentState.BUSY,
    since=_AT,
    reason=None,
    reason_label=None,
    limit=None,
    presence=Presence.READY,
    activity=Activity.ON_CALL,
    call=AgentCall(call=_CALL, queue=_SALES, caller=_CALLER, since=_AT),
    queues={_SALES: Membership(penalty=0, paused=False)},
    today=AgentToday(
        answered=12, talk_seconds=Seconds(2460), ready_seconds=Seconds(5280.5), busy_seconds=Seconds(2460)
    ),
)

_QUEUE: Final = QueueView(
    queue=_SALES,
    label="Sales",
    strategy="rrmemory",
    waiting=1,
    oldest_since=Timestamp(_AT - 4),
    callers=(
        WaitingCaller(
            call=CallId("1767257996.44"), position=1, since=Timestamp(_AT - 4), caller=Caller(number="13800138000")
        ),
    ),
    members=MemberCounts(total=2, busy=1, not_ready=1),
    service_level=ServiceLevelTarget(threshold_seconds=20, target_ratio=0.8),
)

_ANSWERED: Final = CallFacts(
    call=_CALL,
    queue=_SALES,
    linkedid=_CALL,
    caller=_CALLER,
    agent=AgentId("1001"),
    position=1,
    wait_seconds=Seconds(9),
    ring_seconds=Seconds(5.125),
    within_rings=True,
)

_COUNTS: Final = Counts(
    offered=20,
    answered=17,
    abandoned=2,
    abandoned_short=1,
    abandoned_within=2,
    answered_within_rings=15,
    answered_within_threshold=16,
    completed=16,
    service_level_met=16,
    service_level_missed=2,
    wait_seconds=Seconds(170),
    abandon_wait_seconds=Seconds(16),
    talk_seconds=Seconds(3200),
    wrap_up_seconds=Seconds(480),
)

_ALARM: Final = Alarm(
    alert="long_wait:sales",
    rule="long_wait",
    label="A caller waits too long",
    label_zh="客户等待过久",
    severity="warning",
    queue=_SALES,
    value=60.0,
    threshold=60.0,
    unit="seconds",
    since=_AT,
)

_TOLD: Final[tuple[Change, ...]] = (
    changes.CallAnswered(at=_AT, facts=_ANSWERED),
    changes.AgentUpdated(at=_AT, agent=_AGENT),
    changes.QueueUpdated(at=_AT, queue=_QUEUE),
    changes.QueueCurveUpdated(
        at=_AT,
        queue=_SALES,
        since=Timestamp(1_767_225_600),
        half_hours=(
            HalfHour(
                since=Timestamp(1_767_256_200),
                offered=20,
                answered=17,
                abandoned=2,
                service_level_met=16,
                service_level_missed=2,
            ),
        ),
    ),
    changes.QueueStatsUpdated(
        at=_AT,
        queue=_SALES,
        stats=QueueStats(day=figures(_COUNTS, Timestamp(1_767_225_600)), last_30_minutes=figures(Counts(), _AT)),
    ),
    changes.AlarmRaised(at=_AT, origin=Origin.DERIVED, alarm=_ALARM),
    changes.AlarmUpdated(at=_AT, origin=Origin.DERIVED, alarm=_ALARM),
)
_OVER: Final = changes.AlarmResolved(at=Timestamp(_AT + 95), origin=Origin.DERIVED, alarm=_ALARM, seconds=Seconds(95))


def samples() -> list[Message]:
    """Messages as they are published with the default settings."""
    announcer = Announcer(pbx="pbx1", base="ctibridge/v1")
    line = StatusLine(7)
    line.standing = Standing(state="online", ami="connected")
    line.is_current = True
    journal = Journal(7, 1041)
    entries = [*journal.enter(_TOLD, Timestamp(_AT + 0.002)), *journal.enter([_OVER], Timestamp(_AT + 95.002))]
    return [announcer.status(line.say(1042, Timestamp(_AT - 3600))), *announcer.announce(entries)]
