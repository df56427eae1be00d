"""What is written down of a command: on whom it was, and its arguments without what is nobody's business."""

from typing import Any, Final

import msgspec

from ctibridge.domain.commands import COMMANDS, NoArguments, Subject
from ctibridge.domain.permits import Target
from ctibridge.domain.privacy import PrivacySettings, masked_number

NUMBERS: Final = frozenset({"to"})
"""Arguments that are telephone numbers."""
SHORT: Final = 5
"""Digits; shorter ones are extensions, and nobody's personal data."""


def written(
    command: str, arguments: NoArguments | None, target: Target | None, privacy: PrivacySettings
) -> tuple[str | None, dict[str, str]]:
    """Target and arguments as they may be kept and published."""
    if arguments is None:
        return None, {}
    fields: dict[str, Any] = msgspec.to_builtins(arguments)
    told = {key: _text(key, value, privacy) for key, value in fields.items()}
    return _subject(command, fields, target), told


def _subject(command: str, fields: dict[str, Any], target: Target | None) -> str | None:
    match COMMANDS[command].subject:
        case Subject.AGENT:
            agent = target.agent if target is not None else fields.get("agent")
            return f"agent/{agent}" if agent else None
        case Subject.CALLER:
            return f"call/{fields['call']}"
        case Subject.ALERT:
            return f"alert/{fields['alert']}"
        case Subject.NOBODY:
            return None


def _text(key: str, value: object, privacy: PrivacySettings) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if key in NUMBERS and sum(character.isdigit() for character in text) >= SHORT:
        return masked_number(text, privacy) or ""
    return text
