"""``[commands]``: what people may ask the bridge to do, and how it is done."""

from typing import Literal

import msgspec


class CommandsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Holds for all users; what each may do is a matter of the role."""

    enabled: bool = True
    """False: nothing is done; only ``whoami`` is answered."""
    context: str = "phones"
    """Of the dialplan: where numbers are dialled, and calls are transferred to.  What it reaches, every agent does."""
    wait: float = 5.0
    """Seconds in which the change must be seen, else the answer is ``unconfirmed``."""
    max_age: float = 30.0
    """Seconds; a command that says it was sent longer ago is refused."""
    rate: float = 5.0
    """Commands a second that one user may send in the long run."""
    burst: int = 20
    """Commands that one user may send at once."""
    move: Literal["withdraw", "redirect"] = "withdraw"
    """How a caller is moved: ``withdraw`` needs a dialplan that heeds it, as dialplans/inbound.conf does; with
    ``redirect`` Asterisk counts the caller as abandoned."""
    line_context: str = "line"
    """With ``redirect``: the context in which an extension is a queue's name."""

    def __post_init__(self) -> None:
        """Refuse numbers with which nothing could be done."""
        for key in ("wait", "max_age", "rate", "burst"):
            if getattr(self, key) <= 0:
                raise ValueError(f"{key} must be above 0")
        if self.wait > 30:  # noqa: PLR2004 - seconds; whoever asked has gone by then
            raise ValueError("wait must be at most 30")
        for key in ("context", "line_context"):
            if not getattr(self, key).strip():
                raise ValueError(f"{key} must not be empty")
