"""Brokers that die, freeze, forget, refuse; links that break.  The judge is an independent subscriber."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctibridge.domain import changes
from ctibridge.domain.views import AgentState
from ctibridge.outputs.mqtt import window
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.outputs.mqtt.status import Standing
from tests.integration.mqtt.desk import ROOT, Desk, Listener, retained, running
from tests.servers.available import requires_program
from tests.servers.cuttable import Cuttable
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import free_port
from tests.servers.waiting import eventually
from tests.unit.outputs import facts

pytestmark = pytest.mark.mosquitto


@pytest.fixture
def frozen(broker: Mosquitto) -> Iterator[Mosquitto]:
    """The broker, which a test may stop with SIGSTOP."""
    yield broker
    if broker._process is not None:
        os.kill(broker._process.pid, signal.SIGCONT)


async def ended(command: str) -> None:
    """Run a program to its end."""
    process = await asyncio.create_subprocess_exec(*command.split(), stderr=asyncio.subprocess.DEVNULL)
    assert await asyncio.wait_for(process.wait(), 30) == 0, command


def freeze(broker: Mosquitto) -> None:
    assert broker._process is not None
    os.kill(broker._process.pid, signal.SIGSTOP)


async def test_a_broker_that_was_killed_and_forgot_is_told_everything_again(broker: Mosquitto) -> None:
    desk = Desk(MqttSettings(port=broker.port))
    desk.sync(agents=("1001", "1002"))
    async with running(desk):
        await desk.until_current()
        broker.kill()
        await eventually(lambda: not desk.health.is_connected, "the loss to be noticed")
        desk.say(
            changes.AgentUpdated(at=facts.AT, agent=facts.agent_view("1001", AgentState.BUSY)),
            *(facts.queued(f"1.{number}") for number in range(20)),
        )
        broker.start()
        async with Listener(broker.port) as listener:
            await listener.until_status("online", within=5)
            await desk.until_delivered()
            await eventually(lambda: listener.sequences()[-20:] == list(range(2, 22)), "the events meanwhile")
        shown = await retained(broker.port)
    assert shown["agent/1001/state"].document["data"]["state"] == "busy"
    queue = "queue/~E5~AE~A2~E6~9C~8D"
    agents = {"agent/1001/state", "agent/1002/state"}
    assert set(shown) == agents | {f"{queue}/state", f"{queue}/board", "info", "status"}
    assert desk.health.connects == 2


async def test_a_broker_that_is_not_there_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    requires_program("mosquitto")
    port = free_port()
    desk = Desk(MqttSettings(port=port))
    desk.sync()
    async with running(desk):
        await eventually(lambda: desk.health.reason == "Connection refused", "the reason to be told")
        assert not desk.health.is_connected
        broker = Mosquitto()
        broker.port = port
        with broker:
            await desk.until_current()
            assert desk.health.reason is None


async def test_when_the_bridge_dies_the_broker_says_offline_for_it(broker: Mosquitto) -> None:
    """A process of its own, killed with SIGKILL; the will is delayed by 5 s."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.mqtt.lone_bridge", str(broker.port), cwd=Path(__file__).parents[3]
    )
    try:
        async with Listener(broker.port) as listener:
            await listener.until_status("online", within=20)
            process.kill()
            await listener.until_status("offline", within=20)
            said = listener.newest("status").document
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    assert said == {
        "state": "offline",
        "epoch": 7,
        "since": None,
        "reason": "connection lost",
        "ami": "unknown",
        "sequence": None,
    }


async def test_a_short_cut_does_not_flash_offline(broker: Mosquitto) -> None:
    async with Cuttable(broker.port) as link:
        desk = Desk(MqttSettings(port=link.port))
        desk.sync()
        async with Listener(broker.port) as listener, running(desk):
            await listener.until_status("online")
            for connects in (2, 3):
                await link.cut()
                await eventually(lambda: desk.health.connects == connects, "the reconnect")  # noqa: B023
                await desk.until_current()
            await asyncio.sleep(6)  # Longer than the will's delay: it must not come later either.
            assert set(listener.statuses()) == {"online"}


