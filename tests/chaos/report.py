"""The table of faults, and the places of measured tables in docs/reliability.md."""

from collections.abc import Iterable
from typing import Final

from tests.chaos.fault import Outcome

FAULTS: Final = "faults: written by `make chaos`"
SOAK: Final = "soak: written by `make soak`"
HEAD: Final = (
    "| fault | promised | right after | events: told, lost, twice | figures = queue_log | memory, MiB | verdict |",
    "|---|---|--:|--:|--:|--:|---|",
)


def table(outcomes: Iterable[Outcome]) -> str:
    """One row for each fault."""
    return "\n".join([*HEAD, *map(_row, outcomes)])


def _row(one: Outcome) -> str:
    if one.skipped:
        return f"| {one.fault} | {one.promise} | | | | | left out: {one.skipped} |"
    right = "–" if one.seconds is None else f"{one.seconds:.1f} s"
    events = f"{one.events:,}, {one.missing}, {one.repeated}"
    memory = f"{one.before_mib:.0f} → {one.peak_mib:.0f}"
    verdict = "kept" if one.is_kept else f"**broken**: {'; '.join(one.complaints)}"
    figures = str(one.figures) if one.figures else "–"
    return f"| {one.fault} | {one.promise} | {right} | {events} | {figures} | {memory} | {verdict} |"


def page(text: str, rows: str, mark: str = FAULTS) -> str:
    """The page with another table between its marks; ValueError when it has none."""
    begin, end = f"<!-- {mark} -->\n", f"<!-- end of {mark.partition(':')[0]} -->\n"
    before, found, rest = text.partition(begin)
    _, ends, after = rest.partition(end)
    if not (found and ends):
        raise ValueError(f"no marks of {mark}")
    return f"{before}{begin}{rows}\n{end}{after}"
