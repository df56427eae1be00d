"""What is usual in an hour of a queue: the mean of the same hour on the days before on which anything was recorded."""

from pathlib import Path

from ctibridge.outputs.history.inflow import usual_calls
from ctibridge.outputs.history.periods import Period
from ctibridge.outputs.history.reader import reading
from tests.unit.outputs.history.small_day import POLICY, at, call, small_day

EIGHT = Period(since=at("21T08:00"), until=at("21T09:00"))


async def usual(path: Path, hour: Period = EIGHT) -> dict[str, float]:
    async with reading(path) as connection:
        return await usual_calls(connection, "pbx1", hour, POLICY)


async def test_one_day_before_is_all_there_is(tmp_path: Path) -> None:
    """On the 20th five callers came to support between eight and nine, and none to sales."""
    assert await usual(await small_day(tmp_path / "a.db")) == {"support": 5.0}


async def test_the_mean_is_over_the_days_on_which_calls_were_recorded(tmp_path: Path) -> None:
    """The 19th had one caller at eight, the 18th one at ten only; the 13th is eight days ago."""
    days = ("19T08:30", "18T10:00", "13T08:30")
    more = [call("support", "Z", day, 4, "answered", agent="1001", talk_seconds=1) for day in days]
    assert await usual(await small_day(tmp_path / "a.db", more)) == {"support": 2.0}


async def test_another_queue_has_its_own_mean(tmp_path: Path) -> None:
    more = [call("sales", "Z", "19T08:30", 4, "answered", agent="1001", talk_seconds=1)]
    assert await usual(await small_day(tmp_path / "a.db", more)) == {"support": 2.5, "sales": 0.5}


async def test_without_a_past_nothing_is_usual(tmp_path: Path) -> None:
    path = await small_day(tmp_path / "a.db")
    assert await usual(path, Period(since=at("20T08:00"), until=at("20T09:00"))) == {}
