"""What agents dial (dialplans/agents.conf): a ``UserEvent`` says who dialled which code, and where.

A caller from outside can forge an event (T42), but not one with a channel's whole block of headers before ours: a
number has at most 79 characters.
"""

from typing import Final

import msgspec

from ctibridge.asterisk.messages import Message

EVENTS: Final = frozenset({"UserEvent"})
NAME: Final = "AgentCode"
_CHANNEL: Final = ("privilege", "channel", "calleridnum", "uniqueid", "linkedid", "userevent")
"""Headers that stand in this order before ours."""
LONGEST: Final = 80


class PhoneCode(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody dialled a code."""

    agent: str
    """Whoever has logged in at the phone, else whose phone it is."""
    phone: str
    command: str
    about: str
    """A reason, or an agent's number; empty where the command needs none."""
    is_done: bool | None
    """Whether the dialplan has done it; ``None`` where it is ours to do."""


def read(message: Message) -> PhoneCode | None:
    """The code that an event is about, ``None`` for other events and for such as no dialplan sends."""
    headers = message.items()
    if headers.get("userevent") != NAME or not _is_whole(list(headers)):
        return None
    agent, phone, command, about = (headers.get(key, "") for key in ("agent", "phone", "command", "about"))
    if not agent.isdigit() or not phone.isdigit() or not command or max(map(len, headers.values())) > 10 * LONGEST:
        return None
    done = headers.get("done", "")
    return PhoneCode(
        agent=agent[:LONGEST],
        phone=phone[:LONGEST],
        command=command[:LONGEST],
        about=about[:LONGEST],
        is_done=done == "yes" if done else None,
    )


def _is_whole(names: list[str]) -> bool:
    places = [names.index(name) if name in names else -1 for name in _CHANNEL]
    return -1 not in places and places == sorted(places)
