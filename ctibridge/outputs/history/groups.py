"""What the queries of reports give: groups of calls, rings and time, and single rows."""

import msgspec

from ctibridge.domain.figures import Counts


class CallGroup(msgspec.Struct, frozen=True, array_like=True):
    """Calls that are alike: so many waited as long and came to the same end."""

    period: int
    """Index into the scope's periods."""
    pbx: str
    queue: str
    outcome: str
    wait_seconds: float | None
    level_threshold: int
    count: int
    short: int
    within_rings: int
    rings_known: int
    talk_seconds: float
    completed: int
    hold_seconds: float
    hold_known: int
    wrap_up_seconds: float
    wrap_up_known: int
    transferred: int
    numbers_known: int
    repeated: int
    """Of those with a number: it had called in the 30 days before."""


class AgentCalls(msgspec.Struct, frozen=True, array_like=True):
    """What an agent answered in a period, over the queues of the scope."""

    period: int
    pbx: str
    agent: str
    answered: int
    wait_seconds: float
    late: int
    within_rings: int
    rings_known: int
    talk_seconds: float
    completed: int
    hold_seconds: float
    hold_known: int
    wrap_up_seconds: float
    wrap_up_known: int
    transferred: int


class Refused(msgspec.Struct, frozen=True, array_like=True):
    """Callers whom a queue did not take."""

    period: int
    pbx: str
    queue: str
    count: int


class KeptCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of calls whose detail was deleted."""

    period: int
    pbx: str
    queue: str
    counts: Counts


class RingGroup(msgspec.Struct, frozen=True, array_like=True):
    """Phones that rang in vain."""

    period: int
    pbx: str
    name: str
    """Of the queue or of the agent, as asked."""
    outcome: str
    count: int


class Inflow(msgspec.Struct, frozen=True, array_like=True):
    """Calls offered in a period."""

    period: int
    count: int


class QueueInflow(msgspec.Struct, frozen=True, array_like=True):
    """Calls offered to a queue in a period."""

    period: int
    queue: str
    count: int


class StateTime(msgspec.Struct, frozen=True, array_like=True):
    """Time of an agent in one state for one reason, cut to the period."""

    period: int
    pbx: str
    agent: str
    state: str
    reason: str | None
    count: int
    """Stretches that began in the period."""
    seconds: float
    exceeded: int
    """Stretches, counted where they began, that went beyond their limit."""
    overrun_seconds: float
    is_watched: int
    """Somebody watched the agent; queue_log alone tells of pauses and of no other state."""


class Person(msgspec.Struct, frozen=True, array_like=True):
    """Who is behind an agent's id."""

    pbx: str
    agent: str
    name: str
    team: str | None


class Stretch(msgspec.Struct, frozen=True, array_like=True):
    """One stretch of an agent's day, cut to the range."""

    pbx: str
    agent: str
    since: float
    until: float
    state: str
    reason: str | None
    overrun_seconds: float | None


class CallRecord(msgspec.Struct, frozen=True, array_like=True):
    """One offer, or one refusal, as kept."""

    pbx: str
    queue: str
    call: str
    joined_at: float
    caller_mask: str | None
    position: int | None
    outcome: str
    reason: str | None
    left_at: float | None
    wait_seconds: float | None
    is_short: int | None
    agent: str | None
    ring_seconds: float | None
    talk_seconds: float | None
    hold_seconds: float | None
    wrap_up_seconds: float | None
    ended_at: float | None
    ended_by: str | None
    transfer_kind: str | None


class Unreached(msgspec.Struct, frozen=True, array_like=True):
    """A caller who gave up and was not answered since."""

    pbx: str
    queue: str
    """Of the last abandon."""
    caller_mask: str | None
    abandons: int
    first_at: float
    last_at: float
    longest_wait_seconds: float | None
    is_short: int
    """All of these waits were short."""
