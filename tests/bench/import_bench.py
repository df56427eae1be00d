"""Prints how long an import takes and how much memory: ``python -m tests.bench.import_bench [CALLS]``."""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.bench.queue_log_maker import lines

CALLS: Final = 100_000
A_DAY: Final = 100_000
"""Calls of the busiest day that is aimed at; a million of them are made a year of working days."""
CONFIGURATION: Final = """
[store]
url = "sqlite:///{folder}/history.db"
[site]
timezone = "UTC"
"""
_PROGRAM: Final = """
import json, re, sys, time
from pathlib import Path
from ctibridge.app.cli import main
began = time.perf_counter()
code = main(["import-queue-log", "-c", sys.argv[1], sys.argv[2]])
# ru_maxrss would begin with the memory of the process that started this one.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"code": code, "seconds": time.perf_counter() - began, "megabytes": peak}))
"""


def measure(calls: int, folder: Path) -> dict[str, float]:
    """Import a generated file in a process of its own; its seconds and its peak memory in MB."""
    path, settings = folder / "queue_log", folder / "ctibridge.toml"
    days = 1 if calls <= A_DAY else 250
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines(calls, days=days))
    settings.write_text(CONFIGURATION.format(folder=folder), encoding="utf-8")
    command = [sys.executable, "-c", _PROGRAM, str(settings), str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    sys.stdout.write(done.stdout.rpartition("{")[0])
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured | {"megabytes_of_log": path.stat().st_size / 1e6}


def main() -> None:
    """Measure, and print one line a size."""
    sizes = [int(text) for text in sys.argv[1:]] or [CALLS]
    for calls in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            one = measure(calls, Path(folder))
        text = f"{calls:>9,} calls  {one['megabytes_of_log']:6.1f} MB of queue_log  {one['seconds']:6.1f} s"
        sys.stdout.write(f"{text}  peak {one['megabytes']:.0f} MB\n")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"(the generator itself: peak {own:.0f} MB)\n")


if __name__ == "__main__":
    main()
