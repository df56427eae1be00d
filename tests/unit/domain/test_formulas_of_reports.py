"""The formulas that only reports use: worked examples, nothing to divide by, one property each."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctibridge.domain import formulas as f
from ctibridge.domain.units import Seconds

TEN = dict.fromkeys(map(float, range(1, 11)), 1)
"""Ten waits of 1, 2, … 10 seconds."""


def test_the_means() -> None:
    assert f.mean_wait(Seconds(13_800), 1060) == pytest.approx(13.02, abs=0.005)
    assert f.mean_hold(Seconds(20_000), 1000) == 20.0
    assert f.mean_wrap_up(Seconds(60_000), 1000) == 60.0


@pytest.mark.parametrize(("percent", "wait"), [(50, 5), (90, 9), (95, 10), (100, 10), (1, 1)])
def test_percentiles_of_ten_waits(percent: float, wait: int) -> None:
    assert f.percentile(TEN, percent) == Seconds(wait)


def test_a_percentile_counts_everybody_who_waited_as_long() -> None:
    assert f.percentile({0.0: 9, 300.0: 1}, 90) == Seconds(0)
    assert f.percentile({0.0: 9, 300.0: 1}, 95) == Seconds(300)


def test_the_rates() -> None:
    assert f.within_rings_rate(9, 10) == 0.9
    assert f.calls_per_hour(52, Seconds(23_400)) == 8.0
    assert f.repeat_rate(15, 100) == 0.15


def test_inflow_against_the_same_hour_of_earlier_days() -> None:
    assert f.usual_inflow({1.0: 40, 2.0: 44, 3.0: 36}) == 40.0
    assert f.inflow_deviation(42, 40.0) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("offered", "usual", "is_unusual"), [(43, 40, True), (37, 40, True), (42, 40, False), (6, 3, False), (0, 40, True)]
)
def test_inflow_is_unusual_beyond_5_percent_of_enough_calls(offered: int, usual: float, is_unusual: bool) -> None:  # noqa: FBT001 - a row of the table
    assert f.is_unusual_inflow(offered, usual) is is_unusual


@pytest.mark.parametrize(
    "empty",
    [
        lambda: f.mean_wait(Seconds(0), 0),
        lambda: f.mean_hold(Seconds(0), 0),
        lambda: f.mean_wrap_up(Seconds(0), 0),
        lambda: f.percentile({}, 50),
        lambda: f.within_rings_rate(0, 0),
        lambda: f.calls_per_hour(0, Seconds(0)),
        lambda: f.repeat_rate(0, 0),
        lambda: f.usual_inflow({}),
        lambda: f.inflow_deviation(5, 0),
    ],
)
def test_where_nothing_has_happened_there_is_no_figure(empty: Callable[[], float | None]) -> None:
    assert empty() is None


@given(waits=st.lists(st.integers(0, 600), min_size=1, max_size=60), percent=st.sampled_from([50, 90, 95]))
def test_a_percentile_is_the_shortest_wait_that_so_many_do_not_exceed(waits: list[int], percent: int) -> None:
    found = f.percentile(Counter(map(float, waits)), percent)

    assert found is not None
    assert int(found) in waits
    assert sum(wait <= found for wait in waits) * 100 >= percent * len(waits)
    assert sum(wait < found for wait in waits) * 100 < percent * len(waits)
