"""The web server: routes, headers, and the life of the listening socket."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from ctibridge.domain.sight import FIGURES
from ctibridge.outputs.web.api.application import api
from ctibridge.outputs.web.api.routes import PREFIX
from ctibridge.outputs.web.gate import gate
from ctibridge.outputs.web.listening import HEADERS, NAME, listening
from ctibridge.outputs.web.narrowed import NarrowedProvider
from ctibridge.outputs.web.pages import SitePages
from ctibridge.outputs.web.provider import Provider, Reason
from ctibridge.outputs.web.settings import HttpSettings
from ctibridge.outputs.web.status_page import CONTENT_SECURITY_POLICY, status_page
from ctibridge.outputs.web.visitor import VISITOR
from ctibridge.outputs.web.words import words

REQUEST_SECONDS: Final = 40.0
"""For one answer; the longest question to the history takes 30."""
LARGEST_BODY: Final = 65_536
"""Bytes; nothing that is asked here has a body."""
DEFAULTS: Final = HttpSettings()

log = structlog.get_logger(__name__)
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
    async with AsyncExitStack() as stack:
        try:
            port = await stack.enter_async_context(listening(settings, application(provider, settings)))
        except OSError as error:
            raise CannotListenError(settings, error) from error
        yield settings.host, port


def application(provider: Provider, settings: HttpSettings = DEFAULTS) -> web.Application:
    """All routes."""
    pages = _Pages(provider)
    app = web.Application(middlewares=[_in_bounds, gate(settings, provider)], client_max_size=LARGEST_BODY)
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
        shown = NarrowedProvider(self._provider, request[VISITOR].sight or FIGURES)
        page = status_page(shown, words(language))
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


@web.middleware
async def _in_bounds(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No request is worked on for ever, and no answer tells of our insides."""
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            return await handler(request)
    except TimeoutError:
        return web.Response(status=503, text="this took too long\n")
    except web.HTTPException:
        raise
    except Exception:
        log.exception("a request failed", path=request.path)
        return web.Response(status=500, text="this is a fault of the bridge; its log says more\n")


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = NAME  # aiohttp has put its own version there by now.
