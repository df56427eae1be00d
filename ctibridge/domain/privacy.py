"""What outputs may show of callers: numbers and names are personal data, and are masked unless somebody opts in."""

from typing import Final, Literal

import msgspec

from ctibridge.domain.events import Caller

MASK: Final = "***"
"""Stands for what is left out; always three, so that it does not tell how much that is."""

MOST_DIGITS: Final = 4


class PrivacySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[privacy]``: how much of a caller everybody may see."""

    number_digits: int = 3
    """Last digits of a caller's number that stay readable; never more than half of the number."""
    names: Literal["masked", "hidden", "shown"] = "masked"
    """Caller names: ``masked`` keeps the first character, ``hidden`` none, ``shown`` all."""
    key_file: str = ""
    """File with the key under which the history recognises callers; without one ``store.key`` beside the store."""

    def __post_init__(self) -> None:
        """Refuse settings that would show a whole number."""
        if not 0 <= self.number_digits <= MOST_DIGITS:
            raise ValueError(f"number_digits must be 0 to {MOST_DIGITS}")


def masked(caller: Caller, privacy: PrivacySettings) -> Caller:
    """The caller as everybody may see them; what is unknown stays unknown."""
    return Caller(number=masked_number(caller.number, privacy), name=masked_name(caller.name, privacy))


def masked_number(number: str | None, privacy: PrivacySettings) -> str | None:
    """``+49 30 123456`` becomes ``***456``, the extension ``1001`` becomes ``***01``.

    A "number" with letters in it is somebody's name (SIP users), and nothing of it is kept.
    """
    if not number:
        return None
    if any(character.isalpha() for character in number):
        return MASK
    digits = "".join(character for character in number if "0" <= character <= "9")
    kept = min(privacy.number_digits, len(digits) // 2)
    return MASK + digits[len(digits) - kept :]


def masked_name(name: str | None, privacy: PrivacySettings) -> str | None:
    """``王小明`` becomes ``王***``; trunks that send the number as the name give nothing away."""
    if not name or privacy.names == "hidden":
        return None
    if privacy.names == "shown":
        return name
    first = name.strip()[:1]
    return (first if first.isalpha() else "") + MASK
