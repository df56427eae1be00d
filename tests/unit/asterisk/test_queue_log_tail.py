"""queue_log is read whole and once, whatever is done to the file meanwhile."""

import gzip
import os
import resource
import shutil
from pathlib import Path

import pytest

from ctibridge.asterisk import queue_log_tail
from ctibridge.asterisk.queue_log_source import Position, PositionLostError
from ctibridge.asterisk.queue_log_tail import CHUNK, LONGEST_LINE, QueueLogTail
from ctibridge.domain.units import Timestamp


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "queue_log"
    file.write_bytes(b"first\n")
    return file


def write(path: Path, text: str) -> None:
    with path.open("ab") as file:
        file.write(text.encode())


def everything(tail: QueueLogTail) -> list[str]:
    lines = []
    while more := tail.read():
        lines += more
    return [line.decode(errors="replace") for line in lines]


def rotate(path: Path, kept: str, begin: str = "") -> None:
    """As ``logger rotate`` does: rename, and start a new file."""
    path.rename(path.with_name(kept))
    path.write_text(begin)


def at_end(path: Path) -> QueueLogTail:
    tail = QueueLogTail(path)
    tail.start_at_end()
    return tail


def position_of(tail: QueueLogTail) -> Position:
    assert tail.position is not None
    return tail.position


# -- one file ---------------------------------------------------------------------------------------------------------


def test_what_was_there_before_is_not_read(path: Path) -> None:
    tail = at_end(path)

    assert tail.read() == []
    write(path, "second\nthird\n")
    assert everything(tail) == ["second", "third"]
    assert tail.read() == []
    tail.close()


def test_a_last_line_without_an_end_is_left_until_it_has_one(path: Path) -> None:
    write(path, "half of ")
    tail = at_end(path)

    assert tail.read() == []
    write(path, "a line")
    assert tail.read() == []
    write(path, "\nnext")
    assert everything(tail) == ["half of a line"]
    assert position_of(tail).offset == len("first\nhalf of a line\n")
    tail.close()


def test_the_end_of_a_file_whose_last_line_is_longer_than_a_chunk(path: Path) -> None:
    write(path, "x" * (3 * CHUNK))
    tail = at_end(path)

    assert position_of(tail).offset == len("first\n")
    write(path, "\nsecond\n")
    assert [len(line) for line in everything(tail)] == [3 * CHUNK, 6]
    tail.close()


def test_an_empty_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    path.touch()
    tail = at_end(path)
    write(path, "first\n")

    assert everything(tail) == ["first"]
    tail.close()


def test_line_ends_of_other_systems_and_unprintable_bytes_stay_within_their_lines(path: Path) -> None:
    tail = at_end(path)
    with path.open("ab") as file:
        file.write(b"one\r\n" + b"t\x00w\x0bo\x0c\x1c\n" + b"\x85\xe4\xe8\n" + b"\n" + b"a\rb\n")

    assert tail.read() == [b"one", b"t\x00w\x0bo\x0c\x1c", b"\x85\xe4\xe8", b"", b"a\rb"]
    tail.close()


def test_a_file_that_is_not_there_can_be_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    tail = QueueLogTail(path)
    for begin in (tail.start_at_end, tail.read):
        with pytest.raises(FileNotFoundError):
            begin()
    assert tail.position is None

    path.write_text("first\n")
    assert everything(tail) == ["first"]
    tail.close()


def test_bytes_without_any_line_end_do_not_pile_up(path: Path) -> None:
    tail = at_end(path)
    write(path, "x" * (LONGEST_LINE + 10) + "\nnext\n")

    lines = everything(tail)

    assert lines[-1] == "next"
    assert sum(map(len, lines)) == LONGEST_LINE + 10 + 4
    tail.close()


def test_a_closed_tail_goes_on_where_it_was(path: Path) -> None:
    tail = at_end(path)
    write(path, "second\n")
    assert everything(tail) == ["second"]
    tail.close()
    write(path, "third\n")

    assert everything(tail) == ["third"]
    tail.close()


