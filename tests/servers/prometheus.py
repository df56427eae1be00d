"""A real Prometheus and a real Alertmanager on free ports, with the shipped configuration or one of a test."""

import json
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from tests.servers.ports import LOOPBACK, free_port
from tests.servers.waiting import wait_until

START_SECONDS: Final = 20.0
STOP_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 10.0
ALERTMANAGERS: Final = ("prometheus-alertmanager", "alertmanager")
"""Debian's name for the program, and everybody else's."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One element of an instant vector; a scalar has no labels."""

    labels: Mapping[str, str]
    value: float


class _Server:
    """A program with a configuration folder of its own that answers HTTP: started by `with`, ended afterwards."""

    def __init__(self, files: Mapping[str, str], port: int | None = None) -> None:
        """`files`: texts by path below the folder, the configuration itself among them."""
        self.port = port or free_port()
        self.folder = Path()
        self._files = files
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it answers, `host:port`."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def log(self) -> str:
        """What it wrote."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="monitoring-"))
        for name, text in self._files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            sys.stderr.write(self.log[-4000:] + self.state())
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def get(self, path: str, **parameters: str) -> Any:  # noqa: ANN401 - JSON
        """The JSON of a page."""
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        with urllib.request.urlopen(f"http://{self.address}{path}{query}", timeout=ANSWER_SECONDS) as answer:
            return json.loads(answer.read())

    def state(self) -> str:
        """What helps to understand a failed test."""
        return ""

    def _command(self) -> Sequence[str]:
        raise NotImplementedError

    def _start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command(), "--log.level=warn"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
            )
        wait_until(self._is_ready, f"{type(self).__name__} on {self.address}", START_SECONDS)

    def _is_ready(self) -> bool:
        if self._process is not None and (code := self._process.poll()) is not None:
            raise RuntimeError(f"{type(self).__name__} ended with code {code}:\n{self.log[-2000:]}")
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


class Prometheus(_Server):
    """Reads `prometheus.yml` of its folder."""

    def query(self, expression: str) -> list[Sample]:
        """What an expression gives now."""
        data = self.get("/api/v1/query", query=expression)["data"]
        if data["resultType"] == "scalar":
            return [Sample(labels={}, value=float(data["result"][1]))]
        return [Sample(labels=one["metric"], value=float(one["value"][1])) for one in data["result"]]

    def down(self) -> dict[str, str]:
        """Targets that are not up, with the reason."""
        targets = self.get("/api/v1/targets")["data"]["activeTargets"]
        return {one["labels"]["job"]: one["lastError"] or one["health"] for one in targets if one["health"] != "up"}

    def firing(self) -> list[dict[str, str]]:
        """Labels of all alerts that fire."""
        return [one["labels"] for one in self.get("/api/v1/alerts")["data"]["alerts"] if one["state"] == "firing"]

    def rules(self) -> dict[str, str]:
        """Health of every rule by name."""
        groups = self.get("/api/v1/rules")["data"]["groups"]
        return {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}

    def alertmanagers(self) -> list[str]:
        """Addresses that alerts are sent to."""
        return [one["url"] for one in self.get("/api/v1/alertmanagers")["data"]["activeAlertmanagers"]]

    def _command(self) -> Sequence[str]:
        return (
            "prometheus",
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            f"--web.listen-address={self.address}",
        )


class Alertmanager(_Server):
    """Reads `alertmanager.yml` of its folder."""

    def state(self) -> str:
        """All alerts."""
        return json.dumps(self.get("/api/v2/alerts"), indent=1)

    def inhibited(self) -> dict[str, bool]:
        """For each alert by name whether another one silences it (all of that name)."""
        found: dict[str, bool] = {}
        for one in self.get("/api/v2/alerts"):
            name = one["labels"]["alertname"]
            found[name] = found.get(name, True) and bool(one["status"]["inhibitedBy"])
        return found

    def _command(self) -> Sequence[str]:
        program = next(filter(None, map(shutil.which, ALERTMANAGERS)))
        return (
            program,
            "--config.file=alertmanager.yml",
            "--storage.path=data",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",
        )
