"""Everything that is measured of the daemon's speed, in one run on one machine: ``make bench``.

    python -m tests.bench [--only delay,memory] [--page docs/performance.md]

Prints a table of what is to be reached and what was measured.  The page gets it only from a run of everything.
"""

import argparse
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.bench import machine
from tests.bench.findings import HEAD, MARK, Finding, failed, summary
from tests.bench.parts import PARTS, Options
from tests.chaos.report import page

TITLES: Final = {"throughput": "Beside others on the same stream", "growth": "As work grows"}


def measured(names: list[str], options: Options) -> dict[str, Finding]:
    """The parts in turn; one that fails does not end the others."""
    found = {}
    for name in names:
        began = time.monotonic()
        sys.stderr.write(f"{name} …\n")
        try:
            with _given_up_after(PARTS[name].most_seconds + options.minutes * 60 * (name == "memory")):
                found[name] = PARTS[name].measure(options)
        except Exception as error:  # noqa: BLE001 - said in the table, and the run goes on
            found[name] = failed(name, error)
        sys.stderr.write(f"{name}: {time.monotonic() - began:.0f} s\n")
        Console().print(table({name: found[name]}))
    return found


@contextmanager
def _given_up_after(seconds: float) -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise TimeoutError(f"not measured within {seconds:.0f} s")

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def table(found: Mapping[str, Finding]) -> Table:
    """For the terminal."""
    shown = Table(*HEAD)
    for finding in found.values():
        for row in finding.rows:
            shown.add_row(*(cell.replace("**", "") for cell in row.cells))
    return shown


def written(found: Mapping[str, Finding], settings: str, where: str) -> str:
    """What stands between the marks of the page."""
    parts = [f"Measured {machine.today()} on {where}. {machine.versions()}.\n\nSettings: {settings}."]
    parts.append(summary(found.values()))
    parts += [f"### {TITLES[name]}\n\n{finding.details}" for name, finding in found.items() if finding.details]
    return "\n" + "\n\n".join(parts) + "\n"


def main() -> int:
    """0 when everything was measured, whether it was reached or not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help=f"parts, separated by commas: {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=3, help="of what is repeated; medians count")
    parser.add_argument("--laps", type=int, default=3, help="of the recorded stream")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the look at memory")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the look at delay")
    parser.add_argument("--import-calls", default="100000", help="sizes of imports, separated by commas")
    parser.add_argument("--page", type=Path, help="the page to write the tables into, after a run of everything")
    given = parser.parse_args()
    names = given.only.split(",") if given.only else list(PARTS)
    if unknown := [name for name in names if name not in PARTS]:
        parser.error(f"there is no part {', '.join(unknown)}")
    is_whole, where = not given.only, machine.machine()
    if is_whole and given.page is not None:
        page(given.page.read_text(encoding="utf-8"), "", MARK)  # Before everything is measured, not after.
    options = Options(
        rounds=given.rounds,
        laps=given.laps,
        minutes=given.minutes,
        seconds=given.seconds,
        import_calls=tuple(int(one) for one in given.import_calls.split(",")),
        is_drawn=is_whole and given.page is not None,
    )
    found = measured(names, options)
    Console().print(table(found))
    if is_whole and given.page is not None:
        settings = (
            f"{given.rounds} rounds, {given.laps} laps of the recorded stream, {given.minutes:g} minutes for memory"
        )
        text = written(found, f"{settings}, {given.seconds:g} s for delay", where)
        given.page.write_text(page(given.page.read_text(encoding="utf-8"), text, MARK), encoding="utf-8")
    return int(any(row.measured.startswith("failed") for finding in found.values() for row in finding.rows))


if __name__ == "__main__":
    sys.exit(main())
