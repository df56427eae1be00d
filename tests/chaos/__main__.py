"""`python -m tests.chaos`: every fault at full length; prints the table and writes it into docs/reliability.md."""

import argparse
import asyncio
import logging
import re
import sys
import time
from pathlib import Path
from typing import Final

from tests.chaos.catalogue import ALL
from tests.chaos.endurance import endured
from tests.chaos.fault import LONG, SHORT, Outcome
from tests.chaos.report import page, table

LANES: Final = 4


def main() -> int:
    """0 when every promise was kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="as the tests do")
    parser.add_argument("--lanes", type=int, default=LANES, help="faults at the same time")
    parser.add_argument("-k", default="", metavar="PATTERN", help="only faults whose name matches")
    parser.add_argument("--page", type=Path, help="the page to write the table into")
    options = parser.parse_args()
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # It warns of each write to a link that was cut.
    faults = [fault for fault in ALL if re.search(options.k, fault.name)]
    start = time.monotonic()
    outcomes = asyncio.run(endured(faults, SHORT if options.short else LONG, options.lanes, _tell))
    text = table(outcomes)
    sys.stdout.write(f"{text}\n{len(outcomes)} faults in {time.monotonic() - start:.0f} s\n")
    if options.page is not None:
        options.page.write_text(page(options.page.read_text(encoding="utf-8"), text), encoding="utf-8")
    return 0 if all(outcome.is_kept or outcome.skipped for outcome in outcomes) else 1


def _tell(outcome: Outcome, seconds: float) -> None:
    verdict = "kept" if outcome.is_kept else outcome.skipped or "; ".join(outcome.complaints)
    sys.stderr.write(f"{seconds:5.0f} s  {outcome.fault}: {verdict}\n")


if __name__ == "__main__":
    sys.exit(main())
