"""When a rule holds: hours of the day and days of the week, by the site's clock."""

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta, tzinfo
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from ctibridge.domain.units import Timestamp

Day: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

DAYS: Final[tuple[Day, ...]] = get_args(Day)
_PATTERN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """Opening hours; those that end before they begin go on past midnight, and belong to the day they began on."""

    opens: time = time.min
    closes: time | None = None
    """``None`` is the end of the day."""
    days: tuple[Day, ...] = DAYS

    @classmethod
    def of(cls, text: str, days: tuple[Day, ...]) -> "Hours":
        """``08:45-17:30`` on some days; nothing said is the whole day, or every day.  Raises ValueError."""
        match = _PATTERN.fullmatch(text)
        if text and match is None:
            raise ValueError(f'hours must be such as "08:45-17:30", got "{text}"')
        if match is None:
            return cls(days=days or DAYS)
        opens, closes = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
        return cls(opens=opens, closes=closes, days=days or DAYS)

    def is_open(self, at: Timestamp, zone: tzinfo) -> bool:
        """Whether a moment is within them."""
        local = datetime.fromtimestamp(at, zone)
        clock = local.time()
        if self.closes is None or self.opens < self.closes:
            is_before_end = self.closes is None or clock < self.closes
            return self.opens <= clock and is_before_end and self._has(local)
        began_today = clock >= self.opens and self._has(local)
        return began_today or (clock < self.closes and self._has(local - timedelta(days=1)))

    def next_edge(self, at: Timestamp, zone: tzinfo) -> Timestamp:
        """The next moment at which they may begin or end."""
        return min(edge for edge in self._edges(at, zone) if edge > at)

    def _edges(self, at: Timestamp, zone: tzinfo) -> Iterator[Timestamp]:
        today = datetime.fromtimestamp(at, zone).date()
        for days in (0, 1, 2):
            for clock in (self.opens, self.closes or time.min):
                moment = datetime.combine(today + timedelta(days=days), clock, zone)
                yield Timestamp(moment.timestamp())

    def _has(self, local: datetime) -> bool:
        return DAYS[local.weekday()] in self.days
