"""What is answered to a command: the outcome, one word for why not, and what was asked to be shown."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ctibridge.domain.changes import CommandOutcome
from ctibridge.domain.units import Timestamp
from ctibridge.domain.views import AgentView, Alarm, QueueView


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """What ``whoami`` says."""

    user: str
    role: str
    pbx: str
    agent: str | None
    """The user's own agent."""
    teams: tuple[str, ...]
    """Those the user leads."""
    queues: tuple[str, ...]
    """Those that concern the user; empty is all."""
    commands: tuple[str, ...]
    """What the user may ask for and the bridge can do now."""
    off: dict[str, str]
    """What the user may ask for and the bridge cannot do, and why."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What ``snapshot`` says."""

    at: Timestamp
    epoch: int
    sequence: int
    """Of the newest event that is included."""
    is_synced: bool
    """While false the PBX cannot be seen, and states are not to be believed."""
    queues: tuple[QueueView, ...]
    agents: tuple[AgentView, ...]
    alarms: tuple[Alarm, ...]


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What ``replay`` says."""

    epoch: int
    events: tuple[Any, ...]
    """As they were published."""
    last: int
    """Ask for what comes after this next time."""
    is_complete: bool
    """False: some events before these are not kept any more."""


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """A caller who gave up and has not been reached since."""

    caller_number: str | None
    """Masked; the call's id finds the whole number in the PBX."""
    call: str
    """The latest abandoned call."""
    queue: str
    attempts: int
    """How often the caller gave up since they were last reached."""
    first_abandoned_at: Timestamp
    abandoned_at: Timestamp
    """The latest time."""
    is_short: bool | None
    """So soon that it may have been a mistake."""
    deadline: Timestamp
    """24 hours after the first time."""
    is_overdue: bool


class Callbacks(msgspec.Struct, frozen=True, kw_only=True):
    """What ``callbacks`` says."""

    since: Timestamp
    """Who called before this is not in it."""
    callbacks: tuple[Callback, ...]
    """Those who gave up first come first."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a command."""

    transaction: str
    command: str
    ok: bool
    """``outcome`` is ``done``."""
    outcome: CommandOutcome
    reason: str | None = None
    """One word for why not; compare it, and not the message."""
    message: str = ""
    """For people."""
    at: Timestamp
    me: Me | None = None
    """Of ``whoami``."""
    snapshot: Snapshot | None = None
    replayed: Replayed | None = None
    callbacks: Callbacks | None = None


REASONS: Final[Mapping[str, str]] = {
    "malformed": "It is not the JSON that was expected; the message says where.",
    "too_large": "It is longer than 8 kB.",
    "retained": "It was a retained message, and nobody can say how old it is.",
    "late": "`sent_at` is too long ago, or it waited while the bridge was away.",
    "overtaken": "A command that was sent later has been done for this agent already.",
    "unknown_command": "There is none by this name.",
    "unknown_user": "The user is not in `[[users]]`.",
    "reused": "The transaction was used for another command.",
    "rate": "Too many commands in a short time.",
    "busy": "Too many commands are being done at once.",
    "role": "The user's role may not.",
    "scope": "The user's role may, but not with this agent, caller or alarm.",
    "pbx": "The user has nothing to do with this PBX.",
    "off": "Switched off by `[commands]`.",
    "not_allowed": "The AMI user may not; the message names the class of `write=`.",
    "not_in_sync": "The PBX cannot be seen now.",
    "no_agent": "The user has no agent, and none was named.",
    "no_phone": "The user has no phone.",
    "unknown_agent": "Nobody by this id is known.",
    "unknown_reason": "The pause reason is not configured.",
    "unknown_queue": "There is no queue by this name.",
    "unknown_alert": "No such alarm fires.",
    "unknown_call": "Nobody by this id waits.",
    "no_queues": "No queues were named, and the agent's team has none.",
    "logged_out": "The agent is logged out.",
    "no_call": "The agent has no call.",
    "no_leave": "There is no such request or approval.",
    "asterisk": "Asterisk said no; the message is Asterisk's.",
    "no_reply": "Asterisk did not answer.",
    "not_seen": "Asterisk said yes, and the change was not seen in time.",
    "answered": "The caller was answered first.",
    "fault": "An error in the bridge; its log says more.",
    "epoch": "Events of another epoch cannot be given.",
    "not_kept": "Events, or calls of the past, are not kept, or cannot be read now.",
}
"""Every ``reason`` there is, with its meaning."""
