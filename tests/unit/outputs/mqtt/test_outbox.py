"""Events are on disk before anybody is told of them, and states never overtake theirs."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from ctibridge.domain import changes
from ctibridge.domain.units import AgentId
from ctibridge.outputs.mqtt import outbox as module
from ctibridge.outputs.mqtt.outbox import OutboxLimits
from ctibridge.outputs.mqtt.outbox_event import OutboxEvent, Refused
from ctibridge.outputs.mqtt.outbox_file import SUFFIX, WHOLE, OutboxFile, Shelf, outbox_file
from tests.servers.waiting import eventually
from tests.unit.outputs import facts
from tests.unit.outputs.mqtt.outboxes import EPOCH, Desk, Taker, begun, path_of

NOW = 1_700_000_000.0


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[OutboxFile]:
    async with outbox_file(path_of(tmp_path), "store", NOW) as one:
        yield one


class Running:
    """An outbox at work for the length of a block."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Desk:
        self._task = asyncio.create_task(self._desk.outbox.run())
        return self._desk

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait({self._task})
        await self._desk.outbox.close()


def stored(folder: Path) -> list[int]:
    """What another process sees in the file now."""
    with closing(sqlite3.connect(path_of(folder).with_name(f"ctibridge.db{SUFFIX}"))) as connection:
        return [row[0] for row in connection.execute("SELECT sequence FROM events ORDER BY sequence")]


async def test_what_is_handed_on_is_on_disk(file: OutboxFile, tmp_path: Path) -> None:
    seen: list[tuple[int, bool]] = []

    class Looking(Taker):
        def accept_stored(self, _: Sequence[object], events: Sequence[OutboxEvent]) -> None:
            on_disk = set(stored(tmp_path))
            seen.extend((event.sequence, event.sequence in on_disk) for event in events)

    async with Running(await begun(file, Looking())) as desk:
        for _ in range(5):
            desk.calls(3)
            await desk.outbox.flush()

    assert seen == [(number, True) for number in range(1, 16)]


async def test_a_state_comes_with_its_events_and_not_before(file: OutboxFile) -> None:
    taker = Taker()
    desk = await begun(file, taker)
    updated = changes.AgentUpdated(at=facts.AT, agent=facts.agent_view())
    desk.say(facts.queued(), updated)
    desk.say(updated)
    assert taker.entries == []
    async with Running(desk):
        await desk.outbox.flush()
    assert [type(entry.change).__name__ for entry in taker.entries] == ["CallQueued", "AgentUpdated", "AgentUpdated"]


async def test_a_state_without_events_does_not_wait_for_the_disk(file: OutboxFile) -> None:
    taker = Taker()
    desk = await begun(file, taker)
    desk.say(changes.AgentUpdated(at=facts.AT, agent=facts.agent_view()))
    assert len(taker.entries) == 1


