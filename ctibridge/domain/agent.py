"""One agent over all queues: membership, pause and engagement, and their projection to the one state people see.

Theory of operation
-------------------
Three things change independently of each other.  *Membership*: which queues the agent is in, each with its own pause.
*Pause*: the agent wants no calls when every membership is paused.  *Engagement*: phones that ring, calls that talk,
wrap-up that runs until a moment known beforehand, and what the device itself says.  ``PRECEDENCE`` is the whole
projection: the first line that holds is the state.

A device in use is only taken for a call of the agent's own after ``DEVICE_SETTLES`` without a queue call that explains
it: around each queue call the device's reports come a little earlier or later than app_queue's.
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from ctibridge.domain.caller import Attempt, Stay
from ctibridge.domain.events import DeviceStatus, MemberRecord
from ctibridge.domain.figures import AgentTotals
from ctibridge.domain.policy import PauseReason, Policy
from ctibridge.domain.talk import Talk
from ctibridge.domain.units import AgentId, Interface, QueueKey, QueueName, Seconds, Timestamp, queue_key
from ctibridge.domain.views import (
    Activity,
    AgentCall,
    AgentState,
    AgentToday,
    AgentView,
    Leave,
    Limit,
    LimitStage,
    Membership,
    Presence,
)

DEVICE_SETTLES: Final = Seconds(0.5)
AHEAD: Final = Seconds(2)
"""How far a whole second that Asterisk remembers may be ahead of a picture's time."""

_BUSY: Final = frozenset({DeviceStatus.IN_USE, DeviceStatus.BUSY, DeviceStatus.RING_IN_USE, DeviceStatus.ON_HOLD})
_GONE: Final = frozenset({DeviceStatus.UNAVAILABLE, DeviceStatus.INVALID})
_SAYS: Final = (_BUSY, frozenset({DeviceStatus.RINGING}), frozenset({DeviceStatus.NOT_IN_USE}), _GONE)
"""What several devices say together: the first of these that any of them says."""
_FREE: Final = (AgentState.READY, AgentState.WRAP_UP, AgentState.UNREACHABLE)
"""States beside which the agent may be paused in one queue alone."""

MemberKey = tuple[QueueKey, Interface]


CLOCKED: Final = (
    "since",
    "counted_since",
    "wrap_up_until",
    "wrap_up_since",
    "last_call_ended",
    "in_use_since",
    "device_explained_until",
    "limit_since",
    "unapproved_since",
    "reason_missing_since",
)
"""Moments of an agent that are compared with the PBX's time."""


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """All of the agent's memberships are paused."""

    reason: str | None
    since: Timestamp


class BeforeGap(msgspec.Struct, frozen=True, kw_only=True):
    """How an agent stood when the feed was lost."""

    state: AgentState
    reason: str | None
    since: Timestamp
    lost_at: Timestamp


class Member:
    """One interface's place in one queue, as last reported."""

    __slots__ = ("listed_at", "paused_at", "record", "reported_at", "status_since")

    def __init__(self, record: MemberRecord, reported_at: Timestamp, status_since: Timestamp) -> None:
        self.record = record
        self.reported_at = reported_at
        """By an event."""
        self.listed_at = Timestamp(0)
        """By a full picture."""
        self.status_since = status_since
        """When another device status was reported than before."""
        self.paused_at = reported_at
        """When the pause or its reason was reported otherwise than before."""


