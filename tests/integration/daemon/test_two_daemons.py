"""Two daemons on one store would corrupt its numbers: the second one says who is there, and ends."""

import signal
from pathlib import Path

import pytest

from tests.integration.daemon.process import Process
from tests.servers.ports import free_port
from tests.servers.waiting import wait_until

STARTS = 20.0


def site(folder: Path, name: str) -> tuple[Path, int]:
    """A configuration of its own for each; PBX and broker need not answer."""
    path, port = folder / f"{name}.toml", free_port()
    path.write_text(
        f'[[pbx]]\nport = {free_port()}\nsecret = "x"\n[mqtt]\nport = {free_port()}\n'
        f'[http]\nport = {port}\n[store]\nurl = "sqlite:///{folder}/ctibridge.db"\n'
    )
    return path, port


def started(folder: Path, name: str) -> Process:
    path, port = site(folder, name)
    (folder / name).mkdir()
    return Process(folder / name, ["run", "-c", str(path)], port)


def is_listening(process: Process) -> bool:
    return process.get("/livez")[0] != 0


def test_the_second_daemon_on_a_store_names_the_first_and_ends(tmp_path: Path) -> None:
    with started(tmp_path, "first") as first, started(tmp_path, "second") as second:
        wait_until(lambda: not (first.is_running and second.is_running), "one of them to end", STARTS)
        refused, kept = (second, first) if first.is_running else (first, second)

        assert refused.wait() == 2
        assert f"another ctibridge (process {kept.pid}) works on {tmp_path}/ctibridge.db" in refused.output
        assert "Traceback" not in refused.output
        wait_until(lambda: is_listening(kept), "the other one to work", STARTS)


def test_a_daemon_that_was_killed_is_in_nobodys_way(tmp_path: Path) -> None:
    with started(tmp_path, "first") as first:
        wait_until(lambda: is_listening(first), "the first one", STARTS)
        first.signal(signal.SIGKILL)
        assert first.wait() == -signal.SIGKILL
        with started(tmp_path, "second") as second:
            wait_until(lambda: is_listening(second), "the second one", STARTS)


@pytest.mark.timeout(120)
def test_commands_work_beside_a_daemon(tmp_path: Path) -> None:
    log = tmp_path / "queue_log"
    log.write_text(
        "1700000000|1700000000.1|sales|NONE|ENTERQUEUE||5550100|1\n1700000005|1700000000.1|sales|NONE|ABANDON|1|1|5\n"
    )
    with started(tmp_path, "first") as first:
        wait_until(lambda: is_listening(first), "the daemon", STARTS)
        path = str(tmp_path / "first.toml")
        for command in (
            ["import-queue-log", str(log), "-c", path],
            ["report", "calls", "--from", "2023-11-14", "--to", "2023-11-16", "--format", "csv", "-c", path],
            ["erase", "--number", "5550100", "-c", path],
            ["backup", str(tmp_path / "copy.db"), "-c", path],
        ):
            folder = tmp_path / command[0]
            folder.mkdir()
            with Process(folder, command, 0) as process:
                assert (process.wait(STARTS), "works on" in process.output) == (0, False), process.output
        assert (tmp_path / "copy.db").exists()
        assert is_listening(first)
