"""What waits for one broker: events in line, states that changed, and everything it should hold.  Pure."""

from collections.abc import Iterator, Sequence

from ctibridge.domain.changes import Resynced
from ctibridge.domain.journal import Entry
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.draft import Draft
from ctibridge.outputs.mqtt.lane import Lane
from ctibridge.outputs.mqtt.message import Message
from ctibridge.outputs.mqtt.mirror import Mirror
from ctibridge.outputs.mqtt.outbox_event import OutboxEvent


class Outgoing:
    """Events are kept one by one, of states only the newest by topic."""

    def __init__(self, announcer: Announcer, lane: Lane, sequence: int = 0) -> None:
        self.mirror = Mirror()
        self.lane = lane
        self.sequence = sequence
        """Of the newest event."""
        self._announcer = announcer
        self._due: dict[str, Draft] = {}

    @property
    def is_waiting(self) -> bool:
        """True when there is something to send."""
        return bool(self._due) or self.lane.has_waiting

    @property
    def states_due(self) -> int:
        """How many states are to be sent."""
        return len(self._due)

    def accept(self, entries: Sequence[Entry], events: Sequence[OutboxEvent]) -> None:
        """Take note of changes in their order; ``events`` are those among them that have a number."""
        self.lane.append(events)
        for draft in self._announcer.states(entries):
            self.mirror.put(draft)
            self._due[draft.topic] = draft
        self.sequence = max(self.sequence, *(entry.sequence for entry in entries), 0)
        if any(isinstance(entry.change, Resynced) for entry in entries):
            self.mirror.is_complete = True

    def birth(self) -> Iterator[Message]:
        """Every state as of now; what becomes due from here on is newer."""
        self._due.clear()
        return (draft.message() for draft in self.mirror)

    def take_states(self) -> dict[str, Draft]:
        """Those that are due, figures last.

        All at once, because a state that becomes due later may include an event that is not sent yet.
        """
        due, self._due = self._due, {}
        return dict(sorted(due.items(), key=lambda item: item[1].kind == "stats"))

    def give_back(self, states: dict[str, Draft]) -> None:
        """What was taken and not sent; newer ones win."""
        self._due = states | self._due
