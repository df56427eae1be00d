"""Which function does which command, and which actions of AMI it needs: one row a command."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from ctibridge.app.commands import alerts, callers, calls, leave, presence, ringing
from ctibridge.app.commands.doing import Doing
from ctibridge.app.commands.settings import CommandsSettings
from ctibridge.asterisk.access import Access
from ctibridge.asterisk.actions import WRITE_CLASSES

Do: TypeAlias = Callable[[Doing], Awaitable[str]]
"""Does it, waits until it is seen, and returns what Asterisk said; raises NotDoneError."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How a command is done."""

    do: Do
    actions: tuple[str, ...] = ()
    """Of AMI; none where only the bridge itself is asked."""


_CHANNELS: Final = "CoreShowChannels"
_QUEUES: Final = "QueueStatus"

WAYS: Final[Mapping[str, Way]] = {
    "login": Way(do=presence.log_in, actions=("QueueAdd",)),
    "logout": Way(do=presence.log_out, actions=("QueueRemove",)),
    "ready": Way(do=presence.get_ready, actions=("QueuePause",)),
    "not_ready": Way(do=presence.get_not_ready, actions=("QueuePause",)),
    "request_leave": Way(do=leave.request),
    "withdraw_leave": Way(do=leave.withdraw),
    "approve_leave": Way(do=leave.approve),
    "refuse_leave": Way(do=leave.refuse),
    "hangup": Way(do=calls.hang_up, actions=("Hangup", _CHANNELS)),
    "transfer": Way(do=calls.transfer, actions=("BlindTransfer", "Atxfer", _CHANNELS)),
    "originate": Way(do=ringing.originate, actions=("Originate",)),
    "pickup": Way(do=ringing.pick_up, actions=("Originate", _CHANNELS)),
    "monitor": Way(do=ringing.spy, actions=("Originate", _CHANNELS)),
    "whisper": Way(do=ringing.spy, actions=("Originate", _CHANNELS)),
    "barge": Way(do=ringing.spy, actions=("Originate", _CHANNELS)),
    "move_caller": Way(do=callers.move, actions=("QueueWithdrawCaller", _QUEUES)),
    "withdraw_caller": Way(do=callers.withdraw, actions=("QueueWithdrawCaller", _QUEUES)),
    "prioritise_caller": Way(do=callers.prioritise, actions=("QueueChangePriorityCaller", _QUEUES)),
    "set_penalty": Way(do=presence.set_penalty, actions=("QueuePenalty",)),
    "acknowledge_alert": Way(do=alerts.acknowledge),
}
"""Commands that do something; those that only look are in ``looking``."""


def needed_actions(settings: CommandsSettings) -> frozenset[str]:
    """Every action that some command needs; none where commands are switched off."""
    if not settings.enabled:
        return frozenset()
    return frozenset(_moved(one, name, settings.move) for name, way in WAYS.items() for one in way.actions)


def withheld(command: str, access: Access, *, move: str = "withdraw") -> tuple[str, ...]:
    """The actions that a command needs and the AMI user may not use; none while that is not known."""
    way = WAYS.get(command)
    if way is None or not access.actions:
        return ()
    actions = [_moved(one, command, move) for one in way.actions]
    return tuple(one for one in actions if one.lower() not in access.actions)


def _moved(action: str, command: str, move: str) -> str:
    """The action by which callers are moved is a setting."""
    is_other = command == "move_caller" and move == "redirect" and action == "QueueWithdrawCaller"
    return "Redirect" if is_other else action


def classes_for(actions: tuple[str, ...]) -> str:
    """The classes of ``write=`` that would allow some actions, or why none does."""
    classes = dict.fromkeys(WRITE_CLASSES[one] for one in actions if WRITE_CLASSES[one])
    return f"needs write={','.join(classes)}" if classes else f"this Asterisk does not know {', '.join(actions)}"
