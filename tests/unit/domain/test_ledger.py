"""Two sources tell of the same facts in any order; what only one tells is found, and nothing else."""

import pytest

from ctibridge.domain.events import LogKind
from ctibridge.domain.ledger import PATIENCE, Booking, FactKey, Ledger
from ctibridge.domain.units import Seconds, Timestamp
from tests.unit.domain.logged_site import Word, record


def key(word: Word, call: str = "c1", agent: str = "") -> FactKey:
    return (LogKind(word), "sales", call, agent)


def ledger() -> Ledger:
    it = Ledger()
    it.begin(Timestamp(0))
    return it


def book(it: Ledger, at: float, word: Word, call: str = "c1", agent: str = "", *, seconds: float | None = None) -> None:
    stated = None if seconds is None else Seconds(seconds)
    it.book(Booking(key=key(word, call, agent), at=Timestamp(at), seconds=stated), Timestamp(at))


def log(it: Ledger, at: float, word: Word, call: str = "c1", agent: str = "", *, wait: float | None = None) -> None:
    it.log(key(word, call, agent), record(at, word, call, wait=wait), Timestamp(at))


def missed(it: Ledger, before: float) -> list[tuple[float, str, str | None]]:
    it.read(Timestamp(before + PATIENCE))
    return [(one.at, one.kind.value, one.call) for one in it.take_missed(Timestamp(before))]


def overdue(it: Ledger, at: float) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    it.read(Timestamp(at))
    records, bookings = it.take_overdue()
    return [(one.at, one.kind.value) for one in records], [(one.at, one.key[0].value) for one in bookings]


def unknown(it: Ledger, before: float) -> list[tuple[float, str]]:
    return overdue(it, before + PATIENCE)[1]


def left(it: Ledger) -> int:
    return len(it.open_bookings()) + len(it.open_records())


@pytest.mark.parametrize("is_log_first", [True, False])
def test_a_fact_that_both_tell_leaves_nothing(is_log_first: bool) -> None:  # noqa: FBT001
    it = ledger()
    for says in (log, book) if is_log_first else (book, log):
        says(it, 100.7, "abandoned")

    assert (it.matched, left(it)) == (1, 0)
    assert missed(it, 1000) == []
    assert unknown(it, 1000) == []


def test_every_telling_counts_once() -> None:
    """The same caller gives up twice in the same queue: one telling confirms one."""
    it = ledger()
    for at in (100, 200):
        book(it, at, "abandoned")
    log(it, 100, "abandoned")

    assert (it.matched, left(it)) == (1, 1)
    assert unknown(it, 1000) == [(200, "abandoned")]


def test_what_only_one_tells_is_given_up_after_a_while_and_once() -> None:
    it = ledger()
    book(it, 100, "offered")
    log(it, 101, "abandoned", "c2")

    assert overdue(it, 100 + PATIENCE) == ([], [])
    assert overdue(it, 102 + PATIENCE) == ([(101, "abandoned")], [(100, "offered")])
    assert (overdue(it, 200), left(it)) == (([], []), 0)


def test_of_several_rings_of_one_phone_the_missed_one_is_found() -> None:
    """It rang at 95 unseen and again at 100: the record of 95 is the one that nothing corresponds to."""
    it = ledger()
    log(it, 90, "ring_no_answer", agent="1001")
    book(it, 100, "ring_no_answer", agent="1001")
    log(it, 100, "ring_no_answer", agent="1001")

    assert it.matched == 1
    assert missed(it, 1000) == [(90, "ring_no_answer", "c1")]


@pytest.mark.parametrize("lag", [-25.0, -6.0, 6.0, 25.0])
def test_tellings_far_apart_are_one_fact_when_there_is_no_other(lag: float) -> None:
    it = ledger()
    book(it, 100, "completed")
    log(it, 100 + lag, "completed")

    assert (missed(it, 140), unknown(it, 140)) == ([], [])
    assert (it.matched, left(it)) == (1, 0)


@pytest.mark.parametrize("word", ["answered", "completed", "abandoned", "exited"])
def test_the_same_three_seconds_before_is_another_one(word: Word) -> None:
    """A caller was answered or left in a gap, came again, and did the same again; of that the log is read last."""
    it = ledger()
    log(it, 182, word, wait=3)
    book(it, 185.1, word, seconds=2)
    log(it, 185, word, wait=2)

    assert [at for at, _, _ in missed(it, 184)] == [182]
    assert (it.matched, left(it)) == (1, 0)


