"""What AMI did not tell is taken from queue_log: once, with its own times, and never over what is seen now."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.events import EndedBy, QueueOutcome
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import ChannelId, Timestamp
from tests.unit.domain.builder import IN_USE, QUEUE, channel, leg, member, policy, waits
from tests.unit.domain.logged_site import LoggedSite, in_order

Story = Callable[[LoggedSite], None]


def site(rules: Policy | None = None) -> LoggedSite:
    return LoggedSite(rules).watched("1001", "1002")


def picture(
    it: LoggedSite, at: float, *listed: ev.CallerListed, busy: tuple[str, ...] = (), talking: tuple[str, ...] = ()
) -> None:
    """The full picture after a gap: who waits, whose device is in use, and which channels there are."""
    members = [member(one, device=IN_USE) if one in busy else member(one) for one in ("1001", "1002")]
    channels = [channel(one, bridge="b") for one in talking] + [channel(one.call) for one in listed]
    it.at(at).pictured(members, listed, channels)


def gap(
    it: LoggedSite, since: float = 100, until: float = 200, *listed: ev.CallerListed, **now: tuple[str, ...]
) -> None:
    it.at(since).loses_feed()
    picture(it, until, *listed, **now)


# -- calls of a gap ----------------------------------------------------------------------------------------------------


def _answered_inside(it: LoggedSite) -> None:
    it.writes(110, "offered")
    it.writes(114, "answered", agent="1001", wait=4)
    it.writes(144, "completed", agent="1001", wait=4, talk=30)
    gap(it)


def _abandoned_inside(it: LoggedSite) -> None:
    it.writes(110, "offered")
    it.writes(122, "abandoned", wait=12)
    gap(it)


def _missed_inside(it: LoggedSite) -> None:
    it.writes(110, "offered")
    it.writes(115, "ring_no_answer", agent="1001")
    it.writes(121, "ring_no_answer", agent="1001")
    it.writes(130, "ring_cancelled", agent="1002")
    it.writes(130, "abandoned", wait=20)
    gap(it)


def _transferred_inside(it: LoggedSite) -> None:
    it.writes(110, "offered")
    it.writes(114, "answered", agent="1001", wait=4)
    it.writes(120, "completed", agent="1001", wait=4, talk=6, by=EndedBy.TRANSFER, reason="blind")
    gap(it)


def _two_ends_inside(it: LoggedSite) -> None:
    """The race in app_queue writes both (T15b)."""
    _transferred_inside(it)
    it.written.insert(2, msgspec.structs.replace(it.written[2], ended_by=EndedBy.CALLER, reason=None))


def _joined_before_answered_inside(it: LoggedSite) -> None:
    it.at(95).joins("c1")
    it.writes(95, "offered")
    it.writes(114, "answered", agent="1001", wait=19)
    it.writes(144, "completed", agent="1001", wait=19, talk=30)
    gap(it)


def _joined_before_abandoned_inside(it: LoggedSite) -> None:
    it.at(95).joins("c1")
    it.writes(95, "offered")
    it.writes(114, "abandoned", wait=19)
    gap(it)


def _joined_inside_still_waiting(it: LoggedSite) -> None:
    it.writes(180, "offered")
    gap(it, 100, 200, waits("c1", 20))


def _joined_inside_leaves_after(it: LoggedSite) -> None:
    _joined_inside_still_waiting(it)
    it.at(201).abandons("c1", 21)
    it.writes(201, "abandoned", wait=21)


def _answered_inside_ends_after(it: LoggedSite) -> None:
    it.writes(110, "offered")
    it.writes(114, "answered", agent="1001", wait=4)
    gap(it, busy=("1001",), talking=("c1", leg("1001", "c1")))
    it.reads(205)
    it.at(234).completes("1001", "c1", 4, 120)
    it.writes(234, "completed", agent="1001", wait=4, talk=120)


def _answered_inside_ends_before_the_log_is_read(it: LoggedSite) -> None:
    it.writes(110, "offered")
    it.writes(114, "answered", agent="1001", wait=4)
    gap(it, busy=("1001",), talking=("c1", leg("1001", "c1")))
    it.at(202.5).completes("1001", "c1", 4, 88)
    it.writes(202, "completed", agent="1001", wait=4, talk=88)


def _answered_before_ends_inside(it: LoggedSite) -> None:
    it.at(80).joins("c1")
    it.writes(80, "offered")
    it.at(82).rings("1001", "c1")
    it.at(85).answers("1001", "c1", 5)
    it.writes(85, "answered", agent="1001", wait=5)
    it.writes(150, "completed", agent="1001", wait=5, talk=65)
    gap(it)


def _answered_before_goes_on(it: LoggedSite) -> None:
    it.at(80).joins("c1")
    it.writes(80, "offered")
    it.at(82).rings("1001", "c1")
    it.at(85).answers("1001", "c1", 5)
    it.writes(85, "answered", agent="1001", wait=5)
    gap(it, busy=("1001",), talking=("c1", leg("1001", "c1")))
    it.at(240).completes("1001", "c1", 5, 155)
    it.writes(240, "completed", agent="1001", wait=5, talk=155)


def _ringing_when_lost_then_abandoned(it: LoggedSite) -> None:
    it.at(95).joins("c1")
    it.writes(95, "offered")
    it.at(97).rings("1001", "c1")
    it.writes(110, "ring_cancelled", agent="1001")
    it.writes(110, "abandoned", wait=15)
    it.at(100).loses_feed()
    it.at(200).pictured([member("1001"), member("1002")], [], None)  # Channels were not listed.


def _gave_up_at_the_cut(it: LoggedSite) -> None:
    """The cut came between ``QueueCallerAbandon`` and what would have explained it."""
    it.at(90).joins("c1")
    it.writes(90, "offered")
    it.at(99.9).gives_up("c1", 10)
    it.writes(100, "exited", wait=10, reason="timeout")
    gap(it)


def _left_and_came_back(it: LoggedSite) -> None:
    """Three stays of one caller in one queue: one before, one within, and one that goes on (T22)."""
    it.at(95).joins("c1")
    it.writes(95, "offered")
    it.writes(105, "exited", wait=10, reason="timeout")
    it.writes(110, "offered")
    it.writes(125, "abandoned", wait=15)
    it.writes(180, "offered")
    gap(it, 100, 200, waits("c1", 20))


def _left_and_came_back_at_once(it: LoggedSite) -> None:
    it.writes(180, "offered")
    it.writes(182, "exited", wait=2, reason="timeout")
    it.writes(182, "offered")
    gap(it, 100, 200, waits("c1", 18))


def _handed_over_and_gone(it: LoggedSite) -> None:
    """A colleague announced the caller, who went on under another id (T23), and nobody saw it."""
    it.at(95).joins("a1")
    it.writes(95, "offered", "a1")
    it.writes(130, "abandoned", "b1", wait=35)
    gap(it)


def _handed_over_and_answered(it: LoggedSite) -> None:
    it.at(95).joins("a1")
    it.writes(95, "offered", "a1")
    it.writes(130, "answered", "b1", agent="1001", wait=35)
    it.writes(150, "completed", "b1", agent="1001", wait=35, talk=20)
    gap(it)


def _ended_under_another_id(it: LoggedSite) -> None:
    """``ATTENDEDTRANSFER`` may carry the id of the call it was joined with (T19)."""
    it.writes(110, "offered")
    it.writes(114, "answered", agent="1001", wait=4)
    it.writes(120, "completed", "x9", agent="1001", wait=4, talk=6, by=EndedBy.TRANSFER, reason="attended")
    gap(it)


def _two_gaps_in_a_row(it: LoggedSite) -> None:
    it.at(95).joins("c1")
    it.writes(95, "offered")
    gap(it, 100, 120)
    it.writes(110, "abandoned", wait=15)
    it.at(121).loses_feed()
    it.reads(150)
    it.writes(130, "offered", "c2")
    it.writes(135, "abandoned", "c2", wait=5)
    picture(it, 180)


def _log_on_a_slow_network(it: LoggedSite) -> None:
    """Nothing is read for two minutes; the callers of the gap are not given up meanwhile."""
    it.at(80).joins("c1")
    it.at(81).joins("c2")
    it.at(82).rings("1001", "c2")
    it.at(85).answers("1001", "c2", 4)
    gap(it)
    it.passes(320)
    it.writes(80, "offered")
    it.writes(81, "offered", "c2")
    it.writes(85, "answered", "c2", agent="1001", wait=4)
    it.writes(114, "abandoned", wait=34)
    it.writes(115, "completed", "c2", agent="1001", wait=4, talk=30)


def _missed_while_watching(it: LoggedSite) -> None:
    """No gap, but the list shows that somebody is gone of whom nobody told."""
    it.at(95).joins("c1")
    it.writes(95, "offered")
    it.writes(110, "abandoned", wait=15)
    it.reads(120)
    picture(it, 120)


ANSWERED = {"offered": 1, "answered": 1, "completed": 1}
ABANDONED = {"offered": 1, "abandoned": 1}
STORIES: dict[Story, dict[str, int]] = {
    _answered_inside: ANSWERED,
    _abandoned_inside: ABANDONED,
    _missed_inside: ABANDONED | {"ring_no_answer": 2, "ring_cancelled": 1},
    _transferred_inside: ANSWERED | {"transferred": 1},
    _two_ends_inside: ANSWERED | {"transferred": 1},
    _joined_before_answered_inside: ANSWERED,
    _joined_before_abandoned_inside: ABANDONED,
    _joined_inside_still_waiting: {"offered": 1},
    _joined_inside_leaves_after: ABANDONED,
    _answered_inside_ends_after: ANSWERED,
    _answered_inside_ends_before_the_log_is_read: ANSWERED,
    _answered_before_ends_inside: ANSWERED,
    _answered_before_goes_on: ANSWERED,
    _ringing_when_lost_then_abandoned: ABANDONED | {"ring_cancelled": 1},
    _gave_up_at_the_cut: {"offered": 1, "exited": 1},
    _left_and_came_back: {"offered": 3, "exited": 1, "abandoned": 1},
    _left_and_came_back_at_once: {"offered": 2, "exited": 1},
    _handed_over_and_gone: ABANDONED,
    _handed_over_and_answered: ANSWERED,
    _ended_under_another_id: ANSWERED | {"transferred": 1},
    _two_gaps_in_a_row: {"offered": 2, "abandoned": 2},
    _log_on_a_slow_network: {"offered": 2, "abandoned": 1, "answered": 1, "completed": 1},
}


def _name(story: object) -> str:
    return getattr(story, "__name__", "").removeprefix("_")


@pytest.mark.parametrize("story", STORIES, ids=_name)
def test_a_gap_ends_with_the_totals_of_the_log_and_no_mismatch(story: Story) -> None:
    it = site()
    story(it)
    it.reads(it.now + 5)
    it.settled(it.now)

    assert it.facts() == STORIES[story]
    assert it.mismatches() == {}
    ledger = it.center._floor.ledger
    assert (ledger.open_bookings(), ledger.open_records()) == ([], [])


@pytest.mark.parametrize("story", STORIES, ids=_name)
def test_reading_piece_by_piece_is_no_different(story: Story) -> None:
    it = site()
    story(it)
    start = it.now
    written, it.written = it.written, []
    for one in written:
        it.at(start).take(ev.LogReported(records=(one,), until=Timestamp(50)))
    it.reads(start + 5)
    it.settled(it.now)

    assert it.facts() == STORIES[story]
    assert it.mismatches() == {}


@pytest.mark.parametrize("story", STORIES, ids=_name)
def test_without_the_log_nothing_is_invented(story: Story) -> None:
    it = site()
    it.log_is_lost(60)
    story(it)
    it.written.clear()
    it.passes(it.now + 60)

    counts = it.counts()
    assert counts.offered <= STORIES[story]["offered"]
    assert counts.abandoned <= STORIES[story].get("abandoned", 0)
    assert counts.answered <= STORIES[story].get("answered", 0)
    assert it.recovered() == 0
    assert it.histories() == []


def test_a_record_that_only_the_list_told_of_is_settled_by_the_log_and_a_mismatch() -> None:
    it = site()
    _missed_while_watching(it)
    it.settled(it.now)

    assert it.facts() == ABANDONED
    assert it.mismatches() == {"only_queue_log_abandoned": 1}


@pytest.mark.parametrize("reason", ["timeout", "key", "empty", "withdrawn"])
def test_every_reason_of_leaving_is_taken(reason: str) -> None:
    it = site()
    it.writes(110, "offered")
    it.writes(122, "exited", wait=12, reason=reason)
    gap(it)
    it.reads(205)

    assert it.totals().exited == {reason: 1}
    assert it.outcomes("c1") == [f"exited {reason}"]


# -- what is said ------------------------------------------------------------------------------------------------------


def test_a_missed_call_is_told_once_in_order_with_its_own_times_and_its_source() -> None:
    it = site()
    _missed_inside(it)
    it.reads(205)
    it.settled(205)

    assert it.histories() == [
        (110, "Queued", "c1"),
        (115, "RingNoAnswer", "c1"),
        (121, "RingNoAnswer", "c1"),
        (130, "RingCancelled", "c1"),
        (130, "Abandoned", "c1"),
    ]
    assert it.counted("1001")[1:3] == (2, 0)
    assert it.counted("1002")[1:3] == (0, 1)
    assert it.recovered() == 1


def test_records_of_a_gap_that_wait_to_be_taken_in_are_no_mismatch() -> None:
    """The log is read a second after the picture, when they are older than anything the audit waits for."""
    it = site()
    _missed_inside(it)
    it.reads(201)
    it.reads(202)
    assert (it.facts(), it.mismatches()) == ({}, {})

    it.reads(203)
    assert it.facts() == STORIES[_missed_inside]
    assert it.recovered() == 1


def test_what_happens_after_the_gap_is_told_by_ami() -> None:
    it = site()
    _abandoned_inside(it)
    it.reads(205)
    it.at(210).joins("c2")

    assert it.histories(ch.Origin.AMI) == [(210, "Queued", "c2")]


def test_waits_and_talks_are_those_of_the_log() -> None:
    it = site()
    _answered_inside(it)
    it.reads(205)
    counts = it.counts()

    assert (counts.wait_seconds, counts.talk_seconds, counts.answered_within_threshold) == (4.0, 30.0, 1)
    assert it.counted() == ({QUEUE: 1}, 0, 0, 30)
    assert it.totals().answer_wait.total == 4.0


def test_a_call_that_goes_on_keeps_its_agent_busy() -> None:
    it = site()
    it.writes(110, "offered")
    it.writes(114, "answered", agent="1001", wait=4)
    gap(it, busy=("1001",), talking=("c1", leg("1001", "c1")))
    it.reads(205)

    assert it.state("1001") == "busy"
    it.at(234).completes("1001", "c1", 4, 120)
    it.device("1001", ev.DeviceStatus.NOT_IN_USE)
    assert it.state("1001") == "ready"
    assert it.counted() == ({QUEUE: 1}, 0, 0, 120)


def test_what_agents_do_now_is_not_changed_by_what_they_did() -> None:
    it = site(policy(wrap_up=30))
    _answered_inside(it)
    before = it.states_of("1001")
    it.reads(205)

    assert it.state("1001") == "ready"
    assert it.states_of("1001") == before


def test_who_waits_now_is_not_changed_by_who_waited() -> None:
    it = site()
    _left_and_came_back(it)
    it.reads(205)

    assert it.line() == ["c1"]
    assert it.board().callers[0].since == 180.0


def test_an_end_that_nobody_can_explain_is_lost_after_the_log_was_read() -> None:
    it = site()
    it.at(95).joins("c1")
    it.writes(95, "offered")
    gap(it)
    it.reads(205)
    assert it.facts() == {"offered": 1}

    it.settled(205)
    assert it.facts() == {"offered": 1, "lost": 1}


def test_a_log_that_is_lost_while_it_is_waited_for_leaves_the_callers_lost() -> None:
    it = site()
    it.at(95).joins("c1")
    gap(it)
    it.log_is_lost(205)
    it.passes(230)

    assert it.facts() == {"offered": 1, "lost": 1}
    assert not it.center.snapshot(it.now).is_audited


def test_a_long_gap_is_published_once_and_not_minute_by_minute() -> None:
    it = site()
    for number in range(200):
        at = 1000 + 60 * number
        it.writes(at, "offered", f"c{number}")
        it.writes(at + 5, "abandoned", f"c{number}", wait=5)
    gap(it, 900, 14_000)
    it.changes.clear()
    it.reads(14_005)
    it.passes(14_010)

    stats = it.said(ch.QueueStatsUpdated)
    assert len(stats) <= 2
    assert stats[-1].at >= 14_005
    assert stats[-1].stats.day.counts.abandoned == 200
    assert stats[-1].stats.last_30_minutes.counts.abandoned == sum(1000 + 60 * n + 5 >= 12_240 for n in range(200))
    assert in_order(at for at, _, _ in it.histories())


# -- days --------------------------------------------------------------------------------------------------------------


def test_what_happened_before_midnight_is_yesterdays() -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
    it = LoggedSite(Policy())
    it.at(midnight - 7200).take(ev.LogReported(records=(), until=Timestamp(midnight - 7200)))
    it.opened("1001", "1002")
    it.at(midnight - 600).loses_feed()
    for at in (midnight - 300, midnight + 300):
        call = f"c{at}"
        it.writes(at, "offered", call)
        it.writes(at + 3, "ring_no_answer", call, "1001")
        it.writes(at + 5, "answered", call, "1001", wait=5)
        it.writes(at + 65, "completed", call, "1001", wait=5, talk=60)
    it.passes(midnight + 400)
    picture(it, midnight + 500)
    it.reads(midnight + 510)

    totals = it.totals()
    assert (totals.all.answered, totals.day.answered, totals.day.talk_seconds) == (2, 1, 60.0)
    assert it.counted() == ({QUEUE: 2}, 2, 0, 120)
    today = it.agent("1001").today
    assert (today.answered, today.ring_no_answer, today.talk_seconds) == (1, 1, 60.0)


# -- the audit ---------------------------------------------------------------------------------------------------------


def test_each_kind_of_record_without_a_fact_is_a_mismatch_and_counts() -> None:
    it = site()
    it.writes(100, "offered")
    it.writes(103, "ring_no_answer", agent="1002")
    it.writes(105, "answered", agent="1001", wait=5)
    it.writes(135, "completed", agent="1001", wait=5, talk=30)
    it.writes(100, "offered", "c2")
    it.writes(105, "ring_cancelled", "c2", agent="1002")
    it.writes(105, "abandoned", "c2", wait=5)
    it.writes(100, "offered", "c3")
    it.writes(105, "exited", "c3", wait=5, reason="key")
    it.reads(140)
    assert it.mismatches() == {"only_queue_log_" + kind: n for kind, n in _kinds(it, 110).items()}
    it.settled(170)

    assert it.facts() == {
        "offered": 3,
        "answered": 1,
        "completed": 1,
        "abandoned": 1,
        "exited": 1,
        "ring_no_answer": 1,
        "ring_cancelled": 1,
    }
    assert it.mismatches() == {
        "only_queue_log_offered": 3,
        "only_queue_log_answered": 1,
        "only_queue_log_completed": 1,
        "only_queue_log_abandoned": 1,
        "only_queue_log_exited": 1,
        "only_queue_log_ring_no_answer": 1,
        "only_queue_log_ring_cancelled": 1,
    }
    assert len(it.said(ch.MismatchFound)) == 9
    assert it.recovered() == 0


def _kinds(it: LoggedSite, before: float) -> dict[str, int]:
    """What of the story above is older than half a minute at 140."""
    found = [c.kind.removeprefix("only_queue_log_") for c in it.said(ch.MismatchFound)]
    assert before == 110
    return {kind: found.count(kind) for kind in set(found)}


def test_a_fact_without_a_record_is_a_mismatch_and_stays_counted() -> None:
    it = site()
    it.at(100).joins("c1")
    it.at(105).abandons("c1", 5)
    it.reads(130)
    assert it.mismatches() == {}

    it.settled(140)
    assert it.mismatches() == {"only_ami_offered": 1, "only_ami_abandoned": 1}
    assert it.facts() == ABANDONED


def test_calls_that_were_answered_before_the_log_was_read_are_no_mismatch() -> None:
    it = site()
    it.writes(60, "completed", "old", agent="1001", wait=5, talk=600)
    it.settled(60)

    assert it.mismatches() == {}
    assert it.facts() == {}


def test_a_caller_of_the_first_picture_is_no_mismatch() -> None:
    it = LoggedSite()
    it.at(1000).take(ev.LogReported(records=(), until=Timestamp(1000)))
    it.at(1001).pictured([member("1001")], [waits("c1", 30)])
    it.at(1010).abandons("c1", 39)
    it.writes(1010, "abandoned", wait=39)
    it.reads(1011)
    it.settled(1011)

    assert it.mismatches() == {}
    assert it.facts() == ABANDONED


@pytest.mark.parametrize("waited", [0, 3])
def test_a_phone_that_began_to_ring_in_the_gap_is_no_mismatch(waited: int) -> None:
    """The picture lists callers, not the phones that ring for them; a caller may be as new as the picture itself."""
    it = site()
    gap(it, 100, 200, waits("c1", waited))
    it.writes(200 - waited, "offered")
    it.at(205).abandons("c1", 5 + waited)
    it.writes(205, "ring_cancelled", agent="1001")
    it.writes(205, "abandoned", wait=5 + waited)
    it.settled(206)

    assert it.mismatches() == {}
    assert it.facts() == ABANDONED | {"ring_cancelled": 1}


def test_a_caller_known_by_another_id_who_joins_himself_is_offered_under_his_own() -> None:
    """The log may be read before the event comes."""
    it = LoggedSite().watched("1001", queues=("sales", "support"))
    it.at(100).joins("a1", "sales")
    it.writes(100, "offered", "a1")
    it.take(ev.AttendedTransferred(transferers=(ChannelId("a1"),), transferee=ChannelId("b1"), into_queue=True))
    it.at(120).abandons("b1", 20, "sales")
    it.writes(120, "abandoned", "b1", wait=20)
    it.writes(121, "offered", "b1", queue="support")
    it.reads(121.2)
    it.at(121.4).joins("b1", "support")
    it.settled(130)

    assert it.mismatches() == {}
    assert it.facts("support") == {"offered": 1}


def test_a_ring_of_right_after_a_gap_that_ami_tells_after_the_log_is_counted_once() -> None:
    """A busy machine: the log is read before the event comes."""
    it = site()
    gap(it, 100, 200, waits("c1", 60))
    it.writes(140, "offered")
    it.at(201).rings("1001", "c1")
    it.writes(201, "ring_no_answer", agent="1001")
    it.reads(203.5)
    it.at(201.6).misses("1001", "c1", 0)
    it.at(205).rings("1001", "c1")
    it.at(205.5).misses("1001", "c1", 0)
    it.writes(205, "ring_no_answer", agent="1001")
    it.settled(206)

    assert it.facts()["ring_no_answer"] == it.counted()[1] == 2
    assert it.mismatches() == {}


@pytest.mark.parametrize("times", [1, 2])
def test_an_end_of_right_after_a_gap_that_ami_tells_after_the_log_is_no_other_one(times: int) -> None:
    """A call may have two records of its end (T15b); what only AMI told would wait for one of a later call."""
    it = site()
    it.at(90).joins("c1")
    it.at(92).answers("1001", "c1", 2)
    gap(it, 100, 200, busy=("1001",), talking=("c1", leg("1001", "c1")))
    it.writes(90, "offered")
    it.writes(92, "answered", agent="1001", wait=2)
    for by in (EndedBy.CALLER, EndedBy.TRANSFER)[:times]:
        it.writes(201, "completed", agent="1001", wait=2, talk=109, by=by)
    it.reads(203.5)
    for word in ("caller", "transfer")[:times]:
        it.at(201.6).completes("1001", "c1", 2, 109, by=word)
    it.settled(206)

    assert it.facts()["completed"] == 1
    assert it.counted() == ({QUEUE: 1}, 0, 0, 109.0)
    assert it.mismatches() == {}


@pytest.mark.parametrize("is_log_first", [True, False])
def test_a_ring_while_the_log_seems_far_behind_is_counted_once(is_log_first: bool) -> None:  # noqa: FBT001
    """The PBX's clock was set back, and ours follows some seconds later: what is new looks an hour old."""
    it = site()
    it.at(3600).joins("c1")
    it.writes(3600, "offered")
    it.reads(3601)
    it.settled(3601)
    it.at(100).rings("1001", "c1")
    if is_log_first:
        it.writes(103, "ring_no_answer", agent="1001")
        it.reads(3704)
        it.at(103.4).misses("1001", "c1", 3)
    else:
        it.at(103.4).misses("1001", "c1", 3)
        it.reads(3704)
        it.writes(103, "ring_no_answer", agent="1001")
    it.reads(3705)
    it.settled(3706)

    assert it.facts()["ring_no_answer"] == it.counted()[1] == 1


