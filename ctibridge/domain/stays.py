"""Follows callers through queues: joining, leaving, and what is counted of it."""

from collections import deque
from typing import Final

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.caller import EXIT_BY_KEY, EXIT_REASON, REFUSAL_REASON, Stage, Stay, Step
from ctibridge.domain.events import LogKind
from ctibridge.domain.floor import REMEMBERED, Floor, stay_facts
from ctibridge.domain.queue import Queue
from ctibridge.domain.rings import Rings
from ctibridge.domain.units import CallId, ChannelId, QueueName, Seconds, Timestamp
from ctibridge.domain.views import CallFacts

SAME_JOIN: Final = Seconds(2)
"""A listed wait is whole seconds: two joining times of one caller within this are one stay."""

ABANDON_SETTLES: Final = Seconds(2)
"""An "abandon" that nothing explains within this time, queue_log included, is one; ``QUEUESTATUS`` follows at once."""

ADOPTION_TOLERANCE: Final = Seconds(2)
"""How far a stated wait may be off the stay that goes on under another channel (T23)."""

MOST_RECORDED: Final = 200
"""Stays from queue_log that AMI may still tell of."""


class Stays:
    """Takes in what is reported of callers."""

    def __init__(self, floor: Floor, rings: Rings) -> None:
        self._floor = floor
        self._rings = rings
        self._unseen: set[Stay] = set()
        """Who was there when the feed was lost last."""
        self._recorded: deque[Stay] = deque(maxlen=MOST_RECORDED)
        """Stays of which queue_log told first, the newest last."""

    # -- in -----------------------------------------------------------------------------------------------------------

    def on_joined(self, event: ev.CallerJoined) -> None:
        """A new stay, unless a full picture has shown it already; whatever the caller did before is over."""
        floor = self._floor
        queue = floor.queue(event.queue)
        if self._has_come_and_gone(queue, event.call):
            return
        for stay in floor.open_stays(event.call):
            if stay.awaits_log:
                continue
            if self._is_doubtful(stay) and abs(stay.joined_at - floor.now) > SAME_JOIN:
                continue
            is_waiting_here = stay.key == queue.key and stay.stage is Stage.WAITING
            if is_waiting_here and abs(stay.joined_at - floor.now) <= SAME_JOIN:
                stay.linkedid = stay.linkedid or event.linkedid
                self._stand_in_line(queue, stay, event.position)
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
        else:
            stay.is_read_first = True
            self._recorded.append(stay)
        self._know_as(stay, call)
        queue.totals.count("offered", floor.now)
        floor.book(LogKind.OFFERED, stay, at=joined_at)
        self._floor.touch_line(queue)
        self.watch_level(stay)
        return stay

    def watch_level(self, stay: Stay) -> None:
        """Look at the service level once the caller has surely waited too long.

        Asterisk's waits are differences of truncated clocks: that is up to a second after the threshold.
        """
        threshold = self._floor.queues[stay.key].policy.service_level_threshold
        due = Timestamp(int(stay.joined_at) + threshold + 1)
        self._floor.agenda.at(due, lambda _now: self.check_level(stay))
        self.watch_wait(stay)

    def watch_wait(self, stay: Stay) -> None:
        """Look at the wait the very moment at which it becomes too long."""
        due = Timestamp(stay.joined_at + self._floor.queues[stay.key].policy.max_wait)
        self._floor.agenda.at(due, lambda _now: self.check_wait(stay))

    def _stand_in_line(self, queue: Queue, stay: Stay, position: int | None) -> None:
        """Of somebody whom queue_log told of first AMI tells that they are in line now."""
        stay.is_read_first = False
        if stay not in queue.line:
            stay.position = position or len(queue.line) + 1
            queue.join(stay)
            self._floor.touch_line(queue)

    def _has_come_and_gone(self, queue: Queue, call: CallId) -> bool:
        """True when queue_log told of this stay from its beginning to its end before AMI tells of its beginning."""
        alike = (stay for stay in self._recorded if stay.call == call and stay.key == queue.key and not stay.is_open)
        return any(abs(stay.joined_at - self._floor.now) <= SAME_JOIN for stay in alike)

    def on_queue_entered(self, event: ev.QueueEntered) -> None:
        """Remember which queue a channel asked for: nothing else names it if the caller is refused (T5)."""
        self.moved_on(event.call)
        self._floor.queue_asked[event.call] = event

    def on_line_ordered(self, event: ev.LineOrdered) -> None:
        """Put the line in another order; who was not named stands at its end."""
        floor, queue = self._floor, self._floor.queue(event.queue)
        places = {id(stay): place for place, call in enumerate(event.calls, 1) for stay in floor.open_stays(call)}
        if queue.reorder(places):
            floor.touch_queue(queue)

    # -- out ----------------------------------------------------------------------------------------------------------

    def on_left(self, event: ev.CallerLeft) -> None:
        """Out of the line, for a reason still to come."""
        stay = self.find_or_adopt(event.queue, event.call, wait=None, position=event.position)
        if stay is not None:
            stay.left_at = self._floor.now
            self.take_step(stay, Step.LEFT_LINE)

    def on_abandon_reported(self, event: ev.AbandonReported) -> None:
        """Perhaps an abandon (T1)."""
        stay = self.find_or_adopt(event.queue, event.call, wait=event.wait, position=event.position)
        if stay is None:
            return  # Said twice for one caller (T6).
        stay.stated_wait, stay.left_at = event.wait, self._floor.now
        stay.position = event.position or stay.position
        if self.take_step(stay, Step.GAVE_UP):
            self._settle_later(stay)

    def on_outcome(self, event: ev.QueueOutcomeSet) -> None:
        """``Queue()`` ended and says why; without a stay it refused the caller."""
        floor = self._floor
        reason = EXIT_REASON.get(event.outcome)
        known = [s for s in floor.open_stays(event.call) if not (s.awaits_log or self._is_doubtful(s))]
        if reason is not None and (left := self._left_lately(known)) is not None:
            self.take_step(left, Step.TOLD_WHY, reason)
        elif event.outcome in REFUSAL_REASON and not known:
            self._refuse(event, REFUSAL_REASON[event.outcome])

    def on_hung_up(self, channel: ChannelId) -> None:
        """The caller's channel is gone; a stay that goes on all the same has been handed to another channel."""
        floor = self._floor
        self.moved_on(channel)
        floor.queue_asked.pop(CallId(channel), None)
        for stay in floor.open_stays(channel):
            stay.caller_gone = not self._is_doubtful(stay)  # Else the stay may have ended before the channel did.

    def moved_on(self, channel: str) -> None:
        """A channel took its next step in the dialplan, or hung up: doubts about how it left its queue are settled."""
        for stay in self._floor.open_stays(channel):
            self._moved_on(stay)

    def alias(self, old: str, new: str) -> None:
        """What was known of one channel goes on under another."""
        for stay in self._floor.open_stays(old):
            self._know_as(stay, new)
            stay.caller_gone = False

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
        joined while we could not see: that one is counted as offered, for app_queue had it.  Before the picture that
        ends a gap many channels may have vanished, and queue_log will tell whose it was.
        """
        stay = self._floor.find_stay(queue, call)
        if queue is None or (stay is not None and self._fits(stay, wait)):
            return stay
        if self._is_told_by_log():
            return None
        known = self._floor.queue(queue)
        orphan = self._orphan(known, wait, position)
        if orphan is not None:
            self._know_as(orphan, call)
            orphan.caller_gone = False
            return orphan
        if call in known.ended or wait is None:
            return None
        self._floor.unexpected["caller_not_seen_joining"] += 1
        stay = self.open_stay(
            known,
            call,
            joined_at=Timestamp(self._floor.now - wait),
            position=position or len(known.line) + 1,
            caller=ev.Caller(),
            linkedid=None,
        )
        self._floor.emit_call(ch.CallQueued, stay_facts(stay))
        return stay

    def lose_sight(self) -> None:
        """The feed is lost: what AMI tells next of those who are there may be about what they did since."""
        self._unseen = {stay for stays in self._floor.stays.values() for stay in stays if stay.is_open}

    def await_log(self, stay: Stay) -> None:
        """The caller is gone and nobody told how: queue_log will, or it is not known."""
        floor, queue = self._floor, self._floor.queues[stay.key]
        stay.awaits_log = True
        queue.leave(stay)
        self._floor.touch_line(queue)
        floor.when_told_by_log(lambda: self.miss(stay))

    # -- how it ends --------------------------------------------------------------------------------------------------

    def _settle(self, stay: Stay) -> None:
        """What would have explained the "abandon" may have been lost with the feed, or come late (T37)."""
        floor = self._floor
        if floor.gap_since is not None or stay.awaits_log:
            if not floor.ledger.is_active:
                self.take_step(stay, Step.MISSED)
        elif (exited := floor.told_by_log(LogKind.EXITED, stay)) is not None:
            self.take_step(stay, Step.TOLD_WHY, exited.reason)
        elif stay.stage is Stage.GIVING_UP and floor.ledger.may_tell(stay.left_at or Timestamp(0), floor.now):
            self._settle_later(stay)
        else:
            self.take_step(stay, Step.SETTLED)

    def _settle_later(self, stay: Stay) -> None:
        self._floor.agenda.at(Timestamp(self._floor.now + ABANDON_SETTLES), lambda _now: self._settle(stay))

    def _moved_on(self, stay: Stay) -> None:
        if stay.stage is not Stage.WAITING and not stay.awaits_log and not self._is_doubtful(stay):
            self.take_step(stay, Step.MOVED_ON)

    def take_step(self, stay: Stay, step: Step, reason: str | None = None) -> bool:
        """Take a step, and close the stay if it ends it; False when it means nothing now."""
        if not stay.step(step):
            return False
        queue = self._floor.queues[stay.key]
        queue.leave(stay)
        self._floor.touch_line(queue)
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
                self._rings.end_all(stay, queue, count=True)
                self._abandon(stay, queue)
            case Stage.EXITED:
                self._rings.end_all(stay, queue, count=reason is None)
                self._exit(stay, queue, reason or EXIT_BY_KEY)
            case Stage.LOST:
                self._rings.end_all(stay, queue, count=False)
                queue.totals.count("lost", floor.now)
                floor.emit_call(ch.CallLost, stay_facts(stay))
            case _:
                self._rings.end_all(stay, queue, count=False)

    def _abandon(self, stay: Stay, queue: Queue) -> None:
        floor, totals, policy = self._floor, queue.totals, queue.policy
        wait = stay.stated_wait if stay.stated_wait is not None else stay.wait_until(floor.now)
        is_short = wait <= policy.short_abandon
        totals.count("abandoned", floor.now)
        floor.book(LogKind.ABANDONED, stay, at=stay.left_at, seconds=wait)
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
        floor.book(LogKind.EXITED, stay, at=stay.left_at, seconds=wait)
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

    def check_wait(self, stay: Stay) -> None:
        """Say once that a caller who still waits has waited for too long; in a gap nobody knows who still does."""
        floor, queue = self._floor, self._floor.queues.get(stay.key)
        if queue is None or stay.is_wait_told or stay.stage is not Stage.WAITING or floor.gap_since is not None:
            return
        wait, limit = Seconds(floor.now - stay.joined_at), queue.policy.max_wait
        if wait < limit - 1e-6:
            return
        stay.is_wait_told = True
        floor.emit(
            ch.QueueWaitExceeded(
                at=floor.now,
                origin=floor.origin,
                queue=queue.name,
                call=stay.call,
                joined_at=stay.joined_at,
                wait_seconds=wait,
                limit_seconds=limit,
            )
        )

    # -- finding ------------------------------------------------------------------------------------------------------

    def _is_doubtful(self, stay: Stay) -> bool:
        """True before the picture that ends a gap, for who was there before it: how they left, queue_log tells."""
        return stay in self._unseen and self._is_told_by_log()

    def _is_told_by_log(self) -> bool:
        """In a gap whose calls queue_log is going to tell."""
        return self._floor.gap_since is not None and self._floor.ledger.is_active

    def _fits(self, stay: Stay, wait: Seconds | None) -> bool:
        """False when a report of a wait is about a later stay of the same caller, who came again in a gap."""
        if wait is None or not (stay.awaits_log or stay in self._unseen):
            return True
        return abs(stay.wait_until(self._floor.now) - wait) <= ADOPTION_TOLERANCE

    def _left_lately(self, stays: list[Stay]) -> Stay | None:
        """The stay whose way out is told: one that is out of the line, or is not shown to have just begun (T44)."""
        told = [stay for stay in stays if stay.is_settling or self._floor.now - stay.joined_at > SAME_JOIN]
        return max(reversed(told), key=lambda stay: stay.is_settling, default=None)

    def _orphan(self, queue: Queue, wait: Seconds | None, position: int | None) -> Stay | None:
        for stay in queue.line:
            fits_wait = wait is None or abs(stay.wait_until(self._floor.now) - wait) <= ADOPTION_TOLERANCE
            if stay.caller_gone and fits_wait and position in (None, stay.position):
                return stay
        return None

    def _know_as(self, stay: Stay, channel: str) -> None:
        if channel not in stay.known_as:
            stay.known_as.add(channel)
            self._floor.stays.setdefault(channel, []).append(stay)

    def _forget(self, stay: Stay, queue: Queue, ended_at: Timestamp) -> None:
        if queue.ended.get(stay.call) == ended_at:
            del queue.ended[stay.call]
        for name in stay.known_as:
            left = [other for other in self._floor.stays.get(name, ()) if other is not stay]
            if left:
                self._floor.stays[name] = left
            else:
                self._floor.stays.pop(name, None)
