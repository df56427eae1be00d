"""Takes from queue_log what AMI did not tell: the calls of a gap, and whatever the audit finds missing.

Theory of operation
-------------------
While both sources speak, each fact is matched in the ledger, and nothing else happens.  When the feed was lost, the log
has records that nothing corresponds to; they are taken in, in their order and with their own times, once the picture
after the gap is complete and the log has been read past it.  Callers who were in line before the gap and are gone after
it wait for that (``AWAITS_LOG``), so that they end as app_queue says they did, and only those of whom it says nothing
are lost.

Facts taken from the log are published late, marked ``origin: queue_log``, and never touch who is in line or what an
agent is doing now: the picture from AMI knows that better.

A record is the caller's whose stay began when the record says (its time less the wait): the same caller may have joined
again meanwhile, and a caller announced by a colleague goes on under another id (T22, T23).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.caller import Stay, Step
from ctibridge.domain.events import LogKind, LogRecord
from ctibridge.domain.figures import StatedSum
from ctibridge.domain.floor import Floor, stay_facts
from ctibridge.domain.ledger import NEAR, FactKey
from ctibridge.domain.rings import Rings
from ctibridge.domain.stays import Stays
from ctibridge.domain.talks import Talks
from ctibridge.domain.units import CallId, QueueKey, QueueName, Seconds, Timestamp, queue_key
from ctibridge.domain.views import CallFacts

GAP_SETTLES: Final = Seconds(3)
"""How long after a gap the events of its last moments may still arrive."""
SAME_STAY: Final = Seconds(3)
"""How far a stay's begin may be off what a record's time and wait make it: three clocks in whole seconds."""


_SUMS: Final[Mapping[LogKind, StatedSum]] = MappingProxyType(
    {
        LogKind.ANSWERED: "wait_seconds",
        LogKind.ABANDONED: "abandon_wait_seconds",
        LogKind.COMPLETED: "talk_seconds",
    }
)
"""The sum that a fact's stated duration is part of."""


