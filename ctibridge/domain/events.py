"""What the switch reports: the closed union ``Event``, free of AMI names, units and quirks.

The wire side (``ctibridge.asterisk``) makes these; ``ContactCenter.apply(event, now)`` takes them in, where ``now`` is
the moment at which the switch says it happened.  ``None`` means that the switch did not say, never zero or empty.
A snapshot comes through the same door: listed facts between ``ResyncStarted`` and ``ResyncCompleted``.
"""

from enum import IntEnum
from typing import Literal, TypeAlias

import msgspec

from ctibridge.domain.units import AgentId, CallId, ChannelId, Interface, QueueName, Seconds, Timestamp, Word


class DeviceStatus(IntEnum):
    """Asterisk's device states, as numbered in ``Status`` of the member events."""

    UNKNOWN = 0
    NOT_IN_USE = 1
    IN_USE = 2
    BUSY = 3
    INVALID = 4
    UNAVAILABLE = 5
    RINGING = 6
    RING_IN_USE = 7
    ON_HOLD = 8


class QueueOutcome(Word):
    """``QUEUESTATUS``: why ``Queue()`` gave the caller back to the dialplan."""

    TIMEOUT = "TIMEOUT"
    FULL = "FULL"
    JOIN_EMPTY = "JOINEMPTY"
    JOIN_UNAVAILABLE = "JOINUNAVAIL"
    LEAVE_EMPTY = "LEAVEEMPTY"
    LEAVE_UNAVAILABLE = "LEAVEUNAVAIL"
    CONTINUE = "CONTINUE"
    WITHDRAW = "WITHDRAW"
    UNKNOWN = "UNKNOWN"


class EndedBy(Word):
    """Who ended an answered call, in app_queue's words (which are sometimes wrong, and are kept)."""

    AGENT = "agent"
    CALLER = "caller"
    TRANSFER = "transfer"


