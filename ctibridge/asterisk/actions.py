"""The AMI actions that the bridge may send, and the check that nothing else ever leaves.

Some actions that change queues (``QueueReset``, ``QueueWithdrawCaller``, …) need no permission in Asterisk at all, so
``manager.conf`` cannot withhold them: this list does.  And Asterisk takes a bare LF for the end of a line, so one
unchecked value could carry any other action.

An action that changes something is on the list with every header that it may have, and what each may hold; whatever
else somebody manages to put into it stops here.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from ctibridge.asterisk.errors import AmiActionError

READING: Final = frozenset(
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
"""All that reading needs."""

Check: TypeAlias = Callable[[str], bool]

_FORBIDDEN: Final = frozenset("\r\n\0")
LONGEST: Final = 160
"""Characters of a value: Asterisk has 80 for names and interfaces, 150 for unique ids."""


def _like(pattern: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


_NAME: Final = _like(r"[^\x00-\x1f\x7f|]{1,80}")
"""A queue, a member's name or a reason; queue_log takes ``|`` for the end of a field (T48)."""
_INTERFACE: Final = _like(r"[A-Za-z0-9]+/[A-Za-z0-9_.+-]+(@[A-Za-z0-9_.-]+)?(/n)?")
"""One device or one Local extension: no ``&``, no ``,`` and so no second one."""
_STATE_INTERFACE: Final = _like(r"[A-Za-z0-9]+[/:][A-Za-z0-9_.+-]+(@[A-Za-z0-9_.-]+)?")
_CHANNEL: Final = _like(r"[A-Za-z0-9]+/[^\x00-\x20\x7f|,&()$\"]{1,120}")
"""The name of a channel, e.g. ``PJSIP/1001-0000002a`` or ``Local/1001@agents-00000003;1``."""
_EXTENSION: Final = _like(r"\+?[A-Za-z0-9_-]{1,32}")
_CONTEXT: Final = _like(r"[A-Za-z0-9_.-]{1,79}")
_NUMBER: Final = _like(r"[0-9]{1,9}")
_FLAG: Final = _like(r"true|false")
_WORD: Final = _like(r"[A-Za-z0-9 _.:-]{0,80}")
_CAUSE: Final = _like(r"16")

SPYING: Final = "ChanSpy"
PICKING_UP: Final = "PickupChan"
_APPLICATION: Final = _like(f"{SPYING}|{PICKING_UP}")
_DATA: Final = _like(r"[A-Za-z0-9]+/[^\x00-\x20\x7f|,&()$\"]{1,120}(,[a-zA-Z]{1,8})?")
"""One channel and single-letter options; ``PickupChan`` would take several, ``ChanSpy`` options with arguments."""
_CALLER_ID: Final = _like(r"<[A-Za-z0-9_.+-]{1,40}>")

DOING: Final[Mapping[str, Mapping[str, tuple[Check, bool]]]] = {
    "QueueAdd": {
        "Queue": (_NAME, True),
        "Interface": (_INTERFACE, True),
        "Penalty": (_NUMBER, False),
        "Paused": (_FLAG, False),
        "MemberName": (_NAME, False),
        "StateInterface": (_STATE_INTERFACE, False),
    },
    "QueueRemove": {"Queue": (_NAME, True), "Interface": (_INTERFACE, True)},
    "QueuePause": {
        "Interface": (_INTERFACE, True),
        "Paused": (_FLAG, True),
        "Queue": (_NAME, False),
        "Reason": (_NAME, False),
    },
    "QueuePenalty": {"Interface": (_INTERFACE, True), "Penalty": (_NUMBER, True), "Queue": (_NAME, False)},
    "QueueWithdrawCaller": {"Queue": (_NAME, True), "Caller": (_CHANNEL, True), "WithdrawInfo": (_WORD, False)},
    "QueueChangePriorityCaller": {
        "Queue": (_NAME, True),
        "Caller": (_CHANNEL, True),
        "Priority": (_NUMBER, True),
        "Immediate": (_FLAG, False),
    },
    "Hangup": {"Channel": (_CHANNEL, True), "Cause": (_CAUSE, True)},
    "BlindTransfer": {"Channel": (_CHANNEL, True), "Context": (_CONTEXT, True), "Exten": (_EXTENSION, True)},
    "Atxfer": {"Channel": (_CHANNEL, True), "Context": (_CONTEXT, True), "Exten": (_EXTENSION, True)},
    "Redirect": {
        "Channel": (_CHANNEL, True),
        "Context": (_CONTEXT, True),
        "Exten": (_like(r"[A-Za-z0-9_.-]{1,80}"), True),
        "Priority": (_like("1"), True),
    },
    "Originate": {
        "Channel": (_INTERFACE, True),
        "ChannelId": (_like(r"[A-Za-z0-9.-]{1,100}"), True),
        "Context": (_CONTEXT, False),
        "Exten": (_EXTENSION, False),
        "Priority": (_like("1"), False),
        "Application": (_APPLICATION, False),
        "Data": (_DATA, False),
        "CallerID": (_CALLER_ID, False),
        "Timeout": (_NUMBER, True),
        "Async": (_like("true"), True),
    },
}
"""Action that changes something: its headers, what each may hold, and whether it must be there."""

ALLOWED: Final = READING | frozenset(DOING)

_ALTERNATIVES: Final = ({"Context", "Exten", "Priority"}, {"Application", "Data"})
"""``Originate`` goes to a place of the dialplan or to an application, and to all of it."""

WRITE_CLASSES: Final[Mapping[str, str]] = {
    "QueueAdd": "agent",
    "QueueRemove": "agent",
    "QueuePause": "agent",
    "QueuePenalty": "agent",
    "QueueWithdrawCaller": "",
    "QueueChangePriorityCaller": "",
    "Hangup": "call",
    "BlindTransfer": "call",
    "Atxfer": "call",
    "Redirect": "call",
    "Originate": "originate",
    "CoreShowChannels": "reporting",
    "QueueStatus": "",
}
"""Class of ``write=`` in manager.conf that an action needs; empty for those that everybody may use."""


def check_action(action: Mapping[str, object]) -> None:
    """Refuse an action that is not on the list, or any text that would break out of its line or out of its place."""
    for key, value in action.items():
        values = value if isinstance(value, list | tuple) else [value]
        for text in (key, *values):
            if not _FORBIDDEN.isdisjoint(str(text)):
                raise AmiActionError(f"CR, LF or NUL in {key!r}")
    name = next((value for key, value in action.items() if key.lower() == "action"), None)
    if name not in ALLOWED:
        raise AmiActionError(f"action {name!r} is not on the list of what the bridge may send")
    if (headers := DOING.get(str(name))) is not None:
        given = {key: value for key, value in action.items() if key not in ("Action", "ActionID")}
        _check_headers(str(name), headers, given)


def _check_headers(name: str, headers: Mapping[str, tuple[Check, bool]], given: Mapping[str, object]) -> None:
    for key, value in given.items():
        if key not in headers:
            raise AmiActionError(f"{name} may have no {key!r}")
        if not isinstance(value, str) or len(value) > LONGEST or not headers[key][0](value):
            raise AmiActionError(f"{name}: {key} may not be {str(value)[:40]!r}")
    if missing := [key for key, (_, is_needed) in headers.items() if is_needed and key not in given]:
        raise AmiActionError(f"{name} needs {', '.join(missing)}")
    if name == "Originate" and not any(one == (given.keys() & set().union(*_ALTERNATIVES)) for one in _ALTERNATIVES):
        raise AmiActionError("Originate goes to Context, Exten and Priority, or to Application and Data")
