"""One caller's stay in one queue, and how it ends.

Theory of operation
-------------------
app_queue does not say in one event why a caller left.  ``QueueCallerAbandon`` is also sent for time-outs, empty queues
and withdrawals; the reason follows in ``QUEUESTATUS``, before the dialplan goes on (T1, T2).  ``QueueCallerLeave``
comes before ``AgentConnect`` by any amount of time (T4), and alone before an exit by key, of which there is no other
trace than that the caller's channel goes on without an agent (T3).  So a stay passes through two stages of doubt,
``LEFT`` and ``GIVING_UP``, which the caller's next step, hang-up or next queue resolve.

An abandon is what is left when none of these says otherwise; a caller who simply vanished while we could not see is
``LOST``, which is no abandon.  Everything that decides how a stay ends stands in ``TRANSITIONS``.  (T-numbers, here and
elsewhere: docs/asterisk.md.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from ctibridge.domain.events import Caller, QueueOutcome
from ctibridge.domain.units import AgentId, CallId, ChannelId, Interface, QueueKey, QueueName, Seconds, Timestamp, Word


class Stage(Word):
    """Where a stay stands."""

    WAITING = "waiting"
    LEFT = "left"
    """Out of the line: an agent's phone answered, or the caller pressed a key."""
    GIVING_UP = "giving_up"
    """An "abandon" was reported; it may turn out to be a time-out, an empty queue or a withdrawal."""
    CONNECTED = "connected"
    ABANDONED = "abandoned"
    EXITED = "exited"
    LOST = "lost"


class Step(Word):
    """What can happen to a stay."""

    LEFT_LINE = "left_line"
    GAVE_UP = "gave_up"
    CONNECTED = "connected"
    TOLD_WHY = "told_why"
    """``QUEUESTATUS`` was set to a reason for leaving."""
    MOVED_ON = "moved_on"
    """The caller's channel went on in the dialplan, or was hung up."""
    REJOINED = "rejoined"
    """The same caller joined a queue again."""
    SETTLED = "settled"
    """Nothing more was heard for a while."""
    MISSED = "missed"
    """A full picture does not show the caller any more."""


_S = Stage
TRANSITIONS: Final[Mapping[Stage, Mapping[Step, Stage]]] = MappingProxyType(
    {
        _S.WAITING: {
            Step.LEFT_LINE: _S.LEFT,
            Step.GAVE_UP: _S.GIVING_UP,
            Step.CONNECTED: _S.CONNECTED,
            Step.TOLD_WHY: _S.EXITED,
            Step.REJOINED: _S.LOST,
            Step.MISSED: _S.LOST,
        },
        _S.LEFT: {
            Step.GAVE_UP: _S.GIVING_UP,
            Step.CONNECTED: _S.CONNECTED,
            Step.TOLD_WHY: _S.EXITED,
            Step.MOVED_ON: _S.EXITED,
            Step.REJOINED: _S.EXITED,
            Step.MISSED: _S.LOST,
        },
        _S.GIVING_UP: {
            Step.CONNECTED: _S.CONNECTED,
            Step.TOLD_WHY: _S.EXITED,
            Step.MOVED_ON: _S.ABANDONED,
            Step.REJOINED: _S.ABANDONED,
            Step.SETTLED: _S.ABANDONED,
            Step.MISSED: _S.LOST,
        },
        _S.CONNECTED: {},
        _S.ABANDONED: {},
        _S.EXITED: {},
        _S.LOST: {},
    }
)
"""A step that is not listed changes nothing: app_queue repeats itself (T6), and an ended stay has no late news."""

OPEN: Final = frozenset(stage for stage, steps in TRANSITIONS.items() if steps)
"""Stages of a stay whose end is not known yet."""

EXIT_REASON: Final[Mapping[QueueOutcome, str]] = MappingProxyType(
    {
        QueueOutcome.TIMEOUT: "timeout",
        QueueOutcome.LEAVE_EMPTY: "empty",
        QueueOutcome.LEAVE_UNAVAILABLE: "unavailable",
        QueueOutcome.WITHDRAW: "withdrawn",
        QueueOutcome.CONTINUE: "continued",
    }
)
"""What a stay that began can end with, in published words."""

EXIT_BY_KEY: Final = "key"

REFUSAL_REASON: Final[Mapping[QueueOutcome, str]] = MappingProxyType(
    {
        QueueOutcome.FULL: "full",
        QueueOutcome.JOIN_EMPTY: "join_empty",
        QueueOutcome.JOIN_UNAVAILABLE: "join_unavailable",
        QueueOutcome.UNKNOWN: "unknown_queue",
    }
)
"""Why a stay never began, in published words."""


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One phone ringing for one stay."""

    agent: AgentId
    interface: Interface
    leg: ChannelId | None
    since: Timestamp
    answered_at: Timestamp | None = None
    """When the phone was picked up; the caller hears an announcement or a delay before they talk."""
    is_stopped: bool = False
    """It rings no more; what that means is known when the stay ends."""
    stopped_at: Timestamp | None = None
    """When it was cancelled."""
    is_cancelled_twice: bool = False
    """As every ring is that the caller cuts off; one that is forwarded in vain is cancelled once."""
    is_missed: bool = False
    """It was told that nobody answered it; kept to know that news when it comes twice."""
    lost_to_colleague: bool = False
    """It stopped because another phone was picked up: queue_log writes nothing for it (T12)."""


@dataclass(slots=True, kw_only=True, eq=False)
class Stay:
    """One caller in one queue, from joining to leaving."""

    queue: QueueName
    key: QueueKey
    call: CallId
    linkedid: str | None
    caller: Caller
    joined_at: Timestamp
    position: int
    stage: Stage = Stage.WAITING
    known_as: set[str] = field(default_factory=set)
    """Every channel id that has stood for the caller."""
    attempts: dict[Interface, Attempt] = field(default_factory=dict)
    phone_answered: bool = False
    """Some phone was picked up and the agent has not hung up since."""
    is_level_decided: bool = False
    """It has been counted for or against the service level."""
    is_wait_told: bool = False
    """It has been said that the caller waits for too long."""
    stated_wait: Seconds | None = None
    awaits_log: bool = False
    """It ended in a gap: how, only queue_log can tell, and nothing that AMI says later is about it."""
    left_at: Timestamp | None = None
    """When it left the line; how it ends may show later."""
    is_read_first: bool = False
    """queue_log told of it, and AMI has not yet: it may be late (T37)."""
    caller_gone: bool = False
    """The channel it joined with is gone, though the stay is not: a transfer we were not told of (T23)."""

    @property
    def is_settling(self) -> bool:
        """True when the caller is out of the line and it shows only later why."""
        return self.is_open and self.stage is not Stage.WAITING

    @property
    def is_open(self) -> bool:
        """True while it is not known how the stay ends."""
        return self.stage in OPEN

    def may_be_to_come(self, now: Timestamp) -> bool:
        """True when AMI, by what it tells of now, may have to tell still that the caller joins: a record's second."""
        return self.is_read_first and self.stage is Stage.WAITING and now < self.joined_at + 1

    def step(self, step: Step) -> bool:
        """Take a step; False when it means nothing at this stage."""
        after = TRANSITIONS[self.stage].get(step)
        if after is None:
            return False
        self.stage = after
        return True

    def wait_until(self, now: Timestamp) -> Seconds:
        """Whole seconds waited, counted as app_queue does: the difference of two truncated clocks (T14)."""
        return Seconds(max(0, int(now) - int(self.joined_at)))