def test_who_was_read_first_stands_in_line_when_ami_tells_of_the_joining() -> None:
    """The PBX's clock was set back by an hour: by the clock as it is still believed, the record is of long ago."""
    it = LoggedSite().watched("1001")
    it.writes(401, "offered")
    it.reads(4001)
    it.at(401.2).joins("c1")

    assert it.line() == ["c1"]
    assert it.facts() == {"offered": 1}
    assert len(it.said(ch.CallQueued)) == 1
    it.at(404).abandons("c1", 3)
    assert it.outcomes("c1") == ["abandoned"]


def test_who_came_and_went_by_the_log_does_not_come_again_when_ami_tells_of_it_late() -> None:
    it = LoggedSite().watched("1001")
    it.at(100).loses_feed()
    it.at(110).pictured([member("1001")], [], [])
    it.writes(110, "offered")
    it.writes(111, "abandoned", wait=1)
    it.reads(114)
    it.at(110.5).joins("c1")
    it.at(111.6).abandons("c1", 1)
    it.settled(120)

    assert it.facts() == {"offered": 1, "abandoned": 1}
    assert it.outcomes("c1") == ["abandoned"]
    assert it.mismatches() == {}


def test_what_ami_tells_late_of_one_stay_is_not_said_of_the_next_that_the_log_told_of() -> None:
    """Answered and passed back into the queue within the second in which a gap ended, and AMI lies unsent (T37)."""
    it = site()
    gap(it, 100, 200, waits("c1", 60))
    it.writes(140, "offered")
    it.writes(201, "answered", agent="1001", wait=61)
    it.writes(201, "offered")
    it.writes(201, "completed", agent="1001", wait=61, talk=0)
    it.reads(203.5)
    it.at(201.1).rings("1001", "c1")
    it.at(201.2).answers("1001", "c1", 61)
    it.at(201.4).joins("c1")
    it.at(201.5).completes("1001", "c1", 61, 0)

    assert it.line() == ["c1"]
    it.writes(209, "abandoned", wait=8)
    it.at(209).abandons("c1", 8)
    it.settled(210)
    assert it.outcomes("c1") == ["answered", "abandoned"]
    assert it.facts() == {"offered": 2, "answered": 1, "completed": 1, "abandoned": 1}
    assert it.counted() == ({QUEUE: 1}, 0, 0, 0)
    assert it.mismatches() == {}


