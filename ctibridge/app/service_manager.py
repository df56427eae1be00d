"""Tells systemd how we are, by its datagram socket: ready, alive, stopping, and a line for `systemctl status`.

Ready is when every PBX has been seen whole; until then the start is prolonged for as long as we work at it.  Alive is
not a timer that runs by itself: a sign of life is sent only while every pump turns, and this very loop with it, so
that systemd restarts a bridge that hangs in any of its parts.  Without systemd (no ``NOTIFY_SOCKET``) nothing is sent.
"""

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from ctibridge.app.bridge import PbxBridge
from ctibridge.app.health import Health

SOCKET_VARIABLE: Final = "NOTIFY_SOCKET"
WATCHDOG_VARIABLE: Final = "WATCHDOG_USEC"
WATCHDOG_PID_VARIABLE: Final = "WATCHDOG_PID"
MICROSECONDS: Final = 1_000_000
BEAT_SECONDS: Final = 1.0
"""Between two looks at how we are, or a third of what the watchdog allows, if that is less."""
PROLONGED_SECONDS: Final = 30
"""How much longer a start may take, said again at every look."""
LONGEST_STATUS: Final = 400

log = structlog.get_logger(__name__)


class Notifier:
    """The socket; nothing that goes wrong with it stops the bridge."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get(SOCKET_VARIABLE, "")
        microseconds = environment.get(WATCHDOG_VARIABLE, "")
        is_ours = environment.get(WATCHDOG_PID_VARIABLE, str(os.getpid())) == str(os.getpid())
        self.watchdog_seconds = int(microseconds) / MICROSECONDS if is_ours and microseconds.isdecimal() else None
        """How long systemd waits for a sign of life, ``None`` when it does not."""

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._address)

    def send(self, **values: str | int) -> None:
        """Send assignments such as ``READY=1``; a line break in a value would begin another one."""
        if not self._address:
            return
        lines = (f"{name}={' '.join(str(value).split())}" for name, value in values.items())
        # A leading @ stands for NUL: an abstract address.
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as one:
                one.sendto("\n".join(lines).encode(), address)
        except OSError as error:
            log.warning("systemd cannot be told how we are", reason=str(error))


class ServiceManager:
    """Keeps systemd informed while the daemon runs."""

    def __init__(self, bridges: Sequence[PbxBridge], health: Health, notifier: Notifier | None = None) -> None:
        self._bridges = bridges
        self._health = health
        self._notifier = notifier or Notifier()
        self._is_ready = False
        self._is_hung = False
        self._status = ""

    @property
    def beat_seconds(self) -> float:
        """Between two looks."""
        watchdog = self._notifier.watchdog_seconds
        return BEAT_SECONDS if watchdog is None else min(BEAT_SECONDS, watchdog / 3)

    async def run(self) -> None:
        """Tell until cancelled."""
        while self._notifier.is_heard:
            self.tell()
            await asyncio.sleep(self.beat_seconds)
        await asyncio.Event().wait()

    def tell(self) -> None:
        """Look at how we are, and say what is to be said."""
        hung = self._health.hung()
        self._say_status()
        if hung:
            if not self._is_hung:
                log.error("no sign of life for systemd, which is going to restart us", reason=hung[0].detail)
            self._is_hung = True
            return
        self._is_hung = False
        if not self._is_ready and all(bridge.is_synced for bridge in self._bridges):
            self._is_ready = True
            self._notifier.send(READY=1)
        if not self._is_ready:
            self._notifier.send(EXTEND_TIMEOUT_USEC=PROLONGED_SECONDS * MICROSECONDS)
        if self._notifier.watchdog_seconds is not None:
            self._notifier.send(WATCHDOG=1)

    def stopping(self) -> None:
        """Say that this is the end, and meant to be."""
        self._notifier.send(STOPPING=1, STATUS="stopping")

    def _say_status(self) -> None:
        status = status_line([bridge.name for bridge in self._bridges], self._health)
        if status != self._status:
            self._status = status
            self._notifier.send(STATUS=status)


def status_line(pbxs: Sequence[str], health: Health) -> str:
    """One line for whoever looks."""
    reasons = [": ".join(part for part in (one.pbx, one.part, one.detail) if part) for one in health.unready()]
    text = "waiting for " + "; ".join(reasons) if reasons else f"in sync with {', '.join(pbxs)}"
    return text[:LONGEST_STATUS]
