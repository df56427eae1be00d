"""Reports for programs and spreadsheets: CSV with units in its header, and Excel workbooks.

What is not known is an empty cell in CSV and a dash in Excel: neither is a 0.  Ratios are 0 to 1 and durations seconds
in CSV; Excel shows the same numbers as percent and as minutes.
"""

import csv
import io
from datetime import datetime, tzinfo
from typing import Final

import msgspec
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ctibridge.outputs.history.report.document import Column, Document, Kind, Measure, Sheet, Value
from ctibridge.outputs.history.report.shown import NOTHING, moment, whole_range
from ctibridge.outputs.history.report.words import NAMED_COLUMNS, name, text, title

BYTE_ORDER_MARK: Final = "\ufeff"
"""By which Excel knows that a CSV file is UTF-8."""

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be run by a spreadsheet; names come from outside."""

UNITS: Final[dict[Kind, str]] = {"seconds": "（秒）"}
"""Of Chinese headers; English ones carry the unit in the key."""

EXCEL_FORMATS: Final[dict[Kind, str]] = {
    "text": "@",
    "count": "#,##0",
    "seconds": "[m]:ss",
    "ratio": "0.0%",
    "deviation": "+0.0%;-0.0%;0.0%",
    "number": "0.0",
    "moment": "yyyy-mm-dd hh:mm:ss",
    "measure": "0.0",
}
SECONDS_A_DAY: Final = 86_400
"""Excel counts time in days."""

NARROWEST: Final = 10


def csv_text(document: Document) -> str:
    """The report's first table, all columns, without a total: sums are the reader's."""
    sheet, zone = document.sheets[0], document.policy.timezone
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_header(column, document) for column in sheet.columns)
    for row in sheet.rows:
        writer.writerow(_plain(column, value, zone) for column, value in zip(sheet.columns, row, strict=True))
    return BYTE_ORDER_MARK + out.getvalue()


def _header(column: Column, document: Document) -> str:
    if document.language == "en":
        return column.key
    return title(column.key, document.language) + UNITS.get(column.kind, "")


def _plain(column: Column, value: Value, zone: tzinfo) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    if isinstance(value, Measure):
        return _plain(_of_kind(column, value), value.value, zone)
    match column.kind:
        case "moment":
            return datetime.fromtimestamp(value, zone).isoformat(timespec="seconds")
        case "count":
            return str(int(value))
        case "ratio" | "deviation":
            return f"{value:.4f}"
        case _:
            return f"{value:.3f}".rstrip("0").rstrip(".")


def workbook(document: Document) -> bytes:
    """All tables, a sheet each, the notes on the first."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": text(f"title_{document.name}", document.language), "author": "ctibridge"})
        book.set_properties({"created": datetime.fromtimestamp(document.made_at, document.policy.timezone)})
        formats = {kind: book.add_format({"num_format": form}) for kind, form in EXCEL_FORMATS.items()}
        strong = {kind: book.add_format({"num_format": f, "bold": True, "top": 1}) for kind, f in EXCEL_FORMATS.items()}
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
        for sheet in document.sheets:
            page = book.add_worksheet(text(sheet.name, document.language)[:31])
            _fill(page, sheet, document, (head, formats, strong))
        _notes(book.worksheets()[0], document)
    return out.getvalue()


def _fill(
    page: Worksheet,
    sheet: Sheet,
    document: Document,
    formats: tuple[Format, dict[Kind, Format], dict[Kind, Format]],
) -> None:
    head, plain, strong = formats
    for place, column in enumerate(sheet.columns):
        label = title(column.key, document.language)
        page.write_string(0, place, label, head)
        values = (row[place] for row in sheet.rows[:200])
        widest = max((len(value) for value in values if isinstance(value, str)), default=0)
        page.set_column(place, place, 19 if column.kind == "moment" else max(NARROWEST, min(widest, 60) + 1))
    rows = [*((row, plain) for row in sheet.rows), *([(sheet.total, strong)] if sheet.total else [])]
    for line, (row, styles) in enumerate(rows, start=1):
        for place, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            one, plain_value = (_of_kind(column, value), value.value) if isinstance(value, Measure) else (column, value)
            _write(page, (line, place), plain_value, column=one, document=document, style=styles[one.kind])
    page.freeze_panes(1, 0)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _of_kind(column: Column, measure: Measure) -> Column:
    return msgspec.structs.replace(column, kind=measure.kind)


def _write(  # noqa: PLR0913 - where, what, and how it looks
    page: Worksheet,
    place: tuple[int, int],
    value: str | float | None,
    *,
    column: Column,
    document: Document,
    style: Format,
) -> None:
    if value is None or value == "":
        page.write_string(*place, NOTHING, style)
    elif isinstance(value, str):
        page.write_string(*place, name(value, document.language) if column.key in NAMED_COLUMNS else value, style)
    elif column.kind == "seconds":
        page.write_number(*place, value / SECONDS_A_DAY, style)
    elif column.kind == "moment":
        local = datetime.fromtimestamp(value, document.policy.timezone).replace(tzinfo=None, microsecond=0)
        page.write_datetime(*place, local, style)
    else:
        page.write_number(*place, float(value), style)


def _notes(page: Worksheet, document: Document) -> None:
    """Below the table, where sorting and filtering do not reach."""
    zone, sheet = document.policy.timezone, document.sheets[0]
    line = len(sheet.rows) + (3 if sheet.total else 2)
    said = [
        f"{whole_range(document.whole.since, document.whole.until, zone)} ({zone})",
        *document.notes,
        f"{text('made', document.language)} {moment(document.made_at, zone)}",
    ]
    for number, note in enumerate(said):
        page.write_string(line + number, 0, note)
