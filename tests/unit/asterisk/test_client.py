"""Staying attached, against a server that does what servers do."""

import asyncio
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ctibridge.asterisk import backlog
from ctibridge.asterisk.client import AmiClient, AmiState
from ctibridge.asterisk.clock import PbxClock
from ctibridge.asterisk.counts import ErrorKind
from ctibridge.asterisk.feed import Delivery
from ctibridge.asterisk.settings import AmiSettings
from ctibridge.domain import events as fact
from tests.servers.available import requires_program
from tests.servers.waiting import eventually
from tests.unit.asterisk.ami_server import BANNER, CHALLENGE, SECRET, AmiServer
from tests.unit.asterisk.frames import channel, event, joined

QUICK = {"ping_interval": 0.2, "ping_timeout": 0.2, "backoff_max": 0.1, "login_timeout": 2.0, "refused_delay": 0.2}


class Attached:
    """A running client and what it delivered."""

    def __init__(self, client: AmiClient, delivered: list[Delivery], states: list[AmiState]) -> None:
        self.client = client
        self.delivered = delivered
        self.states = states

    @property
    def facts(self) -> list[fact.Event]:
        return [event for delivery in self.delivered for event in delivery.events]

    def count(self, kind: type[fact.Event]) -> int:
        return sum(isinstance(event, kind) for event in self.facts)

    async def until(self, condition: Callable[[], bool]) -> None:
        await eventually(condition, "the bridge", within=10, interval=0.01)

    async def in_sync(self) -> None:
        await self.until(self.client.is_in_sync)


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        yield server


@asynccontextmanager
async def attached(server: AmiServer, **settings: object) -> AsyncIterator[Attached]:
    values = {"port": server.port, "secret": SECRET, **QUICK, **settings}
    delivered: list[Delivery] = []
    states: list[AmiState] = []
    clock = PbxClock(time.time, time.monotonic)  # noqa: TID251  # the client needs real clocks
    client = AmiClient(AmiSettings(**values), clock, delivered.append, on_state=states.append)  # type: ignore[arg-type]
    task = asyncio.create_task(client.run())
    try:
        yield Attached(client, delivered, states)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_every_login_begins_with_the_full_picture(server: AmiServer) -> None:
    async with attached(server) as bridge:
        await bridge.in_sync()

    assert [type(fact).__name__ for fact in bridge.facts] == [
        "ResyncStarted",
        "QueueListed",
        "CallerListed",
        "ResyncCompleted",
    ]
    assert bridge.delivered[0].at == 1795283200.0
    assert bridge.states == [AmiState.CONNECTED]
    assert bridge.client.problem is None
    assert bridge.client.banner() == BANNER.decode().strip()
    assert bridge.client.counts.connects == 1


async def test_the_secret_is_not_sent_with_a_challenge(server: AmiServer) -> None:
    async with attached(server) as bridge:
        await bridge.in_sync()

    assert server.names()[:6] == ["Challenge", "Login", "ListCommands", "Ping", "CoreStatus", "CoreShowChannels"]
    assert "secret" not in server.actions[1]
    assert CHALLENGE not in server.actions[1]["key"]


async def test_the_secret_is_sent_where_that_is_configured(server: AmiServer) -> None:
    async with attached(server, auth="plain") as bridge:
        await bridge.in_sync()

    assert server.names()[0] == "Login"
    assert server.actions[0]["secret"] == SECRET


@pytest.mark.parametrize("auth", ["md5", "plain"])
async def test_a_wrong_secret_is_one_error_line_and_no_storm(server: AmiServer, auth: str) -> None:
    with capture_logs() as logs:
        async with attached(server, auth=auth, secret="wrong") as bridge:
            await bridge.until(lambda: server.names().count("Login") == 3)

    assert [(line["log_level"], line["reason"]) for line in logs] == [
        ("error", "'ctibridge' was refused: Authentication failed")
    ]
    assert bridge.client.counts.errors[ErrorKind.LOGIN_REFUSED] >= 2
    assert AmiState.REFUSED in bridge.states
    assert not bridge.delivered
    assert "wrong" not in str(logs)


