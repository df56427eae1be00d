"""The AMI actions that the bridge may send, and the check that nothing else ever leaves.

Some actions that change queues (``QueueReset``, ``QueueWithdrawCaller``, …) need no permission in Asterisk at all, so
``manager.conf`` cannot withhold them: this list does.  And Asterisk takes a bare LF for the end of a line, so one
unchecked value could carry any other action.
"""

from collections.abc import Mapping
from typing import Final

from ctibridge.asterisk.errors import AmiActionError

ALLOWED: Final = frozenset(
    {
        "Challenge",
        "Login",
        "Logoff",
        "Ping",
        "CoreSettings",
        "CoreStatus",
        "CoreShowChannels",
        "ListCommands",
        "QueueStatus",
    }
)
"""All that reading needs; whoever adds an action that changes something adds its own checks with it."""

_FORBIDDEN: Final = frozenset("\r\n\0")


def check_action(action: Mapping[str, object]) -> None:
    """Refuse an action that is not on the list, or any text that would break out of its line."""
    for key, value in action.items():
        values = value if isinstance(value, list | tuple) else [value]
        for text in (key, *values):
            if not _FORBIDDEN.isdisjoint(str(text)):
                raise AmiActionError(f"CR, LF or NUL in {key!r}")
    name = next((value for key, value in action.items() if key.lower() == "action"), None)
    if name not in ALLOWED:
        raise AmiActionError(f"action {name!r} is not on the list of what the bridge may send")
