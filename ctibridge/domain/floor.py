"""Everything that is known of one PBX at the moment, and the one way to say that something changed.

The parts of the domain that follow callers, members and full pictures all work on this.  ``now`` and ``origin`` belong
to the event or deadline that is being taken in.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain.agenda import Agenda
from ctibridge.domain.agent import Agent
from ctibridge.domain.caller import Stay
from ctibridge.domain.events import Event, LogKind, LogRecord, QueueEntered
from ctibridge.domain.ledger import Booking, Ledger
from ctibridge.domain.policy import Policy
from ctibridge.domain.queue import Queue
from ctibridge.domain.talk import Talk
from ctibridge.domain.units import AgentId, CallId, Interface, QueueKey, QueueName, Seconds, Timestamp, queue_key
from ctibridge.domain.views import AgentState, CallFacts

REMEMBERED: Final = Seconds(300)
"""How long ended stays and talks are remembered, for news of them that comes late or twice (T15b, T16)."""
CURVE_SECONDS: Final = Seconds(10)
"""A queue's half hours are published at most this often."""
PIECE: Final = 100
"""Of what concerns everybody, so many are looked at before others get a turn."""
AWAITS_LOG: Final = Seconds(15)
"""How long after a gap queue_log has at least to tell how a caller left; it is looked again as often."""


