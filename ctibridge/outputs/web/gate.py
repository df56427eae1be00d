"""Decides for each request who asks: somebody with a token, somebody on this machine, or a stranger.

Strangers get the public board, health and (unless told otherwise) metrics, and nothing below ``/api``.  Whoever comes
through a proxy is no stranger less for it: only a connection from this machine, to a name of this machine, without
a proxy's headers, is trusted without a token.  (The name, because a web page may point a name of its own at
127.0.0.1 and have a browser here read what it likes.)
"""

import asyncio
import ipaddress
from math import ceil
from typing import Final

import structlog
from aiohttp import HttpVersion11, web
from aiohttp.typedefs import Handler, Middleware

from ctibridge.domain.sight import EVERYTHING
from ctibridge.outputs.web.api.application import problem_response
from ctibridge.outputs.web.api.problems import (
    NOT_PERMITTED,
    STORE_FAILS,
    TOKEN_MISSING,
    TOKEN_REFUSED,
    TOO_MANY_FAILURES,
    ApiError,
)
from ctibridge.outputs.web.provider import Provider
from ctibridge.outputs.web.settings import HttpSettings, is_loopback
from ctibridge.outputs.web.throttle import FAILURES, Throttle
from ctibridge.outputs.web.visitor import VISITOR, Holder, Tokens, TokensUnreadableError, Visitor

SCHEME: Final = "Bearer"
CHALLENGE: Final = {"WWW-Authenticate": f'{SCHEME} realm="ctibridge"'}
PROXY_HEADERS: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")
GUARDED: Final = "/api/"
COMMANDS: Final = "/api/v1/commands/"
METRICS: Final = "/metrics"

audit = structlog.get_logger("ctibridge.audit")


class Gate:
    """Knows the settings, the tokens, and who failed lately."""

    def __init__(self, settings: HttpSettings, provider: Provider) -> None:
        self._settings = settings
        self._provider = provider
        self._throttle = Throttle()

    async def visitor(self, request: web.Request) -> Visitor:
        """Who asks; raises ApiError when a token came that is no good here."""
        peer = request.remote or ""
        header = request.headers.get("Authorization")
        if header is None:
            is_trusted = is_local(request) and not self._settings.require_token
            return Visitor(peer=peer, sight=EVERYTHING if is_trusted else None)
        holder = await self._holder(request, peer, header)
        is_command = request.method == "POST" and request.path.startswith(COMMANDS)
        if not holder.may_read and not (is_command and holder.may_command):
            raise ApiError(NOT_PERMITTED, "this token has no scope read")
        return Visitor(
            peer=peer, sight=holder.sight, user=holder.user, token=holder.token, may_command=holder.may_command
        )

    def is_open(self, path: str) -> bool:
        """Whether strangers may look at an address."""
        if path == METRICS:
            return self._settings.open_metrics
        return not f"{path}/".startswith(GUARDED)

    def retry_after(self, peer: str) -> int:
        """Whole seconds until an address is listened to again."""
        return ceil(self._throttle.wait_seconds(peer, _now()))

    async def _holder(self, request: web.Request, peer: str, header: str) -> Holder:
        scheme, _, text = header.partition(" ")
        tokens = self._provider.tokens
        if not (request.secure or self._settings.insecure or is_loopback(peer)):
            raise ApiError(
                NOT_PERMITTED,
                "a token came in the clear from another host; it should be revoked",
                expected="https, or http.insecure = true",
            )
        if scheme.lower() == SCHEME.lower() and tokens is not None and (holder := tokens.known(text)):
            return holder
        if self._throttle.wait_seconds(peer, _now()):
            raise ApiError(TOO_MANY_FAILURES, f"{FAILURES} refusals within a minute")
        holder = await _looked_up(tokens, text) if scheme.lower() == SCHEME.lower() else None
        if holder is None:
            failures = self._throttle.note_failure(peer, _now())
            audit.warning("a token was refused", peer=peer, path=request.path, failures=failures)
            raise ApiError(TOKEN_REFUSED, "this token is unknown, expired or revoked, or its user is gone")
        return holder


def gate(settings: HttpSettings, provider: Provider) -> Middleware:
    """The middleware for everything that is served."""
    keeper = Gate(settings, provider)

    @web.middleware
    async def pass_through(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            visitor = await keeper.visitor(request)
        except ApiError as error:
            return _refusal(error, keeper.retry_after(request.remote or ""))
        if visitor.sight is None and not keeper.is_open(request.path):
            return _refusal(ApiError(TOKEN_MISSING, "beyond the public board a token is needed"), 0)
        request[VISITOR] = visitor
        return await handler(request)

    return pass_through


def is_local(request: web.Request) -> bool:
    """Whether somebody on this very machine asks for it by its own name, and no proxy for others.

    nginx, left as it comes, has neither of these headers nor the name that it was asked for; but it speaks HTTP/1.0.
    """
    if not is_loopback(request.remote or "") or any(name in request.headers for name in PROXY_HEADERS):
        return False
    try:
        host = request.url.host or ""
    except ValueError:  # No name at all.
        return False
    return request.version >= HttpVersion11 and (host == "localhost" or _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _looked_up(tokens: Tokens | None, text: str) -> Holder | None:
    try:
        return await tokens.holder(text) if tokens is not None else None
    except TokensUnreadableError as error:
        raise ApiError(STORE_FAILS, "tokens cannot be looked up now") from error


def _refusal(error: ApiError, retry_after: int) -> web.Response:
    headers = dict(CHALLENGE) if error.problem.status == web.HTTPUnauthorized.status_code else {}
    if error.problem.status == web.HTTPTooManyRequests.status_code:
        headers["Retry-After"] = str(max(1, retry_after))
    return problem_response(error, headers)


def _now() -> float:
    return asyncio.get_running_loop().time()
