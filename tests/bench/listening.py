"""The subscriber of `tests.bench.listener`, as the measurements use it."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import msgspec

from tests.servers.waiting import wait_until

LISTENING_SECONDS: Final = 15.0
ROOT: Final = "ctibridge/v1/lab/"


class Heard(msgspec.Struct, frozen=True):
    """One message in the subscriber's hands."""

    at: float
    """Monotonic seconds."""
    topic: str
    """Below the root."""
    payload: str


class Listener:
    """Keeps what was heard from `with` on; `filters` are below the root."""

    def __init__(self, port: int, *filters: str) -> None:
        self.heard: list[Heard] = []
        self._command = [sys.executable, "-m", "tests.bench.listener", str(port), *(ROOT + one for one in filters)]
        self._is_ready = threading.Event()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        if not self._is_ready.wait(LISTENING_SECONDS):
            raise TimeoutError("the subscriber is not let in by the broker")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._thread.join()
        self._process.communicate()

    def wait(self, is_it: Callable[[Heard], bool], what: str, within: float, after: int = 0) -> Heard:
        """The first message of a kind beyond the first `after` ones; TimeoutError."""
        found: list[Heard] = []
        seen = after

        def look() -> bool:
            nonlocal seen
            while seen < len(self.heard):
                message = self.heard[seen]
                seen += 1
                if is_it(message):
                    found.append(message)
                    return True
            return False

        wait_until(look, what, within, interval=0.01)
        return found[0]

    def wait_quiet(self, seconds: float, within: float) -> None:
        """Return when nothing has come for so long."""

        def is_quiet() -> bool:
            return not self.heard or time.monotonic() - self.heard[-1].at > seconds

        wait_until(is_quiet, "silence", within, interval=0.05)

    def _read(self) -> None:
        for line in self._process.stdout or ():
            if line == "ready\n":
                self._is_ready.set()
                continue
            at, topic, payload = line.rstrip("\n").split(" ", 2)
            self.heard.append(Heard(float(at), topic.removeprefix(ROOT), payload))