class Caller(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who calls; personal data, which outputs mask."""

    number: str | None = None
    name: str | None = None


class MemberRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One interface's place in one queue, as the switch states it."""

    queue: QueueName
    interface: Interface
    state_interface: Interface
    name: str
    membership: str
    """``static``, ``dynamic`` or ``realtime``."""
    penalty: int = 0
    is_paused: bool = False
    pause_reason: str | None = None
    status: DeviceStatus = DeviceStatus.UNKNOWN
    is_in_call: bool = False
    """True only where a list says so: the member events report 0 in mid-call."""
    calls_taken: int = 0
    last_call: Timestamp | None = None
    """End of the last call, whole seconds."""
    last_pause: Timestamp | None = None
    login_time: Timestamp | None = None
    ring_in_use: bool = True
    wrap_up: Seconds | None = None
    """The member's own wrap-up time; ``None`` or 0 leaves it to the queue's, which AMI does not tell."""


# -- callers ----------------------------------------------------------------------------------------------------------


class CallerJoined(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A caller took a place in a queue (``ENTERQUEUE``)."""

    queue: QueueName
    call: CallId
    linkedid: str | None = None
    channel: str | None = None
    caller: Caller = Caller()
    position: int | None = None


class CallerLeft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A caller is out of the line; why, other events tell, before or after (``QueueCallerLeave``)."""

    queue: QueueName
    call: CallId
    position: int | None = None


class AbandonReported(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """app_queue recorded an "abandon", which also stands for time-outs, empty queues and withdrawals."""

    queue: QueueName
    call: CallId
    position: int | None = None
    original_position: int | None = None
    wait: Seconds | None = None


class QueueOutcomeSet(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``Queue()`` told the dialplan why it ended (variable ``QUEUESTATUS``)."""

    call: CallId
    outcome: QueueOutcome


class QueueEntered(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The dialplan ran ``Queue(queue)`` for a channel: the only trace that a refused caller leaves."""

    call: CallId
    queue: QueueName
    linkedid: str | None = None
    channel: str | None = None
    caller: Caller = Caller()


class DialplanContinued(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The dialplan of a channel went on to another step."""

    channel: ChannelId
    application: str | None = None
    exten: str | None = None


class ChannelHungUp(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A channel is gone."""

    channel: ChannelId
    linkedid: str | None = None


# -- agents and their legs --------------------------------------------------------------------------------------------


class AgentCalled(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A member's phone rings for a caller.

    Where the member's name is not UTF-8 only the two channels are told.
    """

    call: CallId
    queue: QueueName | None = None
    interface: Interface | None = None
    member_name: str | None = None
    leg: ChannelId | None = None
    """The ringing channel."""
    leg_channel: str | None = None


class AgentConnected(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Caller and agent talk (``CONNECT``).

    Everything but the call can be missing where a name in it is not UTF-8.
    """

    call: CallId
    queue: QueueName | None = None
    interface: Interface | None = None
    member_name: str | None = None
    leg: ChannelId | None = None
    leg_channel: str | None = None
    wait: Seconds | None = None
    """Whole seconds in the queue (AMI ``HoldTime``)."""
    ring: Seconds | None = None
    """Whole seconds since the start of the ring cycle, 0 with ``timeout=0``: not this phone's ring time."""


class AgentCompleted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An answered call ended, or app_queue noticed so at last; either channel's block may be missing."""

    call: CallId | None = None
    leg: ChannelId | None = None
    queue: QueueName | None = None
    interface: Interface | None = None
    member_name: str | None = None
    wait: Seconds | None = None
    talk: Seconds | None = None
    """Whole seconds from answer to end, customer hold included."""
    ended_by: EndedBy | None = None


class AgentMissed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A member's phone rang, was busy or refused, and did not answer (``RINGNOANSWER``)."""

    call: CallId
    queue: QueueName | None = None
    interface: Interface | None = None
    member_name: str | None = None
    leg: ChannelId | None = None
    ring: Seconds | None = None
    """As stated by Asterisk (there: milliseconds)."""


class AgentDumped(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The agent hung up while an announcement played; the caller waits on (``AGENTDUMP``)."""

    call: CallId
    queue: QueueName | None = None
    interface: Interface | None = None
    leg: ChannelId | None = None


class DialEnded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One outgoing leg stopped ringing: ``ANSWER``, ``CANCEL``, ``NOANSWER``, ``BUSY``, …; sent twice for some."""

    call: CallId
    leg: ChannelId
    status: str


# -- what moves and merges channels -----------------------------------------------------------------------------------


class ChannelHeld(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A party put the other on hold."""

    channel: ChannelId
    linkedid: str | None = None


class ChannelUnheld(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold ended; also sent at transfers and hang-ups without a hold before."""

    channel: ChannelId
    linkedid: str | None = None


class BlindTransferred(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A party sent the other elsewhere without asking there first."""

    transferer: ChannelId | None = None
    transferee: ChannelId | None = None
    linkedids: tuple[str, ...] = ()


class AttendedTransferred(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A party joined its two calls."""

    transferers: tuple[ChannelId, ...] = ()
    transferee: ChannelId | None = None
    target: ChannelId | None = None
    into_queue: bool = False
    """The second call was waiting in ``Queue()``: its entry goes on with the transferee's channel."""
    linkedids: tuple[str, ...] = ()


class ChannelReplaced(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A Local channel was optimised away: what was known as ``old`` goes on as ``new``."""

    old: ChannelId
    new: ChannelId


# -- members ----------------------------------------------------------------------------------------------------------


class MemberAdded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A member joined a queue."""

    member: MemberRecord


class MemberRemoved(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A member left a queue."""

    member: MemberRecord


class MemberPaused(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A member was paused, paused again (perhaps for another reason), or unpaused."""

    member: MemberRecord


class MemberChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A member's device state, penalty or ring-in-use was reported; nothing need have changed."""

    member: MemberRecord


# -- what queue_log says ----------------------------------------------------------------------------------------------


class LogKind(Word):
    """The facts that queue_log records and we count."""

    OFFERED = "offered"
    ANSWERED = "answered"
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    EXITED = "exited"
    RANG_OUT = "ring_no_answer"
    RING_CANCELLED = "ring_cancelled"
    RESTARTED = "restarted"
    """Asterisk started: calls that were open before have no end."""


class LogRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One fact as app_queue itself wrote it down, which is the truth where two sources differ."""

    kind: LogKind
    at: Timestamp
    """Whole seconds."""
    call: CallId | None = None
    queue: QueueName | None = None
    member: str | None = None
    """The member's name, or the interface: app_queue is not consistent (T29)."""
    wait: Seconds | None = None
    talk: Seconds | None = None
    ring: Seconds | None = None
    position: int | None = None
    leg: ChannelId | None = None
    """The agent's channel, of an answer."""
    reason: str | None = None
    """How the caller exited, in published words; for an end by transfer its kind."""
    ended_by: EndedBy | None = None
    caller: Caller = Caller()


class LogReported(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The next records of queue_log, in its order; none when nothing was written."""

    records: tuple[LogRecord, ...]
    until: Timestamp
    """Everything that was written before this moment has been read."""


class LogLost(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """queue_log cannot be read any more, or not from where we were."""

    reason: str


# -- the feed itself, and snapshots -----------------------------------------------------------------------------------


class FeedLost(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """From this moment on the switch's events do not reach us."""

    reason: str
    last_heard: Timestamp | None = None
    """The last sign of life, from which on events may be missing; ``None`` where the loss was noticed at once."""


class ResyncStarted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A full picture was asked for at ``now``; events that happened before are older than it."""


class QueueListed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A queue exists."""

    queue: QueueName
    strategy: str | None = None


class MemberListed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A member is in a queue."""

    member: MemberRecord


class CallerListed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A caller waits in a queue."""

    queue: QueueName
    call: CallId
    position: int
    wait: Seconds
    """Whole seconds so far."""
    channel: str | None = None
    caller: Caller = Caller()


class LineOrdered(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """In which order callers wait, as the switch said when it was asked; it tells nobody that they changed places."""

    queue: QueueName
    calls: tuple[CallId, ...]
    """First in line first."""


class ChannelListed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A channel exists."""

    channel: ChannelId
    name: str
    linkedid: str | None = None
    application: str | None = None
    application_data: str | None = None
    bridge: str | None = None
    duration: Seconds | None = None


class ResyncCompleted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The full picture is complete: what was not listed does not exist."""

    channels_listed: bool = False
    """Channels were listed too; without them nothing can be concluded from a channel's absence."""
    switch_started: Timestamp | None = None
    """When the switch started, whole seconds; another value than before means that it restarted."""


# -- what people ask of the bridge -------------------------------------------------------------------------------------


class CommandAnswered(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody's command has been answered; fields as in ``changes.CommandDone``."""

    user: str
    role: str
    command: str
    target: str | None
    arguments: dict[str, str]
    via: Literal["mqtt", "http", "cli", "phone", "bridge"]
    address: str | None
    transaction: str
    outcome: Literal["done", "refused", "failed", "unconfirmed"]
    reason: str | None
    message: str


# -- what people decide, and what earlier days say --------------------------------------------------------------------


class AlarmAcknowledgement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody has taken note of an alarm that fires."""

    alert: str
    by: str


class LeaveRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody asks that an agent may be away."""

    agent: AgentId
    reason: str
    """Code of the pause reason."""
    by: str


class LeaveDecision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A leader approves or refuses; approval without a request holds for any reason."""

    agent: AgentId
    is_approved: bool
    by: str
    valid_seconds: Seconds | None = None
    """How long the agent has to go; ``None`` is what ``[leave] approval_lapses`` says."""


class LeaveWithdrawal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The agent does not want to be away any more."""

    agent: AgentId


class UsualInflow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How many calls a queue is usually offered within an hour, by the same hour of earlier days."""

    queue: QueueName
    hour: Timestamp
    """When the hour begins."""
    calls: float


Event: TypeAlias = (
    CallerJoined
    | CallerLeft
    | AbandonReported
    | QueueOutcomeSet
    | QueueEntered
    | DialplanContinued
    | ChannelHungUp
    | AgentCalled
    | AgentConnected
    | AgentCompleted
    | AgentMissed
    | AgentDumped
    | DialEnded
    | ChannelHeld
    | ChannelUnheld
    | BlindTransferred
    | AttendedTransferred
    | ChannelReplaced
    | MemberAdded
    | MemberRemoved
    | MemberPaused
    | MemberChanged
    | LogReported
    | LogLost
    | FeedLost
    | ResyncStarted
    | QueueListed
    | MemberListed
    | CallerListed
    | LineOrdered
    | ChannelListed
    | ResyncCompleted
    | CommandAnswered
    | AlarmAcknowledgement
    | LeaveRequest
    | LeaveDecision
    | LeaveWithdrawal
    | UsualInflow
)
