"""Charts as inline SVG: inflow with the service level, and agents' days as ribbons.

Colour never stands alone: states differ in height too, lines in their dashes, and every figure is in a table as well.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from math import ceil, floor, log10
from typing import Final

from ctibridge.outputs.history.groups import Stretch
from ctibridge.outputs.history.periods import name_of
from ctibridge.outputs.history.report.document import Document
from ctibridge.outputs.history.report.shown import NOTHING, duration
from ctibridge.outputs.history.report.words import name, text, title
from ctibridge.outputs.history.reports import IntervalLine
from ctibridge.outputs.markup import Markup, element

WIDTH: Final = 1120
LEFT: Final = 46
RIGHT: Final = 70
TOP: Final = 22
PLOT: Final = 190
LABELS: Final = 22
"""Units of the drawing, which scales with the page."""

MOST_AGENTS: Final = 60
"""Ribbons on a page; the others are in its table."""
NAMES_WIDTH: Final = 150
SUMS_WIDTH: Final = 240
ROW: Final = 22
BINS: Final = 600
"""Pieces of a ribbon; each shows the state that took most of it."""
HEIGHTS: Final = {"ready": 5, "ringing": 9, "busy": 16, "wrap_up": 13, "not_ready": 9, "unreachable": 5}
"""Of states: the busier, the taller."""
RIBBON_STEPS: Final = (900, 1800, 3600, 7200, 10_800, 14_400, 21_600)
"""Seconds between labels."""
MOST_LABELS: Final = 13


def busy_part(lines: Sequence[IntervalLine]) -> Sequence[IntervalLine]:
    """Without the empty periods before the first call and after the last."""
    used = [number for number, line in enumerate(lines) if line.figures.offered]
    return lines[used[0] : used[-1] + 1] if used else ()


def inflow_chart(document: Document) -> Markup | None:
    """Offered calls as bars, the service level as a line with its target."""
    charts, language = document.charts, document.language
    lines = busy_part(charts.intervals)
    if not lines:
        return None
    most = _round_up(max(max(line.figures.offered, line.inflow.usual or 0) for line in lines))
    bar = (WIDTH - LEFT - RIGHT) / len(lines)
    parts = [*_grid(most), *_period_labels(document, lines, bar)]
    for number, line in enumerate(lines):
        parts += _bar(document, line, LEFT + number * bar, bar, most)
    parts += _level_line([line.figures.service_level.negative.ratio for line in lines], bar)
    target = _level_y(charts.target)
    label = f"{text('target', language)} {charts.target * 100:.0f} %"
    parts += [
        element("path", class_="target", d=f"M{LEFT} {target:.1f}H{WIDTH - RIGHT}"),
        element("text", label, x=f"{WIDTH - 2}", y=f"{target - 5:.1f}", text_anchor="end", class_="name"),
        element("text", title("offered", language), x="0", y="11"),
        element("text", title("service_level_negative_ratio", language), x=f"{WIDTH - 2}", y="11", text_anchor="end"),
    ]
    offered = sum(line.figures.offered for line in lines)
    said = f"{text('inflow_chart', language)}: {title('offered', language)} {offered}"
    height = TOP + PLOT + LABELS
    return element("svg", *parts, viewBox=f"0 0 {WIDTH} {height}", role="img", aria_label=said)


def inflow_legend(document: Document) -> Markup:
    """What the bars and lines are, in words."""
    language = document.language
    entries = [
        _key(element("rect", class_="answered", width="32", height="16"), title("answered", language)),
        _key(element("rect", class_="abandoned", width="32", height="16"), title("abandoned", language)),
        _key(element("rect", class_="other", width="32", height="16"), title("exited", language)),
        _key(element("path", class_="level", d="M0 8H32"), title("service_level_negative_ratio", language)),
        _key(element("path", class_="target", d="M0 8H32"), text("target", language)),
    ]
    if any(line.inflow.usual is not None for line in document.charts.intervals):
        entries.append(_key(element("path", class_="usual", d="M0 8H32"), text("usual_line", language)))
    return element("ul", *entries, class_="legend")


def _grid(most: int) -> list[Markup]:
    parts = []
    for quarter in range(5):
        y = TOP + PLOT * (1 - quarter / 4)
        parts += [
            element("path", class_="axis" if quarter == 0 else "grid", d=f"M{LEFT} {y:.1f}H{WIDTH - RIGHT}"),
            element("text", f"{most * quarter / 4:g}", x=f"{LEFT - 6}", y=f"{y + 4:.1f}", text_anchor="end"),
            element("text", f"{quarter * 25} %", x=f"{WIDTH - RIGHT + 6}", y=f"{y + 4:.1f}"),
        ]
    return parts


def _period_labels(document: Document, lines: Sequence[IntervalLine], bar: float) -> list[Markup]:
    step = document.charts.step
    is_within_a_day = step in ("30m", "1h")
    every = max(1, ceil(len(lines) / MOST_LABELS))
    if step == "30m" and every > 1:
        every += every % 2
    parts = []
    for number, line in enumerate(lines):
        whole = name_of(line.period, step, document.policy)
        label = whole[11:16] if is_within_a_day else whole
        is_even = step != "30m" or label.endswith(":00") or every == 1
        if number % every == _offset(lines, document, every) and is_even:
            x = LEFT + number * bar if is_within_a_day else LEFT + (number + 0.5) * bar
            parts.append(element("text", label, x=f"{x:.1f}", y=f"{TOP + PLOT + 16}", text_anchor="middle"))
    return parts


def _offset(lines: Sequence[IntervalLine], document: Document, every: int) -> int:
    """The first period that gets a label: a full hour where half hours are drawn."""
    if document.charts.step != "30m" or every == 1:
        return 0
    return 0 if name_of(lines[0].period, "30m", document.policy)[14:16] == "00" else 1


def _bar(document: Document, line: IntervalLine, x: float, width: float, most: int) -> list[Markup]:
    figures, language = line.figures, document.language
    base = float(TOP + PLOT)
    parts: list[Markup] = []
    others = figures.offered - figures.answered - figures.abandoned
    for kind, count in (("answered", figures.answered), ("abandoned", figures.abandoned), ("other", others)):
        height = PLOT * count / most
        base -= height
        if count:
            parts.append(
                element(
                    "rect",
                    class_=kind,
                    x=f"{x + width * 0.12:.1f}",
                    y=f"{base:.1f}",
                    width=f"{width * 0.76:.1f}",
                    height=f"{height:.1f}",
                )
            )
    ratio = figures.service_level.negative.ratio
    level = NOTHING if ratio is None else f"{ratio * 100:.1f} %"
    when = name_of(line.period, document.charts.step, document.policy)
    said = (
        f"{when}: {title('offered', language)} {figures.offered}, "
        f"{title('abandoned', language)} {figures.abandoned}, {title('service_level_negative_ratio', language)} {level}"
    )
    marks = [element("g", element("title", said), *parts)]
    if line.inflow.usual is not None:
        y = TOP + PLOT * (1 - line.inflow.usual / most)
        marks.append(element("path", class_="usual", d=f"M{x:.1f} {y:.1f}h{width:.1f}"))
    return marks


def _level_line(ratios: Sequence[float | None], bar: float) -> list[Markup]:
    """The line, broken where there is no level; a lone point is a dot."""
    parts = []
    points = [(LEFT + (number + 0.5) * bar, ratio) for number, ratio in enumerate(ratios)]
    for is_known, run in groupby(points, lambda point: point[1] is not None):
        if is_known:
            drawn = [(x, _level_y(ratio or 0.0)) for x, ratio in run]
            path = "L".join(f"{x:.1f} {y:.1f}" for x, y in drawn)
            parts.append(element("path", class_="level", d=f"M{path}"))
            parts += [element("circle", class_="dot", cx=f"{x:.1f}", cy=f"{y:.1f}", r="3") for x, y in drawn]
    return parts


def _level_y(ratio: float) -> float:
    return TOP + PLOT * (1 - ratio)


def _round_up(most: float) -> int:
    """A number that four grid lines share out in round steps."""
    size = 10.0 ** floor(log10(max(most, 1)))
    rounds = (size * step for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10))
    return max(4, next(ceil(one) for one in rounds if one >= most))


# -- ribbons ----------------------------------------------------------------------------------------------------------


def ribbon_chart(document: Document) -> Markup | None:
    """One ribbon an agent over the time in which anybody was there."""
    stretches, language = document.charts.stretches, document.language
    if not stretches:
        return None
    since = min(one.since for one in stretches) // 1800 * 1800
    until = -(-max(one.until for one in stretches) // 1800) * 1800
    rows = [(key, list(group)) for key, group in groupby(stretches, lambda one: (one.pbx, one.agent))]
    kept = rows[:MOST_AGENTS]
    height = 18 + ROW * len(kept)
    parts = _hours(document, since, until, height)
    for number, ((_, agent), group) in enumerate(kept):
        parts += _ribbon(document, agent, group, 18 + number * ROW, (since, until))
    said = f"{text('ribbon_chart', language)}: {len(kept)} {text('agents', language)}"
    return element("svg", *parts, viewBox=f"0 0 {WIDTH} {height + 4}", role="img", aria_label=said)


def ribbons_left_out(document: Document) -> int:
    """Agents beyond those that are drawn."""
    return max(0, len({(one.pbx, one.agent) for one in document.charts.stretches}) - MOST_AGENTS)


def ribbon_legend(document: Document) -> Markup:
    """What the ribbons' parts are, in words."""
    language = document.language
    keys = [
        _key(
            element("rect", class_=f"s-{state}", width="32", height=str(height), y=str(16 - height)),
            name(state, language),
        )
        for state, height in HEIGHTS.items()
    ]
    over = _key(element("rect", class_="s-overrun", width="32", height="4", y="12"), text("overrun_mark", language))
    return element("ul", *keys, over, class_="legend")


