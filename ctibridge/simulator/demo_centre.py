"""A ready-made call centre for the demo: three queues, agents, and a load that never ends.

Everything is drawn from a seed, so that the same seed gives the same day.  The inflow follows the hours of a working
day in twenty minutes and is matched to the number of agents: most callers are served in time, at the peaks not all.
"""

import heapq
from collections.abc import Iterator
from itertools import cycle
from math import sqrt
from random import Random

from ctibridge.simulator.script import (
    Act,
    Agent,
    Answer,
    Caller,
    Empty,
    EndedBy,
    LogIn,
    LogOut,
    Miss,
    Pause,
    Plan,
    PlugIn,
    Queue,
    Reaction,
    Reject,
    Strategy,
    Unpause,
    Unplug,
)

QUEUES = (
    Queue(
        name="support", label="客服", strategy=Strategy.ROUND_ROBIN, timeout=14, retry=2, wrapuptime=8, service_level=20
    ),
    Queue(
        name="sales", label="销售", strategy=Strategy.LEAST_RECENT, timeout=14, retry=2, wrapuptime=8, service_level=20,
        maxlen=12,
    ),
    Queue(
        name="vip", label="贵宾", strategy=Strategy.RING_ALL, timeout=12, retry=1, wrapuptime=8, service_level=20,
        weight=1, join_empty=Empty.STRICT,
    ),
)  # fmt: skip
NAMES = (
    "张三", "Anna Schmidt", "李四", "王芳", "John Miller", "刘洋", "陈静", "Maria García", "赵敏", "孙伟",
    "Emma Dubois", "周杰", "吴秀英", "Liam O'Brien", "郑强", "冯雪", "Sofia Rossi", "褚明", "卫红", "James Chen",
    "蒋涛", "沈丽", "Olga Novak", "韩梅",
)  # fmt: skip
CALLER_NAMES = ("王五", "马六", "田七", "Mr Brown", "钱女士", "胡先生", "C. Lefèvre", "诸葛亮")
DAY = (0.6, 0.85, 1.05, 1.2, 1.0, 0.75, 0.7, 0.95, 1.15, 1.05, 0.85, 0.65)
"""Inflow in the hours of a day, relative to the mean."""
HOUR = 100.0
"""Seconds that an hour of the day lasts here."""
HANDLE_TIME = 82.0
"""Seconds that a call occupies an agent on the average: ringing, talk and wrap-up."""
FULL_LOAD, LOAD_MARGIN = 0.92, 0.85
"""Share of the agents' time that the mean inflow needs if they are many, and what is to be left free of it over the
square root of their number: so the service level stays about the same."""
LEAST_LOAD = 0.2
FIRST_AGENT = 1001
PAUSES = (
    # Reason, share, usual seconds, seconds of one in six that takes too long.
    ("away", 0.55, (25.0, 100.0), (150.0, 260.0)),
    ("busy", 0.25, (40.0, 150.0), (320.0, 420.0)),
    ("meal", 0.20, (120.0, 280.0), (400.0, 500.0)),
)


def demo_centre(agents: int = 12, seed: int = 1) -> Plan:
    """The demo's plan, with so many agents; the same for the same seed."""
    load = max(FULL_LOAD - LOAD_MARGIN / sqrt(agents), LEAST_LOAD)
    staff = tuple(_agent(number, name) for number, name in zip(range(agents), cycle(NAMES), strict=False))
    return Plan(
        queues=QUEUES,
        agents=staff,
        callers=_callers(Random(f"{seed}/callers"), inflow=agents * load / HANDLE_TIME),
        acts=heapq.merge(
            *(_acts(Random(f"{seed}/acts/{agent.id}"), agent, number) for number, agent in enumerate(staff)),
            key=lambda act: act.at,
        ),
        reactions={agent.id: _reactions(Random(f"{seed}/reactions/{agent.id}")) for agent in staff},
    )


