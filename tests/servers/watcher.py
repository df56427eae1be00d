"""The bridge without its outputs, inside the test: what it makes of an AMI server, change by change."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from ctibridge.app.clock import BridgeClock, monotonic, wall
from ctibridge.app.log_follower import LogFollower
from ctibridge.app.pump import Pump
from ctibridge.asterisk.client import AmiClient, AmiState
from ctibridge.asterisk.clock import PbxClock
from ctibridge.asterisk.queue_log_tail import QueueLogTail
from ctibridge.asterisk.settings import AmiSettings
from ctibridge.domain.changes import Change, Resynced
from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.journal import Journal
from ctibridge.domain.picture import Picture
from ctibridge.domain.policy import Policy
from tests.servers.asterisk import BRIDGE_SECRET, BRIDGE_USER
from tests.servers.waiting import eventually

SYNC_SECONDS: Final = 15.0


class Watcher:
    """`changes` is everything that was said so far."""

    def __init__(
        self,
        port: int,
        policy: Policy,
        *,
        user: str = BRIDGE_USER,
        secret: str = BRIDGE_SECRET,
        queue_log: Path | None = None,
    ) -> None:
        """`queue_log`: a file that is followed, and held against AMI."""
        clock = PbxClock(wall, monotonic)
        self.changes: list[Change] = []
        self._pump = Pump(ContactCenter(policy), Journal(epoch=1), clock, BridgeClock(), lambda _: None)
        self._pump.on_change = self.changes.append
        self.client = AmiClient(AmiSettings(port=port, username=user, secret=secret), clock, self._pump.offer)
        self._follower = LogFollower("lab", QueueLogTail(queue_log), clock, self._pump.offer) if queue_log else None

    @property
    def faults(self) -> int:
        """Errors of our own code."""
        return self._pump.faults

    def picture(self) -> Picture:
        """How everything stands now."""
        return self._pump.picture()

    async def settled(self, condition: Callable[[Picture], bool], what: str, within: float = 15.0) -> Picture:
        """The first picture that fulfils the condition."""
        await eventually(lambda: condition(self.picture()), what, within)
        return self.picture()

    async def resync(self, within: float = SYNC_SECONDS) -> None:
        """Let it take a full picture, and wait for that."""
        before = sum(isinstance(change, Resynced) for change in self.changes)
        self.client.request_resync()
        await eventually(
            lambda: sum(isinstance(change, Resynced) for change in self.changes) > before, "a full picture", within
        )

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.client.run(), name="watcher.client")
            tasks.create_task(self._pump.run(), name="watcher.pump")
            if self._follower is not None:
                tasks.create_task(self._follower.run(), name="watcher.queue_log")


@contextlib.asynccontextmanager
async def watching(
    port: int,
    policy: Policy,
    *,
    user: str = BRIDGE_USER,
    secret: str = BRIDGE_SECRET,
    queue_log: Path | None = None,
) -> AsyncIterator[Watcher]:
    """A watcher that has its first full picture."""
    watcher = Watcher(port, policy, user=user, secret=secret, queue_log=queue_log)
    running = asyncio.create_task(watcher.run(), name="watcher")
    try:
        await eventually(lambda: watcher.client.state is AmiState.CONNECTED, "the first full picture", SYNC_SECONDS)
        yield watcher
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
