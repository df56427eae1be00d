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
"""

from typing import Final

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.caller import Stay, Step
from ctibridge.domain.events import LogKind, LogRecord
from ctibridge.domain.floor import Floor, stay_facts
from ctibridge.domain.ledger import NEAR, PATIENCE, FactKey
from ctibridge.domain.states import AgentStates
from ctibridge.domain.stays import SAME_JOIN, Stays
from ctibridge.domain.talks import Talks
from ctibridge.domain.units import CallId, QueueName, Seconds, Timestamp, queue_key
from ctibridge.domain.views import CallFacts

GAP_SETTLES: Final = Seconds(3)
"""How long after a gap the events of its last moments may still arrive."""


class Recovery:
    """Takes in what was read of queue_log."""

    def __init__(self, floor: Floor, states: AgentStates, stays: Stays, talks: Talks) -> None:
        self._floor = floor
        self._states = states
        self._stays = stays
        self._talks = talks

    def on_reported(self, event: ev.LogReported) -> None:
        """Match the records; take in what is due."""
        floor = self._floor
        floor.ledger.begin(event.until)
        for record in event.records:
            if record.kind is not LogKind.RESTARTED:
                floor.ledger.log(self._key(record), record)
        if floor.gap_since is not None or not floor.is_synced:
            return
        if floor.recover_until is not None and event.until >= floor.recover_until + GAP_SETTLES:
            self._recover_gap(Timestamp(floor.recover_until + NEAR), event.until)
        self._audit(Timestamp(event.until - PATIENCE), event.until)

    def on_lost(self, _event: ev.LogLost) -> None:
        """The log cannot be read: what AMI does not tell is not known any more."""
        self._floor.ledger.end()
        self._floor.recover_until = None

    # -- gaps ---------------------------------------------------------------------------------------------------------

    def _recover_gap(self, before: Timestamp, now: Timestamp) -> None:
        floor = self._floor
        floor.recover_until = None
        for record in floor.ledger.take_logged(before):
            self._take(record)
            floor.recovered_calls += record.kind is LogKind.OFFERED
        floor.begin(now, ch.Origin.QUEUE_LOG)
        self._talks.attach_recorded()
        self._talks.retry_unmatched()

    # -- the audit ----------------------------------------------------------------------------------------------------

    def _audit(self, before: Timestamp, now: Timestamp) -> None:
        floor = self._floor
        for record in floor.ledger.take_logged(before):
            self._mismatch(f"only_queue_log_{record.kind.value}", f"{record.queue} {record.call} at {record.at:.0f}")
            self._take(record)
        for booking in floor.ledger.take_booked(before):
            kind, queue, call, _ = booking.key
            self._mismatch(f"only_ami_{kind.value}", f"{queue} {call} at {booking.at:.0f}")
        floor.begin(now, ch.Origin.QUEUE_LOG)

    def _mismatch(self, kind: str, detail: str) -> None:
        floor = self._floor
        floor.ledger.mismatches[kind] += 1
        floor.emit(ch.MismatchFound(at=floor.now, origin=ch.Origin.QUEUE_LOG, kind=kind, detail=detail))

    # -- taking in ----------------------------------------------------------------------------------------------------

    def _take(self, record: LogRecord) -> None:
        """Take one record for a fact, at its own time."""
        if record.call is None or record.queue is None:
            return
        self._floor.begin(record.at, ch.Origin.QUEUE_LOG)
        match record.kind:
            case LogKind.OFFERED if self._is_known(record):
                return
            case LogKind.OFFERED:
                stay = self._open(record)
                self._floor.emit_call(ch.CallQueued, stay_facts(stay))
            case LogKind.ANSWERED:
                self._talks.connect_recorded(self._find(record), record)
            case LogKind.COMPLETED:
                self._talks.complete_recorded(record)
            case LogKind.ABANDONED | LogKind.EXITED:
                self._end(self._find(record), record)
            case LogKind.RANG_OUT | LogKind.RING_CANCELLED:
                self._ring(record)

    # -- callers -----------------------------------------------------------------------------------------------------

    def _is_known(self, record: ev.LogRecord) -> bool:
        """True when the stay that a record begins was told of by a picture, a second earlier or later."""
        key = queue_key(record.queue or "")
        stays = self._floor.stays.get(record.call or "", ())
        return any(stay.key == key and abs(stay.joined_at - record.at) <= SAME_JOIN for stay in stays)

    def _open(self, record: ev.LogRecord) -> Stay:
        """Count an offer that only queue_log told of."""
        floor = self._floor
        return self._stays.open_stay(
            floor.queue(record.queue or QueueName("")),
            record.call or CallId(""),
            joined_at=record.at,
            position=record.position or 1,
            caller=record.caller,
            linkedid=None,
            in_line=False,
        )

    def _find(self, record: ev.LogRecord) -> Stay:
        """The stay whose end a record tells; counted as offered if nobody told of it."""
        key = queue_key(record.queue or "")
        stays = [stay for stay in self._floor.open_stays(record.call or "") if stay.key == key]
        return stays[0] if stays else self._open(record)

    def _end(self, stay: Stay, record: ev.LogRecord) -> None:
        """The caller gave up or left, says queue_log."""
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
        queue.totals.count("ring_no_answer" if is_missed else "ring_cancelled", floor.now)
        self._stays.touch(queue)
        stays = [stay for stay in floor.stays.get(record.call or "", ()) if stay.key == queue.key]
        known = stay_facts(stays[-1]) if stays else CallFacts(call=record.call or CallId(""), queue=queue.name)
        facts = msgspec.structs.replace(known, agent=agent_id, ring_seconds=record.ring)
        floor.emit_call(ch.CallRingNoAnswer if is_missed else ch.CallRingCancelled, facts)

    def _key(self, record: LogRecord) -> FactKey:
        """The ledger's key; a caller whose entry was re-keyed is known by the first id (T23)."""
        floor = self._floor
        call = record.call or ""
        known = floor.stays.get(call)
        queue = queue_key(record.queue or QueueName(""))
        is_ring = record.kind in (LogKind.RANG_OUT, LogKind.RING_CANCELLED)
        agent = floor.agent_named(record.member, record.queue) if is_ring and record.member else ""
        return (record.kind, queue, known[-1].call if known else call, agent)