def _agent(number: int, name: str) -> Agent:
    """Every agent serves support or sales, every fourth both, and every third the VIPs as well."""
    queues = ["support"] if number % 5 in {0, 2, 4} else ["sales"]
    if number % 4 == 3:  # noqa: PLR2004 - the fourth
        queues = ["support", "sales"]
    if number % 3 == 0:
        queues.append("vip")
    round_number = number // len(NAMES)
    return Agent(
        id=str(FIRST_AGENT + number),
        name=f"{name} {round_number + 1}" if round_number else name,
        queues=tuple(queues),
        logged_in=number % 8 != 5,  # noqa: PLR2004 - one in eight comes later
    )


def _callers(random: Random, inflow: float) -> Iterator[Caller]:
    """Callers without end; ``inflow`` is their mean number per second."""
    at = 1.0
    while True:
        yield _caller(random, at)
        at += random.expovariate(inflow * DAY[int(at / HOUR) % len(DAY)])


def _caller(random: Random, at: float) -> Caller:
    queue = random.choices(("support", "sales", "vip"), (0.55, 0.33, 0.12))[0]
    is_misdialled = random.random() < 0.04  # noqa: PLR2004 - one in 25
    patience = random.uniform(1, 5) if is_misdialled else min(max(random.lognormvariate(4.4, 0.6), 8), 400)
    presses_key = random.random() < 0.02  # noqa: PLR2004 - one in 50
    return Caller(
        at=at,
        queue=queue,
        patience=patience,
        number=f"1{random.choice('35789')}{random.randrange(10**9):09}",
        name=random.choice(CALLER_NAMES) if random.random() < 0.4 else "",  # noqa: PLR2004 - two in five
        timeout=120 if queue == "support" else 0,
        exit_key=(random.uniform(15, 40), "5") if presses_key else None,
    )


def _reactions(random: Random) -> Iterator[Reaction]:
    while True:
        kind = random.choices(("answer", "miss", "reject"), (0.93, 0.05, 0.02))[0]
        if kind == "miss":
            yield Miss()
        elif kind == "reject":
            yield Reject(ring=random.uniform(0.5, 3))
        else:
            yield _answer(random)


def _answer(random: Random) -> Answer:
    writes_notes = random.random() < 0.15  # noqa: PLR2004 - one in seven
    return Answer(
        ring=min(max(random.lognormvariate(1.4, 0.5), 1), 13),
        talk=min(max(random.lognormvariate(4.0, 0.6), 8), 400),
        ended_by=EndedBy.CALLER if random.random() < 0.6 else EndedBy.AGENT,  # noqa: PLR2004 - three in five
        then_pause=("wrap_up", random.uniform(8, 60)) if writes_notes else None,
    )


def _acts(random: Random, agent: Agent, number: int) -> Iterator[Act]:
    """What an agent does all day: works, pauses, works; now and then goes home and comes back."""
    at = 0.0
    if not agent.logged_in:
        at = random.uniform(10, 30)
        yield LogIn(at=at, agent=agent.id)
    # Some pause from the start, so that a display has something to show.
    at += random.uniform(2, 6) if number % 6 == 4 else random.uniform(30, 700)  # noqa: PLR2004 - one in six
    while True:
        reason, _, usual, too_long = random.choices(PAUSES, [share for _, share, _, _ in PAUSES])[0]
        until = at + random.uniform(*(too_long if random.random() < 1 / 6 else usual))
        match random.choices(("pauses", "goes home", "loses the network"), (0.90, 0.06, 0.04))[0]:
            case "pauses":
                yield Pause(at=at, agent=agent.id, reason=reason)
                yield Unpause(at=until, agent=agent.id)
            case "goes home":
                yield LogOut(at=at, agent=agent.id)
                yield LogIn(at=until, agent=agent.id)
            case _:
                yield Unplug(at=at, agent=agent.id)
                yield PlugIn(at=until, agent=agent.id)
        at = until + random.uniform(200, 800)
