"""What is kept survives, and a file that cannot be used is said to be so, and is never destroyed."""

import asyncio
import os
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from ctibridge.outputs.aside import moved_aside
from ctibridge.outputs.history import store as module
from ctibridge.outputs.history.settings import StoreSettings
from ctibridge.outputs.history.store import ForeignStoreError, NewerStoreError, SavedMemory, opened

NOW = 1_700_000_000.0


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Every connection has a thread of its own, which must end with it."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before and "asyncio" not in thread.name]
    for thread in left:
        thread.join(2)
    assert [thread for thread in left if thread.is_alive()] == []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ctibridge.db"


def saved(memory: bytes = b"state", at: float = NOW) -> SavedMemory:
    return SavedMemory(memory=memory, saved_at=at)


async def keep(path: Path, one: SavedMemory, pbx: str = "main") -> None:
    async with opened(path, NOW) as store:
        await store.save(pbx, one)


async def kept(path: Path, pbx: str = "main") -> SavedMemory | None:
    async with opened(path, NOW) as store:
        return await store.load(pbx)


async def test_a_new_store_is_made_with_its_folder_and_holds_nothing(path: Path) -> None:
    assert await kept(path) is None
    assert path in _beside(path)


async def test_what_was_saved_is_there_the_next_time(path: Path) -> None:
    await keep(path, saved(b"\x00\xff" * 1000))
    await keep(path, saved(b"other"), "branch")

    assert await kept(path) == saved(b"\x00\xff" * 1000)
    assert await kept(path, "branch") == saved(b"other")


async def test_a_memory_replaces_the_one_before(path: Path) -> None:
    async with opened(path, NOW) as store:
        for number in range(5):
            await store.save("main", saved(b"%d" % number, NOW + number))

    assert await kept(path) == saved(b"4", NOW + 4)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM checkpoints").fetchone() == (1,)
    connection.close()


async def test_a_save_that_is_given_up_locks_nobody_out(path: Path) -> None:
    async with opened(path, NOW) as store:
        for turns in range(0, 120, 3):  # Whenever it is.
            saving = asyncio.create_task(store.save("main", saved()))
            for _ in range(turns):
                await asyncio.sleep(0)
            saving.cancel()
            await asyncio.wait({saving})
            await store.load("main")  # Whatever its thread had still to do is done.

            with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as history:
                history.execute("BEGIN IMMEDIATE")
                history.execute("ROLLBACK")


async def test_a_store_can_be_told_from_every_other(path: Path, tmp_path: Path) -> None:
    async with opened(path, NOW) as store, opened(tmp_path / "other.db", NOW) as other:
        first = await store.identity()
        assert first
        assert await other.identity() != first
    async with opened(path, NOW) as store:
        assert await store.identity() == first


async def test_readers_are_not_in_the_way(path: Path) -> None:
    async with opened(path, NOW) as store:
        await store.save("main", saved(b"before"))
        reader = sqlite3.connect(path)
        reader.execute("BEGIN")
        assert reader.execute("SELECT memory FROM checkpoints").fetchone() == (b"before",)
        await store.save("main", saved(b"after"))
        assert reader.execute("SELECT memory FROM checkpoints").fetchone() == (b"before",)
        reader.close()

    assert await kept(path) == saved(b"after")


# -- forms ------------------------------------------------------------------------------------------------------------


async def test_migrations_are_numbered_without_a_gap_and_all_are_applied(path: Path) -> None:
    await kept(path)
    numbers = sorted(module._scripts())

    assert numbers == list(range(1, len(numbers) + 1))
    assert _version(path) == numbers[-1]


async def test_each_migration_is_applied_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await keep(path, saved())
    scripts = module._scripts()
    later = {**scripts, len(scripts) + 1: "CREATE TABLE later (x);", len(scripts) + 2: "INSERT INTO later VALUES (1);"}
    monkeypatch.setattr(module, "_scripts", lambda: later)
    for _ in range(2):
        assert await kept(path) == saved()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT x FROM later").fetchall() == [(1,)]
    connection.close()

    assert _version(path) == len(scripts) + 2


async def test_a_migration_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await keep(path, saved())
    scripts = module._scripts()
    broken = {**scripts, len(scripts) + 1: "CREATE TABLE later (x); INSERT INTO nowhere VALUES (1);"}
    with monkeypatch.context() as patched:
        patched.setattr(module, "_scripts", lambda: broken)
        with pytest.raises(sqlite3.OperationalError):
            await kept(path)

    assert _version(path) == len(scripts)
    assert await kept(path) == saved()


