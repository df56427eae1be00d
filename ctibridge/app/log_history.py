"""Records of queue_log into rows of the history, for a file of any age.

A stay's row is written whenever something of it was read, and again when its end was.  What a file does not tell is
found in the store, where an earlier file, or the bridge itself, has told it.  Of agents a file tells calls, phones that
rang, and pauses: being away counts from when an agent is paused in every queue in which the file has shown them so far.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ctibridge.app.log_members import LogMembers
from ctibridge.asterisk import queue_log as ql
from ctibridge.asterisk.queue_log_facts import EXIT_WORDS, TRANSFER_WORDS
from ctibridge.domain.events import Caller
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import AgentId, CallId, Interface, QueueName, Seconds, Timestamp
from ctibridge.outputs.history.callers import CallerMarks
from ctibridge.outputs.history.matching import QUEUE_LOG, Matching
from ctibridge.outputs.history.rows import AgentRow, CallRow, Outcome, RingRow, Row
from ctibridge.outputs.history.tables import NEVER_SEEN

REMEMBERED: Final = 600.0
"""Seconds for which an ended call is remembered: a second record may tell of its transfer (T15b)."""
LONGEST: Final = 86_400.0
"""Seconds after which a call whose end was never written is forgotten."""
PRUNE_EVERY: Final = 300.0
NEAR: Final = 1.0
"""Seconds by which the beginning of a stay may be off that is worked out from its end."""


@dataclass(slots=True, eq=False, kw_only=True)
class _Stay:
    queue: QueueName
    call: CallId
    number: int
    joined_at: Timestamp
    mask: str | None = None
    hmac: bytes | None = None
    position: int | None = None
    outcome: Outcome = Outcome.WAITING
    reason: str | None = None
    left_at: Timestamp | None = None
    wait: Seconds | None = None
    agent: AgentId | None = None
    talk: Seconds | None = None
    ended_at: Timestamp | None = None
    ended_by: str | None = None
    transfer_kind: str | None = None

    @property
    def is_waiting(self) -> bool:
        return self.outcome is Outcome.WAITING

    @property
    def is_talking(self) -> bool:
        return self.outcome is Outcome.ANSWERED and self.talk is None


_Ending = ql.Connected | ql.Abandoned | ql.Exited


class LogHistory:
    """Takes in the records of one PBX, in the order of time."""

    def __init__(
        self, pbx: str, matching: Matching, policy: Policy, marks: CallerMarks, names: Mapping[str, AgentId]
    ) -> None:
        """`names`: who goes by a name, as the bridge has seen."""
        self.unmatched = 0
        """Records of calls that nothing else tells of: a dialplan's own, or a second end."""
        self.calls = 0
        self.members = LogMembers(pbx, policy)
        self._pbx = pbx
        self._matching = matching
        self._policy = policy
        self._marks = marks
        self._names = names
        self._agents: dict[str, AgentId] = {}
        self._stays: dict[str, list[_Stay]] = {}
        """By every id that stands for the caller."""
        self._changed: dict[int, _Stay] = {}
        self._rows: list[Row] = []
        self._began: Timestamp | None = None
        self._pruned_at = 0.0

    def take(self, record: ql.Record) -> None:
        """Take in one record."""
        if self._began is None:
            self._began = record.at
        if record.at - self._pruned_at >= PRUNE_EVERY:
            self._prune(record.at)
        take = _TAKERS.get(type(record))
        if take is not None:
            take(self, record)

    def rows(self) -> list[Row]:
        """What is to be written since the last time."""
        calls: list[Row] = [self._row(stay) for stay in self._changed.values()]
        rows = [*calls, *self._rows, *self.members.rows()]
        self._changed.clear()
        self._rows = []
        return rows

    # -- callers ------------------------------------------------------------------------------------------------------

    def enter(self, record: ql.Entered) -> None:
        """A caller joined; whoever still waited under this id was lost."""
        if record.call is None or record.queue is None:
            self.unmatched += 1
            return
        for stay in self._stays.get(record.call, ()):
            if stay.is_waiting:
                self._lose(stay, record.at)
        caller = Caller(number=record.number, name=record.name)
        stay = self._open(record.queue, record.call, record.at)
        stay.mask, stay.hmac = self._marks.mask(caller), self._marks.hmac(caller.number)
        stay.position = record.position
        self.calls += 1

    def _open(self, name: QueueName, call: CallId, joined_at: Timestamp) -> _Stay:
        queue = self._matching.queue(name)
        number = self._matching.claim(queue, call, joined_at)
        return self._keep(_Stay(queue=queue, call=call, number=number, joined_at=joined_at))

    def _keep(self, stay: _Stay) -> _Stay:
        self._stays.setdefault(stay.call, []).append(stay)
        self._change(stay)
        return stay

    def _change(self, stay: _Stay) -> None:
        self._changed[id(stay)] = stay

    def connect(self, record: ql.Connected) -> None:
        """An agent answered."""
        stay = self._ending(record)
        if stay is None:
            self.unmatched += 1
            return
        stay.outcome, stay.left_at, stay.wait = Outcome.ANSWERED, record.at, record.wait
        if record.agent is not None:
            stay.agent = self._agent(record.agent)
            self.members.talk(stay.agent, stay.queue)
        self._change(stay)

    def _leave(self, record: ql.Abandoned | ql.Exited, outcome: Outcome, reason: str | None = None) -> None:
        stay = self._ending(record)
        if stay is None:
            self.unmatched += 1
            return
        wait = record.wait if record.wait is not None else Seconds(record.at - stay.joined_at)
        stay.outcome, stay.reason, stay.left_at, stay.wait = outcome, reason, record.at, wait
        self._change(stay)

    def complete(self, record: ql.Completed | ql.Transferred) -> None:
        """The first end of a call gives its talk time; a second one only tells of its transfer (T15b)."""
        stay = self._answered(record)
        if stay is None:
            self.unmatched += 1
            return
        if isinstance(record, ql.Transferred):
            stay.transfer_kind = TRANSFER_WORDS[record.is_attended]
        if stay.talk is None:
            stay.talk, stay.ended_at = record.talk, record.at
            stay.ended_by = record.ended_by.value if isinstance(record, ql.Completed) else "transfer"
            if stay.agent is not None:
                self.members.hang_up(stay.agent, record.at)
        self._change(stay)

    def abandon(self, record: ql.Abandoned) -> None:
        """The caller gave up."""
        self._leave(record, Outcome.ABANDONED)

    def exit(self, record: ql.Exited) -> None:
        """The caller left otherwise."""
        self._leave(record, Outcome.EXITED, EXIT_WORDS[record.reason])

    def member(self, record: ql.MemberRecorded | ql.PauseRecorded) -> None:
        """A membership or a pause."""
        if record.agent is not None:
            self.members.take(record, self._agent(record.agent))

    def _lose(self, stay: _Stay, at: Timestamp) -> None:
        stay.outcome, stay.left_at = Outcome.LOST, at
        self._change(stay)

    def restart(self, record: ql.Restarted) -> None:
        """Asterisk came up: nobody waits or talks any more, and how that ended was not written."""
        for stay in {id(stay): stay for stays in self._stays.values() for stay in stays}.values():
            if stay.is_waiting:
                self._lose(stay, record.at)
        self._stays.clear()
        self.members.restart()

    def ring(self, record: ql.RangOut | ql.RingCancelled) -> None:
        """A phone rang in vain."""
        if record.call is None or record.queue is None or record.agent is None:
            self.unmatched += 1
            return
        known = self._of_queue(record)
        agent = self._agent(record.agent)
        queue = self._matching.queue(record.queue)
        self.members.show(agent, queue)
        self._rows.append(
            RingRow(
                pbx=self._pbx,
                queue=queue,
                call=known[-1].call if known else record.call,
                agent=agent,
                at=record.at,
                outcome="ring_no_answer" if isinstance(record, ql.RangOut) else "ring_cancelled",
                ring_seconds=record.ring,
                origin=QUEUE_LOG,
            )
        )

    # -- finding ------------------------------------------------------------------------------------------------------

    def _of_queue(self, record: ql.Record) -> list[_Stay]:
        if record.queue is None:
            return []
        queue = self._matching.queue(record.queue)
        return [stay for stay in self._stays.get(record.call or "", ()) if stay.queue == queue]

    def _ending(self, record: _Ending) -> _Stay | None:
        """The stay that a record ends: of this caller, or taken over by this caller (T23), or told of earlier."""
        if record.call is None or record.queue is None:
            return None
        known = self._of_queue(record)
        waiting = next((stay for stay in known if stay.is_waiting), None)
        if waiting is not None or record.wait is None:
            return waiting
        joined = Timestamp(record.at - record.wait)
        return self._handed_over(record, joined) or (None if known else self._told_before(record, joined))

    def _handed_over(self, record: _Ending, joined: Timestamp) -> _Stay | None:
        queue = self._matching.queue(record.queue or QueueName(""))
        for stays in self._stays.values():
            for stay in stays:
                if stay.is_waiting and stay.queue == queue and abs(stay.joined_at - joined) <= NEAR:
                    self._stays.setdefault(record.call or "", []).append(stay)
                    return stay
        return None

    def _answered(self, record: ql.Completed | ql.Transferred) -> _Stay | None:
        """The call that a record ends, be it under another channel's id (T19, T24)."""
        if record.call is None or record.queue is None:
            return None
        known = [stay for stay in self._of_queue(record) if stay.outcome is Outcome.ANSWERED]
        talking = next((stay for stay in known if stay.is_talking), None)
        if talking is not None or known:
            return talking or known[-1]
        agent = self._agent(record.agent) if record.agent is not None else None
        queue = self._matching.queue(record.queue)
        for stay in (stay for stays in self._stays.values() for stay in stays):
            if stay.is_talking and (stay.queue, stay.agent, stay.wait) == (queue, agent, record.wait):
                return stay
        begun = self._told_before(record, Timestamp(record.at - record.talk - record.wait))
        if begun is not None:
            begun.outcome, begun.agent, begun.wait = Outcome.ANSWERED, agent, record.wait
            begun.left_at = Timestamp(record.at - record.talk)
        return begun

    def _told_before(self, record: ql.Record, joined: Timestamp) -> _Stay | None:
        """A stay that began before what is being read: it is stored, or has to be."""
        call, name = record.call or CallId(""), record.queue or QueueName("")
        queue = self._matching.queue(name)
        stored = self._matching.find(queue, call, joined)
        if stored is not None:
            number, joined_at = stored
            return self._keep(_Stay(queue=queue, call=call, number=number, joined_at=Timestamp(joined_at)))
        is_older = self._began is not None and joined <= self._began
        return self._open(name, call, joined) if is_older else None

    # -- agents -------------------------------------------------------------------------------------------------------

    def _agent(self, name: str) -> AgentId:
        """Who goes by a member's name or an interface (T29)."""
        agent = self._agents.get(name)
        if agent is None:
            is_interface = "/" in name and " " not in name
            own = self._policy.agent_id(Interface(name)) if is_interface else AgentId(name)
            agent = self._agents[name] = self._names.get(name) or own
            if agent not in self._names.values():
                seen = Timestamp(NEVER_SEEN)
                self._rows.append(AgentRow(pbx=self._pbx, agent=agent, name=agent, seen_at=seen))
        return agent

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _row(self, stay: _Stay) -> CallRow:
        policy = self._policy.queue(stay.queue)
        is_abandoned = stay.outcome is Outcome.ABANDONED and stay.wait is not None
        return CallRow(
            pbx=self._pbx,
            queue=stay.queue,
            call=stay.call,
            stay=stay.number,
            joined_at=stay.joined_at,
            caller_mask=stay.mask,
            caller_hmac=stay.hmac,
            position=stay.position,
            outcome=stay.outcome,
            reason=stay.reason,
            left_at=stay.left_at,
            wait_seconds=stay.wait,
            is_short=(stay.wait or 0) <= policy.short_abandon if is_abandoned else None,
            agent=stay.agent,
            talk_seconds=stay.talk,
            ended_at=stay.ended_at,
            ended_by=stay.ended_by,
            transfer_kind=stay.transfer_kind,
            level_threshold=policy.service_level_threshold,
            origin=QUEUE_LOG,
        )

    def _prune(self, now: Timestamp) -> None:
        """Forget calls that are over; memory stays flat however long the file is."""
        self._pruned_at = now
        for call, stays in list(self._stays.items()):
            if all(_is_over(stay, now) for stay in stays):
                del self._stays[call]


_TAKERS: Final[Mapping[type, Callable[[LogHistory, Any], None]]] = {
    ql.Entered: LogHistory.enter,
    ql.Connected: LogHistory.connect,
    ql.Completed: LogHistory.complete,
    ql.Transferred: LogHistory.complete,
    ql.Abandoned: LogHistory.abandon,
    ql.Exited: LogHistory.exit,
    ql.RangOut: LogHistory.ring,
    ql.RingCancelled: LogHistory.ring,
    ql.MemberRecorded: LogHistory.member,
    ql.PauseRecorded: LogHistory.member,
    ql.Restarted: LogHistory.restart,
}
"""What is taken in of which record; all else tells nothing that is kept."""


def _is_over(stay: _Stay, now: Timestamp) -> bool:
    if stay.is_waiting or stay.is_talking:
        return now - stay.joined_at > LONGEST
    return now - (stay.ended_at or stay.left_at or stay.joined_at) > REMEMBERED
