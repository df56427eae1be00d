"""What an AMI user may do and see, as far as AMI lets on.

``ListCommands`` lists exactly the actions that the user's ``write=`` allows.  Nothing says what its ``read=`` allows:
a class shows by its events, and only an event that must have come and did not proves that it is missing.
"""

from collections.abc import Collection, Container, Mapping
from typing import Final

import msgspec

from ctibridge.asterisk.snapshot import OPTIONAL

NEEDED_CLASSES: Final[Mapping[str, str]] = {
    "agent": "callers, agents and members: nothing works without",
    "dialplan": "why a caller left (timeout, empty, key) and who was refused",
    "call": "hold, transfers, and which channel goes on as which",
    "system": "reloads and restarts are noticed at once",
    "user": "what agents dial: asking for leave, and who dialled which code",
}
"""Class of ``read=`` in manager.conf: what the bridge knows by it."""

DANGEROUS: Final = frozenset(
    {
        "Originate",
        "Command",
        "Redirect",
        "Hangup",
        "Setvar",
        "ModuleLoad",
        "UpdateConfig",
        "GetConfig",
        "DBPut",
        "DBDel",
        "QueueAdd",
        "QueueRemove",
        "QueuePause",
        "QueuePenalty",
        "BlindTransfer",
        "Atxfer",
        "Reload",
        "Filter",
    }
)
"""Actions that change or reveal something, which a user for reading does not need (``write=reporting`` has none)."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """The actions that the AMI user may use, in lower case; empty while not known."""

    actions: frozenset[str] = frozenset()

    def missing(self) -> frozenset[str]:
        """Return the optional actions that are refused, for want of ``write=reporting``."""
        return frozenset(name for name in OPTIONAL if self.actions and name.lower() not in self.actions)

    def excessive(self, used: Collection[str] = ()) -> frozenset[str]:
        """Return what the user may do and should not be able to; ``used`` is what commands need."""
        return frozenset(name for name in DANGEROUS if name.lower() in self.actions and name not in used)


def read_access(listing: Mapping[str, str]) -> Access:
    """Read the reply to ``ListCommands``: one header an action, ``Name: text (Priv: classes)``."""
    return Access(actions=frozenset(name.lower() for name, value in listing.items() if "(Priv:" in str(value)))


def unseen_classes(privileges: Container[str], *, has_logged_in: bool, has_seen_a_stay: bool) -> tuple[str, ...]:
    """Return the classes whose events should have come by now and did not: ``read=`` or a filter withholds them.

    ``FullyBooted`` (system) follows every login; by the time a caller who came after it leaves a queue
    (``has_seen_a_stay``), its channel has raised events of the dialplan and of the call.
    """
    expected = ["system"] if has_logged_in else []
    if has_seen_a_stay:
        expected += ["dialplan", "call"]
    return tuple(name for name in expected if name not in privileges)
