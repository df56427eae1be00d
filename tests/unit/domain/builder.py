"""Tells stories to a ``ContactCenter``: what people and app_queue do, at plain-number times, in one line each.

    site = Site().opened()
    site.at(10).joins("c1")
    site.at(12).rings("1001", "c1")
    site.at(15).answers("1001", "c1", wait=5)

Times are seconds on the PBX's clock.  After every event the books of every queue must balance.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Self, TypeVar

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.events import DeviceStatus, EndedBy, QueueOutcome
from ctibridge.domain.figures import AgentTotals, Counts, QueueTotals
from ctibridge.domain.picture import AgentPicture, QueuePicture
from ctibridge.domain.policy import Policy, QueuePolicy
from ctibridge.domain.units import CallId, ChannelId, Interface, QueueName, Seconds, Timestamp, queue_key
from ctibridge.domain.views import AgentView, QueueView

C = TypeVar("C", bound=ch.Change)

QUEUE = "sales"
BOOKS = ("offered", "answered", "abandoned", "exited", "lost")
FACTS = (*BOOKS, "refused", "completed", "transferred", "ring_no_answer", "ring_cancelled")

FREE = DeviceStatus.NOT_IN_USE
IN_USE = DeviceStatus.IN_USE
RINGING = DeviceStatus.RINGING
GONE = DeviceStatus.UNAVAILABLE


def policy(*, wrap_up: float = 0, threshold: int = 20) -> Policy:
    """The default rules, with this queue's wrap-up and service-level threshold."""
    return Policy(defaults=QueuePolicy(wrap_up=Seconds(wrap_up), service_level_threshold=threshold))


def interface(agent: str) -> Interface:
    return Interface(agent if "/" in agent else f"PJSIP/{agent}")


def member(
    agent: str,
    queue: str = QUEUE,
    *,
    paused: bool = False,
    reason: str | None = None,
    device: DeviceStatus = FREE,
    state_interface: str | None = None,
    wrap_up: float | None = None,
    last_call: float | None = None,
    last_pause: float | None = None,
    calls_taken: int = 0,
    in_call: bool = False,
    penalty: int = 0,
) -> ev.MemberRecord:
    """One membership as the switch states it."""
    return ev.MemberRecord(
        queue=QueueName(queue),
        interface=interface(agent),
        state_interface=Interface(state_interface) if state_interface else interface(agent),
        name=f"Agent {agent}",
        membership="dynamic",
        penalty=penalty,
        is_paused=paused,
        pause_reason=reason,
        status=device,
        is_in_call=in_call,
        calls_taken=calls_taken,
        last_call=Timestamp(last_call) if last_call is not None else None,
        last_pause=Timestamp(last_pause) if last_pause is not None else None,
        wrap_up=Seconds(wrap_up) if wrap_up is not None else None,
    )


def waits(call: str, wait: float, position: int = 1, queue: str = QUEUE) -> ev.CallerListed:
    """A caller in a full picture."""
    return ev.CallerListed(queue=QueueName(queue), call=CallId(call), position=position, wait=Seconds(wait))


def channel(name: str, bridge: str | None = None) -> ev.ChannelListed:
    """A channel in a full picture."""
    return ev.ChannelListed(channel=ChannelId(name), name=f"PJSIP/{name}", linkedid=name, bridge=bridge)


def leg(agent: str, call: str, ring: int = 1) -> ChannelId:
    """The channel on which an agent's phone rings for a call: another one each time."""
    return ChannelId(f"{call}>{agent}" + (f"#{ring}" if ring > 1 else ""))


def undecided(center: ContactCenter, queue: str) -> int:
    """Stays that are out of the line without our knowing yet how."""
    stays = {id(stay): stay for stays in center._floor.stays.values() for stay in stays}
    line = center._floor.queues[queue_key(queue)].line
    return sum(s.is_open and s.key == queue_key(queue) and s not in line for s in stays.values())


