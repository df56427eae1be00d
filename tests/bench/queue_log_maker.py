"""A plausible queue_log of any length: callers come and go through working days, agents miss, pause and talk."""

import heapq
import random
from collections.abc import Iterator
from itertools import count
from typing import Final

BEGAN: Final = 1_735_689_600  # 2025-01-01 00:00 UTC
QUEUES: Final = ("sales", "support", "billing", "vip", "returns")
DAY: Final = 86_400
OPENS: Final = 8 * 3600
OPEN_SECONDS: Final = 10 * 3600

Line = tuple[int, int, str]
"""When, in which order within the second, and what."""


def lines(calls: int, *, days: int, agents: int = 60, seed: int = 1) -> Iterator[str]:
    """Whole lines in the order of time; memory grows with the callers of some minutes, not with `calls`."""
    draw, order = random.Random(seed), count()
    waiting: list[Line] = [(BEGAN, next(order), "NONE|NONE|NONE|QUEUESTART|")]
    for number in range(calls):
        day, place = divmod(number * days, calls)
        moment = BEGAN + day * DAY + OPENS + place * OPEN_SECONDS // calls
        while waiting and waiting[0][0] <= moment:
            at, _, text = heapq.heappop(waiting)
            yield f"{at}|{text}\n"
        if number % 40 == 0:
            _pause(waiting, order, moment, draw, agents)
        _call(waiting, order, moment, number, draw=draw, agents=agents)
    while waiting:
        at, _, text = heapq.heappop(waiting)
        yield f"{at}|{text}\n"


def _call(
    waiting: list[Line], order: "count[int]", joined: int, number: int, *, draw: random.Random, agents: int
) -> None:
    queue, call = QUEUES[number % len(QUEUES)], f"{joined}.{number}"

    def say(at: int, agent: str, event: str) -> None:
        heapq.heappush(waiting, (at, next(order), f"{call}|{queue}|{agent}|{event}"))

    caller = f"+49301{draw.randrange(1_000_000):06d}"
    say(joined, "NONE", f"ENTERQUEUE||{caller}|1")
    wait = min(600, int(draw.expovariate(1 / 18)))
    for _ in range(draw.choices((0, 1, 2), (70, 22, 8))[0]):
        say(joined + draw.randint(0, wait), _agent(draw, agents), f"RINGNOANSWER|{draw.choice((0, 1000, 15000))}")
    end = draw.random()
    if end < 0.86:
        agent, talk = _agent(draw, agents), int(draw.expovariate(1 / 240)) + 5
        say(joined + wait, agent, f"CONNECT|{wait}|{joined}.{number}1|{min(wait, 6)}")
        kind = draw.choices(("COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER|900|out"), (40, 57, 3))[0]
        say(joined + wait + talk, agent, f"{kind}|{wait}|{talk}|1")
    elif end < 0.96:
        say(joined + wait, "NONE", f"ABANDON|1|1|{wait}")
    else:
        say(joined + wait, "NONE", f"EXITWITHTIMEOUT|1|1|{wait}")


def _pause(waiting: list[Line], order: "count[int]", at: int, draw: random.Random, agents: int) -> None:
    agent, reason, lasts = _agent(draw, agents), draw.choice(("meal", "away", "busy")), draw.randint(60, 1500)
    for queue in QUEUES:
        heapq.heappush(waiting, (at, next(order), f"NONE|{queue}|{agent}|PAUSE|{reason}"))
        heapq.heappush(waiting, (at + lasts, next(order), f"NONE|{queue}|{agent}|UNPAUSE|{reason}"))


def _agent(draw: random.Random, agents: int) -> str:
    return f"PJSIP/{1001 + draw.randrange(agents)}"
