"""A client's dialogue; the answers are those that a real Asterisk 22 gave to the same bytes."""

import hashlib
from collections.abc import Mapping
from random import Random

import pytest

from ctibridge.simulator.frames import Frame
from ctibridge.simulator.replies import Reply
from ctibridge.simulator.session import Account, Host, Session

ACCOUNT = Account(username="rec", secret="sim")
DENIED = b"Response: Error\r\nMessage: Permission denied\r\n\r\n"
ACCEPTED = b"Response: Success\r\nMessage: Authentication accepted\r\n\r\n"
BOOTED = (
    b"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 265\r\nLastReload: 265\r\nStatus: Fully Booted\r\n\r\n"
)
LOGIN = b"Action: Login\r\nUsername: rec\r\nSecret: sim\r\n\r\n"


def perform(action: Mapping[str, str]) -> tuple[Reply, ...]:
    return ((("Response", "Success"), ("Did", action["action"])),)


def session() -> Session:
    return Session(ACCOUNT, Host(perform, lambda: 265), Random(1))


def talk(to: Session, *sent: bytes) -> bytes:
    return b"".join(answer for data in sent for answer in to.receive(data))


def test_the_greeting_is_a_line_of_its_own() -> None:
    assert Session.greeting == b"Asterisk Call Manager/11.0.0\r\n"


def test_nothing_is_allowed_before_the_login() -> None:
    assert talk(session(), b"Action: Ping\r\nActionID: 1\r\n\r\n") == (
        b"Response: Error\r\nActionID: 1\r\nMessage: Permission denied\r\n\r\n"
    )
    assert talk(session(), b"Action: Nonsense\r\n\r\n") == DENIED


def test_a_login_is_followed_by_fully_booted() -> None:
    assert talk(session(), LOGIN) == ACCEPTED + BOOTED


@pytest.mark.parametrize("events", [b"off", b"agent,call"])
def test_fully_booted_is_for_those_who_want_system_events(events: bytes) -> None:
    login = b"Action: Login\r\nUsername: rec\r\nSecret: sim\r\nEvents: " + events + b"\r\n\r\n"

    assert talk(session(), login) == ACCEPTED


@pytest.mark.parametrize(
    "login",
    [
        b"Action: Login\r\nUsername: rec\r\nSecret: bad\r\n\r\n",
        b"Action: Login\r\nUsername: nobody\r\nSecret: sim\r\n\r\n",
        b"Action: Login\r\nUsername: rec\r\n\r\n",
        b"Action: Login\r\nAuthType: MD5\r\nUsername: rec\r\nKey: \r\n\r\n",
    ],
)
def test_a_wrong_login_is_answered_late_and_is_the_end(login: bytes) -> None:
    client = session()

    assert talk(client, login, b"Action: Ping\r\n\r\n") == b"Response: Error\r\nMessage: Authentication failed\r\n\r\n"
    assert client.is_over
    assert client.penalty == 1.0


def test_a_login_may_answer_a_challenge() -> None:
    client = session()
    challenge = talk(client, b"Action: Challenge\r\nAuthType: md5\r\n\r\n").decode()
    digits = challenge.removeprefix("Response: Success\r\nChallenge: ").strip()
    key = hashlib.md5(f"{digits}sim".encode(), usedforsecurity=False).hexdigest()

    answer = talk(client, f"Action: Login\r\nAuthType: MD5\r\nUsername: rec\r\nKey: {key}\r\n\r\n".encode())

    assert digits.isdecimal()
    assert answer == ACCEPTED + BOOTED


def test_a_challenge_needs_its_type() -> None:
    assert talk(session(), b"Action: Challenge\r\n\r\n") == (
        b"Response: Error\r\nMessage: Must specify AuthType\r\n\r\n"
    )


def test_who_is_logged_in_need_not_log_in_again() -> None:
    client = session()
    talk(client, LOGIN)

    assert talk(client, b"Action: Login\r\nUsername: rec\r\nSecret: bad\r\n\r\n") == (
        b"Response: Success\r\nMessage: Already authenticated\r\n\r\n"
    )


def test_logoff_is_the_end() -> None:
    client = session()
    talk(client, LOGIN)

    assert talk(client, b"Action: Logoff\r\nActionID: 9\r\n\r\n") == (
        b"Response: Goodbye\r\nActionID: 9\r\nMessage: Thanks for all the fish.\r\n\r\n"
    )
    assert client.is_over


@pytest.mark.parametrize(
    ("mask", "answer"),
    [
        ("on", b"Response: Success\r\nEvents: On\r\n\r\n"),
        ("off", b"Response: Success\r\nEvents: Off\r\n\r\n"),
        ("agent,call", b"Response: Success\r\nEvents: On\r\n\r\n"),
        ("bogus", b"Response: Success\r\nEvents: Off\r\n\r\n"),
        ("", b"Response: Error\r\nMessage: Invalid event mask\r\n\r\n"),
    ],
)
def test_a_client_chooses_its_events(mask: str, answer: bytes) -> None:
    client = session()
    talk(client, LOGIN)

    assert talk(client, f"Action: Events\r\nEventMask: {mask}\r\n\r\n".encode()) == answer


def test_events_reach_those_who_asked_for_their_class() -> None:
    client = session()
    frame = Frame(event="AgentConnect", event_class="agent", stamp=1.5, body=(("Queue", "客服"),))
    encoded = "Event: AgentConnect\r\nPrivilege: agent,all\r\nTimestamp: 1.500000\r\nQueue: 客服\r\n\r\n".encode()

    assert client.deliver(frame) == b""
    talk(client, LOGIN)
    assert client.deliver(frame) == encoded
    talk(client, b"Action: Events\r\nEventMask: call,dialplan\r\n\r\n")
    assert client.deliver(frame) == b""


@pytest.mark.parametrize(
    "sent",
    [
        b"Action: Ping\r\n\r\n",
        b"Action: Ping\n\n",
        b"aCtIoN:Ping\r\nActionid: \r\n\r\n",
        b"Action: Ping\r\nAction: Logoff\r\n\r\n",
        b"no header\r\nAction:   Ping\r\n\r\n",
    ],
)
def test_headers_may_be_written_in_many_ways(sent: bytes) -> None:
    client = session()
    talk(client, LOGIN)

    assert talk(client, sent) == b"Response: Success\r\nDid: Ping\r\n\r\n"


def test_bytes_may_come_one_at_a_time() -> None:
    client = session()

    assert talk(client, *(bytes([byte]) for byte in LOGIN)) == ACCEPTED + BOOTED


def test_a_line_that_is_too_long_spoils_its_action_only() -> None:
    client = session()
    talk(client, LOGIN)
    too_long = b"Action: Ping\r\nX: " + b"y" * 2000 + b"\r\n\r\n"

    assert talk(client, too_long, b"Action: Ping\r\n\r\n") == (
        b"Response: Error\r\nMessage: Failed to parse message: line too long\r\n\r\n"
        b"Response: Success\r\nDid: Ping\r\n\r\n"
    )


def test_the_secret_does_not_show_in_the_account() -> None:
    assert "sim" not in repr(ACCOUNT)
