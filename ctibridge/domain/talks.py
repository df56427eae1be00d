"""Follows answered calls from the answer to their records' end, and agents through them."""

from typing import Final

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.agent import Agent
from ctibridge.domain.caller import Attempt, Stay
from ctibridge.domain.events import LogKind
from ctibridge.domain.floor import REMEMBERED, Floor, stay_facts
from ctibridge.domain.queue import Queue
from ctibridge.domain.states import AgentStates
from ctibridge.domain.stays import Stays
from ctibridge.domain.talk import Talk
from ctibridge.domain.units import ChannelId, Interface, QueueKey, QueueName, Seconds, Timestamp, queue_key
from ctibridge.domain.views import CallFacts

TRANSFER_SETTLES: Final = Seconds(2)
"""How long to wait for the event that tells a blind transfer from an attended one."""
SAME_WAIT: Final = Seconds(1)
"""How far the waits may differ that two reports of one call state: two clocks in whole seconds (T14)."""
RECORDED_TOLERANCE: Final = Seconds(2)
"""How far the answer may be off what a record's time and talk make it."""


class Talks:
    """Takes in answers, holds, transfers and ends."""

    def __init__(self, floor: Floor, states: AgentStates, stays: Stays) -> None:
        self._floor = floor
        self._states = states
        self._stays = stays
        self._recorded: list[Talk] = []
        """Answers just taken from queue_log."""
        self._unmatched: list[tuple[Timestamp, ev.AgentCompleted]] = []
        """Ends of calls whose answers queue_log has still to tell, and when they were."""

    # -- the answer ---------------------------------------------------------------------------------------------------

    def on_connected(self, event: ev.AgentConnected) -> None:
        """Caller and agent talk (T4, T15)."""
        floor = self._floor
        if self._is_known(event):
            return
        stay = self._stays.find_or_adopt(event.queue, event.call, wait=event.wait)
        if stay is None:
            floor.note_unexpected("answer_without_caller", event)
            return
        interface = event.interface or _interface_of(stay, event.leg) or floor.interface_of(event.leg_channel, stay.key)
        if interface is None:
            floor.note_unexpected("answer_by_unnamed_member", event)
            return
        attempt = stay.attempts.get(interface)
        agent, queue = floor.agent(interface), floor.queues[stay.key]
        ring = _ring_time(attempt, event.leg, floor.now)
        talk = Talk(
            stay=stay,
            agent=agent.id,
            interface=interface,
            leg=event.leg,
            since=floor.now,
            wait=event.wait if event.wait is not None else stay.wait_until(floor.now),
            ring=ring,
            within_rings=None if ring is None else ring <= queue.policy.prompt_ring,
            is_attached=not _is_elsewhere(attempt, event.leg, agent),
            is_unnamed=event.queue is None,
        )
        self._know_as(talk, *stay.known_as, event.leg, stay.linkedid)
        agent.talks.append(talk)
        self._count_answer(talk, agent, queue)
        self._stays.connect(stay)
        self._states.refresh(agent)

    def _count_answer(self, talk: Talk, agent: Agent | None, queue: Queue) -> None:
        floor, totals, policy = self._floor, queue.totals, queue.policy
        totals.count("answered", floor.now)
        floor.book(LogKind.ANSWERED, talk.stay, seconds=talk.wait)
        totals.add_stated("wait_seconds", talk.wait, floor.now)
        is_within_threshold = talk.wait <= policy.service_level_threshold
        self._stays.decide_level(talk.stay, queue, is_met=is_within_threshold)
        if is_within_threshold:
            totals.count("answered_within_threshold", floor.now)
        if talk.ring is not None:
            totals.ring.observe(talk.ring)
        if talk.within_rings:
            totals.count("answered_within_rings", floor.now)
        if talk.wait > policy.unanswered_after:
            totals.count("answered_beyond", floor.now)
        is_late = talk.wait > policy.late_answer
        if is_late:
            totals.count("answered_late", floor.now)
        floor.touch_stats(queue)
        facts = talk_facts(talk)
        floor.emit_call(ch.CallAnswered, facts)
        if agent is None:
            return
        agent.totals.answered[queue.name] = agent.totals.answered.get(queue.name, 0) + 1
        agent.last_queue, agent.missed_in_row = queue.name, 0
        if is_late:
            agent.totals.late_answers += 1
            view = agent.view(floor.policy, floor.now)
            floor.emit(ch.AgentAnsweredLate(at=floor.now, origin=floor.origin, agent=view, facts=facts))

    # -- the end ------------------------------------------------------------------------------------------------------

    def on_completed(self, event: ev.AgentCompleted) -> None:
        """app_queue's record of the end; the second one for a call only tells of its transfer (T15b)."""
        may_log_tell = self._may_log_tell()
        talk = self._find(event, is_sure=may_log_tell, has_all=not may_log_tell)
        if talk is None:
            self._keep_for_log(event)
            self._wrap_up_unseen(event)
        else:
            self._complete(talk, event)

    def _complete(self, talk: Talk, event: ev.AgentCompleted) -> None:
        floor = self._floor
        by = talk.agent if talk.is_open else None
        told = (LogKind.COMPLETED, talk.stay)
        if talk.is_open or not floor.was_taken(*told, seconds=event.talk, waited=event.wait):
            floor.book(*told, seconds=event.talk, waited=event.wait, counted_for=by)
        if talk.is_open:
            self._finish(talk, event.talk, event.ended_by)
        if event.ended_by is ev.EndedBy.TRANSFER and not talk.is_transfer_counted:
            if talk.transfer_kind is not None:
                self._count_transfer(talk)
            else:
                due = Timestamp(floor.now + TRANSFER_SETTLES)
                floor.agenda.at(due, lambda _now: self._count_transfer(talk))

    def _wrap_up_unseen(self, event: ev.AgentCompleted) -> None:
        """The call was answered while we could not see, and Asterisk keeps its agent free now all the same."""
        agent = self._floor.agents.get(self._floor.policy.agent_id(event.interface)) if event.interface else None
        if agent is None or event.interface is None or event.queue is None or agent.is_engaged:
            return
        seconds = agent.wrap_up_seconds(event.queue, event.interface, self._floor.policy)
        if seconds > 0:
            agent.last_queue = event.queue
            self._states.begin_wrap_up(agent, seconds)
            self._states.refresh(agent)

    def _finish(self, talk: Talk, stated: Seconds | None, ended_by: ev.EndedBy | None) -> None:
        floor = self._floor
        if talk.resume(floor.now):
            floor.emit_call(ch.CallResumed, talk_facts(talk))
        talk.talked = stated if stated is not None else Seconds(float(int(floor.now) - int(talk.since)))
        talk.ended_by = ended_by
        self._close(talk)
        queue, agent = floor.queues[talk.stay.key], floor.agents.get(talk.agent)
        queue.totals.count("completed", floor.now)
        queue.totals.add_stated("talk_seconds", talk.talked, floor.now)
        queue.totals.add_seconds("hold_seconds", Seconds(talk.held), floor.now)
        if talk.held > 0:
            queue.totals.hold.observe(talk.held)
        floor.touch_stats(queue)
        floor.emit_call(ch.CallCompleted, talk_facts(talk))
        if agent is not None:
            agent.totals.talk_seconds = Seconds(agent.totals.talk_seconds + talk.talked)
            agent.totals.hold_seconds = Seconds(agent.totals.hold_seconds + talk.held)
            self._detach(talk, agent)
            if talk in agent.talks:
                agent.talks.remove(talk)
            self._states.refresh(agent)

    def _close(self, talk: Talk) -> None:
        talk.is_open = False
        self._floor.agenda.at(Timestamp(self._floor.now + REMEMBERED), lambda _now: self._forget(talk))

    def _count_transfer(self, talk: Talk) -> None:
        floor, queue = self._floor, self._floor.queues.get(talk.stay.key)
        if talk.is_transfer_counted or queue is None:
            return
        talk.is_transfer_counted = True
        kind = talk.transfer_kind or "unknown"
        queue.totals.count("transferred", floor.now)
        queue.totals.transferred[kind] = queue.totals.transferred.get(kind, 0) + 1
        floor.touch_stats(queue)
        floor.emit_call(ch.CallTransferred, talk_facts(talk, reason=kind))

    def end_unseen(self, talk: Talk) -> None:
        """The call ended while we could not see: what app_queue wrote of it, events do not tell."""
        agent = self._floor.agents.get(talk.agent)
        talk.held_since = None
        self._close(talk)
        if agent is not None and talk in agent.talks:
            agent.talks.remove(talk)
            agent.device_explained_until = self._floor.now

    # -- from queue_log -----------------------------------------------------------------------------------------------

    def connect_recorded(self, stay: Stay, record: ev.LogRecord) -> None:
        """The caller was answered, says queue_log; whether they still talk shows when all of it is read."""
        floor = self._floor
        agent_id = floor.agent_named(record.member or "", record.queue)
        agent = floor.agents.get(agent_id)
        queue = floor.queues[stay.key]
        talk = Talk(
            stay=stay,
            agent=agent_id,
            interface=agent.interface if agent is not None else Interface(record.member or ""),
            leg=record.leg,
            since=record.at,
            wait=record.wait if record.wait is not None else stay.wait_until(record.at),
            ring=None,
            within_rings=None,
            is_attached=False,
        )
        self._know_as(talk, *stay.known_as, record.leg)
        self._recorded.append(talk)
        self._count_answer(talk, agent, queue)
        self._stays.connect(stay)

    def complete_recorded(self, record: ev.LogRecord) -> None:
        """The call ended, says queue_log; a second record for it only tells of its transfer (T15b)."""
        key = queue_key(record.queue or QueueName(""))
        talks = [t for t in self._floor.talks.get(record.call or "", ()) if t.stay.key == key]
        talks = talks or self._by_times(record, key)
        if not talks:
            return
        talk = max(talks, key=lambda t: (_is_of(t, record), t.is_open, t.wait == record.wait, -t.since))
        if talk.is_open:
            self._finish(talk, record.talk, record.ended_by)
        if record.ended_by is ev.EndedBy.TRANSFER:
            talk.transfer_kind = record.reason
            self._count_transfer(talk)

    def _by_times(self, record: ev.LogRecord, key: QueueKey) -> list[Talk]:
        """The talk whose end is recorded under another call's id: that of the call it was joined with (T19, T24)."""
        if record.call in self._floor.talks or record.talk is None:
            return []
        agent_id, began = self._floor.agent_named(record.member or "", record.queue), record.at - record.talk
        talks = {id(t): t for talks in self._floor.talks.values() for t in talks if t.is_open and t.agent == agent_id}
        return [
            t
            for t in talks.values()
            if t.stay.key == key and t.wait == record.wait and abs(t.since - began) <= RECORDED_TOLERANCE
        ]

    def attach_recorded(self) -> None:
        """Calls answered in the gap that go on are their agents'; the newest holds them, if the device is in use."""
        agents = self._floor.agents
        going_on = [(talk, agents[talk.agent]) for talk in self._recorded if talk.is_open and talk.agent in agents]
        for talk, agent in going_on:
            agent.talks.append(talk)
        for talk, agent in reversed(going_on):
            if agent.device_busy_since() is not None:
                talk.is_attached = True
                self._states.refresh(agent)
        self._recorded.clear()

    def retry_unmatched(self) -> None:
        """Ends that came before queue_log told of their answers."""
        floor, now, origin = self._floor, self._floor.now, self._floor.origin
        unmatched, self._unmatched = self._unmatched, []
        for at, event in unmatched:
            floor.begin(at, ch.Origin.AMI)
            talk = self._find(event, is_sure=True)
            if talk is None:
                floor.note_unexpected("end_without_answer", event)
            elif talk.is_open:
                self._complete(talk, event)
        floor.begin(now, origin)

    def _keep_for_log(self, event: ev.AgentCompleted) -> None:
        if self._may_log_tell():
            self._unmatched.append((self._floor.now, event))
        else:
            self._floor.note_unexpected("end_without_answer", event)

    def await_log(self, talk: Talk) -> None:
        """The call is over and nobody told how: queue_log will, or it is not known."""
        agent = self._floor.agents.get(talk.agent)
        talk.is_attached = False
        if agent is not None and talk in agent.talks:
            agent.talks.remove(talk)
            agent.device_explained_until = self._floor.now
        self._floor.when_told_by_log(lambda: self.end_unseen(talk) if talk.is_open else None)

    # -- while it lasts -----------------------------------------------------------------------------------------------

    def on_held(self, event: ev.ChannelHeld) -> None:
        """The agent's side put the caller on hold; the caller may hold the agent, which is not counted (T21)."""
        talk = self._by_channel(event.channel, event.linkedid)
        if talk is not None and talk.hold(self._floor.now):
            self._floor.emit_call(ch.CallHeld, talk_facts(talk))
            self._touch_agent(talk)

    def on_unheld(self, event: ev.ChannelUnheld) -> None:
        """Off hold; also sent where there was none (T21)."""
        talk = self._by_channel(event.channel, event.linkedid)
        if talk is not None and talk.resume(self._floor.now):
            self._floor.emit_call(ch.CallResumed, talk_facts(talk))
            self._touch_agent(talk)

    def on_transferred(self, kind: str, ids: set[str]) -> None:
        """Somebody passed a call on; if it is one of ours, its end record says only that it was."""
        for talk in {id(t): t for name in ids for t in self._floor.talks.get(name, ())}.values():
            is_late = not talk.is_open and talk.is_transfer_counted
            if talk.transfer_kind is None and not is_late:
                talk.transfer_kind = kind
                if talk.ended_by is ev.EndedBy.TRANSFER:
                    self._count_transfer(talk)

    def on_channel_gone(self, channel: ChannelId) -> None:
        """The agent's phone is out of the call, though app_queue may not have noticed (T16)."""
        for talk in self._floor.talks.get(channel, ()):
            agent = self._floor.agents.get(talk.agent)
            if talk.is_open and talk.leg == channel and agent is not None:
                self._detach(talk, agent)
                self._states.refresh(agent)

    def on_device_free(self, agent: Agent, state_interface: Interface) -> None:
        """The device went out of use: calls that it carried no longer hold the agent, optimised ones excepted (T25)."""
        for talk in agent.talks:
            member = agent.members.get((talk.stay.key, talk.interface))
            is_its_device = member is None or member.record.state_interface == state_interface
            if talk.is_attached and is_its_device and not talk.leg_moved:
                self._detach(talk, agent)

    def alias(self, old: str, new: str) -> None:
        """A Local channel was optimised away: the agent's leg, or the caller, goes on under another id (T24, T25)."""
        for talk in list(self._floor.talks.get(old, ())):
            self._know_as(talk, new)
            if old in talk.stay.known_as:
                talk.stay.known_as.add(new)
            if talk.leg == old:
                talk.leg, talk.leg_moved = ChannelId(new), True

    def _detach(self, talk: Talk, agent: Agent) -> None:
        """The agent is free of this call; wrap-up starts now, whenever the record comes."""
        if not talk.is_attached:
            return
        if talk.resume(self._floor.now):
            self._floor.emit_call(ch.CallResumed, talk_facts(talk))
        talk.is_attached = False
        agent.device_explained_until = agent.last_call_ended = self._floor.now
        agent.last_queue = talk.stay.queue
        seconds = agent.wrap_up_seconds(talk.stay.queue, talk.interface, self._floor.policy)
        if seconds > 0:
            self._states.begin_wrap_up(agent, seconds)

    # -- finding ------------------------------------------------------------------------------------------------------

    def _is_known(self, event: ev.AgentConnected) -> bool:
        """True for the same answer told twice: neither caller nor leg is answered again without another beginning."""
        key = queue_key(event.queue) if event.queue is not None else None
        talks = [t for t in self._floor.talks.get(event.call, ()) if key in (None, t.stay.key)]
        is_same_leg = event.leg is not None and any(t.leg == event.leg for t in talks)
        return is_same_leg or (bool(talks) and not self._floor.open_stays(event.call))

    def _find(self, event: ev.AgentCompleted, *, is_sure: bool, has_all: bool = True) -> Talk | None:
        """The answered call whose end is told, by whatever the report still contains (T17, T19).

        `is_sure`: none that it cannot be.  `has_all`: False while queue_log has still to tell of calls; the one that a
        report names may be one of these.
        """
        named = [event.call, event.leg]
        talks = list({id(t): t for name in named if name for t in self._floor.talks.get(name, ())}.values())
        if event.queue is not None:
            talks = [t for t in talks if t.stay.key == queue_key(event.queue)]
            if has_all or not any(named):
                talks = talks or self._by_member(event.queue, event)
        elif not any(named):
            return self._unnamed()
        if is_sure:
            talks = [t for t in talks if not _is_another(t, event, self._floor.now)]
        if not talks:
            return None
        return max(talks, key=lambda t: self._likeness(t, event))

    def _may_log_tell(self) -> bool:
        """Answers of a gap are still to be taken from queue_log."""
        floor = self._floor
        return floor.ledger.is_active and (floor.gap_since is not None or floor.recover_until is not None)

    def _unnamed(self) -> Talk | None:
        """The answered call that a report speaks of which says nothing at all: one whose phone is gone, if there is."""
        talks = {id(t): t for agent in self._floor.agents.values() for t in agent.talks if t.is_unnamed and t.is_open}
        return max(talks.values(), key=lambda t: (not t.is_attached, -t.since), default=None)

    def _by_member(self, queue: QueueName, event: ev.AgentCompleted) -> list[Talk]:
        if event.interface is None:
            return []
        agent = self._floor.agents.get(self._floor.policy.agent_id(event.interface))
        talks = agent.talks if agent else []
        return [t for t in talks if t.stay.key == queue_key(queue) and t.wait == event.wait]

    def _likeness(self, talk: Talk, event: ev.AgentCompleted) -> tuple[float, ...]:
        can_be = not _is_another(talk, event, self._floor.now)
        return can_be, talk.is_open, self._fits(talk, event), self._nearness(talk, event)

    def _fits(self, talk: Talk, event: ev.AgentCompleted) -> int:
        is_transfer = event.ended_by is ev.EndedBy.TRANSFER
        was_transferred = talk.transfer_kind is not None
        has_leg = event.leg is not None and event.leg in talk.ids
        is_alike = (talk.interface == event.interface) + (talk.wait == event.wait) + (is_transfer is was_transferred)
        return 2 * has_leg + is_alike

    def _nearness(self, talk: Talk, event: ev.AgentCompleted) -> float:
        """By the stated talk, which runs until the record is written (T16); a second record is the newest call's."""
        if event.talk is None or not talk.is_open:
            return talk.since
        return -abs(self._floor.now - talk.since - event.talk)

    def _by_channel(self, channel: ChannelId, linkedid: str | None) -> Talk | None:
        talks = self._floor.talks.get(channel) or self._floor.talks.get(linkedid or "") or []
        return next((t for t in talks if t.is_open and t.is_attached and channel not in t.stay.known_as), None)

    def _know_as(self, talk: Talk, *names: str | None) -> None:
        for name in names:
            if name and name not in talk.ids:
                talk.ids.add(name)
                self._floor.talks.setdefault(name, []).append(talk)

    def _touch_agent(self, talk: Talk) -> None:
        agent = self._floor.agents.get(talk.agent)
        if agent is not None:
            self._states.refresh(agent)

    def _forget(self, talk: Talk) -> None:
        for name in talk.ids:
            left = [other for other in self._floor.talks.get(name, ()) if other is not talk]
            if left:
                self._floor.talks[name] = left
            else:
                self._floor.talks.pop(name, None)


