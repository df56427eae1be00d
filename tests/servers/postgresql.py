"""A real PostgreSQL on a free port, with a folder of its own and password logins by TCP only."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.servers.ports import LOOPBACK, free_port
from tests.servers.waiting import wait_until

BINARIES: Final = Path("/usr/lib/postgresql")
ADMINISTRATOR: Final = "postgres"
"""Also the system's user that runs it: it refuses to run as root."""
PASSWORD: Final = "lab-secret"
START_SECONDS: Final = 20.0
STOP_SECONDS: Final = 10.0


def installed() -> Path | None:
    """The folder of its programs, of the newest version; ``None`` where there is none."""
    return max(BINARIES.glob("*/bin"), default=None)


class Postgresql:
    """One server with one database, ``asterisk``: started by `with`."""

    def __init__(self) -> None:
        self.host = LOOPBACK
        self.port = free_port()
        self.folder = Path()
        self._programs = installed() or Path()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        try:
            (self.folder / "password").write_text(PASSWORD)
            shutil.chown(self.folder, ADMINISTRATOR)
            shutil.chown(self.folder / "password", ADMINISTRATOR)
            self._run(
                "initdb", "-D", self._data, "-A", "scram-sha-256", "--pwfile", f"{self.folder}/password", "-E", "UTF8"
            )
            self.start()
            self._run("createdb", "-h", self.host, "-p", str(self.port), "asterisk")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start, and wait until it takes commands."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_administrator, str(self._programs / "postgres"), "-D", self._data, *self._options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._answers, f"PostgreSQL on port {self.port}", START_SECONDS)

    def stop(self) -> None:
        """End it, and every connection."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGINT)
            self._process.wait(STOP_SECONDS)
            self._process = None

    def sql(self, statement: str) -> str:
        """What ``psql`` prints of it."""
        return self._run("psql", "-h", self.host, "-p", str(self.port), "-d", "asterisk", "-Atqc", statement)

    @property
    def _options(self) -> list[str]:
        settings = (f"port={self.port}", f"listen_addresses={self.host}", "unix_socket_directories=", "fsync=off")
        return [word for setting in settings for word in ("-c", setting)]

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    @property
    def _as_administrator(self) -> list[str]:
        return ["setpriv", f"--reuid={ADMINISTRATOR}", f"--regid={ADMINISTRATOR}", "--init-groups"]

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [*self._as_administrator, str(self._programs / program), *arguments],
            env={**os.environ, "PGUSER": ADMINISTRATOR, "PGPASSWORD": PASSWORD},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")
        return done.stdout

    def _answers(self) -> bool:
        if self._process is not None and (code := self._process.poll()) is not None:
            log = (self.folder / "log").read_text(errors="replace")
            raise RuntimeError(f"PostgreSQL ended with code {code}:\n{log[-2000:]}")
        ready = [str(self._programs / "pg_isready"), "-q", "-h", self.host, "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0