async def test_after_a_refusal_it_waits_for_somebody_to_act(server: AmiServer) -> None:
    async with attached(server, secret="wrong", refused_delay=30.0) as bridge:
        await bridge.until(lambda: bridge.client.state is AmiState.REFUSED)
        await asyncio.sleep(0.3)

    assert server.names().count("Login") == 1


async def test_events_are_delivered_as_they_come(server: AmiServer) -> None:
    async with attached(server) as bridge:
        await bridge.in_sync()
        name = joined("2.2", name="张三")
        cut = name.index("三".encode()) + 1
        server.send(name[:cut])
        await asyncio.sleep(0.05)
        server.send(name[cut:] + b"\r\n\r\n")
        await bridge.until(lambda: bridge.count(fact.CallerJoined) == 1)

    join = bridge.facts[-1]
    assert isinstance(join, fact.CallerJoined)
    assert (join.call, join.caller.name) == ("2.2", "张三")


async def test_a_lost_connection_is_told_once_and_made_again(server: AmiServer) -> None:
    async with attached(server) as bridge:
        await bridge.in_sync()
        server.waiting = ["3.3"]
        server.cut()
        await bridge.until(lambda: bridge.count(fact.ResyncCompleted) == 2)

    assert bridge.count(fact.FeedLost) == 1
    listed = [event.call for event in bridge.facts if isinstance(event, fact.CallerListed)]
    assert listed == ["1.1", "3.3"]
    assert bridge.states == [AmiState.CONNECTED, AmiState.DISCONNECTED, AmiState.CONNECTING, AmiState.CONNECTED]
    assert bridge.client.counts.errors[ErrorKind.CONNECTION_LOST] == 1


async def test_a_shutdown_is_told_as_such(server: AmiServer) -> None:
    async with attached(server) as bridge:
        await bridge.in_sync()
        server.say(event("Shutdown", Shutdown="Cleanly", Restart="False"))
        await asyncio.sleep(0.05)
        server.cut()
        await bridge.until(lambda: bridge.count(fact.FeedLost) == 1)

    (lost,) = (event for event in bridge.facts if isinstance(event, fact.FeedLost))
    assert lost.reason == "Asterisk was shut down"


async def test_a_half_open_connection_is_noticed(server: AmiServer) -> None:
    async with attached(server) as bridge:
        await bridge.in_sync()
        server.is_mute = True
        began = time.monotonic()
        await bridge.until(lambda: bridge.count(fact.FeedLost) == 1)
        lasted = time.monotonic() - began
        server.is_mute = False
        await bridge.until(lambda: bridge.count(fact.ResyncCompleted) == 2)

    assert 0.15 < lasted < 2.0
    assert bridge.client.counts.errors[ErrorKind.SILENT_PEER] >= 1
    (lost,) = (event for event in bridge.facts if isinstance(event, fact.FeedLost))
    assert lost.last_heard is not None


async def test_a_link_that_trickles_and_answers_no_more_is_given_up(server: AmiServer) -> None:
    """What arrives byte by byte is a sign of life, and older all the time."""
    async with attached(server, snapshot_timeout=0.6) as bridge:
        await bridge.in_sync()
        server.is_mute = True
        async with asyncio.timeout(5):
            while bridge.count(fact.FeedLost) == 0:
                server.send(b"E")
                await asyncio.sleep(0.05)

    (lost,) = (event for event in bridge.facts if isinstance(event, fact.FeedLost))
    assert "no answer for 0.8 s" in lost.reason


async def test_events_are_a_sign_of_life_even_when_pings_are_not_answered(server: AmiServer) -> None:
    async with attached(server) as bridge:
        await bridge.in_sync()
        server.is_mute = True
        for _ in range(20):
            server.say(event("Registry", Status="Registered"))
            await asyncio.sleep(0.05)

        assert bridge.client.is_in_sync()


async def test_a_peer_that_never_answers_the_login_is_given_up(server: AmiServer) -> None:
    server.is_mute = True
    async with attached(server, login_timeout=0.1) as bridge:
        await bridge.until(lambda: bridge.client.counts.errors[ErrorKind.SILENT_PEER] >= 2)

    assert not bridge.delivered


