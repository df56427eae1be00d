"""Values as people read them: one way for the terminal and the page."""

from datetime import datetime, tzinfo
from typing import Final

import msgspec

from ctibridge.outputs.history.report.document import Column, Language, Measure, Value
from ctibridge.outputs.history.report.words import NAMED_COLUMNS, name

NOTHING: Final = "–"
UNUSUAL: Final = "!"


def shown(column: Column, value: Value, language: Language, zone: tzinfo) -> str:
    """One value with its unit; what is not known is a dash."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, str):
        return name(value, language) if column.key in NAMED_COLUMNS else value
    if isinstance(value, Measure):
        return shown(msgspec.structs.replace(column, kind=value.kind), value.value, language, zone)
    match column.kind:
        case "seconds":
            return duration(value)
        case "ratio":
            return f"{value * 100:.1f} %"
        case "deviation":
            return f"{value * 100:+.1f} %"
        case "number":
            return f"{value:.1f}"
        case "moment":
            return moment(value, zone)
        case _:
            return f"{value:,.0f}"


def duration(seconds: float) -> str:
    """``0:07``, ``12:05``, ``1:02:03``; rounded to whole seconds."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def moment(seconds: float, zone: tzinfo) -> str:
    """By the site's clock."""
    return f"{datetime.fromtimestamp(seconds, zone):%Y-%m-%d %H:%M:%S}"


def whole_range(since: float, until: float, zone: tzinfo) -> str:
    """A range as people read it, its end included when it ends with a day."""
    first, last = (f"{datetime.fromtimestamp(one, zone):%Y-%m-%d %H:%M}" for one in (since, until))
    return f"{first} … {last}"
