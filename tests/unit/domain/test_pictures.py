"""Full pictures while all is well: they confirm, repair ghosts, and undo nothing that is newer (T30, T44, T52)."""

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.units import CallId, QueueName, Seconds
from tests.unit.domain.builder import FREE, IN_USE, Site, channel, leg, member, policy, waits


def site() -> Site:
    return Site().opened("1001", "1002")


def listed(it: Site, *agents: str) -> list[ev.MemberRecord]:
    return [it.record(agent) for agent in agents or ("1001", "1002")]


def test_a_picture_that_says_what_we_know_changes_nothing() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(11).rings("1001", "c1")
    it.at(12).joins("c2")
    it.passes(29)
    before = it.facts(), it.states_of("1001"), it.agent("1001"), it.board()
    changes = it.at(30).pictured(
        listed(it), [waits("c1", 20, 1), waits("c2", 18, 2)], [channel("c1"), channel("c2"), channel(leg("1001", "c1"))]
    )
    it.passes(30.5)

    assert (it.facts(), it.states_of("1001"), it.agent("1001"), it.board()) == before
    assert [type(change) for change in changes] == [ch.Resynced]
    assert it.said(ch.Resynced)[-1].repaired == 0


def test_what_only_lists_tell_is_no_repair() -> None:
    """InCall is right only in lists, CallsTaken and LastCall can change without an event (T31)."""
    it = site()
    in_call = msgspec.structs.replace(it.record("1001"), is_in_call=True, calls_taken=7)
    it.at(30).pictured([in_call, it.record("1002")])

    assert it.said(ch.Resynced)[-1].repaired == 0


# -- T30: without an event --------------------------------------------------------------------------------------------


def test_t30_members_that_came_went_or_changed_without_an_event_are_repaired_and_counted() -> None:
    it = site()
    it.at(60).pictured([member("1001", penalty=5), member("1003")])

    assert [it.state(agent) for agent in ("1001", "1002", "1003")] == ["ready", "logged_out", "ready"]
    assert it.agent("1001").queues[QueueName("sales")].penalty == 5
    assert it.said(ch.Resynced)[-1].repaired == 3
    assert all(change.origin is ch.Origin.SNAPSHOT for change in it.said(ch.AgentStateChanged))


def test_t30_a_caller_who_is_gone_without_an_event_is_lost_after_a_moment() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(60).pictured(listed(it))

    assert it.line() == ["c1"], "his own events may be on their way"

    it.passes(64)

    assert it.line() == []
    assert it.facts() == {"offered": 1, "lost": 1}


def test_t30_a_caller_whose_leaving_is_told_after_the_picture_left_as_told() -> None:
    it = site()
    it.at(10).joins("c1")
    it.at(60).pictured(listed(it))
    it.at(59.9).abandons("c1", wait=49)
    it.passes(100)

    assert it.facts() == {"offered": 1, "abandoned": 1}


# -- T44: a picture is drawn while events go on -----------------------------------------------------------------------


def test_t44_a_join_that_follows_its_own_entry_is_one_offer() -> None:
    it = site()
    it.at(60).pictured(listed(it), [waits("c1", 1)])
    it.at(59.2).joins("c1", linkedid="L")

    assert it.facts() == {"offered": 1}
    assert it.line() == ["c1"]
    assert len(it.said(ch.CallQueued)) == 1


def test_t44_a_join_older_than_what_the_picture_shows_ends_nothing() -> None:
    """The caller was in support first; by the time of the picture they wait in sales. All events come after it."""
    it = Site().opened("1001", queues=("sales", "support"))
    records = [it.record("1001"), it.record("1001", "support")]
    it.at(60).pictured(records, [waits("c1", 0)], queues=("sales", "support"))
    it.at(55).joins("c1", "support")
    it.at(59.5)
    it.gives_up("c1", wait=4, queue="support")
    it.leaves("c1", "support")
    it.told("c1", ev.QueueOutcome.TIMEOUT)
    it.at(59.9).joins("c1")

    assert it.facts("support") == {"offered": 1, "exited": 1}
    assert it.facts("sales") == {"offered": 1}
    assert it.line("sales") == ["c1"]


def test_t44_a_leave_of_somebody_who_is_not_in_the_picture_is_nothing() -> None:
    it = site()
    it.at(60).pictured(listed(it))
    it.at(59.9).leaves("c9", position=1)
    it.hangs_up("c9")

    assert it.facts() == {}
    assert it.unexpected() == {}


def test_t44_a_caller_who_left_after_the_picture_was_drawn_is_not_put_back() -> None:
    """Held back, the picture is told at 60; the caller hung up at 60.2, and we heard of that first."""
    it = site()
    it.at(10).joins("c1")
    it.at(60).take(ev.ResyncStarted(), ev.QueueListed(queue=QueueName("sales")))
    it.at(60.2).abandons("c1", wait=50)
    it.at(60).take(
        *(ev.MemberListed(member=record) for record in listed(it)),
        ev.CallerListed(queue=QueueName("sales"), call=CallId("c1"), position=1, wait=Seconds(50)),
        ev.ResyncCompleted(),
    )

    assert it.facts() == {"offered": 1, "abandoned": 1}
    assert it.line() == []


