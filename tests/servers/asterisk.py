"""A real Asterisk with the shipped configuration, in a folder of its own inside `.asterisk/<version>`.

Several run side by side.  What a test adds to the configuration goes through the same `*.d` folders that a user has.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import textwrap
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.servers.ports import LOOPBACK, free_port
from tests.servers.waiting import wait_until

REPOSITORY: Final = Path(__file__).resolve().parents[2]
VERSIONS: Final = (22, 16)
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 10.0
CLI_SECONDS: Final = 20.0

LAB_USER: Final = "lab"
LAB_SECRET: Final = "lab-secret"
BRIDGE_USER: Final = "ctibridge"
BRIDGE_SECRET: Final = "change-this-secret"
"""As shipped in config/asterisk/manager.conf."""


def chroot_of(version: int) -> Path:
    """Where `make asterisk` puts Asterisk `version`; CTIBRIDGE_ASTERISK names another parent folder."""
    parent = os.environ.get("CTIBRIDGE_ASTERISK")
    return (Path(parent) if parent else REPOSITORY / ".asterisk") / str(version)


class Asterisk:
    """One instance: started by `with`, gone without a trace afterwards."""

    def __init__(
        self, version: int = 22, *, extra: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        """`extra`: further configuration files by path below the configuration folder, e.g. `queues.d/test.conf`.

        `environment`: further variables of the server's process.
        """
        self.version = version
        self.host = LOOPBACK
        self.port = free_port()
        self.sip_port = free_port(socket.SOCK_DGRAM)
        self.chroot = chroot_of(version)
        self.extra = dict(extra or {})
        self._environment = dict(environment or {})
        self.folder = Path()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        lab = self.chroot / "lab"
        lab.mkdir(exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(dir=lab))
        try:
            self._write_configuration()
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
    def queue_log(self) -> Path:
        """The reference for every total."""
        return self.folder / "log" / "queue_log"

    @property
    def messages(self) -> list[str]:
        """Lines of Asterisk's own log."""
        path = self.folder / "log" / "messages.log"
        return path.read_text(errors="replace").splitlines() if path.exists() else []

    @property
    def pid(self) -> int:
        """Process id; LookupError when it does not run."""
        if self._process is None:
            raise LookupError("Asterisk does not run")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start, and wait for the AMI banner and for FullyBooted."""
        with (self.folder / "output").open("ab") as output:
            command = ["asterisk", "-f", "-C", self._inside("etc/asterisk.conf")]
            self._process = subprocess.Popen(
                ["chroot", str(self.chroot), *self._variables(), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._greets, f"the AMI banner of Asterisk {self.version}", START_SECONDS)
        self.cli("core waitfullybooted")

    def stop(self) -> None:
        """Hang up all calls and end, as `systemctl stop asterisk` does."""
        if self._process is None:
            return
        self.cli("core stop now", check=False)
        self._ended(STOP_SECONDS)

    def kill(self) -> None:
        """End at once, as in a crash: nothing is hung up, logged or said on AMI."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL)
        self._ended(STOP_SECONDS)

    def restart(self) -> None:
        """Stop and start, on the same ports and with the same data."""
        self.stop()
        self.start()

    def cli(self, command: str, *, check: bool = True) -> str:
        """What `asterisk -rx` prints."""
        done = subprocess.run(
            ["chroot", str(self.chroot), "asterisk", "-C", self._inside("etc/asterisk.conf"), "-rx", command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=CLI_SECONDS,
            check=check,
        )
        return done.stdout.decode(errors="replace")

    def write(self, path: str, text: str) -> None:
        """Write a configuration file below the configuration folder; Asterisk reads it at the next reload."""
        target = self.folder / "etc" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def _variables(self) -> list[str]:
        """Set inside the folder only: `chroot` itself may not find what they name."""
        return ["env", *(f"{name}={value}" for name, value in self._environment.items())] if self._environment else []

    def _inside(self, path: str) -> str:
        return f"/lab/{self.folder.name}/{path}"

    def _ended(self, timeout: float) -> None:
        if self._process is not None:
            self._process.wait(timeout)
            self._process = None

    def _greets(self) -> bool:
        if self._process is not None and (code := self._process.poll()) is not None:
            output = (self.folder / "output").read_text(errors="replace")
            raise RuntimeError(f"Asterisk {self.version} ended with code {code}:\n{output[-2000:]}")
        try:
            with socket.create_connection((self.host, self.port), timeout=1.0) as link:
                return link.recv(100).startswith(b"Asterisk Call Manager/")
        except OSError:
            return False

    def _write_configuration(self) -> None:
        """The distribution's files, the shipped ones over them, and then what differs in a test."""
        for name in ("db", "run", "log/cdr-csv", "spool", "keys"):
            (self.folder / name).mkdir(parents=True)
        etc = self.folder / "etc"
        shutil.copytree(self.chroot / "etc" / "asterisk", etc)
        shutil.copytree(REPOSITORY / "config" / "asterisk", etc, dirs_exist_ok=True)
        shutil.copytree(REPOSITORY / "dialplans", etc / "dialplans")
        modules = next(self.chroot.glob("usr/lib/**/asterisk/modules")).relative_to(self.chroot)
        self.write(
            "asterisk.conf",
            textwrap.dedent(f"""\
                [directories]
                astetcdir = {self._inside("etc")}
                astmoddir = /{modules}
                astvarlibdir = /var/lib/asterisk
                astdbdir = {self._inside("db")}
                astkeydir = {self._inside("")}
                astdatadir = /usr/share/asterisk
                astagidir = /usr/share/asterisk/agi-bin
                astspooldir = {self._inside("spool")}
                astrundir = {self._inside("run")}
                astlogdir = {self._inside("log")}
                """),
        )
        self.write(
            "manager.d/lab.conf",
            textwrap.dedent(f"""\
                [general](+)
                port = {self.port}
                [{LAB_USER}]
                secret = {LAB_SECRET}
                read = all
                write = all
                writetimeout = 5000
                """),
        )
        self.write("pjsip.d/lab.conf", f"[transport-udp](+)\nbind = {self.host}:{self.sip_port}\n")
        self.write("extensions.d/lab.conf", '#include "dialplans/lab.conf"\n')
        for path, text in self.extra.items():
            self.write(path, text)
