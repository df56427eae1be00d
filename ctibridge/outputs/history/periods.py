"""Stretches of the site's time: what people type for a range, and how a range is cut.  Pure; the present is given.

Days are the site's days (time zone, start of day); half hours and hours are counted from the start of the day, so that
a day on which clocks change has 46 or 50 half hours and none is counted twice.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Timestamp

Step: TypeAlias = Literal["30m", "1h", "1d", "1w", "1mo"]
STEPS: Final[tuple[Step, ...]] = get_args(Step)

WITHIN_A_DAY: Final = {"30m": 1800, "1h": 3600}
"""Seconds of the steps that cut a day."""

HALF_A_DAY: Final = 43_200
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SPELLINGS: Final = "today, yesterday, a weekday such as monday, 2026-11-21 or 2026-11-21T08:00"


class UnknownMomentError(ValueError):
    """What was typed is no day and no moment."""

    def __init__(self, text: str) -> None:
        super().__init__(f'expected {SPELLINGS}; got "{text}"')


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """From ``since`` to before ``until``, epoch seconds."""

    since: Timestamp
    until: Timestamp


def day_on(date_: date, policy: Policy) -> Period:
    """The site's day of a calendar date."""
    noon = datetime(date_.year, date_.month, date_.day, 12, tzinfo=policy.timezone) + policy.day_start
    since, until = policy.day_of(Timestamp(noon.timestamp()))
    return Period(since=since, until=until)


def date_of(moment: float, policy: Policy) -> date:
    """The calendar date whose site day a moment is in."""
    since, until = policy.day_of(Timestamp(moment))
    return (datetime.fromtimestamp((since + until) / 2, policy.timezone) - policy.day_start).date()


def meant(text: str, policy: Policy, now: Timestamp) -> Period:
    """What ``today``, ``monday`` (the last one, today included), a date or a moment mean; a moment is an empty period.

    Raises UnknownMomentError.
    """
    word = text.strip().lower()
    today = date_of(now, policy)
    if word in ("today", "yesterday"):
        return day_on(today - timedelta(days=int(word == "yesterday")), policy)
    if word in WEEKDAYS:
        return day_on(today - timedelta(days=(today.weekday() - WEEKDAYS.index(word)) % 7), policy)
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", word):
            return day_on(date.fromisoformat(word), policy)
        if re.fullmatch(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(:\d\d)?", word):
            moment = Timestamp(datetime.fromisoformat(word).replace(tzinfo=policy.timezone).timestamp())
            return Period(since=moment, until=moment)
    except (ValueError, OverflowError) as error:
        raise UnknownMomentError(text) from error
    raise UnknownMomentError(text)


def range_of(since: str, until: str | None, policy: Policy, now: Timestamp) -> Period:
    """From the beginning of ``since`` to the end of ``until``: a day is included whole; without it, of today.

    Raises UnknownMomentError.
    """
    return Period(since=meant(since, policy, now).since, until=meant(until or "today", policy, now).until)


def days(whole: Period, policy: Policy) -> Iterator[Period]:
    """The site's days that a range touches, whole."""
    moment = whole.since
    while moment < whole.until:
        since, until = policy.day_of(moment)
        yield Period(since=since, until=until)
        moment = until


def periods(whole: Period, step: Step | None, policy: Policy) -> tuple[Period, ...]:
    """A range cut into steps, in order and without holes; the first and the last may be cut short by the range."""
    if step is None:
        return (whole,)
    pieces = (_clipped(piece, whole) for piece in _pieces(whole, step, policy))
    return tuple(piece for piece in pieces if piece.since < piece.until)


def _pieces(whole: Period, step: Step, policy: Policy) -> Iterator[Period]:
    if step in WITHIN_A_DAY:
        for day in days(whole, policy):
            yield from _parts(day, WITHIN_A_DAY[step])
        return
    for _, group in groupby(days(whole, policy), lambda day: _name(date_of(day.since, policy), step)):
        together = list(group)
        yield Period(since=together[0].since, until=together[-1].until)


def _parts(day: Period, seconds: int) -> Iterator[Period]:
    since = day.since
    while since < day.until:
        until = Timestamp(min(since + seconds, day.until))
        yield Period(since=since, until=until)
        since = until


def _clipped(piece: Period, whole: Period) -> Period:
    return Period(since=max(piece.since, whole.since), until=min(piece.until, whole.until))


def _name(date_: date, step: Step) -> str:
    if step == "1w":
        year, week, _ = date_.isocalendar()
        return f"{year}-W{week:02}"
    return f"{date_:%Y-%m}" if step == "1mo" else f"{date_}"


def name_of(period: Period, step: Step, policy: Policy) -> str:
    """What people call a period: ``2026-11-21 08:30``, ``2026-11-21``, ``2026-W47``, ``2026-11``.

    An hour that the clocks repeat carries its offset from UTC.
    """
    if step not in WITHIN_A_DAY:
        return _name(date_of(period.since, policy), step)
    local = datetime.fromtimestamp(period.since, policy.timezone)
    is_repeated = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%Y-%m-%d %H:%M}" + (f"{local:%z}" if is_repeated else "")


def earlier(period: Period, count: int, policy: Policy) -> tuple[Period, ...]:
    """The same time by the wall clock on the last ``count`` days before, nearest first."""
    first = datetime.fromtimestamp(period.since, policy.timezone)
    starts = (first - timedelta(days=back) for back in range(1, count + 1))
    length = period.until - period.since
    return tuple(
        Period(since=Timestamp(start.timestamp()), until=Timestamp(start.timestamp() + length)) for start in starts
    )
