"""The routes of the table on an aiohttp application, and everything that is the same for all of them."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec
import structlog
from aiohttp import web

import ctibridge
from ctibridge.outputs.web.api.examples import examples
from ctibridge.outputs.web.api.history import HistoryError, HistorySlowError
from ctibridge.outputs.web.api.openapi import document
from ctibridge.outputs.web.api.problems import (
    CONTENT_TYPE,
    NO_ROUTE,
    NOT_ALLOWED,
    STORE_FAILS,
    TOO_SLOW,
    ApiError,
    Problem,
)
from ctibridge.outputs.web.api.queries import NoQuery, read_query
from ctibridge.outputs.web.api.routes import ROUTES, Route
from ctibridge.outputs.web.provider import Provider

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger(__name__)


def api(provider: Provider) -> web.Application:
    """Everything below ``PREFIX``."""
    app = web.Application(middlewares=[_problems])
    app.router.add_get("/openapi.json", _OwnDescription().answer)
    for route in ROUTES:
        app.router.add_get(route.path, _handler(route, provider))
    return app


def encoded(value: object) -> bytes:
    """JSON in UTF-8, valid whatever the PBX put into names."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        # Half a surrogate pair: bytes that were not UTF-8, kept by whoever decoded them.
        return msgspec.json.encode(_scrubbed(msgspec.to_builtins(value)))


def _handler(route: Route, provider: Provider) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        query = read_query(route.query, request.query.items())
        answer = await route.answering(provider, request.match_info, query)
        return web.Response(body=encoded(answer), content_type="application/json")

    return handle


class _OwnDescription:
    """The OpenAPI document, made when it is first asked for."""

    def __init__(self) -> None:
        self._made: tuple[bytes, str] | None = None

    async def answer(self, request: web.Request) -> web.Response:
        """The document, or 304 for whoever has it."""
        read_query(NoQuery, request.query.items())
        if self._made is None:
            body = encoded(document(ctibridge.__version__, await examples()))
            self._made = body, hashlib.sha256(body).hexdigest()[:16]
        body, tag = self._made
        headers = {"Cache-Control": "no-cache", "ETag": f'"{tag}"'}
        if any(one.value in (tag, "*") for one in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type="application/json", headers=headers)


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong is told in the same form."""
    try:
        return await handler(request)
    except ApiError as error:
        return _problem(error)
    except HistorySlowError as error:
        return _problem(ApiError(TOO_SLOW, str(error)))
    except HistoryError:
        return _problem(ApiError(STORE_FAILS, "the database cannot be read"))
    except web.HTTPMethodNotAllowed as error:
        refusal = ApiError(NOT_ALLOWED, f"{request.method} is not answered here")
        return _problem(refusal, {"Allow": ", ".join(sorted(error.allowed_methods))})
    except web.HTTPNotFound:
        return _problem(ApiError(NO_ROUTE, f"there is no {request.path!r}", expected="see /api/v1/openapi.json"))


_NOTHING: Final[Mapping[str, str]] = {}


def _problem(error: ApiError, headers: Mapping[str, str] = _NOTHING) -> web.Response:
    problem: Problem = error.problem
    return web.Response(body=encoded(problem), status=problem.status, content_type=CONTENT_TYPE, headers=headers)


def _scrubbed(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    match value:
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")
        case dict():
            return {_scrubbed(key): _scrubbed(one) for key, one in value.items()}
        case list() | tuple():
            return [_scrubbed(one) for one in value]
        case _:
            return value
