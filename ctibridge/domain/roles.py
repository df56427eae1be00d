"""Who people are to the call centre: their role, and whose leader or which agent they are.

What a role may do stands in a table of its own; what it may see is narrowed where it is shown: by the broker's access
list and by the HTTP interface.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

LONGEST_NAME: Final = 64
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")


class Role(StrEnum):
    """What somebody is to the call centre."""

    AGENT = "agent"
    LEADER = "leader"
    SUPERVISOR = "supervisor"
    INSPECTOR = "inspector"
    MANAGER = "manager"
    DISPLAY = "display"
    PUBLIC = "public"

    @property
    def label(self) -> str:
        """The role in English."""
        return _LABELS[self][0]

    @property
    def label_zh(self) -> str:
        """The role in Chinese."""
        return _LABELS[self][1]

    @property
    def is_person(self) -> bool:
        """False for screens, behind which anybody may stand."""
        return self not in (Role.DISPLAY, Role.PUBLIC)


_LABELS: Final[Mapping[Role, tuple[str, str]]] = {
    Role.AGENT: ("Agent", "坐席"),
    Role.LEADER: ("Team leader", "班长"),
    Role.SUPERVISOR: ("Duty supervisor", "值班长"),
    Role.INSPECTOR: ("Quality inspector", "质检"),
    Role.MANAGER: ("Manager", "经理"),
    Role.DISPLAY: ("Wallboard", "大屏"),
    Role.PUBLIC: ("Public board", "公共看板"),
}


class Scope(StrEnum):
    """What a token is good for; never more than its user may."""

    READ = "read"
    """Look at the present and the past, callers masked."""
    COMMANDS = "commands"
    """Ask for what the user's role may do."""
    PRIVATE = "private"
    """Callers unmasked, for users who may see them."""


class User(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[users]]``: somebody who may sign in: a broker's user, and the owner of tokens for HTTP."""

    name: str
    """The user's name at the broker and a topic level: letters, digits, ``_`` and ``-``, at most 64."""
    role: Role
    """Decides what may be seen and done."""
    agent: str = ""
    """Which agent this is; needed by role ``agent``."""
    teams: tuple[str, ...] = ()
    """Which ``[[teams]]`` are led; needed by role ``leader``."""
    queues: tuple[str, ...] = ()
    """Only these queues concern the user, spelled as in queues.conf; empty for all."""
    pbxs: tuple[str, ...] = ()
    """Only these PBXs concern the user; empty for all."""
    private: bool = False
    """May see callers' numbers and names unmasked; each look over HTTP is logged."""

    def __post_init__(self) -> None:
        """Refuse users whose role would have nothing to go by, and names that are no topic level."""
        _require(
            bool(_NAME.fullmatch(self.name)) and len(self.name) <= LONGEST_NAME,
            f'name must be 1 to {LONGEST_NAME} letters, digits, "_" or "-", got "{self.name}"',
        )
        _require(self.role is not Role.AGENT or bool(self.agent), 'agent must be given for role "agent"')
        _require(self.role is not Role.LEADER or bool(self.teams), 'teams must be given for role "leader"')
        _require(self.role.is_person or not self.private, f'private is not for role "{self.role}": anybody may look')


def _require(condition: bool, message: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not condition:
        raise ValueError(message)
