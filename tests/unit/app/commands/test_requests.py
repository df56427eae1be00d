"""What is read from a request before anybody looks at who sent it, and how often one may ask."""

import asyncio

import pytest

from ctibridge.app.commands.outcome import NotDoneError
from ctibridge.app.commands.rate import RateLimit
from ctibridge.app.commands.request import MOST_BYTES, Request, arguments_of, read
from ctibridge.app.commands.transactions import KEPT_SECONDS, Transactions
from ctibridge.domain.answers import Answer
from ctibridge.domain.commands import COMMANDS, LogIn, NoArguments
from ctibridge.domain.units import Timestamp


def request(payload: bytes) -> Request:
    return Request(user="ann", command="login", payload=payload, via="mqtt")


def reason_of(payload: bytes) -> str:
    try:
        arguments_of("login", read(request(payload)).fields)
    except NotDoneError as error:
        return error.reason
    return ""


def test_transaction_and_time_are_taken_out_of_the_arguments() -> None:
    asked = read(request(b'{"transaction": "7b1f", "sent_at": 1.5, "queues": ["support:5"]}'))

    assert (asked.transaction, asked.sent_at) == ("7b1f", 1.5)
    assert arguments_of("login", asked.fields) == LogIn(queues=("support:5",))


def test_nothing_at_all_is_a_request_without_arguments() -> None:
    assert read(request(b"")).fields == {}
    assert arguments_of("ready", {}) == COMMANDS["ready"].arguments()


@pytest.mark.parametrize(
    "payload",
    [
        b"x",
        b"[]",
        b"null",
        b'"text"',
        b"\xff",
        b'{"queues": "support"}',
        b'{"queues": ["a\\r\\nb"]}',
        b'{"queues": ["a\\u0000b"]}',
        b'{"agent": "' + b"a" * 81 + b'"}',
        b'{"queue": "support"}',
        b'{"transaction": 7}',
        b'{"transaction": ""}',
        b'{"transaction": "a\\nb"}',
        b'{"sent_at": "now"}',
        b'{"agent": "\\ud800"}',
        b"[" * MOST_BYTES,
        b'{"a":' * 1300 + b"1" + b"}" * 1300,
    ],
)
def test_what_makes_no_sense_is_malformed(payload: bytes) -> None:
    assert reason_of(payload) == "malformed"


def test_what_is_too_long_is_not_even_decoded() -> None:
    assert reason_of(b"{" * (MOST_BYTES + 1)) == "too_large"


def test_every_command_refuses_what_it_does_not_know() -> None:
    for name in COMMANDS:
        with pytest.raises(NotDoneError):
            arguments_of(name, {"colour": "red"})


def test_an_unknown_command_is_told_so() -> None:
    with pytest.raises(NotDoneError) as caught:
        arguments_of("reboot", {})
    assert caught.value.reason == "unknown_command"


def test_a_user_may_ask_in_a_burst_and_then_at_a_rate() -> None:
    rate = RateLimit(2.0, 3)

    assert [rate.admits("ann", 0.0) for _ in range(5)] == [True, True, True, False, False]
    assert [rate.is_first_refusal("ann") for _ in range(2)] == [True, False]
    assert rate.admits("bob", 0.0)
    assert [rate.admits("ann", 1.0) for _ in range(3)] == [True, True, False]
    assert rate.is_first_refusal("ann")


async def test_a_transaction_is_answered_once_and_belongs_to_one_command() -> None:
    transactions = Transactions()
    answered = asyncio.create_task(answer())
    transactions.remember("ann", "1", b"login", answered, 0.0)

    assert transactions.find("ann", "1", b"login") is answered
    assert transactions.find("bob", "1", b"login") is None
    with pytest.raises(NotDoneError):
        transactions.find("ann", "1", b"logout")

    await answered
    transactions.remember("ann", "2", b"login", answered, KEPT_SECONDS + 1)
    assert transactions.find("ann", "1", b"login") is None


async def answer() -> Answer:
    return Answer(transaction="1", command="login", ok=True, outcome="done", at=Timestamp(0.0))


def test_arguments_are_frozen_and_forbid_what_they_do_not_name() -> None:
    for command in COMMANDS.values():
        assert issubclass(command.arguments, NoArguments)
        assert command.arguments.__struct_config__.frozen
        assert command.arguments.__struct_config__.forbid_unknown_fields
