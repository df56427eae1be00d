"""Starts the parts of the daemon, keeps them running, and stops them in an order in which nothing is lost.

Starting: the web server first, so that a port that is taken ends the start before anything is connected; then the
outputs, then the domain, and the wire last, so that whatever it says finds everybody listening.

Stopping takes the same way back: the wire ends, the domain takes in what has arrived, the outputs say ``offline`` and
close, the web server goes last.  All of it has ``STOP_SECONDS``; a second signal ends the process where it stands.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import structlog

from ctibridge.app.bridge import PbxBridge
from ctibridge.app.clock import monotonic
from ctibridge.app.health import Health
from ctibridge.app.keeper import MemoryKeeper
from ctibridge.app.lag import LoopLag
from ctibridge.app.service_manager import ServiceManager
from ctibridge.app.tasks import Crew
from ctibridge.app.usual_calls import UsualCalls
from ctibridge.outputs.web.provider import Provider
from ctibridge.outputs.web.server import serving
from ctibridge.outputs.web.settings import HttpSettings

STOP_SECONDS: Final = 3.5
"""For everything together; with the web server's own second the whole stop stays within five."""
WIRE_SECONDS: Final = 0.5
DRAIN_SECONDS: Final = 0.5
SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

log = structlog.get_logger(__name__)


class Supervisor:
    """Owns every task of the daemon."""

    def __init__(
        self, bridges: Sequence[PbxBridge], health: Health, lag: LoopLag, http: HttpSettings, provider: Provider
    ) -> None:
        self.keeper: MemoryKeeper | None = None
        """Who remembers for the next start, if anybody."""
        self.usual_calls: UsualCalls | None = None
        """Who tells the domain what is usual, where there is a past to know it from."""
        self._bridges = bridges
        self._health = health
        self._lag = lag
        self._http = http
        self._provider = provider
        self._service_manager = ServiceManager(bridges, health)

    async def run(self, stop: asyncio.Event, listening: Callable[[str, int], None]) -> None:
        """Work until ``stop`` is set; ``listening`` is told the web address.

        Raises CannotListenError, before anything else is started.
        """
        async with serving(self._http, self._provider) as (host, port), asyncio.TaskGroup() as group:
            listening(host, port)
            outputs, domain, wire = Crew(group), Crew(group), Crew(group)
            domain.add("loop-lag", self._lag.run)
            domain.add("service-manager", self._service_manager.run)
            for bridge in self._bridges:
                if bridge.outbox is not None:  # Before a memory is kept, which waits for what it presupposes.
                    outputs.add(f"outbox[{bridge.name}]", bridge.outbox.run)
            if self.keeper is not None:
                await self.keeper.keep(self._bridges, is_first=True)
                domain.add("memory", partial(self.keeper.run, self._bridges))
                outputs.add("upkeep", partial(self.keeper.histories.keep_up, self._bridges))
            if self.usual_calls is not None:
                domain.add("usual-calls", self.usual_calls.run)
            for bridge in self._bridges:
                if bridge.history is not None:
                    outputs.add(f"history[{bridge.name}]", bridge.history.run)
                for output in bridge.outputs:
                    outputs.add(f"mqtt[{bridge.name}, {output.broker}]", output.run)
                domain.add(f"pump[{bridge.name}]", bridge.pump.run)
                domain.add(f"commands[{bridge.name}]", bridge.desk.run)
                domain.add(f"enforcement[{bridge.name}]", bridge.enforcer.run)
                domain.add(f"phone-codes[{bridge.name}]", bridge.phone_codes.run)
                if bridge.log_follower is not None:
                    wire.add(f"queue_log[{bridge.name}]", bridge.log_follower.run)
                wire.add(f"ami[{bridge.name}]", bridge.client.run)
            await stop.wait()
            log.info("stopping")
            self._health.is_stopping = True
            self._service_manager.stopping()
            await self._stop(outputs, domain, wire)

    async def _stop(self, outputs: Crew, domain: Crew, wire: Crew) -> None:
        await wire.stop(WIRE_SECONDS)
        await domain.stop(WIRE_SECONDS)
        for bridge in self._bridges:
            bridge.pump.finish()
        if self.keeper is not None:
            await self.keeper.keep(self._bridges, is_last=True)
        await self._sent()
        await outputs.stop(STOP_SECONDS - 2 * WIRE_SECONDS - DRAIN_SECONDS)
        for bridge in self._bridges:
            if bridge.outbox is not None:
                await bridge.outbox.close()

    async def _sent(self) -> None:
        """Give the brokers that are there a moment to take the last events."""
        outputs = [output for bridge in self._bridges for output in bridge.outputs]
        until = monotonic() + DRAIN_SECONDS
        while monotonic() < until:
            if not any(one.health.is_connected and one.health.outbox_messages for one in outputs):
                return
            await asyncio.sleep(DRAIN_SECONDS / 20)


@asynccontextmanager
async def stop_signals() -> AsyncIterator[asyncio.Event]:
    """An event that the first SIGTERM or SIGINT sets; the second ends the process at once, even one that hangs."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def first() -> None:
        stop.set()
        for number in SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in SIGNALS:
        loop.add_signal_handler(number, first)
    try:
        yield stop
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
