"""Rows of the past as they are answered; what they mean is what the history's tables mean."""

from typing import Literal, TypeAlias

import msgspec

from ctibridge.domain.changes import CommandOutcome, CommandVia
from ctibridge.domain.views import Severity, Unit
from ctibridge.outputs.web.api.moments import MomentText
from ctibridge.outputs.web.api.queries import Outcome

Origin: TypeAlias = Literal["ami", "snapshot", "queue_log", "derived"]


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """One offer of a caller to a queue; a caller who joins again has another."""

    queue: str
    call: str
    """Uniqueid under which the caller joined."""
    stay: int
    """0 for the caller's first stay in this queue, 1 for the next."""
    joined_at: MomentText
    linkedid: str | None
    caller_number: str | None
    """Masked."""
    position: int | None
    """When joining."""
    outcome: Outcome
    reason: str | None
    """How the caller exited."""
    left_at: MomentText | None
    """Answered, abandoned, exited or lost at."""
    wait_seconds: float | None
    is_short: bool | None
    """An abandon so soon that it counts as misdialled."""
    agent: str | None
    ring_seconds: float | None
    """The answering phone's own ring time; unknown where only queue_log told."""
    is_within_rings: bool | None
    talk_seconds: float | None
    """From answer to end, customer hold included."""
    hold_seconds: float | None
    wrap_up_seconds: float | None
    ended_at: MomentText | None
    ended_by: Literal["agent", "caller", "transfer"] | None
    transfer_kind: Literal["blind", "attended", "unknown"] | None
    level_threshold: int
    """The service-level threshold that held for this call, in seconds."""
    origin: Origin


class Ring(msgspec.Struct, frozen=True, kw_only=True):
    """One phone that rang in vain."""

    queue: str
    agent: str
    at: MomentText
    """When it stopped."""
    outcome: Literal["ring_no_answer", "ring_cancelled"]
    ring_seconds: float | None
    origin: Origin


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A queue did not take the caller."""

    queue: str
    at: MomentText
    reason: str


class AgentInterval(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of time in which an agent was in one state for one reason."""

    since: MomentText
    until: MomentText
    seconds: float
    state: Literal["ready", "ringing", "busy", "wrap_up", "not_ready", "unreachable", "unknown"]
    reason: str | None
    limit_seconds: float | None
    overrun_seconds: float | None
    origin: Origin


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """A caller who gave up and has not been reached since."""

    caller_number: str | None
    """Masked; the call's id finds the whole number in the PBX."""
    call: str
    """The latest abandoned call."""
    queue: str
    attempts: int
    """How often the caller gave up since they were last reached."""
    first_abandoned_at: MomentText
    abandoned_at: MomentText
    """The latest time."""
    wait_seconds: float | None
    is_short: bool | None
    deadline: MomentText
    """24 hours after the first time."""
    is_overdue: bool


class PastAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm from its beginning to its end."""

    alert: str
    """Rule and subject."""
    since: MomentText
    until: MomentText | None
    """`null` while it fires."""
    seconds: float
    """How long it has fired, as far as is known."""
    rule: str
    label: str
    label_zh: str
    severity: Severity
    queue: str | None
    agent: str | None
    team: str | None
    unit: Unit
    """Of the three figures; a ratio is 0 to 1."""
    value: float | None
    """When it began."""
    worst_value: float | None
    threshold: float | None
    detail: str | None
    acknowledged_by: str | None
    acknowledged_at: MomentText | None
    origin: Origin


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asked the bridge to do, and what became of it."""

    at: MomentText
    """When it was answered."""
    user: str
    """`bridge` where a rule of the configuration asked."""
    role: str
    command: str
    target: str | None
    """`agent/1001`, `queue/sales`, `call/…` or `alert/…`."""
    arguments: dict[str, str]
    """Telephone numbers are masked."""
    outcome: CommandOutcome
    reason: str | None
    """One word for why it was not done."""
    message: str
    via: CommandVia
    address: str | None
    transaction: str


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which the bridge was blind."""

    since: MomentText
    until: MomentText
    seconds: float
    reason: str
    is_recovered: bool
    """Its calls were taken from queue_log."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A ratio with what it was made of; ``null`` where there is nothing to divide by."""

    numerator: int
    denominator: int
    ratio: float | None


class ServiceLevelShares(msgspec.Struct, frozen=True, kw_only=True):
    """The five published formulas side by side."""

    handled: Share
    """In time of the answered."""
    without_abandon: Share
    """In time of all but those who gave up in time."""
    positive: Share
    """Who gave up in time counts as served."""
    negative: Share
    """In time of answered and abandoned."""
    net: Share
    """In time of answered and abandoned, short abandons left out."""


class QueueInterval(msgspec.Struct, frozen=True, kw_only=True):
    """One queue's figures of one stretch of time; ``null`` is unknown, or nothing to divide by."""

    queue: str
    since: MomentText
    until: MomentText
    offered: int
    answered: int
    abandoned: int
    """All, short ones too."""
    abandoned_short: int
    exited: int
    lost: int
    """Nobody can know how they left."""
    waiting: int
    """Still there when it was written."""
    refused: int
    transferred: int
    ring_no_answer: int
    ring_cancelled: int
    answered_within_rings: int
    answered_late: int
    answered_beyond: int
    """Answered so late that the call counts as not answered."""
    service_level: ServiceLevelShares
    answer_rate: float | None
    abandon_rate: float | None
    abandon_rate_net: float | None
    late_answer_rate: float | None
    within_rings_rate: float | None
    """Of answers whose ring time is known."""
    transfer_rate: float | None
    blocked_rate: float | None
    speed_of_answer_seconds: float | None
    mean_abandon_wait_seconds: float | None
    mean_wait_seconds: float | None
    """Of all who left, however they left."""
    longest_wait_seconds: float | None
    wait_p50_seconds: float | None
    wait_p90_seconds: float | None
    wait_p95_seconds: float | None
    talk_seconds: float
    mean_talk_seconds: float | None
    """Customer hold included."""
    mean_hold_seconds: float | None
    mean_wrap_up_seconds: float | None
    mean_handle_seconds: float | None
    numbers_known: int | None
    """Offers with a caller number."""
    repeat_calls: int | None
    """Of those, the number had called in the 30 days before."""
    repeat_rate: float | None
