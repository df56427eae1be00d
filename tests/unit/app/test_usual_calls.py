"""The domain is told of the present hour and of the coming one, each once, and of nothing that is not known."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ctibridge.app.history_api import HistoryApi
from ctibridge.app.usual_calls import UsualCalls, hour_of
from ctibridge.asterisk.feed import Delivery
from ctibridge.domain.events import UsualInflow
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.history.lookup import looking
from ctibridge.outputs.history.periods import Period
from ctibridge.outputs.web.api.history import HistoryError
from tests.unit.outputs.history.small_day import POLICY, small_day
from tests.unit.outputs.history.small_day import at as day

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> Timestamp:
    return Timestamp(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp())


class Place:
    """A PBX, its clock and its inbox in one."""

    name = "pbx1"
    policy = Policy(timezone=BERLIN)

    def __init__(self) -> None:
        self.is_synced = True
        self.moment = at("2026-11-20T09:30")
        self.told: list[tuple[str, float, float]] = []

    @property
    def pbx_clock(self) -> "Place":
        return self

    @property
    def pump(self) -> "Place":
        return self

    def now(self) -> Timestamp:
        return self.moment

    def offer(self, delivery: Delivery) -> None:
        for event in delivery.events:
            assert isinstance(event, UsualInflow)
            self.told.append((event.queue, event.hour, event.calls))


class Days:
    """A past in which sales has as many calls as the clock shows hours."""

    def __init__(self) -> None:
        self.is_away = False

    async def usual_calls(self, pbx: str, hour: Period) -> dict[str, float]:
        if self.is_away:
            raise HistoryError(pbx)
        return {"sales": float(datetime.fromtimestamp(hour.since, BERLIN).hour)}


async def test_the_present_hour_and_the_coming_one_are_told_once() -> None:
    place = Place()
    usual = UsualCalls([place], Days())
    for moment in ("2026-11-20T09:30", "2026-11-20T09:59", "2026-11-20T10:00"):
        place.moment = at(moment)
        await usual.look(place)

    assert place.told == [("sales", at(f"2026-11-20T{hour:02}:00"), hour) for hour in (9, 10, 11)]


async def test_nothing_is_told_before_the_queues_are_known() -> None:
    place = Place()
    usual = UsualCalls([place], Days())
    place.is_synced = False
    await usual.look(place)
    assert place.told == []

    place.is_synced = True
    await usual.look(place)
    assert len(place.told) == 2


async def test_what_could_not_be_read_is_asked_for_again() -> None:
    place, days = Place(), Days()
    usual = UsualCalls([place], days)
    days.is_away = True
    with pytest.raises(HistoryError):
        await usual.look(place)
    days.is_away = False
    await usual.look(place)

    assert len(place.told) == 2


async def test_it_is_the_history_that_knows(tmp_path: Path) -> None:
    """The small day has five callers of support between eight and nine, in Shanghai."""
    async with looking(await small_day(tmp_path / "a.db")) as reader:
        place = Place()
        place.policy, place.moment = POLICY, day("21T08:30")
        await UsualCalls([place], HistoryApi(reader, POLICY)).look(place)

    assert place.told == [("support", day("21T08:00"), 5.0), ("support", day("21T09:00"), 4.0)]


def test_hours_are_those_of_the_sites_day_also_when_clocks_change() -> None:
    policy = Policy(timezone=BERLIN)
    spring = hour_of(at("2026-03-29T03:30"), policy)

    assert spring == Period(since=at("2026-03-29T03:00"), until=at("2026-03-29T04:00"))
    assert hour_of(spring.until, policy).since == spring.until
