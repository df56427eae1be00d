"""Recognises what is told a second time after a crash, so that it gets no second number.

A bridge that was killed goes on from a checkpoint some seconds old.  What it had told since lies in the outbox, and is
told again: by queue_log, by the full picture, by deadlines.  Here each such change is compared with what was told.

A caller's way through a queue has facts that happen once a stay: the same fact of a stay that began at the same time is
the same, whoever tells it.  A phone may ring again and again, so a ring is the same only when an account of the past
(not AMI, which tells what happens now) puts it at the same moment.  Of an agent the newest word of each kind counts:
the first that follows is none when it says the same.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain.agent import Pause
from ctibridge.domain.changes import Change, Origin
from ctibridge.domain.checkpoint import AgentMemory, Checkpoint
from ctibridge.domain.units import AgentId, Seconds, Timestamp, queue_key
from ctibridge.domain.views import AgentState, AgentView

SAME_MOMENT: Final = Seconds(3)
"""How far two accounts of one moment may differ: whole seconds of different clocks, and an abandon settles late."""
SAME_STATE: Final = Seconds(1)
RETOLD_WITHIN: Final = Seconds(900)
"""After the start; a gap's calls are taken from queue_log within seconds of the first full picture."""

ENDINGS: Final = (ch.CallAnswered, ch.CallAbandoned, ch.CallExited)
ONCE_A_STAY: Final = (
    ch.CallQueued,
    *ENDINGS,
    ch.CallCompleted,
    ch.CallTransferred,
    ch.CallLost,
    ch.CallRefused,
    ch.QueueWaitExceeded,
)
AT_A_MOMENT: Final = (ch.CallRinging, ch.CallRingNoAnswer, ch.CallRingCancelled, ch.CallHeld, ch.CallResumed)
NEWEST_WORD: Final[Mapping[type, str]] = MappingProxyType(
    {
        ch.AgentLoggedIn: "presence",
        ch.AgentLoggedOut: "presence",
        ch.AgentStateChanged: "state",
        ch.AgentPaused: "pause",
        ch.AgentUnpaused: "pause",
        ch.AgentLimitWarning: "limit",
        ch.AgentLimitExceeded: "limit",
        ch.AgentLimitCleared: "limit",
        ch.AgentLeaveRequested: "leave",
        ch.AgentLeaveApproved: "leave",
        ch.AgentLeaveRefused: "leave",
        ch.AgentLeaveLapsed: "leave",
        ch.AgentLeaveWithdrawn: "leave",
        ch.QueueServiceLevelBreached: "service_level",
        ch.QueueServiceLevelRestored: "service_level",
        ch.AlarmRaised: "alarm",
        ch.AlarmAcknowledged: "alarm",
        ch.AlarmResolved: "alarm",
    }
)
"""Kinds of words about an agent, a queue or an alarm, of which a newer one takes the place of an older."""
WITH_REASON: Final = frozenset({"state", "pause", "limit"})
"""Words that another reason makes another word."""
OF_USE: Final = frozenset({*NEWEST_WORD, *ONCE_A_STAY, *AT_A_MOMENT, ch.AgentAnsweredLate})


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What matters of an event that was told."""

    kind: type
    """The class of the change, one of ``OF_USE``."""
    at: Timestamp
    about: str
    """The call, agent, queue or alarm."""
    call: str | None = None
    queue: str | None = None
    joined_at: Timestamp | None = None
    agent: str | None = None
    state: AgentState | None = None
    reason: str | None = None
    since: Timestamp | None = None
    """Of the agent's state."""


def told_by(change: Change) -> Told | None:
    """The same of a change; ``None`` when it is of no kind that could be told twice."""
    kind = type(change)
    facts = change if isinstance(change, ch.QueueWaitExceeded) else getattr(change, "facts", None)
    view = getattr(change, "agent", None)
    if kind not in OF_USE:
        return None
    if facts is not None:
        return Told(
            kind=kind,
            at=change.at,
            about=view.agent if isinstance(view, AgentView) else facts.call,
            call=facts.call,
            queue=facts.queue,
            joined_at=facts.joined_at,
            agent=view.agent if isinstance(view, AgentView) else getattr(facts, "agent", None),
        )
    if isinstance(view, AgentView):
        reason = getattr(change, "reason", view.reason)
        return Told(kind=kind, at=change.at, about=view.agent, state=view.state, reason=reason, since=view.since)
    alarm = getattr(change, "alarm", None)
    return Told(kind=kind, at=change.at, about=alarm.alert if alarm is not None else getattr(change, "queue", ""))


