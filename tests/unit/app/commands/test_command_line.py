"""What is typed after `ctibridge command`."""

from pathlib import Path

import pytest

from ctibridge.app.command_line import CommandError, arguments_of, ask_now, token
from tests.servers.ports import free_port


def test_values_become_what_the_command_wants() -> None:
    assert arguments_of("login", ["agent=1001", "queues=support,sales:5"]) == {
        "agent": "1001",
        "queues": ("support", "sales:5"),
    }
    assert arguments_of("set_penalty", ["penalty=3"]) == {"penalty": 3}
    assert arguments_of("approve_leave", ["agent=1001", "valid_seconds=60"]) == {"agent": "1001", "valid_seconds": 60.0}
    assert arguments_of("ready", []) == {}


@pytest.mark.parametrize(
    ("name", "typed", "complaint"),
    [
        ("reboot", [], "there is no such command"),
        ("ready", ["1001"], "expected key=value"),
        ("ready", ["reason=away"], "expected key=value with one of agent"),
        ("not_ready", [], "missing required field `reason`"),
        ("set_penalty", ["penalty=many"], "Expected `int`"),
        ("transfer", ["to=1\n2"], "to"),
    ],
)
def test_what_cannot_be_meant_is_said(name: str, typed: list[str], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        arguments_of(name, typed)


def test_the_token_comes_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    file.write_text("cti_file\n")
    monkeypatch.setenv("CTIBRIDGE_TOKEN", "cti_environment")

    assert (token(file), token(None)) == ("cti_file", "cti_environment")
    monkeypatch.delenv("CTIBRIDGE_TOKEN")
    with pytest.raises(CommandError, match="CTIBRIDGE_TOKEN"):
        token(None)
    with pytest.raises(CommandError, match="No such file"):
        token(tmp_path / "none")


def test_nobody_at_home_is_no_mistake_of_whoever_typed() -> None:
    with pytest.raises(CommandError) as caught:
        ask_now(f"http://127.0.0.1:{free_port()}", "ready", {}, "t", "")
    assert not caught.value.is_typed
