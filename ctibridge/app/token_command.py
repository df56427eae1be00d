"""What `ctibridge token` does with the store that the configuration names, and what it says."""

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ctibridge.app.clock import wall
from ctibridge.app.config import Configuration
from ctibridge.app.import_command import opened_store
from ctibridge.domain.roles import Scope, User
from ctibridge.outputs.history import tokens
from ctibridge.outputs.history.tokens import Token

DAY_SECONDS = 86_400.0
_HARMLESS = re.compile(r"[0-9a-f]{1,32}")


class UnknownUserError(Exception):
    """A token must have an owner."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        names = ", ".join(known) or "none yet"
        super().__init__(f"there is no [[users]] named {name!r}; there are: {names}")


class PrivateNotGrantedError(Exception):
    """A token is never more than its user."""

    def __init__(self, user: User) -> None:
        super().__init__(f"[[users]] {user.name} has not private = true, so that a token cannot have scope private")


class UnknownTokenError(Exception):
    """There is nothing to revoke."""

    def __init__(self, number: str) -> None:
        # Somebody may have pasted the token itself, which is to be shown nowhere.
        shown = number if _HARMLESS.fullmatch(number) else "this"
        super().__init__(f"{shown}: not the id of a token that is still good; see `ctibridge token list`")


def add_token(configuration: Configuration, name: str, *, days: float | None, scopes: Sequence[Scope]) -> str:
    """A new token, which is shown once; raises UnknownUserError, PrivateNotGrantedError, UnusableStoreError."""
    user = next((one for one in configuration.users if one.name == name), None)
    if user is None:
        raise UnknownUserError(name, [one.name for one in configuration.users])
    if Scope.PRIVATE in scopes and not user.private:
        raise PrivateNotGrantedError(user)
    now = wall()
    expires_at = None if days is None else now + days * DAY_SECONDS
    with opened_store(configuration) as (_, connection):
        return tokens.add(connection, name, scopes=scopes, now=now, expires_at=expires_at)


def list_tokens(configuration: Configuration, console: Console) -> None:
    """Print all tokens; raises UnusableStoreError."""
    with opened_store(configuration) as (_, connection):
        found = tokens.listed(connection)
    zone, now = configuration.site.zone(), wall()
    users = {user.name for user in configuration.users}
    table = Table("id", "user", "scopes", "made", "expires", "last used", "", box=None)
    for one in found:
        moments = (_day(moment, zone) for moment in (one.created_at, one.expires_at, one.used_at))
        scopes = " ".join(sorted(one.scopes)) or "all"
        table.add_row(one.id, escape(one.user), scopes, *moments, _standing(one, now, is_user=one.user in users))
    console.print(table)


def revoke_token(configuration: Configuration, number: str) -> None:
    """End a token, within seconds where a daemon runs; raises UnknownTokenError, UnusableStoreError."""
    with opened_store(configuration) as (_, connection):
        if not tokens.revoke(connection, number, wall()):
            raise UnknownTokenError(number)


def _standing(token: Token, now: float, *, is_user: bool) -> str:
    if token.revoked_at is not None:
        return "revoked"
    if not token.is_good(now):
        return "expired"
    return "good" if is_user else "its user is gone"


def _day(moment: float | None, zone: tzinfo) -> str:
    return "–" if moment is None else f"{datetime.fromtimestamp(moment, zone):%Y-%m-%d %H:%M}"
