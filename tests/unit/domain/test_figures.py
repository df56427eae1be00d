"""What is published of the counts: the day, the last half hour, and where durations fell."""

from hypothesis import given
from hypothesis import strategies as st

from ctibridge.domain.figures import Counts, Distribution, QueueTotals, figures
from ctibridge.domain.policy import QueuePolicy
from ctibridge.domain.units import Seconds, Timestamp

DAY = 86_400


def at(minute: float) -> Timestamp:
    return Timestamp(60 * minute)


def totals() -> QueueTotals:
    fresh = QueueTotals(QueuePolicy())
    fresh.begin_day(Timestamp(0), Timestamp(DAY))
    return fresh


# -- distributions ----------------------------------------------------------------------------------------------------


def test_a_bound_belongs_to_the_durations_below_it() -> None:
    waits = Distribution([5, 1, 5, 20])
    for seconds in (0, 1, 1.5, 5, 5.01, 20, 21, 3600):
        waits.observe(seconds)

    assert list(waits.bounds) == [1, 5, 20]
    assert waits.counts == [2, 2, 2, 2]
    assert (waits.count, waits.total) == (8, 0 + 1 + 1.5 + 5 + 5.01 + 20 + 21 + 3600)


def test_every_threshold_that_is_configured_is_a_bound() -> None:
    own = QueueTotals(
        QueuePolicy(
            service_level_threshold=17, late_answer=Seconds(23), unanswered_after=Seconds(77), short_abandon=Seconds(3)
        )
    )

    assert {17, 23, 77} <= set(own.answer_wait.bounds)
    assert {3, 17} <= set(own.abandon_wait.bounds)
    assert 12.0 in own.ring.bounds


def test_a_copy_does_not_change_any_more() -> None:
    live = Distribution([1])
    picture = live.copy()
    live.observe(0.5)

    assert (picture.count, picture.total, live.count) == (0, 0.0, 1)


@given(st.lists(st.floats(min_value=0, max_value=1e4), max_size=50), st.lists(st.integers(1, 1000), max_size=10))
def test_every_duration_falls_somewhere_once(durations: list[float], bounds: list[int]) -> None:
    spread = Distribution(bounds)
    for seconds in durations:
        spread.observe(seconds)

    below = [sum(spread.counts[: i + 1]) for i in range(len(spread.bounds))]
    assert spread.count == len(durations)
    assert below == [sum(d <= bound for d in durations) for bound in spread.bounds]


# -- the last half hour -----------------------------------------------------------------------------------------------


def test_the_last_thirty_minutes_are_this_minute_and_the_29_before() -> None:
    queue = totals()
    queue.count("offered", at(0.5))
    queue.count("offered", at(29.9))

    assert queue.stats(at(29.99)).last_30_minutes.counts.offered == 2
    assert queue.stats(at(29.99)).last_30_minutes.since == at(0)
    assert queue.stats(at(30)).last_30_minutes.counts.offered == 1
    assert queue.stats(at(30)).last_30_minutes.since == at(1)
    assert queue.stats(at(58.9)).last_30_minutes.counts.offered == 1
    assert queue.stats(at(59)).last_30_minutes.counts.offered == 0
    assert queue.all.offered == 2


def test_a_queue_is_quiet_when_time_can_take_nothing_away_any_more() -> None:
    queue = totals()
    queue.count("offered", at(0))

    assert not queue.is_quiet(at(29))
    assert queue.is_quiet(at(30))


def test_seconds_follow_the_same_windows() -> None:
    queue = totals()
    queue.add_seconds("wait_seconds", Seconds(12), at(1))
    queue.count("answered", at(1))
    queue.add_seconds("wait_seconds", Seconds(4), at(20))
    queue.count("answered", at(20))

    assert queue.stats(at(20)).last_30_minutes.speed_of_answer_seconds == 8.0
    assert queue.stats(at(40)).last_30_minutes.speed_of_answer_seconds == 4.0
    assert queue.stats(at(40)).day.speed_of_answer_seconds == 8.0
    assert queue.stats(at(60)).last_30_minutes.speed_of_answer_seconds is None


@given(
    st.lists(st.floats(min_value=0, max_value=120), max_size=40).map(sorted), st.floats(min_value=120, max_value=140)
)
def test_the_half_hour_holds_what_happened_in_its_thirty_minutes(moments: list[float], now: float) -> None:
    queue = totals()
    for moment in moments:
        queue.count("offered", at(moment))

    expected = sum(int(now) - 30 < int(moment) <= int(now) for moment in moments)
    assert queue.stats(at(now)).last_30_minutes.counts.offered == expected


# -- the day ----------------------------------------------------------------------------------------------------------


def test_a_new_day_starts_with_nothing_and_the_totals_go_on() -> None:
    queue = totals()
    queue.count("offered", Timestamp(100))
    queue.begin_day(Timestamp(DAY), Timestamp(2 * DAY))
    queue.count("offered", Timestamp(DAY + 1))

    day = queue.stats(Timestamp(DAY + 2)).day
    assert (day.since, day.counts.offered, queue.all.offered) == (float(DAY), 1, 2)


def test_the_same_day_is_not_begun_twice() -> None:
    queue = totals()
    queue.count("offered", Timestamp(100))
    queue.begin_day(Timestamp(0), Timestamp(DAY))

    assert queue.stats(Timestamp(101)).day.counts.offered == 1


# -- figures ----------------------------------------------------------------------------------------------------------


def test_all_figures_of_the_rule_books_example() -> None:
    counts = Counts(
        offered=1060,
        answered=1000,
        abandoned=60,
        abandoned_within=20,
        abandoned_short=10,
        answered_within_threshold=860,
        answered_late=200,
        answered_within_rings=900,
        completed=1000,
        wait_seconds=Seconds(12_000),
        abandon_wait_seconds=Seconds(1_800),
        talk_seconds=Seconds(270_000),
        hold_seconds=Seconds(20_000),
        wrap_up_seconds=Seconds(60_000),
    )
    shown = figures(counts, Timestamp(0))

    levels = shown.service_level
    assert [
        round(100 * (level or 0), 2)
        for level in (levels.handled, levels.without_abandon, levels.positive, levels.negative, levels.net)
    ] == [86.00, 82.69, 83.02, 81.13, 81.90]
    assert round(shown.answer_rate or 0, 4) == 0.9434
    assert (shown.late_answer_rate, shown.within_rings_ratio) == (0.2, 0.9)
    assert (shown.speed_of_answer_seconds, shown.mean_abandon_wait_seconds) == (12.0, 30.0)
    assert (shown.mean_talk_seconds, shown.mean_handle_seconds) == (270.0, 330.0)


def test_figures_are_a_picture_of_the_counts() -> None:
    counts = Counts(offered=1)
    shown = figures(counts, Timestamp(0))
    counts.offered = 2

    assert shown.counts.offered == 1
