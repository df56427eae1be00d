"""What happens in a simulated call centre: its queues and agents, and a story of callers and acts to play on them.

All times are seconds.  ``at`` counts from the start of the simulation; every other number is a duration.
A story is data without behaviour, so that the same one can be played on a real Asterisk and the two compared.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import chain, repeat
from typing import TypeAlias

import msgspec


class Strategy(Enum):
    """Which free members a waiting caller is offered to; the values are those of queues.conf."""

    RING_ALL = "ringall"
    ROUND_ROBIN = "rrmemory"
    LEAST_RECENT = "leastrecent"


class Empty(Enum):
    """When a queue counts as having nobody, so that it refuses callers (``joinempty``) or sends them away."""

    NEVER = "never"
    LOOSE = "loose"
    """When there is no member at all."""
    UNREACHABLE = "unavailable,invalid"
    """When there is no member whose telephone can be reached."""
    STRICT = "strict"
    """When there is no member who can be reached and is not paused."""


class EndedBy(Enum):
    """Who hangs up an answered call."""

    AGENT = "agent"
    CALLER = "caller"


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """One queue, in the terms of queues.conf; ``ringinuse`` is always ``no``."""

    name: str
    label: str = ""
    """What people call it; Asterisk does not know it."""
    strategy: Strategy = Strategy.ROUND_ROBIN
    timeout: int = 15
    """How long a member rings before the next one is tried; 0: for ever."""
    retry: int = 5
    """Pause between two attempts to ring somebody."""
    wrapuptime: int = 0
    maxlen: int = 0
    """Callers that may wait; 0: any number."""
    service_level: int = 60
    weight: int = 0
    join_empty: Empty = Empty.NEVER
    leave_when_empty: Empty = Empty.NEVER


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The agent answers."""

    ring: float = 2.0
    talk: float = 30.0
    ended_by: EndedBy = EndedBy.CALLER
    then_pause: tuple[str, float] | None = None
    """Reason and length of a pause that the agent takes right after the call."""


class Miss(msgspec.Struct, frozen=True):
    """The agent lets it ring until the queue gives up."""


class Reject(msgspec.Struct, frozen=True, kw_only=True):
    """The agent's telephone says busy (486)."""

    ring: float = 0.3


Reaction: TypeAlias = Answer | Miss | Reject
"""What an agent does with one call that rings at the agent's telephone."""


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """One agent: a dynamic member of one or several queues."""

    id: str
    name: str
    queues: tuple[str, ...]
    interface: str = ""
    """Empty: ``PJSIP/<id>``."""
    state_interface: str = ""
    """Empty: the interface."""
    reactions: tuple[Reaction, ...] = (Answer(),)
    """One for each call that rings, in order; the last one repeats."""
    penalty: int = 0
    """Agents with a higher one ring only when none with a lower one can."""
    logged_in: bool = True
    """Whether the agent is a member when the simulation starts (otherwise ``LogIn`` makes one)."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """One caller, who hangs up when patience ends before an agent answers."""

    at: float
    queue: str
    patience: float | None = None
    """Seconds from joining; None: waits for ever."""
    stay: float | None = None
    """Seconds from joining after which the caller hangs up even while talking; None: when the agent's part says so."""
    number: str = "13800000000"
    name: str = ""
    timeout: int = 0
    """``Queue()``'s own time-out, after which the caller goes on in the dialplan; 0: none."""
    exit_key: tuple[float, str] | None = None
    """Seconds after joining, and the digit that takes the caller out of the queue."""
    withdrawn: tuple[float, str] | None = None
    """Seconds after joining, and the remark with which a supervisor takes the caller out of the queue."""
    overflow: str = ""
    """The queue in which the same call waits on when the first one lets it go or refuses it; empty: it ends."""
    overflow_timeout: int = 0
    """The time-out of ``Queue()`` there; 0: none."""


class LogIn(msgspec.Struct, frozen=True, kw_only=True):
    """The agent becomes a member of the agent's queues."""

    at: float
    agent: str
    queues: tuple[str, ...] | None = None
    """None: all of the agent's queues."""
    paused: bool = False
    reason: str = ""
    """Why the agent is paused from the start."""


class LogOut(msgspec.Struct, frozen=True, kw_only=True):
    """The agent leaves queues; a call in progress goes on."""

    at: float
    agent: str
    queues: tuple[str, ...] | None = None
    """None: all of the agent's queues."""


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """The agent pauses, or changes the reason of a pause."""

    at: float
    agent: str
    reason: str = ""
    queue: str | None = None
    """None: all of the agent's queues at once, as a feature code does."""


class Unpause(msgspec.Struct, frozen=True, kw_only=True):
    """The agent is ready again."""

    at: float
    agent: str
    reason: str = ""
    queue: str | None = None
    """None: all of the agent's queues at once."""


class Unplug(msgspec.Struct, frozen=True, kw_only=True):
    """The agent's telephone cannot be reached."""

    at: float
    agent: str


class PlugIn(msgspec.Struct, frozen=True, kw_only=True):
    """The agent's telephone can be reached again."""

    at: float
    agent: str


Act: TypeAlias = LogIn | LogOut | Pause | Unpause | Unplug | PlugIn
"""What an agent does apart from taking calls."""


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A centre and everything that happens in it."""

    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...]
    callers: tuple[Caller, ...] = ()
    acts: tuple[Act, ...] = ()
    shared_lastcall: bool = False
    """Whether a call counts, and means wrap-up, in all queues of its agent; ``no`` is Asterisk's default."""

    def plan(self) -> "Plan":
        """The story as the PBX plays it."""
        return Plan(
            queues=self.queues,
            agents=self.agents,
            shared_lastcall=self.shared_lastcall,
            callers=iter(sorted(self.callers, key=lambda caller: caller.at)),
            acts=iter(sorted(self.acts, key=lambda act: act.at)),
            reactions={agent.id: chain(agent.reactions, repeat(agent.reactions[-1])) for agent in self.agents},
        )


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a PBX plays: a centre, and events drawn one by one, so that a demo need not have an end."""

    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...]
    callers: Iterator[Caller]
    """In order of ``at``."""
    acts: Iterator[Act]
    """In order of ``at``."""
    reactions: Mapping[str, Iterator[Reaction]]
    """By agent id; endless."""
    shared_lastcall: bool = False
