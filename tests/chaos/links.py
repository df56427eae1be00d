"""Links that break, fall silent, crawl or lead nowhere, to Asterisk and to the broker."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from tests.chaos.centre import Centre
from tests.chaos.fault import Fault, Scale, on_centre
from tests.servers.cuttable import Cuttable
from tests.servers.waiting import eventually

SILENT: Final = (20.0, 12.0)
"""Seconds for which a link carries nothing, long and short: more than the 10 in which that is noticed."""
CRAWLS: Final = (40.0, 15.0)
RESETS: Final = (10, 3)
STORM: Final = (60, 10)
"""Connections that are broken as soon as they are made."""
STORM_EVERY: Final = 0.3

Choice = Callable[[Centre], Cuttable]


def to_asterisk(centre: Centre) -> Cuttable:
    """The AMI link."""
    return centre.ami


def to_broker(centre: Centre) -> Cuttable:
    """The MQTT link."""
    return centre.mqtt


async def reset(link: Cuttable, scale: Scale) -> None:
    """Reset again and again; each time one may connect at once."""
    for _ in range(int(scale.of(*RESETS))):
        await link.cut()
        await asyncio.sleep(1.5)
    await link.cut()


async def half_open(link: Cuttable, scale: Scale) -> None:
    """Nothing is carried and nothing closed; then all old connections are gone."""
    link.freeze()
    await asyncio.sleep(scale.of(*SILENT))
    await link.cut()
    link.mend()


async def silent(link: Cuttable, scale: Scale) -> None:
    """Nothing is carried for a while, and then everything that was held back."""
    link.freeze()
    await asyncio.sleep(scale.of(*SILENT))
    link.mend()


async def crawl(link: Cuttable, scale: Scale) -> None:
    """A byte a second, on the connection that is there and on every new one."""
    link.slow(1)
    await asyncio.sleep(scale.of(*CRAWLS))
    await link.cut()
    link.mend()


async def blackhole(link: Cuttable, scale: Scale) -> None:
    """What is connected is silent, and attempts to connect are not answered."""
    await link.blackhole(scale.of(*SILENT))


async def storm(link: Cuttable, scale: Scale) -> None:
    """Every connection is broken soon after it was made; whoever tries again at once makes it worse."""
    before = link.connections
    times = int(scale.of(*STORM))
    for _ in range(times):
        await link.cut()
        await asyncio.sleep(STORM_EVERY)
    if (made := link.connections - before) > times:
        raise AssertionError(f"{made} connections in {times * STORM_EVERY:.0f} s: too eager")


def on(choice: Choice, act: Callable[[Cuttable, Scale], Awaitable[None]]) -> Callable[[Centre, Scale], Awaitable[None]]:
    """The act on one of the links."""

    async def strike(centre: Centre, scale: Scale) -> None:
        await act(choice(centre), scale)

    return strike


async def crawl_to_asterisk(centre: Centre, scale: Scale) -> None:
    """What is shown meanwhile is old, and has to be called so, though something arrives every second."""
    centre.ami.slow(1)
    await eventually(lambda: centre.screen.status == "degraded", "a crawling link to be noticed and said", 25)
    await asyncio.sleep(scale.of(20, 1))
    await centre.ami.cut()
    centre.ami.mend()


FAULTS: Final = (
    Fault(
        name="AMI reset again and again",
        promise="a full picture after each; the calls of the gaps from queue_log",
        endure=on_centre(on(to_asterisk, reset)),
    ),
    Fault(
        name="AMI half-open for 20 s",
        promise="noticed in 10 s; reconnects when it can",
        endure=on_centre(on(to_asterisk, half_open)),
    ),
    Fault(
        name="AMI silent for 20 s, then all at once",
        promise="what comes late on a connection that was given up counts once",
        endure=on_centre(on(to_asterisk, silent)),
    ),
    Fault(
        name="AMI at one byte a second",
        promise="said to be degraded in 20 s though bytes arrive",
        endure=on_centre(crawl_to_asterisk),
    ),
    Fault(
        name="AMI blackholed for 20 s",
        promise="attempts end in 5 s each",
        endure=on_centre(on(to_asterisk, blackhole)),
    ),
    Fault(
        name="AMI reconnect storm",
        promise="pauses grow, memory does not",
        endure=on_centre(on(to_asterisk, storm)),
    ),
    Fault(
        name="MQTT reset again and again",
        promise="in order, each at least once",
        endure=on_centre(on(to_broker, reset)),
    ),
    Fault(
        name="MQTT half-open for 20 s",
        promise="given up after 10 s without an answer",
        endure=on_centre(on(to_broker, half_open)),
    ),
    Fault(
        name="MQTT at one byte a second",
        promise="slows down nothing but itself",
        endure=on_centre(on(to_broker, crawl)),
    ),
    Fault(
        name="MQTT blackholed for 20 s",
        promise="events wait, states are published anew",
        endure=on_centre(on(to_broker, blackhole)),
    ),
)