class Recovery:
    """Takes in what was read of queue_log."""

    def __init__(self, floor: Floor, rings: Rings, stays: Stays, talks: Talks) -> None:
        self._floor = floor
        self._rings = rings
        self._stays = stays
        self._talks = talks

    def on_reported(self, event: ev.LogReported) -> None:
        """Match the records; take in what is due."""
        floor = self._floor
        floor.ledger.begin(event.until)
        for record in event.records:
            if record.kind is not LogKind.RESTARTED:
                floor.ledger.log(self._key(record), record, event.until)
        floor.ledger.read(event.until)
        self._correct()
        if floor.gap_since is not None or not floor.is_synced:
            return
        now = floor.now
        if floor.recover_until is not None and event.until >= floor.recover_until + GAP_SETTLES:
            self._recover_gap(Timestamp(floor.recover_until + NEAR), now)
        if floor.recover_until is None:  # Until then old records are those of the gap, and no mistake.
            self._audit(now)
        floor.begin(now, ch.Origin.AMI)

    def on_lost(self, _event: ev.LogLost) -> None:
        """The log cannot be read: what AMI does not tell is not known any more."""
        self._floor.ledger.end()
        self._floor.recover_until = None
        self._talks.retry_unmatched()

    def _correct(self) -> None:
        """Let sums be those of queue_log where it states a second more or less."""
        floor, corrections = self._floor, self._floor.ledger.corrections
        for booking, difference in corrections:
            queue, name = floor.queues.get(QueueKey(booking.key[1])), _SUMS.get(booking.key[0])
            agent = floor.agents.get(booking.counted_for) if booking.counted_for is not None else None
            if queue is None or name is None or (name == "talk_seconds" and booking.counted_for is None):
                continue
            queue.totals.correct(name, difference, floor.now)
            floor.touch_stats(queue)
            if agent is not None:
                agent.totals.talk_seconds = Seconds(agent.totals.talk_seconds + difference)
                floor.touch_agent(agent)
        corrections.clear()

    # -- gaps ---------------------------------------------------------------------------------------------------------

    def _recover_gap(self, before: Timestamp, now: Timestamp) -> None:
        floor = self._floor
        floor.recover_until = None
        for record in floor.ledger.take_missed(before):
            floor.recovered_calls += record.kind is LogKind.OFFERED
            self._take(record, now)
            if record.at >= before - 2 * NEAR:
                self._take_note(record)
        floor.begin(now, ch.Origin.QUEUE_LOG)
        self._talks.attach_recorded()
        self._talks.retry_unmatched()

    # -- the audit ----------------------------------------------------------------------------------------------------

    def _audit(self, now: Timestamp) -> None:
        floor = self._floor
        records, bookings = floor.ledger.take_overdue()
        for record in records:
            if not self._is_older_than_us(record) and not self._began_unseen(record):
                floor.begin(now, ch.Origin.QUEUE_LOG)
                detail = f"{record.queue} {record.call} at {record.at:.0f}"
                self._mismatch(f"only_queue_log_{record.kind.value}", detail)
            self._take(record, now)
            self._take_note(record)
        floor.begin(now, ch.Origin.QUEUE_LOG)
        for booking in bookings:
            kind, queue, call, _ = booking.key
            self._mismatch(f"only_ami_{kind.value}", f"{queue} {call} at {booking.at:.0f}")

    def _mismatch(self, kind: str, detail: str) -> None:
        floor = self._floor
        floor.ledger.mismatches[kind] += 1
        floor.emit(ch.MismatchFound(at=floor.now, origin=ch.Origin.QUEUE_LOG, kind=kind, detail=detail))

    def _is_older_than_us(self, record: LogRecord) -> bool:
        """True for the end of a call that was answered before queue_log was followed, of which nothing is known."""
        since = self._floor.ledger.since
        if record.kind is not LogKind.COMPLETED or record.talk is None or since is None:
            return False
        return record.at - record.talk < since + NEAR and record.call not in self._floor.talks

    def _began_unseen(self, record: LogRecord) -> bool:
        """True for a ring of a caller who was there in a gap: AMI may have told of no phone that rang for them."""
        key = queue_key(record.queue or "")
        stays = [stay for stay in self._floor.stays.get(record.call or "", ()) if stay.key == key]
        is_ring = record.kind in (LogKind.RANG_OUT, LogKind.RING_CANCELLED)
        return is_ring and any(stay.joined_at <= self._floor.seen_since for stay in stays)

    # -- taking in ----------------------------------------------------------------------------------------------------

    def _take(self, record: LogRecord, now: Timestamp) -> None:
        """Take one record for a fact, at its own time; figures are published as of now."""
        floor = self._floor
        if record.call is None or record.queue is None:
            return
        floor.begin(now, ch.Origin.QUEUE_LOG)
        floor.touch_stats(floor.queue(record.queue))
        is_of_today = record.at >= floor.day_since or record.member is None
        agent = None if is_of_today else floor.agents.get(floor.agent_named(record.member or "", record.queue))
        before = agent.counts() if agent is not None else None
        floor.begin(record.at, ch.Origin.QUEUE_LOG)
        self._take_fact(record)
        if agent is not None and before is not None:
            agent.count_before_day(before)

    def _take_fact(self, record: LogRecord) -> None:
        match record.kind:
            case LogKind.OFFERED:
                self._floor.emit_call(ch.CallQueued, stay_facts(self._open(record)))
            case LogKind.ANSWERED:
                self._talks.connect_recorded(self._find(record), record)
            case LogKind.COMPLETED:
                self._talks.complete_recorded(record)
            case LogKind.ABANDONED | LogKind.EXITED:
                self._end(self._find(record), record)
            case LogKind.RANG_OUT | LogKind.RING_CANCELLED:
                self._ring(record)

    # -- callers -----------------------------------------------------------------------------------------------------

    def _open(self, record: ev.LogRecord, joined_at: Timestamp | None = None) -> Stay:
        """Count an offer that only queue_log told of."""
        floor = self._floor
        return self._stays.open_stay(
            floor.queue(record.queue or QueueName("")),
            record.call or CallId(""),
            joined_at=record.at if joined_at is None else joined_at,
            position=record.position or 1,
            caller=record.caller,
            linkedid=None,
            in_line=False,
        )

    def _find(self, record: ev.LogRecord) -> Stay:
        """The stay whose end a record tells; counted as offered if nobody told of it."""
        joined_at = Timestamp(record.at - (record.wait or 0))

        def distance(stay: Stay) -> float:
            return abs(stay.joined_at - joined_at)

        key = queue_key(record.queue or "")
        own = [stay for stay in self._floor.open_stays(record.call or "") if stay.key == key]
        found = [stay for stay in own or self._under_another_id(record, key) if distance(stay) <= SAME_STAY]
        found = found or [stay for stay in own if stay.joined_at <= record.at + 1]
        if not found:
            stay = self._open(record, joined_at)
            self._floor.emit_call(ch.CallQueued, stay_facts(stay))
            return stay
        stay = min(found, key=distance)
        if not own:
            self._stays.alias(stay.call, record.call or "")
        return stay

    def _under_another_id(self, record: ev.LogRecord, key: QueueKey) -> list[Stay]:
        """Callers who went out of the line unseen, if the record's caller is nobody we know: one of them it may be."""
        floor = self._floor
        if record.call in floor.stays:
            return []
        line = floor.queues[key].line
        stays = {id(stay): stay for stays in floor.stays.values() for stay in stays}
        return [stay for stay in stays.values() if stay.is_open and stay.key == key and stay not in line]

    def _end(self, stay: Stay, record: ev.LogRecord) -> None:
        """The caller gave up or left, says queue_log; which rings that cut off it says too."""
        for attempt in list(stay.attempts.values()):
            self._rings.stop(stay, attempt)
        stay.stated_wait = record.wait
        if record.kind is ev.LogKind.EXITED:
            self._stays.take_step(stay, Step.TOLD_WHY, record.reason)
        else:
            self._stays.take_step(stay, Step.GAVE_UP)
            self._stays.take_step(stay, Step.SETTLED)

    def _ring(self, record: ev.LogRecord) -> None:
        """A phone rang in vain, says queue_log; the caller's stay may be long over."""
        floor, queue = self._floor, self._floor.queue(record.queue or QueueName(""))
        agent_id = floor.agent_named(record.member or "", record.queue)
        is_missed = record.kind is ev.LogKind.RANG_OUT
        agent = floor.agents.get(agent_id)
        if agent is not None:
            agent.totals.ring_no_answer += is_missed
            agent.totals.ring_cancelled += not is_missed
            floor.touch_agent(agent)
        queue.totals.count("ring_no_answer" if is_missed else "ring_cancelled", floor.now)
        floor.touch_line(queue)
        stays = [stay for stay in floor.stays.get(record.call or "", ()) if stay.key == queue.key]
        known = stay_facts(stays[-1]) if stays else CallFacts(call=record.call or CallId(""), queue=queue.name)
        facts = msgspec.structs.replace(known, agent=agent_id, ring_seconds=record.ring)
        floor.emit_call(ch.CallRingNoAnswer if is_missed else ch.CallRingCancelled, facts)

    def _take_note(self, record: LogRecord) -> None:
        """Stays know what happened to them; a ring or an end that AMI tells late would be another one."""
        if record.kind in (LogKind.RANG_OUT, LogKind.RING_CANCELLED, LogKind.COMPLETED):
            self._floor.ledger.take_note(self._key(record), record)

    def _key(self, record: LogRecord) -> FactKey:
        """The ledger's key; a caller whose entry was re-keyed is known by the first id (T23)."""
        floor = self._floor
        call = record.call or ""
        queue = queue_key(record.queue or QueueName(""))
        if record.kind is LogKind.OFFERED:
            return (record.kind, queue, call, "")
        known = [stay for stay in floor.stays.get(call, ()) if stay.key == queue]
        is_ring = record.kind in (LogKind.RANG_OUT, LogKind.RING_CANCELLED)
        agent = floor.agent_named(record.member, record.queue) if is_ring and record.member else ""
        return (record.kind, queue, known[-1].call if known else call, agent)
