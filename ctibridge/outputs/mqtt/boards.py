"""What a public board may show of a queue: its state and its open alarms, nothing about a caller or an agent.

A board is told when something of it changes, which is less often than the state: callers come and go.
"""

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


class Boards:
    """The boards of one PBX's queues, as told last."""

    def __init__(self) -> None:
        self._told: dict[QueueName, QueueBoardData] = {}

    def renewed(self, view: QueueView) -> QueueBoardData | None:
        """The board that a queue's new state makes another one, if it does."""
        board = QueueBoardData(**{name: getattr(view, name) for name in QueueBoardData.__struct_fields__})
        if self._told.get(view.queue) == board:
            return None
        self._told[view.queue] = board
        return board

    def forget(self, queue: QueueName) -> None:
        """The queue is no more."""
        self._told.pop(queue, None)
