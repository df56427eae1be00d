"""A table gives the lines that the file would have had, from where an earlier run stopped, each once and in order."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ctibridge.asterisk.queue_log import Connected, Entered, Transferred, parse_line
from ctibridge.asterisk.queue_log_place import SqliteTable
from ctibridge.asterisk.queue_log_source import Position, PositionLostError, RowPosition
from ctibridge.asterisk.queue_log_sqlite import SqliteRows
from ctibridge.asterisk.queue_log_table import HANDOUT, HEAD, LIMIT, QueueLogTable, Row, TableUnreadableError
from ctibridge.domain.units import Timestamp

BERLIN = ZoneInfo("Europe/Berlin")
COLUMNS = (*HEAD, "data1", "data2", "data3", "data4", "data5")
TABLE = f"CREATE TABLE queue_log (id INTEGER PRIMARY KEY, {', '.join(COLUMNS)})"
AT = "2023-11-14 23:13:20.123456"
"""1700000000 in Berlin."""


class Database:
    """A file of SQLite as Asterisk writes it."""

    def __init__(self, path: Path, table: str = TABLE) -> None:
        self.path = path
        self.do(table)

    def do(self, statement: str, values: Sequence[object] = ()) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(statement, values)

    def log(self, call: str, queue: str | bytes, agent: str, event: str, *data: object, at: str = AT) -> None:
        values = [at, call, queue, agent, event, *data, *[""] * (5 - len(data))]
        self.do(f"INSERT INTO queue_log ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * 10)})", values)  # noqa: S608

    def follow(self, position: RowPosition | None = None, zone: ZoneInfo = BERLIN) -> QueueLogTable:
        table = QueueLogTable(SqliteRows(SqliteTable(path=self.path)), zone, lambda: 0.0)
        if position is None:
            table.start_at_end()
        else:
            table.start_at(position)
        return table


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "realtime.sqlite3")


def test_rows_become_the_lines_of_the_file(database: Database) -> None:
    table = database.follow()
    database.log("1.1", "sales", "NONE", "ENTERQUEUE", "", "5551000", 1)
    database.log("1.1", "sales", "Agent|1001", "CONNECT", 3, "1.2", 2)
    database.log("1.1", "sales", "Agent|1001", "ATTENDEDTRANSFER", "LINK", "PJSIP/a-1", "PJSIP/b-2", 3, "11|1")
    database.log("NONE", "NONE", "NONE", "QUEUESTART")

    lines = table.read()

    assert lines == [
        b"1700000000|1.1|sales|NONE|ENTERQUEUE||5551000|1",
        b"1700000000|1.1|sales|Agent|1001|CONNECT|3|1.2|2",
        b"1700000000|1.1|sales|Agent|1001|ATTENDEDTRANSFER|LINK|PJSIP/a-1|PJSIP/b-2|3|11|1",
        b"1700000000|NONE|NONE|NONE|QUEUESTART|",
    ]
    entered, connected, transferred, _ = (parse_line(line) for line in lines)
    assert isinstance(entered, Entered)
    assert isinstance(connected, Connected)
    assert isinstance(transferred, Transferred)
    assert (entered.at, entered.number, entered.position) == (1700000000.0, "5551000", 1)
    assert (connected.agent, connected.wait, connected.ring) == ("Agent|1001", 3.0, 2.0)
    assert (transferred.target, transferred.talk, transferred.position) == ("LINK|PJSIP/a-1|PJSIP/b-2", 11.0, 1)
    assert table.read() == []


def test_data_in_one_column(tmp_path: Path) -> None:
    columns = (*HEAD, "data")
    database = Database(tmp_path / "db", f"CREATE TABLE queue_log ({', '.join(columns)})")
    table = database.follow()
    database.do("INSERT INTO queue_log VALUES (?, '1.1', 'sales', 'NONE', 'ABANDON', '1|1|7')", [AT])

    assert table.read() == [b"1700000000|1.1|sales|NONE|ABANDON|1|1|7"]


def test_what_cannot_stand_in_a_line(database: Database) -> None:
    table = database.follow()
    database.log("1.1", "sales", "NONE", "ENTERQUEUE", None, "555\r\n1000", 1)
    database.log("1.1", b"caf\xe9", "NONE", "ABANDON", 1, 1, 7)
    database.log("1.1", "sales", "NONE", "ABANDON", 1, 1, 7, at="yesterday")

    lines = table.read()

    assert lines[0] == b"1700000000|1.1|sales|NONE|ENTERQUEUE||555  1000|1"
    assert lines[1].split(b"|")[2] == b"caf\xe9"
    assert parse_line(lines[2]) is None


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2023-11-14 22:13:20.999999", "UTC", 1700000000),
        ("2023-11-15 06:13:20", "Asia/Shanghai", 1700000000),
        ("2023-11-14 22:13:20+00", "Asia/Shanghai", 1700000000),
        ("1700000000", "Asia/Shanghai", 1700000000),
        ("1700000000.25", "Asia/Shanghai", 1700000000),
    ],
)
def test_times_as_databases_have_them(database: Database, text: str, zone: str, moment: int) -> None:
    table = database.follow(zone=ZoneInfo(zone))
    database.log("1.1", "sales", "NONE", "ABANDON", 1, 1, 7, at=text)

    assert table.read()[0].startswith(b"%d|" % moment)


def test_the_hour_that_comes_twice_when_clocks_are_set_back(database: Database) -> None:
    table = database.follow()
    for clock in ("02:10", "02:50", "02:49", "02:05", "02:55", "03:01"):
        database.log("1.1", "sales", "NONE", "ABANDON", 1, 1, 7, at=f"2023-10-29 {clock}:00")
    moments = [int(line.split(b"|")[0]) for line in table.read()]
    first = moments[0]

    assert [(moment - first) / 60 for moment in moments] == [0, 40, 39, 55, 105, 111]


def test_many_rows_come_in_pieces_and_each_once(database: Database) -> None:
    table = database.follow()
    rows = [(number, AT, "1.1", "sales", "NONE", "ABANDON", 1, 1, 7, "", "") for number in range(1, 2 * LIMIT + 2)]
    with closing(sqlite3.connect(database.path)) as connection, connection:
        connection.executemany("INSERT INTO queue_log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    assert [len(table.read()) for _ in range(4)] == [LIMIT, LIMIT, 1, 0]


def test_going_on_where_an_earlier_run_stopped(database: Database) -> None:
    database.log("1.1", "sales", "NONE", "ABANDON", 1, 1, 7)
    position = database.follow().position
    assert position is not None
    assert position.row == 1
    database.log("1.2", "sales", "NONE", "ABANDON", 1, 1, 8)

    assert database.follow(position).read() == [b"1700000000|1.2|sales|NONE|ABANDON|1|1|8"]


def test_old_rows_may_be_deleted(database: Database) -> None:
    for wait in (7, 8, 9):
        database.log("1.1", "sales", "NONE", "ABANDON", 1, 1, wait)
    position = database.follow().position
    database.log("1.1", "sales", "NONE", "ABANDON", 1, 1, 10)
    database.do("DELETE FROM queue_log WHERE id <= 3")

    assert len(database.follow(position).read()) == 1


def test_a_table_that_was_emptied_while_it_is_followed_is_read_from_its_beginning(database: Database) -> None:
    database.log("1.1", "sales", "NONE", "ABANDON", 1, 1, 7)
    table = database.follow()
    database.do("DELETE FROM queue_log")
    assert table.read() == []
    database.log("1.2", "sales", "NONE", "ABANDON", 1, 1, 8)

    assert table.read() == [b"1700000000|1.2|sales|NONE|ABANDON|1|1|8"]


@pytest.mark.parametrize("left", [0, 1])
def test_a_place_that_is_gone(database: Database, left: int) -> None:
    for wait in (7, 8, 9):
        database.log("1.1", "sales", "NONE", "ABANDON", 1, 1, wait)
    table = database.follow()
    position = table.position
    database.do("DELETE FROM queue_log WHERE id > ?", [left])

    with pytest.raises(PositionLostError):
        database.follow(position)
    if left:
        with pytest.raises(PositionLostError):
            table.read()


def test_another_table_or_another_kind_of_source_is_not_taken_for_the_same(database: Database) -> None:
    database.log("1.1", "sales", "NONE", "ABANDON", 1, 1, 7)
    position = database.follow().position
    database.do("UPDATE queue_log SET callid = '9.9'")

    with pytest.raises(PositionLostError):
        database.follow(position)
    with pytest.raises(PositionLostError):
        QueueLogTable(SqliteRows(SqliteTable(path=database.path)), BERLIN, lambda: 0.0).start_at(
            Position(inode=1, offset=2)
        )


def test_a_database_that_is_away_a_wrong_table_and_a_damaged_file_are_said(tmp_path: Path, database: Database) -> None:
    with pytest.raises(FileNotFoundError):
        SqliteRows(SqliteTable(path=tmp_path / "none")).newest()
    with pytest.raises(TableUnreadableError, match="no such table"):
        SqliteRows(SqliteTable(path=database.path, table="other")).newest()
    database.do("CREATE TABLE wrong (time, callid, queuename, agent, event, data1, data2)")
    with pytest.raises(TableUnreadableError, match="data1 to data5"):
        SqliteRows(SqliteTable(path=database.path, table="wrong")).newest()
    (tmp_path / "text").write_text("this is not a database, " * 100)
    with pytest.raises(TableUnreadableError, match="not a database"):
        SqliteRows(SqliteTable(path=tmp_path / "text")).newest()


class Handed:
    """Rows whose keys were handed out before they can be seen."""

    is_in_order = False

    def __init__(self, *keys: int) -> None:
        self.keys = set(keys)

    def newest(self) -> Row | None:
        return self.one(max(self.keys)) if self.keys else None

    def one(self, key: int) -> Row | None:
        fields = (AT, "1.1", "sales", "NONE", "ABANDON", "1", "1", str(key))
        return Row(key, tuple(field.encode() for field in fields)) if key in self.keys else None

    def after(self, key: int) -> list[Row]:
        return [row for other in sorted(self.keys) if other > key and (row := self.one(other))]

    def close(self) -> None:
        """Nothing is open."""


def test_a_row_waits_for_those_that_were_begun_before_it_but_not_for_ever() -> None:
    rows, now = Handed(1, 2), [0.0]
    table = QueueLogTable(rows, BERLIN, lambda: now[0])
    table.start_at_end()

    def look(later: float = 0.5) -> list[int]:
        now[0] += later
        return [int(line.rpartition(b"|")[2]) for line in table.read()]

    rows.keys |= {3, 5}
    assert look() == [3]
    rows.keys |= {4, 6}
    assert look() == [4, 5, 6], "a late row is told in its order"

    rows.keys |= {8, 10}
    told = [look() for _ in range(8)]
    assert told[0] == []
    assert [key for keys in told for key in keys] == [8, 10], "what was never used is not waited for"
    assert sum(not keys for keys in told[:5]) >= HANDOUT / 0.5


@pytest.mark.parametrize(
    ("moment", "count"), [(0, 4), (1700000000, 4), (1700000001, 3), (1700003600, 3), (1700003601, 2), (1700007201, 0)]
)
def test_it_begins_with_the_first_row_of_a_moment(database: Database, moment: int, count: int) -> None:
    for at in (AT, "2023-11-14 23:13:21", "2023-11-15 00:13:20", "2023-11-15 01:13:20"):
        database.log("1.1", "sales", "NONE", "ENTERQUEUE", "", "555", 1, at=at)
    database.do("DELETE FROM queue_log WHERE id = 2")
    database.log("1.1", "sales", "NONE", "ENTERQUEUE", "", "555", 1, at="2023-11-15 01:13:20")
    table = database.follow()

    table.start_since(Timestamp(moment))

    assert len(table.read()) == count
