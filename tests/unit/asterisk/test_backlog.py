"""Bytes that wait: in their order, in slices, and no longer than they must."""

import asyncio

import pytest

from ctibridge.asterisk import backlog as module
from ctibridge.asterisk.backlog import SLICE, Backlog
from tests.servers.waiting import eventually


class Reader:
    """Notes what it is given, and says whether it has enough to do."""

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, float]] = []
        self.errors: list[Exception] = []
        self.is_full = False
        self.fails_on = b"\0"
        self.backlog = Backlog(self._take, lambda: self.is_full, self.errors.append)

    @property
    def data(self) -> bytes:
        return b"".join(data for data, _ in self.taken)

    def _take(self, data: bytes, arrived: float) -> None:
        if self.fails_on in data:
            raise ValueError("a bug")
        self.taken.append((data, arrived))


async def test_little_is_taken_at_once() -> None:
    reader = Reader()
    reader.backlog.put(b"Event: A", 1.0)
    assert reader.taken == [(b"Event: A", 1.0)]


async def test_much_is_taken_in_slices_with_turns_for_others_between() -> None:
    reader = Reader()
    turns = 0
    reader.backlog.put(b"x" * (10 * SLICE + 1), 1.0)
    while reader.backlog.size:
        await asyncio.sleep(0)
        turns += 1
    assert [len(data) for data, _ in reader.taken] == [SLICE] * 10 + [1]
    assert turns >= 10


async def test_what_comes_later_does_not_overtake_and_keeps_the_time_of_its_arrival() -> None:
    reader = Reader()
    reader.is_full = True
    reader.backlog.put(b"first", 1.0)
    reader.is_full = False
    reader.backlog.put(b"second", 2.0)
    assert reader.taken == []
    await reader.backlog.emptied()
    assert reader.taken == [(b"first", 1.0), (b"second", 2.0)]


async def test_while_the_domain_is_behind_bytes_stay_bytes() -> None:
    reader = Reader()
    reader.is_full = True
    for number in range(100):
        reader.backlog.put(b"%02d" % number, 1.0)
    await asyncio.sleep(3 * module.LOOK_SECONDS)
    assert (reader.taken, reader.backlog.size) == ([], 200)
    reader.is_full = False
    await asyncio.wait_for(reader.backlog.emptied(), 5.0)
    assert reader.data == b"".join(b"%02d" % number for number in range(100))
    assert reader.backlog.size == 0


async def test_what_is_urgent_does_not_wait_for_the_domain() -> None:
    reader = Reader()
    reader.is_full = True
    reader.backlog.put(b"Response: Success", 1.0, is_urgent=True)
    assert reader.data == b"Response: Success"


async def test_there_is_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 1000)
    reader = Reader()
    reader.is_full = True
    found: list[bool] = []
    for data in (b"x" * 1000, b"x"):
        reader.backlog.put(data, 1.0)
        found.append(reader.backlog.is_too_long)
    reader.backlog.forget()
    await reader.backlog.emptied()
    assert (found, reader.taken, reader.backlog.is_too_long) == ([False, True], [], False)


async def test_a_bug_is_told_and_nothing_of_this_connection_is_taken_after_it() -> None:
    reader = Reader()
    reader.is_full = True
    for data in (b"before", b"\0", b"after"):
        reader.backlog.put(data, 1.0)
    reader.is_full = False
    await eventually(lambda: bool(reader.errors), "the error", within=5.0)
    await reader.backlog.emptied()
    assert (reader.data, str(reader.errors[0])) == (b"before", "a bug")
