"""A command as it comes in, and what it says once it has been decoded; nothing that somebody can send gets further."""

from typing import Any, Final

import msgspec

from ctibridge.app.commands.outcome import refused
from ctibridge.domain.changes import CommandVia
from ctibridge.domain.commands import COMMANDS, NoArguments, Transaction
from ctibridge.domain.roles import User

MOST_BYTES: Final = 8192
LONGEST_COMPLAINT: Final = 200
"""Characters of what is said about a request that cannot be read: it may quote it."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asks for something."""

    user: str
    """Who, as proved by whoever took the request in."""
    command: str
    payload: bytes
    via: CommandVia
    address: str | None = None
    known_as: User | None = None
    """The user, where it is not in ``[[users]]``: somebody at a phone."""
    is_retained: bool = False
    has_waited: bool = False
    """It was kept for us while we were away."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says."""

    transaction: str = ""
    """Empty where there is none: such a request is one of its own whenever it comes."""
    sent_at: float | None = None
    """Seconds since 1970 by the sender's clock."""
    fields: dict[str, Any] = {}
    """The arguments as they came."""


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    transaction: Transaction | None = None
    sent_at: float | None = None


def read(request: Request) -> Asked:
    """Decode the payload; raises NotDoneError."""
    if len(request.payload) > MOST_BYTES:
        raise refused("too_large", f"{len(request.payload)} bytes; at most {MOST_BYTES}")
    try:
        fields = msgspec.json.decode(request.payload or b"{}", type=dict[str, Any])
        head = msgspec.convert({key: fields.pop(key, None) for key in _Head.__struct_fields__}, _Head)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refused("malformed", _complaint(error)) from None
    return Asked(transaction=head.transaction or "", sent_at=head.sent_at, fields=fields)


def arguments_of(command: str, fields: dict[str, Any]) -> NoArguments:
    """The arguments as the command wants them; raises NotDoneError."""
    known = COMMANDS.get(command)
    if known is None:
        raise refused("unknown_command", "there is no such command")
    try:
        return msgspec.convert(fields, known.arguments)
    except (msgspec.ValidationError, RecursionError) as error:
        raise refused("malformed", _complaint(error)) from None


def _complaint(error: Exception) -> str:
    words = "nested too deeply" if isinstance(error, RecursionError) else str(error)
    return "".join(c if c.isprintable() else "\ufffd" for c in words[:LONGEST_COMPLAINT])
