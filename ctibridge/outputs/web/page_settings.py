"""The settings of the pages: the table ``[pages]``."""

import re
from typing import Final

import msgspec

POP_PLACES: Final = frozenset({"number", "queue", "call", "agent"})
"""What may stand in braces in ``screen_pop_url``."""


class PagesSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The wallboard, the floor and the agent's page."""

    title: str = ""
    """What stands at the head of the wallboard; "Call centre" in the page's language when empty."""
    board_user: str = ""
    """The broker's user as whom the wallboard signs in; empty where the broker lets anybody read."""
    board_password: str = ""
    """Every browser that opens the wallboard gets it, so that user must be allowed to read public figures only."""
    screen_pop_url: str = ""
    """Address that the agent's page offers when a phone rings, with ``{number}``, ``{queue}``, ``{call}``, ``{agent}``.

    ``{number}`` is empty unless the agent may see it whole (``private = true`` in ``[mqtt]``)."""
    screen_pop_opens: bool = False
    """Open it without a click, once for each call; the browser must allow the page to open windows."""

    def __post_init__(self) -> None:
        """Refuse addresses that are no web pages, or that name what nobody fills in."""
        if self.screen_pop_url and not self.screen_pop_url.startswith(("http://", "https://")):
            raise ValueError('screen_pop_url must begin with "http://" or "https://"')
        for place in re.findall(r"\{([^}]*)\}", self.screen_pop_url):
            if place not in POP_PLACES:
                known = ", ".join(f"{{{one}}}" for one in sorted(POP_PLACES))
                raise ValueError(f"screen_pop_url knows {known}, not {{{place}}}")
        if self.board_password and not self.board_user:
            raise ValueError("board_password needs board_user")

    def __repr__(self) -> str:
        return f"PagesSettings(title={self.title!r}, board_user={self.board_user!r})"
