"""Ranges and how they are cut: by the wall clock of the site, also where clocks change."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.history import periods as p

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")


def site(zone: str = "Asia/Shanghai", hours: int = 0) -> Policy:
    return Policy(timezone=ZoneInfo(zone), day_start=timedelta(hours=hours))


def moment(policy: Policy, text: str) -> Timestamp:
    return Timestamp(datetime.fromisoformat(text).replace(tzinfo=policy.timezone).timestamp())


def shown(policy: Policy, period: p.Period) -> tuple[str, str]:
    ends = (datetime.fromtimestamp(end, policy.timezone) for end in (period.since, period.until))
    first, last = (f"{end:%Y-%m-%d %H:%M}" for end in ends)
    return first, last


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("today", None, ("2026-11-21 00:00", "2026-11-22 00:00")),
        ("yesterday", "yesterday", ("2026-11-20 00:00", "2026-11-21 00:00")),
        ("Monday", None, ("2026-11-16 00:00", "2026-11-22 00:00")),
        ("saturday", None, ("2026-11-21 00:00", "2026-11-22 00:00")),
        ("2026-11-01", "2026-11-02", ("2026-11-01 00:00", "2026-11-03 00:00")),
        ("2026-11-21T08:00", "2026-11-21 12:30", ("2026-11-21 08:00", "2026-11-21 12:30")),
    ],
)
def test_what_is_typed_on_a_saturday(since: str, until: str | None, expected: tuple[str, str]) -> None:
    policy = site()

    assert shown(policy, p.range_of(since, until, policy, moment(policy, "2026-11-21 19:00"))) == expected


def test_a_centre_whose_day_starts_at_six_is_still_in_yesterday_at_five() -> None:
    policy = site(hours=6)
    today = p.meant("today", policy, moment(policy, "2026-11-21 05:00"))

    assert shown(policy, today) == ("2026-11-20 06:00", "2026-11-21 06:00")
    assert p.date_of(today.since, policy) == date(2026, 11, 20)


@pytest.mark.parametrize("text", ["", "tomorow", "2026-02-30", "21.11.2026", "2026-11-21T25:00", "0000-01-01"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(p.UnknownMomentError, match="expected today, yesterday"):
        p.meant(text, site(), Timestamp(0))


@pytest.mark.parametrize(("day", "halves"), [("2026-03-29", 46), ("2026-10-25", 50), ("2026-06-01", 48)])
def test_half_hours_of_a_day_on_which_clocks_change(day: str, halves: int) -> None:
    policy = site("Europe/Berlin")

    assert len(p.periods(p.meant(day, policy, Timestamp(0)), "30m", policy)) == halves


def test_the_hour_that_is_repeated_is_named_with_its_offset() -> None:
    policy = site("Europe/Berlin")
    hours = p.periods(p.meant("2026-10-25", policy, Timestamp(0)), "1h", policy)

    assert [p.name_of(hour, "1h", policy) for hour in hours[1:5]] == [
        "2026-10-25 01:00",
        "2026-10-25 02:00+0200",
        "2026-10-25 02:00+0100",
        "2026-10-25 03:00",
    ]


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    policy = site()
    november = p.range_of("2026-11-01", "2026-12-02", policy, Timestamp(0))

    weeks = [p.name_of(week, "1w", policy) for week in p.periods(november, "1w", policy)]
    months = [(p.name_of(month, "1mo", policy), shown(policy, month)) for month in p.periods(november, "1mo", policy)]

    assert weeks == ["2026-W44", "2026-W45", "2026-W46", "2026-W47", "2026-W48", "2026-W49"]
    assert months == [
        ("2026-11", ("2026-11-01 00:00", "2026-12-01 00:00")),
        ("2026-12", ("2026-12-01 00:00", "2026-12-03 00:00")),
    ]


def test_the_same_hour_on_the_days_before_is_by_the_wall_clock() -> None:
    policy = site("Europe/Berlin")
    nine = moment(policy, "2026-10-26 09:00")
    hour = p.Period(since=nine, until=Timestamp(nine + 3600))

    assert [shown(policy, one)[0] for one in p.earlier(hour, 2, policy)] == ["2026-10-25 09:00", "2026-10-24 09:00"]


@given(
    zone=st.sampled_from(ZONES),
    hours=st.integers(0, 23),
    since=st.integers(1_700_000_000, 1_900_000_000),
    length=st.integers(1, 70 * 86_400),
    step=st.sampled_from(p.STEPS),
)
def test_periods_fill_the_range_without_holes_and_overlaps(
    zone: str, hours: int, since: int, length: int, step: p.Step
) -> None:
    policy = site(zone, hours)
    whole = p.Period(since=Timestamp(since), until=Timestamp(since + length))
    cut = p.periods(whole, step, policy)

    assert (cut[0].since, cut[-1].until) == (whole.since, whole.until)
    assert all(one.until == other.since for one, other in pairwise(cut))
    assert all(one.since < one.until for one in cut)
    names = [p.name_of(one, step, policy) for one in cut]
    assert len(set(names)) == len(names)


@given(zone=st.sampled_from(ZONES), hours=st.integers(0, 23), back=st.integers(0, 4000))
def test_a_date_is_the_date_of_its_day(zone: str, hours: int, back: int) -> None:
    policy, wanted = site(zone, hours), date(2030, 1, 1) - timedelta(days=back)
    day = p.day_on(wanted, policy)

    assert p.date_of(day.since, policy) == wanted
    assert p.date_of(day.until - 1, policy) == wanted
