"""Tokens for HTTP as they are kept: by an id that may be shown, and the hash of the rest.

A token is ``ctb_{id}_{secret}``: 48 bits by which it is found, and 256 random bits that nobody guesses, which is why
SHA-256 without salt and stretching is enough at rest.
"""

import hashlib
import hmac
import re
import secrets
import sqlite3
from collections.abc import Iterable
from typing import Final

import msgspec

from ctibridge.domain.roles import Scope

SECRET_BYTES: Final = 32
ID_BYTES: Final = 6
_TOKEN: Final = re.compile(rf"ctb_([0-9a-f]{{{2 * ID_BYTES}}})_[A-Za-z0-9_-]{{43}}")

_COLUMNS: Final = "id, user, scopes, created_at, expires_at, revoked_at, used_at"
_NO_DIGEST: Final = bytes(hashlib.sha256().digest_size)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token; times are epoch seconds."""

    id: str
    user: str
    scopes: frozenset[Scope]
    """Empty for all that the user may."""
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    used_at: float | None

    def is_good(self, now: float) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def grants(self, scope: Scope) -> bool:
        """Whether it is good for this, as far as its user may."""
        return not self.scopes or scope in self.scopes


def digest_of(text: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def id_of(text: str) -> str | None:
    """The part that may be shown, ``None`` when this is no token of ours."""
    match = _TOKEN.fullmatch(text)
    return match[1] if match else None


def add(
    connection: sqlite3.Connection, user: str, *, scopes: Iterable[Scope], now: float, expires_at: float | None
) -> str:
    """Make a token; what is returned is kept nowhere."""
    number = secrets.token_hex(ID_BYTES)
    text = f"ctb_{number}_{secrets.token_urlsafe(SECRET_BYTES)}"
    connection.execute(
        "INSERT INTO tokens (id, user, digest, scopes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        (number, user, digest_of(text), " ".join(sorted(scopes)), now, expires_at),
    )
    return text


def find(connection: sqlite3.Connection, text: str) -> Token | None:
    """The token that this text is, good or not; how long it takes does not tell how much of it was right."""
    number = id_of(text)
    row = connection.execute(f"SELECT {_COLUMNS}, digest FROM tokens WHERE id = ?", (number,)).fetchone()  # noqa: S608 - a constant
    is_right = hmac.compare_digest(digest_of(text), row[-1] if row else _NO_DIGEST)
    return _token(row) if row and is_right else None


def listed(connection: sqlite3.Connection) -> list[Token]:
    """All tokens, the oldest first."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM tokens ORDER BY created_at, id")  # noqa: S608 - a constant
    return [_token(row) for row in rows]


def revoke(connection: sqlite3.Connection, number: str, now: float) -> bool:
    """End a token for good; False when there is none by this id that was still good."""
    cursor = connection.execute(
        "UPDATE tokens SET revoked_at = :now"
        " WHERE id = :id AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)",
        {"id": number, "now": now},
    )
    return cursor.rowcount > 0


def note_use(connection: sqlite3.Connection, number: str, now: float) -> None:
    """Keep when a token was used last."""
    connection.execute("UPDATE tokens SET used_at = ? WHERE id = ?", (now, number))


def _token(row: tuple[str, str, str, float, float | None, float | None, float | None]) -> Token:
    number, user, scopes, created_at, expires_at, revoked_at, used_at = row[:7]
    return Token(
        id=number,
        user=user,
        scopes=frozenset(Scope(scope) for scope in scopes.split()),
        created_at=created_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
        used_at=used_at,
    )
