"""What systemd is told, on a real datagram socket."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ctibridge.app.service_manager import Notifier, ServiceManager
from ctibridge.outputs.web.provider import Reason


class Systemd:
    """The other end of the socket."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(address)

    def heard(self) -> list[str]:
        lines: list[str] = []
        while True:
            try:
                lines += self._socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return lines

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    one = Systemd(str(tmp_path / "notify"))
    yield one
    one.close()


class Health:
    def __init__(self) -> None:
        self.hung_reasons: list[Reason] = []
        self.unready_reasons: list[Reason] = []

    def hung(self) -> list[Reason]:
        return self.hung_reasons

    def unready(self) -> list[Reason]:
        return self.unready_reasons


Made = tuple[ServiceManager, Health, list[Any]]


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Made]:
    def make(**environment: str) -> Made:
        health = Health()
        bridges: list[Any] = [SimpleNamespace(name=name, is_synced=False) for name in ("north", "south")]
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")} | environment)
        return ServiceManager(bridges, health, notifier), health, bridges  # type: ignore[arg-type]

    return make


def test_ready_is_when_every_pbx_was_seen_and_is_said_once(systemd: Systemd, made: Callable[..., Made]) -> None:
    manager, health, bridges = made()
    health.unready_reasons = [Reason(part="ami", pbx="south", detail="connection refused")]
    bridges[0].is_synced = True
    manager.tell()
    assert systemd.heard() == ["STATUS=waiting for south: ami: connection refused", "EXTEND_TIMEOUT_USEC=30000000"]
    bridges[1].is_synced = True
    health.unready_reasons = []
    manager.tell()
    assert systemd.heard() == ["STATUS=in sync with north, south", "READY=1"]
    bridges[0].is_synced = False
    manager.tell()
    assert systemd.heard() == []


def test_a_sign_of_life_is_sent_only_while_everything_moves(systemd: Systemd, made: Callable[..., Made]) -> None:
    manager, health, bridges = made(WATCHDOG_USEC="30000000")
    for bridge in bridges:
        bridge.is_synced = True
    manager.tell()
    assert systemd.heard() == ["STATUS=in sync with north, south", "READY=1", "WATCHDOG=1"]
    health.hung_reasons = [Reason(part="loop", detail="facts have been waiting for 31 s")]
    manager.tell()
    assert systemd.heard() == []
    health.hung_reasons = []
    manager.tell()
    assert systemd.heard() == ["WATCHDOG=1"]


def test_a_start_that_hangs_is_not_prolonged(systemd: Systemd, made: Callable[..., Made]) -> None:
    manager, health, _ = made()
    health.hung_reasons = [Reason(part="loop", detail="x")]
    manager.tell()
    assert "EXTEND_TIMEOUT_USEC=30000000" not in systemd.heard()


def test_the_end_is_announced(systemd: Systemd, made: Callable[..., Made]) -> None:
    manager, _, _ = made()
    manager.stopping()
    assert systemd.heard() == ["STOPPING=1", "STATUS=stopping"]


def test_a_text_cannot_say_more_than_it_is(systemd: Systemd, tmp_path: Path) -> None:
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")}).send(STATUS="refused\nREADY=1\r\nMAINPID=1")
    assert systemd.heard() == ["STATUS=refused READY=1 MAINPID=1"]


def test_an_abstract_address_begins_with_at() -> None:
    name = f"ctibridge-test-{id(object())}"
    systemd = Systemd(f"\0{name}")
    Notifier({"NOTIFY_SOCKET": f"@{name}"}).send(READY=1)
    assert systemd.heard() == ["READY=1"]
    systemd.close()


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_the_one_that_means_us(environment: dict[str, str], seconds: float | None) -> None:
    assert Notifier(environment).watchdog_seconds == seconds


def test_signs_of_life_are_sent_three_times_as_often_as_needed(made: Callable[..., Made]) -> None:
    assert made(WATCHDOG_USEC="1500000")[0].beat_seconds == 0.5
    assert made(WATCHDOG_USEC="30000000")[0].beat_seconds == 1.0


def test_without_systemd_nothing_is_sent_and_nothing_fails() -> None:
    notifier = Notifier({})
    notifier.send(READY=1)
    assert not notifier.is_heard


def test_a_socket_that_is_gone_stops_nobody(tmp_path: Path) -> None:
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).send(READY=1)
