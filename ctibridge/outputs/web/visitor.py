"""Who asks, and what they may see: decided once for each request, and looked up by whoever answers it."""

from typing import Final, Protocol

import msgspec
from aiohttp import web

from ctibridge.domain.sight import Sight


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who asks over HTTP."""

    peer: str
    """Address of the other end of the connection."""
    sight: Sight | None = None
    """What may be seen beyond the public board, ``None`` for nothing."""
    user: str = ""
    """Name of the user whose token came with the request."""
    token: str = ""
    """Id of that token, which is no secret."""
    may_command: bool = False
    """Commands are done in the user's name."""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Whose token it is."""

    user: str
    token: str
    """Its id."""
    sight: Sight
    may_read: bool
    may_command: bool = False


class TokensUnreadableError(Exception):
    """Nobody can tell now whether a token is good."""


class Tokens(Protocol):
    """What the gate asks about tokens."""

    def known(self, text: str) -> Holder | None:
        """Who holds a token that was looked up a moment ago; costs nothing."""

    async def holder(self, text: str) -> Holder | None:
        """Who holds a token, ``None`` when it is no good; raises TokensUnreadableError."""


VISITOR: Final = web.RequestKey("visitor", Visitor)