async def test_cuts_in_the_middle_lose_nothing_and_keep_the_order(broker: Mosquitto) -> None:
    """2,000 events, 5 cuts: each event arrives, first arrivals in order, a repeat has the same bytes."""
    async with Cuttable(broker.port) as link:
        desk = Desk(MqttSettings(port=link.port))
        desk.sync()
        async with Listener(broker.port) as listener, running(desk):
            await listener.until_status("online")
            for number in range(2000):
                desk.say(facts.queued(f"1.{number}"))
                if number % 400 == 200:
                    await link.cut()
                if number % 20 == 0:
                    await asyncio.sleep(0.01)
            await desk.until_delivered(within=30)
            await eventually(lambda: len(set(listener.sequences())) == 2001, "all events")
    first_arrivals = list(dict.fromkeys(listener.sequences()))
    assert first_arrivals == list(range(1, 2002))
    by_id: dict[str, set[bytes]] = {}
    for one in listener.heard:
        if "/event/" in one.topic:
            by_id.setdefault(one.document["id"], set()).add(one.payload)
    assert all(len(payloads) == 1 for payloads in by_id.values())
    assert desk.health.connects >= 3, "the cuts must have hit"
    assert desk.health.outbox_dropped == 0


async def test_a_broker_that_is_away_for_too_long_is_told_what_it_missed(broker: Mosquitto) -> None:
    async with Cuttable(broker.port) as link:
        desk = Desk(MqttSettings(port=link.port, outbox_limit=100))
        desk.sync()
        async with Listener(broker.port) as listener, running(desk):
            await listener.until_status("online")
            await desk.until_delivered()
            await link.cut(refuse=True)
            await eventually(lambda: not desk.health.is_connected, "the loss to be noticed")
            desk.say(*(facts.queued(f"1.{number}") for number in range(250)))
            assert (desk.health.outbox_messages, desk.health.outbox_dropped) == (100, 150)
            link.mend()
            await desk.until_current()
            await desk.until_delivered()
            await eventually(lambda: listener.sequences()[-1:] == [251], "the newest event")
    assert listener.sequences() == [1, 151, *range(152, 252)]
    gap = listener.newest("event/bridge/gap").document
    assert gap["data"]["reason"] == "outbox_full"
    assert (int(gap["data"]["first_sequence"]), int(gap["data"]["last_sequence"])) == (2, 151)
    assert gap["data"]["dropped"] == 150


async def test_what_the_broker_refuses_is_counted_named_and_said() -> None:
    """mosquitto's access list; the acknowledgement of MQTT 5 carries the reason."""
    requires_program("mosquitto")
    acl = f"topic read #\ntopic write {ROOT}/status\ntopic write {ROOT}/info\ntopic write {ROOT}/event/#\n"
    with Mosquitto(acl=acl) as broker:
        desk = Desk(MqttSettings(port=broker.port))
        desk.sync()
        async with Listener(broker.port) as listener, running(desk):
            await listener.until_status("degraded")
            await desk.until_delivered()
            said = listener.newest("status").document
            desk.say(facts.queued())
            await eventually(lambda: listener.sequences() == [1, 2], "events go on")
    assert desk.health.rejected == {"not_authorized": 3}, "agent, queue, board"
    assert said["reason"] == f"the broker refuses messages: not_authorized, first {ROOT}/agent/1001/state"
    assert desk.health.published["event"] == 2


async def test_an_event_that_is_refused_is_set_aside() -> None:
    requires_program("mosquitto")
    with Mosquitto(acl=f"topic read #\ntopic write {ROOT}/+\ntopic write {ROOT}/+/+/state\n") as broker:
        desk = Desk(MqttSettings(port=broker.port))
        desk.sync()
        async with running(desk):
            await desk.until_current()
            desk.say(*(facts.queued(f"1.{number}") for number in range(300)))
            await desk.until_delivered()
    assert desk.health.rejected == {"not_authorized": 302}, "the board, and every event"
    assert desk.health.outbox_messages == 0


async def test_a_message_that_is_too_large_for_the_broker_does_not_end_the_connection() -> None:
    requires_program("mosquitto")
    with Mosquitto(extra="max_packet_size 20000") as broker:
        desk = Desk(MqttSettings(port=broker.port))
        desk.sync()
        async with Listener(broker.port) as listener, running(desk):
            await listener.until_status("online")
            desk.say(changes.QueueUpdated(at=facts.AT, queue=facts.queue_view(waiting=500)), facts.queued())
            await eventually(lambda: desk.health.rejected == {"packet_too_large": 1}, "the refusal")
            await eventually(lambda: listener.sequences() == [1, 2], "events go on")
            assert desk.health.connects == 1


