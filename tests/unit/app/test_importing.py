"""queue_log of any age and shape into the history, once and for ever the same."""

import gzip
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ctibridge.app import importing
from ctibridge.app.importing import Imported, Importer, import_files
from ctibridge.domain.policy import PauseReason, Policy
from ctibridge.domain.units import Seconds
from tests.bench.queue_log_maker import lines
from tests.unit.outputs.history.ground import MARKS, dump, new_store, rows

POLICY = Policy(pause_reasons=(PauseReason(code="meal", limit=Seconds(60)),))
CALL = [
    "1700000000|c1|Sales|NONE|ENTERQUEUE||+4930123456|2",
    "1700000003|c1|sales|PJSIP/1002|RINGNOANSWER|1000",
    "1700000005|c1|sales|PJSIP/1001|CONNECT|5|c2|3",
    "1700000035|c1|sales|PJSIP/1001|COMPLETECALLER|5|30|2",
]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = new_store(tmp_path)
    yield opened
    opened.close()


def bring(connection: sqlite3.Connection, *paths: Path) -> list[Imported]:
    return import_files(Importer(connection, "main", POLICY, MARKS), "main", paths, 0.0)


def written(path: Path, text: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in text))
    return path


def told(connection: sqlite3.Connection, tmp_path: Path, text: list[str], columns: str) -> list[tuple[Any, ...]]:
    """What is stored of calls after a file with these lines."""
    [done] = bring(connection, written(tmp_path / "queue_log", text))
    assert (done.bad_lines, done.problem) == (0, None)
    return rows(connection, columns, "calls")


def test_a_call_is_one_row(connection: sqlite3.Connection, tmp_path: Path) -> None:
    columns = "queue, call, joined_at, caller_mask, position, outcome, wait_seconds, agent, talk_seconds, ended_by"
    assert told(connection, tmp_path, CALL, columns) == [
        ("Sales", "c1", 1_700_000_000.0, "***456", 2, "answered", 5.0, "1001", 30.0, "caller")
    ]
    assert rows(connection, "queue, agent, at, outcome, ring_seconds", "rings") == [
        ("Sales", "1002", 1_700_000_003.0, "ring_no_answer", 1.0)
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1700000007|c1|sales|NONE|ABANDON|1|2|7", ("abandoned", None, 7.0, 0)),
        ("1700000002|c1|sales|NONE|ABANDON|1|2|2", ("abandoned", None, 2.0, 1)),
        ("1700000009|c1|sales|NONE|EXITWITHTIMEOUT|1", ("exited", "timeout", 9.0, None)),
        ("1700000009|c1|sales|NONE|EXITWITHKEY|1|1|2|9", ("exited", "key", 9.0, None)),
        ("1700000009|c1|sales|NONE|EXITEMPTY|1|2|9", ("exited", "empty", 9.0, None)),
        ("1700000009|NONE|NONE|NONE|QUEUESTART|", ("lost", None, None, None)),
    ],
)
def test_how_a_caller_leaves(
    connection: sqlite3.Connection, tmp_path: Path, line: str, expected: tuple[object, ...]
) -> None:
    assert told(connection, tmp_path, [CALL[0], line], "outcome, reason, wait_seconds, is_short") == [expected]


def test_an_old_asterisk_does_not_tell_the_kind_of_transfer(connection: sqlite3.Connection, tmp_path: Path) -> None:
    text = [*CALL[:3], "1700000035|c1|sales|PJSIP/1001|TRANSFER|900|out|5|30|2"]
    assert told(connection, tmp_path, text, "talk_seconds, ended_by, transfer_kind") == [(30.0, "transfer", "unknown")]


def test_a_caller_who_comes_back_at_once_is_counted_twice(connection: sqlite3.Connection, tmp_path: Path) -> None:
    again = ["1700000001|c1|sales|NONE|EXITWITHTIMEOUT|1|1|1", "1700000001|c1|sales|NONE|ENTERQUEUE||1|1"]
    left = ["1700000002|c1|sales|NONE|ABANDON|1|1|1"]
    expected = [(0, "exited"), (1, "abandoned")]
    for _ in range(2):
        connection.execute("DELETE FROM imports")
        assert told(connection, tmp_path, [CALL[0], *again, *left], "stay, outcome") == expected


def test_a_place_that_another_caller_takes_over_is_one_call(connection: sqlite3.Connection, tmp_path: Path) -> None:
    text = [CALL[0], *(line.replace("c1|sales", "c9|sales") for line in CALL[2:])]
    assert told(connection, tmp_path, text, "call, outcome, talk_seconds") == [("c1", "answered", 30.0)]


def test_what_a_dialplan_wrote_itself_is_no_call(connection: sqlite3.Connection, tmp_path: Path) -> None:
    text = [*CALL, "1700000099|x|sales|NONE|ABANDON|1|1|7", "1700000099|c1|sales|NONE|ABANDON|1|1|7"]
    assert told(connection, tmp_path, text, "call, outcome") == [("c1", "answered")]


