"""Alarms and commands of the past: which are shown, in which order, and to whom."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ctibridge.app.history_api import HistoryApi
from ctibridge.domain.policy import Team
from ctibridge.domain.roles import Role, User
from ctibridge.domain.sight import EVERYTHING, FIGURES, Sight, sight_of
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.web.api import samples
from ctibridge.outputs.web.api.history import About, Span, Wanted
from ctibridge.outputs.web.narrowed import NarrowedHistory
from tests.integration.api.filled import database, insert, served

NINE = samples.NINE
DAY = Wanted(
    pbx=samples.PBX, span=Span(since=Timestamp(NINE - 86_400), until=Timestamp(NINE + 1)), limit=100, after=None
)
TEAMS = (Team(name="day", agents=("1001",)), Team(name="night", agents=("1002",)))


def alarm(alert: str, ago: float, until_ago: float | None = None, **about: str) -> dict[str, object]:
    """A row that began ``ago`` seconds before nine and is over, or still fires at nine."""
    return {
        "pbx": samples.PBX,
        "alert": alert,
        "since": NINE - ago,
        "until": NINE - (until_ago or 0),
        "is_over": int(until_ago is not None),
        "rule": alert.partition(":")[0],
        "label": "",
        "label_zh": "",
        "severity": "warning",
        "unit": "seconds",
        "origin": "derived",
        **about,
    }


ROWS = (
    alarm("long_wait:sales", 900, 800, queue="sales"),
    alarm("long_wait:vip", 700, 600, queue="vip"),
    alarm("limit_exceeded:1001", 500, 400, agent="1001", team="day"),
    alarm("limit_exceeded:1002", 450, 350, agent="1002", team="night"),
    alarm("too_many_away:night/meal", 300, None, team="night"),
)


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[HistoryApi]:
    async with database(tmp_path) as (path, history):
        insert(path, "alarms", ROWS)
        yield history


async def told(kept: HistoryApi, **query: str | float) -> list[Any]:
    async with (
        served(kept) as address,
        aiohttp.ClientSession() as session,
        session.get(f"{address}/pbx1/alarms/history", params=query) as response,
    ):
        answer = await response.json()
        assert response.status == 200, answer
        return [(row["alert"], row["seconds"], row["until"] is None) for row in answer["alarms"]]


async def test_all_that_fired_in_the_range_whenever_it_began(kept: HistoryApi) -> None:
    assert await told(kept, **{"from": NINE - 450, "to": NINE - 400}) == [
        ("limit_exceeded:1001", 100.0, False),
        ("limit_exceeded:1002", 100.0, False),
    ]
    assert await told(kept, **{"from": NINE - 10}) == [("too_many_away:night/meal", 300.0, True)]


async def test_by_rule_queue_and_agent(kept: HistoryApi) -> None:
    assert [alert for alert, *_ in await told(kept, rule="long_wait")] == ["long_wait:sales", "long_wait:vip"]
    assert [alert for alert, *_ in await told(kept, queue="VIP")] == ["long_wait:vip"]
    assert [alert for alert, *_ in await told(kept, agent="1002")] == ["limit_exceeded:1002"]


async def test_pages_hold_every_alarm_once(kept: HistoryApi) -> None:
    seen: list[str] = []
    wanted = Wanted(pbx=DAY.pbx, span=DAY.span, limit=2, after=None)
    while True:
        page = await kept.alarms(wanted, queues=None, agent=None, rule=None, about=About())
        seen += [one.alert for one in page.rows]
        if page.key is None:
            break
        wanted = Wanted(pbx=DAY.pbx, span=DAY.span, limit=2, after=page.key)
    assert seen == [str(row["alert"]) for row in ROWS]


LEADER = sight_of(User(name="eve", role=Role.LEADER, teams=("night",)), TEAMS)
VIP_LEADER = sight_of(User(name="eve", role=Role.LEADER, teams=("night",), queues=("VIP",)), TEAMS)
AGENT = sight_of(User(name="ann", role=Role.AGENT, agent="1001"), TEAMS)
QUEUES = ["long_wait:sales", "long_wait:vip"]
NIGHT = ["limit_exceeded:1002", "too_many_away:night/meal"]


@pytest.mark.parametrize(
    ("sight", "alerts"),
    [
        (EVERYTHING, [str(row["alert"]) for row in ROWS]),
        (LEADER, [*QUEUES, *NIGHT]),
        (VIP_LEADER, ["long_wait:vip", *NIGHT]),
        (AGENT, [*QUEUES, "limit_exceeded:1001"]),
        (FIGURES, QUEUES),
    ],
    ids=["supervisor", "leader", "leader of a queue", "agent", "public"],
)
async def test_everybody_sees_the_alarms_of_the_past_that_they_would_have_seen_then(
    kept: HistoryApi, sight: Sight, alerts: list[str]
) -> None:
    page = await NarrowedHistory(kept, sight).alarms(DAY, queues=None, agent=None, rule=None, about=About())
    assert [one.alert for one in page.rows] == alerts


async def test_commands_are_for_those_who_see_everything(tmp_path: Path) -> None:
    async with database(tmp_path) as (path, kept):
        for number, user in enumerate(("eve", "bob")):
            row = {"pbx": samples.PBX, "at": NINE - 10 + number, "user": user, "transaction_id": "1"}
            rest = {"command": "pause", "role": "leader", "arguments": "{}", "via": "mqtt", "outcome": "done"}
            insert(path, "commands", [{**row, **rest, "message": ""}])
        every = await NarrowedHistory(kept, EVERYTHING).commands(DAY, user=None)
        assert [one.user for one in every.rows] == ["eve", "bob"]
        assert [one.user for one in (await kept.commands(DAY, user="bob")).rows] == ["bob"]
        assert (await NarrowedHistory(kept, LEADER).commands(DAY, user=None)).rows == []
