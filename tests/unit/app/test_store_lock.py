"""Only one daemon at a time works on a store."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ctibridge.app.store_lock import StoreInUseError, locked

HOLDS: str = """
import sys
from pathlib import Path
from ctibridge.app.store_lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_one_is_told_the_store_and_the_process(tmp_path: Path) -> None:
    store = tmp_path / "ctibridge.db"
    with locked(store), pytest.raises(StoreInUseError) as refused, locked(store):
        pass

    assert str(refused.value) == (
        f"another ctibridge (process {os.getpid()}) works on {store}; stop it, or name another store"
    )


def test_after_the_first_one_the_store_is_free(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / "ctibridge.db"):
            pass


def test_two_names_of_a_store_are_one_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = tmp_path / "ctibridge.db"
    store.touch()
    (tmp_path / "link.db").symlink_to(store)
    with locked(store):
        for name in ("ctibridge.db", "link.db"):
            with pytest.raises(StoreInUseError), locked(Path(name)):
                pass


def test_two_stores_in_one_folder_are_two(tmp_path: Path) -> None:
    with locked(tmp_path / "one.db"), locked(tmp_path / "other.db"):
        pass


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    store = tmp_path / "ctibridge.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreInUseError, match=f"process {holder.pid}"), locked(store):
            pass
        holder.kill()
        holder.wait()

    with locked(store):
        pass