def test_a_call_may_go_on_in_the_next_file_whatever_the_files_are_called(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    first, second = written(tmp_path / "queue_log.b", CALL[:2]), tmp_path / "queue_log.a.gz"
    second.write_bytes(gzip.compress("\n".join(CALL[2:]).encode()))
    bring(connection, second, first)
    assert rows(connection, "outcome, talk_seconds", "calls") == [("answered", 30.0)]


def test_the_end_of_a_call_is_enough_where_the_file_before_is_gone(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    bring(connection, written(tmp_path / "later", CALL[3:]))
    before = rows(connection, "joined_at, outcome, wait_seconds, talk_seconds", "calls")
    assert before == [(1_700_000_000.0, "answered", 5.0, 30.0)]
    bring(connection, written(tmp_path / "earlier", CALL[:3]))
    assert rows(connection, "joined_at, outcome, wait_seconds, talk_seconds", "calls") == before


def test_bad_lines_are_counted_and_shown(connection: sqlite3.Connection, tmp_path: Path) -> None:
    [done] = bring(connection, written(tmp_path / "queue_log", [*CALL[:2], "torn", "", "also|torn", *CALL[2:]]))
    assert [(bad.number, bad.text) for bad in done.first_bad] == [(3, b"torn"), (5, b"also|torn")]
    assert done.bad_lines == 2
    assert done.lines == 7


def test_a_file_that_is_damaged_gives_what_it_has(connection: sqlite3.Connection, tmp_path: Path) -> None:
    text = "".join(lines(500, days=1)).encode()
    path = tmp_path / "queue_log.1.gz"
    path.write_bytes(gzip.compress(text)[:-4000])
    [done] = bring(connection, path)
    assert done.problem is not None
    assert done.calls > 100


def test_an_import_changes_nothing_when_it_is_repeated(connection: sqlite3.Connection, tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    path.write_text("".join(lines(2000, days=1)))
    bring(connection, path)
    before = dump(connection)
    [again] = bring(connection, path)
    assert again.is_known
    connection.execute("DELETE FROM imports")
    bring(connection, path)
    assert dump(connection) == before
    assert len(before["calls"]) == 2000


@pytest.mark.parametrize("is_compressed", [False, True])
def test_an_import_that_was_cut_off_goes_on(
    connection: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_compressed: bool
) -> None:
    monkeypatch.setattr(importing, "READ_AGAIN", 5000)
    text = "".join(lines(3000, days=1)).encode()
    ends = sorted(random.Random(3).sample(range(len(text)), 6))
    path = tmp_path / "queue_log"
    for end in [*ends, len(text)]:  # The file grows; its last line may be torn.
        path.write_bytes(gzip.compress(text[:end]) if is_compressed else text[:end])
        bring(connection, path)
    grown = dump(connection)
    other = new_store(tmp_path / "whole")
    whole = tmp_path / "whole_log"
    whole.write_bytes(text)
    bring(other, whole)
    assert grown == dump(other)
    other.close()


# -- agents -----------------------------------------------------------------------------------------------------------


def test_an_agent_is_away_when_paused_in_every_queue(connection: sqlite3.Connection, tmp_path: Path) -> None:
    text = [
        "1700000000|NONE|sales|PJSIP/1001|ADDMEMBER|",
        "1700000000|NONE|support|PJSIP/1001|ADDMEMBER|",
        "1700000010|NONE|sales|PJSIP/1001|PAUSE|meal",
        "1700000020|NONE|support|PJSIP/1001|PAUSE|meal",
        "1700000120|NONE|sales|PJSIP/1001|UNPAUSE|",
    ]
    bring(connection, written(tmp_path / "queue_log", text))
    columns = "agent, since, until, state, reason, limit_seconds, overrun_seconds"
    assert rows(connection, columns, "agent_intervals") == [
        ("1001", 1_700_000_020.0, 1_700_000_120.0, "not_ready", "meal", 60.0, 40.0)
    ]


def test_a_pause_during_a_call_begins_when_it_ends(connection: sqlite3.Connection, tmp_path: Path) -> None:
    pause = ["1700000020|NONE|sales|PJSIP/1001|PAUSE|meal"]
    back = ["1700000095|NONE|sales|PJSIP/1001|UNPAUSE|"]
    bring(connection, written(tmp_path / "queue_log", [*CALL[:3], *pause, *CALL[3:], *back]))
    assert rows(connection, "since, until", "agent_intervals") == [(1_700_000_035.0, 1_700_000_095.0)]


def test_a_pause_may_end_in_the_next_file(connection: sqlite3.Connection, tmp_path: Path) -> None:
    bring(connection, written(tmp_path / "1", ["1700000020|NONE|sales|PJSIP/1001|PAUSE|meal"]))
    bring(connection, written(tmp_path / "2", ["1700000050|NONE|sales|PJSIP/1001|UNPAUSE|"]))
    assert rows(connection, "since, until", "agent_intervals") == [(1_700_000_020.0, 1_700_000_050.0)]
