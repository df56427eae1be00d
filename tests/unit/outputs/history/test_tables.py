"""A fact told twice is one row, and the better account of it stays."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ctibridge.domain.units import AgentId, QueueName, Timestamp
from ctibridge.domain.views import AgentState
from ctibridge.outputs.history.rows import AgentRow, AlarmsLeftRow, CommandRow, Outcome, Row
from ctibridge.outputs.history.tables import Tables
from tests.unit.outputs.history.ground import JOINED, alarm, answered, call, dump, new_store, ring, rows, stretch


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


def test_a_ring_that_an_import_has_stored_first_is_the_one_that_ami_tells(
    tables: Tables, connection: sqlite3.Connection
) -> None:
    """Asterisk has written it, an import reads it, and our own account of it waits to be written."""
    tables.write([ring(90.0)])
    Tables(connection, "main").write([ring(float(at), origin="queue_log") for at in (90, 100)])

    tables.write([ring(101.0), ring(102.0)])
    assert rows(connection, "at, number, origin", "rings") == [
        (90.0, 0, "ami"),
        (100.0, 0, "queue_log"),
        (102.0, 0, "ami"),
    ]


def test_a_ring_of_seconds_before_a_record_is_another_one(tables: Tables, connection: sqlite3.Connection) -> None:
    """A phone that refuses rings every second; the last ring was told by queue_log only."""
    tables.write([ring(100.0)])
    Tables(connection, "main", told_since=100.0).write([ring(102.0, origin="queue_log")])
    assert rows(connection, "at", "rings") == [(100.0,), (102.0,)]


def test_a_ring_that_ami_told_late_is_the_same(tables: Tables, connection: sqlite3.Connection) -> None:
    tables.write([ring(100.0), ring(103.0)])
    before = dump(connection)
    Tables(connection, "main").write([ring(float(at), origin="queue_log") for at in (100, 101)])
    assert dump(connection) == before


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


# -- alarms and commands ----------------------------------------------------------------------------------------------


def test_an_alarm_is_one_row_from_its_beginning_to_its_end(tables: Tables, connection: sqlite3.Connection) -> None:
    told: list[Row] = [
        alarm(1000, 0.75),
        alarm(1060, 0.6),
        alarm(1090, 0.7, acknowledged_by="ann", acknowledged_at=1090.0),
        alarm(1100, 0.82, acknowledged_by="ann", acknowledged_at=1090.0, is_over=True),
    ]
    for _ in range(2):
        tables.write(told)
        assert rows(connection, "since, until, is_over, value, worst_value, acknowledged_by", "alarms") == [
            (1000.0, 1100.0, 1, 0.75, 0.6, "ann")
        ]


@pytest.mark.parametrize(("values", "worst"), [((300, 500, 400), 500), ((0, 2, 1), 2)])
def test_above_the_threshold_the_worst_is_the_most(
    tables: Tables, connection: sqlite3.Connection, values: tuple[float, ...], worst: float
) -> None:
    tables.write([alarm(1000 + n, value, threshold=0.0) for n, value in enumerate(values)])
    assert rows(connection, "worst_value", "alarms") == [(worst,)]


def test_an_alarm_without_figures_can_be_kept(tables: Tables, connection: sqlite3.Connection) -> None:
    bare = alarm(1000, 0.0, threshold=None)
    tables.write([msgspec.structs.replace(bare, value=None, until=until) for until in (1000, 1010)])
    assert rows(connection, "until, value, worst_value", "alarms") == [(1010.0, None, None)]


def test_at_a_start_alarms_that_nobody_saw_end_are_over(tables: Tables, connection: sqlite3.Connection) -> None:
    goes_on = alarm(1030, 5.0, alert="long_wait:sales", since=1000.25)
    tables.write([alarm(1020, 0.7), goes_on, alarm(1040, 0.7, pbx="other")])
    tables.write([AlarmsLeftRow(pbx="main", open=(("long_wait:sales", Timestamp(1000.25)),))])
    assert rows(connection, "pbx, alert, until, is_over", "alarms") == [
        ("main", "long_wait:sales", 1030.0, 0),
        ("main", "service_level_low:sales", 1020.0, 1),
        ("other", "service_level_low:sales", 1040.0, 0),
    ]


def test_every_command_is_kept_once(tables: Tables, connection: sqlite3.Connection) -> None:
    pause = CommandRow(
        pbx="main",
        at=Timestamp(1000.5),
        user="ann",
        transaction_id="7",
        command="pause",
        role="leader",
        target="agent/1001",
        arguments='{"reason":"away"}',
        via="mqtt",
        address=None,
        outcome="done",
        reason=None,
        message="",
    )
    again = msgspec.structs.replace(pause, at=Timestamp(1060.0), outcome="refused")
    tables.write([pause, again, pause])
    assert rows(connection, "at, user, transaction_id, outcome", "commands") == [
        (1000.5, "ann", "7", "done"),
        (1060.0, "ann", "7", "refused"),
    ]
