"""How things stand: frozen pictures of agents, queues and calls, which every output shares.

Field names are those of the published payloads.  Caller numbers are whole here; masking is each output's duty.
"""

from typing import Literal, TypeAlias

import msgspec

from ctibridge.domain.events import Caller, EndedBy
from ctibridge.domain.units import AgentId, CallId, Interface, QueueName, Seconds, Timestamp, Word


class AgentState(Word):
    """The one word that people see; a projection of presence and activity."""

    LOGGED_OUT = "logged_out"
    READY = "ready"
    RINGING = "ringing"
    BUSY = "busy"
    WRAP_UP = "wrap_up"
    NOT_READY = "not_ready"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


class Presence(Word):
    """Whether the agent is at work and wants calls."""

    LOGGED_OUT = "logged_out"
    READY = "ready"
    NOT_READY = "not_ready"


class Activity(Word):
    """What the agent's phone is doing."""

    IDLE = "idle"
    RINGING = "ringing"
    ON_CALL = "on_call"
    ON_HOLD = "on_hold"
    WRAP_UP = "wrap_up"
    UNREACHABLE = "unreachable"


class LimitStage(Word):
    """How a limited state stands against its limit."""

    OK = "ok"
    WARNING = "warning"
    EXCEEDED = "exceeded"


class Limit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How long the present pause may last."""

    seconds: Seconds
    deadline: Timestamp
    stage: LimitStage = LimitStage.OK
    approved_by: str | None = None
    """Who allowed this absence; ``None`` when nobody did, or need have."""


class Leave(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An absence that was asked for, or allowed."""

    state: Literal["requested", "approved"]
    reason: str
    requested_at: Timestamp | None = None
    """``None`` when it was allowed without having been asked for."""
    expires_at: Timestamp | None = None
    """When it lapses unless it is decided, or made use of; ``None`` while the agent is away on it."""
    decided_by: str | None = None


class AgentCall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The queue call that rings or talks at an agent's phone."""

    call: CallId
    queue: QueueName
    caller: Caller
    since: Timestamp
    """When the phone began to ring, or the talk to run."""
    joined_at: Timestamp | None = None
    """When the caller joined the queue; ``None`` where nobody saw it."""


class Membership(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An agent's place in one queue."""

    penalty: int
    paused: bool


class AgentToday(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The agent's figures since the site's day began; the present state's own time comes on top, from ``since`` on."""

    answered: int = 0
    ring_no_answer: int = 0
    ring_cancelled: int = 0
    late_answers: int = 0
    talk_seconds: Seconds = Seconds(0)
    hold_seconds: Seconds = Seconds(0)
    wrap_up_seconds: Seconds = Seconds(0)
    ready_seconds: Seconds = Seconds(0)
    not_ready_seconds: Seconds = Seconds(0)
    busy_seconds: Seconds = Seconds(0)


class AgentView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One agent over all queues."""

    agent: AgentId
    name: str
    team: str | None
    interface: Interface
    state: AgentState
    since: Timestamp
    reason: str | None
    reason_label: str | None
    limit: Limit | None
    presence: Presence
    activity: Activity
    call: AgentCall | None
    queues: dict[QueueName, Membership]
    today: AgentToday
    leave: Leave | None = None


class WaitingCaller(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One caller in line."""

    call: CallId
    position: int
    since: Timestamp
    caller: Caller


class MemberCounts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How many members of a queue are in which state."""

    total: int = 0
    ready: int = 0
    ringing: int = 0
    busy: int = 0
    wrap_up: int = 0
    not_ready: int = 0
    unreachable: int = 0
    unknown: int = 0


class ServiceLevelTarget(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the queue is held to."""

    threshold_seconds: int
    target_ratio: float


Severity: TypeAlias = Literal["info", "warning", "critical"]
"""How bad a broken rule is."""

Unit: TypeAlias = Literal["seconds", "ratio", "calls", "agents", ""]
"""What a measured value is a number of; a ratio is 0 to 1, or a deviation around 0."""


class QueueAlarm(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One rule that a queue breaks now: of an ``Alarm`` what a public board may show."""

    alert: str
    rule: str
    label: str
    label_zh: str
    severity: Severity
    value: float | None
    threshold: float | None
    unit: Unit
    since: Timestamp


class QueueView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One queue as it stands."""

    queue: QueueName
    label: str
    strategy: str | None
    waiting: int
    oldest_since: Timestamp | None
    callers: tuple[WaitingCaller, ...]
    members: MemberCounts
    service_level: ServiceLevelTarget
    alarms: tuple[QueueAlarm, ...] = ()
    """Rules that the queue breaks now, the oldest first."""


class CallFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of one call in one queue at the moment of a change; ``None`` is not known, or not yet."""

    call: CallId
    queue: QueueName
    joined_at: Timestamp | None = None
    """When the caller joined the queue: it tells several stays of one caller apart."""
    linkedid: str | None = None
    caller: Caller = Caller()
    agent: AgentId | None = None
    position: int | None = None
    """Place in line when it joined (``call/queued``), afterwards when it last was known."""
    wait_seconds: Seconds | None = None
    """As stated by Asterisk: whole seconds."""
    ring_seconds: Seconds | None = None
    """The answering (or missing) phone's own ring time."""
    talk_seconds: Seconds | None = None
    """From answer to end as stated by Asterisk: whole seconds, customer hold included."""
    hold_seconds: Seconds | None = None
    """Customer hold within the talk."""
    within_rings: bool | None = None
    short: bool | None = None
    ended_by: EndedBy | None = None
    reason: str | None = None


class Alarm(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One rule that one subject breaks now."""

    alert: str
    """``{rule}:{subject}``, e.g. ``service_level_low:sales``, ``limit_exceeded:1001``, ``too_many_away:day/meal``."""
    rule: str
    label: str
    label_zh: str
    severity: Severity
    queue: QueueName | None = None
    agent: AgentId | None = None
    team: str | None = None
    """The team that breaks the rule, or the agent's."""
    value: float | None = None
    """As measured last; ``None`` when it cannot be told."""
    threshold: float | None = None
    unit: Unit = ""
    since: Timestamp
    """When the rule had been broken for long enough; of a wait or a pause that may have been in a gap."""
    acknowledged_by: str | None = None
    acknowledged_at: Timestamp | None = None
    detail: str | None = None
    """What the value is about, e.g. the reason of a pause."""
