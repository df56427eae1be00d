"""The web server: routes, headers, and the life of the listening socket."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import msgspec
from aiohttp import web

from ctibridge.outputs.web.api.application import api
from ctibridge.outputs.web.api.routes import PREFIX
from ctibridge.outputs.web.pages import SitePages
from ctibridge.outputs.web.provider import Provider, Reason
from ctibridge.outputs.web.settings import HttpSettings
from ctibridge.outputs.web.status_page import CONTENT_SECURITY_POLICY, status_page
from ctibridge.outputs.web.words import words

SHUTDOWN_SECONDS: Final = 1.0
"""How long a stop waits for requests that are being answered."""

HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer that does not say otherwise."""

_json: Final = msgspec.json.Encoder().encode


class CannotListenError(Exception):
    """The configured address cannot be bound: somebody else has it, or it is not this machine's."""

    def __init__(self, settings: HttpSettings, error: OSError) -> None:
        reason = os.strerror(error.errno) if error.errno else str(error)
        super().__init__(f"http.port: cannot listen on {settings.host}:{settings.port}: {reason}")


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of ``/readyz`` and ``/livez``."""

    ok: bool
    reasons: list[Reason]


@asynccontextmanager
async def serving(settings: HttpSettings, provider: Provider) -> AsyncIterator[tuple[str, int]]:
    """Serve within the context; gives the address that was bound."""
    runner = web.AppRunner(
        application(provider), access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_SECONDS
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as error:
            raise CannotListenError(settings, error) from error
        yield settings.host, runner.addresses[0][1]
    finally:
        await runner.cleanup()


def application(provider: Provider) -> web.Application:
    """All routes."""
    pages = _Pages(provider)
    app = web.Application()
    app.on_response_prepare.append(_add_headers)
    SitePages(provider).add_to(app)
    app.router.add_get("/status", pages.status)
    app.router.add_get("/metrics", pages.metrics)
    app.router.add_get("/livez", pages.livez)
    app.router.add_get("/readyz", pages.readyz)
    app.add_subapp(PREFIX, api(provider))
    return app


class _Pages:
    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def status(self, request: web.Request) -> web.Response:
        language: str = request.query.get("lang") or request.headers.get("Accept-Language") or ""
        page = status_page(self._provider, words(language))
        headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Vary": "Accept-Language"}
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def metrics(self, request: web.Request) -> web.Response:
        body, content_type = await self._provider.metrics(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def livez(self, _: web.Request) -> web.Response:
        return _readiness(self._provider.hung())

    async def readyz(self, _: web.Request) -> web.Response:
        return _readiness(self._provider.unready())


def _readiness(reasons: list[Reason]) -> web.Response:
    return _json_response(Readiness(ok=not reasons, reasons=reasons), status=503 if reasons else 200)


def _json_response(value: object, status: int = 200) -> web.Response:
    return web.Response(body=_json(value), status=status, content_type="application/json")


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "ctibridge"  # aiohttp has put its own version there by now.