async def test_the_store_of_a_newer_version_is_left_alone(path: Path) -> None:
    await keep(path, saved())
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(NewerStoreError, match=r"ctibridge\.db: written by a newer ctibridge \(form 99, .* up to \d+\)"):
        await kept(path)
    assert _version(path) == 99


async def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE astdb (key, value)")
    connection.close()

    with pytest.raises(ForeignStoreError, match="another program"):
        await kept(path)
    assert _tables(path) == {"astdb"}


# -- files that cannot be used ----------------------------------------------------------------------------------------


async def test_what_is_no_database_is_moved_aside(path: Path) -> None:
    _write(path, b"this is no database" * 100)
    with structlog.testing.capture_logs() as logs:
        await keep(path, saved())

    aside = path.with_name("ctibridge.db.damaged-1700000000")
    assert aside.read_bytes() == b"this is no database" * 100
    assert [(line["log_level"], line["path"]) for line in logs] == [("error", str(aside))]
    assert await kept(path) == saved()


def test_what_sqlite_wrote_beside_a_damaged_file_goes_with_it(path: Path) -> None:
    path.parent.mkdir()
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).write_text(f"damaged{suffix}")
    aside = moved_aside(path, NOW)

    assert aside.name == "ctibridge.db.damaged-1700000000"
    assert {one.name: one.read_text() for one in path.parent.iterdir()} == {
        aside.name + suffix: f"damaged{suffix}" for suffix in ("", "-wal", "-shm")
    }


async def test_a_page_that_was_overwritten_is_noticed_at_the_start(path: Path) -> None:
    await keep(path, saved(os.urandom(100_000)))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)

    assert await kept(path) is None
    assert path.with_name("ctibridge.db.damaged-1700000000").exists()


async def test_a_file_that_was_cut_short_is_noticed_at_the_start(path: Path) -> None:
    await keep(path, saved(os.urandom(100_000)))
    os.truncate(path, 8192)

    assert await kept(path) is None
    assert path.with_name("ctibridge.db.damaged-1700000000").exists()


async def test_an_empty_file_is_a_new_store(path: Path) -> None:
    _write(path, b"")
    await keep(path, saved())

    assert await kept(path) == saved()
    assert list(path.parent.glob("*damaged*")) == []


async def test_a_locked_store_is_said_to_be_locked_and_is_left_where_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_MILLISECONDS", 50)
    await keep(path, saved())
    other = sqlite3.connect(path)
    async with opened(path, NOW) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await store.save("main", saved(b"later"))
        other.rollback()
        await store.save("main", saved(b"later"))
    other.close()

    assert await kept(path) == saved(b"later")
    assert list(path.parent.glob("*damaged*")) == []


async def test_a_folder_that_cannot_be_made_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OSError, match="file"):
        await kept(tmp_path / "file" / "ctibridge.db")


async def test_a_file_that_cannot_be_opened_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        await kept(tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 300 kB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount")
    yield place
    subprocess.run(["umount", str(place)], check=True)


async def test_a_full_disk_fails_a_save_and_harms_nothing(small_disk: Path) -> None:
    path = small_disk / "ctibridge.db"
    async with opened(path, NOW) as store:
        await store.save("main", saved(b"small"))
        with pytest.raises(sqlite3.OperationalError, match="full"):
            await store.save("main", saved(os.urandom(500_000)))
        assert await store.load("main") == saved(b"small")
        await store.save("main", saved(b"small again"))

    assert await kept(path) == saved(b"small again")


# -- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///ctibridge.db", "ctibridge.db"),
        ("sqlite:////var/lib/ctibridge/state.db", "/var/lib/ctibridge/state.db"),
        ("", None),
    ],
)
def test_the_url_names_a_file_or_nothing(url: str, path: str | None) -> None:
    assert StoreSettings(url=url).path == (Path(path) if path else None)


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite://x", "postgres://x", "ctibridge.db"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        StoreSettings(url=url)


@pytest.mark.parametrize("interval", [0, -1.0])
def test_an_interval_is_above_nothing(interval: float) -> None:
    with pytest.raises(ValueError, match="checkpoint_interval"):
        StoreSettings(checkpoint_interval=interval)


def _version(path: Path) -> int:
    connection = sqlite3.connect(path)
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    connection.close()
    return version


def _tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    return names


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(data)


def _beside(path: Path) -> list[Path]:
    return list(path.parent.iterdir())
