import pytest

from ctibridge.asterisk.actions import READING, check_action
from ctibridge.asterisk.errors import AmiActionError, AmiRefusedError, AmiSilentError, is_retryable


@pytest.mark.parametrize("name", sorted(READING))
def test_what_reading_needs_may_be_sent(name: str) -> None:
    check_action({"Action": name, "ActionID": "1"})


@pytest.mark.parametrize(
    "name", ["QueueReset", "QueueWithdrawCaller", "Originate", "Command", "UpdateConfig", "", "ping"]
)
def test_nothing_else_may(name: str) -> None:
    with pytest.raises(AmiActionError):
        check_action({"Action": name})


def test_an_action_needs_a_name() -> None:
    with pytest.raises(AmiActionError):
        check_action({"ActionID": "1"})


@pytest.mark.parametrize("evil", ["a\r\nAction: Originate", "a\nb", "a\rb", "a\0b"])
def test_line_breaks_and_nul_never_leave(evil: str) -> None:
    for action in (
        {"Action": "Login", "Username": evil},
        {"Action": "Login", evil: "x"},
        {"Action": "Login", "Variable": ["good", evil]},
        {"Action": evil},
    ):
        with pytest.raises(AmiActionError):
            check_action(action)


def test_only_the_networks_errors_are_worth_a_quick_retry() -> None:
    assert is_retryable(AmiSilentError("silent"))
    assert not is_retryable(AmiRefusedError("wrong secret"))
    assert not is_retryable(AmiActionError("a bug"))
