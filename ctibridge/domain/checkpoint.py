"""All that is known at one moment, as plain data: what a restart of the bridge goes on from.

A restart is a gap with the memory kept.  What happened since the checkpoint was taken comes from queue_log and from the
picture that follows the next login, exactly as after a lost link; so a checkpoint may be some seconds old, even after a
crash, and no total is wrong for it.  What queue_log does not know (ring times, holds, refusals, time in states) is lost
for those seconds, and unknown.
"""

from collections.abc import Generator
from typing import Final, cast

import msgspec

from ctibridge.domain.agent import Agent, BeforeGap, Member, Pause
from ctibridge.domain.alarms import WatchMemory
from ctibridge.domain.caller import Stay
from ctibridge.domain.events import MemberRecord
from ctibridge.domain.figures import AgentTotals, Counts, Distribution, QueueTotals, StatedSum
from ctibridge.domain.floor import PIECE, Floor
from ctibridge.domain.ledger import Booking, Logged
from ctibridge.domain.queue import Queue
from ctibridge.domain.talk import Talk
from ctibridge.domain.units import AgentId, Interface, QueueName, Seconds, Timestamp, queue_key
from ctibridge.domain.views import AgentState, Leave, LimitStage

FORM: Final = 1
"""The form of a checkpoint; one of another form is not read."""

_DISTRIBUTIONS: Final = ("answer_wait", "abandon_wait", "ring", "talk", "hold", "wrap_up")
_CONDUCT: Final = (
    *("leave", "approved_by", "unapproved_since", "reason_missing_since"),
    *("missed_in_row", "missed_queue"),
)


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """A Distribution; of no use under other bounds, when the thresholds have been changed."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: Seconds


class QueueMemory(msgspec.Struct, frozen=True, kw_only=True):
    """One queue."""

    name: QueueName
    strategy: str | None
    counts: Counts
    exited: dict[str, int]
    refused: dict[str, int]
    transferred: dict[str, int]
    spreads: dict[str, Spread]
    day: Counts
    day_since: Timestamp
    minutes: tuple[tuple[int, Counts], ...]
    owed: dict[StatedSum, Seconds]
    curve: tuple[tuple[int, ...], ...] = ()


class MemberMemory(msgspec.Struct, frozen=True, kw_only=True):
    """One membership."""

    record: MemberRecord
    reported_at: Timestamp
    status_since: Timestamp


class AgentMemory(msgspec.Struct, frozen=True, kw_only=True):
    """One agent."""

    id: AgentId
    name: str
    interface: Interface
    members: tuple[MemberMemory, ...]
    state: AgentState
    reason: str | None
    since: Timestamp
    pause: Pause | None
    limit_since: Timestamp | None
    limit_stage: LimitStage
    wrap_up_until: Timestamp | None
    wrapped_up: Seconds = Seconds(0)
    """After-call work up to the checkpoint that is going on, and so is not counted yet."""
    last_queue: QueueName | None
    leave: Leave | None = None
    approved_by: str | None = None
    unapproved_since: Timestamp | None = None
    reason_missing_since: Timestamp | None = None
    missed_in_row: int = 0
    missed_queue: QueueName | None = None
    totals: AgentTotals
    at_day_start: AgentTotals


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One PBX."""

    form: int = FORM
    at: Timestamp
    day_since: Timestamp
    queues: tuple[QueueMemory, ...]
    agents: tuple[AgentMemory, ...]
    stays: tuple[Stay, ...]
    talks: tuple[Talk, ...]
    audited_since: Timestamp | None
    booked: tuple[Booking, ...]
    logged: tuple[Logged, ...]
    mismatches: dict[str, int]
    matched: int
    recovered_calls: int
    gap_seconds: Seconds
    unexpected: dict[str, int]
    watches: tuple[WatchMemory, ...] = ()


# -- taking -----------------------------------------------------------------------------------------------------------


def take(floor: Floor, now: Timestamp, watches: tuple[WatchMemory, ...] = ()) -> Checkpoint:
    """Everything worth remembering; as of the moment when the feed was lost, if it is."""
    at = _as_of(floor, now)
    return _whole(floor, at, watches, tuple(_agent_memory(agent, at) for agent in floor.agents.values()))


def taking(floor: Floor, now: Timestamp, watches: tuple[WatchMemory, ...] = ()) -> Generator[None, None, Checkpoint]:
    """The same step by step, with the agents encoded already; nothing may be taken in before the end.

    What is returned can only be encoded, and must be at once.
    """
    at, agents = _as_of(floor, now), list[msgspec.Raw]()
    for number, agent in enumerate(floor.agents.values(), 1):
        agents.append(msgspec.Raw(msgspec.msgpack.encode(_agent_memory(agent, at))))
        if number % PIECE == 0:
            yield
    return _whole(floor, at, watches, cast("tuple[AgentMemory, ...]", tuple(agents)))


def _as_of(floor: Floor, now: Timestamp) -> Timestamp:
    return now if floor.gap_since is None else floor.gap_since


def _whole(
    floor: Floor, at: Timestamp, watches: tuple[WatchMemory, ...], agents: tuple[AgentMemory, ...]
) -> Checkpoint:
    return Checkpoint(
        at=at,
        day_since=floor.day_since,
        queues=tuple(_queue_memory(queue) for queue in floor.queues.values()),
        agents=agents,
        stays=tuple({id(s): s for stays in floor.stays.values() for s in stays if s.is_open}.values()),
        talks=tuple({id(t): t for talks in floor.talks.values() for t in talks if t.is_open}.values()),
        audited_since=floor.ledger.since,
        booked=tuple(floor.ledger.open_bookings()),
        logged=tuple(floor.ledger.open_records()),
        mismatches=dict(floor.ledger.mismatches),
        matched=floor.ledger.matched,
        recovered_calls=floor.recovered_calls,
        gap_seconds=floor.gap_seconds,
        unexpected=dict(floor.unexpected),
        watches=watches,
    )


