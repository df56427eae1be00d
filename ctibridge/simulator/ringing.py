"""One round of ringing members for a caller whose turn it is: app_queue's ``try_calling`` and ``wait_for_answer``."""

from enum import Enum, auto

from ctibridge.simulator import channel_events, queue_events
from ctibridge.simulator.attempts import Attempt, Phase
from ctibridge.simulator.clockwork import Steps
from ctibridge.simulator.devices import DeviceState
from ctibridge.simulator.exchange import Exchange
from ctibridge.simulator.queues import Entry, Member
from ctibridge.simulator.script import Strategy
from ctibridge.simulator.telephones import Telephones

TIME_FOR_ANOTHER = 0.5
"""Seconds that must be left of a round for one more member to be rung after a refusal."""


class Failure(Enum):
    """How a round ends in which nobody answers."""

    NOBODY = auto()
    HUNG_UP = auto()
    KEY = auto()


class Answered:
    """How a round ends in which somebody answers."""

    def __init__(self, attempt: Attempt, ring: int) -> None:
        self.attempt = attempt
        self.ring = ring
        """Whole seconds since the round began: what app_queue takes for the time that the member rang."""


class Round:
    """One round for one caller."""

    def __init__(self, exchange: Exchange, telephones: Telephones, entry: Entry) -> None:
        self._exchange = exchange
        self._telephones = telephones
        self._entry = entry
        self._queue = entry.queue
        self._started = exchange.clock.now
        self._counts_from = exchange.second
        """The second from which the ring time of a member who refuses is counted."""
        self._limit = self._time_limit()
        self._rings_all = self._queue.spec.strategy is Strategy.RING_ALL
        members = reversed(self._queue.members)
        self._attempts = [Attempt(entry, member, self._queue.metric(member, self._started)) for member in members]

    def play(self) -> Steps[Answered | Failure]:
        """Ring members until one answers, time is up, or the caller has enough."""
        self._entry.is_ringing_members = True
        self._ring_next()
        outcome = yield from self._await_answer()
        if self._queue.spec.strategy is Strategy.ROUND_ROBIN:
            best = self._best()
            self._queue.advance_round(None if best is None else best.metric)
        if isinstance(outcome, Answered):
            self._queue.note_hold(self._exchange.second - self._entry.start)
            self._cancel_all(except_for=outcome.attempt, cause=channel_events.ANSWERED_ELSEWHERE)
        else:
            self._entry.is_ringing_members = False
            self._cancel_all()
        return outcome

    def _time_limit(self) -> int:
        """Seconds until the round ends; 0: never."""
        timeout = self._queue.spec.timeout
        if not self._entry.expires:
            return timeout
        left = self._entry.expires - self._exchange.second
        return min(timeout, left) if timeout else left

    def _await_answer(self) -> Steps[Answered | Failure]:
        while True:
            under_way = self._under_way()
            # When all of one penalty are done, those of the next one ring together.
            if not under_way and self._rings_all and self._ring_next():
                under_way = self._under_way()
            if not under_way:
                return Failure.NOBODY
            if self._limit and self._exchange.clock.now >= self._started + self._limit:
                self._give_up(under_way)
                return Failure.NOBODY
            yield self._started + self._limit if self._limit else None
            for attempt in under_way:
                if attempt.phase is Phase.REFUSED:
                    self._note_refusal(attempt)
                elif attempt.phase is Phase.ANSWERED:
                    self._note_answer(attempt)
                    return Answered(attempt, int(self._exchange.clock.now - self._started) if self._limit else 0)
            if self._entry.line.has_hung_up or self._entry.line.key:
                self._note_cancel()
                return Failure.HUNG_UP if self._entry.line.has_hung_up else Failure.KEY

    def _ring_next(self) -> bool:
        """Ring the best member who can be rung, or all of the same penalty at once; False when there is nobody."""
        while (best := self._best()) is not None:
            equals = [attempt for attempt in self._candidates() if attempt.metric <= best.metric]
            has_rung = [self._ring(attempt) for attempt in (equals if self._rings_all else [best])]
            if any(has_rung):
                return True
            if self._entry.has_expired(self._exchange.second):
                return False
        return False

    def _ring(self, attempt: Attempt) -> bool:
        if not self._can_ring(attempt.member):
            attempt.phase = Phase.OVER
            return False
        self._telephones.call(attempt)
        return True

    def _can_ring(self, member: Member) -> bool:
        """Whether a member may be rung; if so, nobody else may have the member rung meanwhile."""
        queues, second = self._exchange.queues, self._exchange.second
        wrapuptime = (member.last_queue or self._queue).wrapuptime_of(member)
        if member.paused or not member.is_free or member.interface in queues.pending:
            return False
        if wrapuptime and second - member.last_call < wrapuptime:
            return False
        if queues.is_outweighed(self._queue, member, self._exchange.clock.now):
            return False
        # The queue may not have been told yet of what the telephone is doing by now.
        if self._exchange.devices.state(member.device) is not DeviceState.NOT_INUSE:
            return False
        queues.pending.add(member.interface)
        return True

    def _best(self) -> Attempt | None:
        return min(self._candidates(), key=lambda attempt: attempt.metric, default=None)

    def _under_way(self) -> list[Attempt]:
        return [attempt for attempt in self._attempts if attempt.is_under_way]

    def _candidates(self) -> list[Attempt]:
        return [attempt for attempt in self._attempts if attempt.phase is Phase.NOT_CALLED]

    def _note_answer(self, winner: Attempt) -> None:
        self._end_dial(winner, "ANSWER")
        for attempt in self._under_way():
            if attempt is not winner:
                self._end_dial(attempt, "CANCEL")
        self._telephones.show_agent_to_caller(winner)

    def _note_refusal(self, attempt: Attempt) -> None:
        # A PJSIP channel that is refused after it has rung just ends; a Local channel passes the "busy" on.
        is_local = attempt.member.is_local
        self._end_dial(attempt, "BUSY" if is_local else "NOANSWER")
        self._note_no_answer(attempt, (self._exchange.second - self._counts_from) * 1000)
        self._telephones.drop_now(attempt, 0 if is_local else channel_events.USER_BUSY)
        self._exchange.queues.pending.discard(attempt.member.interface)
        has_time = not self._limit or self._exchange.clock.now + TIME_FOR_ANOTHER < self._started + self._limit
        if has_time and not self._rings_all:
            self._ring_next()
            self._counts_from = self._exchange.second

    def _give_up(self, ringing: list[Attempt]) -> None:
        for attempt in ringing:
            self._note_no_answer(attempt, self._limit * 1000)
        for attempt in ringing:
            self._end_dial(attempt, "NOANSWER")

    def _note_no_answer(self, attempt: Attempt, milliseconds: int) -> None:
        queue_events.agent_ring_no_answer(self._exchange.events, attempt, milliseconds)
        self._log(attempt, "RINGNOANSWER", milliseconds)

    def _note_cancel(self) -> None:
        """The caller has gone: no event of the queue says so, only two DialEnd and this record."""
        ringing = self._under_way()
        for attempt in ringing:
            self._end_dial(attempt, "CANCEL")
        for attempt in ringing:
            self._log(attempt, "RINGCANCELED", int((self._exchange.clock.now - self._started) * 1000))

    def _cancel_all(self, *, except_for: Attempt | None = None, cause: int = 0) -> None:
        for attempt in self._under_way():
            if attempt is not except_for:
                self._end_dial(attempt, "CANCEL")
                if attempt.member.status is DeviceState.NOT_INUSE:
                    self._exchange.queues.pending.discard(attempt.member.interface)
                self._telephones.drop(attempt, cause)

    def _end_dial(self, attempt: Attempt, status: str) -> None:
        with self._entry.line.on_the_way_out():
            channel_events.dial_end(self._exchange.events, self._entry.channel, attempt.leg, status)

    def _log(self, attempt: Attempt, event: str, milliseconds: int) -> None:
        uniqueid = self._entry.channel.uniqueid
        self._exchange.queue_log.write(uniqueid, self._queue.name, attempt.member.name, event, milliseconds)