class Retold:
    """What had been told when an earlier run was cut off; asked of each change until all is accounted for."""

    def __init__(
        self, told: Iterable[Told] = (), agents: Iterable[AgentMemory] = (), until: Timestamp | None = None
    ) -> None:
        """`told`: since the checkpoint, in order; `agents`: as they were last told, see ``brought_forward``.

        `until`: what has not been told again by then never will be.
        """
        self._until = until
        self._calls: dict[tuple[type, str, str], list[Told]] = {}
        self._words: dict[tuple[str, str], Told] = {("state", one.id): _last_told(one) for one in agents}
        for one in told:
            if (word := NEWEST_WORD.get(one.kind)) is not None:
                self._words[word, one.about] = one
            else:
                self._calls.setdefault(_key(one.kind, one), []).append(one)

    @property
    def is_waiting(self) -> bool:
        """There is something that was told and not told again; nobody can say yet whether it will be."""
        return bool(self._calls)

    def is_retold(self, change: Change) -> bool:
        """Whether a subscriber knows this already; each telling is recognised once."""
        if not self._calls and not self._words:
            return False
        if self._until is not None and change.at > self._until:
            self._calls.clear()
            self._words.clear()
            return False
        again = told_by(change)
        if again is None:
            return False
        if (word := NEWEST_WORD.get(again.kind)) is not None:
            known = self._words.pop((word, again.about), None)
            return known is not None and _says_the_same(known, again)
        if again.kind is ch.CallLost and any(self._stay(ending, again) for ending in ENDINGS):
            return True
        return self._take(again, change.origin)

    def _take(self, again: Told, origin: Origin) -> bool:
        known = self._stay(again.kind, again)
        if again.kind not in ONCE_A_STAY:
            is_past = origin is not Origin.AMI or again.kind is ch.AgentAnsweredLate
            known = [one for one in known if is_past and one.agent == again.agent]
        if again.kind in AT_A_MOMENT:
            known = [one for one in known if abs(one.at - again.at) <= SAME_MOMENT]
        if not known:
            return False
        key = _key(again.kind, again)
        self._calls[key].remove(known[0])
        if not self._calls[key]:
            del self._calls[key]
        return True

    def _stay(self, kind: type, again: Told) -> list[Told]:
        """What was told of this kind about the same stay."""
        return [one for one in self._calls.get(_key(kind, again), ()) if _is_near(one.joined_at, again.joined_at)]


def brought_forward(checkpoint: Checkpoint, told: Iterable[Told]) -> Checkpoint:
    """The checkpoint with every agent as subscribers were told last, so that what changed meanwhile is told to them."""
    agents = {agent.id: agent for agent in checkpoint.agents}
    for one in told:
        memory = agents.get(AgentId(one.about))
        if memory is None:
            continue
        if one.kind is ch.AgentStateChanged and one.state is not None and one.since is not None:
            memory = msgspec.structs.replace(memory, state=one.state, reason=one.reason, since=one.since)
        elif one.kind is ch.AgentPaused:
            memory = msgspec.structs.replace(memory, pause=Pause(reason=one.reason, since=one.at))
        elif one.kind is ch.AgentUnpaused:
            memory = msgspec.structs.replace(memory, pause=None)
        agents[memory.id] = memory
    return msgspec.structs.replace(checkpoint, agents=tuple(agents.values()))


def _last_told(agent: AgentMemory) -> Told:
    return Told(
        kind=ch.AgentStateChanged, at=agent.since, about=agent.id, state=agent.state, reason=agent.reason,
        since=agent.since,
    )  # fmt: skip


def _key(kind: type, told: Told) -> tuple[type, str, str]:
    return kind, queue_key(told.queue or ""), told.call or ""


def _is_near(one: Timestamp | None, other: Timestamp | None) -> bool:
    return one is None or other is None or abs(one - other) <= SAME_MOMENT


def _says_the_same(known: Told, again: Told) -> bool:
    has_reason = NEWEST_WORD[again.kind] in WITH_REASON
    if known.kind is not again.kind or (has_reason and known.reason != again.reason):
        return False
    if known.kind is not ch.AgentStateChanged:
        return True
    is_same_time = known.since is None or again.since is None or abs(known.since - again.since) <= SAME_STATE
    return known.state is again.state and is_same_time
