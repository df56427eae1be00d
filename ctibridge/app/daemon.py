"""The daemon: all PBXs of one configuration, the metrics and the web server, under one supervisor."""

import asyncio
from collections.abc import Callable

import structlog

import ctibridge
from ctibridge.app.bridge import JournalStart, PbxBridge, numbered_from_start
from ctibridge.app.clock import BridgeClock
from ctibridge.app.config import Configuration
from ctibridge.app.health import Health
from ctibridge.app.lag import LoopLag
from ctibridge.app.metrics import Metrics
from ctibridge.app.overview import Overview
from ctibridge.app.supervisor import Supervisor

log = structlog.get_logger(__name__)


class Daemon:
    """Built whole before anything runs."""

    def __init__(self, configuration: Configuration, *, journal: JournalStart | None = None) -> None:
        clock = BridgeClock()
        self.bridges = tuple(
            PbxBridge(ami, configuration, clock=clock, journal=journal or numbered_from_start(clock))
            for ami in configuration.pbx
        )
        self.health = Health(self.bridges)
        lag = LoopLag()
        overview = Overview(configuration, self.bridges, self.health, Metrics(self.bridges, lag))
        self._supervisor = Supervisor(self.bridges, self.health, lag, configuration.http, overview)

    async def run(self, stop: asyncio.Event, listening: Callable[[str, int], None] | None = None) -> None:
        """Work until ``stop`` is set; CannotListenError when the web address cannot be bound."""

        def announce(host: str, port: int) -> None:
            names = [bridge.name for bridge in self.bridges]
            log.info("started", version=ctibridge.__version__, pbx=names, web=f"http://{host}:{port}/")
            if listening:
                listening(host, port)

        await self._supervisor.run(stop, announce)
        log.info("stopped")
