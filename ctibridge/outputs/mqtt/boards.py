"""What a public board may show of a queue: its state and its open alarms, nothing about a caller or an agent.

A board is told when something of it changes, which is less often than the state: callers come and go.
"""

import operator
from typing import Final

import msgspec

from ctibridge.domain.units import QueueName, Timestamp
from ctibridge.domain.views import MemberCounts, QueueAlarm, QueueView, ServiceLevelTarget


class QueueBoardData(msgspec.Struct, frozen=True, kw_only=True):
    """``queue/{queue}/board``: the state without anything about a caller or an agent."""

    queue: QueueName
    label: str
    waiting: int
    oldest_since: Timestamp | None
    members: MemberCounts
    service_level: ServiceLevelTarget
    alarms: tuple[QueueAlarm, ...]
    """The oldest first."""


_fields: Final = operator.attrgetter(*QueueBoardData.__struct_fields__)


def board_of(view: QueueView) -> QueueBoardData:
    """What the board of a queue shows."""
    return QueueBoardData(**dict(zip(QueueBoardData.__struct_fields__, _fields(view), strict=True)))


class Boards:
    """The boards of one PBX's queues, as told last."""

    def __init__(self) -> None:
        self._told: dict[QueueName, tuple[object, ...]] = {}

    def is_new(self, view: QueueView) -> bool:
        """Whether a queue's new state makes its board another one; then it has been told."""
        shown = _fields(view)
        if self._told.get(view.queue) == shown:
            return False
        self._told[view.queue] = shown
        return True

    def forget(self, queue: QueueName) -> None:
        """The queue is no more."""
        self._told.pop(queue, None)
