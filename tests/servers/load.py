"""A story drawn from a seed: many callers, agents who answer, miss, reject, pause, log out and come back."""

import random

from ctibridge.simulator.script import (
    Act,
    Agent,
    Answer,
    Caller,
    EndedBy,
    LogIn,
    LogOut,
    Miss,
    Pause,
    Queue,
    Reaction,
    Reject,
    Story,
    Strategy,
    Unpause,
)

QUEUES = (
    Queue(name="support", strategy=Strategy.ROUND_ROBIN, timeout=3, retry=1, wrapuptime=1, service_level=5),
    Queue(name="sales", strategy=Strategy.LEAST_RECENT, timeout=3, retry=1, wrapuptime=1, service_level=5),
    Queue(name="overflow", strategy=Strategy.RING_ALL, timeout=3, retry=1, wrapuptime=1, service_level=5, weight=1),
)
"""The shipped queues with times that let hundreds of calls pass in minutes."""
OVERFLOW = {"support": "overflow", "sales": "overflow"}

TURNS = 40
"""Per agent; the last one repeats.  Asterisk holds a variable of at most 4096 characters."""
REASONS = ("away", "meal", "busy", "wrap_up", "")


def seeded(seed: int, *, calls: int = 200, agents: int = 10, seconds: float = 90.0) -> Story:
    """The same story for the same arguments; callers arrive within `seconds`."""
    draw = random.Random(seed)
    team = tuple(_agent(draw, 1001 + index, index) for index in range(agents))
    return Story(
        queues=QUEUES,
        agents=team,
        callers=tuple(_caller(draw, index, seconds) for index in range(calls)),
        acts=tuple(act for agent in team for act in _acts(draw, agent, seconds)),
    )


def _agent(draw: random.Random, number: int, index: int) -> Agent:
    home = ("support", "sales")[index % 2]
    queues = (home, "overflow") if index % 5 else ("support", "sales", "overflow")
    reactions = tuple(_reaction(draw) for _ in range(TURNS))
    return Agent(id=str(number), name=f"Agent {number}", queues=queues, reactions=reactions)


def _reaction(draw: random.Random) -> Reaction:
    """Of ten rings seven are answered, two missed, one rejected."""
    kind = draw.random()
    if kind < 0.7:
        ended_by = draw.choice((EndedBy.AGENT, EndedBy.CALLER))
        return Answer(ring=_tenths(draw, 0.2, 1.5), talk=_tenths(draw, 0.5, 3.0), ended_by=ended_by)
    return Miss() if kind < 0.9 else Reject(ring=_tenths(draw, 0.1, 0.8))


def _caller(draw: random.Random, index: int, seconds: float) -> Caller:
    """Every fifth caller has a limit in the first queue, every twentieth presses a key."""
    return Caller(
        at=_tenths(draw, 0.0, seconds),
        queue=draw.choice(("support", "support", "sales", "sales", "overflow")),
        patience=_tenths(draw, 0.5, 4.0) if draw.random() < 0.3 else _tenths(draw, 10.0, 25.0),
        number=f"139{index:08}",
        timeout=draw.randint(2, 6) if draw.random() < 0.2 else 0,
        exit_key=(_tenths(draw, 0.5, 4.0), "1") if draw.random() < 0.05 else None,
    )


def _acts(draw: random.Random, agent: Agent, seconds: float) -> list[Act]:
    """One or two absences, sometimes with a change of the reason, and sometimes a log-out."""
    acts: list[Act] = []
    at = _tenths(draw, 1.0, seconds / 3)
    while at < seconds - 10.0:
        acts.append(Pause(at=at, agent=agent.id, reason=draw.choice(REASONS)))
        if draw.random() < 0.3:
            acts.append(Pause(at=at + 1.5, agent=agent.id, reason=draw.choice(REASONS)))
        acts.append(Unpause(at=at + 4.0, agent=agent.id))
        if draw.random() < 0.3:
            acts.append(LogOut(at=at + 6.0, agent=agent.id))
            acts.append(LogIn(at=at + 9.0, agent=agent.id))
        at += _tenths(draw, 15.0, seconds)
    return acts


def _tenths(draw: random.Random, low: float, high: float) -> float:
    return round(draw.uniform(low, high), 1)
