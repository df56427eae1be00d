"""Processes that die, and processes that are stopped and go on as if nothing had been."""

import asyncio
import os
import random
import signal
from typing import Final

from tests.chaos.centre import Centre
from tests.chaos.fault import Fault, Scale, on_centre
from tests.servers.waiting import eventually

FROZEN: Final = (30.0, 8.0)
"""Seconds of SIGSTOP, long and short."""
NOTICED: Final = 12.0
"""Seconds in which a silent PBX is noticed: 10 are promised, and the message has a way to go."""


async def kill_bridge(centre: Centre, scale: Scale) -> None:
    """Again and again, in the midst of calls."""
    draw = random.Random(20)
    for _ in range(int(scale.of(20, 3))):
        await asyncio.sleep(draw.uniform(0.5, 3.0))
        await asyncio.to_thread(centre.bridge.kill)
        await asyncio.sleep(draw.uniform(0.0, 1.0))
        centre.bridge.start()
        await asyncio.to_thread(centre.bridge.wait_ready, 40.0)
    await asyncio.to_thread(centre.bridge.kill)
    centre.bridge.start()


async def kill_broker(centre: Centre, _: Scale) -> None:
    """It forgets what it retained; the witness is there again before the bridge, or it could not judge."""
    await centre.mqtt.cut(refuse=True)
    centre.broker.kill()
    await eventually(lambda: not centre.witness.is_listening(), "the witness to notice")
    await asyncio.to_thread(centre.broker.start)
    await asyncio.to_thread(centre.witness.wait_listening)
    centre.mqtt.mend()


async def kill_asterisk(centre: Centre, scale: Scale) -> None:
    """With callers waiting and talking, whom nobody hears of again."""
    await centre.close_stage()
    await asyncio.to_thread(centre.asterisk.kill)
    await asyncio.sleep(scale.of(5, 1))
    await asyncio.to_thread(centre.asterisk.start)
    await centre.open_stage()


async def stop_bridge(centre: Centre, scale: Scale) -> None:
    """Asterisk and the broker find that nobody reads."""
    await _frozen(centre.bridge.pid, scale)


async def stop_broker(centre: Centre, scale: Scale) -> None:
    """It accepts connections, and says nothing."""
    await _frozen(centre.broker.pid, scale)


async def stop_asterisk(centre: Centre, scale: Scale) -> None:
    """The link is silent, and new connections are not answered."""
    if not scale.is_long:
        await _frozen(centre.asterisk.pid, scale)
        return
    freezing = asyncio.create_task(_frozen(centre.asterisk.pid, scale))
    await eventually(lambda: centre.screen.status == "degraded", "the silence to be noticed and said", NOTICED)
    await freezing


async def _frozen(pid: int, scale: Scale) -> None:
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(scale.of(*FROZEN))
    finally:
        os.kill(pid, signal.SIGCONT)


FAULTS: Final = (
    Fault(
        name="bridge killed, 20 times in a run",
        promise="goes on from what it kept; totals as if nothing had been",
        endure=on_centre(kill_bridge, ends_bridge=True),
    ),
    Fault(
        name="broker killed; forgets what it retained",
        promise="every state published again, then the events that waited",
        endure=on_centre(kill_broker),
    ),
    Fault(
        name="Asterisk killed, calls going on",
        promise="open calls are lost, not abandoned; nothing else changes",
        endure=on_centre(kill_asterisk),
    ),
    Fault(
        name="bridge stopped for 30 s",
        promise="catches up, from AMI or from queue_log",
        endure=on_centre(stop_bridge),
    ),
    Fault(
        name="broker stopped for 30 s",
        promise="the PBX is followed all the same; events wait",
        endure=on_centre(stop_broker),
    ),
    Fault(
        name="Asterisk stopped for 30 s",
        promise="noticed in 10 s and said; reconnects by itself",
        endure=on_centre(stop_asterisk),
    ),
)
