"""The memory is written while the daemon runs and given back at the next start, whatever becomes of the store."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import cast

import pytest
import structlog

from ctibridge.app import keeper as module
from ctibridge.app.bridge import PbxBridge
from ctibridge.app.clock import BridgeClock
from ctibridge.app.config import Configuration
from ctibridge.app.keeper import MOST_AGE, MemoryKeeper, UnusableStoreError, kept
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.history.settings import StoreSettings
from ctibridge.outputs.history.store import SavedMemory, Store
from tests.unit.app.test_memory import memory

ENCODED = memory().encoded()


class Clock(BridgeClock):
    """Stands where it is put."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = 1_900_001_000.0

    def now(self) -> Timestamp:
        return Timestamp(self.moment)


class Known:
    """A bridge with something to remember, or nothing yet."""

    def __init__(self, name: str, told: bytes | None = ENCODED) -> None:
        self.name = name
        self.told = told
        self.history = None
        self.outbox = None
        self.is_at_rest = asyncio.Event()
        self.is_at_rest.set()

    async def rest(self) -> None:
        await self.is_at_rest.wait()

    def memory(self) -> bytes | None:
        return self.told

    async def remember(self) -> bytes | None:
        return self.told


def bridges(*known: Known) -> Sequence[PbxBridge]:
    return cast("Sequence[PbxBridge]", known)


@pytest.fixture
def settings(tmp_path: Path) -> StoreSettings:
    return StoreSettings(url=f"sqlite:///{tmp_path}/ctibridge.db", checkpoint_interval=0.01)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def keeper(settings: StoreSettings, clock: Clock) -> AsyncIterator[MemoryKeeper]:
    async with kept(Configuration(store=settings), clock) as one:
        assert one is not None
        yield one


async def test_nothing_was_kept_at_the_first_start(keeper: MemoryKeeper) -> None:
    found = await keeper.recall("main")

    assert (found.memory, found.told, found.cursors) == (None, (), {})


async def test_every_pbx_has_a_memory_of_its_own_once_it_knows_something(keeper: MemoryKeeper) -> None:
    await keeper.keep(bridges(Known("main"), Known("new", None), Known("branch")))
    found = {name: await keeper.recall(name) for name in ("main", "new", "branch")}

    assert {name for name, one in found.items() if one.memory is not None} == {"main", "branch"}
    assert found["main"].memory is not None
    assert found["main"].memory.numbers == memory().numbers


@pytest.mark.parametrize(("age", "is_used"), [(MOST_AGE - 1, True), (MOST_AGE + 1, False), (-3600.0, True)])
async def test_a_memory_of_days_ago_is_history(
    keeper: MemoryKeeper, clock: Clock, age: float, *, is_used: bool
) -> None:
    await keeper.keep(bridges(Known("main")))
    clock.moment += age

    assert ((await keeper.recall("main")).memory is not None) == is_used


async def test_a_memory_that_cannot_be_read_is_said_and_left_behind(keeper: MemoryKeeper) -> None:
    await keeper.keep(bridges(Known("main", b"nonsense")))
    with structlog.testing.capture_logs() as logs:
        assert (await keeper.recall("main")).memory is None

    assert [(line["log_level"], line["pbx"]) for line in logs] == [("warning", "main")]


async def test_a_store_that_cannot_be_read_is_said_and_the_bridge_starts_anew(
    keeper: MemoryKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "load", _full)
    with structlog.testing.capture_logs() as logs:
        assert (await keeper.recall("main")).memory is None

    assert logs[0]["reason"] == "database or disk is full"


async def test_a_store_that_fails_is_said_once_and_tried_again(
    keeper: MemoryKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    with structlog.testing.capture_logs() as logs:
        with monkeypatch.context() as patched:
            patched.setattr(Store, "save", _full)
            for _ in range(3):
                await keeper.keep(bridges(Known("main")))
            said = keeper.problem
        for _ in range(3):
            await keeper.keep(bridges(Known("main")))

    assert [line["log_level"] for line in logs] == ["error", "info"]
    assert (said, keeper.problem) == ("database or disk is full", None)
    assert (await keeper.recall("main")).memory is not None


async def test_a_memory_is_not_made_while_facts_wait_and_the_others_are_kept_all_the_same(
    keeper: MemoryKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REST_SECONDS", 0.01)
    busy = Known("busy")
    busy.is_at_rest.clear()
    await keeper.keep(bridges(busy, Known("calm")))
    assert (await keeper.recall("busy")).memory is None
    assert (await keeper.recall("calm")).memory is not None

    await keeper.keep(bridges(busy), is_last=True)
    assert (await keeper.recall("busy")).memory is not None


async def test_the_first_memory_waits_for_no_rest_because_nothing_is_taken_in_yet(keeper: MemoryKeeper) -> None:
    started = Known("started")
    started.is_at_rest.clear()

    async with asyncio.timeout(module.REST_SECONDS / 2):
        await keeper.keep(bridges(started), is_first=True)

    assert (await keeper.recall("started")).memory is not None


async def test_while_it_runs_the_newest_memory_is_kept(keeper: MemoryKeeper) -> None:
    known = Known("main", None)
    running = asyncio.create_task(keeper.run(bridges(known)))
    known.told = ENCODED
    found = None
    for _ in range(500):
        found = found or (await keeper.recall("main")).memory
        if found:
            break
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait([running])

    assert running.cancelled()
    assert found is not None


async def test_nothing_is_kept_without_a_url(clock: Clock) -> None:
    async with kept(Configuration(store=StoreSettings(url="")), clock) as keeper:
        assert keeper is None


async def test_what_is_kept_is_there_for_the_next_run(settings: StoreSettings, clock: Clock) -> None:
    for run in range(3):
        async with kept(Configuration(store=settings), clock) as keeper:
            assert keeper is not None
            assert ((await keeper.recall("main")).memory is not None) == (run > 0)
            await keeper.keep(bridges(Known("main")))


async def test_a_store_that_cannot_be_used_is_named(settings: StoreSettings, clock: Clock) -> None:
    assert settings.path is not None
    settings.path.mkdir()

    with pytest.raises(UnusableStoreError, match=r"store\.url sqlite:///.*unable to open"):
        async with kept(Configuration(store=settings), clock):
            pass


async def test_the_store_of_a_newer_version_is_named(settings: StoreSettings, clock: Clock) -> None:
    assert settings.path is not None
    with sqlite3.connect(settings.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(UnusableStoreError, match=r"store\.url .* newer ctibridge"):
        async with kept(Configuration(store=settings), clock):
            pass


async def _full(*_: object) -> SavedMemory | None:
    raise sqlite3.OperationalError("database or disk is full")


async def test_of_a_damaged_store_it_is_known_that_there_was_more(settings: StoreSettings, clock: Clock) -> None:
    assert settings.path is not None
    async with kept(Configuration(store=settings), clock) as keeper:
        assert keeper is not None
        assert not (await keeper.recall("main")).is_lost
        await keeper.keep(bridges(Known("main")))
    size = settings.path.stat().st_size
    settings.path.write_bytes(settings.path.read_bytes()[:4096] + b"\xa5" * (size - 4096))

    with structlog.testing.capture_logs() as logs:
        async with kept(Configuration(store=settings), clock) as keeper:
            assert keeper is not None
            found = await keeper.recall("main")

    assert (found.memory, found.is_lost) == (None, True)
    assert any("moved aside" in line["event"] for line in logs)
