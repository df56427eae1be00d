"""How long reports of a day take: ``python -m tests.bench.report_speed [CALLS]`` prints it."""

import asyncio
import hashlib
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from ctibridge.app.report import NAMES, Name, ReportOptions, report
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.history.store import opened

DAY: Final = 1_795_132_800
"""2026-11-20, 00:00 UTC."""
CALLS: Final = 100_000
AGENTS: Final = 200
QUEUES: Final = 10


def calls(count: int, dice: random.Random) -> Iterator[tuple[object, ...]]:
    """A day from 8 to 20 o'clock, busiest at 11."""
    for number in range(count):
        joined = DAY + dice.triangular(8, 20, 11) * 3600
        wait, is_answered = int(dice.expovariate(1 / 12)), dice.random() < 0.9
        talk = int(dice.expovariate(1 / 200)) if is_answered else None
        caller = hashlib.sha256(str(dice.randrange(count)).encode()).digest()
        agent = str(1000 + dice.randrange(AGENTS)) if is_answered else None
        outcome = "answered" if is_answered else "abandoned"
        short = None if is_answered else int(wait <= 5)
        yield (
            *("pbx1", f"queue{dice.randrange(QUEUES)}", f"{number}.1", 0, joined, None, "***12", caller, 1, outcome),
            *(None, joined + wait, wait, short, agent, 4.2 if agent else None, 1 if agent else None, talk),
            *(0 if agent else None, 30 if agent else None, joined + wait + (talk or 0), "caller", None, 20, "ami"),
        )


def states(dice: random.Random) -> Iterator[tuple[object, ...]]:
    """Twelve hours of every agent, call by call."""
    for agent in range(1000, 1000 + AGENTS):
        moment = DAY + 8 * 3600.0
        while moment < DAY + 20 * 3600:
            for state, mean in (("ready", 40), ("ringing", 5), ("busy", 120), ("wrap_up", 30)):
                until = moment + dice.expovariate(1 / mean)
                yield "pbx1", str(agent), moment, until, state, None, None, None, "ami"
                moment = until


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """One report; seconds."""

    name: str
    wall: float
    work: float
    """Of the processor."""


def measured(count: int = CALLS) -> list[Made]:
    """Every report, of a day with so many calls."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder) / "day.db", count))


async def _measured(path: Path, count: int) -> list[Made]:
    dice = random.Random(5)
    async with opened(path, 0):
        pass
    with sqlite3.connect(path) as connection:
        rows = sorted(calls(count, dice), key=str)
        for table, filled in (("calls", rows), ("agent_intervals", list(states(dice)))):
            marks = ", ".join("?" * len(filled[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", filled)  # noqa: S608 - our own tables
    connection.close()
    return [await _report(path, name) for name in NAMES]


async def _report(path: Path, name: Name) -> Made:
    options = ReportOptions(name=name, since="2026-11-20", until="2026-11-20")
    wall, work = time.perf_counter(), time.process_time()
    await report(path, options, Policy(), Timestamp(DAY + 86_400))
    return Made(name=name, wall=time.perf_counter() - wall, work=time.process_time() - work)


if __name__ == "__main__":
    for one in measured(int(sys.argv[1]) if len(sys.argv) > 1 else CALLS):
        sys.stdout.write(f"{one.name:<10} {one.wall:.2f} s, of which {one.work:.2f} s at work\n")
