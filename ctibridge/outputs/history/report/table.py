"""A report on a terminal: what fits the width, most important first; every figure is in the other formats."""

from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ctibridge.outputs.history.report.document import ALWAYS, ROOMY, Column, Document, Sheet, Value
from ctibridge.outputs.history.report.shown import UNUSUAL, shown, whole_range
from ctibridge.outputs.history.report.words import text, title

WIDE: Final = 140
"""Characters from which there is room for more columns."""

MOST_ROWS: Final = 500
"""Of a list of calls."""

URGENT: Final = (("standing", "overdue"), ("severity", "critical"), ("outcome", "failed"))
"""Column and word that are red."""

TARGET_KEYS: Final = ("service_level_negative_ratio",)


def print_table(document: Document, console: Console) -> None:
    """Print the report."""
    for part in _parts(document, console.width):
        console.print(part)


def _parts(document: Document, width: int) -> Iterator[RenderableType]:
    language, zone = document.language, document.policy.timezone
    heading = Text(text(f"title_{document.name}", language), style="bold")
    heading.append("  " + whole_range(document.whole.since, document.whole.until, zone), style="not bold")
    heading.append(f"  {zone}", style="dim not bold")
    yield heading
    if document.scope:
        yield Text(" · ".join(document.scope), style="dim")
    for sheet in document.sheets:
        yield Padding(_table(sheet, document, width), (1, 0, 0, 0))
        if sheet.more:
            yield Text(text("more", language).format(f"{sheet.more:,}"), style="dim")
    yield Text()
    for note in document.notes:
        yield Text(note, style="dim")


def _table(sheet: Sheet, document: Document, width: int) -> Table:
    level = ROOMY if width >= WIDE else ALWAYS
    columns = [(number, column) for number, column in enumerate(sheet.columns) if column.level <= level]
    table = Table(
        title=text(sheet.name, document.language),
        title_justify="left",
        title_style="bold not italic",
        header_style="dim",
        footer_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0) if _needed(sheet, columns, document) <= width else (0, 1, 0, 0),
    )
    for number, column in columns:
        is_text = column.kind == "text"
        label = title(column.key, document.language)
        table.add_column(
            label,
            justify="left" if is_text else "right",
            vertical="bottom",
            overflow="fold",
            no_wrap=column.key == "period",
            width=None if is_text else _least_width(label, sheet, number, document),
        )
    for row in sheet.rows:
        table.add_row(*(_cell(column, row, number, sheet, document) for number, column in columns))
    if sheet.total is not None:
        table.add_section()
        cells = (_cell(column, sheet.total, number, sheet, document) for number, column in columns)
        table.add_row(*cells, style="bold")
    return table


def _needed(sheet: Sheet, columns: list[tuple[int, Column]], document: Document) -> int:
    """Cells for all columns, two between them."""
    widths = (_least_width(title(one.key, document.language), sheet, n, document) for n, one in columns)
    return sum(widths) + 2 * (len(columns) - 1)


def _least_width(label: str, sheet: Sheet, number: int, document: Document) -> int:
    """Cells: no number and no word of the title is broken."""
    column, zone = sheet.columns[number], document.policy.timezone
    rows = [*sheet.rows, *([sheet.total] if sheet.total else [])]
    values = (cell_len(shown(column, row[number], document.language, zone)) for row in rows)
    mark = len(UNUSUAL) + 1 if column.key == "inflow_deviation_ratio" else 0
    return max(*(cell_len(word) for word in label.split()), max(values, default=0) + mark)


def _cell(column: Column, row: tuple[Value, ...], number: int, sheet: Sheet, document: Document) -> Text:
    value = row[number]
    label = shown(column, value, document.language, document.policy.timezone)
    if column.key == "inflow_deviation_ratio":
        is_unusual = bool(row[_place(sheet, "is_unusual_inflow")])
        return Text(f"{UNUSUAL} {label}" if is_unusual else label, style="yellow" if is_unusual else "")
    if column.key in TARGET_KEYS and isinstance(value, float) and value < document.charts.target:
        return Text(label, style="red")
    if (column.key, value) in URGENT:
        return Text(label, style="red")
    return Text(label, style="dim" if value is None else "")


def _place(sheet: Sheet, key: str) -> int:
    return next(number for number, column in enumerate(sheet.columns) if column.key == key)
