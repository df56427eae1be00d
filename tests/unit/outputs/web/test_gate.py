# ruff: noqa: ANN401 - settings as they come
"""Who is let in over HTTP, and how much of it all they get to see."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
import msgspec
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from ctibridge.domain.policy import Team
from ctibridge.domain.roles import Role, User
from ctibridge.domain.sight import EVERYTHING, sight_of
from ctibridge.outputs.web.api.problems import ApiError
from ctibridge.outputs.web.gate import Gate
from ctibridge.outputs.web.server import serving
from ctibridge.outputs.web.settings import HttpSettings
from ctibridge.outputs.web.throttle import FAILURES, MOST_ADDRESSES, WINDOW_SECONDS, Throttle
from ctibridge.outputs.web.visitor import Holder, TokensUnreadableError
from tests.unit.outputs.facts import agent_on_call, queue_view
from tests.unit.outputs.web.shown import Shown, picture

TEAMS: Final = (Team(name="early", agents=("1001",)),)
NUMBER: Final = "+4930123456"
PROXIED: Final = {"X-Forwarded-For": "192.0.2.7"}
"""Somebody else asks, through a proxy on this machine."""


def holder(role: Role, **given: Any) -> Holder:
    user = User(name=role.value, role=role, **given)
    return Holder(user=user.name, token="t1", sight=sight_of(user, TEAMS), may_read=True)


class Keys:
    """Tokens by their text."""

    def __init__(self) -> None:
        self.holders: dict[str, Holder] = {
            "agent": holder(Role.AGENT, agent="1001"),
            "other": holder(Role.AGENT, agent="9999"),
            "leader": holder(Role.LEADER, teams=("early",)),
            "chief": holder(Role.SUPERVISOR),
            "private": holder(Role.SUPERVISOR, private=True),
            "elsewhere": holder(Role.SUPERVISOR, pbxs=("pbx2",)),
            "vip": holder(Role.SUPERVISOR, queues=("VIP",)),
            "screen": holder(Role.DISPLAY),
            "commands": msgspec.structs.replace(holder(Role.SUPERVISOR), may_read=False),
        }
        self.asked: list[str] = []
        self.is_broken = False
        self.remembered: set[str] = set()

    def known(self, text: str) -> Holder | None:
        return self.holders[text] if text in self.remembered else None

    async def holder(self, text: str) -> Holder | None:
        self.asked.append(text)
        if self.is_broken:
            raise TokensUnreadableError
        return self.holders.get(text)


class Answer:
    def __init__(self, status: int, headers: Mapping[str, str], text: str) -> None:
        self.status, self.headers, self.text = status, headers, text

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def kind(self) -> str:
        return str(self.json["type"]).rpartition("#")[2]


class Site:
    """A server with one queue, its caller, and the agent 1001, who talks."""

    def __init__(self, address: str, keys: Keys, session: aiohttp.ClientSession) -> None:
        self.address, self.keys, self._session = address, keys, session

    async def get(self, path: str, token: str | None = None, **headers: str) -> Answer:
        sent = headers if token is None else headers | {"Authorization": f"Bearer {token}"}
        async with self._session.get(self.address + path, headers=sent) as response:
            return Answer(response.status, response.headers, await response.text())


@asynccontextmanager
async def site(**settings: Any) -> AsyncIterator[Site]:
    shown = Shown({"pbx1": picture(queues=[queue_view(waiting=1)], agents=[agent_on_call()])})
    shown.known_tokens = keys = Keys()
    async with (
        serving(HttpSettings(port=0, **settings), shown) as (host, port),
        aiohttp.ClientSession() as session,
    ):
        yield Site(f"http://{host}:{port}", keys, session)


STATE: Final = "/api/v1/pbx1/state"


# -- who gets in ------------------------------------------------------------------------------------------------------


async def test_on_this_machine_masked_data_needs_no_token() -> None:
    async with site() as here:
        assert (await here.get(STATE)).status == 200


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via", "X-Forwarded-Host"])
async def test_a_proxy_on_this_machine_is_not_this_machine(name: str) -> None:
    async with site() as here:
        answer = await here.get(STATE, **{name: "192.0.2.7"})
        assert (answer.status, answer.kind) == (401, "token-missing")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="ctibridge"'


async def test_a_web_page_that_points_its_own_name_at_this_machine_is_not_trusted() -> None:
    async with site() as here:
        assert (await here.get(STATE, Host="evil.example")).status == 401
        assert (await here.get(STATE, Host="localhost:8080")).status == 200


async def test_a_token_can_be_asked_for_on_this_machine_too() -> None:
    async with site(require_token=True) as here:
        assert (await here.get(STATE)).status == 401
        assert (await here.get(STATE, "chief")).status == 200


@pytest.mark.parametrize("path", ["/", "/status", "/metrics", "/livez", "/readyz", "/site.json"])
async def test_the_public_board_and_health_are_for_everybody(path: str) -> None:
    async with site() as here:
        assert (await here.get(path, **PROXIED)).status == 200


@pytest.mark.parametrize("path", ["/api/v1/pbxs", "/api/v1/nothing", "/api", "/api/v1/openapi.json"])
async def test_below_api_strangers_learn_nothing_not_even_what_there_is(path: str) -> None:
    async with site() as here:
        assert (await here.get(path, **PROXIED)).status == 401


async def test_metrics_can_be_closed() -> None:
    async with site(open_metrics=False) as here:
        assert (await here.get("/metrics", **PROXIED)).status == 401
        assert (await here.get("/metrics", "chief", **PROXIED)).status == 200
        assert (await here.get("/metrics")).status == 200


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Basic Y2hpZWY6", "Bearer chief extra"])
async def test_a_token_that_is_no_good_is_refused_even_on_this_machine(header: str) -> None:
    async with site() as here:
        answer = await here.get(STATE, Authorization=header)
        assert (answer.status, answer.kind) == (401, "token-refused")
        assert (await here.get("/livez", Authorization=header)).status == 401


async def test_a_token_without_scope_read_reads_nothing() -> None:
    async with site() as here:
        answer = await here.get(STATE, "commands")
        assert (answer.status, answer.kind) == (403, "not-permitted")


async def test_a_store_that_cannot_be_read_is_said_and_lets_nobody_in() -> None:
    async with site() as here:
        here.keys.is_broken = True
        answer = await here.get(STATE, "chief")
        assert (answer.status, answer.kind) == (503, "store-fails")


async def test_who_fails_often_has_to_wait_and_who_was_known_goes_on() -> None:
    async with site() as here:
        here.keys.remembered = {"chief"}
        for _ in range(FAILURES):
            assert (await here.get(STATE, "wrong")).status == 401
        answer = await here.get(STATE, "leader")
        assert (answer.status, answer.kind) == (429, "too-many-failures")
        assert 0 < int(answer.headers["Retry-After"]) <= WINDOW_SECONDS
        assert here.keys.asked == ["wrong"] * FAILURES
        assert (await here.get(STATE, "chief")).status == 200
        assert (await here.get(STATE)).status == 200


def asked_from(peer: str, *, is_tls: bool = False) -> web.Request:
    class Transport(asyncio.Transport):
        def get_extra_info(self, name: str, default: Any = None) -> Any:
            return (peer, 5000) if name == "peername" else default

    tls = ssl.create_default_context() if is_tls else None
    headers = {"Authorization": "Bearer chief", "Host": "192.0.2.1"}
    return make_mocked_request("GET", STATE, headers=headers, transport=Transport(), sslcontext=tls)


async def test_a_token_in_the_clear_from_another_host_is_refused_unless_allowed() -> None:
    shown = Shown()
    shown.known_tokens = Keys()
    with pytest.raises(ApiError, match="in the clear"):
        await Gate(HttpSettings(), shown).visitor(asked_from("192.0.2.7"))
    for gate, request in (
        (Gate(HttpSettings(insecure=True), shown), asked_from("192.0.2.7")),
        (Gate(HttpSettings(), shown), asked_from("192.0.2.7", is_tls=True)),
        (Gate(HttpSettings(), shown), asked_from("127.0.0.1")),
        (Gate(HttpSettings(), shown), asked_from("::1")),
        (Gate(HttpSettings(), shown), asked_from("::ffff:127.0.0.1")),
    ):
        assert (await gate.visitor(request)).user == "supervisor"


# -- what they see ----------------------------------------------------------------------------------------------------


async def test_a_supervisor_sees_everything_masked() -> None:
    async with site() as here:
        state = (await here.get(STATE, "chief", **PROXIED)).json
        assert [agent["agent"] for agent in state["agents"]] == ["1001"]
        assert state["queues"][0]["callers"]
        assert NUMBER not in str(state)


async def test_an_agent_sees_the_own_state_and_no_line_of_callers() -> None:
    async with site() as here:
        state = (await here.get(STATE, "agent")).json
        assert [agent["agent"] for agent in state["agents"]] == ["1001"]
        assert [queue["callers"] for queue in state["queues"]] == [[]]
        assert state["queues"][0]["waiting"] == 1
        assert (await here.get("/api/v1/pbx1/agents/1001", "agent")).status == 200
        assert (await here.get("/api/v1/pbx1/callers", "agent")).kind == "not-permitted"


async def test_another_agent_looks_as_if_not_there() -> None:
    async with site() as here:
        assert (await here.get(STATE, "other")).json["agents"] == []
        assert (await here.get("/api/v1/pbx1/agents/1001", "other")).kind == "unknown-name"


async def test_a_leader_sees_the_team() -> None:
    async with site() as here:
        assert [one["agent"] for one in (await here.get("/api/v1/pbx1/agents", "leader")).json["agents"]] == ["1001"]
        assert (await here.get("/api/v1/pbx1/callers", "leader")).status == 200


@pytest.mark.parametrize("path", ["agents", "agents/1001", "callers", "calls", "calls/1", "callbacks"])
async def test_a_screen_is_refused_whatever_has_names_or_callers(path: str) -> None:
    async with site() as here:
        assert (await here.get(f"/api/v1/pbx1/{path}", "screen")).kind == "not-permitted"


async def test_a_screen_sees_figures_of_queues() -> None:
    async with site() as here:
        state = (await here.get(STATE, "screen")).json
        assert state["agents"] == []
        assert state["queues"][0]["callers"] == []
        assert state["queues"][0]["members"]["total"] == queue_view().members.total


async def test_a_pbx_or_queue_of_others_is_not_there() -> None:
    async with site() as here:
        assert (await here.get(STATE, "elsewhere")).kind == "unknown-name"
        assert (await here.get("/api/v1/pbxs", "elsewhere")).json == {"pbxs": []}
        assert (await here.get(STATE, "vip")).json["queues"] == []


async def test_the_status_page_shows_strangers_no_agents() -> None:
    async with site() as here:
        assert "1001" in (await here.get("/status")).text
        assert "1001" not in (await here.get("/status", **PROXIED)).text


async def test_whole_numbers_are_for_those_who_may_and_each_look_is_logged() -> None:
    call = agent_on_call().call
    assert call is not None
    async with site() as here, logged() as lines:
        for token in ("chief", "agent"):
            answer = await here.get(f"{STATE}?numbers=whole", token)
            assert (answer.status, answer.kind) == (403, "not-permitted")
        assert (await here.get(f"{STATE}?numbers=whole")).status == 403
        assert lines == []
        assert "***" in (await here.get(STATE, "private")).text
        answer = await here.get(f"{STATE}?numbers=whole", "private")
        assert "***" not in answer.text
        assert answer.json["agents"][0]["call"]["caller"]["number"] == call.caller.number
    assert lines == [
        {
            "log_level": "info",
            "event": "callers were shown unmasked",
            "user": "supervisor",
            "token_id": "t1",
            "peer": "127.0.0.1",
            "path": STATE,
        }
    ]


@asynccontextmanager
async def logged() -> AsyncIterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


# -- refusals by address ----------------------------------------------------------------------------------------------


def test_ten_failures_in_a_minute_and_no_more() -> None:
    throttle = Throttle()
    for second in range(FAILURES):
        assert throttle.wait_seconds("192.0.2.7", float(second)) == 0
        throttle.note_failure("192.0.2.7", float(second))
    assert throttle.wait_seconds("192.0.2.7", 20.0) == 40.0
    assert throttle.wait_seconds("192.0.2.8", 20.0) == 0
    assert throttle.wait_seconds("192.0.2.7", 60.0) == 0


def test_the_addresses_of_one_ipv6_customer_are_one() -> None:
    throttle = Throttle()
    for number in range(FAILURES):
        throttle.note_failure(f"2001:db8::{number:x}", 0.0)
    assert throttle.wait_seconds("2001:db8::ffff", 1.0) > 0
    assert throttle.wait_seconds("2001:db8:0:1::1", 1.0) == 0


def test_many_addresses_take_bounded_memory() -> None:
    throttle = Throttle()
    for number in range(MOST_ADDRESSES + 50):
        throttle.note_failure(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0.0)
    assert len(throttle._failures) == MOST_ADDRESSES


def test_everything_is_everything_but_numbers() -> None:
    assert EVERYTHING.is_whole
    assert not EVERYTHING.is_private
