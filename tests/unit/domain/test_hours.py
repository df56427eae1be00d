"""Opening hours by the wall, over midnight, at weekends, and when clocks change."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctibridge.domain.hours import DAYS, Day, Hours
from ctibridge.domain.units import Timestamp

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def moment(text: str, zone: ZoneInfo = SHANGHAI) -> Timestamp:
    return Timestamp(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


@pytest.mark.parametrize(
    ("hours", "days", "at", "is_open"),
    [
        ("08:45-17:30", (), "2026-01-05T08:44:59", False),
        ("08:45-17:30", (), "2026-01-05T08:45", True),
        ("08:45-17:30", (), "2026-01-05T17:29:59", True),
        ("08:45-17:30", (), "2026-01-05T17:30", False),
        ("08:45-17:30", ("mon", "tue"), "2026-01-05T09:00", True),  # A Monday.
        ("08:45-17:30", ("mon", "tue"), "2026-01-07T09:00", False),
        ("", ("sat", "sun"), "2026-01-04T23:59", True),
        ("", ("sat", "sun"), "2026-01-05T00:00", False),
        ("22:00-06:00", ("fri",), "2026-01-09T21:59", False),
        ("22:00-06:00", ("fri",), "2026-01-09T23:00", True),
        ("22:00-06:00", ("fri",), "2026-01-10T05:59", True),
        ("22:00-06:00", ("fri",), "2026-01-10T06:00", False),
        ("22:00-06:00", ("fri",), "2026-01-09T05:00", False),
        ("", (), "2026-01-09T05:00", True),
    ],
)
def test_open_or_not(hours: str, days: tuple[Day, ...], at: str, *, is_open: bool) -> None:
    assert Hours.of(hours, days).is_open(moment(at), SHANGHAI) is is_open


def test_the_next_edge_is_by_the_wall_when_clocks_change() -> None:
    """In the night to 2026-03-29 Berlin skips an hour."""
    hours = Hours.of("08:00-17:00", ())

    assert hours.next_edge(moment("2026-03-28T17:00", BERLIN), BERLIN) - moment("2026-03-28T17:00", BERLIN) == 14 * 3600


@pytest.mark.parametrize("text", ["9-17", "08:00", "24:00-06:00", "08:00-17:60", "08:00 - 17:00", "always"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hours must be such as"):
        Hours.of(text, ())


@given(
    st.times().map(lambda time: f"{time:%H:%M}"),
    st.times().map(lambda time: f"{time:%H:%M}"),
    st.lists(st.sampled_from(DAYS), unique=True).map(tuple),
    st.integers(1_700_000_000, 1_800_000_000),
    st.sampled_from([SHANGHAI, BERLIN, UTC]),
)
def test_nothing_opens_or_closes_between_two_edges(
    opens: str, closes: str, days: tuple[Day, ...], at: int, zone: ZoneInfo
) -> None:
    hours = Hours.of(f"{opens}-{closes}", days)
    edge = hours.next_edge(Timestamp(at), zone)

    assert at < edge <= at + 25 * 3600
    assert len({hours.is_open(Timestamp(one), zone) for one in (at, (at + edge) / 2, edge - 0.5)}) == 1
