"""The site's day by half hours, each fact counted where it happened: the curve on a wallboard.

The half hours begin with the site's day, so that a day which starts at 08:15 has none that are cut.  Reports attribute
calls by the time of entry instead (docs/reports.md); over a whole day both add up to the same.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from ctibridge.domain.units import Timestamp

HALF_HOUR: Final = 1800


class HalfHour(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in one half hour; half hours in which nothing did are left out."""

    since: Timestamp
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    service_level_met: int = 0
    service_level_missed: int = 0


COUNTED: Final = tuple(name for name in HalfHour.__struct_fields__ if name != "since")
_PLACES: Final = {name: place for place, name in enumerate(COUNTED)}


class Curve:
    """One queue's day."""

    __slots__ = ("_rows", "is_told", "since", "told_at")

    def __init__(self) -> None:
        self.since = Timestamp(0)
        """When the site's day began."""
        self.is_told = True
        """False when something was counted, or a day began, since it was published."""
        self.told_at = Timestamp(0)
        self._rows: dict[int, list[int]] = {}
        """Counts in the order of ``COUNTED``, by the number of the half hour."""

    def begin_day(self, since: Timestamp) -> None:
        """Start anew."""
        self.since = since
        self._rows.clear()
        self.is_told = False

    def count(self, name: str, at: Timestamp) -> None:
        """Count a fact of this day; others are not the curve's."""
        place = _PLACES.get(name)
        if place is None or at < self.since:
            return
        row = self._rows.setdefault(int((at - self.since) // HALF_HOUR), [0] * len(COUNTED))
        row[place] += 1
        self.is_told = False

    def offered(self, since: Timestamp, until: Timestamp) -> int:
        """Calls offered from one half hour's beginning to another's."""
        first, last = int((since - self.since) // HALF_HOUR), int((until - self.since) // HALF_HOUR)
        place = _PLACES["offered"]
        return sum(self._rows[number][place] for number in range(first, last) if number in self._rows)

    def half_hours(self) -> tuple[HalfHour, ...]:
        """The half hours in which something happened, in order."""
        return tuple(
            HalfHour(since=Timestamp(self.since + number * HALF_HOUR), **dict(zip(COUNTED, row, strict=True)))
            for number, row in sorted(self._rows.items())
        )

    def rows(self) -> tuple[tuple[int, ...], ...]:
        """All that a restart needs: the number of each half hour and its counts."""
        return tuple((number, *row) for number, row in self._rows.items())

    def restore(self, since: Timestamp, rows: Iterable[tuple[int, ...]]) -> None:
        """Go on with the day that an earlier run began."""
        self.begin_day(since)
        self._rows.update((number, list(counts)) for number, *counts in rows if len(counts) == len(COUNTED))
