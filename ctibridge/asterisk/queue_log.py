"""One line of queue_log as a typed record: what app_queue itself wrote down, the judge of every figure.

A line is ``time|callid|queue|agent|event|data…`` with whole seconds.  Nothing in it is escaped: a ``|`` in an agent's
name shifts what follows, and one in a reason adds fields: the first three fields are taken from the left, then the
first event name whose data fit its form, and what stands before it is the agent.  Within the data the numbers have
fixed places, at the left or at the right, and texts have the rest.

Names are as logged: agents by member name or by interface (app_queue is not consistent), queues partly as typed in
the dialplan.  ``None`` stands for ``NONE``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Final, TypeAlias, TypedDict

import msgspec

from ctibridge.asterisk.messages import decode
from ctibridge.domain.events import EndedBy
from ctibridge.domain.units import CallId, ChannelId, QueueName, Seconds, Timestamp

_HEAD_FIELDS: Final = 3
_LATEST: Final = 1 << 33
_WHOLE: Final = re.compile(r"-?\d{1,18}", re.ASCII)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What every record has."""

    at: Timestamp
    """Whole seconds, by a clock reading of its own: up to a second off the matching AMI event."""
    call: CallId | None
    """Also ``MANAGER``, ``CLI`` or ``REALTIME`` where a member was changed by these."""
    queue: QueueName | None
    agent: str | None


class Entered(Entry, frozen=True, kw_only=True):
    """ENTERQUEUE: a caller took a place in the queue."""

    number: str | None = None
    name: str | None = None
    position: int | None = None
    """``None`` where a line break in the number tore the rest of the record off."""


class Connected(Entry, frozen=True, kw_only=True):
    """CONNECT: caller and agent talk."""

    wait: Seconds
    leg: ChannelId | None = None
    ring: Seconds | None = None
    """Since the start of the ring cycle."""


class Completed(Entry, frozen=True, kw_only=True):
    """COMPLETEAGENT, COMPLETECALLER: the call ended."""

    ended_by: EndedBy
    wait: Seconds
    talk: Seconds
    position: int | None = None
    """At the time of joining."""


class Transferred(Entry, frozen=True, kw_only=True):
    """BLINDTRANSFER, ATTENDEDTRANSFER (before Asterisk 12 TRANSFER): one party sent the other elsewhere.

    For the queue the call ended.
    """

    is_attended: bool | None
    """``None`` where an old Asterisk does not tell."""
    target: str
    """``exten|context``, ``BRIDGE|id``, ``APP|name`` or ``LINK|channel|channel``."""
    wait: Seconds
    talk: Seconds
    position: int | None = None


class Abandoned(Entry, frozen=True, kw_only=True):
    """ABANDON: the caller hung up while waiting."""

    position: int
    original_position: int
    wait: Seconds


class ExitReason(Enum):
    """Why a caller left otherwise."""

    TIMEOUT = "EXITWITHTIMEOUT"
    KEY = "EXITWITHKEY"
    EMPTY = "EXITEMPTY"
    WITHDRAWN = "WITHDRAW"


class Exited(Entry, frozen=True, kw_only=True):
    """EXITWITHTIMEOUT, EXITWITHKEY, EXITEMPTY, WITHDRAW: the caller left the queue and goes on in the dialplan."""

    reason: ExitReason
    position: int
    original_position: int | None = None
    wait: Seconds | None = None
    """Asterisk 1.8 leaves these two out of some time-outs."""
    detail: str | None = None
    """The keys pressed, or what was given with the withdrawal."""


class RangOut(Entry, frozen=True, kw_only=True):
    """RINGNOANSWER: the agent's phone rang, was busy or refused."""

    ring: Seconds


class RingCancelled(Entry, frozen=True, kw_only=True):
    """RINGCANCELED: the caller left while the agent's phone rang."""

    ring: Seconds
    """Since the start of the ring cycle."""


class Dumped(Entry, frozen=True, kw_only=True):
    """AGENTDUMP: the agent hung up during the announcement; the caller waits on."""


class Incompatible(Entry, frozen=True, kw_only=True):
    """SYSCOMPAT: no codec in common; an ABANDON follows."""


class MemberRecorded(Entry, frozen=True, kw_only=True):
    """ADDMEMBER, REMOVEMEMBER: the agent's place in the queue."""

    is_added: bool
    is_paused: bool = False