def check_books(center: ContactCenter, now: float) -> None:
    """offered = answered + abandoned + exited + lost + waiting + undecided, in every queue."""
    for queue in center.snapshot(Timestamp(now)).queues:
        c = queue.totals.all
        accounted = c.answered + c.abandoned + c.exited + c.lost
        open_now = queue.view.waiting + undecided(center, queue.view.queue)

        assert c.offered == accounted + open_now, f"{queue.view.queue} at {now}: {c}"


class Site:
    """One call centre and the switch in front of it."""

    def __init__(self, rules: Policy | None = None) -> None:
        self.policy = rules or Policy()
        self.center = ContactCenter(self.policy)
        self.changes: list[ch.Change] = []
        self.now = Timestamp(0)
        self._rings: Counter[tuple[str, str]] = Counter()

    # -- time and events ----------------------------------------------------------------------------------------------

    def at(self, now: float) -> Self:
        """What follows happens at ``now``; time may step back, as stamps do."""
        self.now = Timestamp(now)
        return self

    def passes(self, until: float) -> list[ch.Change]:
        """Nothing happens until then; what that brought about."""
        return self._took(self.center.advance(self.at(until).now))

    def take(self, *events: ev.Event) -> list[ch.Change]:
        """The switch reports something; what that brought about."""
        return self._took([change for event in events for change in self.center.apply(event, self.now)])

    def _took(self, changes: list[ch.Change]) -> list[ch.Change]:
        self.changes += changes
        check_books(self.center, self.now)
        return changes

    # -- callers ------------------------------------------------------------------------------------------------------

    def joins(self, call: str, queue: str = QUEUE, *, position: int | None = None, linkedid: str | None = None) -> None:
        event = ev.CallerJoined(queue=QueueName(queue), call=CallId(call), position=position, linkedid=linkedid or call)
        self.take(event)

    def leaves(self, call: str, queue: str = QUEUE, *, position: int | None = None) -> None:
        self.take(ev.CallerLeft(queue=QueueName(queue), call=CallId(call), position=position))

    def gives_up(self, call: str, wait: float | None, queue: str = QUEUE, *, position: int | None = None) -> None:
        """``QueueCallerAbandon``, whatever it means."""
        stated = None if wait is None else Seconds(wait)
        self.take(ev.AbandonReported(queue=QueueName(queue), call=CallId(call), position=position, wait=stated))

    def told(self, call: str, outcome: QueueOutcome) -> None:
        self.take(ev.QueueOutcomeSet(call=CallId(call), outcome=outcome))

    def enters(self, call: str, queue: str = QUEUE) -> None:
        """The dialplan runs ``Queue()``."""
        self.take(ev.QueueEntered(call=CallId(call), queue=QueueName(queue), linkedid=call))

    def goes_on(self, call: str, exten: str = "s") -> None:
        self.take(ev.DialplanContinued(channel=ChannelId(call), application="NoOp", exten=exten))

    def hangs_up(self, name: str) -> None:
        self.take(ev.ChannelHungUp(channel=ChannelId(name), linkedid=name))

    def abandons(self, call: str, wait: float, queue: str = QUEUE) -> None:
        """All that app_queue says of a caller who hung up while waiting."""
        self.gives_up(call, wait, queue)
        self.leaves(call, queue)
        self.hangs_up(call)

    # -- agents' phones -----------------------------------------------------------------------------------------------

    def _leg(self, agent: str, call: str) -> ChannelId:
        return leg(agent, call, self._rings[agent, call])

    def rings(self, agent: str, call: str, queue: str = QUEUE) -> None:
        self._rings[agent, call] += 1
        self.take(
            ev.AgentCalled(
                queue=QueueName(queue), call=CallId(call), interface=interface(agent), leg=self._leg(agent, call)
            )
        )

    def dial_ends(self, agent: str, call: str, status: str) -> None:
        self.take(ev.DialEnded(call=CallId(call), leg=self._leg(agent, call), status=status))

    def misses(self, agent: str, call: str, ring: float, queue: str = QUEUE) -> None:
        self.take(
            ev.AgentMissed(
                call=CallId(call),
                queue=QueueName(queue),
                interface=interface(agent),
                leg=self._leg(agent, call),
                ring=Seconds(ring),
            )
        )

    def dumps(self, agent: str, call: str, queue: str = QUEUE) -> None:
        self.take(
            ev.AgentDumped(
                call=CallId(call), queue=QueueName(queue), interface=interface(agent), leg=self._leg(agent, call)
            )
        )

    def connects(
        self, agent: str, call: str, wait: float, queue: str = QUEUE, *, on: str | None = None, ring: float = 0
    ) -> None:
        self.take(
            ev.AgentConnected(
                call=CallId(call),
                queue=QueueName(queue),
                interface=interface(agent),
                leg=ChannelId(on) if on else self._leg(agent, call),
                wait=Seconds(wait),
                ring=Seconds(ring),
            )
        )

    def answers(self, agent: str, call: str, wait: float, queue: str = QUEUE) -> None:
        """All that app_queue says when a phone is picked up and nothing stands between."""
        self.dial_ends(agent, call, "ANSWER")
        self.leaves(call, queue)
        self.connects(agent, call, wait, queue)

    def completes(
        self,
        agent: str | None,
        call: str | None,
        wait: float | None,
        talk: float | None,
        *,
        by: str | None = "caller",
        queue: str | None = QUEUE,
        on: str | None = "",
    ) -> None:
        """``AgentComplete``; ``on`` is the agent's channel, by default the one that rang, ``None`` when missing."""
        known_leg = self._leg(agent, call) if on == "" and agent and call else (ChannelId(on) if on else None)
        self.take(
            ev.AgentCompleted(
                call=CallId(call) if call else None,
                leg=known_leg,
                queue=QueueName(queue) if queue else None,
                interface=interface(agent) if agent else None,
                wait=Seconds(wait) if wait is not None else None,
                talk=Seconds(talk) if talk is not None else None,
                ended_by=EndedBy(by) if by else None,
            )
        )

    def holds(self, name: str, linkedid: str | None = None) -> None:
        self.take(ev.ChannelHeld(channel=ChannelId(name), linkedid=linkedid))

    def unholds(self, name: str, linkedid: str | None = None) -> None:
        self.take(ev.ChannelUnheld(channel=ChannelId(name), linkedid=linkedid))

    # -- members ------------------------------------------------------------------------------------------------------

    def logs_in(self, record: ev.MemberRecord) -> None:
        self.take(ev.MemberAdded(member=record))

    def logs_out(self, agent: str, queue: str = QUEUE) -> None:
        self.take(ev.MemberRemoved(member=member(agent, queue)))

    def pauses(self, agent: str, reason: str | None = None, queue: str = QUEUE, device: DeviceStatus = FREE) -> None:
        self.take(ev.MemberPaused(member=member(agent, queue, paused=True, reason=reason, device=device)))

    def unpauses(self, agent: str, queue: str = QUEUE, device: DeviceStatus = FREE) -> None:
        self.take(ev.MemberPaused(member=member(agent, queue, device=device)))

    def reports(self, record: ev.MemberRecord) -> None:
        """``QueueMemberStatus``, which carries the whole membership."""
        self.take(ev.MemberChanged(member=record))

    def device(self, agent: str, status: DeviceStatus, *queues: str) -> None:
        """One report for each queue, all else as it was."""
        for queue in queues or (QUEUE,):
            self.reports(msgspec.structs.replace(self.record(agent, queue), status=status))

    def record(self, agent: str, queue: str = QUEUE) -> ev.MemberRecord:
        """The membership as last reported."""
        known = self.center._floor.agents[self.policy.agent_id(interface(agent))].members
        return known[queue_key(queue), interface(agent)].record

    # -- full pictures ------------------------------------------------------------------------------------------------

    def opened(self, *agents: str, queues: Iterable[str] = (QUEUE,)) -> "Site":
        """The first full picture: these queues, and these agents free in each."""
        names = list(queues)
        self.pictured([member(agent, queue) for agent in agents or ("1001",) for queue in names], queues=names)
        self.changes.clear()
        return self

    def pictured(
        self,
        members: Iterable[ev.MemberRecord] = (),
        callers: Iterable[ev.CallerListed] = (),
        channels: Iterable[ev.ChannelListed] | None = None,
        *,
        queues: Iterable[str] = (QUEUE,),
        started: float | None = None,
    ) -> list[ch.Change]:
        """A full picture; without ``channels`` the switch did not list them."""
        return self.take(
            ev.ResyncStarted(),
            *(ev.QueueListed(queue=QueueName(queue), strategy="ringall") for queue in queues),
            *(ev.MemberListed(member=record) for record in members),
            *callers,
            *(channels or ()),
            ev.ResyncCompleted(
                channels_listed=channels is not None,
                switch_started=None if started is None else Timestamp(started),
            ),
        )

    def loses_feed(self, last_heard: float | None = None) -> None:
        self.take(ev.FeedLost(reason="cut", last_heard=None if last_heard is None else Timestamp(last_heard)))

    # -- what a supervisor sees ---------------------------------------------------------------------------------------

    def queue(self, queue: str = QUEUE) -> QueuePicture:
        pictures = self.center.snapshot(self.now).queues
        return next(one for one in pictures if queue_key(one.view.queue) == queue_key(queue))

    def totals(self, queue: str = QUEUE) -> QueueTotals:
        return self.queue(queue).totals

    def counts(self, queue: str = QUEUE) -> Counts:
        return self.totals(queue).all

    def facts(self, queue: str = QUEUE) -> dict[str, int]:
        """What was counted, without the zeros."""
        counts = self.counts(queue)
        return {name: getattr(counts, name) for name in FACTS if getattr(counts, name)}

    def line(self, queue: str = QUEUE) -> list[str]:
        """The callers who wait, first in line first."""
        return [caller.call for caller in self.board(queue).callers]

    def board(self, queue: str = QUEUE) -> QueueView:
        return self.queue(queue).view

    def picture_of(self, agent: str) -> AgentPicture:
        return next(one for one in self.center.snapshot(self.now).agents if one.view.agent == agent)

    def agent(self, agent: str = "1001") -> AgentView:
        return self.picture_of(agent).view

    def agent_totals(self, agent: str = "1001") -> AgentTotals:
        return self.picture_of(agent).totals

    def agents(self) -> list[str]:
        return [one.view.agent for one in self.center.snapshot(self.now).agents]

    def state(self, agent: str = "1001") -> str:
        """The state, with its reason where it has one: ``not_ready meal``."""
        view = self.agent(agent)
        return f"{view.state.value} {view.reason}" if view.reason else view.state.value

    def unexpected(self) -> dict[str, int]:
        return dict(self.center.snapshot(self.now).unexpected)

    def said(self, kind: type[C]) -> list[C]:
        """Everything of one kind that was said since the site opened."""
        return [change for change in self.changes if isinstance(change, kind)]

    def states_of(self, agent: str = "1001") -> list[tuple[float, str]]:
        """When the agent's state or reason changed, and to what."""
        return [
            (change.at, " ".join(filter(None, (change.agent.state.value, change.agent.reason))))
            for change in self.said(ch.AgentStateChanged)
            if change.agent.agent == agent
        ]

    def outcomes(self, call: str, queue: str = QUEUE) -> list[str]:
        """How the caller's stays in a queue ended, e.g. ``answered``, ``exited timeout``."""
        ends = (ch.CallAnswered, ch.CallAbandoned, ch.CallExited, ch.CallRefused, ch.CallLost)
        return [
            " ".join(filter(None, (type(change).__name__.removeprefix("Call").lower(), change.facts.reason)))
            for change in self.changes
            if isinstance(change, ends) and (change.facts.call, change.facts.queue) == (call, queue)
        ]
