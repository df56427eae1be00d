"""`python -m tests.fuzz ami`: atheris on one target, for a bounded time; what breaks is kept in tests/fuzz/found.

Needs the dependency group `fuzz`.  libFuzzer ends the process itself: 0 when nothing broke.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

import atheris

with atheris.instrument_imports(include=["ctibridge", "tests.fuzz"]):
    from tests.fuzz.targets import TARGETS

from tests.fuzz.seeds import FOUND, written

SECONDS: Final = 60
LONGEST: Final = 4096
INPUT_SECONDS: Final = 10
MEMORY_MB: Final = 2048


def main() -> None:
    """Fuzz until the time is over or something breaks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    options = parser.parse_args()
    found = FOUND / options.target
    found.mkdir(parents=True, exist_ok=True)
    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{options.target}-"))
    sys.stderr.write(f"{options.target}: {written(options.target, corpus)} seeds, {options.seconds} s\n")
    arguments = [
        sys.argv[0],
        str(corpus),
        f"-max_total_time={options.seconds}",
        f"-max_len={LONGEST}",
        f"-timeout={INPUT_SECONDS}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-artifact_prefix={found}/",
        "-keep_seed=1",  # Decoders are written in C, where no coverage is seen: variations of what is real reach more.
        "-len_control=0",
        "-print_final_stats=1",
    ]
    atheris.Setup(arguments, TARGETS[options.target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