def _hours(document: Document, since: float, until: float, height: float) -> list[Markup]:
    step = next((one for one in RIBBON_STEPS if (until - since) / one <= MOST_LABELS), RIBBON_STEPS[-1])
    first = datetime.fromtimestamp(since, document.policy.timezone)
    into = (first.hour * 3600 + first.minute * 60) % step
    parts = []
    moment = since + (step - into) % step
    while moment <= until:
        x = _ribbon_x(moment, (since, until))
        label = f"{datetime.fromtimestamp(moment, document.policy.timezone):%H:%M}"
        parts += [
            element("path", class_="grid", d=f"M{x:.1f} 14V{height}"),
            element("text", label, x=f"{x:.1f}", y="10", text_anchor="middle"),
        ]
        moment += step
    return parts


def _ribbon(
    document: Document, agent: str, stretches: Sequence[Stretch], y: float, span: tuple[float, float]
) -> list[Markup]:
    base = y + ROW - 4
    full = document.charts.names.get(agent, "")
    label = agent if full in ("", agent) else f"{agent} {full}"
    parts = [
        element("text", label[:22], x="0", y=f"{base - 2:.1f}", class_="name"),
        element(
            "rect", class_="track", x=f"{NAMES_WIDTH}", y=f"{base - 16:.1f}", width=f"{_ribbon_width()}", height="16"
        ),
    ]
    runs: dict[str, list[str]] = {}
    for state, first, last in _runs(stretches, span):
        left, right = (NAMES_WIDTH + _ribbon_width() * place / BINS for place in (first, last))
        tall = HEIGHTS[state]
        runs.setdefault(state, []).append(f"M{left:.1f} {base:.1f}v-{tall}H{right:.1f}v{tall}z")
    parts += [element("path", class_=f"s-{state}", d="".join(drawn)) for state, drawn in runs.items()]
    parts += _overruns(stretches, base, span)
    parts.append(element("text", _sums(document, stretches), x=f"{WIDTH - 2}", y=f"{base - 2:.1f}", text_anchor="end"))
    return parts


