"""What the wire side counts for the metrics: errors by kind, events by name."""

from collections import Counter
from enum import Enum
from typing import Final


class ErrorKind(Enum):
    """The label ``kind`` of ``ctibridge_ami_errors_total``."""

    OVERSIZE_FRAME = "oversize_frame"
    """A message larger than the limit; dropped."""
    NOT_A_MESSAGE = "not_a_message"
    """Bytes between two blank lines that are neither an event nor a response; dropped."""
    FORGED_EVENT = "forged_event"
    """Text that was smuggled in through a caller's number and posed as an event; dropped."""
    DAMAGED_EVENT = "damaged_event"
    """An event that line breaks in a value tore apart; put together again where that is possible."""
    MISSING_HEADER = "missing_header"
    """An event without a header that it cannot do without; skipped."""
    ABSURD_VALUE = "absurd_value"
    """A header whose value cannot be true; the header is ignored, or the event where it means nothing without."""
    UNASKED_REPLY = "unasked_reply"
    """A reply or a list that we did not ask for; dropped."""
    CONNECT_FAILED = "connect_failed"
    LOGIN_REFUSED = "login_refused"
    CONNECTION_LOST = "connection_lost"
    SILENT_PEER = "silent_peer"
    SNAPSHOT_FAILED = "snapshot_failed"


OTHER_EVENT: Final = "other"

EVENT_LABELS: Final = frozenset(
    # One word a line would be a hundred lines.
    """
    AgentCalled AgentComplete AgentConnect AgentDump AgentLogin AgentLogoff AgentRingNoAnswer AttendedTransfer
    BlindTransfer BridgeCreate BridgeDestroy BridgeEnter BridgeLeave BridgeMerge Cdr CEL ChallengeSent ChanSpyStart
    ChanSpyStop ContactStatus CoreShowChannel CoreShowChannelsComplete DeviceStateChange DialBegin DialEnd DialState
    DTMFBegin DTMFEnd ExtensionStatus FullyBooted Hangup HangupRequest Hold InvalidPassword LocalBridge
    LocalOptimizationBegin LocalOptimizationEnd MusicOnHoldStart MusicOnHoldStop NewAccountCode NewCallerid
    NewConnectedLine Newchannel Newexten Newstate OriginateResponse ParkedCall ParkedCallGiveUp ParkedCallSwap
    ParkedCallTimeOut PeerStatus Pickup PresenceStateChange QueueCallerAbandon QueueCallerJoin QueueCallerLeave
    QueueEntry QueueMember QueueMemberAdded QueueMemberPause QueueMemberPenalty QueueMemberRemoved
    QueueMemberRinginuse QueueMemberStatus QueueParams QueueStatusComplete Registry Reload Rename RTCPReceived
    RTCPSent Shutdown SoftHangupRequest SuccessfulAuth TestEvent UnParkedCall Unhold UserEvent VarSet
    """.split()  # noqa: SIM905
)
"""Event names that may become label values; a PBX could invent any other (``UserEvent`` modules, forged text)."""


class AmiCounts:
    """Counters of one PBX's wire side; they only grow."""

    def __init__(self) -> None:
        self.errors: Counter[ErrorKind] = Counter()
        self.events: Counter[str] = Counter()
        """Events by name; names outside ``EVENT_LABELS`` are one, ``other``."""
        self.connects = 0
        """Successful logins."""
        self.last_event_at: float | None = None
        """When the last event arrived, PBX time; what ``ctibridge_ami_last_event_timestamp_seconds`` says."""

    def error(self, kind: ErrorKind) -> None:
        """Count one error."""
        self.errors[kind] += 1

    def event(self, name: str) -> None:
        """Count one event by its name, or as ``other``."""
        self.events[name if name in EVENT_LABELS else OTHER_EVENT] += 1