class Agent:
    """What is known of one agent; the rules are in the module's docstring."""

    __slots__ = (
        "_device",
        "_places",
        "approved_by",
        "at_day_start",
        "attempts",
        "before_gap",
        "counted_since",
        "device_explained_until",
        "id",
        "in_use_since",
        "interface",
        "is_feed_lost",
        "last_call_ended",
        "last_queue",
        "leave",
        "limit_since",
        "limit_stage",
        "members",
        "missed_in_row",
        "missed_queue",
        "name",
        "pause",
        "published",
        "reason",
        "reason_missing_since",
        "since",
        "state",
        "talks",
        "team",
        "totals",
        "unapproved_since",
        "wrap_up_since",
        "wrap_up_until",
    )

    def __init__(self, agent: AgentId, policy: Policy, now: Timestamp) -> None:
        self.id = agent
        self.team = policy.team_of(agent)
        self.name: str = agent
        self.interface = Interface("")
        self.members: dict[MemberKey, Member] = {}
        self.attempts: dict[int, tuple[Stay, Attempt]] = {}
        """Phones ringing now, by the attempt's identity."""
        self.talks: list[Talk] = []
        """Calls the agent is engaged in."""
        self.pause: Pause | None = None
        self.wrap_up_until: Timestamp | None = None
        self.wrap_up_since = now
        """When the present wrap-up began to count for its queue."""
        self.last_queue: QueueName | None = None
        """Where the last call came from: wrap-up is done for this queue."""
        self.last_call_ended: Timestamp | None = None
        self.is_feed_lost = False
        self.state = AgentState.LOGGED_OUT
        self.reason: str | None = None
        self.since = now
        self.counted_since = now
        """Up to when time has been added to ``totals.state_seconds``."""
        self.in_use_since: Timestamp | None = None
        """Since when the device has been in use, for whatever."""
        self.device_explained_until = Timestamp(0)
        """When the last ring or talk ended that explained a device in use."""
        self.limit_since: Timestamp | None = None
        """When the present pause, with its present reason, began to count against its limit."""
        self.limit_stage = LimitStage.OK
        self.leave: Leave | None = None
        self.approved_by: str | None = None
        """Who allowed the present absence."""
        self.unapproved_since: Timestamp | None = None
        """Since when the agent has been away without the approval that the reason needs."""
        self.reason_missing_since: Timestamp | None = None
        self.missed_in_row = 0
        """Rings that were not answered since the last answer."""
        self.missed_queue: QueueName | None = None
        """The queue of the last of them."""
        self.before_gap: BeforeGap | None = None
        self.totals = AgentTotals(agent=agent)
        self.at_day_start = AgentTotals(agent=agent)
        self.published: AgentView | None = None
        self._device: DeviceStatus | None = None
        self._places: dict[QueueName, Membership] | None = None
        """What follows from the memberships alone; ``None`` until somebody asks."""

    def set_clock(self, by: Seconds, now: Timestamp) -> None:
        """The PBX's clock was set to ``now``: what began so long ago still did, what comes is as near as it was.

        By a clock that was set back something may have begun already, before that was known.
        """
        for name in CLOCKED:
            moment = getattr(self, name)
            if moment is not None and (by > 0 or moment > now):
                setattr(self, name, Timestamp(moment + by))
        if self.pause is not None and (by > 0 or self.pause.since > now):
            self.pause = msgspec.structs.replace(self.pause, since=Timestamp(self.pause.since + by))

    # -- what follows from what is known ------------------------------------------------------------------------------

    def device(self) -> DeviceStatus:
        """What the agent's devices say: busy wins, then ringing; gone only when all are; unknown when none can tell."""
        if self._device is None:
            self._device = self._told_of_devices()
        return self._device

    def _told_of_devices(self) -> DeviceStatus:
        """Of several members with one device, that whose status moved last is told of it; others may be stuck (T31)."""
        latest: dict[Interface, tuple[Timestamp, DeviceStatus]] = {}
        for member in self.members.values():
            record = member.record
            known = latest.get(record.state_interface)
            tells_more = known is None or known[1] is DeviceStatus.UNKNOWN or member.status_since >= known[0]
            if tells_more and not (known and record.status is DeviceStatus.UNKNOWN):
                latest[record.state_interface] = (member.status_since, record.status)
        statuses = {status for _, status in latest.values()}
        found = next((found for wanted in _SAYS if (found := statuses & wanted)), None)
        return max(found) if found else DeviceStatus.UNKNOWN

    def device_busy_since(self) -> Timestamp | None:
        """Since when the device has been in use without a queue call that explains it."""
        if self.in_use_since is None or self.is_engaged:
            return None
        return max(self.in_use_since, self.device_explained_until)

    def follow_device(self, reported_at: Timestamp) -> None:
        """Note since when the device has been in use, after anything was reported of a membership."""
        self._device = self._places = None
        if self.device() not in _BUSY:
            self.in_use_since = None
        elif self.in_use_since is None:
            self.in_use_since = reported_at

    @property
    def is_engaged(self) -> bool:
        """True while a queue call rings or talks at the agent."""
        return bool(self.attempts) or self.attached_talk() is not None

    def attached_talk(self) -> Talk | None:
        """The queue call the agent is busy with, the newest if there are several."""
        for talk in reversed(self.talks):
            if talk.is_attached:
                return talk
        return None

    def ringing(self) -> tuple[Stay, Attempt] | None:
        """The newest call whose phone rings or was just picked up."""
        return next(reversed(self.attempts.values())) if self.attempts else None

    def membership_pause(self) -> str | None:
        """The reason of the membership that was paused last, when every one is."""
        newest = max(self.members.values(), key=lambda m: (m.paused_at, m.record.last_pause or 0))
        return newest.record.pause_reason or None

    def all_paused(self) -> bool:
        """True when no queue would call the agent because of a pause."""
        return bool(self.members) and all(m.record.is_paused for m in self.members.values())

    def last_call(self, now: Timestamp) -> Timestamp:
        """When the agent's last queue call ended, as Asterisk remembers; 0 when it does not."""
        return _latest((member.record.last_call for member in self.members.values()), now)

    def last_pause(self, now: Timestamp) -> Timestamp:
        """When the agent paused last, as Asterisk remembers; 0 when it does not."""
        return _latest((member.record.last_pause for member in self.members.values()), now)

    def is_wrapping_up(self, now: Timestamp) -> bool:
        """True while the automatic wrap-up runs."""
        return self.wrap_up_until is not None and now < self.wrap_up_until

    # -- the projection -----------------------------------------------------------------------------------------------

    def project(self, policy: Policy, now: Timestamp) -> tuple[AgentState, str | None]:
        """The state that people see at ``now``, and the pause reason where it is one."""
        pause = self.pause
        reason = policy.pause_reason(pause.reason) if pause is not None else None
        state = next(state for state, holds in PRECEDENCE if holds(self, reason, now))
        return state, (pause.reason if pause is not None and state in _PAUSED else None)

    def activity(self, policy: Policy, now: Timestamp) -> Activity:
        """What the phone is doing, whatever the pause."""
        talk = self.attached_talk()
        device = self.device()
        if talk:
            return Activity.ON_HOLD if talk.held_since is not None else Activity.ON_CALL
        if self.attempts:
            return Activity.ON_CALL if _is_picked_up(self) else Activity.RINGING
        if self.state is AgentState.BUSY:
            return Activity.ON_HOLD if device is DeviceStatus.ON_HOLD else Activity.ON_CALL
        if device is DeviceStatus.RINGING:
            return Activity.RINGING
        if device in _GONE:
            return Activity.UNREACHABLE
        return Activity.WRAP_UP if self.project(policy, now)[0] is AgentState.WRAP_UP else Activity.IDLE

    def view(self, policy: Policy, now: Timestamp) -> AgentView:
        """The agent's published picture."""
        reason = policy.pause_reason(self.reason) if self.reason is not None else None
        return AgentView(
            agent=self.id,
            name=self.name,
            team=self.team,
            interface=self.interface,
            state=self.state,
            since=self.since,
            reason=self.reason,
            reason_label=(reason.label or reason.code) if reason else self.reason,
            limit=self.limit(policy) if self.limit_since is not None else None,
            presence=self._presence(policy),
            activity=self.activity(policy, now),
            call=self._call(),
            queues=self._memberships(),
            today=self._today(),
            leave=self.leave,
        )

    def limit(self, policy: Policy) -> Limit | None:
        """The limit that runs now."""
        reason = policy.pause_reason(self.pause.reason) if self.pause else None
        if reason is None or reason.limit is None or self.limit_since is None:
            return None
        deadline = Timestamp(self.limit_since + reason.limit)
        return Limit(seconds=reason.limit, deadline=deadline, stage=self.limit_stage, approved_by=self.approved_by)

    def state_in(self, key: QueueKey) -> AgentState:
        """The state as one queue has it: a pause may hold for this queue alone."""
        if self.pause is None and self.state in _FREE:
            mine = [m.record.is_paused for (queue, _), m in self.members.items() if queue == key]
            if mine and all(mine):
                return AgentState.NOT_READY
        return self.state

    def wrap_up_seconds(self, queue: QueueName, interface: Interface, policy: Policy) -> Seconds:
        """How long Asterisk keeps the agent free after a call of this queue: the member's own time, or the queue's."""
        member = self.members.get((queue_key(queue), interface))
        own = member.record.wrap_up if member else None
        return own or policy.queue(queue).wrap_up

    def totals_at(self, now: Timestamp) -> AgentTotals:
        """A copy of the totals with the present stretch of time in it."""
        seconds = dict(self.totals.state_seconds)
        present = self.state.value
        seconds[present] = Seconds(seconds.get(present, 0.0) + max(0.0, now - self.counted_since))
        own = self.totals
        return msgspec.structs.replace(
            own,
            state_seconds=seconds,
            answered=own.answered.copy(),
            limits_exceeded=own.limits_exceeded.copy(),
        )

    def count_time(self, until: Timestamp) -> None:
        """Add the present state's time up to a moment to the totals."""
        seconds = max(0.0, until - self.counted_since)
        name = self.state.value
        self.totals.state_seconds[name] = Seconds(self.totals.state_seconds.get(name, 0.0) + seconds)
        self.counted_since = max(self.counted_since, until)

    def begin_day(self, now: Timestamp) -> None:
        """Let the day's figures start at nothing."""
        self.count_time(now)
        self.at_day_start = msgspec.structs.replace(
            self.totals, answered=dict(self.totals.answered), state_seconds=dict(self.totals.state_seconds)
        )

    def counts(self) -> AgentTotals:
        """A copy of what has been counted."""
        return msgspec.structs.replace(self.totals, answered=dict(self.totals.answered))

    def count_before_day(self, before: AgentTotals) -> None:
        """What was counted after ``before`` happened on an earlier day: it is not the present day's."""
        now, then = self.totals, self.at_day_start
        for queue, count in now.answered.items():
            then.answered[queue] = then.answered.get(queue, 0) + count - before.answered.get(queue, 0)
        then.ring_no_answer += now.ring_no_answer - before.ring_no_answer
        then.ring_cancelled += now.ring_cancelled - before.ring_cancelled
        then.late_answers += now.late_answers - before.late_answers
        then.talk_seconds = Seconds(then.talk_seconds + now.talk_seconds - before.talk_seconds)
        then.hold_seconds = Seconds(then.hold_seconds + now.hold_seconds - before.hold_seconds)

    def _memberships(self) -> dict[QueueName, Membership]:
        """The places in queues, in the order of their keys; shared by all views until one of them changes."""
        if self._places is None:
            self._places = {
                m.record.queue: Membership(penalty=m.record.penalty, paused=m.record.is_paused)
                for _, m in sorted(self.members.items())
            }
        return self._places

    def _presence(self, policy: Policy) -> Presence:
        if not self.members:
            return Presence.LOGGED_OUT
        reason = policy.pause_reason(self.pause.reason) if self.pause else None
        if self.pause and not _is_wrap_up(reason):
            return Presence.NOT_READY
        return Presence.READY

    def _call(self) -> AgentCall | None:
        talk = self.attached_talk()
        if talk:
            return _agent_call(talk.stay, talk.since)
        ring = self.ringing()
        if ring is None:
            return None
        stay, attempt = ring
        return _agent_call(stay, attempt.since)

    def _today(self) -> AgentToday:
        now, then = self.totals, self.at_day_start
        spent, before = now.state_seconds, then.state_seconds
        return AgentToday(
            answered=sum(now.answered.values()) - sum(then.answered.values()),
            ring_no_answer=now.ring_no_answer - then.ring_no_answer,
            ring_cancelled=now.ring_cancelled - then.ring_cancelled,
            late_answers=now.late_answers - then.late_answers,
            talk_seconds=Seconds(now.talk_seconds - then.talk_seconds),
            hold_seconds=Seconds(now.hold_seconds - then.hold_seconds),
            wrap_up_seconds=Seconds(spent.get("wrap_up", 0.0) - before.get("wrap_up", 0.0)),
            ready_seconds=Seconds(spent.get("ready", 0.0) - before.get("ready", 0.0)),
            not_ready_seconds=Seconds(spent.get("not_ready", 0.0) - before.get("not_ready", 0.0)),
            busy_seconds=Seconds(spent.get("busy", 0.0) - before.get("busy", 0.0)),
        )


