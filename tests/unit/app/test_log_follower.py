"""The domain is told all of queue_log, or that it is not; what goes wrong is said once."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from ctibridge.app.log_follower import GIVE_UP, LogFollower
from ctibridge.asterisk.clock import PbxClock
from ctibridge.asterisk.feed import Delivery
from ctibridge.asterisk.queue_log_source import AnyPosition
from ctibridge.asterisk.queue_log_tail import CHUNK, QueueLogTail
from ctibridge.domain.events import LogLost, LogRecord, LogReported
from ctibridge.domain.units import Timestamp

ENTERED = "1700000000|1700000000.1|sales|NONE|ENTERQUEUE||5551000|1\n"


class Desk:
    """A follower, a clock that stands where it is put, and what the domain was told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 1000.0
        self.told: list[Delivery] = []
        self.followers: list[LogFollower] = []
        self.restarts()

    @property
    def follower(self) -> LogFollower:
        return self.followers[-1]

    def restarts(self, position: AnyPosition | None = None) -> None:
        clock = PbxClock(lambda: 5000.0, lambda: self.now - 1000.0)
        source = QueueLogTail(self.path)
        self.followers.append(LogFollower("main", source, clock, self.told.append, now=lambda: self.now))
        self.follower.start_from(position)

    async def look(self, *, later: float = 0.5) -> list[str]:
        """What was told by a look: records by their kind, else the event."""
        self.now += later
        before = len(self.told)
        await self.follower.look()
        return [word for delivery in self.told[before:] for word in _words(delivery)]

    def write(self, *lines: str) -> None:
        with self.path.open("a") as file:
            file.writelines(lines)


def _words(delivery: Delivery) -> list[str]:
    (event,) = delivery.events
    if isinstance(event, LogReported):
        return [record.kind.value for record in event.records] or ["up to date"]
    assert isinstance(event, LogLost)
    return ["lost"]


def reported(desk: Desk) -> LogReported:
    (event,) = desk.told[-1].events
    assert isinstance(event, LogReported)
    return event


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    path = tmp_path / "log" / "queue_log"
    path.parent.mkdir()
    path.write_text(ENTERED)
    desk = Desk(path)
    yield desk
    for follower in desk.followers:
        follower._source.close()


async def test_what_is_written_from_the_start_on_is_told_in_order(desk: Desk) -> None:
    assert await desk.look() == ["up to date"]
    desk.write(ENTERED, "1700000003|1700000000.1|sales|NONE|ABANDON|1|1|3\n")

    assert await desk.look() == ["offered", "abandoned", "up to date"]
    assert await desk.look() == ["up to date"]


async def test_it_is_known_up_to_when_everything_was_read(desk: Desk) -> None:
    await desk.look()
    assert reported(desk).until == 5000.5
    assert desk.told[-1].at == 5000.5

    await desk.look(later=10)
    assert reported(desk).until == 5010.5


