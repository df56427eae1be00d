"""Follows the phones that ring for callers: which agent's, for how long, and how each ring ended."""

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.agent import Agent
from ctibridge.domain.caller import Attempt, Stay
from ctibridge.domain.events import LogKind
from ctibridge.domain.floor import Floor, stay_facts
from ctibridge.domain.queue import Queue
from ctibridge.domain.states import AgentStates
from ctibridge.domain.units import ChannelId, Interface, Seconds


class Rings:
    """Takes in what is reported of phones that ring."""

    def __init__(self, floor: Floor, states: AgentStates) -> None:
        self._floor = floor
        self._states = states

    # -- what is reported ---------------------------------------------------------------------------------------------

    def on_agent_called(self, event: ev.AgentCalled) -> None:
        """A phone rings for a caller in line."""
        floor = self._floor
        stay = self._floor.find_stay(event.queue, event.call)
        if stay is None:
            floor.note_unexpected("ring_without_caller", event)
            return
        interface = event.interface or floor.interface_of(event.leg_channel, stay.key)
        if interface is None:
            floor.note_unexpected("ring_of_unnamed_member", event)
            return
        known = stay.attempts.get(interface)
        if known is not None and event.leg is not None and known.leg == event.leg:
            return
        self._end_cancelled_rings(stay)
        self._end_attempt(stay, interface)
        agent = floor.agent(interface)
        if not agent.members and event.member_name is not None:
            agent.name = event.member_name  # A realtime member is known by this before any report of it (T30).
        attempt = Attempt(agent=agent.id, interface=interface, leg=event.leg, since=floor.now)
        stay.attempts[interface] = attempt
        agent.attempts[id(attempt)] = (stay, attempt)
        floor.emit_call(ch.CallRinging, stay_facts(stay, agent=agent.id))
        self._states.refresh(agent)

    def on_dial_ended(self, event: ev.DialEnded) -> None:
        """A phone was picked up, or rings no more; what the latter means shows when the stay ends."""
        for stay in self._floor.open_stays(event.call):
            stay.phone_answered = stay.phone_answered or event.status == "ANSWER"  # Even one that rang unseen.
            for attempt in stay.attempts.values():
                if attempt.leg != event.leg or attempt.answered_at is not None:
                    continue
                if attempt.is_stopped:
                    attempt.is_cancelled_twice = event.status == "CANCEL" and not attempt.is_missed
                    continue
                if event.status == "ANSWER":
                    attempt.answered_at = self._floor.now
                elif event.status == "CANCEL":
                    attempt.is_stopped, attempt.lost_to_colleague = True, stay.phone_answered
                    attempt.stopped_at = self._floor.now
                    self._release(attempt)
                    continue
                self._states.refresh(self._floor.agents[attempt.agent])

    def on_missed(self, event: ev.AgentMissed) -> None:
        """A phone was not answered, was busy or refused (T11)."""
        floor = self._floor
        stay = self._floor.find_stay(event.queue, event.call)
        interface = _interface(stay, event.interface, event.leg)
        if stay is None:
            floor.note_unexpected("miss_without_caller", event)
            return
        if interface is None:
            self._count_unnamed_miss(stay, event)
            return
        attempt = stay.attempts.get(interface)
        if attempt is not None and attempt.is_missed and attempt.leg == event.leg:
            return
        agent, queue = floor.agent(interface), floor.queues[stay.key]
        if not floor.was_taken(LogKind.RANG_OUT, stay, agent=agent.id):
            agent.totals.ring_no_answer += 1
            queue.totals.count("ring_no_answer", floor.now)
            floor.book(LogKind.RANG_OUT, stay, agent=agent.id)
            floor.touch_line(queue)
            floor.emit_call(ch.CallRingNoAnswer, stay_facts(stay, agent=agent.id, ring_seconds=event.ring))
        if attempt is not None:
            attempt.is_stopped = attempt.is_missed = True
            self._release(attempt)
        self._states.refresh(agent)
        self._count_row(agent, queue)

    def _count_row(self, agent: Agent, queue: Queue) -> None:
        floor = self._floor
        agent.missed_in_row, agent.missed_queue = agent.missed_in_row + 1, queue.name
        if agent.missed_in_row == queue.policy.missed_in_row:
            floor.emit(
                ch.AgentMissedInRow(
                    at=floor.now,
                    origin=floor.origin,
                    agent=agent.view(floor.policy, floor.now),
                    queue=queue.name,
                    count=agent.missed_in_row,
                )
            )

    def _count_unnamed_miss(self, stay: Stay, event: ev.AgentMissed) -> None:
        """A ring of a member whose name is not UTF-8: the queue's, if queue_log is not there to say whose (T41)."""
        floor, queue = self._floor, self._floor.queues[stay.key]
        floor.note_unexpected("miss_by_unnamed_member", event)
        if not floor.ledger.is_active:
            queue.totals.count("ring_no_answer", floor.now)
            floor.touch_line(queue)
            floor.emit_call(ch.CallRingNoAnswer, stay_facts(stay, ring_seconds=event.ring))

    def on_dumped(self, event: ev.AgentDumped) -> None:
        """The agent hung up before the caller was put through; the caller waits on (T8)."""
        stay = self._floor.find_stay(event.queue, event.call)
        if stay is None:
            self._floor.note_unexpected("dump_without_caller", event)
            return
        stay.phone_answered = False
        interface = _interface(stay, event.interface, event.leg)
        if interface is not None:
            self._end_attempt(stay, interface)

    # -- how rings end ------------------------------------------------------------------------------------------------

    def stop(self, stay: Stay, attempt: Attempt) -> None:
        """A full picture does not show the ringing phone's channel any more."""
        self._end_attempt(stay, attempt.interface)

    def end_all(self, stay: Stay, queue: Queue, *, count: bool) -> None:
        """Nobody's phone rings for this caller any more; app_queue logs those that were cut off by the caller (T12)."""
        floor = self._floor
        for attempt in list(stay.attempts.values()):
            agent = floor.agents.get(attempt.agent)
            is_cut_off = not (attempt.lost_to_colleague or attempt.is_missed or attempt.answered_at is not None)
            if count and is_cut_off and agent is not None:
                self._count_cancelled(stay, queue, attempt, agent)
            self._release(attempt)

    def _end_cancelled_rings(self, stay: Stay) -> None:
        """A phone rings anew: the caller has cut off the rings before by a key, and waits on (option H, T12)."""
        floor = self._floor
        for attempt in list(stay.attempts.values()):
            agent = floor.agents.get(attempt.agent)
            if attempt.is_cancelled_twice and not attempt.lost_to_colleague and agent is not None:
                self._count_cancelled(stay, floor.queues[stay.key], attempt, agent)
                self._end_attempt(stay, attempt.interface)

    def _count_cancelled(self, stay: Stay, queue: Queue, attempt: Attempt, agent: Agent) -> None:
        floor = self._floor
        if floor.was_taken(LogKind.RING_CANCELLED, stay, agent=agent.id):
            return
        until = attempt.stopped_at if attempt.is_cancelled_twice else None
        ring = Seconds(max(0.0, (until or floor.now) - attempt.since))
        agent.totals.ring_cancelled += 1
        floor.touch_agent(agent)
        queue.totals.count("ring_cancelled", floor.now)
        floor.book(LogKind.RING_CANCELLED, stay, agent=agent.id)
        floor.emit_call(ch.CallRingCancelled, stay_facts(stay, agent=agent.id, ring_seconds=ring))

    def _end_attempt(self, stay: Stay, interface: Interface) -> None:
        attempt = stay.attempts.pop(interface, None)
        if attempt is not None:
            self._release(attempt)

    def _release(self, attempt: Attempt) -> None:
        """The agent's phone is not ringing for this any more."""
        agent = self._floor.agents.get(attempt.agent)
        if agent is not None and agent.attempts.pop(id(attempt), None) is not None:
            agent.device_explained_until = self._floor.now
            self._states.refresh(agent)


def _interface(stay: Stay | None, interface: Interface | None, leg: ChannelId | None) -> Interface | None:
    """The member a report speaks of; its name is missing when it is not UTF-8, the leg is not (T41)."""
    if interface is not None or stay is None:
        return interface
    return next((a.interface for a in stay.attempts.values() if a.leg is not None and a.leg == leg), None)
