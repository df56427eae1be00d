"""After a gap AMI is heard a moment before the full picture: what it tells then says little of who was there before.

Each of these was a call counted twice, or told under two numbers, in a bridge that was killed at that moment.
"""

import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain.events import EndedBy, QueueOutcome
from tests.unit.domain.builder import QUEUE, channel, leg, member, waits
from tests.unit.domain.logged_site import LoggedSite
from tests.unit.domain.test_checkpoint import kept, restarted, site

EVERYBODY = ("1001", "1002", "1003")


def shown_again(it: LoggedSite, at: float, *present: str) -> LoggedSite:
    """The first picture: these callers are in line since a second ago; then all that was written is read."""
    lines = [waits(call, 1, place) for place, call in enumerate(present, 1)]
    it.at(at).pictured([member(one) for one in EVERYBODY], lines, [channel(call) for call in present])
    it.reads(at + 5)
    return it.settled(at + 5)


def test_who_had_left_the_line_may_have_been_answered_though_the_dialplan_goes_on() -> None:
    it = site()
    it.at(100).joins("c1")
    it.at(101).rings("1001", "c1")
    it.at(102).leaves("c1")
    again = restarted(it, kept(it))
    again.writes(100, "offered")
    again.writes(102, "answered", agent="1001", wait=2)
    again.writes(104, "completed", agent="1001", wait=2, talk=2)
    again.at(105).goes_on("c1")
    shown_again(again, 106)

    assert again.facts() == {"offered": 1, "answered": 1, "completed": 1}
    assert again.outcomes("c1") == ["answered"]
    assert again.said(ch.CallQueued) == []
    assert again.counted("1001")[0] == {QUEUE: 1}


def test_who_was_giving_up_may_have_left_in_time_though_the_caller_asks_for_the_next_queue() -> None:
    it = site()
    it.at(100).joins("c1")
    it.at(104).gives_up("c1", 4)
    it.leaves("c1")
    again = restarted(it, kept(it))
    again.writes(100, "offered")
    again.writes(104, "exited", wait=4, reason="timeout")
    again.at(105).enters("c1")
    shown_again(again, 106)

    assert again.facts() == {"offered": 1, "exited": 1}
    assert again.outcomes("c1") == ["exited timeout"]


def test_why_a_later_stay_ended_is_not_told_of_an_earlier_one() -> None:
    it = site()
    it.at(100).joins("c1")
    again = restarted(it, kept(it))
    again.writes(100, "offered")
    again.writes(102, "answered", agent="1001", wait=2)
    again.writes(103, "completed", agent="1001", wait=2, talk=1)
    again.at(110).told("c1", QueueOutcome.TIMEOUT)
    shown_again(again, 111)

    assert again.outcomes("c1") == ["answered"]
    assert again.facts() == {"offered": 1, "answered": 1, "completed": 1}


def test_an_answer_with_another_wait_is_that_of_a_later_stay_though_the_same_caller_was_in_line_before() -> None:
    """Answered in the gap, passed back into the queue, picked up before the picture and put through after it."""
    it = site()
    it.at(100).joins("c1")
    again = restarted(it, kept(it))
    again.writes(100, "offered")
    again.writes(107, "answered", agent="1003", wait=7)
    again.writes(115, "offered")
    again.writes(115, "completed", agent="1003", wait=7, talk=8, by=EndedBy.TRANSFER)
    again.at(117.3).rings("1001", "c1")
    again.dial_ends("1001", "c1", "ANSWER")
    again.at(117.4).leaves("c1")
    channels = [channel("c1"), channel(leg("1001", "c1"))]
    again.at(117.5).pictured([member(one) for one in EVERYBODY], [], channels)
    again.at(117.6).connects("1001", "c1", 2)
    again.writes(117, "answered", agent="1001", wait=2)
    again.reads(122)
    again.settled(122)

    assert again.facts() == {"offered": 2, "answered": 2, "completed": 1, "transferred": 1}
    assert (again.counted("1003"), again.counted("1001")) == (({QUEUE: 1}, 0, 0, 8.0), ({QUEUE: 1}, 0, 0, 0.0))
    assert again.mismatches() == {}


