"""SIGHUP: takes over what can change while the daemon runs, and says what cannot.

A configuration with a problem changes nothing: each problem is a line in the log, and the old one goes on.
"""

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec
import structlog

from ctibridge.app import log as logging
from ctibridge.app.bridge import PbxBridge
from ctibridge.app.config import Configuration
from ctibridge.app.config_document import ConfigurationError
from ctibridge.app.overview import Overview

RELOADABLE: Final = ("defaults", "queues", "pause_reasons", "teams", "leave", "rules", "users", "pages", "log")
"""Tables that take effect at once; a new threshold becomes a bound of the histograms at the next start."""

log = structlog.get_logger(__name__)


class Reloader:
    """Knows the configuration in force and how to read it again."""

    def __init__(
        self,
        configuration: Configuration,
        read: Callable[[], Configuration],
        bridges: Sequence[PbxBridge],
        overview: Overview,
    ) -> None:
        self.configuration = configuration
        self._read = read
        self._bridges = bridges
        self._overview = overview

    def reload(self) -> None:
        """Read the configuration again and take over what may change."""
        try:
            new = self._read()
        except ConfigurationError as error:
            for problem in error.problems:
                log.error("configuration not reloaded, the old one goes on", problem=str(problem))  # noqa: TRY400
            return
        changed = [
            table for table in new.__struct_fields__ if getattr(new, table) != getattr(self.configuration, table)
        ]
        taken = {table: getattr(new, table) for table in changed if table in RELOADABLE}
        self.configuration = msgspec.structs.replace(self.configuration, **taken)
        if "log" in taken:
            logging.set_up(new.log)
        if taken.keys() - {"log"}:
            self._overview.adopt(self.configuration)
            for bridge in self._bridges:
                bridge.adopt(self.configuration)
        log.info("configuration reloaded", changed=sorted(taken))
        if waiting := sorted(set(changed) - set(RELOADABLE)):
            log.warning("these changes need a restart", tables=waiting)


@contextmanager
def reloading(reloader: Reloader) -> Iterator[None]:
    """Reload at each SIGHUP within the context."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reloader.reload)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
