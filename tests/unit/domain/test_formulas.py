"""Every formula: the worked example that a supervisor can check by hand, nothing to divide by, and one property."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctibridge.domain import formulas as f
from ctibridge.domain.units import Seconds

A, B, AW, BW, BS = 1000, 60, 860, 20, 10
"""Answered, abandoned, answered within, abandoned within, short abandons: the rule book's own example."""

counts = st.integers(min_value=0, max_value=100_000)


def percent(ratio: float | None) -> float | None:
    return None if ratio is None else round(100 * ratio, 2)


def test_the_five_service_levels_of_the_rule_book() -> None:
    levels = [
        f.service_level_handled(AW, A),
        f.service_level_without_abandon(AW, A, B, BW),
        f.service_level_positive(AW, A, B, BW),
        f.service_level_negative(AW, A, B),
        f.service_level_net(AW, A, B, BS),
    ]

    assert [percent(level) for level in levels] == [86.00, 82.69, 83.02, 81.13, 81.90]


def test_the_ratios() -> None:
    assert f.answer_rate(85, 100) == 0.85
    assert percent(f.abandon_rate(60, 1060)) == 5.66
    assert percent(f.abandon_rate_net(60, 10, 1060)) == 4.76
    assert f.late_answer_rate(200, 1000) == 0.2
    assert f.transfer_rate(20, 1000) == 0.02
    assert f.blocked_rate(3, 97) == 0.03


def test_the_means() -> None:
    assert f.speed_of_answer(Seconds(12_000), 1000) == 12.0
    assert f.mean_abandon_wait(Seconds(1_800), 60) == 30.0
    assert f.mean_talk(Seconds(270_000), 1000) == 270.0
    assert f.mean_handle(Seconds(270_000), Seconds(60_000), 1000) == 330.0


def test_occupancy_of_24_minutes_busy_3_in_wrap_up_3_ready() -> None:
    assert f.occupancy(Seconds(1440), Seconds(180), Seconds(180)) == 0.9


@pytest.mark.parametrize(
    "empty",
    [
        lambda: f.service_level_handled(0, 0),
        lambda: f.service_level_without_abandon(0, 0, 0, 0),
        lambda: f.service_level_without_abandon(0, 0, 3, 3),
        lambda: f.service_level_positive(0, 0, 0, 0),
        lambda: f.service_level_negative(0, 0, 0),
        lambda: f.service_level_net(0, 0, 0, 0),
        lambda: f.service_level_net(0, 0, 3, 3),
        lambda: f.answer_rate(0, 0),
        lambda: f.abandon_rate(0, 0),
        lambda: f.abandon_rate_net(0, 0, 0),
        lambda: f.abandon_rate_net(3, 3, 3),
        lambda: f.late_answer_rate(0, 0),
        lambda: f.speed_of_answer(Seconds(0), 0),
        lambda: f.mean_abandon_wait(Seconds(0), 0),
        lambda: f.mean_talk(Seconds(0), 0),
        lambda: f.mean_handle(Seconds(0), Seconds(5), 0),
        lambda: f.occupancy(Seconds(0), Seconds(0), Seconds(0)),
        lambda: f.transfer_rate(0, 0),
        lambda: f.blocked_rate(0, 0),
    ],
)
def test_where_nothing_has_happened_there_is_no_figure(empty: Callable[[], float | None]) -> None:
    assert empty() is None


@given(aw=counts, late=counts, bw=counts, later=counts, bs=counts)
def test_service_levels_keep_their_order_and_lie_between_none_and_all(
    aw: int, late: int, bw: int, later: int, bs: int
) -> None:
    """A, B with Aw within A, Bw within B, Bs within Bw."""
    a, b, short = aw + late, bw + later, min(bs, bw)
    negative = f.service_level_negative(aw, a, b)
    net = f.service_level_net(aw, a, b, short)
    without = f.service_level_without_abandon(aw, a, b, bw)
    handled = f.service_level_handled(aw, a)
    positive = f.service_level_positive(aw, a, b, bw)

    from_strict_to_lenient = [x for x in (negative, net, without, handled) if x is not None]
    assert from_strict_to_lenient == sorted(from_strict_to_lenient)
    assert all(0 <= x <= 1 for x in (*from_strict_to_lenient, positive or 0))
    assert positive is None or negative is None or positive >= negative


@given(answered=counts, abandoned=counts)
def test_answered_and_abandoned_share_out_what_was_offered(answered: int, abandoned: int) -> None:
    offered = answered + abandoned
    rates = [f.answer_rate(answered, offered), f.abandon_rate(abandoned, offered)]

    assert offered == 0 or sum(filter(None, rates)) == pytest.approx(1)


@given(abandoned=counts, short=counts, answered=counts)
def test_leaving_out_short_abandons_never_makes_the_abandon_rate_worse(
    abandoned: int, short: int, answered: int
) -> None:
    short = min(short, abandoned)
    offered = abandoned + answered
    net = f.abandon_rate_net(abandoned, short, offered)

    assert net is None or net <= (f.abandon_rate(abandoned, offered) or 0)


@given(late=counts, in_time=counts)
def test_late_answers_are_a_share(late: int, in_time: int) -> None:
    assert 0 <= (f.late_answer_rate(late, late + in_time) or 0) <= 1
    assert 0 <= (f.transfer_rate(late, late + in_time) or 0) <= 1
    assert 0 <= (f.blocked_rate(late, in_time) or 0) <= 1


@given(waits=st.lists(st.integers(min_value=0, max_value=3600), min_size=1, max_size=50))
def test_a_mean_lies_between_the_shortest_and_the_longest(waits: list[int]) -> None:
    total = Seconds(sum(waits))
    means = [
        f.speed_of_answer(total, len(waits)),
        f.mean_abandon_wait(total, len(waits)),
        f.mean_talk(total, len(waits)),
    ]

    assert all(mean is not None and min(waits) <= mean <= max(waits) for mean in means)


@given(talk=counts, wrap_up=counts, calls=st.integers(min_value=1, max_value=1000))
def test_handling_a_call_takes_talk_and_wrap_up(talk: int, wrap_up: int, calls: int) -> None:
    handle = f.mean_handle(Seconds(talk), Seconds(wrap_up), calls)

    assert handle == pytest.approx(talk / calls + wrap_up / calls)


@given(busy=counts, wrap_up=counts, ready=counts)
def test_occupancy_is_all_work_or_less(busy: int, wrap_up: int, ready: int) -> None:
    share = f.occupancy(Seconds(busy), Seconds(wrap_up), Seconds(ready))

    assert share is None or 0 <= share <= 1
    assert share != 1 or ready == 0
