"""One queue: its callers in line, its members, and what was counted of it."""

from collections.abc import Mapping
from typing import Final

from ctibridge.domain.caller import Stay
from ctibridge.domain.figures import QueueTotals
from ctibridge.domain.inflow import HourOfCalls
from ctibridge.domain.policy import Policy, QueuePolicy
from ctibridge.domain.units import AgentId, CallId, QueueName, Timestamp, queue_key
from ctibridge.domain.views import (
    AgentState,
    Alarm,
    MemberCounts,
    QueueAlarm,
    QueueView,
    ServiceLevelTarget,
    WaitingCaller,
)


class Queue:
    """What is known of one queue."""

    def __init__(self, name: QueueName, policy: Policy, now: Timestamp) -> None:
        self.name = name
        self.key = queue_key(name)
        self.label = policy.queue_label(name)
        self.policy = policy.queue(name)
        self.created_at = now
        """When we first heard of it."""
        self.strategy: str | None = None
        self.line: list[Stay] = []
        """Callers waiting, first in line first."""
        self.seats: dict[AgentId, AgentState] = {}
        """The members, and how each stands towards this queue; as of the last time that states were settled."""
        self.totals = QueueTotals(self.policy)
        self.ended: dict[CallId, Timestamp] = {}
        """When recent stays ended: late news of them must not open them again."""
        self.hour: HourOfCalls | None = None
        """The last whole hour, where it is known what is usual."""
        self.alarms: dict[str, Alarm] = {}
        """Rules that the queue breaks now, by the alarm's id; kept by whoever raises and resolves them."""
        self._standing = dict.fromkeys(AgentState, 0)
        self._members: MemberCounts | None = None
        self._target = _target(self.policy)
        self.published: QueueView | None = None
        self.judged: QueueView | None = None
        """The view that the rules were held against last; ``None`` when they have to be anew."""
        self.stats_revisit_at: Timestamp | None = None
        self.curve_revisit_at: Timestamp | None = None

    def adopt(self, policy: Policy) -> None:
        """Go by other rules from now on; the bounds of distributions stay, since what is counted has no other."""
        self.label = policy.queue_label(self.name)
        self.policy = policy.queue(self.name)
        self._target = _target(self.policy)

    def join(self, stay: Stay) -> None:
        """Put a caller in line, at the place the switch gave."""
        self.line.insert(min(max(stay.position - 1, 0), len(self.line)), stay)
        self._renumber()

    def leave(self, stay: Stay) -> None:
        """Take a caller out of the line."""
        if stay in self.line:
            self.line.remove(stay)
            self._renumber()

    def reorder(self, positions: dict[int, int]) -> bool:
        """Follow the order of a full picture (place by the stay's identity); True when ours was another."""
        before = list(self.line)
        self.line.sort(key=lambda stay: positions.get(id(stay), len(positions) + 1))
        self._renumber()
        return before != self.line

    def seat(self, agent: AgentId, state: AgentState) -> None:
        """Note how a member stands; the counts follow, so that a large queue costs no more than a small one."""
        before = self.seats.get(agent)
        if before is state:
            return
        if before is not None:
            self._standing[before] -= 1
        self.seats[agent] = state
        self._standing[state] += 1
        self._members = None

    def unseat(self, agent: AgentId) -> None:
        """Note that somebody is no member any more."""
        before = self.seats.pop(agent, None)
        if before is not None:
            self._standing[before] -= 1
            self._members = None

    def view(self) -> QueueView:
        """The queue's published picture."""
        oldest = min((stay.joined_at for stay in self.line), default=None)
        return QueueView(
            queue=self.name,
            label=self.label,
            strategy=self.strategy,
            waiting=len(self.line),
            oldest_since=oldest,
            callers=tuple(
                WaitingCaller(call=stay.call, position=stay.position, since=stay.joined_at, caller=stay.caller)
                for stay in self.line
            ),
            members=self._member_counts(),
            service_level=self._target,
            alarms=tuple(map(_shown, sorted(self.alarms.values(), key=lambda one: (one.since, one.alert)))),
        )

    def _member_counts(self) -> MemberCounts:
        if self._members is None:
            counts = {name: self._standing[state] for state, name in _COUNTED.items()}
            self._members = MemberCounts(total=len(self.seats), **counts)
        return self._members

    def _renumber(self) -> None:
        for index, stay in enumerate(self.line):
            stay.position = index + 1


_COUNTED: Final[Mapping[AgentState, str]] = {
    state: state.value for state in AgentState if state is not AgentState.LOGGED_OUT
}
"""States that ``MemberCounts`` counts, and its fields for them."""


def _target(policy: QueuePolicy) -> ServiceLevelTarget:
    return ServiceLevelTarget(
        threshold_seconds=policy.service_level_threshold, target_ratio=policy.service_level_target
    )


def _shown(alarm: Alarm) -> QueueAlarm:
    return QueueAlarm(**{name: getattr(alarm, name) for name in QueueAlarm.__struct_fields__})
