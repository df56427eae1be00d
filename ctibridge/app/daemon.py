"""The daemon: all PBXs of one configuration, the metrics and the web server, under one supervisor."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

import ctibridge
from ctibridge.app.bridge import PbxBridge
from ctibridge.app.clock import BridgeClock
from ctibridge.app.config import Configuration
from ctibridge.app.health import Health
from ctibridge.app.history_api import HistoryApi, kept_history
from ctibridge.app.keeper import MemoryKeeper, kept
from ctibridge.app.lag import LoopLag
from ctibridge.app.memory import Recollection
from ctibridge.app.metrics import Metrics
from ctibridge.app.overview import Overview
from ctibridge.app.reload import Reloader, reloading
from ctibridge.app.supervisor import Supervisor
from ctibridge.app.token_keys import token_keys
from ctibridge.app.tuning import tune
from ctibridge.app.usual_calls import UsualCalls

log = structlog.get_logger(__name__)


class Daemon:
    """Built whole before anything runs."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        clock: BridgeClock | None = None,
        keeper: MemoryKeeper | None = None,
        recollections: Mapping[str, Recollection] | None = None,
    ) -> None:
        clock = clock or BridgeClock()
        known = recollections or {}
        self.bridges = tuple(
            PbxBridge(
                ami,
                configuration,
                clock=clock,
                recollection=known.get(ami.name),
                histories=keeper.histories if keeper is not None else None,
            )
            for ami in configuration.pbx
        )
        self.health = Health(self.bridges, keeper)
        lag = LoopLag()
        self._scheme = configuration.http.scheme
        self.overview = Overview(configuration, self.bridges, self.health, Metrics(self.bridges, lag, keeper))
        self._supervisor = Supervisor(self.bridges, self.health, lag, configuration.http, self.overview)
        self._supervisor.keeper = keeper

    def use(self, history: HistoryApi | None) -> None:
        """Answer questions about the past, and tell the domain what is usual; before ``run``."""
        self.overview.history = history
        for bridge in self.bridges:
            bridge.desk.past = history
        self._supervisor.usual_calls = UsualCalls(self.bridges, history) if history is not None else None

    async def run(self, stop: asyncio.Event, listening: Callable[[str, int], None] | None = None) -> None:
        """Work until ``stop`` is set; CannotListenError when the web address cannot be bound."""

        def announce(host: str, port: int) -> None:
            names = [bridge.name for bridge in self.bridges]
            log.info("started", version=ctibridge.__version__, pbx=names, web=f"{self._scheme}://{host}:{port}/")
            if listening:
                listening(host, port)

        await self._supervisor.run(stop, announce)
        log.info("stopped")


async def run_daemon(configuration: Configuration, reread: Callable[[], Configuration], stop: asyncio.Event) -> None:
    """Work until ``stop`` is set; ``reread`` gives the configuration anew at each SIGHUP.

    Raises CannotListenError, UnusableStoreError.
    """
    tune()
    async with prepared(configuration) as daemon:
        with reloading(Reloader(configuration, reread, daemon.bridges, daemon.overview)):
            await daemon.run(stop)


@asynccontextmanager
async def prepared(configuration: Configuration) -> AsyncIterator[Daemon]:
    """A daemon that goes on from what an earlier run left, and leaves as much for the next; UnusableStoreError."""
    clock = BridgeClock()
    async with kept(configuration, clock) as keeper:
        recollections = {ami.name: await keeper.recall(ami.name) for ami in configuration.pbx} if keeper else {}
        daemon = Daemon(configuration, clock=clock, keeper=keeper, recollections=recollections)
        async with kept_history(configuration) as history:
            daemon.use(history)
            daemon.overview.tokens = token_keys(configuration)
            yield daemon
