"""The daemon as a service: what systemd hears from it, and how little the shipped unit leaves it."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from ctibridge.app.clock import wall
from ctibridge.simulator.demo_centre import demo_centre
from ctibridge.simulator.server import SimulatedPbx
from tests.integration.daemon.process import Process
from tests.servers.available import requires_program
from tests.servers.ports import free_port
from tests.servers.waiting import eventually

PACKAGING: Final = Path(__file__).resolve().parents[3] / "packaging" / "systemd"
SECRET: Final = "s3cret"
MOST_EXPOSED: Final = 20
"""Tenths."""


class Systemd:
    """A datagram socket, and what was said on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(path))
        self._lines: list[str] = []

    @property
    def lines(self) -> list[str]:
        while True:
            try:
                self._lines += self._socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return self._lines

    def forget(self) -> None:
        self._lines = self.lines and []

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Systemd]:
    one = Systemd(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", str(one.path))
    monkeypatch.setenv("WATCHDOG_USEC", "1500000")
    yield one
    one.close()


async def test_systemd_hears_when_it_is_ready_that_it_lives_and_that_it_ends(tmp_path: Path, systemd: Systemd) -> None:
    ami_port, http_port = free_port(), free_port()
    path = tmp_path / "site.toml"
    path.write_text(
        f'mqtt = []\n[[pbx]]\nport = {ami_port}\nsecret = "{SECRET}"\nbackoff_max = 0.5\n'
        f'[http]\nport = {http_port}\n[store]\nurl = ""\n'
    )
    with Process(tmp_path, ["run", "-c", str(path)], http_port) as process:
        await eventually(lambda: "EXTEND_TIMEOUT_USEC=30000000" in systemd.lines, "a prolonged start", 20)
        await eventually(lambda: any("waiting for pbx1: ami: " in line for line in systemd.lines), "the status", 20)
        assert "READY=1" not in systemd.lines

        pbx = SimulatedPbx(demo_centre(3), clock=wall, username="ctibridge", secret=SECRET, port=ami_port)
        async with pbx:
            await eventually(lambda: "READY=1" in systemd.lines, "to be ready", 20)
            await eventually(lambda: "STATUS=in sync with pbx1" in systemd.lines, "the status", 10)
            systemd.forget()
            await eventually(lambda: systemd.lines.count("WATCHDOG=1") >= 3, "signs of life", 10)

            process.signal(signal.SIGSTOP)
            await asyncio.sleep(0.2)
            systemd.forget()
            await asyncio.sleep(1.5)
            assert systemd.lines == []
            process.signal(signal.SIGCONT)
            await eventually(lambda: "WATCHDOG=1" in systemd.lines, "to go on", 10)

            process.signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait) == 0
    assert systemd.lines.count("READY=1") == 0
    assert "STOPPING=1" in systemd.lines


def test_the_unit_leaves_little_to_whoever_takes_it_over() -> None:
    requires_program("systemd-analyze")
    done = subprocess.run(
        [
            "systemd-analyze",
            "security",
            "--no-pager",
            "--offline=true",
            f"--threshold={MOST_EXPOSED}",
            str(PACKAGING / "ctibridge.service"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr
    exposure = float(done.stdout.rpartition("service: ")[2].split()[0])
    assert exposure < MOST_EXPOSED / 10


def test_the_unit_is_understood() -> None:
    requires_program("systemd-analyze")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(PACKAGING / "ctibridge.service")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said = [line for line in done.stderr.splitlines() if "is not executable" not in line]
    assert said == []


@pytest.mark.parametrize(
    ("program", "name"), [("systemd-sysusers", "sysusers.conf"), ("systemd-tmpfiles", "tmpfiles.conf")]
)
def test_user_and_folders_are_made_as_written(tmp_path: Path, program: str, name: str) -> None:
    requires_program("systemd-sysusers", "systemd-tmpfiles")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").touch()
    (tmp_path / "etc" / "group").touch()
    commands = [["systemd-sysusers", f"--root={tmp_path}", str(PACKAGING / "sysusers.conf")]]
    if program == "systemd-tmpfiles":
        commands.append([program, f"--root={tmp_path}", "--create", str(PACKAGING / name)])
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        assert done.returncode == 0, done.stderr
    assert "ctibridge:" in (tmp_path / "etc" / "passwd").read_text()
    if program == "systemd-tmpfiles":
        assert (tmp_path / "etc" / "ctibridge" / "credentials").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "var" / "lib" / "ctibridge").stat().st_mode & 0o777 == 0o700


async def test_the_unit_takes_away_nothing_that_the_daemon_uses(tmp_path: Path) -> None:
    """SQLite changes owners as root only; the service is not root."""
    requires_program("strace", "systemd-analyze")
    trace = tmp_path / "trace"
    async with SimulatedPbx(demo_centre(3), clock=wall, username="ctibridge", secret=SECRET) as pbx:
        http_port = free_port()
        path = tmp_path / "site.toml"
        path.write_text(
            f'mqtt = []\n[[pbx]]\nport = {pbx.port}\nsecret = "{SECRET}"\n[http]\nport = {http_port}\n'
            f'[store]\nurl = "sqlite:///{tmp_path / "s.db"}"\n'
        )
        command = ["strace", "-f", "-qq", "-o", str(trace), sys.executable, "-m", "ctibridge", "run", "-c", str(path)]
        with (tmp_path / "log").open("w") as log:
            process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, start_new_session=True)
        try:
            page = f"http://127.0.0.1:{http_port}/api/v1/pbx1/calls"
            await eventually(lambda: "joined_at" in text_of(page), "a call in the history", 40)
            assert "ctibridge_build_info" in text_of(f"http://127.0.0.1:{http_port}/metrics")
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            await process.wait()
    seen = trace.read_text(errors="replace")

    assert set(re.findall(r"^\d+ +([a-z0-9_]+)\(", seen, re.MULTILINE)) - allowed_calls() <= {"fchown"}
    assert "PROT_WRITE|PROT_EXEC" not in seen
    assert set(re.findall(r"socket\((AF_\w+)", seen)) <= {"AF_INET", "AF_INET6", "AF_UNIX"}


def text_of(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own address
            return str(answer.read().decode())
    except OSError:
        return ""


def allowed_calls() -> set[str]:
    """What `SystemCallFilter=` of the unit leaves."""
    unit = (PACKAGING / "ctibridge.service").read_text()
    given, taken = re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE)
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager"], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    sets: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=@)", listed):
        name, *lines = block.strip().splitlines()
        sets[name] = [line.strip() for line in lines if line.startswith(" ") and not line.strip().startswith("#")]

    def calls(name: str) -> set[str]:
        inner = (calls(one) if one.startswith("@") else {one} for one in sets[name])
        return set().union(*inner)

    return calls(given).difference(*(calls(name) for name in taken.removeprefix("~").split()))