def test_somebody_who_came_in_the_gap_is_not_taken_for_one_whose_channel_is_gone() -> None:
    it = site()
    it.at(100).joins("c1")
    again = restarted(it, kept(it))
    for record in ((100, "offered", "c1"), (103, "offered", "c2")):
        again.writes(*record)
    again.writes(102, "abandoned", "c1", wait=2)
    again.writes(104, "answered", "c2", "1001", wait=1)
    again.at(103.5).hangs_up("c1")
    again.at(104).leaves("c2", position=1)
    again.connects("1001", "c2", 1)
    again.writes(105, "completed", "c2", "1001", wait=1, talk=1)
    shown_again(again, 106)

    assert (again.outcomes("c1"), again.outcomes("c2")) == (["abandoned"], ["answered"])
    assert again.facts() == {"offered": 2, "answered": 1, "abandoned": 1, "completed": 1}


@pytest.mark.parametrize("is_back", [True, False])
def test_who_hung_up_in_the_gap_has_not_handed_their_place_to_somebody_else(*, is_back: bool) -> None:
    it = site()
    it.at(104).joins("c1")
    again = restarted(it, kept(it))
    again.writes(104, "offered", "c1")
    again.writes(105, "abandoned", "c1", wait=1)
    again.writes(105, "offered", "c2")
    if is_back:
        again.at(105).hangs_up("c1")
    shown_again(again, 106, "c2")

    assert again.line() == ["c2"]
    assert again.outcomes("c1") == ["abandoned"]
    assert again.facts() == {"offered": 2, "abandoned": 1}


def test_who_is_read_to_have_joined_has_not_got_the_place_of_somebody_who_joined_then_too() -> None:
    """AMI was some seconds late when the bridge was killed (T37): it had not told that one left and the other came."""
    it = site()
    it.at(100).joins("c1")
    again = restarted(it, kept(it.at(104)))
    again.writes(100, "offered", "c1")
    again.writes(100, "exited", "c1", wait=0, reason="key")
    again.writes(100, "offered", "c2")
    again.reads(104.5)
    again.at(105).pictured([member(one) for one in EVERYBODY], [waits("c2", 5)], [channel("c2")])
    again.reads(109)
    again.settled(110)

    assert again.line() == ["c2"]
    assert again.outcomes("c1") == ["exited key"]
    assert again.facts() == {"offered": 2, "exited": 1}
    assert again.mismatches() == {}


def test_news_from_before_the_picture_do_not_end_the_stay_that_it_shows() -> None:
    """T44: a time-out in one queue is written after the picture that shows the caller in the next one."""
    it = site()
    it.at(100).joins("c1", "overflow")
    it.at(100).loses_feed()
    it.writes(100, "offered", queue="overflow")
    it.writes(110, "exited", queue="overflow", wait=10, reason="timeout")
    it.writes(110, "offered")
    it.at(110.01).pictured(
        [member(one) for one in EVERYBODY], [waits("c1", 0)], [channel("c1")], queues=(QUEUE, "overflow")
    )
    it.at(110).gives_up("c1", 10, "overflow")
    it.leaves("c1", "overflow")
    it.told("c1", QueueOutcome.TIMEOUT)
    it.enters("c1")
    it.joins("c1")
    it.reads(116)
    it.settled(116)

    assert it.line() == ["c1"]
    assert it.facts() == {"offered": 1}
    assert it.outcomes("c1", "overflow") == ["exited timeout"]
    assert [(one.facts.queue, one.facts.call) for one in it.said(ch.CallQueued)] == [("overflow", "c1"), (QUEUE, "c1")]