class PauseRecorded(Entry, frozen=True, kw_only=True):
    """PAUSE, UNPAUSE, PAUSEALL, UNPAUSEALL; the last two come in addition to one per queue."""

    is_paused: bool
    is_all: bool
    reason: str | None = None


class Restarted(Entry, frozen=True, kw_only=True):
    """QUEUESTART: Asterisk started; calls that were open have no end."""


class Foreign(Entry, frozen=True, kw_only=True):
    """A record that changes no figure: PENALTY, RINGINUSE, CONFIGRELOAD, the agent pool's, FreePBX's, a dialplan's."""

    event: str
    data: str = ""


Record: TypeAlias = (
    Entered
    | Connected
    | Completed
    | Transferred
    | Abandoned
    | Exited
    | RangOut
    | RingCancelled
    | Dumped
    | Incompatible
    | MemberRecorded
    | PauseRecorded
    | Restarted
    | Foreign
)


class _Head(TypedDict):
    at: Timestamp
    call: CallId | None
    queue: QueueName | None
    agent: str | None


_Data: TypeAlias = Sequence[str]
_Parser: TypeAlias = Callable[[_Head, _Data], Record]


class _UnfitError(ValueError):
    """The data do not have the form of this event: the word was part of a name."""


def parse_line(line: bytes) -> Record | None:
    """Return what a line says, ``None`` for a line that is no record (torn by a line break in a number)."""
    fields = decode(line.rstrip(b"\r\n")).split("|")
    time, *rest = fields
    if len(fields) <= _HEAD_FIELDS + 1 or _WHOLE.fullmatch(time) is None or not 0 <= int(time) < _LATEST:
        return None
    call, queue, *tail = rest
    for index in range(1, len(tail)):
        parser = _PARSERS.get(tail[index])
        if parser is not None:
            try:
                return parser(_head(time, call, queue, "|".join(tail[:index])), tail[index + 1 :])
            except _UnfitError:
                continue
    return Foreign(**_head(time, call, queue, tail[0]), event=tail[1], data="|".join(tail[2:]))


def _head(time: str, call: str, queue: str, agent: str) -> _Head:
    name, queue_name = _named(call), _named(queue)
    return _Head(
        at=Timestamp(float(time)),
        call=None if name is None else CallId(name),
        queue=None if queue_name is None else QueueName(queue_name),
        agent=_named(agent),
    )


def _named(value: str) -> str | None:
    return None if value in {"", "NONE"} else value


def _whole(value: str) -> int:
    if _WHOLE.fullmatch(value) is None:
        raise _UnfitError(value)
    return int(value)


def _seconds(value: str) -> Seconds:
    return Seconds(float(_whole(value)))


def _milliseconds(data: _Data) -> Seconds:
    _expect(data, 1)
    return Seconds(_whole(data[0]) / 1000)


def _expect(data: _Data, *counts: int) -> None:
    """Refuse data of another length; a line ends with an empty field where an event has no data."""
    if len(data) not in counts:
        raise _UnfitError(str(len(data)))


def _at_least(data: _Data, count: int) -> None:
    if len(data) < count:
        raise _UnfitError(str(len(data)))


def _entered(head: _Head, data: _Data) -> Record:
    """Read ``url|number|position`` and, with ``log-caller-id-name``, ``|name``; a number may hold ``|``.

    A caller can put a line break into his number.  He is in the queue all the same, so a record that ends with the
    number is one.
    """
    if len(data) == len(("url", "number")):
        return Entered(**head, number=data[1] or None)
    _at_least(data, 3)
    has_name = len(data) > 3 and _WHOLE.fullmatch(data[-2]) is not None  # noqa: PLR2004
    *before, position = data[:-1] if has_name else data
    number = "|".join(before[1:])
    name = data[-1] if has_name else ""
    return Entered(**head, number=number or None, name=name or None, position=_whole(position))


def _connected(head: _Head, data: _Data) -> Record:
    """Read ``wait|leg|ring``; Asterisk before 1.8 wrote less."""
    _expect(data, 1, 2, 3)
    wait, leg, ring, *_ = (*data, "", "")
    return Connected(
        **head,
        wait=_seconds(wait),
        leg=ChannelId(leg) if leg else None,
        ring=_seconds(ring) if ring else None,
    )


