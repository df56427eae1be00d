"""The past: pages of rows as they are answered, and what is asked of whoever keeps it."""

from typing import Generic, Protocol, TypeVar

import msgspec

from ctibridge.domain.units import Timestamp
from ctibridge.outputs.web.api.moments import MomentText
from ctibridge.outputs.web.api.paging import Key
from ctibridge.outputs.web.api.queries import Outcome, Step
from ctibridge.outputs.web.api.rows import (
    AgentInterval,
    Callback,
    Command,
    Gap,
    PastAlarm,
    QueueInterval,
    Refusal,
    Ring,
    Stay,
)

Row_co = TypeVar("Row_co", covariant=True)


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


class PastAlarms(_Page, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Alarms that fired at any time of the range, the oldest first."""

    alarms: list[PastAlarm]


class Commands(_Page, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Commands by when they were answered, the oldest first."""

    commands: list[Command]


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


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Which alarms: of an agent, else of a team, else of a queue that is named; ``None`` is all there are."""

    queues: frozenset[str] | None = None
    agents: frozenset[str] | None = None
    teams: frozenset[str] | None = None


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
        self,
        wanted: Wanted,
        *,
        queues: frozenset[str] | None,
        agents: frozenset[str] | None,
        outcome: Outcome | None,
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

    async def alarms(
        self, wanted: Wanted, *, queues: frozenset[str] | None, agent: str | None, rule: str | None, about: About
    ) -> Rows[PastAlarm]:
        """Alarms that fired within the range, by (since, alert)."""

    async def commands(self, wanted: Wanted, *, user: str | None) -> Rows[Command]:
        """Commands of the range, by (at, user, transaction)."""

    async def intervals(
        self, pbx: str, span: Span, *, queues: frozenset[str] | None, step: Step
    ) -> list[QueueInterval]:
        """Figures by queue and interval."""
