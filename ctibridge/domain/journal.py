"""Numbers every change once, so that all outputs, and all resends, speak of it by the same number.

Things that happened (events) take the next sequence number, without a gap.  Current states (``STATES``) take none:
they carry the number of the newest event that they include, so that a display which has a state knows from which event
on to follow.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Self, get_args, get_type_hints

import msgspec

from ctibridge.domain.changes import (
    AgentRemoved,
    AgentUpdated,
    AlarmUpdated,
    Change,
    FeedInterrupted,
    InvariantBroken,
    MismatchFound,
    QueueCurveUpdated,
    QueueRemoved,
    QueueStatsUpdated,
    QueueUpdated,
    UnexpectedSeen,
)
from ctibridge.domain.retold import Retold
from ctibridge.domain.units import Timestamp
from ctibridge.domain.views import AgentView, QueueView

STATES = (AgentUpdated, QueueUpdated, QueueStatsUpdated, QueueCurveUpdated, AgentRemoved, QueueRemoved, AlarmUpdated)
"""Changes that describe what is, not what happened."""

SILENT = (FeedInterrupted, MismatchFound, UnexpectedSeen, InvariantBroken)
"""Changes that only logs and metrics are told of."""
_STATES, _SILENT = frozenset(STATES), frozenset(SILENT)


MOST_SUBJECTS: Final = 20_000
"""Subjects whose newest number is remembered; the next event of a forgotten one says 0, as if it were the first."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One change with its place in the order of things."""

    epoch: int
    sequence: int
    """An event's own number; for a state the number of the newest event before it, 0 when there was none."""
    prevsequence: int
    """The number of the event before this one on the same subject, 0 when there was none."""
    subject: str
    """``call/1700000000.12``, ``agent/1001``, ``queue/sales``, ``alert/long_wait:sales`` or ``bridge``."""
    recorded: Timestamp
    """When the bridge took it in, on the bridge's clock."""
    change: Change
    is_retold: bool = False
    """It was told by an earlier run already, with a number: what keeps figures wants it, subscribers do not."""


class Numbers(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a journal needs to go on after a restart."""

    epoch: int
    sequence: int
    last: dict[str, int]
    """By subject, the number of its newest event; in the order of these numbers."""


class Journal:
    """Hands out numbers; one for each PBX.

    ``epoch`` grows whenever the sequence starts anew.
    """

    def __init__(self, epoch: int, sequence: int = 0) -> None:
        self.epoch = epoch
        self.sequence = sequence
        self.retold = Retold()
        """What an earlier run had told when it was cut off."""
        self._last: OrderedDict[str, int] = OrderedDict()  # The oldest of a dict is found ever more slowly.
        """In the order of their newest event; calls come and go, so the oldest are forgotten."""

    @classmethod
    def going_on(cls, numbers: Numbers) -> Self:
        """Go on where an earlier run stopped."""
        journal = cls(numbers.epoch, numbers.sequence)
        journal._last = OrderedDict(numbers.last)
        return journal

    def numbers(self) -> Numbers:
        """What a later run goes on from."""
        return Numbers(epoch=self.epoch, sequence=self.sequence, last=dict(self._last))

    def enter(self, changes: Iterable[Change], recorded: Timestamp) -> list[Entry]:
        """Number what happened, in order; silent changes are left out."""
        return [self._entry(change, recorded) for change in changes if type(change) not in _SILENT]

    def _entry(self, change: Change, recorded: Timestamp) -> Entry:
        subject = subject_of(change)
        previous = self._last.get(subject, 0)
        is_retold = self.retold.is_retold(change)
        if not is_retold and type(change) not in _STATES:
            self.sequence += 1
            self._last[subject] = self.sequence
            self._last.move_to_end(subject)
            if len(self._last) > MOST_SUBJECTS:
                self._last.popitem(last=False)
        return Entry(
            epoch=self.epoch,
            sequence=self.sequence,
            prevsequence=previous,
            subject=subject,
            recorded=recorded,
            change=change,
            is_retold=is_retold,
        )


def subject_of(change: Change) -> str:
    """What a change is about."""
    return _SUBJECTS[type(change)](change)


def _way_to_subject(kind: type) -> Callable[[Any], str]:
    """By the fields that a kind of change has; agents come first, for a call can be told of an agent."""
    fields = get_type_hints(kind)
    if fields.get("agent") is AgentView:
        return lambda change: f"agent/{change.agent.agent}"
    if "agent" in fields:
        return lambda change: f"agent/{change.agent}"
    if "facts" in fields:
        return lambda change: f"call/{change.facts.call}"
    if fields.get("queue") is QueueView:
        return lambda change: f"queue/{change.queue.queue}"
    if "queue" in fields:
        return lambda change: f"queue/{change.queue}"
    if "alarm" in fields:
        return lambda change: f"alert/{change.alarm.alert}"
    return lambda _: "bridge"


_SUBJECTS: Final[Mapping[type, Callable[[Any], str]]] = {kind: _way_to_subject(kind) for kind in get_args(Change)}
