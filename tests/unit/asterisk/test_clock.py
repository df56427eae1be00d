"""What time it is at the PBX; offsets in seconds, worked out by hand."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctibridge.asterisk.clock import PATIENCE, WINDOW, OffsetFilter, PbxClock
from ctibridge.domain.units import Timestamp


def fed(*samples: tuple[float, float]) -> OffsetFilter:
    """A filter after samples of (now, stamp minus arrival)."""
    offsets = OffsetFilter()
    for now, sample in samples:
        offsets.add(sample, now)
    return offsets


def test_before_anything_is_heard_nothing_is_known() -> None:
    assert OffsetFilter().offset is None


def test_of_all_samples_the_least_delayed_counts() -> None:
    assert fed((0, 4.8), (1, 4.95), (2, 4.7)).offset == 4.95


def test_late_events_do_not_pull() -> None:
    backlog = [(10 + i * 0.1, 5 - 9.0 + i * 0.5) for i in range(15)]

    assert fed((0, 5.0), *backlog).offset == 5.0


def test_a_hundred_thousand_late_events_are_doubted_as_quickly_as_one() -> None:
    backlog = ((10 + i * 0.0001, 5 - 9.0 + i * 0.00005) for i in range(100_000))
    began = time.process_time()

    offsets = fed((0, 5.0), *backlog)

    assert offsets.offset == 5.0
    assert time.process_time() - began < 5.0  # Minutes, if each looked at all those before it.


def test_a_sample_counts_for_its_window_only() -> None:
    assert fed((0, 5.0), (WINDOW - 1, 4.99)).offset == 5.0
    assert fed((0, 5.0), (WINDOW - 1, 4.98), (WINDOW + 1, 4.99)).offset == 4.99


def test_one_absurd_stamp_does_not_move_the_clock() -> None:
    assert fed((0, 5.0), (1, 5e6)).offset == 5.0
    assert fed((0, 5.0), (1, 5e6), (2, 4e6), (3, 5.0), (4, 5e6)).offset == 5.0


def test_a_step_forward_is_believed_when_three_stamps_agree() -> None:
    assert fed((0, 5.0), (1, 3604.9), (2, 3605.0)).offset == 5.0
    assert fed((0, 5.0), (1, 3604.9), (2, 3605.0), (3, 3604.8)).offset == 3605.0


def test_a_step_back_is_believed_when_it_outlasts_any_backlog() -> None:
    late = [(1.0 + i, -3595.0) for i in range(int(PATIENCE) + 1)]

    assert fed((0, 5.0), *late[:-1]).offset == 5.0
    assert fed((0, 5.0), *late).offset == -3595.0


def test_a_question_and_its_answer_settle_it_at_once() -> None:
    offsets = fed((0, 5.0))
    offsets.add_exchange(-3595.01, -3594.99, 1.0)

    assert offsets.offset == -3595.01


def test_an_answer_that_took_long_says_little() -> None:
    offsets = fed((0, 5.0))
    offsets.add_exchange(3.0, 9.0, 1.0)

    assert offsets.offset == 5.0


@given(delays=st.lists(st.floats(0, 0.9), min_size=1, max_size=50))
def test_with_a_steady_clock_the_error_is_the_least_delay(delays: list[float]) -> None:
    offsets = fed(*((float(i), 100.0 - delay) for i, delay in enumerate(delays)))

    assert offsets.offset == 100.0 - min(delays)


class Clocks:
    def __init__(self) -> None:
        self.wall = 1_000_000.0
        self.monotonic = 500.0
        self.pbx = PbxClock(lambda: self.wall, lambda: self.monotonic)

    def passes(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += seconds


def test_without_any_stamp_the_pbx_has_our_time() -> None:
    clocks = Clocks()
    clocks.passes(2.5)

    assert clocks.pbx.now() == 1_000_002.5


def test_a_step_of_our_own_clock_changes_nothing() -> None:
    clocks = Clocks()
    clocks.passes(1)
    clocks.wall -= 3600

    assert clocks.pbx.now() == 1_000_001.0


def test_the_pbxs_clock_is_learnt_from_stamps_and_exchanges() -> None:
    clocks = Clocks()
    clocks.pbx.observe(Timestamp(1_000_029.9), 500.0)
    assert clocks.pbx.offset == pytest.approx(29.9)

    clocks.passes(10)
    clocks.pbx.observe_exchange(Timestamp(1_000_040.0), sent=509.98, arrived=510.0)
    assert clocks.pbx.now() == pytest.approx(1_000_040.0)
    assert clocks.pbx.at(505.0) == pytest.approx(1_000_035.0)


def test_refining_the_estimate_does_not_turn_time_back() -> None:
    clocks = Clocks()
    clocks.pbx.observe(Timestamp(1_000_000.5), 500.0)
    before = clocks.pbx.now()
    clocks.pbx.observe_exchange(Timestamp(1_000_000.1), sent=499.99, arrived=500.0)

    assert clocks.pbx.now() == before


def test_a_step_back_of_the_pbx_is_followed() -> None:
    clocks = Clocks()
    clocks.pbx.observe(Timestamp(1_000_000.0), 500.0)
    clocks.pbx.now()
    clocks.pbx.observe_exchange(Timestamp(996_400.0), sent=499.99, arrived=500.0)

    assert clocks.pbx.now() == pytest.approx(996_400.0)


def test_a_clock_that_was_set_is_told_once_with_its_step() -> None:
    told: list[float] = []
    now = [100.0]
    clock = PbxClock(lambda: 1100.0, lambda: now[0])
    clock.on_step = told.append
    clock.observe_exchange(Timestamp(5100.0), 99.9, 100.0)
    assert told == [], "the first thing that is heard is no step"

    now[0] = 105.0
    clock.observe_exchange(Timestamp(1505.0), 104.9, 105.0)
    clock.observe_exchange(Timestamp(1506.0), 105.9, 106.0)
    assert told == [pytest.approx(-3600)]

    clock.observe_exchange(Timestamp(1509.0), 106.9, 107.0)
    assert len(told) == 1, "two seconds are not worth a word"


def test_the_future_is_not_believed_until_three_stamps_agree_on_it() -> None:
    clocks = Clocks()
    clocks.pbx.observe(Timestamp(1_000_000.0), 500.0)
    told: list[float] = []
    clocks.pbx.on_step = told.append

    happened = [clocks.pbx.observe(Timestamp(1_003_600.0 + second), 500.0 + second) for second in (1.0, 2.0, 3.0)]

    assert happened == [pytest.approx(1_000_001.0), pytest.approx(1_000_002.0), 1_003_603.0]
    assert told == [pytest.approx(3600.0)]


def test_what_is_older_than_what_was_said_before_it_is_of_a_clock_that_was_set_back() -> None:
    """No backlog: Asterisk writes its events in their order."""
    clocks = Clocks()
    clocks.pbx.observe(Timestamp(1_000_000.0), 500.0)
    told: list[float] = []
    clocks.pbx.on_step = told.append

    happened = [clocks.pbx.observe(Timestamp(996_400.0 + second), 500.0 + second) for second in (1.0, 2.0, 3.0, 4.0)]

    assert happened == [pytest.approx(1_000_001.0), pytest.approx(1_000_002.0), 996_403.0, 996_404.0]
    assert told == [pytest.approx(-3600.0)]


def test_after_a_standstill_events_keep_the_times_at_which_they_happened() -> None:
    clocks = Clocks()
    clocks.pbx.observe(Timestamp(1_000_000.0), 500.0)

    late = [clocks.pbx.observe(Timestamp(1_000_001.0 + second), 600.0) for second in range(60)]

    assert late == [1_000_001.0 + second for second in range(60)]
    assert clocks.pbx.offset == 0.0


def test_a_stamp_of_another_year_is_no_time() -> None:
    clocks = Clocks()
    clocks.pbx.observe(Timestamp(1_000_000.0), 500.0)

    assert clocks.pbx.observe(Timestamp(8.5e9), 510.0) == pytest.approx(1_000_010.0)
    assert clocks.pbx.observe(Timestamp(1.0), 511.0) == pytest.approx(1_000_011.0)
    assert clocks.pbx.observe(Timestamp(1_000_012.0), 512.0) == 1_000_012.0