class Floor:
    """The queues, agents and calls of one PBX."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.agenda = Agenda()
        self.queues: dict[QueueKey, Queue] = {}
        self.agents: dict[AgentId, Agent] = {}
        self.stays: dict[str, list[Stay]] = {}
        """Open stays by every channel id that stands for the caller."""
        self.talks: dict[str, list[Talk]] = {}
        """Answered calls, open or ended lately, by every id in ``Talk.ids``."""
        self.queue_asked: dict[CallId, QueueEntered] = {}
        """How each channel's dialplan asked for a queue last."""
        self.is_synced = False
        self.gap_since: Timestamp | None = None
        self.gap_reason = ""
        self.gap_seconds = Seconds(0)
        self.ledger = Ledger()
        self.recover_until: Timestamp | None = None
        """The end of a gap whose calls are still to be taken from queue_log."""
        self.seen_since = Timestamp(0)
        """The end of the last gap: of what was going on then, AMI told no beginning."""
        self.recovered_calls = 0
        self.repaired = 0
        """Facts that a full picture showed to be otherwise than believed, though we had not been blind."""
        self.unexpected: Counter[str] = Counter()
        self.now = Timestamp(0)
        self.origin = ch.Origin.AMI
        self._out: list[ch.Change] = []
        self._named: dict[tuple[QueueKey, str], AgentId] = {}
        """Answers of ``agent_named`` while one event is taken in."""
        self._dirty_agents: dict[AgentId, None] = {}
        self._dirty_queues: dict[QueueKey, None] = {}
        self._dirty_stats: dict[QueueKey, None] = {}
        self._is_stats_due = False
        self.agents_to_judge: dict[AgentId, None] = {}
        self.queues_to_judge: dict[QueueKey, None] = {}
        self.stats_to_judge: dict[QueueKey, None] = {}
        """What was touched since the rules were looked at last."""
        self.day_since = Timestamp(0)
        self._day_until = Timestamp(0)

    # -- finding ------------------------------------------------------------------------------------------------------

    def queue(self, name: QueueName) -> Queue:
        """The queue of that name, made known if it was not: realtime queues appear when they are first used."""
        key = queue_key(name)
        queue = self.queues.get(key)
        if queue is None:
            queue = self.queues[key] = Queue(name, self.policy, self.now)
            queue.totals.begin_day(*self.policy.day_of(self.now))
            self.touch_queue(queue)
        return queue

    def agent(self, interface: Interface) -> Agent:
        """The agent behind an interface, made known if they were not."""
        agent_id = self.policy.agent_id(interface)
        agent = self.agents.get(agent_id)
        if agent is None:
            agent = self.agents[agent_id] = Agent(agent_id, self.policy, self.now)
            agent.interface = interface
            if self.origin is not ch.Origin.AMI:
                agent.state = AgentState.UNKNOWN  # A picture shows what is, not that somebody has just logged in.
            self.forget_later(agent)
        return agent

    def forget_later(self, agent: Agent) -> None:
        """Let go of somebody who is logged out, and in no team, if they do not come back for long enough."""
        since = agent.since
        self.agenda.at(Timestamp(since + self.policy.agents.forget_after), lambda _now: self._forget(agent, since))

    def _forget(self, agent: Agent, since: Timestamp) -> None:
        is_gone = agent.state is AgentState.LOGGED_OUT and agent.since == since and agent.team is None
        if is_gone and self.agents.get(agent.id) is agent:
            del self.agents[agent.id]
            self.emit(ch.AgentRemoved(at=self.now, origin=self.origin, agent=agent.id))

    def agent_named(self, member: str, queue: QueueName | None) -> AgentId:
        """Who goes by a name in queue_log, which is a member's name or an interface (T29)."""
        place = (queue_key(queue or ""), member)
        if place not in self._named:  # After a long gap the same few are asked for thousands of times.
            self._named[place] = self._find_named(member, place[0])
        return self._named[place]

    def _find_named(self, member: str, key: QueueKey) -> AgentId:
        others: AgentId | None = None
        for agent in self.agents.values():
            for (member_queue, interface), known in agent.members.items():
                if member in (known.record.name, interface):
                    if member_queue == key:
                        return agent.id
                    others = agent.id
            if agent.name == member:
                others = others or agent.id
        is_interface = "/" in member and " " not in member
        return others or (self.policy.agent_id(Interface(member)) if is_interface else AgentId(member))

    def interface_of(self, channel: str | None, queue: QueueKey) -> Interface | None:
        """The member whose channel this is: ``PJSIP/1001-0000002a``, ``Local/1001@agents-00000007;1`` (T41)."""
        dialled = (channel or "").rpartition("-")[0]
        if not dialled:
            return None
        members = (key for agent in self.agents.values() for key in agent.members)
        named = (i for of, i in members if of == queue and (i == dialled or i.startswith(dialled + "/")))
        return next(named, Interface(dialled))

    def open_stays(self, call: str) -> list[Stay]:
        """The stays of a caller that have not ended, oldest first."""
        return [stay for stay in self.stays.get(call, ()) if stay.is_open]

    def find_stay(self, queue: QueueName | None, call: CallId) -> Stay | None:
        """The newest open stay of a caller that AMI can speak of now, in one queue if it is named."""
        stays = [stay for stay in self.open_stays(call) if not stay.may_be_to_come(self.now)]
        if queue is not None:
            key = self.queue(queue).key
            stays = [stay for stay in stays if stay.key == key]
        return stays[-1] if stays else None

    def book(  # noqa: PLR0913 - a fact is what it is about
        self,
        kind: LogKind,
        stay: Stay,
        *,
        at: Timestamp | None = None,
        agent: str = "",
        seconds: Seconds | None = None,
        waited: Seconds | None = None,
        counted_for: AgentId | None = None,
    ) -> None:
        """A fact was counted that queue_log should know too, unless it came from there."""
        if self.origin is not ch.Origin.QUEUE_LOG:
            moment = self.now if at is None else at
            key = (kind, stay.key, stay.call, agent)
            booking = Booking(key=key, at=moment, seconds=seconds, waited=waited, counted_for=counted_for)
            self.ledger.book(booking, self.now)

    def was_taken(
        self,
        kind: LogKind,
        stay: Stay,
        *,
        agent: str = "",
        seconds: Seconds | None = None,
        waited: Seconds | None = None,
    ) -> bool:
        """Whether a fact that is told now was counted from queue_log before."""
        fact = Booking(key=(kind, stay.key, stay.call, agent), at=self.now, seconds=seconds, waited=waited)
        return self.origin is not ch.Origin.QUEUE_LOG and self.ledger.was_taken(fact)

    def told_by_log(self, kind: LogKind, stay: Stay) -> LogRecord | None:
        """What queue_log says of a stay's end that has not been counted."""
        at = self.now if stay.left_at is None else stay.left_at
        return self.ledger.told(Booking(key=(kind, stay.key, stay.call, ""), at=at, seconds=stay.stated_wait))

    def is_read_to_join(self, queue: Queue, call: CallId, at: Timestamp) -> bool:
        """Whether queue_log says that this very caller joined then, whom nobody else has told of."""
        return self.ledger.told(Booking(key=(LogKind.OFFERED, queue.key, call, ""), at=at)) is not None

    def when_told_by_log(self, then: Callable[[], object]) -> None:
        """Do something once queue_log has told of everything before now, or cannot tell it any more."""
        asked_at = self.ledger.steady(self.now)

        def look(now: Timestamp) -> None:
            if self.ledger.is_active and self.ledger.settled_until <= asked_at:
                self.agenda.at(Timestamp(now + AWAITS_LOG), look)
            else:
                then()

        self.agenda.at(Timestamp(self.now + AWAITS_LOG), look)

    def set_clock(self, by: Seconds, now: Timestamp) -> None:
        """The clock was set to ``now``: what was about to come is as near as it was, and what began has begun."""
        self.ledger.set_clock(by)
        self.agenda.set_clock(by)
        for name in ("gap_since", "recover_until"):
            moment = getattr(self, name)
            if moment is not None and (by > 0 or moment > now):
                setattr(self, name, Timestamp(moment + by))
        for stay in {id(stay): stay for stays in self.stays.values() for stay in stays}.values():
            if stay.is_settling and stay.left_at is not None and (by > 0 or stay.left_at > now):
                stay.left_at = Timestamp(stay.left_at + by)  # For so long queue_log may still say why.

    # -- saying -------------------------------------------------------------------------------------------------------

    def begin(self, now: Timestamp, origin: ch.Origin) -> None:
        """Start taking something in that happened at ``now``."""
        self._named.clear()
        self.now = now
        self.origin = origin
        if now >= self._day_until:
            self._begin_day(now)

    def emit(self, change: ch.Change) -> None:
        """Say that something happened."""
        self._out.append(change)

    def emit_call(self, kind: type[ch.CallChange], facts: CallFacts) -> None:
        """Say that something happened to a call, now."""
        self._out.append(kind(at=self.now, origin=self.origin, facts=facts))

    def note_unexpected(self, kind: str, event: Event) -> None:
        """The switch is right and we missed something: count it."""
        self.unexpected[kind] += 1
        self.emit(ch.UnexpectedSeen(at=self.now, origin=self.origin, kind=kind, detail=type(event).__name__))

    def touch_agent(self, agent: Agent) -> None:
        """Something visible of the agent may have changed."""
        self._dirty_agents[agent.id] = None
        self.agents_to_judge[agent.id] = None

    def touch_queue(self, queue: Queue) -> None:
        """Something visible of the queue may have changed."""
        self._dirty_queues[queue.key] = None
        self.queues_to_judge[queue.key] = None

    def touch_stats(self, queue: Queue) -> None:
        """Something was counted of the queue: its figures are due at the next full second."""
        self._dirty_stats[queue.key] = None
        self.stats_to_judge[queue.key] = None
        if not self._is_stats_due:
            self._is_stats_due = True
            self.agenda.at(Timestamp(int(self.now) + 1), self._publish_stats)

    def touch_line(self, queue: Queue) -> None:
        """Who is in line, and what was counted, changed."""
        self.touch_queue(queue)
        self.touch_stats(queue)

    def flush(self) -> list[ch.Change]:
        """What has been said since the last time, states last."""
        for agent_id in self._dirty_agents:
            agent = self.agents.get(agent_id)
            if agent is not None:
                self._publish_agent(agent)
        self._dirty_agents.clear()
        for key in self._dirty_queues:
            queue = self.queues.get(key)
            if queue is not None:
                self._publish_queue(queue)
        self._dirty_queues.clear()
        return self.said()

    def flushing(self) -> Iterator[None]:
        """Say what ``flush`` says, a piece at a time; nothing may be taken in between two pieces."""
        while self._dirty_agents:
            for agent_id in list(islice(self._dirty_agents, PIECE)):
                del self._dirty_agents[agent_id]
                agent = self.agents.get(agent_id)
                if agent is not None:
                    self._publish_agent(agent)
            yield
        while self._dirty_queues:
            key = next(iter(self._dirty_queues))
            del self._dirty_queues[key]
            queue = self.queues.get(key)
            if queue is not None:
                self._publish_queue(queue)
            yield

    @property
    def touched(self) -> int:
        """How many states may have changed since the last time."""
        return len(self._dirty_agents) + len(self._dirty_queues) + len(self.agents_to_judge)

    def said(self) -> list[ch.Change]:
        """What has been said since the last time, without the states that changed."""
        out, self._out = self._out, []
        return out

    # -- publishing ----------------------------------------------------------------------------------------------------

    def _publish_agent(self, agent: Agent) -> None:
        for key, _ in agent.members:
            self.queues[key].seat(agent.id, agent.state_in(key))
        view = agent.view(self.policy, self.now)
        if view != agent.published:
            agent.published = view
            self.emit(ch.AgentUpdated(at=self.now, origin=self.origin, agent=view))

    def _publish_queue(self, queue: Queue) -> None:
        view = queue.view()
        if view != queue.published:
            queue.published = view
            self.emit(ch.QueueUpdated(at=self.now, origin=self.origin, queue=view))

    def _publish_stats(self, now: Timestamp) -> None:
        self._is_stats_due = False
        for key in self._dirty_stats:
            queue = self.queues.get(key)
            if queue is not None:
                self.emit(
                    ch.QueueStatsUpdated(at=now, origin=self.origin, queue=queue.name, stats=queue.totals.stats(now))
                )
                self._publish_curve(queue, now)
                if not queue.totals.is_quiet(now):
                    self._revisit_stats(queue, now)
        self._dirty_stats.clear()

    def _publish_curve(self, queue: Queue, now: Timestamp) -> None:
        curve, due = queue.totals.curve, Timestamp(queue.totals.curve.told_at + CURVE_SECONDS)
        if curve.is_told:
            return
        if now < due:
            self._revisit_curve(queue, due)
            return
        curve.is_told, curve.told_at = True, now
        change = ch.QueueCurveUpdated(
            at=now, origin=self.origin, queue=queue.name, since=curve.since, half_hours=curve.half_hours()
        )
        self.emit(change)

    def _revisit_curve(self, queue: Queue, due: Timestamp) -> None:
        if queue.curve_revisit_at != due:
            queue.curve_revisit_at = due
            self.agenda.at(due, lambda now: self._publish_curve(queue, now))

    def _revisit_stats(self, queue: Queue, now: Timestamp) -> None:
        """The last half hour's figures change with time alone."""
        minute = Timestamp((now // 60 + 1) * 60)
        if queue.stats_revisit_at != minute:
            queue.stats_revisit_at = minute
            self.agenda.at(minute, lambda _now: self.touch_stats(queue))

    def _begin_day(self, now: Timestamp) -> None:
        since, self._day_until = self.policy.day_of(now)
        is_new, self.day_since = since != self.day_since, since
        for queue in self.queues.values():
            queue.totals.begin_day(since, self._day_until)
            self.touch_stats(queue)
        for agent in self.agents.values() if is_new else ():
            agent.begin_day(now)
            self._dirty_agents[agent.id] = None
        self.agenda.at(self._day_until, lambda _now: None)


def stay_facts(stay: Stay, **known: object) -> CallFacts:
    """The facts of a stay, with what else is known at this moment."""
    facts = CallFacts(
        call=stay.call,
        queue=stay.queue,
        joined_at=stay.joined_at,
        linkedid=stay.linkedid,
        caller=stay.caller,
        position=stay.position,
    )
    return msgspec.structs.replace(facts, **known) if known else facts
