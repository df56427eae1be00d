"""The bridge itself as its users run it: a process with a configuration file, seen through its three outputs."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from prometheus_client.parser import text_string_to_metric_families

from tests.servers.asterisk import BRIDGE_SECRET, BRIDGE_USER
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.waiting import wait_until

READY_SECONDS: Final = 20.0
STOP_SECONDS: Final = 5.0
REPOSITORY: Final = Path(__file__).resolve().parents[2]

RETAINED_ONLY: Final = ("--retained-only", "-W", "1", "-F", "%t %p")

Labels = frozenset[tuple[str, str]]


class Bridge:
    """One daemon: started by `with`, stopped with SIGTERM afterwards."""

    def __init__(
        self,
        *,
        ami_port: int,
        mqtt_port: int,
        queue_log: Path | str | None = None,
        pbx: str = "",
        more: str = "",
        store: Path | None = None,
        environment: Mapping[str, str] | None = None,
        is_checked: bool = True,
    ) -> None:
        """`queue_log`: where the bridge may read it; `pbx`, `more`: further keys of `[[pbx]]`, and further tables.

        `store`: the database, if it is not to be in the bridge's folder; `is_checked`: with Python's own checks, which
        need time and memory.
        """
        self.http_port = free_port()
        self.mqtt_port = mqtt_port
        self.folder = Path()
        self._store = store
        self._environment = dict(environment or {})
        self._checks = ("-X", "dev") if is_checked else ()
        self._text = f"""
[[pbx]]
name = "lab"
host = "{LOOPBACK}"
port = {ami_port}
username = "{BRIDGE_USER}"
secret = "{BRIDGE_SECRET}"
queue_log = "{queue_log or ""}"
{pbx}
[mqtt]
host = "{LOOPBACK}"
port = {mqtt_port}
[http]
host = "{LOOPBACK}"
port = {self.http_port}
[store]
url = "sqlite:///STORE"
{more}
"""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="bridge-"))
        text = self._text.replace("STORE", str(self.store))
        (self.folder / "ctibridge.toml").write_text(text, encoding="utf-8")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            sys.stderr.write(self.log[-8000:])
        self.stop()

    @property
    def store(self) -> Path:
        """The database."""
        return self._store or self.folder / "ctibridge.db"

    @property
    def pid(self) -> int:
        """Process id; LookupError when it does not run."""
        if self._process is None:
            raise LookupError("the bridge does not run")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """What the daemon wrote."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start, without waiting for anything."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._checks, "-m", "ctibridge", "run", "-c", str(self.folder / "ctibridge.toml")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=REPOSITORY,
                env=os.environ | self._environment,
            )

    def stop(self) -> int:
        """Stop as an operator would; the exit code."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def reload(self) -> None:
        """Let it read its configuration again."""
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page; status 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{self.http_port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def is_ready(self) -> bool:
        """Whether `/readyz` says so."""
        return self.get("/readyz")[0] == 200

    def wait_ready(self, within: float = READY_SECONDS) -> None:
        """Return once AMI, snapshot and broker are there."""
        try:
            wait_until(self.is_ready, "/readyz to be 200", within)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; it said {self.get('/readyz')}, and last: {self.log[-2000:]}") from error

    def metrics(self) -> dict[str, dict[Labels, float]]:
        """Every sample of `/metrics`, by name and labels (without `pbx`)."""
        samples: dict[str, dict[Labels, float]] = {}
        for family in text_string_to_metric_families(self.get("/metrics")[1]):
            for sample in family.samples:
                labels = frozenset((key, value) for key, value in sample.labels.items() if key != "pbx")
                samples.setdefault(sample.name, {})[labels] = sample.value
        return samples

    def retained(self, pattern: str) -> dict[str, Mapping[str, Any]]:
        """Retained messages below `ctibridge/v1/lab/`, by topic."""
        base = "ctibridge/v1/lab/"
        done = subprocess.run(
            ["mosquitto_sub", "-h", LOOPBACK, "-p", str(self.mqtt_port), "-t", base + pattern, *RETAINED_ONLY],
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        messages = (line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
        return {topic.removeprefix(base): json.loads(payload) for topic, payload in messages}
