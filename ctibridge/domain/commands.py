"""What can be asked of the bridge: every command by name, its arguments, and how it is answered.

These names are a contract with phones, pages and programs: add, and rename or drop none.  Who may ask for what stands
in ``permits``; how it is done is ``app.commands``.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

PRINTABLE: Final = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+$"
"""No line breaks, no other control characters: a value must not be able to break out of its line anywhere."""

Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=80, pattern=PRINTABLE)]
"""A name of the PBX: 80 characters are Asterisk's own limit."""
Id: TypeAlias = Annotated[str, Meta(min_length=1, max_length=150, pattern=r"^[A-Za-z0-9_.:-]+$")]
"""A ``Uniqueid``."""
Dialled: TypeAlias = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^\+?[A-Za-z0-9_-]+$")]
"""A number or extension; feature codes, which begin with ``*`` or ``#``, are not dialled for anybody."""
Transaction: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128, pattern=PRINTABLE)]


class NoArguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A command that needs to be told nothing."""


class OfAgent(NoArguments, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A command about one agent."""

    agent: Name | None = None
    """Whom it is about; without it the user's own agent."""


class LogIn(OfAgent, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``login``."""

    queues: Annotated[tuple[Name, ...], Meta(max_length=50)] = ()
    """Which to join, as ``queue`` or ``queue:penalty``; without any those of the agent's team."""


class LogOut(OfAgent, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``logout``."""

    queues: Annotated[tuple[Name, ...], Meta(max_length=50)] = ()
    """Which to leave; without any all of them."""


class WithReason(OfAgent, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``not_ready``, ``request_leave``."""

    reason: Name
    """Code of one of ``[[pause_reasons]]``."""


class ApproveLeave(NoArguments, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``approve_leave``."""

    agent: Name
    valid_seconds: Annotated[float, Meta(gt=0, le=86400)] | None = None
    """How long the agent has to go; without it what the configuration says."""


class RefuseLeave(NoArguments, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``refuse_leave``."""

    agent: Name


class Transfer(OfAgent, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``transfer``."""

    to: Dialled
    """Number that the other side is sent to."""
    kind: Literal["blind", "attended"] = "blind"
    """``attended``: the agent talks to it first, and hangs up to connect the two."""


class Originate(OfAgent, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``originate``."""

    to: Dialled
    """Number that the agent's phone dials when it is picked up."""


class PickUp(NoArguments, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``pickup``."""

    agent: Name
    """Whose phone rings."""


class Spy(NoArguments, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``monitor``, ``whisper``, ``barge``."""

    agent: Name
    """Whose conversation it is."""
    phone: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    """Which phone is to ring; without it that of the user's own agent."""


class OfCaller(NoArguments, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A command about somebody who waits."""

    call: Id
    """As in ``queue/{queue}/state``."""


class MoveCaller(OfCaller, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``move_caller``."""

    queue: Name
    """Where to."""


class WithdrawCaller(OfCaller, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``withdraw_caller``."""

    info: Annotated[str, Meta(max_length=40, pattern=r"^[A-Za-z0-9 _.-]*$")] = ""
    """A word for the dialplan (``QUEUE_WITHDRAW_INFO``) and for queue_log."""


class PrioritiseCaller(OfCaller, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``prioritise_caller``."""

    priority: Annotated[int, Meta(ge=0, le=1000)] = 10
    """Higher goes first; callers have 0 unless the dialplan says otherwise."""


class SetPenalty(OfAgent, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``set_penalty``."""

    penalty: Annotated[int, Meta(ge=0, le=1000)]
    """Members with a lower one are rung first."""
    queue: Name | None = None
    """Without it in all of the agent's queues."""


class AcknowledgeAlert(NoArguments, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``acknowledge_alert``."""

    alert: Name
    """Id of an alarm that fires, e.g. ``limit_exceeded:1001``."""


class Replay(NoArguments, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``replay``."""

    after: Annotated[int, Meta(ge=0)]
    """Sequence number of the last event that was seen."""
    epoch: Annotated[int, Meta(ge=0)] | None = None
    """The epoch of that number; another than the present one is refused."""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class Subject(Enum):
    """What a command is about: by this it is decided whom it concerns."""

    NOBODY = "nobody"
    AGENT = "agent"
    CALLER = "caller"
    ALERT = "alert"


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One command."""

    arguments: type[NoArguments]
    subject: Subject
    text: str
    """What it does."""
    seen: str
    """What is waited for before ``done`` is answered."""
    is_phone_needed: bool = False
    """Whoever asks must have a phone that can ring."""


_AGENT, _CALLER = Subject.AGENT, Subject.CALLER

COMMANDS: Final[Mapping[str, Command]] = {
    "whoami": Command(
        arguments=NoArguments,
        subject=Subject.NOBODY,
        text="Says who the user is to the bridge, and which commands work now.",
        seen="–",
    ),
    "login": Command(
        arguments=LogIn, subject=_AGENT, text="Makes the agent a member of queues.", seen="member of each queue"
    ),
    "logout": Command(
        arguments=LogOut,
        subject=_AGENT,
        text="Takes the agent out of queues; a conversation goes on.",
        seen="member of none of them",
    ),
    "ready": Command(
        arguments=OfAgent, subject=_AGENT, text="Ends the agent's pause in all queues.", seen="paused in no queue"
    ),
    "not_ready": Command(
        arguments=WithReason,
        subject=_AGENT,
        text="Pauses the agent in all queues, or gives another reason.",
        seen="paused in all queues for this reason",
    ),
    "request_leave": Command(
        arguments=WithReason, subject=_AGENT, text="Asks that the agent may be away.", seen="event `leave_requested`"
    ),
    "withdraw_leave": Command(
        arguments=OfAgent,
        subject=_AGENT,
        text="The agent does not want to be away any more.",
        seen="event `leave_withdrawn`",
    ),
    "approve_leave": Command(
        arguments=ApproveLeave, subject=_AGENT, text="The agent may be away.", seen="event `leave_approved`"
    ),
    "refuse_leave": Command(
        arguments=RefuseLeave, subject=_AGENT, text="The agent may not be away.", seen="event `leave_refused`"
    ),
    "hangup": Command(
        arguments=OfAgent, subject=_AGENT, text="Ends the agent's call, or its ringing.", seen="channel hung up"
    ),
    "transfer": Command(
        arguments=Transfer,
        subject=_AGENT,
        text="Sends the agent's caller to a number; `attended` calls it first, and `hangup` connects the two.",
        seen="blind: the transfer; attended: the number is called",
    ),
    "originate": Command(
        arguments=Originate,
        subject=_AGENT,
        text="Click to dial: the agent's phone rings, and dials the number when it is picked up.",
        seen="the phone rings",
    ),
    "pickup": Command(
        arguments=PickUp,
        subject=_AGENT,
        text="The user's phone rings, and takes the call that rings at the agent's when it is picked up.",
        seen="the phone rings",
        is_phone_needed=True,
    ),
    "monitor": Command(
        arguments=Spy,
        subject=_AGENT,
        text="The user's phone rings, and hears the agent's conversation.",
        seen="the phone rings",
        is_phone_needed=True,
    ),
    "whisper": Command(
        arguments=Spy,
        subject=_AGENT,
        text="As `monitor`, and the agent alone hears the user.",
        seen="the phone rings",
        is_phone_needed=True,
    ),
    "barge": Command(
        arguments=Spy,
        subject=_AGENT,
        text="As `monitor`, and both sides hear the user.",
        seen="the phone rings",
        is_phone_needed=True,
    ),
    "move_caller": Command(
        arguments=MoveCaller, subject=_CALLER, text="Sends a waiting caller to another queue.", seen="waits there"
    ),
    "withdraw_caller": Command(
        arguments=WithdrawCaller,
        subject=_CALLER,
        text="Takes a waiting caller out of the queue; the dialplan goes on with `QUEUESTATUS` `WITHDRAW`.",
        seen="event `call/exited`",
    ),
    "prioritise_caller": Command(
        arguments=PrioritiseCaller,
        subject=_CALLER,
        text="Lets a waiting caller go before others.",
        seen="the priority in `QueueStatus`",
    ),
    "set_penalty": Command(
        arguments=SetPenalty,
        subject=_AGENT,
        text="Lets the agent be rung before or after colleagues.",
        seen="the penalty in the agent's state",
    ),
    "acknowledge_alert": Command(
        arguments=AcknowledgeAlert,
        subject=Subject.ALERT,
        text="Says that somebody has taken note of an alarm that fires.",
        seen="event `alert/acknowledged`",
    ),
    "snapshot": Command(
        arguments=NoArguments,
        subject=Subject.NOBODY,
        text="Gives the present state of all that concerns the user, callers masked.",
        seen="–",
    ),
    "replay": Command(
        arguments=Replay,
        subject=Subject.NOBODY,
        text="Gives the events after one that was seen, the oldest first.",
        seen="–",
    ),
    "callbacks": Command(
        arguments=NoArguments,
        subject=Subject.NOBODY,
        text="Gives who gave up and has not been reached since; an agent's are those of the agent's queues.",
        seen="–",
    ),
}
"""All commands by name."""
