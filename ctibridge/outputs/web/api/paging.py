"""Cursors: the key of a page's last row, so that a page begins right after it, whatever was written in between."""

import base64
import binascii
from typing import Final, TypeAlias

import msgspec

from ctibridge.outputs.web.api.problems import BAD_CURSOR, ApiError

Key: TypeAlias = tuple[str | int | float, ...]

_decode: Final = msgspec.json.Decoder(list[str | int | float]).decode


def cursor_of(key: Key | None) -> str | None:
    """The text that stands for a row's key."""
    return None if key is None else base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def key_of(cursor: str | None, shape: tuple[type, ...]) -> Key | None:
    """The key of a row, its parts of these types; raises ApiError for what is not our own cursor."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = tuple(_decode(base64.b64decode(padded, altchars=b"-_", validate=True)))
    except (UnicodeEncodeError, binascii.Error, msgspec.DecodeError) as error:
        raise _refused(cursor) from error
    if len(key) != len(shape) or not all(_fits(part, kind) for part, kind in zip(key, shape, strict=True)):
        raise _refused(cursor)
    return key


def _fits(part: str | float, kind: type) -> bool:
    if kind is float:
        return isinstance(part, float | int)
    if kind is int:
        return isinstance(part, int) and abs(part) < 1 << 63  # What SQLite can hold.
    return isinstance(part, kind)


def _refused(cursor: str) -> ApiError:
    wanted = "`next` of an earlier answer to the same question"
    return ApiError(BAD_CURSOR, f"cursor={cursor[:40]!r} cannot be used", parameter="cursor", expected=wanted)
