"""Sums of waits and talks are queue_log's, a second more or less than AMI stated, and never fall."""

from ctibridge.domain.events import LogKind, LogRecord
from ctibridge.domain.figures import QueueTotals
from ctibridge.domain.ledger import Booking, FactKey, Ledger
from ctibridge.domain.policy import QueuePolicy
from ctibridge.domain.units import AgentId, Seconds, Timestamp

NOW = Timestamp(1_000_000.0)
KEY: FactKey = (LogKind.COMPLETED, "sales", "1.1", "")


def totals() -> QueueTotals:
    fresh = QueueTotals(QueuePolicy())
    fresh.begin_day(Timestamp(NOW - 100), Timestamp(NOW + 100))
    return fresh


def test_a_talk_that_queue_log_makes_longer_is_added_at_once() -> None:
    queue = totals()
    queue.add_stated("talk_seconds", Seconds(12), NOW)
    queue.correct("talk_seconds", Seconds(1), NOW)

    assert [queue.all.talk_seconds, queue.day.talk_seconds, queue.talk.total] == [Seconds(13)] * 3
    assert queue.talk.count == 1


def test_a_talk_that_queue_log_makes_shorter_is_taken_off_the_next_one() -> None:
    queue = totals()
    queue.add_stated("talk_seconds", Seconds(13), NOW)
    queue.correct("talk_seconds", Seconds(-1), NOW)
    assert queue.all.talk_seconds == queue.talk.total == Seconds(13)

    queue.add_stated("talk_seconds", Seconds(5), NOW)
    assert queue.all.talk_seconds == queue.talk.total == Seconds(17)


def test_what_is_owed_waits_for_a_duration_that_is_long_enough() -> None:
    queue = totals()
    queue.correct("wait_seconds", Seconds(-2), NOW)
    for wait, total in ((1, 0), (0, 0), (4, 3)):
        queue.add_stated("wait_seconds", Seconds(wait), NOW)
        assert queue.all.wait_seconds == queue.answer_wait.total == Seconds(total)


def test_a_second_more_pays_for_a_second_less() -> None:
    queue = totals()
    queue.add_stated("abandon_wait_seconds", Seconds(7), NOW)
    queue.correct("abandon_wait_seconds", Seconds(-1), NOW)
    queue.correct("abandon_wait_seconds", Seconds(1), NOW)

    assert queue.all.abandon_wait_seconds == queue.abandon_wait.total == Seconds(7)
    assert queue.owed == {}


def test_the_ledger_says_by_how_much_the_two_sources_differ() -> None:
    ledger = Ledger()
    ledger.begin(NOW)
    booking = Booking(key=KEY, at=NOW, seconds=Seconds(13), counted_for=AgentId("1001"))
    ledger.book(booking, NOW)
    ledger.log(KEY, LogRecord(kind=LogKind.COMPLETED, at=NOW, talk=Seconds(12), wait=Seconds(3)), NOW)

    assert ledger.corrections == [(booking, Seconds(-1))]
    assert ledger.matched == 1
    assert not ledger.mismatches


def test_equal_durations_need_no_correction() -> None:
    ledger = Ledger()
    ledger.begin(NOW)
    ledger.log(KEY, LogRecord(kind=LogKind.COMPLETED, at=NOW, talk=Seconds(12), wait=Seconds(3)), NOW)
    ledger.book(Booking(key=KEY, at=NOW, seconds=Seconds(12), counted_for=AgentId("1001")), NOW)

    assert ledger.corrections == []