async def test_what_waits_during_a_commit_is_committed_together(
    file: OutboxFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    put = Shelf.put

    def counting(shelf: Shelf, epoch: int, events: Sequence[OutboxEvent], *rest: object) -> None:
        sizes.append(len(events))
        put(shelf, epoch, events, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Shelf, "put", counting)
    async with Running(await begun(file, Taker())) as desk:
        desk.calls(1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        desk.calls(400)
        await desk.outbox.flush()
    assert sum(sizes) == 401
    assert len(sizes) < 20


async def test_numbers_and_cursors_go_on_in_the_next_run(tmp_path: Path) -> None:
    for run in range(3):
        async with outbox_file(path_of(tmp_path), "store", NOW) as file:
            taker, slow = Taker(), Taker("slow")
            async with Running(await begun(file, taker, slow)) as desk:
                assert (desk.journal.epoch, desk.journal.sequence) == (EPOCH, run * 10)
                assert (taker.cursor, slow.cursor) == (max(0, run * 10), max(0, run * 10 - 5))
                desk.calls(10)
                await desk.outbox.flush()
                taker.cursor, slow.cursor = run * 10 + 10, run * 10 + 5


async def test_an_outbox_that_cannot_be_written_is_said_and_nobody_waits(
    file: OutboxFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    whole = path_of(tmp_path).with_name(f"ctibridge.db{SUFFIX}{WHOLE}")
    taker = Taker()
    with structlog.testing.capture_logs() as logs:
        async with Running(await begun(file, taker)) as desk:
            assert whole.exists()
            with monkeypatch.context() as patched:
                patched.setattr(Shelf, "put", _full)
                desk.calls(5)
                await desk.outbox.flush()
                assert taker.sequences == [1, 2, 3, 4, 5]
                assert desk.outbox.health.problem == "OperationalError: database or disk is full"
                assert not whole.exists(), "a start now must not trust the numbers"
                assert stored(tmp_path) == []
                assert [event.sequence for event in await desk.outbox.after(2, 2)] == [3, 4]
            await eventually(lambda: desk.outbox.health.problem is None, "it to be tried again")
            assert whole.exists()
            assert stored(tmp_path) == [1, 2, 3, 4, 5]
    assert [line["log_level"] for line in logs] == ["error", "info"]


async def test_a_disk_that_does_not_answer_holds_up_nobody_for_long(
    file: OutboxFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading  # noqa: PLC0415

    go_on = threading.Event()
    put = Shelf.put

    def stuck(shelf: Shelf, *rest: object) -> None:
        go_on.wait(10)
        put(shelf, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "PATIENCE", 0.1)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    taker = Taker()
    async with Running(await begun(file, taker)) as desk:
        monkeypatch.setattr(Shelf, "put", stuck)
        desk.calls(3)
        await desk.outbox.flush()
        assert taker.sequences == [1, 2, 3]
        desk.calls(1)
        await desk.outbox.flush()
        assert taker.sequences == [1, 2, 3, 4]
        assert desk.outbox.health.problem == "no answer within 0.1 s"
        go_on.set()
        await eventually(lambda: desk.outbox.health.problem is None, "it to be tried again")


async def test_what_is_too_much_for_memory_is_counted(file: OutboxFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UNSTORED", 4)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    async with Running(await begun(file, Taker())) as desk:
        with monkeypatch.context() as patched:
            patched.setattr(Shelf, "put", _full)
            desk.calls(10)
            await desk.outbox.flush()
            assert desk.outbox.health.lost == 6
        await eventually(lambda: desk.outbox.health.problem is None, "it to be tried again")


@pytest.mark.parametrize(
    ("limits", "now"),
    [
        (OutboxLimits(events=10, size=1 << 30, age=1e9), facts.AT),
        (OutboxLimits(events=1000, size=7000, age=1e9), facts.AT),
        (OutboxLimits(events=1000, size=1 << 30, age=90.5), facts.AT + 190),
    ],
    ids=["events", "bytes", "age"],
)
async def test_the_oldest_beyond_the_bounds_go(
    file: OutboxFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: OutboxLimits, now: float
) -> None:
    monkeypatch.setattr(module, "PRUNE_EVERY", 20)
    async with Running(await begun(file, Taker(), limits=limits, now=now)) as desk:
        for _ in range(10):
            desk.calls(20)
            await desk.outbox.flush()
        await eventually(lambda: desk.outbox.oldest == stored(tmp_path)[0] > 1, "the oldest to go")
    left = stored(tmp_path)
    assert left == list(range(left[0], 201))
    assert desk.outbox.oldest > 80
    assert len(left) <= 120


async def test_unmasked_copies_are_forgotten_once_every_broker_has_them(
    file: OutboxFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PRUNE_EVERY", 1)
    keen, slow = Taker("keen", wants_twins=True), Taker("slow", wants_twins=True)

    def twins() -> list[int]:
        with closing(sqlite3.connect(path_of(tmp_path).with_name(f"ctibridge.db{SUFFIX}"))) as connection:
            return [row[0] for row in connection.execute("SELECT sequence FROM events WHERE twin IS NOT NULL")]

    async with Running(await begun(file, keen, slow, has_private=True)) as desk:
        desk.calls(4)
        await desk.outbox.flush()
        assert b"1234567" in (keen.events[0].twin or b"")
        assert b"1234567" not in keen.events[0].payload
        keen.cursor, slow.cursor = 4, 2
        desk.calls(1)
        await eventually(lambda: twins() == [3, 4, 5], "what both have to be forgotten")


async def test_what_was_refused_is_kept_with_its_reason(file: OutboxFile) -> None:
    one = Refused(broker="a:1883", topic="t", sequence=3, reason="not_authorized", at=facts.AT)
    async with Running(await begun(file, Taker())) as desk:
        desk.outbox.set_aside(one)
        for _ in range(200):
            if await desk.outbox.refused(10):
                break
            await asyncio.sleep(0.01)
        assert await desk.outbox.refused(10) == [one]


async def test_a_damaged_outbox_is_moved_aside_and_the_numbers_begin_anew(tmp_path: Path) -> None:
    path = path_of(tmp_path).with_name(f"ctibridge.db{SUFFIX}")
    async with outbox_file(path_of(tmp_path), "store", NOW) as file, Running(await begun(file, Taker())) as desk:
        desk.calls(3)
        await desk.outbox.flush()
    path.write_bytes(b"this is no database" * 1000)
    with structlog.testing.capture_logs() as logs:
        async with outbox_file(path_of(tmp_path), "store", NOW) as file:
            assert not file.was_whole
            assert not (await file.shelf("pbx1")).is_sure
    assert [line["log_level"] for line in logs] == ["error"]
    assert path.with_name(f"{path.name}.damaged-{int(NOW)}").exists()


async def test_removals_are_states_too(file: OutboxFile) -> None:
    taker = Taker()
    desk = await begun(file, taker)
    desk.say(changes.AgentRemoved(at=facts.AT, agent=AgentId("1001")))
    assert len(taker.entries) == 1


def _full(*_: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")
