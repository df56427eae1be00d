"""Brokers that are away, refuse or die, and a bridge that is killed; the judge is an independent subscriber."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ctibridge.outputs.mqtt import lane
from ctibridge.outputs.mqtt import outbox as module
from ctibridge.outputs.mqtt.outbox import OutboxLimits
from tests.integration.mqtt.desk import ROOT, Listener
from tests.integration.mqtt.kept_desk import kept_desk
from tests.servers.available import requires_program
from tests.servers.cuttable import Cuttable
from tests.servers.mosquitto import Mosquitto
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.mosquitto, pytest.mark.timeout(180)]

UNBOUNDED = "max_queued_messages 0\nmax_inflight_messages 0\n"


def first_arrivals(listener: Listener) -> list[int]:
    return list(dict.fromkeys(listener.sequences()))


async def test_a_dead_broker_delays_nobody_and_gets_everything_on_its_return(tmp_path: Path) -> None:
    requires_program("mosquitto")
    with Mosquitto(extra=UNBOUNDED) as near, Mosquitto(extra=UNBOUNDED) as far:
        far.kill()
        async with Listener(near.port) as listener, kept_desk(tmp_path, [near.port, far.port]) as desk:
            desk.calls(3000)
            await eventually(lambda: first_arrivals(listener) == list(range(1, 3002)), "the near broker's events")
            away = desk.outputs[1]
            assert away.health.outbox_messages == 3001
            assert away.health.outbox_oldest is not None
            assert len(away._outgoing.lane._spool) <= lane.MOST_LOADED + lane.PAGE, "the rest is on disk"
            far.start()
            async with Listener(far.port) as late:
                await desk.until_delivered()
                await eventually(lambda: first_arrivals(late) == list(range(1, 3002)), "the far broker's events")


async def test_cursors_survive_a_restart(tmp_path: Path) -> None:
    requires_program("mosquitto")
    with Mosquitto(extra=UNBOUNDED) as near, Mosquitto(extra=UNBOUNDED) as far:
        far.kill()
        async with kept_desk(tmp_path, [near.port, far.port]) as desk:
            desk.calls(20)
            await eventually(lambda: desk.outputs[0].cursor == 21, "the near broker to have all")
        far.start()
        async with Listener(near.port) as one, Listener(far.port) as other:
            async with kept_desk(tmp_path, [near.port, far.port]) as desk:
                desk.calls(5)
                await desk.until_delivered()
            await eventually(lambda: other.statuses()[-1:] == ["offline"], "the farewell")
            assert one.sequences() == list(range(22, 28))
            assert other.sequences() == list(range(1, 28))


async def test_what_is_beyond_the_bounds_is_named_in_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requires_program("mosquitto")
    monkeypatch.setattr(lane, "MOST_LOADED", 10)
    monkeypatch.setattr(module, "PRUNE_EVERY", 50)
    monkeypatch.setattr(module, "MOST_RECENT", 10)
    limits = OutboxLimits(events=100, size=1 << 30, age=1e9)
    with Mosquitto(extra=UNBOUNDED) as broker:
        broker.kill()
        async with kept_desk(tmp_path, [broker.port], limits) as desk:
            for _ in range(20):
                desk.calls(50)
                await desk.outbox.flush()
            await eventually(lambda: desk.outbox.oldest == 902, "the oldest to be dropped")
            dropped = desk.outputs[0].health.outbox_dropped
            assert dropped == desk.outbox.oldest - 11, "those in memory are safe"
            broker.start()
            async with Listener(broker.port) as listener:
                await desk.until_delivered()
                await eventually(lambda: listener.sequences()[-1:] == [1001], "the newest")
                gap = listener.newest("event/bridge/gap").document
    first, last = int(gap["data"]["first_sequence"]), int(gap["data"]["last_sequence"])
    assert (first, last, gap["data"]["dropped"]) == (11, 10 + dropped, dropped)
    assert listener.sequences() == [*range(1, 11), last, *range(last + 1, 1002)]


async def test_a_broker_is_killed_again_and_again(tmp_path: Path) -> None:
    """It forgets nothing but what it had not acknowledged; its subscriber is there again before the bridge."""
    requires_program("mosquitto")
    with Mosquitto(extra=UNBOUNDED) as broker:
        async with Cuttable(broker.port) as link, kept_desk(tmp_path, [link.port]) as desk:
            heard: list[int] = []
            for _ in range(5):
                async with Listener(broker.port) as listener:
                    link.mend()
                    for _ in range(20):
                        desk.calls(20)
                        await asyncio.sleep(0.005)
                    await desk.until_delivered()
                    await eventually(lambda: int(listener.sequences()[-1]) == desk.journal.sequence, "the newest")
                    desk.calls(100)
                    await link.cut(refuse=True)
                    broker.kill()
                    heard += listener.sequences()
                broker.start()
            async with Listener(broker.port) as listener:
                link.mend()
                await desk.until_delivered()
                await eventually(lambda: listener.sequences()[-1:] == [desk.journal.sequence], "the newest")
                heard += listener.sequences()
    assert sorted(set(heard)) == list(range(1, desk.journal.sequence + 1))


@asynccontextmanager
async def telling(folder: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.mqtt.kept_desk", str(folder), str(port), cwd=Path(__file__).parents[3]
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_bridge_is_killed_again_and_again(tmp_path: Path) -> None:
    """SIGKILL at any moment: one epoch, numbers without a gap, order kept, a repeat has the same bytes."""
    requires_program("mosquitto")
    draw = random.Random(9)
    with Mosquitto(extra=UNBOUNDED) as broker:
        async with Listener(broker.port) as listener:
            for _ in range(6):
                before = len(listener.sequences())
                async with telling(tmp_path, broker.port):
                    await eventually(lambda: len(listener.sequences()) > before + 50, "events")  # noqa: B023
                    await asyncio.sleep(draw.uniform(0, 0.3))
            async with kept_desk(tmp_path, [broker.port]) as desk:
                await desk.until_delivered()
                newest = desk.journal.sequence
            await eventually(lambda: listener.sequences()[-1:] == [newest], "the newest event")
    events = [one for one in listener.heard if "/event/" in one.topic]
    assert {one.document["epoch"] for one in events} == {7}
    assert first_arrivals(listener) == list(range(1, newest + 1))
    payloads: dict[str, set[bytes]] = {}
    for one in events:
        payloads.setdefault(one.document["id"], set()).add(one.payload)
    assert all(len(same) == 1 for same in payloads.values())


async def test_a_refused_event_is_set_aside_with_its_reason(tmp_path: Path) -> None:
    """mosquitto's access list lets states through, and no events."""
    requires_program("mosquitto")
    acl = f"topic read #\ntopic write {ROOT}/+\ntopic write {ROOT}/+/+/state\ntopic write {ROOT}/event/bridge/#\n"
    with Mosquitto(acl=acl) as broker:
        async with Listener(broker.port) as listener, kept_desk(tmp_path, [broker.port]) as desk:
            desk.calls(3)
            await desk.until_delivered()
            await listener.until_status("degraded")
            for _ in range(200):
                if len(aside := await desk.outbox.refused(10)) == 3:
                    break
                await asyncio.sleep(0.02)
            said = listener.newest("status").document
    assert [(one.sequence, one.reason) for one in aside] == [(n, "not_authorized") for n in (4, 3, 2)]
    assert {one.topic for one in aside} == {f"{ROOT}/event/call/queued"}
    assert "refuses messages: not_authorized" in said["reason"]
    assert listener.sequences() == [1], "what is allowed goes on"


async def test_unmasked_copies_wait_on_disk_too(tmp_path: Path) -> None:
    requires_program("mosquitto")
    with Mosquitto(extra=UNBOUNDED) as broker:
        broker.kill()
        async with kept_desk(tmp_path, [broker.port], has_private=True) as desk:
            desk.calls(2)
            await desk.outbox.flush()
        broker.start()
        async with Listener(broker.port) as listener, kept_desk(tmp_path, [broker.port], has_private=True) as desk:
            await desk.until_delivered()
            await listener.until_heard("private/event/call/queued")
            assert "1234567" in listener.newest("private/event/call/queued").document["data"]["caller"]["number"]
            assert "1234567" not in str(listener.newest("event/call/queued").document)
