"""The server on a real socket."""

import asyncio
import json

import aiohttp
import pytest

from ctibridge.outputs.web.provider import Reason
from ctibridge.outputs.web.server import CannotListenError, serving
from ctibridge.outputs.web.settings import HttpSettings
from ctibridge.outputs.web.status_page import CONTENT_SECURITY_POLICY
from tests.servers.ports import free_port
from tests.unit.outputs.facts import agent_on_call, queue_view
from tests.unit.outputs.web.shown import Shown, picture

ANY_PORT = HttpSettings(port=0)


class Answer:
    def __init__(self, response: aiohttp.ClientResponse, text: str) -> None:
        self.status, self.headers, self.text = response.status, response.headers, text


async def get(shown: Shown, path: str, **headers: str) -> Answer:
    async with (
        serving(ANY_PORT, shown) as (host, port),
        aiohttp.ClientSession() as session,
        session.get(f"http://{host}:{port}{path}", headers=headers) as response,
    ):
        return Answer(response, await response.text())


async def test_it_listens_on_this_machine_only_unless_told_otherwise() -> None:
    assert HttpSettings().host == "127.0.0.1"
    async with serving(ANY_PORT, Shown()) as (host, port):
        assert host == "127.0.0.1"
        assert port > 0


async def test_alive_and_ready_are_two_questions() -> None:
    shown = Shown()
    shown.unready_reasons = [Reason(part="ami", pbx="pbx1", detail="connection refused")]
    assert (await get(shown, "/livez")).status == 200
    ready = await get(shown, "/readyz")
    assert ready.status == 503
    assert json.loads(ready.text) == {
        "ok": False,
        "reasons": [{"part": "ami", "pbx": "pbx1", "detail": "connection refused"}],
    }


async def test_ready_is_200_without_reasons() -> None:
    answer = await get(Shown(), "/readyz")
    assert (answer.status, json.loads(answer.text)) == (200, {"ok": True, "reasons": []})


async def test_a_hung_daemon_says_so() -> None:
    shown = Shown()
    shown.hung_reasons = [Reason(part="loop", detail="x")]
    assert (await get(shown, "/livez")).status == 503


async def test_metrics_come_from_whoever_provides_them() -> None:
    shown = Shown()
    answer = await get(shown, "/metrics", Accept="application/openmetrics-text")
    assert (answer.text, answer.headers["Content-Type"]) == ("up 1\n", "text/plain; version=0.0.4; charset=utf-8")
    assert shown.accepts == ["application/openmetrics-text"]


async def test_the_page_has_a_policy_that_allows_its_style_sheet_alone() -> None:
    answer = await get(Shown(), "/status?lang=zh")
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "呼叫中心" in answer.text


async def test_the_browser_chooses_the_language_when_the_address_does_not() -> None:
    assert "呼叫中心" in (await get(Shown(), "/status", **{"Accept-Language": "zh-CN,zh;q=0.9"})).text
    assert "Call centre" in (await get(Shown(), "/status?lang=en", **{"Accept-Language": "zh-CN"})).text


@pytest.mark.parametrize("path", ["/", "/readyz", "/metrics", "/api/v1/pbx1/state"])
async def test_nothing_is_cached_or_guessed_and_nothing_is_told_about_the_server(path: str) -> None:
    headers = (await get(Shown({"pbx1": picture()}), path)).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] == "ctibridge"
    assert "'none'" in headers["Content-Security-Policy"]


async def test_the_state_of_a_pbx_has_the_fields_of_mqtt_and_masked_callers() -> None:
    shown = Shown({"pbx1": picture(queues=[queue_view(waiting=1)], agents=[agent_on_call()])})
    state = json.loads((await get(shown, "/api/v1/pbx1/state")).text)
    assert (state["pbx"], state["is_synced"]) == ("pbx1", True)
    assert state["queues"][0]["callers"][0]["caller"] == {"number": "***567", "name": "王***"}
    assert state["agents"][0]["call"]["caller"] == {"number": "***567", "name": "王***"}
    assert state["agents"][0]["state"] == "busy"


async def test_an_unknown_pbx_is_404() -> None:
    assert (await get(Shown(), "/api/v1/other/state")).status == 404


async def test_a_port_that_is_taken_is_named_with_its_setting() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", free_port())
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(CannotListenError) as caught:
            async with serving(HttpSettings(port=port), Shown()):
                pass
    assert str(caught.value) == f"http.port: cannot listen on 127.0.0.1:{port}: Address already in use"


@pytest.mark.parametrize("port", [-1, 65536])
def test_ports_that_do_not_exist_are_refused(port: int) -> None:
    with pytest.raises(ValueError, match=f"port must be from 0 to 65535, got {port}"):
        HttpSettings(port=port)