def test_an_end_that_names_a_call_of_the_gap_is_not_that_of_another_one_of_the_same_agent_and_wait() -> None:
    """Two calls, answered two seconds apart by one agent after a second each; the first caller is still there."""
    it = site()
    it.at(90).joins("c1")
    it.at(91).rings("1001", "c1")
    it.at(91).answers("1001", "c1", 1)
    it.writes(90, "offered", "c1")
    it.writes(91, "answered", "c1", "1001", wait=1)
    it.writes(92, "completed", "c1", "1001", wait=1, talk=1)
    it.writes(92, "offered", "c2")
    it.writes(93, "answered", "c2", "1001", wait=1)
    gap(it, 91.5, 105, busy=("1001",), talking=("c1", "c2"))
    it.at(106).completes("1001", "c2", 1, 13, on="leg2")
    it.writes(106, "completed", "c2", "1001", wait=1, talk=13)
    it.reads(109)
    it.settled(110)

    assert [(str(one.facts.call), one.facts.talk_seconds or 0.0) for one in it.said(ch.CallCompleted)] == [
        ("c1", 1),
        ("c2", 13),
    ]
    assert it.facts() == {"offered": 2, "answered": 2, "completed": 2}
    assert it.mismatches() == {}


def test_a_nameless_end_of_the_gaps_last_moment_is_not_that_of_a_call_which_began_after_it() -> None:
    """It names neither caller nor phone (T17); the agent's next caller was answered after a second as well."""
    it = site()
    gap(it, 100, 204.3, talking=("c1",))
    it.writes(202, "offered", "c1")
    it.writes(203, "answered", "c1", "1001", wait=1)
    it.writes(204, "completed", "c1", "1001", wait=1, talk=1)
    it.at(204.3).completes("1001", None, 1, 1, on=None)
    it.at(204.4).joins("c2")
    it.at(205).rings("1001", "c2")
    it.at(205.1).answers("1001", "c2", 1)
    it.writes(204, "offered", "c2")
    it.writes(205, "answered", "c2", "1001", wait=1)
    it.reads(208)

    assert [(str(one.facts.call), one.facts.talk_seconds or 0.0) for one in it.said(ch.CallCompleted)] == [("c1", 1)]
    assert it.state("1001") == "busy"


