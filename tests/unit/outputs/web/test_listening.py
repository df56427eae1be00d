"""Connections that are no requests, or not soon enough: bounded, and told nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from aiohttp import web

from ctibridge.outputs.web import listening
from ctibridge.outputs.web.server import serving
from ctibridge.outputs.web.settings import HttpSettings
from tests.unit.outputs.web.shown import Shown

EVERYWHERE: Final = (
    "content-security-policy: ",
    "x-content-type-options: nosniff",
    "x-frame-options: deny",
    "referrer-policy: no-referrer",
    "cache-control: no-store",
    "server: ctibridge\r\n",
)


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with serving(HttpSettings(port=0), Shown()) as (host, port):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            yield reader, writer
        finally:
            writer.close()


async def answer_to(request: bytes) -> str:
    async with connected() as (reader, writer), asyncio.timeout(5):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line.split()[1] for line in head.lower().splitlines() if line.startswith(b"content-length"))
        return (head + await reader.readexactly(int(length))).decode()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET /livez HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ctb_planted\x00\r\n\r\n", 400),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03planted", 400),
        (b"POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7\r\n\r\nplanted", 405),
        (b"GET /planted HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
    ],
)
async def test_every_answer_has_the_headers_and_tells_nothing_of_us(
    request_: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await answer_to(request_)

    assert answer.split(" ", 2)[1] == str(status)
    for header in EVERYWHERE:
        assert header in answer.lower()
    assert "planted" not in answer + caplog.text
    assert "aiohttp" not in answer.lower()
    assert "python" not in answer.lower()


@pytest.mark.parametrize("opening", [b"", b"GET /livez HTTP/1.1\r\nHost: loc"])
async def test_who_does_not_finish_asking_is_cut_off(opening: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "IDLE_SECONDS", 0.3)
    async with connected() as (reader, writer), asyncio.timeout(5):
        writer.write(opening)
        assert await reader.read() == b""


async def test_who_does_not_take_the_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "UNREAD_SECONDS", 0.5)
    begun, ended = asyncio.Event(), asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        begun.set()
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            for _ in range(2000):
                await answer.write(bytes(65_536))
        finally:
            ended.set()
        return answer

    application = web.Application()
    application.router.add_get("/", endless)
    async with listening.listening(HttpSettings(port=0), application) as port:
        with socket.create_connection(("127.0.0.1", port)) as deaf:
            deaf.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            async with asyncio.timeout(10):
                await begun.wait()
                await ended.wait()


async def test_there_are_only_so_many_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "MOST_CONNECTIONS", 2)
    async with serving(HttpSettings(port=0), Shown()) as (host, port), asyncio.timeout(5):
        held = [await asyncio.open_connection(host, port) for _ in range(2)]
        for reader, writer in held:
            writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        for _, one in (*held, (reader, writer)):
            one.close()


@pytest.mark.parametrize(
    "path", ["/", "/floor", "/agent", "/status", "/site.json", "/metrics", "/api/v1/pbxs", "/livez"]
)
async def test_no_page_may_load_or_run_what_is_not_ours(path: str) -> None:
    answer = await answer_to(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    policies = [line for line in answer.splitlines() if line.lower().startswith("content-security-policy: ")]

    assert answer.split(" ", 2)[1] == "200"
    assert len(policies) == 1
    assert "default-src 'none'" in policies[0]
    assert "frame-ancestors 'none'" in policies[0]
    assert "unsafe" not in policies[0]
    assert "x-content-type-options: nosniff" in answer.lower()


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /api/v1/pbxs HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /api/v1/pbxs HTTP/1.1\r\nHost: [\r\n\r\n",
        b"GET /api/v1/pbxs HTTP/1.1\r\nHost: \r\n\r\n",
        b"GET /api/v1/pbxs HTTP/1.1\r\nHost: ctibridge.example\r\n\r\n",
        b"GET http://ctibridge.example/api/v1/pbxs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
)
async def test_what_may_come_through_a_proxy_is_not_trusted(request_: bytes) -> None:
    assert (await answer_to(request_)).split(" ", 2)[1] in ("400", "401")


async def test_who_asks_here_by_address_is_trusted() -> None:
    answer = await answer_to(b"GET /api/v1/pbxs HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n")
    assert answer.split(" ", 2)[1] == "200"


@pytest.mark.parametrize(
    "path",
    [
        "//api/v1/pbxs",
        "/%61pi/v1/pbxs",
        "/api%2Fv1%2Fpbxs",
        "/API/v1/pbxs",
        "/api/./v1/pbxs",
        "/x/../api/v1/pbxs",
        "/static/../api/v1/pbxs",
        "/api/v1/pbxs/",
        "/api/v1/pbxs?x=/livez",
        "/api;x/v1/pbxs",
        "http://localhost/api/v1/pbxs",
    ],
)
async def test_no_spelling_of_an_address_leads_a_stranger_past_the_gate(path: str) -> None:
    answer = await answer_to(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n".encode())

    assert answer.split(" ", 2)[1] in ("400", "401", "404")
    assert '"pbxs"' not in answer
