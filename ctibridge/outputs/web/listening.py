"""The listening socket and its connections: bounded in number and patience, and silent about what they are made of.

aiohttp answers what it cannot read as HTTP by itself, without the application: with its own version, with what it was
sent, and without our headers.  So the connections are of a kind of our own.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

from aiohttp import web

from ctibridge.outputs.web.certificates import Certificates
from ctibridge.outputs.web.settings import HttpSettings

SHUTDOWN_SECONDS: Final = 1.0
"""How long a stop waits for requests that are being answered."""
IDLE_SECONDS: Final = 15.0
"""How long a connection may be open without a whole request."""
UNREAD_SECONDS: Final = 30.0
"""How long somebody may take nothing of an answer (Linux)."""
LONGEST_LINE: Final = 4096
"""Bytes of a request's first line, and of each header."""
MOST_CONNECTIONS: Final = 512

HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer that does not say otherwise."""
NAME: Final = "ctibridge"
"""``Server``, without a version."""

_silent = logging.getLogger(f"{__name__}.aiohttp")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False
_silent.setLevel(logging.CRITICAL + 1)
"""aiohttp shows requests that it cannot read, headers with tokens included; our own faults are logged elsewhere."""


class _Connection(web.RequestHandler):
    """One connection."""

    __slots__ = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        if connection is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(UNREAD_SECONDS * 1000))
        if self._manager is not None and len(self._manager.connections) > MOST_CONNECTIONS:
            self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,  # noqa: ARG002 - aiohttp's signature
        message: str | None = None,  # noqa: ARG002 - it repeats what was sent
    ) -> web.StreamResponse:
        """What is said to a request that could not be read, or that failed outside the application."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        text = f"{HTTPStatus(status).phrase}\n"
        answer = web.Response(status=status, text=text, headers={**HEADERS, "Server": NAME})
        answer.force_close()
        return answer


@asynccontextmanager
async def listening(settings: HttpSettings, application: web.Application) -> AsyncIterator[int]:
    """Serve an application within the context; gives the port that was bound.  Raises OSError."""
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    manager = runner.server
    if manager is None:
        raise RuntimeError("the runner was set up without a server")
    loop = asyncio.get_running_loop()

    def connection() -> _Connection:
        return _Connection(
            manager,
            loop=loop,
            keepalive_timeout=IDLE_SECONDS,
            logger=_silent,
            access_log=_silent,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
        )

    try:
        certificates = Certificates(settings)
        server = await loop.create_server(
            connection, settings.host, settings.port, ssl=certificates.context, reuse_address=True
        )
        following = asyncio.create_task(certificates.follow(), name="certificates")
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            following.cancel()
            server.close()
    finally:
        await runner.cleanup()
