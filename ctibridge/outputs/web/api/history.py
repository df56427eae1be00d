"""The past: what is answered of it, and what is asked of whoever keeps it."""

from typing import Generic, Literal, Protocol, TypeAlias, TypeVar

import msgspec

from ctibridge.domain.units import Timestamp
from ctibridge.outputs.web.api.moments import MomentText
from ctibridge.outputs.web.api.paging import Key
from ctibridge.outputs.web.api.queries import Outcome, Step

Origin: TypeAlias = Literal["ami", "snapshot", "queue_log", "derived"]
Row_co = TypeVar("Row_co", covariant=True)


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


# -- pages ------------------------------------------------------------------------------------------------------------


class _Range(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    pbx: str
    from_: MomentText
    """The first moment that counted."""
    to: MomentText
    """The first moment that no longer counted."""


class _Page(_Range, frozen=True, kw_only=True, rename={"from_": "from"}):
    next: str | None
    """`cursor` of the next page; `null` on the last one."""


class Calls(_Page, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Stays by the time of joining, the oldest first."""

    calls: list[Stay]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One caller's journey through the queues."""

    pbx: str
    call: str
    stays: list[Stay]
    rings: list[Ring]
    """Phones that rang in vain; the answering one is in the stay."""
    refusals: list[Refusal]


class AgentIntervals(_Page, frozen=True, kw_only=True, rename={"from_": "from"}):
    """An agent's states, the oldest first; the first and the last may reach beyond the range."""

    agent: str
    intervals: list[AgentInterval]


class Callbacks(_Page, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Callers to be called back, the earliest deadline first."""

    callbacks: list[Callback]


class Gaps(_Page, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Gaps that reach into the range, the oldest first."""

    gaps: list[Gap]


class Intervals(_Range, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Figures by queue and interval; calls count where their callers joined."""

    step: Step
    intervals: list[QueueInterval]


# -- what is asked of the history -------------------------------------------------------------------------------------


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From the first moment that counts to the first that does not."""

    since: Timestamp
    until: Timestamp


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows: of a PBX and a stretch of time, at most ``limit``, beginning after a row's key."""

    pbx: str
    span: Span
    limit: int
    after: Key | None


class Rows(msgspec.Struct, Generic[Row_co], frozen=True, kw_only=True):
    """One page of rows, and the key of its last row when there are more."""

    rows: list[Row_co]
    key: Key | None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one call."""

    stays: list[Stay]
    rings: list[Ring]
    refusals: list[Refusal]


class HistoryError(Exception):
    """The history cannot be read now."""


class HistorySlowError(HistoryError):
    """Reading it took too long."""


class History(Protocol):
    """The past of all PBXs; every question may raise HistoryError."""

    async def queues(self, pbx: str) -> frozenset[str]:
        """Names of queues that have calls."""

    async def agents(self, pbx: str) -> frozenset[str]:
        """Ids of agents who were seen."""

    async def calls(
        self, wanted: Wanted, *, queues: frozenset[str] | None, agent: str | None, outcome: Outcome | None
    ) -> Rows[Stay]:
        """Stays by (joined_at, queue, call, stay)."""

    async def call(self, pbx: str, call: str) -> Found:
        """One caller's stays, rings and refusals."""

    async def agent_intervals(self, wanted: Wanted, agent: str) -> Rows[AgentInterval]:
        """States that reach into the range, by (since)."""

    async def callbacks(self, wanted: Wanted, *, queues: frozenset[str] | None, now: Timestamp) -> Rows[Callback]:
        """Callers who gave up within the range and have not been reached, by (first_abandoned_at, queue, call)."""

    async def gaps(self, wanted: Wanted) -> Rows[Gap]:
        """Gaps that reach into the range, by (since)."""

    async def intervals(
        self, pbx: str, span: Span, *, queues: frozenset[str] | None, step: Step
    ) -> list[QueueInterval]:
        """Figures by queue and interval."""
