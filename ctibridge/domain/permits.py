"""Who may ask for what, of whom: one table of roles and commands.

Rule books 002 to 004 as summed up for the roles: an agent acts for themselves, a leader for the team, a duty supervisor
for everybody; an inspector listens; a manager and a screen do nothing.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from ctibridge.domain.roles import Role, User


class Reach(StrEnum):
    """How far a permission goes."""

    NONE = "none"
    OWN_AGENT = "own agent"
    """The agent that the user is."""
    OWN_TEAMS = "own teams"
    """The agents of the teams that the user leads, else of the team that the user's agent is in; and that agent."""
    ALL = "all"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a command concerns, as far as a permission depends on it."""

    agent: str | None = None
    team: str | None = None
    """The agent's, or that of an alarm."""
    queues: tuple[str, ...] = ()
    """Where the agent is, or what the alarm is about: one of them has to concern the user."""
    named: tuple[str, ...] = ()
    """Queues that the command itself reaches into: all of them have to."""


_NO, _ME, _TEAMS, _ALL = Reach.NONE, Reach.OWN_AGENT, Reach.OWN_TEAMS, Reach.ALL
_ROLES: Final = (
    Role.AGENT,
    Role.LEADER,
    Role.SUPERVISOR,
    Role.INSPECTOR,
    Role.MANAGER,
    Role.DISPLAY,
    Role.PUBLIC,
)


def _row(*reaches: Reach) -> Mapping[Role, Reach]:
    return dict(zip(_ROLES, reaches, strict=True))


PERMITS: Final[Mapping[str, Mapping[Role, Reach]]] = {
    # command                agent   leader  superv. inspect. manager display public
    "whoami": _row(            _ALL,   _ALL,   _ALL,   _ALL,   _ALL,   _ALL,   _ALL),
    "login": _row(             _ME,    _TEAMS, _ALL,   _NO,    _NO,    _NO,    _NO),
    "logout": _row(            _ME,    _TEAMS, _ALL,   _NO,    _NO,    _NO,    _NO),
    "ready": _row(             _ME,    _TEAMS, _ALL,   _NO,    _NO,    _NO,    _NO),
    "not_ready": _row(         _ME,    _TEAMS, _ALL,   _NO,    _NO,    _NO,    _NO),
    "request_leave": _row(     _ME,    _TEAMS, _ALL,   _NO,    _NO,    _NO,    _NO),
    "withdraw_leave": _row(    _ME,    _TEAMS, _ALL,   _NO,    _NO,    _NO,    _NO),
    "approve_leave": _row(     _NO,    _TEAMS, _ALL,   _NO,    _NO,    _NO,    _NO),
    "refuse_leave": _row(      _NO,    _TEAMS, _ALL,   _NO,    _NO,    _NO,    _NO),
    "hangup": _row(            _ME,    _ME,    _ALL,   _NO,    _NO,    _NO,    _NO),
    "transfer": _row(          _ME,    _ME,    _ALL,   _NO,    _NO,    _NO,    _NO),
    "originate": _row(         _ME,    _ME,    _ME,    _NO,    _NO,    _NO,    _NO),
    "pickup": _row(            _TEAMS, _TEAMS, _ALL,   _NO,    _NO,    _NO,    _NO),
    "monitor": _row(           _NO,    _NO,    _ALL,   _ALL,   _NO,    _NO,    _NO),
    "whisper": _row(           _NO,    _NO,    _ALL,   _ALL,   _NO,    _NO,    _NO),
    "barge": _row(             _NO,    _NO,    _ALL,   _NO,    _NO,    _NO,    _NO),
    "move_caller": _row(       _NO,    _NO,    _ALL,   _NO,    _NO,    _NO,    _NO),
    "withdraw_caller": _row(   _NO,    _NO,    _ALL,   _NO,    _NO,    _NO,    _NO),
    "prioritise_caller": _row( _NO,    _NO,    _ALL,   _NO,    _NO,    _NO,    _NO),
    "set_penalty": _row(       _NO,    _TEAMS, _ALL,   _NO,    _NO,    _NO,    _NO),
    "acknowledge_alert": _row( _NO,    _TEAMS, _ALL,   _NO,    _NO,    _NO,    _NO),
    "snapshot": _row(          _ME,    _TEAMS, _ALL,   _ALL,   _ALL,   _NO,    _NO),
    "replay": _row(            _NO,    _NO,    _ALL,   _ALL,   _ALL,   _NO,    _NO),
    "callbacks": _row(         _ME,    _TEAMS, _ALL,   _ALL,   _ALL,   _NO,    _NO),
}  # fmt: skip
"""Command: how far each role may go with it."""

NOT_FOR_ONESELF: Final = frozenset({"approve_leave", "refuse_leave"})
"""Leave is asked of somebody else: here even a leader's own agent is out of reach."""


def reach(role: Role, command: str) -> Reach:
    """How far a role may go with a command; nowhere with one that is not in the table."""
    row = PERMITS.get(command)
    return _NO if row is None else row[role]


def allowed(role: Role) -> tuple[str, ...]:
    """The commands that a role may ask for at all."""
    return tuple(command for command in PERMITS if reach(role, command) is not _NO)


def barred(user: User, command: str, pbx: str) -> str | None:
    """Why a user may not, whomever it concerns, as one of ``answers.REASONS``; ``None`` when it depends on that."""
    if user.pbxs and pbx not in user.pbxs:
        return "pbx"
    return "role" if reach(user.role, command) is _NO else None


def refusal(user: User, command: str, target: Target, *, pbx: str, own_team: str | None) -> str | None:
    """Why a user may not, as one of ``answers.REASONS``; ``None`` when they may.

    ``own_team`` is the team that the user's own agent is in.
    """
    if (why := barred(user, command, pbx)) is not None:
        return why
    far = reach(user.role, command)
    is_own = target.agent is not None and target.agent == user.agent
    if command in NOT_FOR_ONESELF and is_own:
        return "scope"
    if user.queues and not _is_in_queues(target, user.queues):
        return "scope"
    if far is _ALL or is_own:
        return None
    if far is _ME:
        return None if target == Target() else "scope"
    return None if _is_in_teams(target, own_teams(user, own_team)) else "scope"


def own_teams(user: User, own_team: str | None) -> tuple[str, ...]:
    """The teams that a user leads, else the one that the user's agent is in."""
    return user.teams or ((own_team,) if own_team else ())


def _is_in_queues(target: Target, mine: Collection[str]) -> bool:
    """Whether it stays within the user's queues."""
    folded = {queue.casefold() for queue in mine}
    is_there = not target.queues or any(queue.casefold() in folded for queue in target.queues)
    return is_there and all(queue.casefold() in folded for queue in target.named)


def _is_in_teams(target: Target, teams: Collection[str]) -> bool:
    """A queue's alarm concerns every leader; an agent's, or a team's, those of the team."""
    if target.agent is None and target.team is None:
        return True
    return target.team in teams