def _completed(ended_by: EndedBy) -> _Parser:
    def parse(head: _Head, data: _Data) -> Record:
        """Read ``wait|talk|position``."""
        _expect(data, 2, 3)
        wait, talk, position, *_ = (*data, "")
        return Completed(
            **head,
            ended_by=ended_by,
            wait=_seconds(wait),
            talk=_seconds(talk),
            position=_whole(position) if position else None,
        )

    return parse


def _transferred(is_attended: bool | None) -> _Parser:  # noqa: FBT001  # the only difference
    def parse(head: _Head, data: _Data) -> Record:
        """Read ``where to…|wait|talk|position``, the numbers from the right."""
        _at_least(data, 5)
        *target, wait, talk, position = data
        return Transferred(
            **head,
            is_attended=is_attended,
            target="|".join(target),
            wait=_seconds(wait),
            talk=_seconds(talk),
            position=_whole(position),
        )

    return parse


def _abandoned(head: _Head, data: _Data) -> Record:
    _expect(data, 3)
    position, original, wait = data
    return Abandoned(**head, position=_whole(position), original_position=_whole(original), wait=_seconds(wait))


def _exited(reason: ExitReason) -> _Parser:
    def parse(head: _Head, data: _Data) -> Record:
        """Read ``position|original|wait``, with the keys before or the reason of a withdrawal after."""
        if reason is ExitReason.TIMEOUT and len(data) == 1:
            return Exited(**head, reason=reason, position=_whole(data[0]))
        _at_least(data, 3)
        detail, numbers = list(data[3:]), data[:3]
        if reason is ExitReason.KEY:
            detail, numbers = list(data[:-3]), data[-3:]
        elif reason is not ExitReason.WITHDRAWN:
            _expect(data, 3)
        position, original, wait = numbers
        return Exited(
            **head,
            reason=reason,
            position=_whole(position),
            original_position=_whole(original),
            wait=_seconds(wait),
            detail="|".join(detail) or None,
        )

    return parse


def _rang_out(head: _Head, data: _Data) -> Record:
    return RangOut(**head, ring=_milliseconds(data))


def _ring_cancelled(head: _Head, data: _Data) -> Record:
    return RingCancelled(**head, ring=_milliseconds(data))


def _bare(kind: type[Dumped] | type[Incompatible] | type[Restarted]) -> _Parser:
    def parse(head: _Head, data: _Data) -> Record:
        if any(data):
            raise _UnfitError("data")
        return kind(**head)

    return parse


def _member_recorded(is_added: bool) -> _Parser:  # noqa: FBT001  # the only difference
    def parse(head: _Head, data: _Data) -> Record:
        if "|".join(data) not in {"", "PAUSED"}:
            raise _UnfitError("data")
        return MemberRecorded(**head, is_added=is_added, is_paused="PAUSED" in data)

    return parse


def _pause_recorded(is_paused: bool, is_all: bool) -> _Parser:  # noqa: FBT001  # the only differences
    def parse(head: _Head, data: _Data) -> Record:
        reason = "|".join(data) or None
        return PauseRecorded(**head, is_paused=is_paused, is_all=is_all, reason=reason)

    return parse


_PARSERS: Final[Mapping[str, _Parser]] = {
    "ENTERQUEUE": _entered,
    "CONNECT": _connected,
    "COMPLETEAGENT": _completed(EndedBy.AGENT),
    "COMPLETECALLER": _completed(EndedBy.CALLER),
    "BLINDTRANSFER": _transferred(is_attended=False),
    "ATTENDEDTRANSFER": _transferred(is_attended=True),
    "TRANSFER": _transferred(is_attended=None),
    "ABANDON": _abandoned,
    **{reason.value: _exited(reason) for reason in ExitReason},
    "RINGNOANSWER": _rang_out,
    "RINGCANCELED": _ring_cancelled,
    "AGENTDUMP": _bare(Dumped),
    "SYSCOMPAT": _bare(Incompatible),
    "QUEUESTART": _bare(Restarted),
    "ADDMEMBER": _member_recorded(is_added=True),
    "REMOVEMEMBER": _member_recorded(is_added=False),
    "PAUSE": _pause_recorded(is_paused=True, is_all=False),
    "UNPAUSE": _pause_recorded(is_paused=False, is_all=False),
    "PAUSEALL": _pause_recorded(is_paused=True, is_all=True),
    "UNPAUSEALL": _pause_recorded(is_paused=False, is_all=True),
}
