"""What we derive: the closed union ``Change``, which is all that outputs ever see.

Changes are past-tense facts, complete when made.  ``at`` is when it happened on the PBX's clock; ``origin`` says how we
know.  ``AgentUpdated`` and ``QueueUpdated`` carry the whole current state; all others are things that happened.
"""

from typing import Literal, TypeAlias

import msgspec

from ctibridge.domain.curve import HalfHour
from ctibridge.domain.figures import QueueStats
from ctibridge.domain.units import AgentId, CallId, Interface, QueueName, Seconds, Timestamp, Word
from ctibridge.domain.views import AgentState, AgentView, Alarm, CallFacts, QueueView


class Origin(Word):
    """How a change became known."""

    AMI = "ami"
    SNAPSHOT = "snapshot"
    QUEUE_LOG = "queue_log"
    DERIVED = "derived"
    """By a deadline of ours: Asterisk sends nothing for it."""


CommandVia: TypeAlias = Literal["mqtt", "http", "cli", "phone", "bridge"]
"""How a command came in."""
CommandOutcome: TypeAlias = Literal["done", "refused", "failed", "unconfirmed"]
"""``failed``: Asterisk said no; ``unconfirmed``: it said yes, and the change was not seen in time."""


class _Change(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    at: Timestamp
    origin: Origin = Origin.AMI


class _CallChange(_Change, frozen=True, kw_only=True):
    facts: CallFacts


class _AgentChange(_Change, frozen=True, kw_only=True):
    agent: AgentView


# -- calls ------------------------------------------------------------------------------------------------------------


class CallQueued(_CallChange, frozen=True, kw_only=True):
    """A caller joined a queue."""


class CallRinging(_CallChange, frozen=True, kw_only=True):
    """An agent's phone rings for the caller."""


class CallRingNoAnswer(_CallChange, frozen=True, kw_only=True):
    """That phone was not answered."""


class CallRingCancelled(_CallChange, frozen=True, kw_only=True):
    """That phone stopped ringing because the caller left."""


class CallAnswered(_CallChange, frozen=True, kw_only=True):
    """Caller and agent talk."""


class CallHeld(_CallChange, frozen=True, kw_only=True):
    """The agent put the caller on hold."""


class CallResumed(_CallChange, frozen=True, kw_only=True):
    """The caller is off hold."""


class CallTransferred(_CallChange, frozen=True, kw_only=True):
    """The answered call was passed on; ``facts.reason`` is ``blind``, ``attended`` or ``unknown``."""


class CallCompleted(_CallChange, frozen=True, kw_only=True):
    """The answered call ended."""


class CallAbandoned(_CallChange, frozen=True, kw_only=True):
    """The caller hung up while waiting."""


class CallExited(_CallChange, frozen=True, kw_only=True):
    """The caller left the queue otherwise, see ``facts.reason``."""


class CallRefused(_CallChange, frozen=True, kw_only=True):
    """The queue did not take the caller, see ``facts.reason``."""


class CallLost(_CallChange, frozen=True, kw_only=True):
    """The caller left while we could not see; how, is not known."""


# -- agents -----------------------------------------------------------------------------------------------------------


class AgentLoggedIn(_AgentChange, frozen=True, kw_only=True):
    """The agent is a member of at least one queue again."""


class AgentLoggedOut(_AgentChange, frozen=True, kw_only=True):
    """The agent is a member of no queue any more."""


class AgentStateChanged(_AgentChange, frozen=True, kw_only=True):
    """The agent's state or its reason changed; ``agent`` is the new picture."""

    previous: AgentState
    previous_reason: str | None
    previous_seconds: Seconds
    """How long the previous state lasted."""


class AgentPaused(_AgentChange, frozen=True, kw_only=True):
    """The agent asked for no calls, or gave another reason; perhaps while still talking."""

    reason: str | None


class AgentUnpaused(_AgentChange, frozen=True, kw_only=True):
    """A pause, or the part of it with this reason, ended."""

    reason: str | None
    seconds: Seconds


class AgentAnsweredLate(_AgentChange, frozen=True, kw_only=True):
    """The agent's answer came after the caller had waited too long."""

    facts: CallFacts


class AgentLimitWarning(_AgentChange, frozen=True, kw_only=True):
    """The present pause nears its limit."""


class AgentLimitExceeded(_AgentChange, frozen=True, kw_only=True):
    """The present pause is over its limit."""


class AgentLimitCleared(_AgentChange, frozen=True, kw_only=True):
    """A pause that had reached its warning or its limit ended."""

    reason: str | None
    overrun_seconds: Seconds
    """How long it was over the limit, 0 if it was not."""


class AgentLeftUnapproved(_AgentChange, frozen=True, kw_only=True):
    """The agent went away for a reason that needs approval, and nobody had given it."""

    reason: str


class AgentReasonMissing(_AgentChange, frozen=True, kw_only=True):
    """The agent went away without giving a reason, where one is required."""


class AgentMissedInRow(_AgentChange, frozen=True, kw_only=True):
    """The agent's phone was not answered so many times in a row."""

    queue: QueueName
    """The queue of the last of these calls."""
    count: int


class AgentLeaveRequested(_AgentChange, frozen=True, kw_only=True):
    """It was asked that the agent may be away."""

    reason: str
    by: str


class AgentLeaveApproved(_AgentChange, frozen=True, kw_only=True):
    """The agent may be away."""

    reason: str
    by: str


class AgentLeaveRefused(_AgentChange, frozen=True, kw_only=True):
    """The agent may not be away."""

    reason: str
    by: str


class AgentLeaveLapsed(_AgentChange, frozen=True, kw_only=True):
    """A request that nobody decided, or an approval that the agent made no use of, is over."""

    reason: str
    was_approved: bool


class AgentLeaveWithdrawn(_AgentChange, frozen=True, kw_only=True):
    """The agent does not want to be away any more."""

    reason: str


class EnforcementDue(_Change, frozen=True, kw_only=True):
    """A pause is over its limit, and its reason says what is to be done then; said once for each pause."""

    agent: AgentId
    interface: Interface
    queues: tuple[QueueName, ...]
    """Those that the agent is a member of."""
    action: Literal["notify", "unpause", "log_out"]
    reason: str
    escalate_to: str = ""
    """The role to be told; empty is the agent's leader."""


class AgentUpdated(_AgentChange, frozen=True, kw_only=True):
    """The whole current state of an agent, after something visible changed."""


class AgentRemoved(_Change, frozen=True, kw_only=True):
    """The agent is no longer known."""

    agent: AgentId


# -- queues -----------------------------------------------------------------------------------------------------------


class QueueUpdated(_Change, frozen=True, kw_only=True):
    """The whole current state of a queue, after something visible changed."""

    queue: QueueView


class QueueStatsUpdated(_Change, frozen=True, kw_only=True):
    """A queue's figures of the day and the last 30 minutes; at most once a second."""

    queue: QueueName
    stats: QueueStats


class QueueCurveUpdated(_Change, frozen=True, kw_only=True):
    """A queue's half hours since the site's day began; at most every ten seconds."""

    queue: QueueName
    since: Timestamp
    """When the site's day began."""
    half_hours: tuple[HalfHour, ...]


class _LevelChange(_Change, frozen=True, kw_only=True):
    queue: QueueName
    window: Literal["30m", "day"]
    value: float | None
    """Calls in time / calls decided, 0 to 1; ``None`` when no call is left in the window."""
    calls: int
    """How many calls that is a share of."""
    target_ratio: float
    threshold_seconds: int


class QueueServiceLevelBreached(_LevelChange, frozen=True, kw_only=True):
    """The queue's service level fell below its target."""


class QueueServiceLevelRestored(_LevelChange, frozen=True, kw_only=True):
    """The queue's service level is at its target again."""

    seconds: Seconds
    """How long it was not."""


class QueueWaitExceeded(_Change, frozen=True, kw_only=True):
    """A caller has waited for longer than the queue's limit, and waits on; said once for each stay."""

    queue: QueueName
    call: CallId
    joined_at: Timestamp
    wait_seconds: Seconds
    limit_seconds: Seconds


class QueueRemoved(_Change, frozen=True, kw_only=True):
    """The queue no longer exists."""

    queue: QueueName


# -- alarms -----------------------------------------------------------------------------------------------------------


class AlarmRaised(_Change, frozen=True, kw_only=True):
    """A rule is broken from now on; an ``AlarmUpdated`` follows."""

    alarm: Alarm


class AlarmRepeated(_Change, frozen=True, kw_only=True):
    """The rule is still broken, and nobody has taken note; an ``AlarmUpdated`` follows."""

    alarm: Alarm


class AlarmAcknowledged(_Change, frozen=True, kw_only=True):
    """Somebody has taken note of an alarm that fires; an ``AlarmUpdated`` follows."""

    alarm: Alarm


class AlarmUpdated(_Change, frozen=True, kw_only=True):
    """The whole current state of an alarm that fires."""

    alarm: Alarm


class AlarmResolved(_Change, frozen=True, kw_only=True):
    """The rule is kept again, or the subject is gone; ``alarm`` is its last state, which is to be forgotten."""

    alarm: Alarm
    seconds: Seconds
    """How long it fired."""


# -- the bridge -------------------------------------------------------------------------------------------------------


class FeedInterrupted(_Change, frozen=True, kw_only=True):
    """The switch's events stopped reaching us."""

    reason: str


class GapNoted(_Change, frozen=True, kw_only=True):
    """We were blind from ``since`` until ``at``."""

    since: Timestamp
    reason: str


class Resynced(_Change, frozen=True, kw_only=True):
    """Everything known was compared with a full picture from the switch."""

    queues: int
    agents: int
    waiting: int
    repaired: int
    """How many facts differed from what we believed; 0 is right unless we were blind."""
    is_first: bool


class MismatchFound(_Change, frozen=True, kw_only=True):
    """AMI and queue_log told different stories; queue_log was followed."""

    kind: str
    """Which side alone told of what, e.g. ``only_queue_log_abandoned``."""
    detail: str


class UnexpectedSeen(_Change, frozen=True, kw_only=True):
    """The switch reported what our model did not expect; the switch was followed."""

    kind: str
    detail: str = ""


class InvariantBroken(_Change, frozen=True, kw_only=True):
    """Our own books do not agree with each other: a fault of ours, whatever the switch said."""

    kind: str
    detail: str


class CommandDone(_Change, frozen=True, kw_only=True):
    """A command was answered: who asked for what, and what became of it."""

    user: str
    """Who asked; ``bridge`` where a rule of the configuration did."""
    role: str
    """The user's role; empty for the bridge itself."""
    command: str
    target: str | None
    """On whom: ``agent/1001``, ``queue/sales``, ``call/1700000000.12``, ``alert/…``; ``None`` where it is nobody."""
    arguments: dict[str, str]
    """As they were given, without secrets; telephone numbers are masked."""
    via: CommandVia
    address: str | None
    """From where, as far as is known: an IP address, or the phone."""
    transaction: str
    outcome: CommandOutcome
    reason: str | None
    """One word for why it was not done; ``None`` when it was."""
    message: str
    """For people: what Asterisk said, or why it was not asked."""


Change: TypeAlias = (
    CallQueued
    | CallRinging
    | CallRingNoAnswer
    | CallRingCancelled
    | CallAnswered
    | CallHeld
    | CallResumed
    | CallTransferred
    | CallCompleted
    | CallAbandoned
    | CallExited
    | CallRefused
    | CallLost
    | AgentLoggedIn
    | AgentLoggedOut
    | AgentStateChanged
    | AgentPaused
    | AgentUnpaused
    | AgentAnsweredLate
    | AgentLimitWarning
    | AgentLimitExceeded
    | AgentLimitCleared
    | AgentLeftUnapproved
    | AgentReasonMissing
    | AgentMissedInRow
    | AgentLeaveRequested
    | AgentLeaveApproved
    | AgentLeaveRefused
    | AgentLeaveLapsed
    | AgentLeaveWithdrawn
    | EnforcementDue
    | AgentUpdated
    | AgentRemoved
    | QueueUpdated
    | QueueStatsUpdated
    | QueueCurveUpdated
    | QueueServiceLevelBreached
    | QueueServiceLevelRestored
    | QueueWaitExceeded
    | QueueRemoved
    | AlarmRaised
    | AlarmRepeated
    | AlarmAcknowledged
    | AlarmUpdated
    | AlarmResolved
    | FeedInterrupted
    | GapNoted
    | Resynced
    | MismatchFound
    | UnexpectedSeen
    | InvariantBroken
    | CommandDone
)

CallChange: TypeAlias = (
    CallQueued
    | CallRinging
    | CallRingNoAnswer
    | CallRingCancelled
    | CallAnswered
    | CallHeld
    | CallResumed
    | CallTransferred
    | CallCompleted
    | CallAbandoned
    | CallExited
    | CallRefused
    | CallLost
)

LeaveChange: TypeAlias = AgentLeaveRequested | AgentLeaveApproved | AgentLeaveRefused | AgentLeaveWithdrawn

AlarmChange: TypeAlias = AlarmRaised | AlarmRepeated | AlarmAcknowledged | AlarmUpdated
