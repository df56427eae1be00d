"""Play every scene live on both versions of Asterisk and compare; `make exactness`.

python -m tests.integration.exactness [--versions 22 16] [--benches 5] [--page docs/exactness.md] [SCENE ...]
"""

import argparse
import asyncio
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

import structlog

from tests.integration.exactness.laboratory import Outcome, Report, play_all
from tests.integration.exactness.report import page, table
from tests.servers.asterisk import VERSIONS
from tests.servers.available import missing_for_asterisk
from tests.servers.scenes import SCENES

BENCHES = 5


def main() -> int:
    """Play, print and write; 1 when a figure differs, 2 when a version is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help="all when none is named")
    parser.add_argument("--versions", type=int, nargs="+", default=list(VERSIONS), choices=VERSIONS)
    parser.add_argument("--benches", type=int, default=BENCHES, help="Asterisks of each version at once")
    parser.add_argument("--page", type=Path, help="where to write the page; only when all scenes are played")
    arguments = parser.parse_args()
    for version in arguments.versions:
        if missing := missing_for_asterisk(version):
            sys.stderr.write(f"{missing}\n")
            return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    names = arguments.scenes or list(SCENES)
    reports = asyncio.run(_played(names, arguments.versions, arguments.benches))
    sys.stdout.write(f"\n{table(reports)}\n")
    if arguments.page and not arguments.scenes:
        today = datetime.now(UTC).date()  # noqa: TID251 - the page says when it was written
        arguments.page.write_text(page(reports, today), encoding="utf-8")
    return 0 if all(report.is_exact for report in reports) else 1


async def _played(names: list[str], versions: list[int], benches: int) -> list[Report]:
    return list(await asyncio.gather(*(play_all(names, version, benches=benches, told=_tell) for version in versions)))


def _tell(outcome: Outcome) -> None:
    """One line on a terminal while it works."""
    if sys.stderr.isatty() or not outcome.is_exact:
        word = "equal" if outcome.is_exact else f"DIFFERS {outcome.problem}"
        sys.stderr.write(f"{outcome.version}  {outcome.seconds:5.1f} s  {outcome.scene}  {word}\n")


if __name__ == "__main__":
    sys.exit(main())
