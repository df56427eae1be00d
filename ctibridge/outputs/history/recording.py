"""Changes into rows: what of a change is worth keeping, and under which name."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import AgentId, Seconds, Timestamp
from ctibridge.domain.views import AgentState, AgentView, Alarm, CallFacts, Limit
from ctibridge.outputs.history.callers import CallerMarks
from ctibridge.outputs.history.rows import (
    AgentRow,
    AlarmRow,
    AlarmsLeftRow,
    CallRow,
    CommandRow,
    GapRow,
    IntervalRow,
    Outcome,
    RefusalRow,
    RingRow,
    Row,
)

SEEN_EVERY: Final = 3600.0
"""Seconds after which it is noted again that somebody was seen."""


class _Stretch(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The state that an agent is in."""

    state: AgentState
    reason: str | None
    since: Timestamp
    limit: Limit | None


class Recording:
    """One PBX's changes; remembers who is in which state, so that a state's time is kept while it lasts."""

    def __init__(self, pbx: str, policy: Policy, marks: CallerMarks, is_audited: Callable[[], bool]) -> None:
        """`is_audited`: whether queue_log is being read now, so that a gap's calls will be taken from there."""
        self.policy = policy
        self._pbx = pbx
        self._marks = marks
        self._is_audited = is_audited
        self._stretches: dict[AgentId, _Stretch] = {}
        self._seen: dict[AgentId, AgentRow] = {}
        self._alarms: dict[str, Alarm] = {}

    def rows(self, change: ch.Change) -> Iterator[Row]:
        """What is to be written of a change; nothing for most kinds."""
        make = _MAKERS.get(type(change))
        if make is not None:
            yield from make(self, change)

    def present(self, now: Timestamp) -> Iterator[Row]:
        """The states and alarms that last, as long as they have until now."""
        for agent, stretch in self._stretches.items():
            yield self._interval(agent, stretch, now, ch.Origin.DERIVED)
        for alarm in self._alarms.values():
            yield self._alarm(alarm, now, ch.Origin.DERIVED)

    def resume(self, agent: AgentId, state: AgentState, reason: str | None, since: Timestamp) -> None:
        """Go on with what an earlier run knew of an agent."""
        self._stretches[agent] = _Stretch(state=state, reason=reason, since=since, limit=None)

    def resume_alarms(self, alarms: Iterable[Alarm]) -> AlarmsLeftRow:
        """Go on with the alarms that an earlier run knew of; all others of its are over."""
        self._alarms = {alarm.alert: alarm for alarm in alarms}
        return AlarmsLeftRow(pbx=self._pbx, open=tuple((one.alert, one.since) for one in self._alarms.values()))

    # -- calls --------------------------------------------------------------------------------------------------------

    def call(self, change: ch.CallChange) -> Iterator[Row]:
        """A stay as far as this change tells of it."""
        facts = change.facts
        if facts.joined_at is None:
            return
        known = _KNOWN[type(change)](change)
        yield CallRow(
            pbx=self._pbx,
            queue=facts.queue,
            call=facts.call,
            joined_at=facts.joined_at,
            linkedid=facts.linkedid,
            caller_mask=self._marks.mask(facts.caller),
            caller_hmac=self._marks.hmac(facts.caller.number),
            level_threshold=self.policy.queue(facts.queue).service_level_threshold,
            origin=change.origin.value,
            **known,
        )

    def ring(self, change: ch.CallRingNoAnswer | ch.CallRingCancelled) -> Iterator[Row]:
        """A phone that rang in vain."""
        facts = change.facts
        if facts.agent is None:
            return
        is_missed = isinstance(change, ch.CallRingNoAnswer)
        yield RingRow(
            pbx=self._pbx,
            queue=facts.queue,
            call=facts.call,
            agent=facts.agent,
            at=Timestamp(float(int(change.at))),
            outcome="ring_no_answer" if is_missed else "ring_cancelled",
            ring_seconds=facts.ring_seconds,
            origin=change.origin.value,
        )

    def refusal(self, change: ch.CallRefused) -> Iterator[Row]:
        """A caller who was not taken."""
        facts = change.facts
        reason = facts.reason or "unknown_queue"
        yield RefusalRow(pbx=self._pbx, queue=facts.queue, call=facts.call, at=change.at, reason=reason)

    # -- agents -------------------------------------------------------------------------------------------------------

    def state(self, change: ch.AgentStateChanged) -> Iterator[Row]:
        """The stretch of time that ended, and the one that begins."""
        view = change.agent
        yield from self.agent(view, change.at)
        since = Timestamp(change.at - change.previous_seconds)
        was = self._stretches.get(view.agent)
        is_known = was is not None and (was.state, was.reason) == (change.previous, change.previous_reason)
        ended = _Stretch(
            state=change.previous,
            reason=change.previous_reason,
            since=since,
            limit=was.limit if was is not None and is_known else None,
        )
        yield self._interval(view.agent, ended, change.at, change.origin)
        self._follow(view)

    def update(self, change: ch.AgentUpdated) -> Iterator[Row]:
        """Whose state it is; what it is, where nothing has told of a change yet."""
        self._follow(change.agent)
        yield from self.agent(change.agent, change.at)

    def removed(self, change: ch.AgentRemoved) -> Iterator[Row]:
        """Forget somebody."""
        self._stretches.pop(change.agent, None)
        self._seen.pop(change.agent, None)
        yield from ()

    def agent(self, view: AgentView, at: Timestamp) -> Iterator[Row]:
        """Who is behind the id, when that changed or was not noted for a while."""
        seen = self._seen.get(view.agent)
        is_same = seen is not None and (seen.name, seen.team) == (view.name, view.team)
        if seen is None or not is_same or at - seen.seen_at >= SEEN_EVERY:
            row = AgentRow(pbx=self._pbx, agent=view.agent, name=view.name, team=view.team, seen_at=at)
            self._seen[view.agent] = row
            yield row

    def _follow(self, view: AgentView) -> None:
        self._stretches[view.agent] = _Stretch(state=view.state, reason=view.reason, since=view.since, limit=view.limit)

    def _interval(self, agent: AgentId, stretch: _Stretch, until: Timestamp, origin: ch.Origin) -> IntervalRow:
        limit = stretch.limit
        over = None if limit is None else Seconds(max(0.0, until - max(stretch.since, limit.deadline)))
        return IntervalRow(
            pbx=self._pbx,
            agent=agent,
            since=stretch.since,
            until=until,
            state=stretch.state,
            reason=stretch.reason,
            limit_seconds=limit.seconds if limit is not None else None,
            overrun_seconds=over,
            origin=origin.value,
        )

    # -- alarms and commands ------------------------------------------------------------------------------------------

    def alarm(self, change: ch.AlarmRaised | ch.AlarmUpdated | ch.AlarmAcknowledged) -> Iterator[Row]:
        """An alarm that fires."""
        self._alarms[change.alarm.alert] = change.alarm
        yield self._alarm(change.alarm, change.at, change.origin)

    def alarm_end(self, change: ch.AlarmResolved) -> Iterator[Row]:
        """An alarm that is over."""
        self._alarms.pop(change.alarm.alert, None)
        yield self._alarm(change.alarm, change.at, change.origin, is_over=True)

    def _alarm(self, alarm: Alarm, until: Timestamp, origin: ch.Origin, *, is_over: bool = False) -> AlarmRow:
        shared = {name: getattr(alarm, name) for name in AlarmRow.__struct_fields__ if hasattr(alarm, name)}
        end = Timestamp(max(alarm.since, until))
        return AlarmRow(pbx=self._pbx, until=end, is_over=is_over, origin=origin.value, **shared)

    def command(self, change: ch.CommandDone) -> Iterator[Row]:
        """What somebody asked for."""
        yield CommandRow(
            pbx=self._pbx,
            at=change.at,
            user=change.user,
            transaction_id=change.transaction,
            command=change.command,
            role=change.role,
            target=change.target,
            arguments=msgspec.json.encode(change.arguments).decode(),
            via=change.via,
            address=change.address,
            outcome=change.outcome,
            reason=change.reason,
            message=change.message,
        )

    # -- the bridge ---------------------------------------------------------------------------------------------------

    def gap(self, change: ch.GapNoted) -> Iterator[Row]:
        """A time in which nothing was seen."""
        is_recovered = self._is_audited()
        yield GapRow(
            pbx=self._pbx, since=change.since, until=change.at, reason=change.reason, is_recovered=is_recovered
        )