@pytest.mark.parametrize(("lag", "wait", "is_same"), [(2, 40, True), (17, 7, True), (17, 15, False)])
def test_what_agrees_neither_in_time_nor_in_seconds_is_another_stay_of_the_caller(
    lag: float,
    wait: float,
    is_same: bool,  # noqa: FBT001
) -> None:
    for look in (missed, unknown):
        it = ledger()
        book(it, 100, "abandoned", seconds=7)
        log(it, 100 + lag, "abandoned", wait=wait)
        look(it, 120)

        assert it.matched == is_same


def test_an_end_that_was_taken_is_known_though_the_end_of_the_callers_next_call_waits_to_be_told() -> None:
    it = ledger()
    it.take_note(key("completed"), record(151, "completed", wait=10, talk=0))
    it.log(key("completed"), record(152, "completed", wait=1, talk=0), Timestamp(153))
    first, second = (
        Booking(key=key("completed"), at=Timestamp(at), seconds=Seconds(0), waited=Seconds(waited))
        for at, waited in ((151.6, 10), (152.7, 1))
    )

    assert it.was_taken(first)
    assert not it.was_taken(second)


def test_tellings_farther_apart_than_patience_are_two_facts() -> None:
    it = ledger()
    book(it, 100, "completed")
    log(it, 100 + PATIENCE + 1, "completed")

    assert overdue(it, 200) == ([(131, "completed")], [(100, "completed")])


def test_different_facts_do_not_confirm_each_other() -> None:
    it = ledger()
    book(it, 100, "ring_no_answer", agent="1001")
    log(it, 100, "ring_no_answer", agent="1002")
    log(it, 100, "ring_cancelled", agent="1001")
    log(it, 100, "ring_no_answer", "c2", agent="1001")

    assert (it.matched, left(it)) == (0, 4)


def test_a_fact_under_another_callers_id_is_recognised_by_its_seconds() -> None:
    it = ledger()
    book(it, 100, "abandoned", "c1", seconds=12)
    log(it, 101, "abandoned", "c2", wait=12)

    assert missed(it, 200) == []
    assert (it.matched, left(it)) == (1, 0)


@pytest.mark.parametrize(("at", "wait"), [(103, 12), (101, 11), (101, None)])
def test_other_seconds_or_another_time_are_another_fact(at: float, wait: float | None) -> None:
    it = ledger()
    book(it, 100, "abandoned", "c1", seconds=12)
    log(it, at, "abandoned", "c2", wait=wait)

    assert len(missed(it, 200)) == len(unknown(it, 200)) == 1


def test_two_callers_with_the_same_wait_are_recognised_one_by_one() -> None:
    it = ledger()
    for call in ("c1", "c2"):
        book(it, 100, "abandoned", call, seconds=12)
    for call in ("x1", "x2", "x3"):
        log(it, 100, "abandoned", call, wait=12)

    assert len(missed(it, 200)) == 1
    assert (it.matched, left(it)) == (2, 0)


# -- from when on ------------------------------------------------------------------------------------------------------


def test_nothing_is_compared_before_the_log_is_read() -> None:
    it = Ledger()
    book(it, 100, "offered")

    assert (it.is_active, left(it)) == (False, 0)


def test_facts_of_the_first_seconds_may_match_but_are_not_missed() -> None:
    """Of two sources that begin to be heard at 100, one may have told of second 100 already, and the other not."""
    it = Ledger()
    it.begin(Timestamp(100.7))
    book(it, 99, "offered", "before")
    book(it, 101, "offered", "both")
    log(it, 101, "offered", "both")
    log(it, 100, "offered", "only log")
    book(it, 101, "offered", "only ami")
    log(it, 103, "offered", "later")

    assert it.matched == 1
    assert missed(it, 200) == [(103, "offered", "later")]
    assert (unknown(it, 200), left(it)) == ([], 0)


def test_beginning_twice_changes_nothing() -> None:
    it = ledger()
    it.begin(Timestamp(500))

    assert it.since == 0.0


def test_a_log_that_is_lost_leaves_nothing_behind() -> None:
    it = ledger()
    book(it, 100, "offered")
    log(it, 100, "abandoned")
    it.end()

    assert (it.is_active, left(it), it._order) == (False, 0, {})
    it.begin(Timestamp(200))
    book(it, 150, "offered")
    assert (overdue(it, 300), left(it)) == (([], []), 0), "of the time before it was read"


