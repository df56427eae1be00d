"""Queues that a full picture does not list any more: gone, but never before their calls."""

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.units import QueueName
from tests.unit.domain.builder import IN_USE, Site, member, policy


def site() -> Site:
    return Site().opened("1001", "1002")


def test_a_queue_that_is_not_listed_is_gone() -> None:
    it = Site().opened("1001", queues=("sales", "support"))
    it.at(100).pictured([member("1001")])

    assert [queue.view.queue for queue in it.center.snapshot(it.now).queues] == ["sales"]
    assert [change.queue for change in it.said(ch.QueueRemoved)] == ["support"]
    assert list(it.agent().queues) == ["sales"]
    assert it.state() == "ready"


def test_a_queue_that_is_gone_lets_the_calls_it_had_end() -> None:
    """Removed by a reload in mid-call: app_queue keeps it for its calls, and so do we."""
    it = Site(policy(threshold=20)).opened("1001", queues=("sales", "support"))
    it.at(10).joins("c1", "support")
    it.rings("1001", "c1", "support")
    it.at(12).answers("1001", "c1", wait=2, queue="support")
    it.at(13).joins("c2", "support")
    it.at(14).leaves("c2", "support")
    it.at(15).pictured([member("1001", device=IN_USE)])
    it.at(15.5).hangs_up("c2")
    it.at(20).completes("1001", "c1", wait=2, talk=8, queue="support", by="transfer")

    assert it.facts("support") == {"offered": 2, "answered": 1, "exited": 1, "completed": 1}

    it.at(60).pictured([member("1001")])
    it.passes(100)
    it.at(110).completes("1001", "c1", wait=2, talk=8, queue="support", by="transfer")
    it.passes(1000)

    assert [queue.view.queue for queue in it.center.snapshot(it.now).queues] == ["sales"]


def test_a_queue_with_callers_in_line_that_is_gone_after_a_gap_loses_them() -> None:
    it = Site(policy(threshold=20)).opened("1001", queues=("sales", "support"))
    it.at(10).joins("c1", "support")
    it.at(12).loses_feed()
    it.at(15).pictured([member("1001")], [], [])
    it.passes(100)

    assert it.outcomes("c1", "support") == ["lost"]
    assert [queue.view.queue for queue in it.center.snapshot(it.now).queues] == ["sales"]


def test_a_queue_that_events_named_after_the_picture_was_asked_for_stays() -> None:
    it = site()
    it.at(100).take(ev.ResyncStarted())
    it.at(100.1).joins("c1", "new")
    it.at(100).take(ev.QueueListed(queue=QueueName("sales")), ev.ResyncCompleted())

    assert it.line("new") == ["c1"]
