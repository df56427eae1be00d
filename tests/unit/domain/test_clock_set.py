"""The PBX's clock is set by an hour while calls go on: counts are as in queue_log, and nothing is told twice."""

import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.units import CallId, QueueName, Seconds, Timestamp
from tests.unit.domain.builder import QUEUE
from tests.unit.domain.logged_site import LoggedSite
from tests.unit.domain.stepped import Stepped

RUNS = 150
ONCE_WRONG = (164, 169, 410, 445, 776, 1275, 1347, 1712)


def test_steps_of_an_hour_at_any_moment_change_no_count_and_tell_nothing_twice() -> None:
    runs = {seed: Stepped(seed) for seed in (*range(RUNS), *ONCE_WRONG)}

    assert {seed: wrong for seed, run in runs.items() if (wrong := run.live(150, kills=0).wrong())} == {}
    assert sum(run.steps for run in runs.values()) > 3 * RUNS


@pytest.mark.parametrize("by", [3600, -3600])
def test_who_gave_up_as_the_clock_was_set_is_counted_when_queue_log_is_silent(by: int) -> None:
    """Half a minute later at the latest, as ever; the channel's end was not told."""
    it = LoggedSite().watched("1001")
    it.at(5000).joins("c1")
    gave_up = ev.AbandonReported(queue=QueueName(QUEUE), call=CallId("c1"), position=1, wait=Seconds(10))
    it.at(5010).take(gave_up)
    it.changes += it.center.set_clock(Seconds(by), Timestamp(5010 + by))

    it.passes(5010 + by + 40)
    assert len(it.said(ch.CallAbandoned)) == 1
