"""Captures that can be shown to others: telephone numbers and callers' names out, everything else as it was.

Every run of five and more digits becomes another run of the same length, the same one wherever it occurs, so that
lengths, equalities and with them the story stay; extensions of up to four digits stay too.  Whatever is not known to
be harmless is masked: a number can stand in any header, and does (``AppData``, channel names, variables).
Callers' names lose their letters.  Uniqueids, times and durations are what a replay lives on, and are kept.
"""

import hashlib
import re
from typing import Final

SHORTEST_NUMBER: Final = 5
"""Digits; what is shorter is an extension."""

_KEPT: Final = re.compile(
    rb"(?i)(?:.*(?:uniqueid|linkedid)|timestamp|privilege|actionid|id|event|response|message|sequencenumber|line|"
    rb"\w*version|lastcall|lastpause|logintime|ringtime|holdtime|talktime|wait|uptime|lastreload|(?:dest)?bridgeid|core\w+)"
)
_NUMBER: Final = re.compile(rb"(?i).*(?:calleridnum|connectedlinenum)")
_NAME: Final = re.compile(rb"(?i).*(?:calleridname|connectedlinename)")
_MOST_DIGITS: Final = 400
"""In one run; longer ones, which nothing genuine has, are masked in parts (Python refuses integers of 4,300 digits)."""
_DIGITS: Final = re.compile(rb"[0-9]{%d,%d}" % (SHORTEST_NUMBER, _MOST_DIGITS))
_ROUNDS: Final = 6
_ABSENT: Final = frozenset({b"", b"<unknown>", b"unknown"})
_LETTERS_BY_LENGTH: Final = {1: "x", 2: "ñ", 3: "某", 4: "𠮷"}
"""UTF-8 length: the character that takes a letter's place, so that offsets stay."""


class Masker:
    """Mask a stream line by line; pseudonyms are consistent within one masker, and unrelated to any other's."""

    def __init__(self, key: bytes) -> None:
        """``key``: random; without it a number could be found by trying them all."""
        self._key = key[: hashlib.blake2b.MAX_KEY_SIZE]
        self._partial = b""

    def feed(self, data: bytes) -> bytes:
        """Take in the next bytes; return the lines that are complete, masked and of the same length."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        return b"".join(self.mask_line(line) + b"\n" for line in lines)

    def flush(self) -> bytes:
        """Return the last line, which has no end."""
        partial, self._partial = self._partial, b""
        return self.mask_line(partial)

    def mask_line(self, line: bytes) -> bytes:
        """Mask one header line."""
        header, colon, value = line.partition(b":")
        if not colon:
            return self._mask_runs(line)
        if _KEPT.fullmatch(header):
            return line
        text = value.strip()
        if _NUMBER.fullmatch(header):
            value = self._mask_number(value)
        elif _NAME.fullmatch(header) and text not in _ABSENT:
            value = self._mask_runs(_mask_letters(value))
        else:
            value = self._mask_runs(value)
        return header + colon + value

    def _mask_runs(self, text: bytes) -> bytes:
        return _DIGITS.sub(lambda match: self._pseudonym(match[0]), text)

    def _mask_number(self, value: bytes) -> bytes:
        """Mask a number that may be written with blanks or dashes: its digits together are one run."""
        digits = bytes(byte for byte in value if byte in b"0123456789")
        if not SHORTEST_NUMBER <= len(digits) <= _MOST_DIGITS:
            return self._mask_runs(value)
        masked = iter(self._pseudonym(digits))
        return bytes(next(masked) if byte in b"0123456789" else byte for byte in value)

    def _pseudonym(self, digits: bytes) -> bytes:
        """Return the stand-in of a run of digits: a keyed permutation, so no two runs share one."""
        half = len(digits) // 2
        left, right = digits[:half], digits[half:]
        for turn in range(_ROUNDS):
            if turn % 2:
                right = self._shift(right, left, turn)
            else:
                left = self._shift(left, right, turn)
        return left + right

    def _shift(self, digits: bytes, by: bytes, turn: int) -> bytes:
        """Add to the digits, modulo their length, what the others hash to; one step of a Feistel network."""
        step = hashlib.blake2b(by, key=self._key, salt=bytes([turn])).digest()
        return str((int(digits) + int.from_bytes(step, "big")) % 10 ** len(digits)).zfill(len(digits)).encode()


def _mask_letters(value: bytes) -> bytes:
    """Replace every letter by one of the same length in UTF-8; what a backslash escapes stays."""
    masked = []
    previous = ""
    for character in value.decode("utf-8", "surrogateescape"):
        is_letter = character.isalpha() and previous != "\\"
        masked.append(_LETTERS_BY_LENGTH[len(character.encode())] if is_letter else character)
        previous = "" if previous == "\\" else character
    return "".join(masked).encode("utf-8", "surrogateescape")
