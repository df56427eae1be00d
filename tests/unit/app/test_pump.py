"""The loop between wire and outputs, with a domain that only takes notes."""

import asyncio
import time
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from ctibridge.app import pump as module
from ctibridge.app.clock import BridgeClock, monotonic
from ctibridge.app.pump import Pump
from ctibridge.domain.changes import Change, UnexpectedSeen
from ctibridge.domain.checkpoint import Checkpoint
from ctibridge.domain.events import ChannelHungUp, Event, FeedLost, ResyncCompleted
from ctibridge.domain.journal import Entry, Journal
from ctibridge.domain.picture import Picture
from ctibridge.domain.policy import Policy, QueuePolicy
from ctibridge.domain.units import ChannelId, Seconds, Timestamp
from tests.servers.waiting import eventually
from tests.unit.app.test_memory import memory
from tests.unit.outputs.facts import queued

START = 1_700_000_000.0
PIECES = 50
MOMENT = 0.0001
"""Seconds that a piece takes: longer than the turns of the tests that count them."""


class PbxTime:
    """PBX time that passes as real time does, from a round number on."""

    def __init__(self) -> None:
        self._anchor = START - monotonic()

    def now(self) -> Timestamp:
        return Timestamp(monotonic() + self._anchor)


class NotingCenter:
    """Notes what it is told; every event becomes a change of its own."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.deadline: Timestamp | None = None
        self.fails_on: str | None = None
        self.touched = 0

    has_synced = False

    def checkpointing(self, now: Timestamp) -> Generator[None, None, Checkpoint]:
        for number in range(PIECES):
            self.heard.append(f"piece {number} of a memory at {now - START:.0f}")
            time.sleep(MOMENT)
            yield
        if self.fails_on == "memory":
            raise RuntimeError("a bug")
        return memory().checkpoint

    def settling(self) -> Iterator[list[Change]]:
        while self.touched:
            self.touched -= 100
            self.heard.append("a hundred states")
            yield [UnexpectedSeen(at=Timestamp(START), kind="states")]

    def pieces(self, event: ResyncCompleted | FeedLost, now: Timestamp) -> Iterator[list[Change]]:
        for number in range(1, PIECES + 1):
            if self.fails_on == f"piece {number}":
                raise RuntimeError("a bug")
            self.heard.append(f"{type(event).__name__} {number}/{PIECES} at {now - START:g}")
            time.sleep(MOMENT)
            yield [queued(f"found-{number}")]

    def checkpoint(self, now: Timestamp) -> Checkpoint:
        raise NotImplementedError(f"nobody asks for one at {now}")

    def settle(self) -> list[Change]:
        return []

    def take(self, event: Event, now: Timestamp) -> list[Change]:
        assert isinstance(event, ChannelHungUp)
        if event.channel == self.fails_on:
            raise RuntimeError("a bug")
        self.heard.append(f"{event.channel} at {now - START:g}")
        return [queued(event.channel)]

    def advance(self, now: Timestamp, most: int | None = None) -> list[Change]:
        assert most, "a flood of deadlines must not hold up the loop"
        self.heard.append("deadline")
        self.deadline = None
        return [UnexpectedSeen(at=now, kind="deadline")]

    def set_clock(self, by: Seconds, now: Timestamp) -> list[Change]:
        self.heard.append(f"the clock was set by {by:g} to {now - START:g}")
        return []

    def adopt(self, policy: Policy, now: Timestamp) -> list[Change]:
        assert now >= START
        self.heard.append(f"threshold {policy.defaults.service_level_threshold}")
        return []

    def next_deadline(self) -> Timestamp | None:
        return self.deadline

    def snapshot(self, now: Timestamp) -> Picture:
        return Picture(at=now, is_synced=True, queues=(), agents=(), gap_seconds=Seconds(0), unexpected={})


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    events: tuple[Event, ...]
    at: Timestamp
    received: float


def delivery(at: float, *channels: str) -> Delivery:
    events = tuple(ChannelHungUp(channel=ChannelId(channel)) for channel in channels)
    return Delivery(events=events, at=Timestamp(START + at), received=monotonic())


class Stage:
    """A pump and everything around it."""

    def __init__(self) -> None:
        self.center = NotingCenter()
        self.entries: list[Entry] = []
        self.changes: list[Change] = []
        self.pump = Pump(self.center, Journal(epoch=7), PbxTime(), BridgeClock(), self.entries.extend)
        self.pump.on_change = self.changes.append


@asynccontextmanager
async def running(stage: Stage) -> AsyncIterator[None]:
    task = asyncio.create_task(stage.pump.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_facts_are_applied_in_order_at_the_time_they_happened() -> None:
    stage = Stage()
    async with running(stage):
        stage.pump.offer(delivery(1.5, "a", "b"))
        stage.pump.offer(delivery(2.0, "c"))
        await eventually(lambda: len(stage.entries) == 3, "three entries")
    assert stage.center.heard == ["a at 1.5", "b at 1.5", "c at 2"]
    assert [entry.sequence for entry in stage.entries] == [1, 2, 3]
    assert {entry.epoch for entry in stage.entries} == {7}


async def test_recorded_is_when_the_bytes_arrived_by_the_bridges_clock() -> None:
    stage = Stage()
    fact = delivery(1.0, "a")
    async with running(stage):
        stage.pump.offer(fact)
        await eventually(lambda: bool(stage.entries), "an entry")
    assert stage.entries[0].recorded == pytest.approx(BridgeClock().at(fact.received), abs=0.01)


async def test_a_deadline_passes_although_nothing_arrives() -> None:
    stage = Stage()
    stage.center.deadline = Timestamp(START + 0.05)
    async with running(stage):
        await eventually(lambda: stage.center.heard == ["deadline"], "the deadline", within=2.0, interval=0.01)


async def test_a_deadline_does_not_overtake_facts_that_have_arrived() -> None:
    stage = Stage()
    stage.center.deadline = Timestamp(START - 1)
    stage.pump.offer(delivery(-2.0, "early"))
    async with running(stage):
        await eventually(lambda: len(stage.center.heard) == 2, "both")
    assert stage.center.heard == ["early at -2", "deadline"]


async def test_a_deadline_does_not_overtake_what_the_wire_still_holds() -> None:
    stage = Stage()
    stage.center.deadline = Timestamp(START - 1)
    unread = [True]
    stage.pump.has_unread = lambda: bool(unread)
    async with running(stage):
        await asyncio.sleep(0.05)
        assert stage.center.heard == []
        unread.clear()
        stage.pump.offer(delivery(-2.0, "early"))
        await eventually(lambda: len(stage.center.heard) == 2, "both")
    assert stage.center.heard == ["early at -2", "deadline"]


async def test_silent_changes_reach_the_log_and_not_the_outputs() -> None:
    stage = Stage()
    stage.center.deadline = Timestamp(START - 1)
    async with running(stage):
        await eventually(lambda: bool(stage.changes), "the change")
    assert stage.entries == []


async def test_a_flood_leaves_turns_to_other_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_TURN", 0.0005)
    stage = Stage()
    for number in range(5_000):
        stage.pump.offer(delivery(0.0, str(number)))
    turns = 0
    async with running(stage):
        while len(stage.center.heard) < 5_000:
            await asyncio.sleep(0)
            turns += 1
    assert turns > 5


async def test_a_bug_in_the_domain_costs_one_fact_and_asks_for_a_full_picture() -> None:
    stage = Stage()
    asked: list[str] = []
    stage.pump.on_fault = lambda: asked.append("picture")
    stage.center.fails_on = "bad"
    async with running(stage):
        stage.pump.offer(delivery(1.0, "a", "bad", "b"))
        await eventually(lambda: len(stage.entries) == 2, "the other two")
    assert stage.center.heard == ["a at 1", "b at 1"]
    assert (stage.pump.faults, asked) == (1, ["picture"])


def test_other_rules_hold_for_what_comes_after_what_has_arrived() -> None:
    stage = Stage()
    stage.pump.offer(delivery(1.0, "a"))
    stage.pump.adopt(Policy(defaults=QueuePolicy(service_level_threshold=7)))
    assert stage.center.heard == ["a at 1", "threshold 7"]


async def test_finishing_takes_in_all_that_still_waits() -> None:
    stage = Stage()
    stage.pump.offer(delivery(1.0, "a"))
    stage.pump.offer(delivery(1.0, "b"))
    assert stage.pump.stalled_seconds() > 0
    stage.pump.finish()
    assert len(stage.entries) == 2
    assert stage.pump.stalled_seconds() == 0


def test_how_far_behind_it_is_counts_from_when_the_next_fact_was_read() -> None:
    stage = Stage()
    assert stage.pump.behind_seconds() == 0
    stage.pump.offer(msgspec.structs.replace(delivery(1.0, "a"), received=monotonic() - 12.0))
    stage.pump.offer(delivery(1.0, "b"))
    assert stage.pump.behind_seconds() == pytest.approx(12.0, abs=0.5)
    stage.pump.finish()
    assert stage.pump.behind_seconds() == 0


async def test_what_happened_before_the_clock_was_set_is_taken_in_before() -> None:
    stage = Stage()
    stage.center.deadline = Timestamp(START - 1)
    stage.pump.offer(delivery(-2.0, "early"))

    stage.pump.set_clock(-3600.0)

    assert [said.partition(" to ")[0] for said in stage.center.heard] == ["early at -2", "the clock was set by -3600"]


def picture(at: float) -> Delivery:
    """What a list says, and its end."""
    events = (*delivery(at, "listed-1", "listed-2").events, ResyncCompleted())
    return Delivery(events=events, at=Timestamp(START + at), received=monotonic())


async def test_a_picture_of_very_many_leaves_turns_to_others_and_lets_nothing_overtake_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LONGEST_TURN", 0.00001)
    stage = Stage()
    stage.center.deadline = Timestamp(START + 1.5)
    stage.pump.offer(picture(1.0))
    stage.pump.offer(delivery(2.0, "a"))
    turns = 0
    async with running(stage):
        while "a at 2" not in stage.center.heard:
            await asyncio.sleep(0)
            turns += 1
    pieces = [f"ResyncCompleted {number}/{PIECES} at 1" for number in range(1, PIECES + 1)]
    assert stage.center.heard == ["listed-1 at 1", "listed-2 at 1", *pieces, "deadline", "a at 2"]
    assert turns > 5


async def test_what_was_begun_is_done_before_other_rules_hold_or_all_is_finished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LONGEST_TURN", 0.00001)
    stage = Stage()
    stage.pump.offer(picture(1.0))
    async with running(stage):
        await eventually(lambda: len(stage.center.heard) >= 5, "the first pieces", interval=0.0)
    assert not any(heard.startswith(f"ResyncCompleted {PIECES}/") for heard in stage.center.heard)
    stage.pump.adopt(Policy(defaults=QueuePolicy(service_level_threshold=7)))
    assert stage.center.heard[-2:] == [f"ResyncCompleted {PIECES}/{PIECES} at 1", "threshold 7"]


async def test_a_bug_in_the_middle_of_a_picture_ends_it_and_asks_for_another() -> None:
    stage = Stage()
    asked: list[str] = []
    stage.pump.on_fault = lambda: asked.append("picture")
    stage.center.fails_on = "piece 3"
    stage.pump.offer(picture(1.0))
    stage.pump.offer(delivery(2.0, "a"))
    stage.pump.finish()
    assert stage.center.heard[-2:] == [f"ResyncCompleted 2/{PIECES} at 1", "a at 2"]
    assert asked == ["picture"]


async def test_very_many_states_are_settled_piece_by_piece_before_anything_else_is_taken_in() -> None:
    stage = Stage()
    stage.center.touched = 5_000
    stage.pump.offer(delivery(1.0, "a"))
    stage.pump.finish()
    assert stage.center.heard == ["a at 1", *["a hundred states"] * 50]


async def test_whoever_waits_for_rest_is_told_when_all_is_taken_in() -> None:
    stage = Stage()
    stage.pump.offer(delivery(1.0, "a"))
    resting = asyncio.create_task(stage.pump.rest())
    await asyncio.sleep(0)
    assert not resting.done()
    async with running(stage):
        await asyncio.wait_for(resting, 2.0)
    assert stage.center.heard == ["a at 1"]


def test_a_full_inbox_says_so() -> None:
    stage = Stage()
    for number in range(module.FULL):
        assert not stage.pump.is_full()
        stage.pump.offer(delivery(1.0, str(number)))
    assert stage.pump.is_full()


async def test_a_memory_is_made_in_steps_and_nothing_is_taken_in_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_TURN", 0.00001)
    stage = Stage()
    stage.center.has_synced = True
    stage.pump.offer(delivery(1.0, "before"))
    turns = 0
    async with running(stage):
        await stage.pump.rest()
        remembering = stage.pump.remember(lambda checkpoint: f"as of {checkpoint.at:.0f}".encode())
        stage.pump.offer(delivery(2.0, "after"))
        while len(stage.center.heard) < PIECES + 2:
            await asyncio.sleep(0)
            turns += 1
    assert remembering is not None
    assert await remembering == f"as of {memory().checkpoint.at:.0f}".encode()
    assert (stage.center.heard[0], stage.center.heard[-1], turns > 5) == ("before at 1", "after at 2", True)


async def test_a_memory_that_cannot_be_made_is_said_to_whoever_waits_for_it_and_the_floor_goes_on() -> None:
    stage = Stage()
    stage.center.has_synced = True
    stage.center.fails_on = "memory"
    async with running(stage):
        await asyncio.sleep(0)
        remembering = stage.pump.remember(lambda _: b"")
        stage.pump.offer(delivery(1.0, "a"))
        await eventually(lambda: "a at 1" in stage.center.heard, "what comes after it")
    assert remembering is not None
    with pytest.raises(RuntimeError, match="a bug"):
        await remembering


async def test_before_the_loop_works_a_memory_is_made_at_once() -> None:
    stage = Stage()
    stage.center.has_synced = True
    remembering = stage.pump.remember(lambda checkpoint: f"as of {checkpoint.at:.0f}".encode())
    assert remembering is not None
    assert remembering.result() == f"as of {memory().checkpoint.at:.0f}".encode()


async def test_before_the_first_picture_there_is_nothing_to_remember() -> None:
    assert Stage().pump.remember(lambda _: b"") is None
