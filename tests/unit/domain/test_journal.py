"""Numbers for everything that happened: without a gap, by subject, and with a memory that does not grow for ever."""

from typing import get_args

import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain import journal as j
from ctibridge.domain.journal import Entry, Journal, subject_of
from ctibridge.domain.units import Timestamp
from tests.unit.domain.builder import Site
from tests.unit.outputs.facts import one_of_each

NOW = Timestamp(1000)


def told(site: Site, journal: Journal) -> list[Entry]:
    entries = journal.enter(site.changes, NOW)
    site.changes.clear()
    return entries


def a_call(site: Site, call: str, now: float) -> None:
    site.at(now).joins(call)
    site.at(now + 1).abandons(call, wait=1)


def events(entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if not isinstance(entry.change, j.STATES)]


@pytest.mark.parametrize("change", one_of_each(), ids=lambda change: type(change).__name__)
def test_every_change_has_a_subject(change: ch.Change) -> None:
    kind = subject_of(change).partition("/")[0]

    if isinstance(change, get_args(ch.CallChange)):
        assert kind == "call"
    elif isinstance(change, ch.EnforcementDue) or type(change).__name__.startswith("Agent"):
        assert kind == "agent"
    elif type(change).__name__.startswith("Queue"):
        assert kind == "queue"
    elif type(change).__name__.startswith("Alarm"):
        assert kind == "alert"
    else:
        assert kind == "bridge"


def test_one_of_each_is_one_of_each() -> None:
    assert {type(change) for change in one_of_each()} == set(get_args(ch.Change))


def test_events_are_numbered_without_a_gap_and_states_carry_the_newest_number() -> None:
    site, journal = Site().opened(), Journal(epoch=7, sequence=40)
    a_call(site, "c1", 10)
    entries = told(site, journal)

    assert [entry.sequence for entry in events(entries)] == [41, 42]
    assert {entry.epoch for entry in entries} == {7}
    newest = 40
    for entry in entries:
        newest += entry in events(entries)

        assert entry.sequence == newest


def test_each_event_names_the_one_before_it_on_its_subject() -> None:
    site, journal = Site().opened(), Journal(epoch=1)
    site.at(10).joins("c1")
    site.at(11).joins("c2")
    site.at(12).rings("1001", "c1")
    site.at(15).abandons("c1", wait=5)
    links = [(e.sequence, e.prevsequence, e.subject) for e in events(told(site, journal))]

    by_subject: dict[str, int] = {}
    for sequence, previous, subject in links:
        assert previous == by_subject.get(subject, 0)

        by_subject[subject] = sequence
    assert by_subject.keys() == {"call/c1", "call/c2", "agent/1001"}


def test_what_only_logs_are_told_of_takes_no_number() -> None:
    site, journal = Site().opened(), Journal(epoch=1)
    site.at(10).loses_feed()
    site.changes[:] = [change for change in site.changes if isinstance(change, j.SILENT)]

    assert told(site, journal) == []
    assert journal.sequence == 0


def test_memory_does_not_grow_with_calls_and_the_newest_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(j, "MOST_SUBJECTS", 20)
    site, journal = Site().opened(), Journal(epoch=1)
    for number in range(200):
        a_call(site, f"c{number}", 10 + 3 * number)
    told(site, journal)

    assert len(journal.numbers().last) == 20
    assert {f"call/c{number}" for number in range(185, 200)} <= journal.numbers().last.keys()


def test_going_on_after_a_restart_continues_every_line() -> None:
    site, journal = Site().opened(), Journal(epoch=3)
    site.at(10).joins("c1")
    told(site, journal)
    later = Journal.going_on(journal.numbers())
    site.at(15).abandons("c1", wait=5)
    (abandoned,) = events(told(site, later))

    assert (abandoned.epoch, abandoned.sequence, abandoned.prevsequence) == (3, 2, 1)
