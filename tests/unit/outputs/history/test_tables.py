"""A fact told twice is one row, and the better account of it stays."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctibridge.domain.units import AgentId, QueueName
from ctibridge.domain.views import AgentState
from ctibridge.outputs.history.rows import AgentRow, Outcome, Row
from ctibridge.outputs.history.tables import Tables
from tests.unit.outputs.history.ground import JOINED, answered, call, dump, new_store, ring, rows, stretch


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = new_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def tables(connection: sqlite3.Connection) -> Tables:
    return Tables(connection, "main")


# -- calls ------------------------------------------------------------------------------------------------------------


def test_what_is_written_twice_changes_nothing(tables: Tables, connection: sqlite3.Connection) -> None:
    told: list[Row] = [call(), answered(), answered(talk_seconds=30.0), ring(1_700_000_003.0)]
    tables.write(told)
    before = dump(connection)
    Tables(connection, "main").write(told[:3])
    assert dump(connection) == before


def test_a_later_account_fills_what_was_not_known(tables: Tables, connection: sqlite3.Connection) -> None:
    tables.write([call(position=1), answered(ring_seconds=2.5), answered(talk_seconds=30.0, ended_by="agent")])
    assert rows(connection, "stay, position, outcome, ring_seconds, talk_seconds, ended_by", "calls") == [
        (0, 1, "answered", 2.5, 30.0, "agent")
    ]


def test_queue_log_has_the_last_word_on_the_end(tables: Tables, connection: sqlite3.Connection) -> None:
    tables.write([call(outcome=Outcome.ABANDONED, wait_seconds=9.0)])
    tables.write([call(outcome=Outcome.EXITED, reason="timeout", wait_seconds=12.0, origin="queue_log")])
    tables.write([call(outcome=Outcome.ABANDONED, wait_seconds=9.0)])
    assert rows(connection, "outcome, reason, wait_seconds, origin", "calls") == [
        ("exited", "timeout", 12.0, "queue_log")
    ]


@pytest.mark.parametrize(("stated", "kept"), [(30.0, 30.0), (31.0, 30.0), (29.0, 30.0), (33.0, 33.0)])
def test_two_readings_of_one_clock_are_the_same(
    tables: Tables, connection: sqlite3.Connection, stated: float, kept: float
) -> None:
    tables.write([answered(talk_seconds=30.0), answered(talk_seconds=stated, origin="queue_log")])
    assert rows(connection, "talk_seconds", "calls") == [(kept,)]


def test_a_caller_who_comes_again_has_another_stay(tables: Tables, connection: sqlite3.Connection) -> None:
    tables.write([call(), call(joined_at=JOINED + 60)])
    assert rows(connection, "stay, joined_at", "calls") == [(0, JOINED), (1, JOINED + 60)]


def test_a_second_source_a_second_off_tells_of_the_same_stays(tables: Tables, connection: sqlite3.Connection) -> None:
    tables.write([call(), call(joined_at=JOINED + 1.2)])
    later = Tables(connection, "main")
    numbers = [later.matching.claim(QueueName("sales"), "c1", at) for at in (1_700_000_000, 1_700_000_001)]
    assert numbers == [0, 1]


def test_spellings_of_a_queue_are_one_queue(tables: Tables, connection: sqlite3.Connection) -> None:
    tables.write([call()])
    Tables(connection, "main").write([call(queue=QueueName("SALES"), outcome=Outcome.LOST)])
    assert rows(connection, "queue, outcome", "calls") == [("sales", "lost")]


# -- rings ------------------------------------------------------------------------------------------------------------


def test_each_record_of_queue_log_takes_one_ring_that_ami_told(tables: Tables, connection: sqlite3.Connection) -> None:
    tables.write([ring(float(at)) for at in (100, 101, 102, 102)])
    before = dump(connection)
    Tables(connection, "main").write([ring(float(at), origin="queue_log") for at in (101, 102, 103, 103)])
    assert dump(connection) == before


def test_rings_that_ami_did_not_tell_are_added(tables: Tables, connection: sqlite3.Connection) -> None:
    tables.write([ring(100.0)])
    told = [ring(float(at), origin="queue_log") for at in (100, 100, 200)]
    for _ in range(2):
        Tables(connection, "main").write(told)
        assert rows(connection, "at, number, origin", "rings") == [
            (100.0, 0, "ami"),
            (100.0, 1, "queue_log"),
            (200.0, 0, "queue_log"),
        ]


def test_what_the_domain_knew_is_not_taken_for_what_it_missed(tables: Tables, connection: sqlite3.Connection) -> None:
    tables.write([ring(100.0)])
    Tables(connection, "main", told_since=101.0).write([ring(102.0, origin="queue_log")])
    assert rows(connection, "at", "rings") == [(100.0,), (102.0,)]


# -- agents -----------------------------------------------------------------------------------------------------------


def test_a_state_that_goes_on_is_one_stretch(tables: Tables, connection: sqlite3.Connection) -> None:
    tables.write([stretch(10, 20, AgentState.READY), stretch(20, 30, AgentState.UNKNOWN)])
    tables.write([stretch(10, 40, AgentState.READY), stretch(10, 20, AgentState.READY)])
    assert rows(connection, "since, until, state", "agent_intervals") == [(10.0, 40.0, "ready")]


def test_a_state_that_began_in_a_gap_ends_not_knowing(tables: Tables, connection: sqlite3.Connection) -> None:
    tables.write([stretch(20, 30, AgentState.UNKNOWN), stretch(25, 40, AgentState.NOT_READY)])
    assert rows(connection, "since, until, state", "agent_intervals") == [
        (20.0, 25.0, "unknown"),
        (25.0, 40.0, "not_ready"),
    ]


def test_an_import_does_not_add_to_what_the_bridge_saw(tables: Tables, connection: sqlite3.Connection) -> None:
    tables.write([stretch(100.5, 160.2, AgentState.NOT_READY)])
    tables.write([stretch(100, 160, AgentState.NOT_READY, origin="queue_log")])
    tables.write([stretch(170, 190, AgentState.NOT_READY, origin="queue_log")])
    assert rows(connection, "since, origin", "agent_intervals") == [(100.5, "ami"), (170.0, "queue_log")]


def test_after_call_work_belongs_to_the_call_before_it(tables: Tables, connection: sqlite3.Connection) -> None:
    end = JOINED + 34
    work = [stretch(end, end + 10, AgentState.WRAP_UP), stretch(end + 10, end + 25, AgentState.WRAP_UP, reason="wrap")]
    tables.write([answered(talk_seconds=30.0), *work])
    tables.write(work)
    assert rows(connection, "wrap_up_seconds", "calls") == [(25.0,)]


def test_who_was_only_a_name_in_a_file_is_recognised(tables: Tables, connection: sqlite3.Connection) -> None:
    tables.write([AgentRow(pbx="main", agent=AgentId("Anna"), name="Anna", seen_at=0.0)])  # type: ignore[arg-type]
    tables.write([answered(agent=AgentId("Anna"))])
    tables.write([AgentRow(pbx="main", agent=AgentId("1001"), name="Anna", seen_at=50.0)])  # type: ignore[arg-type]
    assert rows(connection, "agent", "calls") == [("1001",)]
    assert rows(connection, "agent, name", "agents") == [("1001", "Anna")]
