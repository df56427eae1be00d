"""A real mosquitto on a free port: open to everybody, or with the shipped configuration and users."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.servers.ports import LOOPBACK, free_port
from tests.servers.waiting import listens, wait_until

SHIPPED: Final = Path(__file__).resolve().parents[2] / "config" / "mosquitto"
AS_ROOT: Final = "user root"
"""As root it would become the user `mosquitto`, who may not enter our folder."""
START_SECONDS: Final = 10.0
STOP_SECONDS: Final = 10.0


class Mosquitto:
    """One broker: started by `with`, on the same port after every restart."""

    def __init__(
        self,
        *,
        websockets: bool = False,
        acl: str = "",
        persistent: bool = False,
        extra: str = "",
        is_quiet: bool = False,
        users: Mapping[str, str] | None = None,
    ) -> None:
        """`acl` is the text of an acl_file; `extra` are further lines for the plain listener.

        `is_quiet`: no line of log for each packet, as in production; they cost it time, and the disk.

        `users`: passwords by name; then it is config/mosquitto that runs, and the rest does not count.
        """
        self.host = LOOPBACK
        self.port = free_port()
        self.websocket_port = free_port() if websockets or users else None
        self.folder = Path()
        self._acl = acl
        self._persistent = persistent
        self._extra = extra
        self._is_quiet = is_quiet
        self._users = users
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="mosquitto-"))
        self._write_configuration()
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        """Process id; LookupError when it does not run."""
        if self._process is None:
            raise LookupError("mosquitto does not run")
        return self._process.pid

    @property
    def log(self) -> str:
        """What the broker wrote."""
        return (self.folder / "log").read_text(errors="replace")

    def start(self) -> None:
        """Start, and wait until it accepts connections."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["mosquitto", "-c", str(self.folder / "mosquitto.conf")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._ready, f"mosquitto on port {self.port}", START_SECONDS)

    def stop(self) -> None:
        """End it as a service manager does."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash does: what was not saved is lost."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Crash and start again; without `persistent` everything retained is gone."""
        self.kill()
        self.start()

    def allow(self, acl: str) -> None:
        """Go by another acl_file from now on, where there was one."""
        (self.folder / "acl").write_text(acl)
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(STOP_SECONDS)
            self._process = None

    def _ready(self) -> bool:
        if self._process is not None and (code := self._process.poll()) is not None:
            raise RuntimeError(f"mosquitto ended with code {code}:\n{self.log[-2000:]}")
        return listens(self.port) and (self.websocket_port is None or listens(self.websocket_port))

    def _write_configuration(self) -> None:
        if self._users is None:
            self._write_own()
        else:
            self._write_shipped(self._users)

    def _write_shipped(self, users: Mapping[str, str]) -> None:
        """Only paths and ports differ from what is shipped."""
        text = (SHIPPED / "mosquitto.conf").read_text()
        for written, ours in (
            ("/mosquitto/config", str(self.folder)),
            ("/mosquitto/data", str(self.folder)),
            ("listener 1883", f"listener {self.port} {self.host}"),
            ("listener 9001", f"listener {self.websocket_port} {self.host}"),
        ):
            text = text.replace(written, ours)
        (self.folder / "mosquitto.conf").write_text(f"{text}\n{AS_ROOT}\n")
        for name in ("acl", "passwords"):
            (self.folder / name).touch(mode=0o600)
        (self.folder / "acl").write_text((SHIPPED / "acl").read_text())
        for user, password in users.items():
            subprocess.run(
                ["mosquitto_passwd", "-b", str(self.folder / "passwords"), user, password],
                check=True,
                capture_output=True,
            )

    def _write_own(self) -> None:
        lines = [
            "per_listener_settings false",
            "set_tcp_nodelay true",  # As shipped.
            "allow_anonymous true",
            f"log_type {'error' if self._is_quiet else 'all'}",
            "log_dest stdout",
            f"persistence {'true' if self._persistent else 'false'}",
            f"persistence_location {self.folder}/",
            AS_ROOT,
        ]
        if self._acl:
            (self.folder / "acl").write_text(self._acl)
            (self.folder / "acl").chmod(0o600)
            lines.append(f"acl_file {self.folder / 'acl'}")
        lines += [f"listener {self.port} {self.host}", self._extra]
        if self.websocket_port is not None:
            lines += [f"listener {self.websocket_port} {self.host}", "protocol websockets"]
        (self.folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
