"""One attempt to reach one member for one caller."""

from enum import Enum, auto

from ctibridge.simulator.channels import Channel
from ctibridge.simulator.queues import Entry, Member


class Phase(Enum):
    """How far an attempt has come."""

    NOT_CALLED = auto()
    CALLED = auto()
    ANSWERED = auto()
    REFUSED = auto()
    """The telephone said busy, and app_queue has not looked yet."""
    OVER = auto()


class Attempt:
    """A member who may be, is or was being called for a caller."""

    def __init__(self, entry: Entry, member: Member, metric: int) -> None:
        self.entry = entry
        self.member = member
        self.metric = metric
        self.phase = Phase.NOT_CALLED
        self.has_hung_up = False
        """Whether the agent has ended the conversation."""
        self.rest: tuple[str, float] | None = None
        """Reason and length (seconds) of the pause that the agent will take after the conversation."""
        self.transfer: tuple[str, str] | None = None
        """Extension and context that the agent sends the caller to."""
        self._leg: Channel | None = None

    @property
    def leg(self) -> Channel:
        """The leg to the member; there is one from ``CALLED`` on."""
        if self._leg is None:
            raise LookupError(f"{self.member.interface} was not called")
        return self._leg

    @leg.setter
    def leg(self, leg: Channel) -> None:
        self._leg = leg

    @property
    def is_under_way(self) -> bool:
        """Whether a leg to the member exists."""
        return self.phase in {Phase.CALLED, Phase.ANSWERED, Phase.REFUSED}
