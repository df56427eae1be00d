"""The half hours of the site's day."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ctibridge.domain.changes import QueueCurveUpdated
from ctibridge.domain.curve import COUNTED, HALF_HOUR, Curve, HalfHour
from ctibridge.domain.figures import QueueTotals
from ctibridge.domain.floor import CURVE_SECONDS
from ctibridge.domain.policy import QueuePolicy
from ctibridge.domain.units import Timestamp
from tests.unit.domain.builder import Site

DAY_STARTS = Timestamp(8 * 3600 + 900)
"""A day that starts at 08:15."""


def curve() -> Curve:
    fresh = Curve()
    fresh.begin_day(DAY_STARTS)
    return fresh


def after(minutes: float) -> Timestamp:
    return Timestamp(DAY_STARTS + 60 * minutes)


def test_half_hours_begin_with_the_site_s_day() -> None:
    day = curve()
    for minute in (0, 29.9, 30, 95):
        day.count("offered", after(minute))
    day.count("answered", after(31))

    assert day.half_hours() == (
        HalfHour(since=after(0), offered=2),
        HalfHour(since=after(30), offered=1, answered=1),
        HalfHour(since=after(90), offered=1),
    )


def test_yesterday_s_facts_that_are_told_late_are_not_today_s() -> None:
    day = curve()
    day.count("offered", Timestamp(DAY_STARTS - 1))

    assert day.half_hours() == ()


def test_what_is_no_curve_is_not_counted() -> None:
    day = curve()
    day.is_told = True
    day.count("ring_no_answer", after(1))

    assert day.half_hours() == ()
    assert day.is_told


def test_a_new_day_begins_with_nothing_and_is_to_be_told() -> None:
    day = curve()
    day.count("offered", after(1))
    day.is_told = True
    day.begin_day(Timestamp(DAY_STARTS + 86_400))

    assert day.half_hours() == ()
    assert not day.is_told


@given(st.lists(st.tuples(st.sampled_from(COUNTED), st.integers(0, 24 * 60 - 1)), max_size=60))
def test_the_half_hours_add_up_to_the_day_and_survive_a_restart(facts: list[tuple[str, int]]) -> None:
    totals = QueueTotals(QueuePolicy())
    totals.begin_day(DAY_STARTS, Timestamp(DAY_STARTS + 86_400))
    for name, minute in facts:
        totals.count(name, after(minute))  # type: ignore[arg-type]  # all of COUNTED are CountNames
    rows = totals.curve.half_hours()

    assert all(sum(getattr(row, name) for row in rows) == getattr(totals.day, name) for name in COUNTED)
    assert [row.since for row in rows] == sorted({row.since for row in rows})
    assert all((row.since - DAY_STARTS) % HALF_HOUR == 0 for row in rows)

    again = Curve()
    again.restore(DAY_STARTS, totals.curve.rows())
    assert again.half_hours() == rows


def test_the_curve_is_told_at_most_every_ten_seconds_and_never_left_untold() -> None:
    it = Site().opened()
    for second in range(100, 125):
        it.at(second).joins(f"c{second}")
    it.passes(200)
    told = it.said(QueueCurveUpdated)

    moments = [change.at for change in told]
    assert all(later - earlier >= CURVE_SECONDS for earlier, later in pairwise(moments))
    missed_at = 124 + 20 + 1
    assert moments[-1] <= missed_at + CURVE_SECONDS
    assert [(row.offered, row.service_level_missed) for row in told[-1].half_hours] == [(25, 25)]
