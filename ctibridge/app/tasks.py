"""Long-running work under one ``TaskGroup``: named, restarted when it fails, and stopped in order."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from ctibridge.app.clock import monotonic

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
"""Seconds between two restarts of work that keeps failing; random up to a growing limit."""
HEALTHY_AFTER: Final = 60.0
"""Seconds of work after which a failure counts as the first again."""

log = structlog.get_logger(__name__)


async def keep_running(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do work for ever: start it again, after a growing pause, whenever it ends or fails.

    What is expected to fail (a peer that is away) is retried inside the work; what arrives here is a bug of ours.
    """
    attempt = 0
    while True:
        started = monotonic()
        try:
            await work()
        except Exception:
            log.exception("a task failed and will be started again", task=name)
        else:
            log.error("a task ended and will be started again", task=name)
        attempt = 0 if monotonic() - started > HEALTHY_AFTER else attempt + 1
        limit = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
        await asyncio.sleep(random.uniform(0, limit))  # noqa: S311 - jitter, not cryptography


class Crew:
    """Tasks that are started and stopped together."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Start work that is kept running."""
        self._tasks.append(self._group.create_task(keep_running(name, work), name=name))

    async def stop(self, seconds: float) -> None:
        """Cancel all and wait for their clean-up, at most so long."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        if late := [task.get_name() for task in self._tasks if not task.done()]:
            log.warning("tasks did not stop in time", tasks=late)
