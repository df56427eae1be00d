"""Draws how cost grows, as an SVG that can be read on white and on black."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK: Final = "#7a7f87"
"""A grey with about the same contrast against white as against black."""
LINE: Final = "#2f8fd8"
SECOND: Final = "#d9731a"
WHOLE: Final = "{x:,.0f}"
SIZE: Final = (9.0, 6.0)
"""Inches."""
HEADROOM: Final = 1.2
"""Of an axis from zero, over its largest value."""

Points = Sequence[tuple[float, float]]


def draw(path: Path, *, rates: Points, costs: Points, memory: Points, reports: Mapping[str, Points]) -> None:
    """By agents: events a second, microseconds an event, megabytes; `reports`: calls and seconds, by report."""
    settings: dict[Any, Any] = {
        "svg.fonttype": "none",  # Text stays text.
        "svg.hashsalt": "ctibridge",  # The same figures make the same file.
        "font.family": "sans-serif",
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }
    with mpl.rc_context(settings):
        figure = Figure(figsize=SIZE, layout="constrained")
        (first, second), (third, fourth) = figure.subplots(2, 2)
        _line(first, rates, "events a second", is_log=True)
        _line(second, costs, "processor time an event, µs", is_log=True)
        _line(third, memory, "memory, MB", is_log=False)
        _lines(fourth, reports)
        figure.savefig(path, format="svg", transparent=True, metadata={"Date": None})


def _line(axes: Axes, points: Points, title: str, *, is_log: bool) -> None:
    axes.plot(*zip(*points, strict=True), color=LINE, marker="o")
    if is_log:
        axes.set_xscale("log")
    _dress(axes, title, "agents")
    axes.yaxis.set_major_formatter(WHOLE)
    axes.set_ylim(0.0, HEADROOM * max(value for _, value in points))


def _lines(axes: Axes, reports: Mapping[str, Points]) -> None:
    styles = ("-", "--", ":", "-.")
    for number, (name, points) in enumerate(reports.items()):
        color = (LINE, SECOND)[number % 2]
        axes.plot(*zip(*points, strict=True), color=color, linestyle=styles[number % 4], marker="o", label=name)
    axes.set_xscale("log")
    axes.set_yscale("log")
    _dress(axes, "a report of one day, s", "calls in the day")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.legend(frameon=False, labelcolor=INK, fontsize="small")


def _dress(axes: Axes, title: str, across: str) -> None:
    axes.set_title(title, fontsize="medium")
    axes.set_xlabel(across)
    axes.xaxis.set_major_formatter(WHOLE)
    axes.grid(visible=True, color=INK, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