# -- a clock that is set -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [3600, -3600])
def test_a_record_before_the_clock_was_set_and_its_telling_after_it_are_one_fact(step: int) -> None:
    it = ledger()
    it.read(Timestamp(5000))
    log(it, 5000, "offered")
    it.set_clock(Seconds(step))
    book(it, 5000 + step, "offered")

    assert overdue(it, 5040 + step) == ([], [])
    assert (it.matched, left(it)) == (1, 0)


@pytest.mark.parametrize("step", [3600, -3600])
def test_nothing_is_judged_sooner_or_later_for_a_clock_that_was_set(step: int) -> None:
    it = ledger()
    it.read(Timestamp(5000))
    log(it, 5000, "offered")
    book(it, 5001, "offered", "c2")

    it.set_clock(Seconds(step))
    assert overdue(it, 5029 + step) == ([], [])
    assert overdue(it, 5032 + step) == ([(5000, "offered")], [(5001, "offered")])


def test_an_hour_after_a_step_of_an_hour_the_same_caller_is_counted_as_another() -> None:
    it = ledger()
    it.read(Timestamp(5000))
    it.set_clock(Seconds(3600))
    it.read(Timestamp(9000))
    log(it, 9000, "offered")
    book(it, 9000 - 3600, "offered")

    assert overdue(it, 9040) == ([(9000, "offered")], [(5400, "offered")])


def test_after_a_step_back_to_before_the_log_was_first_read_facts_are_judged_as_ever() -> None:
    it = ledger()
    it.read(Timestamp(100))
    it.set_clock(Seconds(-3600))
    log(it, -3490, "offered")

    assert overdue(it, -3450) == ([(-3490, "offered")], [])


def test_a_gap_in_which_the_clock_was_set_back_is_taken_whole() -> None:
    """Nobody saw it: what lies ahead was written before, by the other clock."""
    it = ledger()
    it.restore([], [])
    for at, call in ((5000, "c1"), (1500, "c2")):
        log(it, at, "offered", call)
    it.read(Timestamp(1600))

    assert [call for _, _, call in missed(it, 1570)] == ["c1", "c2"]


# -- order -------------------------------------------------------------------------------------------------------------


def test_records_are_taken_in_the_order_of_the_file() -> None:
    """Whole seconds do not tell what came first, and the PBX's clock may have been put back (T50)."""
    it = ledger()
    log(it, 100, "abandoned", "c1")
    for word in ("offered", "abandoned", "offered"):
        log(it, 110, word, "c1")
    log(it, 105, "offered", "c2")

    assert missed(it, 200) == [
        (100, "abandoned", "c1"),
        (110, "offered", "c1"),
        (110, "abandoned", "c1"),
        (110, "offered", "c1"),
        (105, "offered", "c2"),
    ]


def test_the_order_is_kept_over_a_restart() -> None:
    it = ledger()
    log(it, 100, "abandoned", "c1")
    log(it, 110, "offered", "c2")
    log(it, 110, "abandoned", "c1")
    book(it, 100, "exited")
    again = ledger()
    again.restore(it.open_bookings(), it.open_records())
    log(again, 110, "offered", "c1")

    assert again.open_bookings() == [Booking(key=key("exited"), at=Timestamp(100))]
    assert [(at, word, call) for at, word, call in missed(again, 200)] == [
        (100, "abandoned", "c1"),
        (110, "offered", "c2"),
        (110, "abandoned", "c1"),
        (110, "offered", "c1"),
    ]


# -- size and speed ----------------------------------------------------------------------------------------------------


def test_ten_thousand_calls_of_a_long_gap_are_taken_whole() -> None:
    it = ledger()
    for number in range(10_000):
        for word in ("offered", "ring_no_answer", "answered", "completed"):
            log(it, 100 + number, word, f"c{number}", wait=5)
    for number in range(300):
        book(it, 10_000 + number, "offered", f"live{number}", seconds=7)
    taken = missed(it, 20_000)

    assert len(taken) == 40_000
    assert len(it._order) == 0


def test_one_phone_that_rings_for_ever_is_no_trouble() -> None:
    it = ledger()
    for number in range(2_000):
        log(it, 100 + 10 * number, "ring_no_answer", agent="1001")
    taken = missed(it, 50_000)

    assert len(taken) == 2_000


def test_a_day_of_matched_facts_leaves_nothing() -> None:
    it = ledger()
    for number in range(5_000):
        book(it, number, "offered", f"c{number}")
        log(it, number, "offered", f"c{number}")
        if number % 100 == 0:
            missed(it, number - PATIENCE)
            unknown(it, number - PATIENCE)

    assert (it.matched, left(it), len(it._order), it.mismatches) == (5_000, 0, 0, {})