async def test_a_peer_that_says_yes_without_a_challenge_is_refused_and_nothing_is_given_away(server: AmiServer) -> None:
    server.challenge = {"Message": "Fine"}
    with capture_logs() as logs:
        async with attached(server) as bridge:
            await bridge.until(lambda: server.names().count("Challenge") == 2)

    assert [(line["log_level"], line["reason"]) for line in logs] == [
        ("error", 'no challenge in the reply: the peer is no Asterisk, or auth has to be "plain"')
    ]
    assert "Login" not in server.names()


async def test_garbage_is_counted_and_the_connection_goes_on(server: AmiServer) -> None:
    async with attached(server) as bridge:
        await bridge.in_sync()
        server.send(b"\x00\xff\xfe: \x80\r\nGET / HTTP/1.1\r\n\r\n" + b"x" * (2 << 20) + b"\r\n\r\n")
        server.say(joined("2.2"))
        await bridge.until(lambda: bridge.count(fact.CallerJoined) == 1)

    assert bridge.client.counts.errors == {ErrorKind.NOT_A_MESSAGE: 1, ErrorKind.OVERSIZE_FRAME: 1}


async def test_without_reporting_the_picture_is_poorer(server: AmiServer) -> None:
    server.denied = {"CoreStatus", "CoreShowChannels"}
    async with attached(server) as bridge:
        await bridge.in_sync()

        assert bridge.client.access().missing() == {"CoreStatus", "CoreShowChannels"}
        assert bridge.client.access().excessive() == {"Originate"}
    assert bridge.facts[-1] == fact.ResyncCompleted(channels_listed=False)
    assert "CoreShowChannels" not in server.names()


async def test_without_app_queue_it_says_so_and_tries_again(server: AmiServer) -> None:
    server.denied = {"QueueStatus"}
    async with attached(server) as bridge:
        await bridge.until(lambda: bridge.client.counts.errors[ErrorKind.SNAPSHOT_FAILED] >= 1)
        assert bridge.client.problem == "QueueStatus: Permission denied"
        server.denied = set()
        await bridge.in_sync()


async def test_a_reload_calls_for_a_new_picture(server: AmiServer) -> None:
    async with attached(server) as bridge:
        await bridge.in_sync()
        server.say(event("Reload", Module="app_queue.so"), event("Reload", Module="res_pjsip.so"))
        await bridge.until(lambda: bridge.count(fact.ResyncCompleted) == 2)

    assert server.names().count("QueueStatus") == 2


async def test_a_picture_can_be_asked_for_and_comes_by_itself(server: AmiServer) -> None:
    async with attached(server, resync_interval=0.2) as bridge:
        await bridge.in_sync()
        bridge.client.request_resync()
        await bridge.until(lambda: bridge.count(fact.ResyncCompleted) >= 4)


async def test_a_picture_asked_for_during_another_comes_after_it(server: AmiServer) -> None:
    async with attached(server) as bridge:
        await bridge.in_sync()
        bridge.client.request_resync()
        await asyncio.sleep(0)
        bridge.client.request_resync()
        await bridge.until(lambda: bridge.count(fact.ResyncCompleted) >= 2)
        await asyncio.sleep(0.1)

        assert not bridge.client.counts.errors


async def test_nobody_listening_is_one_warning_until_it_changes() -> None:
    async with AmiServer() as server:
        pass
    with capture_logs() as logs:
        async with attached(server) as bridge:
            await bridge.until(lambda: bridge.client.counts.errors[ErrorKind.CONNECT_FAILED] >= 3)

    assert [line["log_level"] for line in logs] == ["warning"]
    assert not bridge.delivered


