"""A report as one self-contained web page: tables, charts as inline SVG, no script, nothing loaded from elsewhere.

Everything that came from the PBX passes through ``markup.element``, which escapes it.
"""

from typing import Final

from ctibridge.outputs.history.figures import CallFigures
from ctibridge.outputs.history.periods import name_of
from ctibridge.outputs.history.report import charts
from ctibridge.outputs.history.report.columns import INTERVAL
from ctibridge.outputs.history.report.document import ALWAYS, ROOMY, Column, Document, Kind, Sheet, Value, sheet
from ctibridge.outputs.history.report.look import CSS
from ctibridge.outputs.history.report.shown import NOTHING, UNUSUAL, moment, shown, whole_range
from ctibridge.outputs.history.report.words import text, title
from ctibridge.outputs.history.reports import IntervalLine
from ctibridge.outputs.markup import Markup, element, style
from ctibridge.outputs.markup import document as html

TILES: Final[tuple[tuple[str, Kind], ...]] = (
    ("offered", "count"),
    ("answer_rate_ratio", "ratio"),
    ("service_level_negative_ratio", "ratio"),
    ("abandon_rate_net_ratio", "ratio"),
    ("speed_of_answer_seconds", "seconds"),
    ("longest_wait_seconds", "seconds"),
    ("mean_handle_seconds", "seconds"),
)

URGENT: Final = (("standing", "overdue"), ("severity", "critical"), ("outcome", "failed"))
"""Column and word."""

SECURITY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Said in the file itself: its own style and nothing else."""


def page(document: Document) -> str:
    """The whole page."""
    language = document.language
    heading = text(f"title_{document.name}", language)
    span = whole_range(document.whole.since, document.whole.until, document.policy.timezone)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=SECURITY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{heading} · {span}"),
        style(CSS),
    )
    body = [
        _header(document, heading, span),
        _tiles(document),
        _inflow(document),
        _ribbons(document),
        *_tables(document),
        _footer(document),
    ]
    return html(
        "zh-CN" if language == "zh" else "en",
        head,
        element("body", element("main", *(part for part in body if part is not None))),
    )


def _header(document: Document, heading: str, span: str) -> Markup:
    scope = " · ".join(document.scope)
    return element(
        "header",
        element("h1", heading),
        element("p", f"{span} ({document.policy.timezone})"),
        element("p", scope) if scope else None,
    )


def _tiles(document: Document) -> Markup | None:
    summary = document.charts.summary
    if summary is None:
        return None
    return element("div", *(_tile(document, key, kind, summary) for key, kind in TILES), class_="tiles")


def _tile(document: Document, key: str, kind: Kind, summary: CallFigures) -> Markup:
    column = next(column for column in INTERVAL if column.key == key)
    value = column.value(_Line(summary))
    label = title(key, document.language)
    is_level = key == "service_level_negative_ratio"
    if is_level and document.charts.threshold is not None:
        label += " · " + text("within", document.language).format(document.charts.threshold)
    is_missed = is_level and isinstance(value, float) and value < document.charts.target
    if is_level:
        label += f" · {text('target', document.language)} {document.charts.target * 100:.0f} %"
    said = shown(column, value, document.language, document.policy.timezone)
    return element("p", element("strong", said), label, class_="missed" if is_missed else kind)


class _Line:
    """Figures where a column looks for them."""

    def __init__(self, figures: CallFigures) -> None:
        self.figures = figures


def _inflow(document: Document) -> Markup | None:
    chart = charts.inflow_chart(document)
    if chart is None:
        return None
    heading = element("h2", text("inflow_chart", document.language))
    return element("section", heading, chart, charts.inflow_legend(document), class_="chart")


def _ribbons(document: Document) -> Markup | None:
    chart = charts.ribbon_chart(document)
    if chart is None:
        return None
    left_out = charts.ribbons_left_out(document)
    more = text("ribbon_more", document.language).format(left_out)
    return element(
        "section",
        element("h2", text("ribbon_chart", document.language)),
        chart,
        charts.ribbon_legend(document),
        element("p", more) if left_out else None,
        class_="chart" if left_out == 0 else "",
    )


def _tables(document: Document) -> list[Markup]:
    """The report's tables, and the inflow as one where it is only drawn otherwise."""
    sheets = list(document.sheets)
    lines = charts.busy_part(document.charts.intervals)
    if lines and document.name != "intervals":
        step = document.charts.step

        def period_name(line: IntervalLine) -> str:
            return name_of(line.period, step, document.policy)

        columns = (Column(key="period", kind="text", value=period_name), *INTERVAL)
        sheets.append(sheet("intervals", columns, tuple(lines)))
    return [_table(one, document) for one in sheets]


def _table(sheet: Sheet, document: Document) -> Markup:
    level = ALWAYS if sheet.name == "intervals" and document.name != "intervals" else ROOMY
    places = [number for number, column in enumerate(sheet.columns) if column.level <= level]
    titles = [
        element("th", title(sheet.columns[n].key, document.language), scope="col", class_=sheet.columns[n].kind)
        for n in places
    ]
    rows = [element("tr", *_cells(sheet, row, places, document)) for row in sheet.rows]
    if sheet.total is not None:
        rows.append(element("tr", *_cells(sheet, sheet.total, places, document), class_="total"))
    more = text("more", document.language).format(f"{sheet.more:,}")
    return element(
        "section",
        element("h2", text(sheet.name, document.language)),
        element(
            "div",
            element("table", element("thead", element("tr", *titles)), element("tbody", *rows)),
            class_="scroll",
        ),
        element("p", more) if sheet.more else None,
    )


def _cells(sheet: Sheet, row: tuple[Value, ...], places: list[int], document: Document) -> list[Markup]:
    cells = []
    for place in places:
        column, value = sheet.columns[place], row[place]
        label = shown(column, value, document.language, document.policy.timezone)
        class_ = column.kind + _emphasis(sheet, row, column, value, document)
        if class_.endswith("unusual"):
            label = f"{UNUSUAL} {label}"
        is_head = place == places[0] and column.kind == "text"
        cells.append(
            element("th", label, scope="row", class_=class_) if is_head else element("td", label, class_=class_)
        )
    return cells


def _emphasis(sheet: Sheet, row: tuple[Value, ...], column: Column, value: Value, document: Document) -> str:
    """What the eye is to find; each is said in the text as well."""
    if value is None or value == NOTHING:
        return " none"
    if column.key == "inflow_deviation_ratio":
        place = next(n for n, one in enumerate(sheet.columns) if one.key == "is_unusual_inflow")
        return " unusual" if row[place] else ""
    if column.key == "service_level_negative_ratio" and isinstance(value, float):
        return " missed" if value < document.charts.target else ""
    return " late" if (column.key, value) in URGENT else ""


def _footer(document: Document) -> Markup:
    made = f"{text('made', document.language)} {moment(document.made_at, document.policy.timezone)} · ctibridge"
    return element("footer", *(element("p", note) for note in document.notes), element("p", made))
