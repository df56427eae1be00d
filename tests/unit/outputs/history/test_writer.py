"""Changes arrive at once and are written behind; a store that fails delays nobody and loses nothing."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain.changes import Change, Origin
from ctibridge.domain.journal import Entry, Journal
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import AgentId, Seconds, Timestamp
from ctibridge.domain.views import AgentState
from ctibridge.outputs.history import writer
from ctibridge.outputs.history.recording import Recording
from ctibridge.outputs.history.writer import HistoryOutput, WritingThread
from tests.unit.outputs import facts
from tests.unit.outputs.history.ground import MARKS, new_store, rows

AT = facts.AT


class Desk:
    """An output over a store in a folder."""

    def __init__(self, folder: Path) -> None:
        self.connection = new_store(folder)
        self.path = folder / "history.db"
        self.thread = WritingThread(self.path)
        self.begin()

    def begin(self) -> None:
        """As after a start of the daemon."""
        recording = Recording("main", Policy(), MARKS, lambda: True)
        self.output = HistoryOutput("main", recording, self.thread, lambda: Timestamp(AT + 100))

    def tell(self, *changes: Change) -> None:
        self.output.accept(entries(*changes))

    def rows(self, columns: str, table: str) -> list[tuple[Any, ...]]:
        return rows(self.connection, columns, table)


def entries(*changes: Change) -> list[Entry]:
    return Journal(1).enter(changes, AT)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path)
    yield opened
    opened.thread.close()
    opened.connection.close()


def story() -> list[Change]:
    """A call from joining to its end, as the domain tells it."""
    told = facts.queued().facts
    joined = msgspec.structs.replace(told, joined_at=AT, position=3)
    connected = msgspec.structs.replace(
        joined, agent=AgentId("1001"), wait_seconds=Seconds(5), ring_seconds=Seconds(2.5), within_rings=True
    )
    talked = msgspec.structs.replace(connected, talk_seconds=Seconds(30), hold_seconds=Seconds(4))
    return [
        ch.CallQueued(at=AT, facts=joined),
        ch.CallAnswered(at=Timestamp(AT + 5), facts=connected),
        ch.CallCompleted(at=Timestamp(AT + 35), facts=talked),
        ch.CallTransferred(at=Timestamp(AT + 37), facts=msgspec.structs.replace(talked, reason="blind")),
    ]


def state(at: float, new: AgentState, old: AgentState, seconds: float) -> ch.AgentStateChanged:
    return ch.AgentStateChanged(
        at=Timestamp(at),
        agent=msgspec.structs.replace(facts.agent_view(state=new), since=Timestamp(at)),
        previous=old,
        previous_reason=None,
        previous_seconds=Seconds(seconds),
    )


CALL = "outcome, position, wait_seconds, ring_seconds, talk_seconds, hold_seconds, transfer_kind, left_at, ended_at"
TOLD = ("answered", 3, 5.0, 2.5, 30.0, 4.0, "blind", AT + 5, AT + 35)


async def test_a_call_becomes_one_row(desk: Desk) -> None:
    desk.tell(*story())
    assert await desk.output.flush()
    assert desk.rows(CALL, "calls") == [TOLD]


async def test_a_restart_that_tells_it_again_changes_nothing(desk: Desk) -> None:
    desk.tell(*story())
    await desk.output.flush()
    desk.begin()
    desk.tell(*story()[1:])
    await desk.output.flush()
    assert desk.rows(CALL, "calls") == [TOLD]


async def test_numbers_are_never_stored(desk: Desk) -> None:
    desk.tell(*story())
    await desk.output.flush()
    [(mask, mark)] = desk.rows("caller_mask, caller_hmac", "calls")
    assert (mask, len(mark)) == ("***567", 32)
    await desk.thread.run(lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    assert b"1234567" not in desk.path.read_bytes()


async def test_the_task_writes_what_comes(desk: Desk) -> None:
    task = asyncio.create_task(desk.output.run())
    desk.tell(*story())
    async with asyncio.timeout(5):
        while desk.rows(CALL, "calls") != [TOLD]:  # noqa: ASYNC110 - the condition is in the file
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])


# -- agents -----------------------------------------------------------------------------------------------------------


async def test_states_are_stretches_of_time(desk: Desk) -> None:
    desk.tell(state(AT + 10, AgentState.BUSY, AgentState.READY, 10))
    desk.tell(state(AT + 40, AgentState.WRAP_UP, AgentState.BUSY, 30))
    desk.tell(state(AT + 50, AgentState.LOGGED_OUT, AgentState.WRAP_UP, 10))
    desk.output.note_present()
    await desk.output.flush()
    assert [state for (state,) in desk.rows("state", "agent_intervals")] == ["ready", "busy", "wrap_up"]


async def test_a_state_is_kept_while_it_lasts(desk: Desk) -> None:
    desk.tell(state(AT + 10, AgentState.BUSY, AgentState.READY, 10))
    desk.output.note_present()
    await desk.output.flush()
    assert desk.rows("since, until, state", "agent_intervals")[-1] == (AT + 10, AT + 100, "busy")


async def test_after_a_crash_a_state_is_kept_up_to_the_checkpoint(desk: Desk) -> None:
    desk.output.resume(Timestamp(AT + 20), Timestamp(AT), [(AgentId("1001"), AgentState.READY, None, AT)], [])
    await desk.output.flush()
    assert desk.rows("since, until, state", "agent_intervals") == [(AT, AT + 20, "ready")]


# -- failing ----------------------------------------------------------------------------------------------------------


async def test_a_store_that_is_locked_is_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "BUSY_MILLISECONDS", 10)
    desk.connection.execute("BEGIN IMMEDIATE")
    desk.tell(*story())
    assert not await desk.output.flush()
    assert desk.output.problem
    desk.connection.execute("ROLLBACK")
    assert await desk.output.flush()
    assert desk.output.waiting == 0
    assert desk.rows(CALL, "calls") == [TOLD]


async def test_a_full_spool_is_counted_and_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_ROWS", 2)
    desk.tell(*story())
    assert (desk.output.waiting, desk.output.dropped) == (2, 2)


async def test_a_row_that_cannot_be_stored_holds_up_no_other(desk: Desk) -> None:
    broken = ch.CallRefused(at=Timestamp(AT), facts=msgspec.structs.replace(facts.queued().facts, reason="\ud800"))
    desk.tell(broken, *story())
    assert await desk.output.flush()
    assert desk.rows(CALL, "calls") == [TOLD]
    assert desk.rows("*", "refusals") == []


async def test_what_queue_log_told_late_has_no_hold(desk: Desk) -> None:
    late = [msgspec.structs.replace(change, origin=Origin.QUEUE_LOG) for change in story()[:2]]
    desk.tell(*late)
    await desk.output.flush()
    assert desk.rows("origin, hold_seconds", "calls") == [("queue_log", None)]


def test_one_thread_gives_its_errors_to_whoever_asked(tmp_path: Path) -> None:
    async def ask() -> None:
        thread = WritingThread(tmp_path / "none" / "history.db")
        with pytest.raises(sqlite3.OperationalError):
            await thread.run(lambda connection: connection.execute("SELECT 1"))
        thread.close()

    asyncio.run(ask())


def fires(value: float, **known: object) -> ch.AlarmUpdated:
    alarm = msgspec.structs.replace(facts.alarm("service_level_low:sales"), value=value, **known)
    return ch.AlarmUpdated(at=Timestamp(AT + 10), origin=Origin.DERIVED, alarm=alarm)


ALARM = "alert, since, until, is_over, label_zh, value, worst_value, acknowledged_by"


async def test_an_alarm_is_kept_while_it_fires_and_ended(desk: Desk) -> None:
    raised = fires(0.7)
    desk.tell(ch.AlarmRaised(at=AT, alarm=raised.alarm), raised, fires(0.5, acknowledged_by="ann", acknowledged_at=AT))
    desk.output.note_present()
    await desk.output.flush()
    row = ("service_level_low:sales", AT, AT + 100, 0, "服务水平偏低", 0.7, 0.5, "ann")
    assert desk.rows(ALARM, "alarms") == [row]

    desk.tell(ch.AlarmResolved(at=Timestamp(AT + 130), alarm=fires(0.85).alarm, seconds=Seconds(130)))
    desk.output.note_present()
    await desk.output.flush()
    assert desk.rows(ALARM, "alarms") == [(*row[:2], AT + 130, 1, *row[4:])]


async def test_a_restart_goes_on_with_the_same_alarm_and_ends_those_it_does_not_know(desk: Desk) -> None:
    known, unknown = fires(0.7).alarm, facts.alarm("long_wait:sales")
    desk.tell(ch.AlarmRaised(at=AT, alarm=known), ch.AlarmRaised(at=AT, alarm=unknown))
    await desk.output.flush()
    desk.begin()
    desk.output.resume(Timestamp(AT + 20), AT, [], [known])
    await desk.output.flush()
    assert desk.rows("alert, until, is_over", "alarms") == [
        ("long_wait:sales", AT, 1),
        ("service_level_low:sales", AT + 20, 0),
    ]

    desk.begin()
    desk.output.begin()
    await desk.output.flush()
    assert desk.rows("is_over", "alarms") == [(1,), (1,)]


async def test_a_command_is_kept_with_what_became_of_it(desk: Desk) -> None:
    command = ch.CommandDone(
        at=AT,
        user="ann",
        role="leader",
        command="pause",
        target="agent/1001",
        arguments={"reason": "away"},
        via="mqtt",
        address=None,
        transaction="7",
        outcome="failed",
        reason="not_there",
        message="Interface not found",
    )
    desk.tell(command, command)
    await desk.output.flush()
    assert desk.rows("at, user, transaction_id, target, arguments, outcome, reason, message", "commands") == [
        (AT, "ann", "7", "agent/1001", '{"reason":"away"}', "failed", "not_there", "Interface not found")
    ]