def _runs(stretches: Sequence[Stretch], span: tuple[float, float]) -> Iterable[tuple[str, int, int]]:
    """State, first bin, end bin; a bin shows the state that took most of it."""
    since, until = span
    size = (until - since) / BINS
    bins: list[dict[str, float]] = [{} for _ in range(BINS)]
    for one in stretches:
        if one.state not in HEIGHTS:
            continue
        for place in range(int((one.since - since) / size), min(BINS, ceil((one.until - since) / size))):
            left = since + place * size
            inside = min(one.until, left + size) - max(one.since, left)
            bins[place][one.state] = bins[place].get(one.state, 0.0) + inside
    shown = [max(spent, key=spent.__getitem__) if sum(spent.values()) > size / 2 else None for spent in bins]
    place = 0
    for state, run in groupby(shown):
        end = place + len(list(run))
        if state is not None:
            yield state, place, end
        place = end


def _overruns(stretches: Sequence[Stretch], base: float, span: tuple[float, float]) -> list[Markup]:
    """The part of a pause beyond its limit, as a bar below it."""
    scale = _ribbon_width() / (span[1] - span[0])
    return [
        element(
            "rect",
            class_="s-overrun",
            x=f"{_ribbon_x(max(one.since, one.until - one.overrun_seconds), span):.1f}",
            y=f"{base - 4:.1f}",
            width=f"{max(2.0, scale * min(one.overrun_seconds, one.until - one.since)):.1f}",
            height="4",
        )
        for one in stretches
        if one.overrun_seconds
    ]


def _sums(document: Document, stretches: Sequence[Stretch]) -> str:
    """What the ribbon adds up to, in words."""
    language = document.language
    spent = dict.fromkeys(HEIGHTS, 0.0)
    for one in stretches:
        if one.state in spent:
            spent[one.state] += one.until - one.since
    return " · ".join(f"{name(state, language)} {duration(spent[state])}" for state in ("busy", "not_ready"))


def _ribbon_width() -> int:
    return WIDTH - NAMES_WIDTH - SUMS_WIDTH


def _ribbon_x(moment: float, span: tuple[float, float]) -> float:
    return NAMES_WIDTH + _ribbon_width() * (moment - span[0]) / (span[1] - span[0])


def _key(mark: Markup, label: str) -> Markup:
    return element("li", element("svg", mark, viewBox="0 0 32 16", aria_hidden="true"), label)