async def test_a_missing_secret_file_is_said_and_read_again(server: AmiServer, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    async with attached(server, secret="", secret_file=str(path)) as bridge:
        await bridge.until(lambda: bridge.client.state is AmiState.REFUSED)
        path.write_text(f"{SECRET}\n")
        await bridge.in_sync()


async def test_missing_event_classes_show_when_calls_pass_without_them(server: AmiServer) -> None:
    async with attached(server) as bridge:
        await bridge.in_sync()
        assert bridge.client.unseen_classes() == ()
        server.say(event("QueueCallerLeave", channel("1.1"), Queue="sales"))
        server.say(joined("2.2"), event("QueueCallerLeave", channel("2.2"), Queue="sales"))
        await bridge.until(lambda: bridge.count(fact.CallerLeft) == 2)

        assert bridge.client.unseen_classes() == ("dialplan", "call")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for localhost that signs itself, in one file."""
    requires_program("openssl")
    path = tmp_path_factory.mktemp("tls") / "pbx.pem"
    options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", *options, *names, "-keyout", f"{path}.key", "-out", str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return path


@pytest.fixture
async def tls_server(certificate: Path) -> AsyncIterator[AmiServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, f"{certificate}.key")
    async with AmiServer(context) as server:
        yield server


async def test_tls_with_the_right_authority(tls_server: AmiServer, certificate: Path) -> None:
    async with attached(tls_server, host="localhost", tls=True, ca_file=str(certificate)) as bridge:
        await bridge.in_sync()


async def test_tls_without_the_right_authority_gives_nothing_away(tls_server: AmiServer) -> None:
    async with attached(tls_server, host="localhost", tls=True) as bridge:
        await bridge.until(lambda: bridge.client.counts.errors[ErrorKind.CONNECT_FAILED] >= 1)

        assert "certificate verify failed" in (bridge.client.problem or "")
    assert not tls_server.actions


async def test_tls_to_another_name_gives_nothing_away(tls_server: AmiServer, certificate: Path) -> None:
    async with attached(tls_server, host="127.0.0.1", tls=True, ca_file=str(certificate)) as bridge:
        await bridge.until(lambda: bridge.client.counts.errors[ErrorKind.CONNECT_FAILED] >= 1)

    assert not tls_server.actions


async def test_tls_unverified_where_that_is_configured(tls_server: AmiServer) -> None:
    async with attached(tls_server, tls=True, tls_verify=False, insecure=True) as bridge:
        await bridge.in_sync()


async def test_while_the_domain_is_behind_bytes_wait_and_late_answers_end_nothing(server: AmiServer) -> None:
    async with attached(server, snapshot_timeout=0.2) as bridge:
        is_behind = True
        bridge.client.is_full = lambda: is_behind
        await bridge.until(lambda: "QueueStatus" in server.names())
        await asyncio.sleep(1.0)  # Longer than pings and pictures may take.
        assert not bridge.delivered
        is_behind = False
        await bridge.in_sync()
    assert (server.logins, bridge.count(fact.FeedLost)) == (1, 0)


async def test_what_was_read_before_the_link_was_lost_is_told_before_the_loss(server: AmiServer) -> None:
    async with attached(server) as bridge:
        is_behind = False
        bridge.client.is_full = lambda: is_behind
        await bridge.in_sync()
        is_behind = True
        server.say(*(joined(f"1.{number}", "sales", number) for number in range(1, 4)))
        await server.drain()
        await asyncio.sleep(0.1)
        server.cut()
        await bridge.until(lambda: AmiState.DISCONNECTED in bridge.states)
        assert (bridge.count(fact.CallerJoined), bridge.count(fact.FeedLost)) == (0, 0)
        is_behind = False
        await bridge.until(lambda: bridge.count(fact.FeedLost) == 1)
    told = [type(one).__name__ for one in bridge.facts if isinstance(one, fact.CallerJoined | fact.FeedLost)]
    assert told == ["CallerJoined"] * 3 + ["FeedLost"]


async def test_more_than_can_be_kept_begins_anew_with_a_full_picture(
    server: AmiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "MOST", 10_000)
    async with attached(server) as bridge:
        is_behind = False
        bridge.client.is_full = lambda: is_behind
        await bridge.in_sync()
        is_behind = True
        for number in range(1, 100):
            server.say(joined(f"1.{number}", "sales", number))
            await asyncio.sleep(0)
        await bridge.until(lambda: AmiState.DISCONNECTED in bridge.states)
        assert bridge.client.problem == "the PBX tells more than can be taken in"
        is_behind = False
        await bridge.until(lambda: server.logins == 2 and bridge.client.is_in_sync())
    assert bridge.count(fact.FeedLost) == 1
    assert bridge.count(fact.ResyncCompleted) == 2
