"""The whole at one moment: what outputs read when they are asked, instead of being told."""

from collections.abc import Mapping

import msgspec

from ctibridge.domain.figures import AgentTotals, QueueTotals
from ctibridge.domain.policy import QueuePolicy
from ctibridge.domain.units import Seconds, Timestamp
from ctibridge.domain.views import AgentView, Alarm, QueueView


class QueuePicture(msgspec.Struct, frozen=True, kw_only=True):
    """One queue's state and its counts; the counts are the live ones, good until the next event."""

    view: QueueView
    totals: QueueTotals
    policy: QueuePolicy = QueuePolicy()
    """What it is held to."""


class AgentPicture(msgspec.Struct, frozen=True, kw_only=True):
    """One agent's state and counts, the present stretch of time included in ``totals.state_seconds``."""

    view: AgentView
    totals: AgentTotals


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """One PBX as it stands at ``at``."""

    at: Timestamp
    is_synced: bool
    """False before the first full picture and while the feed is lost: states and waiting callers are unknown then."""
    queues: tuple[QueuePicture, ...]
    agents: tuple[AgentPicture, ...]
    alarms: tuple[Alarm, ...] = ()
    """Those that fire, oldest first."""
    gap_seconds: Seconds
    """How long the feed was lost altogether, the present gap included."""
    repaired: int = 0
    """Facts that full pictures showed to be otherwise than believed, without a gap before."""
    recovered_calls: int = 0
    """Calls of gaps that queue_log told of."""
    is_audited: bool = False
    """queue_log is being read, and every figure held against it."""
    audit_matched: int = 0
    """Facts that AMI and queue_log told alike."""
    mismatches: Mapping[str, int] = {}
    """How often AMI and queue_log differed, by side and kind."""
    unexpected: Mapping[str, int]
    """How often the switch reported something the model did not expect, by kind."""
    broken: Mapping[str, int] = {}
    """How often our own books contradicted each other, by kind."""