def test_of_two_open_calls_that_only_the_log_told_of_the_newest_holds_the_agent_and_each_gets_its_own_end() -> None:
    """The first caller is parked (T16), the second one talks; the end says who talked, and for how long (T17)."""
    it = site()
    it.writes(138, "offered", "c1")
    it.writes(141, "answered", "c1", "1001", wait=3)
    it.writes(141, "offered", "c2")
    it.writes(144, "answered", "c2", "1001", wait=3)
    gap(it, 100, 153, busy=("1001",), talking=("c1", "c2"))
    it.reads(157)
    assert it.state("1001") == "busy"
    it.at(161).completes("1001", None, 3, 17, on=None)
    assert it.state("1001") == "ready"
    it.at(164).completes("1001", "c1", 3, 23)
    it.writes(161, "completed", "c2", "1001", wait=3, talk=17)
    it.writes(164, "completed", "c1", "1001", wait=3, talk=23)
    it.reads(165)
    it.settled(166)

    assert [(str(one.facts.call), one.facts.talk_seconds or 0.0) for one in it.said(ch.CallCompleted)] == [
        ("c2", 17),
        ("c1", 23),
    ]
    assert it.counted() == ({QUEUE: 2}, 0, 0, 40.0)
    assert it.mismatches() == {}


def test_an_end_that_ami_tells_late_is_not_that_of_the_same_callers_next_call() -> None:
    """Passed back into the queue and answered by a colleague at once; queue_log has told of all of it."""
    it = site()
    it.writes(140, "offered")
    it.writes(150, "answered", agent="1001", wait=10)
    gap(it, 100, 200, busy=("1001",), talking=("c1",))
    it.writes(201, "completed", agent="1001", wait=10, talk=51, by=EndedBy.TRANSFER)
    it.writes(201, "offered")
    it.writes(201, "answered", agent="1002", wait=0)
    it.reads(203.5)
    it.at(201.1).completes("1001", "c1", 10, 51, by="transfer")
    it.at(201.2).joins("c1")
    it.at(201.3).answers("1002", "c1", 0)
    it.at(209).completes("1002", "c1", 0, 8)
    it.writes(209, "completed", agent="1002", wait=0, talk=8)
    it.settled(210)

    assert (it.counted("1001"), it.counted("1002")) == (({QUEUE: 1}, 0, 0, 51.0), ({QUEUE: 1}, 0, 0, 8.0))
    assert it.facts() == {"offered": 2, "answered": 2, "completed": 2, "transferred": 1}
    assert it.mismatches() == {}


