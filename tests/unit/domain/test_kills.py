"""Killed at any moment between AMI, queue_log, outbox and checkpoint: figures and events are as if nothing had been.

What single moments of it are is told in `test_before_the_picture.py`.
"""

import pytest

from tests.unit.domain.killed import Killed

FIRST_WRONG = (
    *(589, 692, 726, 908, 1047, 1088, 1383, 1395, 1433, 1490, 1540, 1634, 1716, 1794, 1809, 1862, 1868, 1897),
    *(3076, 3201, 3308, 3569, 4163, 4590, 4907, 5287, 5391, 6366, 6629, 6676, 6989, 7168, 7488),
    *(13031, 14479, 18334, 30148, 65258),
)
"""Seeds of runs that once were wrong: calls told twice or not at all, answers and talks credited to somebody else."""
RUNS = 100


@pytest.mark.parametrize("seed", FIRST_WRONG)
def test_what_was_wrong_once_is_right(seed: int) -> None:
    assert Killed(seed).live(200, 8).wrong() == []


def test_four_deaths_in_a_run_change_no_figure_and_tell_nothing_twice() -> None:
    assert {seed: wrong for seed in range(RUNS) if (wrong := Killed(seed).live(150, 4).wrong())} == {}


def test_twenty_deaths_in_a_long_run_change_no_figure_and_tell_nothing_twice() -> None:
    runs = [Killed(seed).live(600, 20) for seed in (*range(12), 163, 625, 1033)]

    assert [run.wrong() for run in runs] == [[]] * len(runs)
    assert sum(run.kills for run in runs) > 100
