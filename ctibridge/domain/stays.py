"""Follows callers through queues: joining, phones ringing for them, leaving, and what is counted of it."""

from typing import Final

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.agent import Agent
from ctibridge.domain.caller import EXIT_BY_KEY, EXIT_REASON, REFUSAL_REASON, Attempt, Stage, Stay, Step
from ctibridge.domain.events import LogKind
from ctibridge.domain.floor import REMEMBERED, Floor, stay_facts
from ctibridge.domain.queue import Queue
from ctibridge.domain.states import AgentStates
from ctibridge.domain.units import CallId, ChannelId, Interface, QueueName, Seconds, Timestamp
from ctibridge.domain.views import CallFacts

SAME_JOIN: Final = Seconds(2)
"""A listed wait is whole seconds: two joining times of one caller within this are one stay."""

ABANDON_SETTLES: Final = Seconds(2)
"""An "abandon" that nothing explains within this time is one; ``QUEUESTATUS`` follows within milliseconds."""

ADOPTION_TOLERANCE: Final = Seconds(2)
"""How far a stated wait may be off the stay that goes on under another channel (T23)."""


class Stays:
    """Takes in what is reported of callers and of phones ringing for them."""

    def __init__(self, floor: Floor, states: AgentStates) -> None:
        self._floor = floor
        self._states = states

    # -- in -----------------------------------------------------------------------------------------------------------

    def on_joined(self, event: ev.CallerJoined) -> None:
        """A new stay, unless a full picture has shown it already; whatever the caller did before is over."""
        floor = self._floor
        queue = floor.queue(event.queue)
        for stay in floor.open_stays(event.call):
            if stay.awaits_log:
                continue
            is_waiting_here = stay.key == queue.key and stay.stage is Stage.WAITING
            if is_waiting_here and abs(stay.joined_at - floor.now) <= SAME_JOIN:
                stay.linkedid = stay.linkedid or event.linkedid
                return
            if stay.joined_at <= floor.now:  # Else a picture has shown what this caller did next (T44).
                self.take_step(stay, Step.REJOINED)
        place = event.position or len(queue.line) + 1
        stay = self.open_stay(
            queue, event.call, joined_at=floor.now, position=place, caller=event.caller, linkedid=event.linkedid
        )
        floor.emit_call(ch.CallQueued, stay_facts(stay))

    def open_stay(  # noqa: PLR0913 - a stay is made of what the switch says of it
        self,
        queue: Queue,
        call: CallId,
        *,
        joined_at: Timestamp,
        position: int,
        caller: ev.Caller,
        linkedid: str | None,
        in_line: bool = True,
    ) -> Stay:
        """Put a caller in line and count the offer; one of whom we only read was in line, and is no more."""
        floor = self._floor
        stay = Stay(
            queue=queue.name,
            key=queue.key,
            call=call,
            linkedid=linkedid,
            caller=caller,
            joined_at=joined_at,
            position=position,
        )
        if in_line:
            queue.join(stay)
        self._know_as(stay, call)
        queue.totals.count("offered", floor.now)
        floor.book(LogKind.OFFERED, stay, at=joined_at)
        self.touch(queue)
        self.watch_level(stay)
        return stay

    def watch_level(self, stay: Stay) -> None:
        """Look at the service level once the caller has surely waited too long.

        Asterisk's waits are differences of truncated clocks: that is up to a second after the threshold.
        """
        threshold = self._floor.queues[stay.key].policy.service_level_threshold
        due = Timestamp(int(stay.joined_at) + threshold + 1)
        self._floor.agenda.at(due, lambda _now: self.check_level(stay))

    def on_queue_entered(self, event: ev.QueueEntered) -> None:
        """Remember which queue a channel asked for: nothing else names it if the caller is refused (T5)."""
        self.moved_on(event.call)
        self._floor.queue_asked[event.call] = event

    # -- phones -------------------------------------------------------------------------------------------------------

    def on_agent_called(self, event: ev.AgentCalled) -> None:
        """A phone rings for a caller in line."""
        floor = self._floor
        stay = self._find(event.queue, event.call)
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
            for attempt in stay.attempts.values():
                if attempt.leg != event.leg or attempt.answered_at is not None:
                    continue
                if attempt.is_stopped:
                    attempt.is_cancelled_twice = event.status == "CANCEL" and not attempt.is_missed
                    continue
                if event.status == "ANSWER":
                    attempt.answered_at, stay.phone_answered = self._floor.now, True
                elif event.status == "CANCEL":
                    attempt.is_stopped, attempt.lost_to_colleague = True, stay.phone_answered
                    attempt.stopped_at = self._floor.now
                    self._release(attempt)
                    continue
                self._states.refresh(self._floor.agents[attempt.agent])

    def on_missed(self, event: ev.AgentMissed) -> None:
        """A phone was not answered, was busy or refused (T11)."""
        floor = self._floor
        stay = self._find(event.queue, event.call)
        interface = self._interface(stay, event.interface, event.leg)
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
        agent.totals.ring_no_answer += 1
        queue.totals.count("ring_no_answer", floor.now)
        floor.book(LogKind.RANG_OUT, stay, agent=agent.id)
        self.touch(queue)
        floor.emit_call(ch.CallRingNoAnswer, stay_facts(stay, agent=agent.id, ring_seconds=event.ring))
        if attempt is not None:
            attempt.is_stopped = attempt.is_missed = True
            self._release(attempt)
        self._states.refresh(agent)

    def _count_unnamed_miss(self, stay: Stay, event: ev.AgentMissed) -> None:
        """A ring of a member whose name is not UTF-8: the queue's, if queue_log is not there to say whose (T41)."""
        floor, queue = self._floor, self._floor.queues[stay.key]
        floor.note_unexpected("miss_by_unnamed_member", event)
        if not floor.ledger.is_active:
            queue.totals.count("ring_no_answer", floor.now)
            self.touch(queue)
            floor.emit_call(ch.CallRingNoAnswer, stay_facts(stay, ring_seconds=event.ring))

    def on_dumped(self, event: ev.AgentDumped) -> None:
        """The agent hung up before the caller was put through; the caller waits on (T8)."""
        stay = self._find(event.queue, event.call)
        if stay is None:
            self._floor.note_unexpected("dump_without_caller", event)
            return
        stay.phone_answered = False
        interface = self._interface(stay, event.interface, event.leg)
        if interface is not None:
            self._end_attempt(stay, interface)

    # -- out ----------------------------------------------------------------------------------------------------------

    def on_left(self, event: ev.CallerLeft) -> None:
        """Out of the line, for a reason still to come."""
        stay = self.find_or_adopt(event.queue, event.call, wait=None, position=event.position)
        if stay is not None:
            stay.left_at = self._floor.now
            self.take_step(stay, Step.LEFT_LINE)

    def on_abandon_reported(self, event: ev.AbandonReported) -> None:
        """Perhaps an abandon (T1)."""
        floor = self._floor
        stay = self.find_or_adopt(event.queue, event.call, wait=event.wait, position=event.position)
        if stay is None:
            return  # Said twice for one caller (T6).
        stay.stated_wait = event.wait
        stay.position = event.position or stay.position
        if self.take_step(stay, Step.GAVE_UP):
            floor.agenda.at(Timestamp(floor.now + ABANDON_SETTLES), lambda _now: self._settle(stay))

    def on_outcome(self, event: ev.QueueOutcomeSet) -> None:
        """``Queue()`` ended and says why; without a stay it refused the caller."""
        floor = self._floor
        reason = EXIT_REASON.get(event.outcome)
        open_stays = [stay for stay in floor.open_stays(event.call) if not stay.awaits_log]
        if reason is not None and open_stays:
            self.take_step(open_stays[-1], Step.TOLD_WHY, reason)
        elif event.outcome in REFUSAL_REASON and not open_stays:
            self._refuse(event, REFUSAL_REASON[event.outcome])

    def on_hung_up(self, channel: ChannelId) -> None:
        """The caller's channel is gone; a stay that goes on all the same has been handed to another channel."""
        floor = self._floor
        self.moved_on(channel)
        floor.queue_asked.pop(CallId(channel), None)
        for stay in floor.open_stays(channel):
            stay.caller_gone = True

    def moved_on(self, channel: str) -> None:
        """A channel took its next step in the dialplan, or hung up: doubts about how it left its queue are settled."""
        for stay in self._floor.open_stays(channel):
            self._moved_on(stay)

    def alias(self, old: str, new: str) -> None:
        """What was known of one channel goes on under another."""
        for stay in self._floor.open_stays(old):
            self._know_as(stay, new)
            stay.caller_gone = False

    def stop_ring(self, stay: Stay, attempt: Attempt) -> None:
        """A full picture does not show the ringing phone's channel any more."""
        self._end_attempt(stay, attempt.interface)

    def miss(self, stay: Stay) -> None:
        """A full picture does not show this caller any more."""
        self.take_step(stay, Step.MISSED)

    def connect(self, stay: Stay) -> None:
        """The stay ended with an answer: all phones stop ringing for it."""
        self.take_step(stay, Step.CONNECTED)

    def find_or_adopt(
        self, queue: QueueName | None, call: CallId, *, wait: Seconds | None, position: int | None = None
    ) -> Stay | None:
        """The open stay that a report speaks of.

        A report under an unknown channel belongs to the stay whose own channel vanished (T23), or else to a caller who
        joined while we could not see: that one is counted as offered, for app_queue had it.
        """
        stay = self._find(queue, call)
        if stay is not None or queue is None:
            return stay
        known = self._floor.queue(queue)
        orphan = self._orphan(known, wait, position)
        if orphan is not None:
            self._know_as(orphan, call)
            orphan.caller_gone = False
            return orphan
        if call in known.ended or wait is None:
            return None
        self._floor.unexpected["caller_not_seen_joining"] += 1
        return self.open_stay(
            known,
            call,
            joined_at=Timestamp(self._floor.now - wait),
            position=position or len(known.line) + 1,
            caller=ev.Caller(),
            linkedid=None,
        )

    def await_log(self, stay: Stay) -> None:
        """The caller is gone and nobody told how: queue_log will, or it is not known."""
        floor, queue = self._floor, self._floor.queues[stay.key]
        stay.awaits_log = True
        queue.leave(stay)
        self.touch(queue)
        floor.when_told_by_log(lambda: self.miss(stay))

    # -- how it ends --------------------------------------------------------------------------------------------------

    def _settle(self, stay: Stay) -> None:
        """What would have explained the "abandon" may have been lost with the feed."""
        is_blind = self._floor.gap_since is not None
        if not is_blind and not stay.awaits_log:
            self.take_step(stay, Step.SETTLED)
        elif not self._floor.ledger.is_active:
            self.take_step(stay, Step.MISSED)

    def _moved_on(self, stay: Stay) -> None:
        if stay.stage is not Stage.WAITING and not stay.awaits_log:
            self.take_step(stay, Step.MOVED_ON)

    def take_step(self, stay: Stay, step: Step, reason: str | None = None) -> bool:
        """Take a step, and close the stay if it ends it; False when it means nothing now."""
        if not stay.step(step):
            return False
        queue = self._floor.queues[stay.key]
        queue.leave(stay)
        self.touch(queue)
        if not stay.is_open:
            self._close(stay, queue, reason)
        return True

    def _close(self, stay: Stay, queue: Queue, reason: str | None) -> None:
        """The stay has ended: count it, say it, and forget it after a while."""
        floor = self._floor
        ended_at = queue.ended[stay.call] = floor.now
        floor.agenda.at(Timestamp(ended_at + REMEMBERED), lambda _now: self._forget(stay, queue, ended_at))
        match stay.stage:
            case Stage.ABANDONED:
                self._end_rings(stay, queue, count=True)
                self._abandon(stay, queue)
            case Stage.EXITED:
                self._end_rings(stay, queue, count=reason is None)
                self._exit(stay, queue, reason or EXIT_BY_KEY)
            case Stage.LOST:
                self._end_rings(stay, queue, count=False)
                queue.totals.count("lost", floor.now)
                floor.emit_call(ch.CallLost, stay_facts(stay))
            case _:
                self._end_rings(stay, queue, count=False)

    def _abandon(self, stay: Stay, queue: Queue) -> None:
        floor, totals, policy = self._floor, queue.totals, queue.policy
        wait = stay.stated_wait if stay.stated_wait is not None else stay.wait_until(floor.now)
        is_short = wait <= policy.short_abandon
        totals.count("abandoned", floor.now)
        floor.book(LogKind.ABANDONED, stay, seconds=wait)
        totals.add_stated("abandon_wait_seconds", wait, floor.now)
        if wait <= policy.service_level_threshold:
            totals.count("abandoned_within", floor.now)
        if is_short:
            totals.count("abandoned_short", floor.now)
            stay.is_level_decided = True  # A misdialled call is neither for nor against the service level.
        self.decide_level(stay, queue, is_met=False)
        floor.emit_call(ch.CallAbandoned, stay_facts(stay, wait_seconds=wait, short=is_short))

    def _exit(self, stay: Stay, queue: Queue, reason: str) -> None:
        floor = self._floor
        wait = stay.stated_wait if stay.stated_wait is not None else stay.wait_until(stay.left_at or floor.now)
        queue.totals.count("exited", floor.now)
        floor.book(LogKind.EXITED, stay, seconds=wait)
        queue.totals.exited[reason] = queue.totals.exited.get(reason, 0) + 1
        stay.is_level_decided = True
        floor.emit_call(ch.CallExited, stay_facts(stay, wait_seconds=wait, reason=reason))

    def _refuse(self, event: ev.QueueOutcomeSet, reason: str) -> None:
        floor = self._floor
        asked = floor.queue_asked.pop(event.call, None)
        if asked is None:
            floor.note_unexpected("refused_by_unnamed_queue", event)
            return
        queue = floor.queue(asked.queue)
        queue.totals.count("refused", floor.now)
        queue.totals.refused[reason] = queue.totals.refused.get(reason, 0) + 1
        floor.touch_stats(queue)
        facts = CallFacts(
            call=event.call, queue=queue.name, linkedid=asked.linkedid, caller=asked.caller, reason=reason
        )
        floor.emit_call(ch.CallRefused, facts)

    def decide_level(self, stay: Stay, queue: Queue, *, is_met: bool) -> None:
        """Count a call for or against the service level, once: at answer, abandon, or when the threshold passes."""
        if not stay.is_level_decided:
            stay.is_level_decided = True
            queue.totals.count("service_level_met" if is_met else "service_level_missed", self._floor.now)
            self._floor.touch_stats(queue)

    def check_level(self, stay: Stay) -> None:
        """A caller who still waits after the threshold counts against the service level at once."""
        queue = self._floor.queues.get(stay.key)
        if queue is None:
            return
        is_over = stay.wait_until(self._floor.now) > queue.policy.service_level_threshold
        if stay.is_open and is_over and self._floor.gap_since is None:
            self.decide_level(stay, queue, is_met=False)

    # -- rings --------------------------------------------------------------------------------------------------------

    def _end_rings(self, stay: Stay, queue: Queue, *, count: bool) -> None:
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
        until = attempt.stopped_at if attempt.is_cancelled_twice else None
        ring = Seconds(max(0.0, (until or floor.now) - attempt.since))
        agent.totals.ring_cancelled += 1
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

    # -- finding ------------------------------------------------------------------------------------------------------

    def _find(self, queue: QueueName | None, call: CallId) -> Stay | None:
        stays = self._floor.open_stays(call)
        if queue is not None:
            key = self._floor.queue(queue).key
            stays = [stay for stay in stays if stay.key == key]
        return stays[-1] if stays else None

    def _orphan(self, queue: Queue, wait: Seconds | None, position: int | None) -> Stay | None:
        for stay in queue.line:
            fits_wait = wait is None or abs(stay.wait_until(self._floor.now) - wait) <= ADOPTION_TOLERANCE
            if stay.caller_gone and fits_wait and position in (None, stay.position):
                return stay
        return None

    def _interface(self, stay: Stay | None, interface: Interface | None, leg: ChannelId | None) -> Interface | None:
        """The member a report speaks of; its name is missing when it is not UTF-8, the leg is not (T41)."""
        if interface is not None or stay is None:
            return interface
        return next((a.interface for a in stay.attempts.values() if a.leg is not None and a.leg == leg), None)

    def _know_as(self, stay: Stay, channel: str) -> None:
        if channel not in stay.known_as:
            stay.known_as.add(channel)
            self._floor.stays.setdefault(channel, []).append(stay)

    def touch(self, queue: Queue) -> None:
        """Who is in line, and what was counted, changed."""
        self._floor.touch_queue(queue)
        self._floor.touch_stats(queue)

    def _forget(self, stay: Stay, queue: Queue, ended_at: Timestamp) -> None:
        if queue.ended.get(stay.call) == ended_at:
            del queue.ended[stay.call]
        for name in stay.known_as:
            left = [other for other in self._floor.stays.get(name, ()) if other is not stay]
            if left:
                self._floor.stays[name] = left
            else:
                self._floor.stays.pop(name, None)
