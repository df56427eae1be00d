"""One answered call between a caller and an agent, until app_queue says that it ended.

That can be long after the agent is free: app_queue tracks hang-up requests, and when a bridge merely dissolves it goes
on until the caller hangs up (T16).  So being *open* (its record will still come) and being *attached* (the agent is
busy with it) are two things.
"""

from dataclasses import dataclass, field

from ctibridge.domain.caller import Stay
from ctibridge.domain.events import EndedBy
from ctibridge.domain.units import AgentId, ChannelId, Interface, Seconds, Timestamp


@dataclass(slots=True, kw_only=True, eq=False)
class Talk:
    """What is known of one answered call."""

    stay: Stay
    agent: AgentId
    interface: Interface
    leg: ChannelId | None
    since: Timestamp
    wait: Seconds
    ring: Seconds | None
    within_rings: bool | None
    is_open: bool = True
    is_attached: bool = True
    is_unnamed: bool = False
    """Its answer told of no queue and no member, and so will its end (T41)."""
    leg_moved: bool = False
    """The agent's Local channel was optimised away: its device state no longer speaks of this call (T25)."""
    held_since: Timestamp | None = None
    held: float = 0.0
    talked: Seconds | None = None
    ended_by: EndedBy | None = None
    transfer_kind: str | None = None
    """``blind`` or ``attended``, once the switch has told of the transfer."""
    is_transfer_counted: bool = False
    ids: set[str] = field(default_factory=set)
    """Every channel and linked id by which other events may speak of this call."""

    def hold(self, now: Timestamp) -> bool:
        """The caller is put on hold; False when that was known."""
        if self.held_since is not None or not self.is_open:
            return False
        self.held_since = now
        return True

    def resume(self, now: Timestamp) -> bool:
        """The caller is off hold; False when there was no hold."""
        if self.held_since is None:
            return False
        self.held += max(0.0, now - self.held_since)
        self.held_since = None
        return True