def _queue_memory(queue: Queue) -> QueueMemory:
    totals = queue.totals
    spreads = {name: getattr(totals, name) for name in _DISTRIBUTIONS}
    return QueueMemory(
        name=queue.name,
        strategy=queue.strategy,
        counts=totals.all,
        exited=totals.exited,
        refused=totals.refused,
        transferred=totals.transferred,
        spreads={
            name: Spread(bounds=one.bounds, counts=tuple(one.counts), total=one.total) for name, one in spreads.items()
        },
        day=totals.day,
        day_since=totals.day_since,
        minutes=tuple(totals.minutes),
        owed=totals.owed,
        curve=totals.curve.rows(),
    )


def _agent_memory(agent: Agent, now: Timestamp) -> AgentMemory:
    was = agent.before_gap
    return AgentMemory(
        id=agent.id,
        name=agent.name,
        interface=agent.interface,
        members=tuple(
            MemberMemory(record=m.record, reported_at=m.reported_at, status_since=m.status_since)
            for m in agent.members.values()
        ),
        state=was.state if was is not None else agent.state,
        reason=was.reason if was is not None else agent.reason,
        since=was.since if was is not None else agent.since,
        pause=agent.pause,
        limit_since=agent.limit_since,
        limit_stage=agent.limit_stage,
        wrap_up_until=agent.wrap_up_until,
        wrapped_up=Seconds(max(0.0, now - agent.wrap_up_since)) if agent.state is AgentState.WRAP_UP else Seconds(0),
        last_queue=agent.last_queue,
        **{name: getattr(agent, name) for name in _CONDUCT},
        totals=agent.totals_at(now),
        at_day_start=agent.at_day_start,
    )


# -- going on ---------------------------------------------------------------------------------------------------------


def restore(floor: Floor, memory: Checkpoint) -> None:
    """Fill an empty floor, which is blind from the checkpoint on until the first picture."""
    floor.now = floor.gap_since = memory.at
    floor.day_since = memory.day_since
    floor.gap_reason = "the bridge was not running"
    floor.gap_seconds = memory.gap_seconds
    floor.recovered_calls = memory.recovered_calls
    floor.unexpected.update(memory.unexpected)
    for queue in memory.queues:
        _restore_queue(floor, queue)
    for agent in memory.agents:
        _restore_agent(floor, agent)
    for stay in memory.stays:
        _restore_stay(floor, stay)
    for talk in memory.talks:
        _restore_talk(floor, talk)
    if memory.audited_since is not None:
        floor.ledger.begin(memory.audited_since)
        floor.ledger.restore(memory.booked, memory.logged)
    floor.ledger.mismatches.update(memory.mismatches)
    floor.ledger.matched = memory.matched


def _restore_queue(floor: Floor, memory: QueueMemory) -> None:
    queue = floor.queue(memory.name)
    queue.strategy = memory.strategy
    totals: QueueTotals = queue.totals
    totals.all, totals.day, totals.day_since = memory.counts, memory.day, memory.day_since
    totals.exited, totals.refused = dict(memory.exited), dict(memory.refused)
    totals.transferred = dict(memory.transferred)
    totals.minutes.extend(memory.minutes)
    totals.owed = dict(memory.owed)
    totals.curve.restore(memory.day_since, memory.curve)
    for name, spread in memory.spreads.items():
        distribution: Distribution | None = getattr(totals, name, None)
        if distribution is not None and distribution.bounds == spread.bounds:
            distribution.counts, distribution.total = list(spread.counts), spread.total


def _restore_agent(floor: Floor, memory: AgentMemory) -> None:
    agent = Agent(memory.id, floor.policy, floor.now)
    agent.name, agent.interface = memory.name, memory.interface
    for member in memory.members:
        queue = floor.queue(member.record.queue)
        queue.seat(agent.id, AgentState.UNKNOWN)
        agent.members[queue.key, member.record.interface] = Member(
            member.record, member.reported_at, member.status_since
        )
    agent.follow_device(floor.now)
    agent.state, agent.is_feed_lost = AgentState.UNKNOWN, True
    agent.before_gap = BeforeGap(state=memory.state, reason=memory.reason, since=memory.since, lost_at=floor.now)
    agent.pause, agent.wrap_up_until, agent.last_queue = memory.pause, memory.wrap_up_until, memory.last_queue
    agent.limit_since, agent.limit_stage = memory.limit_since, memory.limit_stage
    for name in _CONDUCT:
        setattr(agent, name, getattr(memory, name))
    agent.totals, agent.at_day_start = memory.totals, memory.at_day_start
    worked_for = floor.queues.get(queue_key(memory.last_queue or QueueName("")))
    if memory.wrapped_up > 0 and worked_for is not None:
        worked_for.totals.wrap_up.observe(memory.wrapped_up)
        worked_for.totals.add_seconds("wrap_up_seconds", memory.wrapped_up, floor.now)
    floor.agents[agent.id] = agent


def _restore_stay(floor: Floor, stay: Stay) -> None:
    stay.attempts.clear()
    for name in stay.known_as:
        floor.stays.setdefault(name, []).append(stay)
    queue = floor.queue(stay.queue)
    if not stay.is_settling:
        queue.join(stay)


def _restore_talk(floor: Floor, talk: Talk) -> None:
    for name in talk.ids:
        floor.talks.setdefault(name, []).append(talk)
    agent = floor.agents.get(talk.agent)
    if agent is not None:
        agent.talks.append(talk)
