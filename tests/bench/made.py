"""A made call centre of any size, played by the simulated PBX: the picture of a moment, and what happens after it.

Every queue has as many agents, every agent serves two queues, and calls come in at a rate that does not depend on how
many agents there are.  The same numbers give the same centre.
"""

from collections.abc import Iterator, Mapping
from itertools import count
from random import Random
from typing import Final

import msgspec

from ctibridge.simulator.frames import Frame, Header
from ctibridge.simulator.lines import Line
from ctibridge.simulator.pbx import Pbx
from ctibridge.simulator.script import Agent, Answer, Caller, Pause, Plan, Queue, Reaction

FIRST_AGENT: Final = 10_001
MARK_QUEUE: Final = "mark"
MARK_AGENT: Final = "9999"
"""Takes no calls; pauses of this agent tell a subscriber how far a stream has been taken in."""
STEP: Final = 0.02
"""Seconds of the PBX's time between two looks at what has happened."""


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How large a centre is, and how busy."""

    agents: int
    queues: int
    memberships: int = 2
    """Queues of each agent."""
    ring: float = 1.0
    """Seconds until an agent answers."""
    talk: float = 6.0
    """Mean seconds of a conversation."""
    calls: float = 1.0
    """Callers a second, once calls come."""
    waiting: int = 0
    """Callers who wait for ever in a fifth of the queues, whose agents are all paused."""

    @property
    def closed(self) -> int:
        """Queues without a ready agent, the last ones."""
        return max(1, self.queues // 5) if self.waiting else 0


class MadeCentre:
    """The PBX of a centre of some size; moments are the PBX's, in epoch seconds."""

    def __init__(self, size: Size, start: float) -> None:
        self.now = start
        self._random = Random(f"{size}")
        self._size = size
        self._pbx = Pbx(_plan(size), start)
        self._next_caller = start
        self._numbers = count(1)
        self._arrive()

    def warm_up(self, seconds: float) -> None:
        """Let calls come for so long, unseen."""
        for _ in self.busy(seconds):
            continue

    def busy(self, seconds: float) -> Iterator[Frame]:
        """So many seconds with callers."""
        end = self.now + seconds
        self._next_caller = max(self._next_caller, self.now)
        while self.now < end:
            yield from self._step(min(self.now + STEP, end))

    def quiet(self, until: float) -> list[Frame]:
        """No caller comes any more; those who are there go on."""
        self.now = max(self.now, until)
        return self._pbx.advance(self.now)

    def act(self, action: Mapping[str, str]) -> tuple[tuple[Header, ...], ...]:
        """What the PBX answers, now; header names in lower case."""
        return self._pbx.act(action, self.now)

    def calls(self) -> int:
        """Callers on the line, waiting or talking."""
        return int(dict(self.act({"action": "CoreStatus"})[0])["CoreCurrentCalls"])

    def mark(self, text: str) -> list[Frame]:
        """Something small that a subscriber recognises: the marking agent pauses, for this reason."""
        self.act({"action": "QueuePause", "interface": f"PJSIP/{MARK_AGENT}", "paused": "true", "reason": text})
        return self._pbx.advance(self.now)

    def _step(self, until: float) -> list[Frame]:
        while self._next_caller < until:
            self._call(self._next_caller)
            self._next_caller += self._random.expovariate(self._size.calls)
        self.now = until
        return self._pbx.advance(until)

    def _call(self, at: float) -> Line:
        queue = self._random.randrange(self._size.queues - self._size.closed)
        return self._pbx.call(Caller(at=0.0, queue=f"q{queue}", number=f"030{next(self._numbers):07}"), at)

    def _arrive(self) -> None:
        """Those who will wait for ever."""
        closed = self._size.closed
        for number in range(self._size.waiting):
            queue = self._size.queues - 1 - number % closed
            self._pbx.call(Caller(at=0.0, queue=f"q{queue}", number=f"040{number:07}"), self.now)
        self._pbx.advance(self.now)


def _plan(size: Size) -> Plan:
    queues = [Queue(name=f"q{number}", timeout=20, retry=1, service_level=20) for number in range(size.queues)]
    agents = [
        Agent(id=str(FIRST_AGENT + number), name=f"Agent {FIRST_AGENT + number}", queues=_queues_of(number, size))
        for number in range(size.agents)
    ]
    marking = Agent(id=MARK_AGENT, name="Mark", queues=(MARK_QUEUE,))
    closed = {f"q{size.queues - 1 - number}" for number in range(size.closed)}
    pauses = [
        Pause(at=0.0, agent=agent.id, reason="meal", queue=name)
        for agent in agents
        for name in agent.queues
        if name in closed
    ]
    return Plan(
        queues=(*queues, Queue(name=MARK_QUEUE)),
        agents=(*agents, marking),
        callers=iter(()),
        acts=iter(pauses),
        reactions={agent.id: _answers(Random(agent.id), size) for agent in (*agents, marking)},
    )


def _queues_of(number: int, size: Size) -> tuple[str, ...]:
    """Neighbours: agents of one queue share the next one as well."""
    open_queues = size.queues - size.closed
    share = size.agents * open_queues // size.queues
    if number >= share:
        return (f"q{open_queues + number % max(1, size.closed)}",)
    return tuple(f"q{(number + place) % open_queues}" for place in range(min(size.memberships, open_queues)))


def _answers(random: Random, size: Size) -> Iterator[Reaction]:
    while True:
        yield Answer(ring=size.ring, talk=size.talk * random.uniform(0.6, 1.4))
