"""The API over a real database and a real socket."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from ctibridge.domain.units import Timestamp
from ctibridge.outputs.web.api import samples
from ctibridge.outputs.web.api.examples import examples
from ctibridge.outputs.web.api.problems import PAGE
from ctibridge.outputs.web.api.routes import ROUTES, Route
from tests.integration.api.filled import database, fill, insert, served, stay

NINE = samples.NINE


class Api:
    def __init__(self, address: str, path: Path, session: aiohttp.ClientSession) -> None:
        self.address, self.path, self._session = address, path, session

    async def get(self, target: str, **parameters: str | float) -> tuple[int, Any]:
        async with self._session.get(self.address + target, params=parameters) as response:
            return response.status, await response.json(content_type=None)

    async def ok(self, target: str, **parameters: str | float) -> dict[str, Any]:
        status, answer = await self.get(target, **parameters)
        assert status == 200, answer
        return dict(answer)

    async def problem(self, target: str, **parameters: str | float) -> tuple[int, str, str | None]:
        """Status, kind and parameter."""
        async with self._session.get(self.address + target, params=parameters) as response:
            assert response.content_type == "application/problem+json"
            problem = await response.json(content_type=None)
            assert problem["status"] == response.status
            assert problem["detail"]
            page, _, kind = problem["type"].partition("#")
            assert page == PAGE
            return response.status, kind, problem["parameter"]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with (
        database(tmp_path) as (path, kept),
        served(kept) as address,
        aiohttp.ClientSession() as session,
    ):
        fill(path)
        yield Api(address, path, session)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
async def test_the_example_of_each_route_is_what_it_answers_about_the_same_rows(api: Api, route: Route) -> None:
    assert await api.ok(route.example) == (await examples())[route.name]


def at(seconds: float) -> str:
    return datetime.fromtimestamp(NINE + seconds, UTC).isoformat()


async def test_pages_hold_every_row_once_whatever_is_written_in_between(api: Api) -> None:
    insert(
        api.path,
        "calls",
        [
            stay(call=f"7.{number}", stay=again, queue=queue, joined_at=NINE - 100)
            for number in range(5)
            for again in range(2)
            for queue in ("sales", "service")
        ],
    )
    seen: list[tuple[float, str, str, int]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await api.ok("/pbx1/calls", limit=3, **cursor)
        seen += [(row["joined_at"], row["queue"], row["call"], row["stay"]) for row in page["calls"]]
        if page["next"] is None:
            break
        assert len(page["calls"]) == 3
        cursor = {"cursor": page["next"]}
        insert(api.path, "calls", [stay(call=f"1.{len(seen)}", joined_at=NINE - 5000)])
    assert len(seen) == len(set(seen)) == 22
    assert seen == sorted(seen)


async def test_filters_narrow_and_queues_fold_case(api: Api) -> None:
    insert(api.path, "calls", [stay(call="7.1", queue="Sales", joined_at=NINE - 50), stay(call="7.2", queue="x")])
    assert [row["call"] for row in (await api.ok("/pbx1/calls", queue="SALES"))["calls"]] == [
        "1767257700.31",
        "7.1",
        "1767257991.42",
    ]
    assert [row["call"] for row in (await api.ok("/pbx1/calls", agent="1001"))["calls"]] == ["1767257991.42"]
    assert (await api.ok("/pbx1/calls", outcome="exited"))["calls"] == []


async def test_a_range_holds_its_first_moment_and_not_its_last(api: Api) -> None:
    joined = NINE - 300
    by_epoch = await api.ok("/pbx1/calls", **{"from": joined, "to": joined + 1})
    assert [row["call"] for row in by_epoch["calls"]] == ["1767257700.31"]
    east = "2026-01-01T16:55:00+08:00"  # The same moment.
    assert (await api.ok("/pbx1/calls", **{"from": east, "to": at(-299)}))["calls"] == by_epoch["calls"]
    assert (await api.ok("/pbx1/calls", **{"from": joined - 9, "to": joined}))["calls"] == []


async def test_a_plus_that_nobody_encoded_is_understood(api: Api) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{api.address}/pbx1/calls?from=2026-01-01T16:55:00+08:00&limit=1") as response,
    ):
        assert [row["call"] for row in (await response.json())["calls"]] == ["1767257700.31"]


async def test_a_journey_has_all_stays_rings_and_refusals(api: Api) -> None:
    insert(
        api.path,
        "calls",
        [
            stay(call="7.7", joined_at=NINE - 80, outcome="exited", reason="timeout"),
            stay(call="7.7", stay=1, joined_at=NINE - 40),
            stay(call="7.7", queue="service", joined_at=NINE - 60, outcome="exited", reason="key"),
        ],
    )
    refusal = {"pbx": "pbx1", "queue": "full", "call": "7.7", "at": NINE - 90, "reason": "full"}
    insert(api.path, "refusals", [refusal])
    journey = await api.ok("/pbx1/calls/7.7")
    assert [(one["queue"], one["stay"]) for one in journey["stays"]] == [("sales", 0), ("service", 0), ("sales", 1)]
    assert journey["refusals"] == [{"queue": "full", "at": "2026-01-01T08:58:30Z", "reason": "full"}]


async def test_a_caller_who_gave_up_twice_is_one_callback_with_the_first_deadline(api: Api) -> None:
    insert(api.path, "calls", [stay(call="7.1", joined_at=NINE - 100, left_at=NINE - 90, wait_seconds=10)])
    [callback] = (await api.ok("/pbx1/callbacks"))["callbacks"]
    assert (callback["attempts"], callback["call"], callback["wait_seconds"]) == (2, "7.1", 10)
    assert callback["first_abandoned_at"] == "2026-01-01T08:55:31Z"
    assert callback["deadline"] == "2026-01-02T08:55:31Z"


async def test_who_was_answered_later_in_any_queue_needs_no_callback(api: Api) -> None:
    insert(api.path, "calls", [stay(call="7.1", queue="service", outcome="answered", joined_at=NINE - 50)])
    assert (await api.ok("/pbx1/callbacks"))["callbacks"] == []


async def test_who_was_answered_before_and_who_has_no_number(api: Api) -> None:
    insert(
        api.path,
        "calls",
        [
            stay(call="7.1", outcome="answered", joined_at=NINE - 5000),
            stay(call="7.2", caller_number=None, caller_hmac=None),
        ],
    )
    assert [one["call"] for one in (await api.ok("/pbx1/callbacks"))["callbacks"]] == ["1767257700.31"]


async def test_a_callback_of_two_days_ago_is_overdue(api: Api) -> None:
    old = NINE - 2 * 86_400
    insert(api.path, "calls", [stay(call="7.1", caller_number="***111", joined_at=old, left_at=old + 30)])
    overdue = [one["call"] for one in (await api.ok("/pbx1/callbacks"))["callbacks"] if one["is_overdue"]]
    assert overdue == ["7.1"]


async def test_commands_are_answered_from_the_same_callbacks(api: Api, tmp_path: Path) -> None:
    [shown] = (await api.ok("/pbx1/callbacks"))["callbacks"]
    since, now = Timestamp(NINE - 86_400), Timestamp(NINE)
    async with database(tmp_path) as (_, kept):
        [told] = await kept.unreached("pbx1", queues=None, since=since, now=now, limit=10)
        assert (told.call, told.queue, told.caller_number) == (shown["call"], shown["queue"], shown["caller_number"])
        assert told.deadline - told.first_abandoned_at == 86_400
        assert await kept.unreached("pbx1", queues=frozenset({"other"}), since=since, now=now, limit=10) == []


async def test_states_that_reach_into_the_range_are_whole(api: Api) -> None:
    found = await api.ok("/pbx1/agents/1001/intervals", **{"from": at(-900), "to": at(-590)})
    assert [(one["state"], one["since"]) for one in found["intervals"]] == [
        ("ready", "2026-01-01T08:00:00Z"),
        ("not_ready", "2026-01-01T08:50:00Z"),
    ]


async def test_agents_and_queues_of_the_past_are_known(api: Api) -> None:
    gone = {"pbx": "pbx1", "agent": "2001", "name": "Cy", "seen_at": NINE - 9e6}
    insert(api.path, "agents", [gone])
    assert (await api.ok("/pbx1/agents/2001/intervals"))["intervals"] == []
    assert (await api.get("/pbx1/agents/2001"))[0] == 404
    name = "客服/nord"
    insert(api.path, "calls", [stay(call="7.1", queue=name)])
    assert len((await api.ok("/pbx1/calls", queue=name))["calls"]) == 1
    assert (await api.problem(f"/pbx1/queues/{quote(name, safe='')}"))[:2] == (404, "unknown-name")


@pytest.mark.parametrize(
    ("target", "parameters", "expected"),
    [
        ("/pbx9/state", {}, (404, "unknown-name", "pbx")),
        ("/pbx1/queues/nothing", {}, (404, "unknown-name", "queue")),
        ("/pbx1/agents/9999", {}, (404, "unknown-name", "agent")),
        ("/pbx1/agents/9999/intervals", {}, (404, "unknown-name", "agent")),
        ("/pbx1/callers", {"queue": "nothing"}, (404, "unknown-name", "queue")),
        ("/pbx1/calls", {"queue": "nothing"}, (404, "unknown-name", "queue")),
        ("/pbx1/calls", {"agent": "9999"}, (404, "unknown-name", "agent")),
        ("/pbx1/calls/9.9", {}, (404, "unknown-name", "call")),
        ("/pbx1/calls", {"quue": "sales"}, (400, "unknown-parameter", "quue")),
        ("/pbx1/state", {"x": "1"}, (400, "unknown-parameter", "x")),
        ("/openapi.json", {"x": "1"}, (400, "unknown-parameter", "x")),
        ("/pbx1/calls", {"limit": "1001"}, (400, "bad-value", "limit")),
        ("/pbx1/calls", {"limit": "0"}, (400, "bad-value", "limit")),
        ("/pbx1/calls", {"limit": "ten"}, (400, "bad-value", "limit")),
        ("/pbx1/calls", {"outcome": "angry"}, (400, "bad-value", "outcome")),
        ("/pbx1/calls", {"from": "yesterday"}, (400, "bad-value", "from")),
        ("/pbx1/calls", {"to": "2026-02-30T00:00:00Z"}, (400, "bad-value", "to")),
        ("/pbx1/calls", {"to": "2026-02-03T00:00:00"}, (400, "bad-value", "to")),
        ("/pbx1/calls", {"cursor": "%%%"}, (422, "bad-cursor", "cursor")),
        ("/pbx1/gaps", {"cursor": "WyJ4Il0"}, (422, "bad-cursor", "cursor")),
        ("/pbx1/intervals", {"step": "2h"}, (400, "bad-value", "step")),
        ("/pbx1/calls", {"from": "200", "to": "100"}, (422, "bad-range", "from")),
        ("/pbx1/intervals", {"from": "0"}, (422, "bad-range", "from")),
        ("/nothing/here/at/all", {}, (404, "no-route", None)),
    ],
)
async def test_a_wrong_question_is_told_what_is_wrong(
    api: Api, target: str, parameters: dict[str, str], expected: tuple[int, str, str | None]
) -> None:
    assert await api.problem(target, **parameters) == expected


async def test_a_bad_value_says_what_was_expected(api: Api) -> None:
    _, problem = await api.get("/pbx1/calls", limit="ten")
    assert problem["detail"] == "limit='ten' cannot be used"
    assert problem["expected"] == "a whole number from 1 to 1000"


async def test_nothing_can_be_changed(api: Api) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{api.address}/pbx1/state") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "GET, HEAD"
        assert (await response.json(content_type=None))["type"].endswith("#method-not-allowed")


async def test_no_answer_is_kept_except_the_description(api: Api) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{api.address}/pbx1/calls") as response:
            assert response.headers["Cache-Control"] == "no-store"
        async with session.get(f"{api.address}/openapi.json") as response:
            tag = response.headers["ETag"]
        async with session.get(f"{api.address}/openapi.json", headers={"If-None-Match": tag}) as response:
            assert (response.status, await response.read()) == (304, b"")


async def test_a_database_that_fails_is_not_our_crash(api: Api) -> None:
    with closing(sqlite3.connect(api.path)) as connection:
        connection.execute("DROP TABLE gaps")
    assert (await api.problem("/pbx1/gaps"))[:2] == (503, "store-fails")
    assert (await api.get("/pbx1/state"))[0] == 200


async def test_a_row_that_nobody_could_have_written_is_not_our_crash(api: Api) -> None:
    insert(api.path, "calls", [stay(call="7.1", outcome="vanished")])
    assert (await api.problem("/pbx1/calls"))[:2] == (503, "store-fails")


async def test_without_a_store_the_present_is_still_told() -> None:
    async with served(None) as address, aiohttp.ClientSession() as session:
        api = Api(address, Path(), session)
        assert (await api.problem("/pbx1/calls"))[:2] == (404, "no-history")
        assert (await api.ok("/pbx1/callers"))["callers"][0]["caller"] == {"number": "***000", "name": None}


async def test_schemathesis_finds_nothing(api: Api, tmp_path: Path) -> None:
    """Every check that it has, with valid and invalid questions made from the description."""
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{api.address}/openapi.json"]
    command += ["--checks", "all", "--max-examples", "10", "--seed", "1", "--no-color", "--request-timeout", "5"]
    settings = tmp_path / "schemathesis.toml"
    settings.write_text("[checks.positive_data_acceptance]\nexpected-statuses = [200, 304, 401, 403, 404, 410, 422]\n")
    run = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, cwd=tmp_path, timeout=100, check=False
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-1000:]


async def test_a_slow_question_is_ended_and_holds_nobody_up(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctibridge.outputs.history.lookup.LONGEST", 0.3)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    monkeypatch.setattr("ctibridge.outputs.history.lookup._STAY", f"({endless}), *")
    slow = asyncio.create_task(api.problem("/pbx1/calls"))
    assert (await asyncio.wait_for(api.get("/pbx1/state"), 0.25))[0] == 200
    assert (await slow)[:2] == (503, "too-slow")
    assert len((await api.ok("/pbx1/gaps"))["gaps"]) == 1