async def test_a_frozen_broker_is_given_up_and_found_again(frozen: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "ANSWER_SECONDS", 1.0)
    desk = Desk(MqttSettings(port=frozen.port))
    desk.sync()
    async with running(desk):
        await desk.until_current()
        freeze(frozen)
        before = time.monotonic()
        for number in range(1000):
            desk.say(facts.queued(f"1.{number}"))
        assert time.monotonic() - before < 1, "whoever tells us must not wait for a broker"
        await eventually(lambda: not desk.health.is_connected, "the silence to be noticed", within=5)
        assert frozen._process is not None
        os.kill(frozen._process.pid, signal.SIGCONT)
        await desk.until_current(within=20)
        await desk.until_delivered()


async def test_stopping_is_bounded_when_the_broker_is_frozen(frozen: Mosquitto) -> None:
    desk = Desk(MqttSettings(port=frozen.port))
    desk.sync()
    task = asyncio.create_task(desk.output.run())
    await desk.until_current()
    freeze(frozen)
    desk.say(*(facts.queued(f"1.{number}") for number in range(1000)))
    before = time.monotonic()
    task.cancel()
    await asyncio.wait({task}, timeout=10)
    assert task.cancelled()
    assert time.monotonic() - before < 5


async def test_what_was_said_last_arrives_before_offline(broker: Mosquitto) -> None:
    desk = Desk(MqttSettings(port=broker.port))
    desk.sync()
    async with Listener(broker.port) as listener:
        async with running(desk):
            await listener.until_status("online")
            desk.say(*(facts.queued(f"1.{number}") for number in range(500)))
        await listener.until_status("offline")
        assert listener.sequences() == list(range(1, 502))
        assert listener.topics()[-1] == "status"
        assert listener.newest("status").document["reason"] == "stopped"
        assert int(listener.newest("status").document["sequence"]) == 501


async def test_the_pbx_is_lost_and_found(broker: Mosquitto) -> None:
    desk = Desk(MqttSettings(port=broker.port))
    desk.sync()
    async with Listener(broker.port) as listener, running(desk):
        await listener.until_status("online")
        desk.output.set_status(Standing(state="degraded", reason="AMI: connection lost", ami="connecting"))
        await listener.until_status("degraded")
        said = listener.newest("status").document
        assert (said["reason"], said["ami"]) == ("AMI: connection lost", "connecting")
        desk.output.set_status(Standing(state="online", ami="connected"))
        await listener.until_status("online")


async def test_a_wrong_password_is_told_and_a_right_one_is_read_from_its_file(tmp_path: Path) -> None:
    requires_program("mosquitto", "mosquitto_passwd")
    users, password = tmp_path / "users", tmp_path / "password"
    await ended(f"mosquitto_passwd -b -c {users} bridge right")
    users.chmod(0o600)
    password.write_text("wrong\n")
    # The last of two wins: anonymous access is off here.
    with Mosquitto(extra=f"password_file {users}\nallow_anonymous false") as broker:
        desk = Desk(MqttSettings(port=broker.port, username="bridge", password_file=str(password)))
        desk.sync()
        async with running(desk):
            await eventually(lambda: desk.health.reason == "Not authorized", "the refusal")
            password.write_text("right\n")
            await desk.until_current()


async def test_tls_is_verified(tmp_path: Path) -> None:
    requires_program("mosquitto", "openssl")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    await ended(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
        f"-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout {key} -out {certificate}"
    )
    with Mosquitto(extra=f"certfile {certificate}\nkeyfile {key}\ncafile {certificate}") as broker:
        trusting = Desk(MqttSettings(port=broker.port, tls=True, ca_file=str(certificate), password="x", username="b"))
        trusting.sync()
        async with running(trusting):
            await trusting.until_current()
        wary = Desk(MqttSettings(port=broker.port, tls=True))
        async with running(wary):
            await eventually(lambda: "certificate verify failed" in (wary.health.reason or ""), "the refusal")
        lost = Desk(MqttSettings(port=broker.port, tls=True, ca_file=str(tmp_path / "missing.pem")))
        async with running(lost):
            await eventually(lambda: "cannot be used" in (lost.health.reason or ""), "the missing file")
