"""Work that is kept running, and stopped in order."""

import asyncio
import contextlib

import pytest

from ctibridge.app import tasks
from ctibridge.app.tasks import Crew, keep_running
from tests.servers.waiting import eventually


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(tasks, "LONGEST_PAUSE", 0.005)


async def test_work_that_fails_or_ends_is_started_again() -> None:
    starts: list[int] = []

    async def work() -> None:
        starts.append(len(starts))
        if len(starts) == 1:
            raise RuntimeError("a bug")
        if len(starts) == 3:
            await asyncio.Event().wait()

    task = asyncio.create_task(keep_running("work", work))
    await eventually(lambda: len(starts) == 3, "the third start")
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


async def test_a_crew_is_stopped_and_may_clean_up() -> None:
    cleaned: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append("up")

    async with asyncio.TaskGroup() as group:
        crew = Crew(group)
        crew.add("a", work)
        crew.add("b", work)
        await asyncio.sleep(0)
        await crew.stop(seconds=1.0)
        assert cleaned == ["up", "up"]


async def test_a_task_that_will_not_stop_does_not_hold_up_the_others() -> None:
    release = asyncio.Event()

    async def stubborn() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await release.wait()
        await release.wait()
        raise asyncio.CancelledError

    async with asyncio.TaskGroup() as group:
        crew = Crew(group)
        crew.add("stubborn", stubborn)
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        started = loop.time()
        await crew.stop(seconds=0.05)
        assert loop.time() - started < 1.0
        release.set()