async def test_while_there_is_more_to_read_the_moment_does_not_advance(desk: Desk) -> None:
    await desk.look()
    for _ in range(2 * CHUNK // len(ENTERED)):
        desk.write(ENTERED)
    await desk.look(later=60)
    events = [event for delivery in desk.told[1:] for event in delivery.events if isinstance(event, LogReported)]

    assert len(events) == 3 + 1
    assert [event.until for event in events] == [5000.5] * 3 + [5060.5]
    assert sum(len(event.records) for event in events) == 2 * CHUNK // len(ENTERED)


async def test_lines_that_are_no_records_are_counted(desk: Desk) -> None:
    await desk.look()
    desk.write("\n", "nonsense\n", "1700000000|x|sales\n", ENTERED, "1700000000|NONE|NONE|NONE|CONFIGRELOAD|\n")

    assert await desk.look() == ["offered", "up to date"]
    assert desk.follower.damaged_lines >= 2


async def test_a_missing_file_is_waited_for_and_said_once(desk: Desk) -> None:
    desk.path.unlink()
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            assert await desk.look() == []
        assert "No such file" in (desk.follower.problem or "")
        assert desk.follower.position is None
        desk.path.touch()
        assert await desk.look() == ["up to date"]

    assert [(line["log_level"], line["event"]) for line in logs] == [
        ("warning", "queue_log cannot be read"),
        ("info", "queue_log is read"),
    ]
    assert desk.follower.problem is None


async def test_a_file_that_comes_back_is_read_on_and_nothing_is_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.look()
    desk.write(ENTERED)
    with monkeypatch.context() as patched, structlog.testing.capture_logs() as logs:
        patched.setattr(os, "fstat", _stale)
        assert await desk.look() == []
        assert await desk.look(later=GIVE_UP - 10) == []
        assert "Stale" in (desk.follower.problem or "")
        assert len(logs) == 1

    assert await desk.look() == ["offered", "up to date"]
    assert desk.follower.problem is None


async def test_a_file_that_stays_away_is_given_up_and_the_domain_told_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.look()
    desk.write(ENTERED)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fstat", _stale)
        assert await desk.look() == []
        assert await desk.look(later=GIVE_UP) == ["lost"]
        assert await desk.look(later=GIVE_UP) == []
        assert desk.follower.position is None

    assert await desk.look() == ["up to date"]
    desk.write(ENTERED)
    assert await desk.look() == ["offered", "up to date"]


async def test_a_domain_that_was_told_nothing_is_not_told_of_a_loss(desk: Desk) -> None:
    desk.path.unlink()
    await desk.look()

    assert await desk.look(later=2 * GIVE_UP) == []


async def test_going_on_where_an_earlier_run_stopped(desk: Desk) -> None:
    await desk.look()
    position = desk.follower.position
    desk.write(ENTERED)
    desk.restarts(position)
    assert desk.follower.position == position

    assert await desk.look() == ["offered", "up to date"]


async def test_a_place_that_is_gone_is_a_loss_at_once(desk: Desk) -> None:
    await desk.look()
    position = desk.follower.position
    desk.path.write_text("1700009999|NONE|NONE|NONE|QUEUESTART|\n" + ENTERED)
    desk.restarts(position)

    assert await desk.look() == ["lost"]
    assert await desk.look() == ["up to date"]


async def test_a_place_is_waited_for_when_the_folder_is_not_mounted_yet(desk: Desk) -> None:
    await desk.look()
    position = desk.follower.position
    desk.write(ENTERED)
    desk.restarts(position)
    away = desk.path.parent.rename(desk.path.parent.with_name("away"))
    assert await desk.look() == []
    away.rename(desk.path.parent)

    assert await desk.look() == ["offered", "up to date"]


async def test_the_position_is_never_ahead_of_what_was_told(desk: Desk) -> None:
    await desk.look()
    before = desk.follower.position
    desk.write(ENTERED)
    look = asyncio.create_task(desk.follower.look())
    seen = []
    while not look.done():
        seen.append((len(desk.told) > 1, desk.follower.position != before))
        await asyncio.sleep(0)

    assert all(told == moved for told, moved in seen)


async def test_it_runs_until_cancelled_and_lets_go_of_the_file(desk: Desk) -> None:
    running = asyncio.create_task(desk.follower.run())
    for _ in range(500):
        if desk.told:
            break
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert isinstance(desk.follower._source, QueueLogTail)
    assert desk.follower._source._file is None
    assert isinstance(reported(desk).records, tuple)
    assert not any(isinstance(event, LogRecord) for event in desk.told)


def _stale(_: int) -> os.stat_result:
    raise OSError(116, "Stale file handle")


async def test_from_a_moment_on_when_nothing_is_known_of_it(desk: Desk) -> None:
    """The domain hears at once that it will be told, and then of everything since."""
    desk.write(ENTERED.replace("1700000000", "1600000000"), ENTERED)
    desk.follower.start_since(Timestamp(1650000000))

    assert reported(desk) == LogReported(records=(), until=Timestamp(1650000000))
    assert await desk.look() == ["offered", "up to date"]
    first = desk.told[1].events[0]
    assert isinstance(first, LogReported)
    assert first.until == Timestamp(1650000000)
    assert [record.at for record in first.records] == [Timestamp(1700000000)]
    desk.write(ENTERED)
    assert await desk.look() == ["offered", "up to date"], "and of what is written from now on"
