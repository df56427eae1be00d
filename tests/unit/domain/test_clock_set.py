"""The PBX's clock is set by an hour while calls go on: counts are as in queue_log, and nothing is told twice."""

from tests.unit.domain.stepped import Stepped

RUNS = 150
ONCE_WRONG = (164, 169, 410, 445, 776, 1275, 1347, 1712)


def test_steps_of_an_hour_at_any_moment_change_no_count_and_tell_nothing_twice() -> None:
    runs = {seed: Stepped(seed) for seed in (*range(RUNS), *ONCE_WRONG)}

    assert {seed: wrong for seed, run in runs.items() if (wrong := run.live(150, kills=0).wrong())} == {}
    assert sum(run.steps for run in runs.values()) > 3 * RUNS
