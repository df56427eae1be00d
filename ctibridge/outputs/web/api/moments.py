"""Moments in and out: RFC 3339 with an offset, or seconds since 1970 where somebody asks."""

import re
from calendar import timegm
from datetime import datetime, tzinfo
from typing import Annotated, Any, Final, TypeAlias

import msgspec

from ctibridge.domain.units import Timestamp

EARLIEST: Final = 0.0
LATEST: Final = 253402128000.0
"""9999-12-30: the last day that has a form in every time zone."""

EXPECTED: Final = "an RFC 3339 time with an offset, such as 2026-01-01T09:00:00+08:00, or seconds since 1970"

MomentText: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment in an answer: in the site's time zone, with its offset."""

_RFC_3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?(?:[Zz]|([+\- ])(\d\d):(\d\d))", re.ASCII
)
_EPOCH: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


class Moment:
    """A moment in a question; no struct, because msgspec would read one from an object and not from a text."""

    __slots__ = ("timestamp",)

    def __init__(self, timestamp: Timestamp) -> None:
        self.timestamp = timestamp


def moment(text: str) -> Moment:
    """Read either form; what lies before 1970 or after 9999 is moved to that edge.  Raises ValueError."""
    seconds = float(text) if _EPOCH.fullmatch(text) else _seconds(text)
    return Moment(Timestamp(min(max(seconds, EARLIEST), LATEST)))


def moment_text(timestamp: float, zone: tzinfo) -> MomentText:
    """A moment as people of the site read it."""
    return datetime.fromtimestamp(min(max(timestamp, EARLIEST), LATEST), zone)


def moment_or_none(timestamp: float | None, zone: tzinfo) -> MomentText | None:
    """A moment that may not have come."""
    return None if timestamp is None else moment_text(timestamp, zone)


def schema_of(kind: type) -> dict[str, Any]:
    """JSON Schema of a moment in a question."""
    if kind is not Moment:
        raise NotImplementedError
    return {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "number"}]}


def _seconds(text: str) -> float:
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001 - only to refuse what no calendar has
    if second > 60:  # noqa: PLR2004 - a leap second is one second more
        raise ValueError(text)
    seconds = timegm((year, month, day, hour, minute, second)) + float(match[7] or 0)
    return seconds - _offset(match)


def _offset(match: re.Match[str]) -> int:
    """Seconds east of Greenwich; a ``+`` that nobody encoded arrives as a space."""
    if match[8] is None:
        return 0
    hours, minutes = int(match[9]), int(match[10])
    if hours > 23 or minutes > 59:  # noqa: PLR2004 - of a clock
        raise ValueError(match[0])
    return (-1 if match[8] == "-" else 1) * (hours * 3600 + minutes * 60)
