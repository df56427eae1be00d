"""One connection to AMI: panoramisk's Manager without its own ideas about reconnecting and decoding.

``panoramisk.Manager`` connects and matches replies to actions.  It also reconnects every two seconds for ever, pings
without looking at the answer, and repeats unanswered actions on the next connection; and its protocol decodes each
read by itself, which loses every character that two reads share.  So there is one Manager for one connection, which
reports its end instead of mending it, and bytes go to our own framing.  ``AmiClient`` owns the life cycle.
"""

import asyncio
import contextlib
import hashlib
import logging
import socket
import uuid
from collections.abc import Callable
from typing import Any, Final

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message as Reply

from ctibridge.asterisk.actions import check_action
from ctibridge.asterisk.errors import AmiConnectFailedError, AmiConnectionLostError, AmiRefusedError, AmiSilentError
from ctibridge.asterisk.messages import Message
from ctibridge.asterisk.settings import AmiSettings

RECEIVE_BUFFER: Final = 4 << 20
"""Bytes that the kernel may keep for us: Asterisk drops a session whose socket stays full for 100 ms."""

_silent = logging.getLogger(f"{__name__}.panoramisk")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False
"""panoramisk logs whole actions, secrets included, when something fails; what matters is logged by the client."""


class _Protocol(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    """Bytes to whoever frames them, replies to whoever waits; what goes out is checked."""

    closed: bool

    def __init__(self, on_data: Callable[[bytes], None]) -> None:
        self._on_data = on_data
        self.has_ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Done when the connection is over, with the reason."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)

    def data_received(self, data: bytes) -> None:
        self._on_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(str(exc) if exc else "closed by the PBX")

    def send(self, data: dict[str, Any], as_list: object = None) -> asyncio.Future[Reply]:  # noqa: ARG002
        """Send an action; the future has the reply, or the loss of the connection.

        ``as_list`` is panoramisk's; a list's head is its reply here, its items go to the feed.
        """
        action = Action(data, as_list=False)
        check_action(action)
        reply: asyncio.Future[Reply] = action.future
        if self.has_ended.done():
            reply.set_exception(AmiConnectionLostError(self.has_ended.result()))
            return reply
        self.responses[action.id] = action
        self.transport.write(str(action).encode())
        return reply

    def close(self) -> None:
        """Close the connection, without waiting for what is not written yet."""
        if not self.closed:
            self.closed = True
            self.transport.abort()
            self._end("closed by us")

    def _end(self, reason: str) -> None:
        if not self.has_ended.done():
            self.has_ended.set_result(reason)
        for action in list(self.responses.values()):
            if not action.future.done():
                action.future.set_exception(AmiConnectionLostError(reason))
                action.future.exception()  # Whoever waits will see it; nobody need be waiting.
        self.responses.clear()


class _OneShotManager(Manager):  # type: ignore[misc]  # panoramisk has no types
    """A Manager for one connection: no login, ping or reconnection of its own."""

    pinger: asyncio.TimerHandle | None

    def connection_made(self, task: asyncio.Task[tuple[asyncio.Transport, _Protocol]]) -> None:
        """Take over the connection, unless there is none: whoever awaits the task learns why."""
        if task.cancelled() or task.exception() is not None:
            return
        super().connection_made(task)
        if self.pinger is not None:
            self.pinger.cancel()
            self.pinger = None


class Connection:
    """One connection to AMI, from connecting to its end; used once."""

    def __init__(self, settings: AmiSettings, on_data: Callable[[bytes], None]) -> None:
        self._settings = settings
        self._manager = _OneShotManager(
            host=settings.host,
            port=settings.port,
            ssl=settings.ssl_context(),
            log=_silent,
            protocol_factory=lambda: _Protocol(on_data),
        )

    async def open(self) -> None:
        """Connect, with TLS where it is configured."""
        task = self._manager.connect()
        try:
            async with asyncio.timeout(self._settings.connect_timeout):
                await task
        except TimeoutError as error:
            raise AmiConnectFailedError(f"no connection within {self._settings.connect_timeout:g} s") from error
        except OSError as error:
            raise AmiConnectFailedError(str(error) or type(error).__name__) from error

    async def log_in(self) -> None:
        """Prove who we are, by challenge unless the settings want the secret sent."""
        credentials = {"Action": "Login", "Username": self._settings.username, "Events": "on"}
        secret = self._settings.read_secret()
        if self._settings.auth == "md5":
            challenge = await self.request({"Action": "Challenge", "AuthType": "MD5"}, self._settings.login_timeout)
            self._expect_success(challenge)
            if "challenge" not in challenge:
                raise AmiRefusedError('no challenge in the reply: the peer is no Asterisk, or auth has to be "plain"')
            digest = hashlib.md5(f"{challenge['challenge']}{secret}".encode(), usedforsecurity=False)
            credentials |= {"AuthType": "MD5", "Key": digest.hexdigest()}
        else:
            credentials |= {"Secret": secret}
        self._expect_success(await self.request(credentials, self._settings.login_timeout))

    async def request(self, action: dict[str, str], seconds: float) -> Reply:
        """Send an action and return its reply, or the head of its list."""
        _, reply = self.send(action)
        try:
            async with asyncio.timeout(seconds):
                return await reply
        except TimeoutError as error:
            raise AmiSilentError(f"no reply to {action['Action']} within {seconds:g} s") from error

    def send(self, action: dict[str, str]) -> tuple[str, asyncio.Future[Reply]]:
        """Send an action without waiting; return the identity that its answers bear, and its reply to come."""
        action_id = str(uuid.uuid4())
        return action_id, self._manager.send_action(action, ActionID=action_id)

    def answer(self, message: Message) -> None:
        """Hand a response from the wire to whoever asked."""
        protocol = self._manager.protocol
        if protocol is not None:
            protocol.handle_message(Reply(message.items()))

    @property
    def has_ended(self) -> asyncio.Future[str]:
        """Done when the connection is over, with the reason."""
        ended: asyncio.Future[str] = self._manager.protocol.has_ended
        return ended

    def close(self) -> None:
        """Close the connection; harmless when there is none."""
        self._manager.close()

    def _expect_success(self, reply: Reply) -> None:
        if not reply.success:
            raise AmiRefusedError(f"{self._settings.username!r} was refused: {reply.message or 'no reason given'}")