def talk_facts(talk: Talk, **known: object) -> CallFacts:
    """The facts of an answered call, with what else is known at this moment."""
    facts: dict[str, object] = {
        "agent": talk.agent,
        "wait_seconds": talk.wait,
        "ring_seconds": talk.ring,
        "within_rings": talk.within_rings,
    }
    if talk.talked is not None:
        facts |= {"talk_seconds": talk.talked, "hold_seconds": talk.held, "ended_by": talk.ended_by}
    return stay_facts(talk.stay, **(facts | known))


def _is_another(talk: Talk, event: ev.AgentCompleted, now: Timestamp) -> bool:
    """True when the end that is told cannot be this call's: it began later, after another wait, or at another time.

    In a talk of less than no time the PBX's clock was set back; when it began is not told then.
    """
    if event.wait is not None and abs(talk.wait - event.wait) > SAME_WAIT:
        return True
    if event.talk is not None and event.talk < 0:
        return False
    is_elsewhen = event.talk is not None and abs(now - event.talk - talk.since) > RECORDED_TOLERANCE
    return talk.since > now or (talk.is_open and is_elsewhen)


def _is_of(talk: Talk, record: ev.LogRecord) -> bool:
    """True when a record's wait and beginning are this call's."""
    is_same_wait = record.wait is None or abs(talk.wait - record.wait) <= SAME_WAIT
    return is_same_wait and (record.talk is None or abs(record.at - record.talk - talk.since) <= RECORDED_TOLERANCE)


def _is_elsewhere(attempt: Attempt | None, leg: ChannelId | None, agent: Agent) -> bool:
    """True when another phone took the call, and the member's own, who is credited, is free already (T26)."""
    if attempt is None or attempt.answered_at is not None or None in (leg, attempt.leg):
        return False
    return attempt.leg != leg and agent.device() is ev.DeviceStatus.NOT_IN_USE


def _ring_time(attempt: Attempt | None, leg: ChannelId | None, now: Timestamp) -> Seconds | None:
    """The phone's own ring time, until it was picked up (T15); an earlier ring that was missed is not it."""
    if attempt is None or (attempt.is_missed and attempt.leg != leg):
        return None
    return Seconds(max(0.0, (attempt.answered_at or now) - attempt.since))


def _interface_of(stay: Stay, leg: ChannelId | None) -> Interface | None:
    """Who answered when the report does not name the member (T41): the ringing leg, or the phone picked up."""
    by_leg = (a for a in stay.attempts.values() if leg is not None and a.leg == leg)
    picked_up = (a for a in stay.attempts.values() if a.answered_at is not None)
    attempt = next(by_leg, None) or next(picked_up, None)
    return attempt.interface if attempt is not None else None