def test_a_long_file_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    line = b"1700000000|1700000000.1|sales|NONE|ENTERQUEUE||+4930123|1\n"
    with path.open("wb") as file:
        for _ in range(60):
            file.write(line * 20_000)
    tail = QueueLogTail(path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = 0
    while lines := tail.read():
        assert len(lines) <= CHUNK
        count += len(lines)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    assert count == 60 * 20_000
    assert grown < 20_000  # kB; the file has 70 MB
    tail.close()


# -- rotation ---------------------------------------------------------------------------------------------------------


def test_rotation_loses_nothing_and_repeats_nothing(path: Path) -> None:
    tail = at_end(path)
    write(path, "second\n")
    rotate(path, "queue_log.0", "third\n")
    write(path, "fourth\n")

    assert everything(tail) == ["second", "third", "fourth"]
    write(path, "fifth\n")
    assert everything(tail) == ["fifth"]
    tail.close()


@pytest.mark.parametrize(
    "names",
    [("queue_log.0", "queue_log.1", "queue_log.2"), ("queue_log-20261120", "queue_log-20261121", "queue_log-20261122")],
)
def test_several_rotations_between_two_looks(path: Path, names: tuple[str, ...]) -> None:
    tail = at_end(path)
    for number, name in enumerate(names):
        write(path, f"in {number}\n")
        os.utime(path, ns=(0, 1_000_000_000 * (number + 1)))
        rotate(path, name, f"begin of {number + 1}\n")
    write(path, "in 3\n")

    expected = ["in 0", "begin of 1", "in 1", "begin of 2", "in 2", "begin of 3", "in 3"]
    assert everything(tail) == expected
    tail.close()


def test_rotation_that_shifts_the_numbers(path: Path) -> None:
    """Strategy ``rotate``: .0 is the newest, and becomes .1 the next time."""
    tail = at_end(path)
    write(path, "second\n")
    os.utime(path, ns=(0, 10**9))
    rotate(path, "queue_log.0", "third\n")
    os.utime(path, ns=(0, 2 * 10**9))
    path.with_name("queue_log.0").rename(path.with_name("queue_log.1"))
    rotate(path, "queue_log.0", "fourth\n")

    assert everything(tail) == ["second", "third", "fourth"]
    tail.close()


def test_a_renamed_file_is_read_until_something_is_in_the_new_one(path: Path) -> None:
    """logrotate makes the new file at once, but Asterisk writes to the old one until it is told to reload."""
    tail = at_end(path)
    rotate(path, "queue_log.1")
    write(path.with_name("queue_log.1"), "second\n")
    assert everything(tail) == ["second"]
    write(path.with_name("queue_log.1"), "third\n")
    write(path, "fourth\n")

    assert everything(tail) == ["third", "fourth"]
    tail.close()


def test_a_line_that_was_cut_off_by_the_rotation_is_given_out(path: Path) -> None:
    tail = at_end(path)
    write(path, "cut o")
    rotate(path, "queue_log.0", "third\n")

    assert everything(tail) == ["cut o", "third"]
    tail.close()


def test_a_file_that_was_removed_is_read_to_its_end(path: Path) -> None:
    tail = at_end(path)
    write(path, "second\n")
    path.unlink()
    assert everything(tail) == ["second"]
    assert tail.read() == []
    path.write_text("third\n")

    assert everything(tail) == ["third"]
    tail.close()


def test_kept_files_between_the_removed_one_and_the_present_are_read_too(path: Path) -> None:
    path.with_name("queue_log.0").write_text("long ago\n")
    os.utime(path.with_name("queue_log.0"), ns=(0, 1))
    tail = at_end(path)
    write(path, "second\n")
    os.utime(path, ns=(0, 10**9))
    rotate(path, "queue_log.1", "third\n")
    os.utime(path, ns=(0, 2 * 10**9))
    rotate(path, "queue_log.2", "fourth\n")
    path.with_name("queue_log.1").unlink()

    assert everything(tail) == ["second", "third", "fourth"]
    tail.close()


def test_copies_and_compressed_files_are_not_looked_at(path: Path) -> None:
    tail = at_end(path)
    for name in ("queue_log.bak", "queue_log.1.gz", "queue_log.2024.xz", "queue_log~", "queue_log.old"):
        path.with_name(name).write_bytes(gzip.compress(b"third\n"))
    rotate(path, "queue_log.0", "second\n")
    shutil.copy(path, path.with_name("queue_log.save"))

    assert everything(tail) == ["second"]
    tail.close()


# -- emptied in place -------------------------------------------------------------------------------------------------


def test_a_file_that_was_emptied_is_read_anew(path: Path) -> None:
    tail = at_end(path)
    write(path, "second\n")
    assert everything(tail) == ["second"]
    os.truncate(path, 0)
    write(path, "third\n")

    assert everything(tail) == ["third"]
    tail.close()


def test_a_file_that_was_emptied_and_has_grown_beyond_the_place_is_noticed(path: Path) -> None:
    tail = at_end(path)
    os.truncate(path, 0)
    write(path, "another first\nmuch longer than before\n")

    assert everything(tail) == ["another first", "much longer than before"]
    tail.close()


def test_the_copy_of_an_emptied_file_is_read_to_its_end_first(path: Path) -> None:
    tail = at_end(path)
    write(path, "second\n")
    shutil.copy(path, path.with_name("queue_log.1"))
    os.truncate(path, 0)
    write(path, "third\n")

    assert everything(tail) == ["second", "third"]
    write(path, "fourth\n")
    assert everything(tail) == ["fourth"]
    tail.close()


# -- from where an earlier run stopped --------------------------------------------------------------------------------


def stopped_at(path: Path) -> Position:
    tail = at_end(path)
    tail.close()
    return position_of(tail)


def going_on(path: Path, position: Position) -> list[str]:
    tail = QueueLogTail(path)
    tail.start_at(position)
    lines = everything(tail)
    tail.close()
    return lines


def test_going_on_in_the_present_file(path: Path) -> None:
    position = stopped_at(path)
    write(path, "second\n")

    assert going_on(path, position) == ["second"]


def test_going_on_in_a_file_that_was_rotated_twice(path: Path) -> None:
    position = stopped_at(path)
    write(path, "second\n")
    os.utime(path, ns=(0, 10**9))
    rotate(path, "queue_log.0", "third\n")
    os.utime(path, ns=(0, 2 * 10**9))
    rotate(path, "queue_log.1", "fourth\n")

    assert going_on(path, position) == ["second", "third", "fourth"]


def test_going_on_in_a_copy(path: Path) -> None:
    """``copytruncate``, or a log folder that was moved to another disk: the inode is another, the first line is not."""
    position = stopped_at(path)
    write(path, "second\n")
    shutil.copy(path, path.with_name("queue_log-20261121"))
    os.truncate(path, 0)
    write(path, "third, and much longer\n")

    assert going_on(path, position) == ["second", "third, and much longer"]


def test_a_file_that_is_gone_is_said_to_be_gone(path: Path) -> None:
    position = stopped_at(path)
    path.with_name("other").write_text("keeps the inode from being used again")
    path.rename(path.with_name("queue_log.1"))
    path.with_name("queue_log.1.gz").write_bytes(gzip.compress(path.with_name("queue_log.1").read_bytes()))
    path.write_text("much later\n")
    path.with_name("queue_log.1").unlink()

    with pytest.raises(PositionLostError, match="queue_log"):
        QueueLogTail(path).start_at(position)


def test_a_file_that_is_shorter_than_it_was_is_another(path: Path) -> None:
    position = stopped_at(path)
    path.write_text("1\n")

    with pytest.raises(PositionLostError):
        QueueLogTail(path).start_at(position)


def test_another_file_under_the_inode_of_a_removed_one_is_not_taken_for_it(path: Path) -> None:
    position = stopped_at(path)
    path.write_text("another first line\nand a second\n")  # The same inode, as after a removal on ext4.
    assert path.stat().st_ino == position.inode

    with pytest.raises(PositionLostError):
        QueueLogTail(path).start_at(position)


def test_a_place_kept_by_an_earlier_version_is_known_by_its_inode(path: Path) -> None:
    position = stopped_at(path)
    write(path, "second\n")

    assert going_on(path, Position(inode=position.inode, offset=position.offset)) == ["second"]


def test_an_unreadable_file_is_an_error_that_can_be_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    position = stopped_at(path)
    write(path, "second\n")
    tail = QueueLogTail(path)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", _refused)
        with pytest.raises(PermissionError):
            tail.start_at(position)
    tail.start_at(position)

    assert everything(tail) == ["second"]
    tail.close()


def test_a_file_renamed_while_the_folder_is_read_is_no_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tail = at_end(path)
    path.with_name("queue_log.0").write_text("older\n")
    really = queue_log_tail._written

    def renamed(file: Path) -> int | None:
        if file.name == "queue_log.0" and file.exists():
            file.rename(file.with_name("queue_log.1"))
        return really(file)

    monkeypatch.setattr(queue_log_tail, "_written", renamed)
    write(path, "second\n")

    assert everything(tail) == ["second"]
    tail.close()


def _refused(*_: object) -> None:
    raise PermissionError(13, "Permission denied")


# -- from a moment on -------------------------------------------------------------------------------------------------


def logged(*seconds: int) -> str:
    return "".join(f"{at}|{at}.{place}|sales|NONE|ENTERQUEUE||555|1\n" for place, at in enumerate(seconds))


def since(path: Path, moment: float) -> list[int]:
    """The times of all lines that are read."""
    tail = QueueLogTail(path)
    try:
        tail.start_since(Timestamp(moment))
        return [int(line.partition("|")[0]) for line in everything(tail) if "|" in line]
    finally:
        tail.close()


@pytest.mark.parametrize("moment", [0, 99, 100, 101, 150, 200, 250, 299, 300, 301])
def test_it_begins_with_the_first_line_of_a_moment(tmp_path: Path, moment: int) -> None:
    path = tmp_path / "queue_log"
    times = [100, 100, 150, 200, 200, 200, 300]
    path.write_text(logged(*times))

    assert since(path, moment) == [at for at in times if at >= moment]


def test_damaged_lines_and_one_without_an_end_do_not_lead_astray(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    path.write_text(logged(100) + "no record\n" * 50 + logged(200) + "neither\n" + logged(300) + "400|unfinished")

    assert since(path, 150)[-2:] == [200, 300]
    assert since(path, 250)[-1:] == [300]


def test_a_moment_in_a_rotated_file(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    path.write_text(logged(100, 200))
    rotate(path, "queue_log.0", logged(300, 400))
    os.utime(tmp_path / "queue_log.0", (1, 1))

    assert since(path, 150) == [200, 300, 400]
    assert since(path, 350) == [400]
    assert since(path, 50) == [100, 200, 300, 400]
