"""Old rows go and their figures stay; callers can be erased; a copy is whole."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctibridge.domain.policy import Policy
from ctibridge.domain.units import CallId
from ctibridge.outputs.history.callers import UnusableKeyError, normalised, site_key
from ctibridge.outputs.history.rows import Outcome
from ctibridge.outputs.history.tables import Tables
from ctibridge.outputs.history.upkeep import back_up, cut_off, erase, retire_half_hour
from tests.unit.outputs.history.ground import JOINED, MARKS, alarm, answered, call, dump, new_store, ring, rows

HALF_HOUR = int(JOINED) // 1800 * 1800


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = new_store(tmp_path)
    yield opened
    opened.close()


def test_the_figures_of_a_half_hour_outlive_its_calls(connection: sqlite3.Connection) -> None:
    Tables(connection, "main").write(
        [
            answered(talk_seconds=30.0, is_within_rings=True),
            answered(call=CallId("c2"), wait_seconds=61.0, talk_seconds=10.0, transfer_kind="blind"),
            call(call=CallId("c3"), outcome=Outcome.ABANDONED, wait_seconds=3.0, is_short=True),
            call(call=CallId("c4"), outcome=Outcome.ABANDONED, wait_seconds=30.0, is_short=False),
            call(call=CallId("c5"), joined_at=JOINED + 1800),
            ring(JOINED // 1),
        ]
    )
    policy = Policy()
    assert retire_half_hour(connection, "main", HALF_HOUR + 1800, policy)
    assert not retire_half_hour(connection, "main", HALF_HOUR + 1800, policy)

    assert rows(connection, "call", "calls") == [("c5",)]
    columns = (
        "queue, since, offered, answered, abandoned, abandoned_short, answered_within_threshold, answered_late,"
        " answered_beyond, service_level_met, service_level_missed, transferred, ring_no_answer, wait_seconds,"
        " talk_seconds, abandon_wait_seconds"
    )
    assert rows(connection, columns, "interval_figures") == [
        ("sales", HALF_HOUR, 4, 2, 2, 1, 1, 1, 1, 1, 2, 1, 1, 65.0, 40.0, 33.0)
    ]


def test_alarms_and_commands_go_with_the_calls_of_their_time(connection: sqlite3.Connection) -> None:
    command = ("main", JOINED, "ann", "1", "pause", "leader", None, "{}", "mqtt", None, "done", None, "")
    connection.execute(f"INSERT INTO commands VALUES ({', '.join('?' * 13)})", command)  # noqa: S608 - marks only
    Tables(connection, "main").write([alarm(JOINED, 0.7, since=JOINED), alarm(JOINED + 1800, 0.7, since=JOINED + 1800)])
    assert retire_half_hour(connection, "main", HALF_HOUR + 1800, Policy())
    assert not retire_half_hour(connection, "main", HALF_HOUR + 1800, Policy())
    assert rows(connection, "since", "alarms") == [(JOINED + 1800,)]
    assert rows(connection, "at", "commands") == []


def test_the_fuller_account_of_a_retired_half_hour_is_kept(connection: sqlite3.Connection) -> None:
    whole = [call(), call(call=CallId("c2"))]
    for told in (whole, whole[:1], [*whole, call(call=CallId("c3"))]):
        Tables(connection, "main").write(told)
        retire_half_hour(connection, "main", HALF_HOUR + 1800, Policy())
    assert rows(connection, "offered", "interval_figures") == [(3,)]


def test_the_cut_is_at_a_half_hour() -> None:
    assert cut_off(JOINED + 30 * 86_400, 30) == HALF_HOUR


def test_an_erased_caller_does_not_come_back(connection: sqlite3.Connection) -> None:
    told = [
        call(caller_mask="***456", caller_hmac=MARKS.hmac("+49 30 123456")),
        call(call=CallId("c2"), caller_mask="***789", caller_hmac=MARKS.hmac("49301789")),
    ]
    Tables(connection, "main").write(told)
    caller = MARKS.hmac("004930123456")
    assert caller is not None
    assert erase(connection, caller) == 1
    Tables(connection, "main").write(told)
    assert rows(connection, "call, caller_mask, caller_hmac IS NULL", "calls") == [("c1", None, 1), ("c2", "***789", 0)]


def test_a_copy_made_while_somebody_writes_is_whole(connection: sqlite3.Connection, tmp_path: Path) -> None:
    Tables(connection, "main").write([answered()])
    before = dump(connection)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM calls")
    back_up(tmp_path / "history.db", tmp_path / "copy.db")
    connection.execute("ROLLBACK")
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert dump(copy) == before
    copy.close()
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("written", ["+49 30 123-456", "004930123456", "49 (30) 12 34 56"])
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    assert normalised(written) == "4930123456"


def test_the_key_is_made_once_for_nobody_else_to_read(tmp_path: Path) -> None:
    from ctibridge.domain.privacy import PrivacySettings  # noqa: PLC0415 - beside its only use

    store = tmp_path / "data" / "history.db"
    key = site_key(store, PrivacySettings())
    assert site_key(store, PrivacySettings()) == key
    assert (store.parent / "store.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "other.key").write_text("no key")
    with pytest.raises(UnusableKeyError):
        site_key(store, PrivacySettings(key_file=str(tmp_path / "other.key")))
