"""ctibridge as a process of its own, seen through its log, its web server and its exit code."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.servers.waiting import wait_until

REPOSITORY: Final = Path(__file__).resolve().parents[3]
STOP_SECONDS: Final = 5.0
"""What a service manager may count on."""


class Process:
    """One command: started by `with`, killed afterwards if it still runs."""

    def __init__(self, folder: Path, arguments: Sequence[str], http_port: int) -> None:
        self.http_port = http_port
        self._folder = folder
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("CTIBRIDGE_")}
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-X", "dev", "-m", "ctibridge", *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env=environment | {"PYTHONPATH": str(REPOSITORY)},
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            sys.stderr.write(self.output[-8000:])
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """Process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        assert self._process is not None
        return self._process.poll() is None

    @property
    def output(self) -> str:
        """Everything that was printed."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    def log_lines(self, event: str) -> list[dict[str, Any]]:
        """Lines of the log that say this."""
        lines = [json.loads(line) for line in self.output.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, within: float = STOP_SECONDS) -> int:
        """The exit code; subprocess.TimeoutExpired when it runs on."""
        assert self._process is not None
        return self._process.wait(within)

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page; status 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def command_line(self) -> str:
        """What everybody on the machine can see of it."""
        assert self._process is not None
        return Path(f"/proc/{self._process.pid}/cmdline").read_text()

    def unready(self) -> set[str]:
        """What `/readyz` names; `http` while nobody answers."""
        status, text = self.get("/readyz")
        return {reason["part"] for reason in json.loads(text)["reasons"]} if status else {"http"}

    def wait_ready(self, within: float = 20.0) -> None:
        """Return once nothing is waited for."""
        wait_until(lambda: self.unready() == set(), "/readyz to be 200", within)