_Known: TypeAlias = dict[str, Any]


def _ended(change: ch.CallChange, outcome: Outcome, **more: object) -> _Known:
    facts = change.facts
    return {"outcome": outcome, "left_at": change.at, "wait_seconds": facts.wait_seconds} | more


def _answered(change: ch.CallChange) -> _Known:
    facts = change.facts
    own = {"agent": facts.agent, "ring_seconds": facts.ring_seconds, "is_within_rings": facts.within_rings}
    return _ended(change, Outcome.ANSWERED, **own)


def _completed(change: ch.CallChange) -> _Known:
    facts = change.facts
    talk = facts.talk_seconds or Seconds(0)
    is_told_late = change.origin is ch.Origin.QUEUE_LOG and not facts.hold_seconds
    return _answered(change) | {
        "left_at": Timestamp(change.at - talk),
        "talk_seconds": facts.talk_seconds,
        "hold_seconds": None if is_told_late else facts.hold_seconds,
        "ended_at": change.at,
        "ended_by": facts.ended_by.value if facts.ended_by is not None else None,
    }


def _transferred(change: ch.CallChange) -> _Known:
    return _completed(change) | {"transfer_kind": change.facts.reason, "ended_at": None}


def _position(facts: CallFacts) -> _Known:
    return {"position": facts.position}


_KNOWN: Final[Mapping[type, Callable[[Any], _Known]]] = {
    ch.CallQueued: lambda change: _position(change.facts),
    ch.CallAnswered: _answered,
    ch.CallCompleted: _completed,
    ch.CallTransferred: _transferred,
    ch.CallAbandoned: lambda change: _ended(change, Outcome.ABANDONED, is_short=change.facts.short),
    ch.CallExited: lambda change: _ended(change, Outcome.EXITED, reason=change.facts.reason),
    ch.CallLost: lambda change: _ended(change, Outcome.LOST),
}

_MAKERS: Final[Mapping[type, Callable[[Recording, Any], Iterator[Row]]]] = {
    **dict.fromkeys(_KNOWN, Recording.call),
    ch.CallRingNoAnswer: Recording.ring,
    ch.CallRingCancelled: Recording.ring,
    ch.CallRefused: Recording.refusal,
    ch.AgentStateChanged: Recording.state,
    ch.AgentUpdated: lambda recording, change: recording.update(change),
    ch.AgentRemoved: Recording.removed,
    ch.AlarmRaised: Recording.alarm,
    ch.AlarmUpdated: Recording.alarm,
    ch.AlarmAcknowledged: Recording.alarm,
    ch.AlarmResolved: Recording.alarm_end,
    ch.CommandDone: Recording.command,
    ch.GapNoted: Recording.gap,
}
