"""How much work something is, by counts that do not depend on how busy the machine is.

    python -m tests.bench.instructions made AGENTS EVENTS | recorded EVENTS | panoramisk EVENTS

As a program it does the work, and tells callgrind what of it to count.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

from tests.bench.growth import size_of
from tests.bench.taken import MadeWork, RecordedWork, chunks

MOST_SECONDS: Final = 240.0
"""A busy machine needs minutes for what a quiet one does in six seconds; only then something hangs."""
LOOK_SECONDS: Final = 0.001
COUNTED: Final = "totals: "


class PanoramiskWork:
    """What `RecordedWork` reads, with panoramisk's parser and one callback for everything."""

    def __init__(self, events: int) -> None:
        self.seen = 0
        manager = Manager()
        manager.register_event("*", self._take)
        self._protocol = AMIProtocol()
        self._protocol.connection_made(None)
        self._protocol.factory = manager
        self._chunks = chunks(events)

    def run(self) -> None:
        """Parse them."""
        for chunk in self._chunks:
            self._protocol.data_received(chunk)

    def _take(self, *_: object) -> None:
        self.seen += 1


def opcodes(work: Callable[[], None]) -> int:
    """How many steps of Python some work takes; loops inside of C are one step each."""
    count = 0

    def trace(frame: object, event: str, _: object) -> object:
        nonlocal count
        if event == "call":
            frame.f_trace_opcodes = True  # type: ignore[attr-defined]
        elif event == "opcode":
            count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def instructions(*work: str) -> int:
    """How many instructions of the processor this program's work takes, by callgrind."""
    with tempfile.TemporaryDirectory(prefix="callgrind-") as folder:
        out = Path(folder) / "counts"
        command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}"]
        program = [sys.executable, "-m", "tests.bench.instructions", *work]
        # Without a seed for hashes of their own, two runs are the same.
        environment = os.environ | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run(
            [*command, *program], check=True, capture_output=True, text=True, timeout=MOST_SECONDS, env=environment
        )
        lines = out.read_text(encoding="utf-8").splitlines()
    return sum(int(line.removeprefix(COUNTED)) for line in lines if line.startswith(COUNTED))


def _count(mode: str) -> None:
    """Ask callgrind, which looks now and then while we do something."""
    with subprocess.Popen(["callgrind_control", "-i", mode, str(os.getpid())], stdout=subprocess.DEVNULL) as asked:
        while asked.poll() is None:
            time.sleep(LOOK_SECONDS)


def main() -> None:
    """Do the work."""
    kinds: dict[str, Callable[..., MadeWork | RecordedWork | PanoramiskWork]] = {
        "made": lambda agents, events: MadeWork(size_of(agents), events),
        "recorded": RecordedWork,
        "panoramisk": PanoramiskWork,
    }
    work = kinds[sys.argv[1]](*map(int, sys.argv[2:]))
    _count("on")
    work.run()
    _count("off")


if __name__ == "__main__":
    main()
