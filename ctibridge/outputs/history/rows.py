"""Rows of the history as values, one struct a table; what the columns mean stands in ``migrations``.

Moments are PBX time in epoch seconds, durations seconds.  In a row that is to be written ``None`` means "not told": it
takes nothing away from what is stored.
"""

from enum import Enum
from typing import TypeAlias

import msgspec

from ctibridge.domain.units import AgentId, CallId, QueueName, Seconds, Timestamp
from ctibridge.domain.views import AgentState


class Outcome(Enum):
    """How a caller's stay in a queue stands or ended."""

    WAITING = "waiting"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    EXITED = "exited"
    LOST = "lost"
    """Nobody told how."""


class CallRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One offer of a caller to a queue (``calls``)."""

    pbx: str
    queue: QueueName
    call: CallId
    stay: int | None = None
    """The writer gives it: the stay that began within two seconds of ``joined_at``, or the next number."""
    joined_at: Timestamp
    linkedid: str | None = None
    caller_mask: str | None = None
    caller_hmac: bytes | None = None
    position: int | None = None
    outcome: Outcome = Outcome.WAITING
    reason: str | None = None
    left_at: Timestamp | None = None
    wait_seconds: Seconds | None = None
    is_short: bool | None = None
    agent: AgentId | None = None
    ring_seconds: Seconds | None = None
    is_within_rings: bool | None = None
    talk_seconds: Seconds | None = None
    hold_seconds: Seconds | None = None
    wrap_up_seconds: Seconds | None = None
    ended_at: Timestamp | None = None
    ended_by: str | None = None
    transfer_kind: str | None = None
    level_threshold: int
    origin: str


class RefusalRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A caller whom a queue did not take (``refusals``)."""

    pbx: str
    queue: QueueName
    call: CallId
    at: Timestamp
    reason: str


class RingRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A phone that rang in vain (``rings``)."""

    pbx: str
    queue: QueueName
    call: CallId
    agent: AgentId
    at: Timestamp
    """Whole seconds."""
    number: int | None = None
    """The writer gives it."""
    outcome: str
    """``ring_no_answer`` or ``ring_cancelled``."""
    ring_seconds: Seconds | None = None
    origin: str


class IntervalRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One agent in one state for one reason (``agent_intervals``)."""

    pbx: str
    agent: AgentId
    since: Timestamp
    until: Timestamp
    state: AgentState
    reason: str | None = None
    limit_seconds: Seconds | None = None
    overrun_seconds: Seconds | None = None
    """How much of this stretch was over the limit; ``None`` where there is none."""
    origin: str


class AgentRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who is behind an agent's id (``agents``)."""

    pbx: str
    agent: AgentId
    name: str
    team: str | None = None
    seen_at: Timestamp
    """0 for somebody whom only an imported file named."""


class GapRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A time in which the bridge was blind (``gaps``)."""

    pbx: str
    since: Timestamp
    until: Timestamp
    reason: str
    is_recovered: bool


class AlarmRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One alarm as far as it has gone (``alarms``)."""

    pbx: str
    alert: str
    since: Timestamp
    until: Timestamp
    """Its end; until when it is known to have lasted, while it lasts."""
    is_over: bool = False
    rule: str
    label: str
    label_zh: str
    severity: str
    queue: str | None = None
    agent: str | None = None
    team: str | None = None
    unit: str = ""
    value: float | None = None
    """The present one: the first that is written stays as ``value``, the farthest as ``worst_value``."""
    threshold: float | None = None
    detail: str | None = None
    acknowledged_by: str | None = None
    acknowledged_at: Timestamp | None = None
    origin: str


class AlarmsLeftRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """At a start: every alarm but these ended while nobody was there to see it."""

    pbx: str
    open: tuple[tuple[str, Timestamp], ...]
    """Alert and beginning of those that go on."""


class CommandRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What somebody asked for, and what became of it (``commands``)."""

    pbx: str
    at: Timestamp
    user: str
    transaction_id: str
    command: str
    role: str
    target: str | None
    arguments: str
    """JSON object."""
    via: str
    address: str | None
    outcome: str
    reason: str | None
    message: str


class ImportRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How far a file was imported (``imports``)."""

    fingerprint: str
    pbx: str
    path: str
    offset: int
    """Bytes of uncompressed text taken in."""
    bad_lines: int
    finished_at: float | None = None
    last_at: Timestamp | None = None
    """Of the newest record taken in."""
    members: bytes | None = None
    """Who was in which queue, and paused, at that time."""


Row: TypeAlias = (
    CallRow | RefusalRow | RingRow | IntervalRow | AgentRow | GapRow | AlarmRow | AlarmsLeftRow | CommandRow
)
