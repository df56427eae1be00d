"""What the measurements of the daemon stand on: a made PBX, mosquitto, and the daemon itself, each a process."""

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from tests.bench.made import Size
from tests.servers.bridge import Bridge
from tests.servers.mosquitto import Mosquitto

READY_SECONDS: Final = 60.0
WARM_SECONDS: Final = 300.0
STORE: Final = """
[log]
level = "warning"
"""


class MadePbx:
    """`tests.bench.pbx` as a process; TimeoutError when it does not answer in time."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self.port = 0

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.bench.pbx", msgspec.json.encode(self._size).decode()]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = self._answer(READY_SECONDS)["port"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def do(self, order: str, *, within: float = READY_SECONDS, **details: object) -> dict[str, Any]:
        """Give an order, and wait for the answer."""
        self.begin(order, **details)
        return self._answer(within)

    def begin(self, order: str, **details: object) -> None:
        """Give an order whose answer is waited for later."""
        if self._process.stdin is not None:
            self._process.stdin.write(f"{json.dumps({'do': order, **details})}\n")
            self._process.stdin.flush()

    def end(self, within: float) -> dict[str, Any]:
        """The answer to what was begun."""
        return self._answer(within)

    def _answer(self, within: float) -> dict[str, Any]:
        stream = self._process.stdout
        if stream is None or not select.select([stream], [], [], within)[0]:
            raise TimeoutError(f"the made PBX has said nothing for {within:g} s")
        line = stream.readline()
        if not line:
            raise RuntimeError("the made PBX has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


class Standing(msgspec.Struct, frozen=True):
    """All of it, and everybody is there."""

    pbx: MadePbx
    broker: Mosquitto
    bridge: Bridge
    calls: int
    """Callers on the line when the picture was taken."""


@contextmanager
def standing(size: Size, *, warm: float = 0.0, more: str = "", store: Path | None = None) -> Iterator[Standing]:
    """The daemon with its picture taken and everything published; `warm`: seconds of calls before the picture.

    `store`: the database, if it is not to be in the daemon's folder.
    """
    with (
        Mosquitto(extra="max_queued_messages 0\nmax_inflight_messages 0\n", is_quiet=True) as broker,
        MadePbx(size) as pbx,
    ):
        calls: int = pbx.do("warm", within=WARM_SECONDS, seconds=warm)["calls"]
        with Bridge(
            ami_port=pbx.port, mqtt_port=broker.port, is_checked=False, more=STORE + more, store=store
        ) as bridge:
            bridge.wait_ready(READY_SECONDS)
            try:
                yield Standing(pbx, broker, bridge, calls)
                _refuse_errors(bridge.log)
            finally:
                bridge.kill()  # A large one takes its time to stop, and nothing of it is needed any more.


def _refuse_errors(log: str) -> None:
    """A daemon that failed on the way was measured at something else; RuntimeError."""
    for line in log.splitlines():
        if '"level": "error"' in line:
            raise RuntimeError(f"the daemon failed while it was measured: {line[:500]}")
