"""What a report says, whatever it is rendered as: sheets of columns and rows, values without format.

Values are ratios from 0 to 1, seconds, epoch seconds, numbers and text; ``None`` is unknown.
"""

from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias

import msgspec

from ctibridge.domain.policy import Policy
from ctibridge.outputs.history.figures import CallFigures
from ctibridge.outputs.history.groups import Stretch
from ctibridge.outputs.history.periods import Period, Step
from ctibridge.outputs.history.queries import By
from ctibridge.outputs.history.reports import IntervalLine

Language: TypeAlias = Literal["en", "zh"]
Kind: TypeAlias = Literal["text", "count", "seconds", "ratio", "deviation", "number", "moment", "measure"]


class Measure(msgspec.Struct, frozen=True):
    """A number whose unit differs from row to row, in columns of kind ``measure``."""

    value: float
    kind: Kind


Value: TypeAlias = str | int | float | Measure | None

ALWAYS: Final = 1
ROOMY: Final = 2
"""Shown where there is room: wide terminals, web pages."""
EVERYTHING: Final = 3
"""In files that programs read."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of every row."""

    key: str
    """Its name in CSV, with the unit; its title is in ``words.TITLES``."""
    kind: Kind
    value: Callable[[Any], Value]
    """Taken from a line of the report."""
    level: int = ALWAYS


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One table."""

    name: str
    """Its title's key in ``words.TEXTS``."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: tuple[Value, ...] | None = None
    """The last row, all rows together."""
    more: int = 0
    """Rows that were left out."""


class Charts(msgspec.Struct, frozen=True, kw_only=True):
    """What the web page draws."""

    summary: CallFigures | None = None
    intervals: tuple[IntervalLine, ...] = ()
    step: Step = "30m"
    target: float = 0.8
    threshold: int | None = None
    """Seconds; ``None`` where the queues have different ones."""
    stretches: tuple[Stretch, ...] = ()
    names: dict[str, str] = {}
    """Agents' names by id."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One report."""

    name: str
    """``queues``, ``agents``, …"""
    language: Language
    whole: Period
    policy: Policy
    by: By
    made_at: float
    scope: tuple[str, ...]
    """The PBXs, queues and agents that were asked for."""
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()
    charts: Charts = Charts()


def sheet(name: str, columns: tuple[Column, ...], lines: tuple[Any, ...], total: object = None) -> Sheet:
    """A table of some lines; ``total`` is a line too."""
    return Sheet(
        name=name, columns=columns, rows=tuple(_row(columns, line) for line in lines), total=_total(columns, total)
    )


def _row(columns: tuple[Column, ...], line: object) -> tuple[Value, ...]:
    return tuple(column.value(line) for column in columns)


def _total(columns: tuple[Column, ...], line: object) -> tuple[Value, ...] | None:
    return None if line is None else _row(columns, line)