def is_of_another_clock(moment: Timestamp, now: Timestamp) -> bool:
    """True for what Asterisk remembers of a time to come: its clock was set back since, and tells nothing of it."""
    return moment > now + AHEAD


def _latest(moments: Iterable[Timestamp | None], now: Timestamp) -> Timestamp:
    return max((m for m in moments if m is not None and not is_of_another_clock(m, now)), default=Timestamp(0))


def _is_wrap_up(reason: PauseReason | None) -> bool:
    return reason is not None and reason.counts_as == "wrap_up"


def _is_picked_up(agent: Agent) -> bool:
    return any(attempt.answered_at is not None for _, attempt in agent.attempts.values())


def _has_own_call(agent: Agent, now: Timestamp) -> bool:
    since = agent.device_busy_since()
    return since is not None and now >= since + DEVICE_SETTLES


_PAUSED: Final = (AgentState.NOT_READY, AgentState.WRAP_UP)
"""States of which a pause can be the reason."""

Holds = Callable[[Agent, PauseReason | None, Timestamp], bool]

PRECEDENCE: Final[tuple[tuple[AgentState, Holds], ...]] = (
    (AgentState.LOGGED_OUT, lambda a, _r, _n: not a.members and not a.is_engaged),
    (AgentState.UNKNOWN, lambda a, _r, _n: a.is_feed_lost),
    (AgentState.BUSY, lambda a, _r, _n: a.attached_talk() is not None or _is_picked_up(a)),
    (AgentState.RINGING, lambda a, _r, _n: a.ringing() is not None),
    (AgentState.BUSY, lambda a, _r, n: _has_own_call(a, n)),
    (AgentState.RINGING, lambda a, _r, _n: a.device() is DeviceStatus.RINGING and not a.is_engaged),
    (AgentState.NOT_READY, lambda a, r, _n: a.pause is not None and not _is_wrap_up(r)),
    (AgentState.UNREACHABLE, lambda a, _r, _n: a.device() in _GONE),
    (AgentState.WRAP_UP, lambda a, r, n: _is_wrap_up(r) or a.is_wrapping_up(n)),
    (AgentState.READY, lambda _a, _r, _n: True),
)
"""The agent's state is the first whose condition holds (agent, configured pause reason, now)."""


def _agent_call(stay: Stay, since: Timestamp) -> AgentCall:
    return AgentCall(call=stay.call, queue=stay.queue, caller=stay.caller, since=since, joined_at=stay.joined_at)
