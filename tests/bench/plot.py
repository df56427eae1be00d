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
SIZE: Final = (11.0, 3.4)
"""Inches."""

Points = Sequence[tuple[float, float]]


def draw(path: Path, *, costs: Points, memory: Points, reports: Mapping[str, Points]) -> None:
    """`costs`: agents, microseconds an event; `memory`: agents, megabytes; `reports`: calls, seconds, by report."""
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
        first, second, third = figure.subplots(1, 3)
        _line(first, costs, "processor time an event, µs", "agents")
        _line(second, memory, "memory, MB", "agents")
        _lines(third, reports)
        figure.savefig(path, format="svg", transparent=True, metadata={"Date": None})


def _line(axes: Axes, points: Points, title: str, across: str) -> None:
    axes.plot(*zip(*points, strict=True), color=LINE, marker="o")
    axes.set_xscale("log")
    _dress(axes, title, across)
    axes.set_ylim(bottom=0.0)


def _lines(axes: Axes, reports: Mapping[str, Points]) -> None:
    styles = ("-", "--", ":", "-.")
    for number, (name, points) in enumerate(reports.items()):
        color = (LINE, SECOND)[number % 2]
        axes.plot(*zip(*points, strict=True), color=color, linestyle=styles[number % 4], marker="o", label=name)
    axes.set_xscale("log")
    axes.set_yscale("log")
    _dress(axes, "a report of one day, s", "calls in the day")
    axes.legend(frameon=False, labelcolor=INK, fontsize="small")


def _dress(axes: Axes, title: str, across: str) -> None:
    axes.set_title(title, fontsize="medium")
    axes.set_xlabel(across)
    axes.grid(visible=True, color=INK, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
