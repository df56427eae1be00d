"""How the history knows a caller again without keeping the number: a mask for people, and an HMAC to compare.

The key belongs to the site: with it, and only with it, somebody could try out numbers.  It lies beside the store and
not in it, so that a copy of the database alone tells nothing.
"""

import contextlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Final

from ctibridge.domain.events import Caller
from ctibridge.domain.privacy import PrivacySettings, masked_number

KEY_FILE: Final = "store.key"
KEY_BYTES: Final = 32
MOST_NUMBERS: Final = 4096
"""Whose HMAC is remembered: several rows tell of each caller."""


class UnusableKeyError(Exception):
    """The key file cannot be read, or holds no key."""


class CallerMarks:
    """Turns numbers into what may be stored."""

    def __init__(self, key: bytes, privacy: PrivacySettings) -> None:
        self._keyed = hmac.new(key, digestmod="sha256")
        """Copied for each number: to begin anew takes OpenSSL ten times as long."""
        self._privacy = privacy
        self.hmac = lru_cache(MOST_NUMBERS)(self._hmac)
        """The same bytes for the same number, however it is written; ``None`` for none."""

    def mask(self, caller: Caller) -> str | None:
        """What people may read of the number."""
        return masked_number(caller.number, self._privacy)

    def _hmac(self, number: str | None) -> bytes | None:
        plain = normalised(number or "")
        if not plain:
            return None
        mark = self._keyed.copy()
        mark.update(plain.encode())
        return mark.digest()


def normalised(number: str) -> str:
    """``+49 (30) 12-34`` and ``0049301234`` are one number; a SIP user's name is compared without case."""
    if any(character.isalpha() for character in number):
        return number.strip().casefold()
    digits = "".join(character for character in number if "0" <= character <= "9" or character in "*#")
    return digits.removeprefix("00")


def key_path(store: Path, privacy: PrivacySettings) -> Path:
    """Where the key of a store lies."""
    return Path(privacy.key_file) if privacy.key_file else store.with_name(KEY_FILE)


def site_key(store: Path, privacy: PrivacySettings) -> bytes:
    """The key, made at the first start for nobody but us to read; raises UnusableKeyError, OSError."""
    path = key_path(store, privacy)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with contextlib.suppress(FileExistsError):
            _make(path)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError as error:
        raise UnusableKeyError(f"{path}: expected {KEY_BYTES * 2} hexadecimal digits") from error
    if len(key) < KEY_BYTES:
        raise UnusableKeyError(f"{path}: expected at least {KEY_BYTES * 2} hexadecimal digits")
    return key


def _make(path: Path) -> None:
    """Put a whole key there or nothing: two processes may start at once."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
        os.link(aside, path)
    finally:
        aside.unlink()
