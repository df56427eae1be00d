"""What a process has used, as the kernel counts it."""

import os
import time
from pathlib import Path
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")
IDLE_SHARE: Final = 0.15
LOOK_SECONDS: Final = 0.2


def processor_seconds(pid: int) -> float:
    """Of all its threads, to a hundredth of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def main_thread_seconds(pid: int) -> float:
    """Of the thread in which the event loop runs, to the microsecond."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text(encoding="utf-8").split()[0]) / 1e9


def megabytes(pid: int) -> float:
    """Memory that is its own: the proportional share of what it has in common with others is not counted twice."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise LookupError(f"no Pss of process {pid}")


def wait_idle(pid: int, within: float = 60.0) -> float:
    """Return when the process has become idle: the processor seconds that it had used by then; TimeoutError."""
    until, used = time.monotonic() + within, processor_seconds(pid)
    while time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        before, used = used, processor_seconds(pid)
        if used - before <= IDLE_SHARE * LOOK_SECONDS:
            return before
    raise TimeoutError(f"process {pid} was busy for {within:g} s")


def idle_share(pid: int, seconds: float) -> float:
    """Share of a core that it uses, over so many seconds from now."""
    used, began = processor_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (processor_seconds(pid) - used) / (time.monotonic() - began)
