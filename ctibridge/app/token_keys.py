"""Tokens as the web server asks for them: looked up in the store, believed for some seconds, narrowed by their user."""

import asyncio
import sqlite3
from collections import OrderedDict
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import structlog

from ctibridge.app.clock import monotonic, wall
from ctibridge.app.config import Configuration
from ctibridge.domain.roles import Scope, User
from ctibridge.domain.sight import Sight, sight_of
from ctibridge.outputs.history import tokens
from ctibridge.outputs.history.tokens import Token
from ctibridge.outputs.history.writer import connect
from ctibridge.outputs.web.visitor import Holder, TokensUnreadableError

BELIEVED_SECONDS: Final = 5.0
"""How long a token that was good is not looked up again: the longest that a revoked one still works."""
NOTED_SECONDS: Final = 600.0
"""Between two notes of when a token was used last."""
MOST_KNOWN: Final = 1024

log = structlog.get_logger(__name__)


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    token: Token
    until: float
    """Steady clock."""


class TokenKeys:
    """What ``outputs.web`` asks about tokens."""

    def __init__(self, path: Path, configuration: Configuration) -> None:
        self._path = path
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._turn = asyncio.Lock()
        self.adopt(configuration)

    def adopt(self, configuration: Configuration) -> None:
        """Go by other users and teams from now on."""
        self._users: dict[str, tuple[User, Sight]] = {
            user.name: (user, sight_of(user, configuration.teams)) for user in configuration.users
        }

    def known(self, text: str) -> Holder | None:
        """Who holds a token that was good a moment ago."""
        known = self._known.get(tokens.digest_of(text))
        return self._holder(known.token) if known is not None and monotonic() < known.until else None

    async def holder(self, text: str) -> Holder | None:
        """Who holds a token, ``None`` when it is no good; raises TokensUnreadableError."""
        if tokens.id_of(text) is None:
            return None
        try:
            async with self._turn:  # One at a time: whoever tries many does not get many threads.
                token = await asyncio.to_thread(self._look_up, text)
        except (sqlite3.Error, OSError) as error:
            log.error("tokens cannot be looked up", reason=str(error))  # noqa: TRY400 - no bug of ours
            raise TokensUnreadableError from error
        if token is None:
            return None
        self._remember(text, token)
        return self._holder(token)

    def _look_up(self, text: str) -> Token | None:
        """In a thread."""
        now = wall()
        with closing(connect(self._path)) as connection:
            token = tokens.find(connection, text)
            if token is not None and token.is_good(now) and now - (token.used_at or 0.0) > NOTED_SECONDS:
                tokens.note_use(connection, token.id, now)
        return token

    def _remember(self, text: str, token: Token) -> None:
        self._known[tokens.digest_of(text)] = _Known(token=token, until=monotonic() + BELIEVED_SECONDS)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    def _holder(self, token: Token) -> Holder | None:
        if not token.is_good(wall()) or token.user not in self._users:
            return None
        _, sight = self._users[token.user]
        if not token.grants(Scope.PRIVATE):
            sight = msgspec.structs.replace(sight, is_private=False)
        return Holder(
            user=token.user,
            token=token.id,
            sight=sight,
            may_read=token.grants(Scope.READ),
            may_command=token.grants(Scope.COMMANDS),
        )


def token_keys(configuration: Configuration) -> TokenKeys | None:
    """The tokens of ``[store]``, ``None`` when nothing is kept."""
    path = configuration.store.path
    return TokenKeys(path, configuration) if path is not None else None
