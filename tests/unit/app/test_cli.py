"""Arguments and exit codes of commands that need no server."""

import io
import json
import socket
from pathlib import Path

import pytest

from ctibridge import __version__
from ctibridge.app.arguments import COMMANDS as ARGUMENTS
from ctibridge.app.cli import COMMANDS, main
from tests.servers.ports import free_port
from tests.unit.app.test_totals import QUEUE_LOG

REPLAYS = Path(__file__).parents[2] / "replay"
STORY = REPLAYS / "answered_caller_ends" / "22"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration in reach."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CTIBRIDGE_CONFIG", raising=False)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"ctibridge {__version__}\n"


def test_every_command_that_can_be_typed_does_something() -> None:
    assert [command.name for command in ARGUMENTS] == list(COMMANDS)


def test_watching_nothing_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    Path("site.toml").write_text('mqtt = []\n[[pbx]]\nsecret = "x"\n')
    assert main(["watch", "-c", "site.toml"]) == 2
    assert capsys.readouterr().err == "configuration: mqtt: expected a broker to watch\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert f"example:\n  ctibridge {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [[], ["fly"], ["demo", "--port", "99999"], ["demo", "--agents", "0"], ["demo", "--speed", "nan"], ["record"]],
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


@pytest.mark.parametrize("command", [["run"], ["check"], ["watch"], ["record", "-o", "x"]])
def test_no_configuration_is_2_and_one_line(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "no file found" in error


def test_a_wrong_configuration_is_2_and_a_line_for_each_problem(capsys: pytest.CaptureFixture[str]) -> None:
    Path("site.toml").write_text('[[pbx]]\nsecret = "x"\n[http]\nprot = 1\nport = "a"\n')
    assert main(["run", "-c", "site.toml"]) == 2
    assert capsys.readouterr().err == (
        'site.toml:4: http.prot: unknown key; did you mean "port"?\n'
        'site.toml:5: http.port: expected a whole number, got "a"\n'
    )


def test_a_pbx_must_be_named_where_there_are_several(capsys: pytest.CaptureFixture[str]) -> None:
    Path("site.toml").write_text('[[pbx]]\nname = "a"\nsecret = "x"\n[[pbx]]\nname = "b"\nsecret = "x"\n')
    assert main(["record", "-c", "site.toml", "-o", "x"]) == 2
    assert capsys.readouterr().err == "--pbx: expected one of a, b\n"


def test_a_broker_and_a_pbx_that_are_not_there_are_3(capsys: pytest.CaptureFixture[str]) -> None:
    Path("site.toml").write_text(f'[[pbx]]\nport = {free_port()}\nsecret = "x"\n[mqtt]\nport = {free_port()}\n')
    assert main(["check", "-c", "site.toml"]) == 3
    *_, pbx, broker = capsys.readouterr().out.splitlines()
    assert pbx.startswith("failed pbx pbx1 (127.0.0.1:")
    assert broker.startswith("failed broker 127.0.0.1:")


def test_a_replay_is_a_table_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(STORY / "ami.raw")]) == 0
    assert "answered" in capsys.readouterr().out
    assert main(["replay", str(STORY / "ami.raw"), "--json"]) == 0
    totals = json.loads(capsys.readouterr().out)
    assert set(totals) == {"queues", "agents", "calls"}
    [call] = totals["calls"]
    assert (call["outcome"], call["ended_by"]) == ("answered", "caller")


def test_a_replay_that_agrees_with_queue_log_is_0() -> None:
    assert main(["replay", str(STORY / "ami.raw"), "--queue-log", str(STORY / "queue_log")]) == 0


def test_a_replay_that_differs_from_queue_log_is_1_and_says_where(capsys: pytest.CaptureFixture[str]) -> None:
    text = (STORY / "queue_log").read_text(encoding="utf-8").replace("COMPLETECALLER", "COMPLETEAGENT")
    Path("queue_log").write_text(text, encoding="utf-8")
    assert main(["replay", str(STORY / "ami.raw"), "--queue-log", "queue_log"]) == 1
    assert "ended_by caller, queue_log has agent" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["absent.ami"], [str(STORY / "ami.raw"), "--queue-log", "absent"]])
def test_a_file_that_is_not_there_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", *arguments]) == 2
    assert "No such file or directory" in capsys.readouterr().err


def test_an_empty_capture_adds_up_to_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty.ami").write_bytes(b"")
    Path("queue_log").write_text(QUEUE_LOG, encoding="utf-8")
    assert main(["replay", "empty.ami", "--json", "--queue-log", "queue_log"]) == 0
    assert json.loads(capsys.readouterr().out) == {"queues": {}, "agents": {}, "calls": []}


def test_a_replay_needs_the_rules_of_a_site_and_not_its_secrets() -> None:
    Path("site.toml").write_text("[defaults]\nshort_abandon = 1\n")
    assert main(["replay", str(STORY / "ami.raw"), "-c", "site.toml"]) == 0


def test_the_schema_is_printed_or_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["asyncapi"] == "3.0.0"
    assert main(["schema", "-o", "out/schemas"]) == 0
    assert {path.suffix for path in Path("out/schemas").iterdir()} == {".json"}
    Path("file").touch()
    assert main(["schema", "-o", "file"]) == 2


def test_a_demo_port_that_is_taken_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["demo", "--port", str(port)]) == 2
    assert capsys.readouterr().err.startswith(f"--port: 127.0.0.1:{port} is in use")


def test_a_number_to_be_erased_can_be_kept_out_of_the_list_of_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site.toml").write_text(f'[store]\nurl = "sqlite:///{tmp_path / "s.db"}"\n')
    asked: list[str] = []

    def erase(_: object, number: str) -> int:
        asked.append(number)
        return 0

    monkeypatch.setattr("ctibridge.app.cli.erase_caller", erase)
    monkeypatch.setattr("sys.stdin", io.StringIO("+4930123456\n"))

    assert main(["erase", "-c", str(tmp_path / "site.toml"), "--number", "-"]) == 0
    assert asked == ["+4930123456"]
    assert capsys.readouterr().out == "0 rows\n"