def test_t44_a_report_older_than_the_picture_does_not_undo_it() -> None:
    it = site()
    it.at(60).pictured([member("1001", paused=True, reason="meal"), it.record("1002")])
    it.at(59.5).device("1001", IN_USE)
    it.at(59.6).reports(member("1001"))

    assert it.state("1001") == "not_ready meal"
    assert it.record("1001").status is FREE


def test_t44_a_report_older_than_a_picture_that_only_confirmed_does_not_undo_it_either() -> None:
    it = site()
    it.at(60).pictured(listed(it))
    it.at(59.5).pauses("1001", "meal")

    assert it.state("1001") == "ready"


def test_t44_a_removal_older_than_the_picture_does_not_undo_it() -> None:
    """Removed and added again before the picture; both are told after it."""
    it = site()
    it.at(60).pictured(listed(it))
    it.at(59.2).logs_out("1001")
    it.at(59.3).logs_in(member("1001"))

    assert it.state("1001") == "ready"
    assert it.states_of("1001") == []


def test_t44_a_report_newer_than_the_moment_of_asking_is_not_undone_by_the_picture() -> None:
    it = site()
    it.at(60).take(ev.ResyncStarted(), ev.QueueListed(queue=QueueName("sales")))
    it.at(60.1).pauses("1001", "meal")
    it.at(60.1).logs_in(member("1003"))
    it.at(60).take(ev.MemberListed(member=member("1001")), ev.MemberListed(member=member("1002")), ev.ResyncCompleted())

    assert it.state("1001") == "not_ready meal"
    assert it.state("1003") == "ready"


def test_stamps_that_step_back_between_events_do_not_reorder_them() -> None:
    it = site()
    it.at(60).pauses("1001", "meal")
    it.at(59.99).unpauses("1001")

    assert it.state("1001") == "ready"

    it.at(60.2).device("1001", IN_USE)
    it.at(60.1).logs_out("1001")

    assert it.state("1001") == "logged_out"


def test_a_picture_that_was_not_completed_is_forgotten() -> None:
    it = site()
    it.at(60).take(ev.ResyncStarted(), ev.QueueListed(queue=QueueName("ghost")), ev.MemberListed(member=member("9")))
    it.at(70).pictured(listed(it))

    assert [queue.view.queue for queue in it.center.snapshot(it.now).queues] == ["sales"]
    assert it.agents() == ["1001", "1002"]


# -- T52: the order of the line ---------------------------------------------------------------------------------------


def test_t52_a_caller_who_joins_before_others_moves_them() -> None:
    it = site()
    it.at(10).joins("c1", position=1)
    it.at(11).joins("c2", position=2)
    it.at(12).joins("vip", position=1)

    assert it.line() == ["vip", "c1", "c2"]
    assert [caller.position for caller in it.board().callers] == [1, 2, 3]
    assert it.board().oldest_since == 10.0


def test_t52_a_changed_order_is_taken_from_the_picture() -> None:
    it = site()
    for call in ("c1", "c2", "c3"):
        it.at(10).joins(call)
    it.at(20).pictured(listed(it), [waits("c3", 10, 1), waits("c1", 10, 2), waits("c2", 10, 3)])

    assert it.line() == ["c3", "c1", "c2"]
    assert it.said(ch.Resynced)[-1].repaired == 0


def test_t52_whoever_leaves_moves_the_others_up() -> None:
    it = site()
    for call in ("c1", "c2", "c3"):
        it.at(10).joins(call)
    it.at(15).abandons("c2", wait=5)

    assert [(caller.call, caller.position) for caller in it.board().callers] == [("c1", 1), ("c3", 2)]
    assert it.said(ch.CallAbandoned)[0].facts.position == 2


def test_who_calls_can_change_while_the_place_stays() -> None:
    it = site()
    it.at(10).joins("c1")
    caller = ev.Caller(number="13800138000", name="王小明")
    it.at(20).pictured(listed(it), [msgspec.structs.replace(waits("c1", 10), caller=caller)])

    assert [waiting.caller for waiting in it.board().callers] == [caller]


# -- agents -----------------------------------------------------------------------------------------------------------


def test_wrap_up_is_not_begun_again_by_a_picture() -> None:
    it = Site(policy(wrap_up=10)).opened()
    it.at(10).joins("c1")
    it.rings("1001", "c1")
    it.at(12).answers("1001", "c1", wait=2)
    it.at(30.7).completes("1001", "c1", wait=2, talk=18)
    it.at(35).pictured([member("1001", last_call=30, calls_taken=1)])
    it.passes(50)
    it.at(60).pictured([member("1001", last_call=30, calls_taken=1)])

    assert it.states_of()[-2:] == [(30.7, "wrap_up"), (40, "ready")]


def test_a_picture_in_mid_call_leaves_agent_and_call_alone() -> None:
    it = site()
    it.at(10).joins("c1")
    it.rings("1001", "c1")
    it.at(12).device("1001", IN_USE)
    it.answers("1001", "c1", wait=2)
    it.at(20).pictured([msgspec.structs.replace(it.record("1001"), is_in_call=True), it.record("1002")], [], [])

    assert (it.state("1001"), it.agent("1001").since) == ("busy", 12.0)

    it.at(30).completes("1001", "c1", wait=2, talk=18)

    assert it.facts() == {"offered": 1, "answered": 1, "completed": 1}
