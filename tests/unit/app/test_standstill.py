"""After a standstill no deadline may pass before what happened earlier has been read."""

import asyncio
import time

import pytest

from ctibridge.app import pump
from ctibridge.app import standstill as module
from ctibridge.app.clock import monotonic
from ctibridge.app.standstill import LATE, LONGEST, QUIET, STOOD_STILL, Standstill
from ctibridge.domain.events import LogReported
from ctibridge.domain.units import Timestamp
from tests.servers.waiting import eventually
from tests.unit.app.test_pump import START, Delivery, Stage, delivery, running


def test_a_loop_that_turns_every_second_is_not_behind() -> None:
    standstill = Standstill()
    for moment in range(10):
        standstill.begin_turn(float(moment))
        assert not standstill.is_left(moment)


def test_after_a_standstill_it_is_waited_until_nothing_more_comes() -> None:
    standstill = Standstill()
    standstill.begin_turn(10.0)
    standstill.begin_turn(10.0 + STOOD_STILL + 30)

    assert standstill.seconds(42.5) == QUIET
    assert not standstill.is_left(42.5 + QUIET)


def test_as_long_as_old_events_are_read_older_ones_may_come() -> None:
    standstill = Standstill()
    for moment in (1.0, 1.4, 1.8, 2.2):
        standstill.read(20.0, moment)
        assert standstill.is_left(moment + QUIET - 0.01)
    standstill.read(LATE / 2, 2.5)

    assert not standstill.is_left(2.5)


def test_stamps_that_stay_old_are_not_waited_for_for_ever() -> None:
    """The PBX's clock was set back."""
    standstill, waited = Standstill(), []
    for moment in range(300):
        standstill.read(3600.0, moment / 10)
        waited += [moment / 10] if standstill.is_left(moment / 10) else []

    assert max(waited) < LONGEST


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOOD_STILL", 0.1)
    monkeypatch.setattr(pump, "LONGEST_SLEEP", 0.01)


@pytest.mark.usefixtures("_quick")
async def test_after_a_standstill_events_come_before_the_deadlines_that_were_later() -> None:
    stage = Stage()
    passed = stage.pump._pbx_time.now() - START

    def of_log() -> Delivery:
        return Delivery(
            events=(LogReported(records=(), until=Timestamp(START)),),
            at=stage.pump._pbx_time.now(),
            received=monotonic(),
        )

    stage.center.take = _noted(stage)  # type: ignore[method-assign]
    async with running(stage):
        await asyncio.sleep(0.02)
        stage.center.deadline = Timestamp(START + passed + 0.3)
        time.sleep(0.5)  # noqa: ASYNC251 - this is the standstill
        stage.pump.offer(of_log())
        resting = asyncio.create_task(stage.pump.rest())
        for number in range(3):
            await asyncio.sleep(0.1)
            stage.pump.offer(delivery(passed - 20 + number, f"late-{number}"))
        assert not resting.done()
        await eventually(lambda: "deadline" in stage.center.heard, "the deadline")
        await resting

    assert stage.center.heard == ["late-0", "late-1", "late-2", "deadline", "queue_log"]


def _noted(stage: Stage):  # type: ignore[no-untyped-def]  # noqa: ANN202
    def take(event: object, now: Timestamp) -> list[object]:
        stage.center.heard.append("queue_log" if isinstance(event, LogReported) else str(getattr(event, "channel", "")))
        return []

    return take
