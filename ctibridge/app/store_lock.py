"""One daemon for each store: two would give out the same numbers, and each undo what the other kept.

A lock of the kernel on a file beside the store, which a killed process lets go of too.  Commands that read the store,
or write rows of the past into it, do so beside the daemon and take no lock.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

SUFFIX: Final = ".lock"
_LONGEST_PID: Final = 20


class StoreInUseError(Exception):
    """Another daemon works on this store."""

    def __init__(self, path: Path, pid: str) -> None:
        self.path = path
        self.pid = pid
        super().__init__(
            f"another ctibridge (process {pid or 'unknown'}) works on {path}; stop it, or name another store"
        )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other daemons off the store at ``path``; StoreInUseError, or OSError where there can be no lock."""
    store = path.resolve()  # Two names of one file are one store.
    store.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(f"{store}{SUFFIX}", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreInUseError(store, _pid_in(descriptor)) from None
        with suppress(OSError):  # A disk that is full keeps no number, but the lock holds.
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)  # The file stays: whoever waits for its lock must not be left with one that is gone.


def _pid_in(descriptor: int) -> str:
    text = os.pread(descriptor, _LONGEST_PID, 0).decode("ascii", "replace")
    return text if text.isdecimal() else ""
