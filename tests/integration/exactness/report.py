"""The table: each scene on each version, the bridge's figures beside queue_log's."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from tests.integration.exactness.laboratory import Outcome, Report
from tests.servers.figures import Row
from tests.servers.scenes import SCENES

COLUMNS: Final = {
    "offered": "offered",
    "answered": "answered",
    "abandoned": "abandoned",
    "exited": "exited",
    "transferred": "transferred",
    "ring no answer": "no answer",
    "ring cancelled": "cancelled",
    "answer wait s": "answer wait",
    "abandon wait s": "abandon wait",
    "talk s": "talk",
}
"""What is counted of a queue: each figure, or each group of figures, and its heading."""

HEAD: Final = """\
# Exactness: the bridge beside queue_log

Every scene in `tests/servers/scenes` was played live on a real Asterisk of each version, {date}:
{releases}.

Each cell is *bridge* / *queue_log*; waits and talk are seconds.
The bridge saw AMI only, with the rights and the filters of `config/asterisk/manager.conf`.
{verdict}

`make exactness` plays them all again, prints this table and writes this page.

"""


def page(reports: Sequence[Report], today: date) -> str:
    """`docs/exactness.md`."""
    head = HEAD.format(
        date=today.isoformat(),
        releases=" and ".join(report.release for report in reports),
        verdict="\n".join(map(verdict, reports)),
    )
    lines = [
        f"| scene | Asterisk | queue | {' | '.join(COLUMNS.values())} | agents |",
        f"|---|---|---|{'---|' * (len(COLUMNS) + 1)}",
        *(f"| {' | '.join(cells)} |" for cells in _cells(reports)),
    ]
    tales = [f"- **{name}**: {' '.join((SCENES[name].play.__doc__ or '').split())}" for name in _names(reports)]
    return head + "\n".join([*lines, "", "## The scenes", "", *tales]) + "\n"


def table(reports: Sequence[Report]) -> str:
    """The same for a terminal."""
    rows = [("scene", "Asterisk", "queue", *COLUMNS.values(), "agents"), *_cells(reports)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join([*lines, "", *map(verdict, reports)])


def verdict(report: Report) -> str:
    """What came of one version, in a sentence."""
    exact = sum(outcome.is_exact for outcome in report.outcomes)
    audit = ", ".join(f"{kind} {count}" for kind, count in sorted(report.mismatches.items())) or "no mismatch"
    return (
        f"Asterisk {report.version}: {exact} of {len(report.outcomes)} scenes equal; "
        f"the audit matched {report.matched} facts of AMI and queue_log, {audit}."
    )


def _names(reports: Iterable[Report]) -> list[str]:
    played = {outcome.scene for report in reports for outcome in report.outcomes}
    return [name for name in SCENES if name in played]


def _cells(reports: Sequence[Report]) -> Iterator[tuple[str, ...]]:
    for name in _names(reports):
        for report in reports:
            for outcome in report.outcomes:
                if outcome.scene == name:
                    yield from _lines(outcome)


def _lines(outcome: Outcome) -> Iterator[tuple[str, ...]]:
    """One line for each queue in which something was counted."""
    start = (outcome.scene, str(outcome.version))
    if outcome.problem:
        yield (*start, outcome.problem, *("" for _ in COLUMNS), "")
        return
    agents = _agents(row for row in outcome.rows if row.of.startswith("agent "))
    queues = sorted({row.of for row in outcome.rows if row.of.startswith("queue ")})
    for queue in queues or ["queue –"]:
        figures = [row for row in outcome.rows if row.of == queue]
        cells = (_cell([row for row in figures if row.figure.startswith(column)]) for column in COLUMNS)
        yield (*start, queue.removeprefix("queue "), *cells, agents)


def _cell(figures: Sequence[Row]) -> str:
    if not figures:
        return ""
    sides = [
        " ".join(_figure(row, value) for row, value in zip(figures, values, strict=True))
        for values in (
            [row.ours for row in figures],
            [row.judged for row in figures],
        )
    ]
    return " / ".join(sides) + ("" if all(row.agrees for row in figures) else " ≠")


def _figure(row: Row, value: float) -> str:
    """Of exits and transfers there are several kinds."""
    kind = row.figure.partition(" ")[2] if row.figure.startswith(("exited", "transferred")) else ""
    return f"{kind} {value:g}".strip()


def _agents(figures: Iterable[Row]) -> str:
    known = list(figures)
    if not known:
        return ""
    wrong = [f"{row.of} {row.figure} {row.ours:g} / {row.judged:g} ≠" for row in known if not row.agrees]
    return ", ".join(wrong) or f"{len(known)} equal"