def test_an_end_of_the_gap_is_not_taken_for_that_of_the_next_stay_three_seconds_later() -> None:
    it = site()
    gap(it, 100, 118.8, talking=("c1",))
    it.writes(115, "offered")
    it.writes(118, "exited", wait=3, reason="key")
    it.reads(119)
    it.at(119.9).joins("c1")
    it.writes(119, "offered")
    it.at(121.2).leaves("c1")
    it.goes_on("c1")
    it.writes(121, "exited", wait=2, reason="key")
    it.reads(122)
    it.settled(123)

    assert it.outcomes("c1") == ["exited key", "exited key"]
    assert it.facts() == {"offered": 2, "exited": 2}
    assert it.mismatches() == {}


def test_a_leg_that_talks_is_not_answered_again_in_the_callers_next_stay() -> None:
    it = site()
    it.at(110).joins("c1")
    it.at(111).rings("1001", "c1")
    it.at(112).answers("1001", "c1", 2)
    it.at(113).joins("c1")
    it.at(112).connects("1001", "c1", 2)

    assert it.line() == ["c1"]
    assert it.facts() == {"offered": 2, "answered": 1}


def test_a_time_out_of_which_ami_tells_late_is_no_abandon_when_queue_log_has_told_it() -> None:
    """What explains the "abandon" lies unsent for seconds (T37); by then the caller waits in the next queue."""
    it = site()
    it.at(110).joins("c1")
    it.writes(110, "offered")
    it.at(114).gives_up("c1", 4)
    it.leaves("c1")
    it.writes(114, "exited", wait=4, reason="timeout")
    it.reads(114.5)
    it.writes(116, "offered", queue="overflow")
    it.reads(116.5)
    it.at(114.05).told("c1", QueueOutcome.TIMEOUT)
    it.at(116).enters("c1", "overflow")
    it.joins("c1", "overflow")
    it.settled(120)

    assert it.outcomes("c1") == ["exited timeout"]
    assert it.facts() == {"offered": 1, "exited": 1}
    assert it.line("overflow") == ["c1"]
    assert it.mismatches() == {}


