"""What messages say, version 1: the data of each kind of event and state; ``models`` makes it of changes.

The data of most states are the domain's views.  Moments are seconds since 1970 UTC.
"""

from typing import Literal

import msgspec

from ctibridge.domain import changes
from ctibridge.domain.curve import HalfHour
from ctibridge.domain.events import Caller
from ctibridge.domain.figures import Figures
from ctibridge.domain.units import AgentId, CallId, Interface, QueueName, Seconds, Timestamp
from ctibridge.domain.views import (
    Activity,
    AgentState,
    Alarm,
    Leave,
    Limit,
    Presence,
)
from ctibridge.outputs.mqtt.envelope import SequenceText


class QueueStatsData(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``queue/{queue}/stats``."""

    queue: QueueName
    day: Figures
    """Since the site's day began."""
    last_30_minutes: Figures


class QueueCurveData(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``queue/{queue}/curve``."""

    queue: QueueName
    since: Timestamp
    """When the site's day began."""
    half_hours: tuple[HalfHour, ...]
    """Those in which something happened, each fact counted where it did."""


# -- the data of events -----------------------------------------------------------------------------------------------


class AgentData(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What every message about an agent says of them."""

    agent: AgentId
    name: str
    team: str | None
    state: AgentState
    since: Timestamp
    presence: Presence
    activity: Activity


class AgentMembershipData(AgentData, frozen=True, kw_only=True):
    """``agent/logged_in``, ``agent/logged_out``."""

    queues: list[QueueName]
    """Those that the agent is a member of now."""


class AgentStateChangedData(AgentData, frozen=True, kw_only=True):
    """``agent/state_changed``."""

    reason: str | None
    reason_label: str | None
    limit: Limit | None
    previous: AgentState
    previous_reason: str | None
    previous_seconds: Seconds


class AgentPausedData(AgentData, frozen=True, kw_only=True):
    """``agent/paused``: perhaps while still talking, when ``state`` does not show it yet."""

    reason: str | None


class AgentUnpausedData(AgentData, frozen=True, kw_only=True):
    """``agent/unpaused``: the pause with this reason is over."""

    reason: str | None
    seconds: Seconds


class AgentAnsweredLateData(AgentData, frozen=True, kw_only=True):
    """``agent/answered_late``."""

    call: CallId
    linkedid: str | None
    queue: QueueName
    caller: Caller
    wait_seconds: Seconds | None
    ring_seconds: Seconds | None


class AgentLimitData(AgentData, frozen=True, kw_only=True):
    """``agent/limit_warning``, ``agent/limit_exceeded``."""

    reason: str | None
    reason_label: str | None
    limit: Limit | None


class AgentLimitClearedData(AgentData, frozen=True, kw_only=True):
    """``agent/limit_cleared``."""

    reason: str | None
    overrun_seconds: Seconds


class AgentBreachData(AgentData, frozen=True, kw_only=True):
    """``agent/left_unapproved``, ``agent/reason_missing``."""

    reason: str | None


class AgentMissedInRowData(AgentData, frozen=True, kw_only=True):
    """``agent/missed_in_row``."""

    queue: QueueName
    """The queue of the last of these calls."""
    count: int


class AgentLeaveData(AgentData, frozen=True, kw_only=True):
    """``agent/leave_requested``, ``…_approved``, ``…_refused``, ``…_withdrawn``."""

    reason: str
    by: str | None
    leave: Leave | None


class AgentLeaveLapsedData(AgentData, frozen=True, kw_only=True):
    """``agent/leave_lapsed``."""

    reason: str
    was_approved: bool
    """Whether it was an approval that the agent made no use of, or a request that nobody decided."""


class EnforcementData(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``agent/enforcement_due``: what is done now that a pause is over its limit."""

    agent: AgentId
    interface: Interface
    queues: tuple[QueueName, ...]
    action: Literal["notify", "unpause", "log_out"]
    reason: str
    escalate_to: str
    """The role to be told; empty is the agent's leader."""


class ServiceLevelData(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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


class WaitExceededData(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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


class GapData(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``bridge/gap``: what happened in between is not known, or was not published here."""

    since: Timestamp
    until: Timestamp
    reason: str
    """``outbox_full`` when this broker was away for too long, else why the PBX's events did not reach us."""
    first_sequence: SequenceText | None = None
    """With ``outbox_full``: the oldest and newest event that this broker will never get, both included."""
    last_sequence: SequenceText | None = None
    dropped: int | None = None


class ResyncedData(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``bridge/resynced``: everything was compared with a full picture from the PBX."""

    queues: int
    agents: int
    waiting: int
    repaired: int
    """Facts that differed from what was believed."""
    is_first: bool


class CommandData(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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
