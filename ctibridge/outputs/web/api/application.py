"""The routes of the table on an aiohttp application, and everything that is the same for all of them."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec
import structlog
from aiohttp import web

import ctibridge
from ctibridge.domain.commands import COMMANDS
from ctibridge.domain.sight import FIGURES, Sight
from ctibridge.outputs.web.api import commands
from ctibridge.outputs.web.api.examples import examples
from ctibridge.outputs.web.api.history import HistoryError, HistorySlowError
from ctibridge.outputs.web.api.openapi import document
from ctibridge.outputs.web.api.problems import (
    CONTENT_TYPE,
    NO_ROUTE,
    NOT_ALLOWED,
    NOT_PERMITTED,
    STORE_FAILS,
    TOO_SLOW,
    ApiError,
    Problem,
)
from ctibridge.outputs.web.api.queries import NoQuery, read_query
from ctibridge.outputs.web.api.routes import ROUTES, Route, Shows
from ctibridge.outputs.web.narrowed import NarrowedProvider
from ctibridge.outputs.web.provider import Provider
from ctibridge.outputs.web.visitor import VISITOR

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PBX: Final = "{pbx:(?!commands/)[^{}/]+}"
"""A PBX's name in an address; below ``/commands`` there are commands."""

audit = structlog.get_logger("ctibridge.audit")


def api(provider: Provider) -> web.Application:
    """Everything below ``PREFIX``."""
    app = web.Application(middlewares=[_problems])
    app.router.add_get("/openapi.json", _OwnDescription().answer)
    for route in ROUTES:
        app.router.add_get(route.path.replace("{pbx}", _PBX), _handler(route, provider))
    for name in COMMANDS:
        app.router.add_post(commands.path_of(name), _commanding(name, provider))
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
        visitor = request[VISITOR]
        sight = visitor.sight or FIGURES
        query = read_query(route.query, request.query.items())
        is_private = getattr(query, "numbers", "masked") == "whole"
        _permit(route, sight, is_private=is_private)
        shown = NarrowedProvider(provider, sight, is_private=is_private)
        answer = await route.answering(shown, request.match_info, query)
        if is_private:
            who = {"user": visitor.user, "token_id": visitor.token, "peer": visitor.peer}
            audit.info("callers were shown unmasked", **who, path=request.path)
        return web.Response(body=encoded(answer), content_type="application/json")

    return handle


def _commanding(name: str, provider: Provider) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        return await commands.answer(request, name, provider.commands)

    return handle


def _permit(route: Route, sight: Sight, *, is_private: bool) -> None:
    """Raise ApiError where the visitor's sight does not reach."""
    may_see: Mapping[Shows, bool] = {
        "figures": True,
        "agents": sight.agents is None or bool(sight.agents),
        "callers": sight.has_callers,
        "all": sight.is_whole,
    }
    if not may_see[route.shows]:
        raise ApiError(NOT_PERMITTED, "this is not for the role of the token's user")
    if is_private and not sight.is_private:
        raise ApiError(NOT_PERMITTED, "callers are not shown unmasked to this token", parameter="numbers")


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
        return problem_response(error)
    except HistorySlowError as error:
        return problem_response(ApiError(TOO_SLOW, str(error)))
    except HistoryError:
        return problem_response(ApiError(STORE_FAILS, "the database cannot be read"))
    except web.HTTPMethodNotAllowed as error:
        refusal = ApiError(NOT_ALLOWED, f"{request.method} is not answered here")
        return problem_response(refusal, {"Allow": ", ".join(sorted(error.allowed_methods))})
    except web.HTTPNotFound:
        return problem_response(
            ApiError(NO_ROUTE, f"there is no {request.path!r}", expected="see /api/v1/openapi.json")
        )


_NOTHING: Final[Mapping[str, str]] = {}


def problem_response(error: ApiError, headers: Mapping[str, str] = _NOTHING) -> web.Response:
    """A refusal as it is sent."""
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