def test_while_queue_log_is_not_read_up_to_an_abandon_it_may_still_be_a_time_out() -> None:
    """The program stood still for five seconds, or the disk did; it reads queue_log before the rest of AMI."""
    it = site()
    it.at(110).joins("c1")
    it.writes(110, "offered")
    it.reads(113.5)
    it.at(114).gives_up("c1", 4)
    it.leaves("c1")
    it.writes(114, "exited", wait=4, reason="timeout")
    it.reads(119)
    it.at(114.05).told("c1", QueueOutcome.TIMEOUT)
    it.settled(120)

    assert it.outcomes("c1") == ["exited timeout"]
    assert it.mismatches() == {}


def test_a_queue_log_that_is_not_read_any_more_leaves_an_abandon_what_it_was() -> None:
    it = site()
    it.at(110).joins("c1")
    it.reads(113.5)
    it.at(114).gives_up("c1", 4)
    it.leaves("c1")
    it.passes(143)
    assert it.outcomes("c1") == []
    it.passes(146)

    assert it.outcomes("c1") == ["abandoned"]


def test_an_earlier_time_out_of_the_same_caller_does_not_explain_an_abandon() -> None:
    it = site()
    it.at(110).joins("c1")
    it.at(114).gives_up("c1", 4)
    it.writes(110, "offered")
    it.writes(113, "exited", wait=1, reason="timeout")
    it.reads(115.5)
    it.passes(116.5)

    assert it.outcomes("c1") == ["abandoned"]
