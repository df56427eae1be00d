"""The present: queues, agents and waiting callers as a picture shows them, callers masked.

Fields have the names of the MQTT states; moments are RFC 3339 here.
"""

from typing import Literal

import msgspec

from ctibridge.domain.events import Caller
from ctibridge.domain.figures import Counts, ServiceLevels
from ctibridge.domain.views import (
    Activity,
    AgentState,
    AgentToday,
    LimitStage,
    MemberCounts,
    Membership,
    Presence,
    ServiceLevelTarget,
    Severity,
    Unit,
)
from ctibridge.outputs.web.api.moments import MomentText


class PbxSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One PBX in a few numbers."""

    pbx: str
    at: MomentText
    is_synced: bool
    queues: int
    agents: int
    waiting: int


class Pbxs(msgspec.Struct, frozen=True, kw_only=True):
    """All PBXs of this bridge."""

    pbxs: list[PbxSummary]


class WaitingCaller(msgspec.Struct, frozen=True, kw_only=True):
    """One caller in line."""

    call: str
    position: int
    since: MomentText
    caller: Caller


class QueueAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that the queue breaks now."""

    alert: str
    rule: str
    label: str
    label_zh: str
    severity: Severity
    value: float | None
    threshold: float | None
    unit: Unit
    """Of value and threshold; a ratio is 0 to 1."""
    since: MomentText


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """One queue as it stands."""

    queue: str
    label: str
    strategy: str | None
    waiting: int
    oldest_since: MomentText | None
    callers: list[WaitingCaller]
    members: MemberCounts
    service_level: ServiceLevelTarget
    alarms: list[QueueAlarm]
    """The oldest first."""


class AgentCall(msgspec.Struct, frozen=True, kw_only=True):
    """The queue call that rings or talks at an agent's phone."""

    call: str
    queue: str
    caller: Caller
    since: MomentText
    """When the phone began to ring, or the talk to run."""
    joined_at: MomentText | None
    """When the caller joined the queue."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """How long the present pause may last."""

    seconds: float
    deadline: MomentText
    stage: LimitStage
    approved_by: str | None


class Leave(msgspec.Struct, frozen=True, kw_only=True):
    """An absence that was asked for, or allowed."""

    state: Literal["requested", "approved"]
    reason: str
    requested_at: MomentText | None
    """`null` when it was allowed without having been asked for."""
    expires_at: MomentText | None
    """When it lapses unless it is decided, or made use of; `null` while the agent is away on it."""
    decided_by: str | None


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """One agent over all queues."""

    agent: str
    name: str
    team: str | None
    interface: str
    state: AgentState
    since: MomentText
    reason: str | None
    reason_label: str | None
    limit: Limit | None
    presence: Presence
    activity: Activity
    call: AgentCall | None
    queues: dict[str, Membership]
    today: AgentToday
    leave: Leave | None


class FiguresSince(msgspec.Struct, frozen=True, kw_only=True):
    """Counts since a moment, and what follows from them; ``null`` where there is nothing to divide by."""

    since: MomentText
    counts: Counts
    service_level: ServiceLevels
    answer_rate: float | None
    abandon_rate: float | None
    abandon_rate_net: float | None
    late_answer_rate: float | None
    within_rings_ratio: float | None
    speed_of_answer_seconds: float | None
    mean_abandon_wait_seconds: float | None
    mean_talk_seconds: float | None
    mean_handle_seconds: float | None


class _Now(msgspec.Struct, frozen=True, kw_only=True):
    pbx: str
    at: MomentText
    """The PBX's time of this picture."""
    is_synced: bool
    """False while nobody can know whether this is still true; states and waiting callers are absent then."""


class State(_Now, frozen=True, kw_only=True):
    """Everything of one PBX as it stands."""

    queues: list[Queue]
    agents: list[Agent]


class Queues(_Now, frozen=True, kw_only=True):
    """All queues as they stand."""

    queues: list[Queue]


class QueueNow(_Now, frozen=True, kw_only=True):
    """One queue as it stands, with its figures."""

    queue: Queue
    day: FiguresSince
    """Since the site's day began."""
    last_30_minutes: FiguresSince


class Agents(_Now, frozen=True, kw_only=True):
    """All agents as they stand."""

    agents: list[Agent]


class AgentNow(_Now, frozen=True, kw_only=True):
    """One agent as they stand."""

    agent: Agent


class AlarmNow(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that one queue, agent or team breaks now."""

    alert: str
    """Rule and subject; the same as long as the alarm fires."""
    rule: str
    label: str
    label_zh: str
    severity: Severity
    queue: str | None
    agent: str | None
    team: str | None
    """The team that breaks the rule, or the agent's."""
    value: float | None
    """As measured last."""
    threshold: float | None
    unit: Unit
    """Of value and threshold; a ratio is 0 to 1."""
    since: MomentText
    acknowledged_by: str | None
    acknowledged_at: MomentText | None
    detail: str | None
    """What the value is about, e.g. the reason of a pause."""


class Alarms(_Now, frozen=True, kw_only=True):
    """Alarms that fire, the oldest first."""

    alarms: list[AlarmNow]


class CallerInQueue(WaitingCaller, frozen=True, kw_only=True):
    """One caller in line, and in which."""

    queue: str


class Callers(_Now, frozen=True, kw_only=True):
    """Everybody who waits, the longest wait first."""

    callers: list[CallerInQueue]
