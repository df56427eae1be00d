"""AMI's words into the domain's facts: the only file that knows AMI events, their headers and their units.

One small function per event, one table for all.  A fact comes out for what Asterisk said, never for what it might
have meant: ``QueueCallerAbandon`` becomes ``AbandonReported``, and the domain finds out whether it was one.

Header names are lower case here; ``Message`` finds them in any case.  Sources: apps/app_queue.c for the queue's
events, main/manager_channels.c, main/stasis_bridges.c and main/core_local.c for the channels'.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from ctibridge.asterisk.counts import AmiCounts, ErrorKind
from ctibridge.asterisk.errors import MessageError, MissingHeaderError
from ctibridge.asterisk.fields import LONGEST_NAME, Fields, is_whole
from ctibridge.asterisk.messages import Message, only_value
from ctibridge.domain import events as fact
from ctibridge.domain.units import CallId, ChannelId, QueueName, Seconds, Timestamp

Facts: TypeAlias = Sequence[fact.Event]
_Reader: TypeAlias = Callable[[Fields], Facts]

_MOST_OPTIMIZATIONS: Final = 1000
_WRAPPED_QUEUE: Final = re.compile(r"(?:^|[?:(,])\s*queue\(\s*([^,)]+)", re.IGNORECASE)
_STATUSES: Final[Mapping[int | None, fact.DeviceStatus]] = {status.value: status for status in fact.DeviceStatus}
_WRAPPERS: Final = frozenset({"exec", "execif", "tryexec"})
_INTO_QUEUE: Final = frozenset({"queue", *_WRAPPERS})
"""Applications with which a caller enters a queue."""
_QUEUE_STATUS: Final = b"\nVariable: QUEUESTATUS"
_STEP: Final = "Newexten"
_END: Final = "Hangup"
_IDENTITIES: Final = (
    "uniqueid",
    "destuniqueid",
    "localoneuniqueid",
    "localtwouniqueid",
    "sourceuniqueid",
    "transfereruniqueid",
    "transfereeuniqueid",
    "transfertargetuniqueid",
    "origtransfereruniqueid",
    "secondtransfereruniqueid",
)
"""Headers that name a channel."""
_MOST_CHANNELS: Final = 100_000


class Translator:
    """Translate events one by one.

    Remembers which Local channels are being optimised away, and of which channels anything but dialplan steps was told:
    the steps of all others mean nothing, and are a sixth of a busy stream.
    """

    def __init__(self, counts: AmiCounts) -> None:
        self._counts = counts
        self._sources: OrderedDict[str, ChannelId] = OrderedDict()
        self._channels: dict[str, None] = {}
        self._readers: Mapping[str, _Reader] = {
            **_READERS,
            "LocalOptimizationBegin": self._optimization_begun,
            "LocalOptimizationEnd": self._optimization_ended,
        }

    def wants(self, name: str, frame: bytes) -> bool:
        """Whether an event can mean anything to the domain: asked of the raw frame, before it is parsed."""
        if name == "VarSet":
            return _QUEUE_STATUS in frame
        if name == _STEP:
            return self._may_matter(frame)
        return name in self._readers

    def translate(self, message: Message) -> tuple[Facts, Timestamp | None]:
        """Return what an event says, and when it happened on the PBX's clock where the PBX stamps its events."""
        fields = Fields(message, self._counts)
        name = message.get("event") or ""
        reader = self._readers.get(name)
        if name == _END:
            self._channels.pop(message.get("uniqueid") or "", None)
        elif reader:
            self._note_channels(message)
        return (self._read(reader, fields) if reader else ()), fields.timestamp()

    def translate_listed(self, message: Message) -> Facts:
        """Return what one item of a list says (``QueueStatus``, ``CoreShowChannels``)."""
        reader = _LISTED.get(message.get("event") or "")
        self._note_channels(message)
        return self._read(reader, Fields(message, self._counts)) if reader else ()

    def _read(self, reader: _Reader, fields: Fields) -> Facts:
        try:
            return reader(fields)
        except MessageError as error:
            missing = isinstance(error, MissingHeaderError)
            self._counts.error(ErrorKind.MISSING_HEADER if missing else ErrorKind.ABSURD_VALUE)
            return ()

    def _may_matter(self, frame: bytes) -> bool:
        """Whether a dialplan step leads into a queue, or is one of a channel that something else was told of."""
        application = only_value(frame, b"\nApplication: ")
        if application is None or application.lower() in _INTO_QUEUE:
            return True
        channel = only_value(frame, b"\nUniqueid: ")
        return channel is None or channel in self._channels

    def _note_channels(self, message: Message) -> None:
        headers = message.headers
        for name in _IDENTITIES:
            if name in headers:
                self._channels[headers[name]] = None
        while len(self._channels) > _MOST_CHANNELS:
            del self._channels[next(iter(self._channels))]

    def _optimization_begun(self, fields: Fields) -> Facts:
        self._sources[fields.name("id")] = fields.channel("sourceuniqueid")
        if len(self._sources) > _MOST_OPTIMIZATIONS:
            self._sources.popitem(last=False)
        return ()

    def _optimization_ended(self, fields: Fields) -> Facts:
        """Name the channel that takes the place of a Local channel's halves.

        As app_queue does (``handle_local_optimization_end``): an agent's leg is the first half, a caller the second,
        and either goes on as the source.  ``DestUniqueId`` names the second half whatever happened, so it says nothing;
        nor does ``Success``, which is "No" when one channel moved into the other's bridge as it should.
        """
        source = self._sources.pop(fields.name("id"), None)
        if source is None:
            return ()
        halves = (fields.optional_channel("localoneuniqueid"), fields.optional_channel("localtwouniqueid"))
        return [fact.ChannelReplaced(old=half, new=source) for half in halves if half is not None]


# -- callers ----------------------------------------------------------------------------------------------------------


def _caller_joined(fields: Fields) -> Facts:
    return (
        fact.CallerJoined(
            queue=fields.queue(),
            call=fields.call(),
            linkedid=fields.text("linkedid"),
            channel=fields.text("channel"),
            caller=fields.caller(),
            position=fields.count("position"),
        ),
    )


def _caller_left(fields: Fields) -> Facts:
    return (fact.CallerLeft(queue=fields.queue(), call=fields.call(), position=fields.count("position")),)


def _abandon_reported(fields: Fields) -> Facts:
    return (
        fact.AbandonReported(
            queue=fields.queue(),
            call=fields.call(),
            position=fields.count("position"),
            original_position=fields.count("originalposition"),
            wait=fields.seconds("holdtime"),
        ),
    )


def _variable_set(fields: Fields) -> Facts:
    """Read QUEUESTATUS; an empty one is a dialplan that clears it."""
    outcome = fields.choice("value", fact.QueueOutcome) if fields.text("variable") == "QUEUESTATUS" else None
    return () if outcome is None else (fact.QueueOutcomeSet(call=fields.call(), outcome=outcome),)


def _dialplan_step(fields: Fields) -> Facts:
    """Tell entering a queue from any other step.

    An application inside ``ExecIf(…?Queue(…))`` raises no event of its own, so its queue is taken from the wrapper.
    """
    application = (fields.text("application") or "").lower()
    data = fields.message.get("appdata") or ""
    if application == "queue":
        queue = data.partition(",")[0].strip()
    else:
        wrapped = _WRAPPED_QUEUE.search(data) if application in _WRAPPERS else None
        queue = wrapped[1].strip() if wrapped else ""
    if not queue:
        return (
            fact.DialplanContinued(
                channel=fields.channel(),
                application=fields.text("application"),
                exten=fields.text("exten", "extension"),
            ),
        )
    return (
        fact.QueueEntered(
            call=fields.call(),
            queue=QueueName(queue[:LONGEST_NAME]),
            linkedid=fields.text("linkedid"),
            channel=fields.text("channel"),
            caller=fields.caller(),
        ),
    )


def _channel_hung_up(fields: Fields) -> Facts:
    return (fact.ChannelHungUp(channel=fields.channel(), linkedid=fields.text("linkedid")),)


# -- agents and their legs --------------------------------------------------------------------------------------------


def _agent_called(fields: Fields) -> Facts:
    """Read a ring; something must say whose, be it only the name of the ringing channel (T41)."""
    leg_channel, interface = fields.text("destchannel"), fields.optional_interface()
    if leg_channel is None and interface is None:
        fields.interface()
    return (
        fact.AgentCalled(
            call=fields.call(),
            queue=fields.optional_queue(),
            interface=interface,
            member_name=fields.text("membername"),
            leg=fields.optional_channel("destuniqueid"),
            leg_channel=leg_channel,
        ),
    )


def _agent_connected(fields: Fields) -> Facts:
    return (
        fact.AgentConnected(
            call=fields.call(),
            queue=fields.optional_queue(),
            interface=fields.optional_interface(),
            member_name=fields.text("membername"),
            leg=fields.optional_channel("destuniqueid"),
            leg_channel=fields.text("destchannel"),
            wait=fields.seconds("holdtime"),
            ring=fields.seconds("ringtime"),
        ),
    )


def _agent_completed(fields: Fields) -> Facts:
    """Read the end of a call; a channel that was already gone is missing, and all else if a name is not UTF-8 (T41)."""
    call = fields.text("uniqueid")
    leg = fields.optional_channel("destuniqueid")
    return (
        fact.AgentCompleted(
            call=None if call is None else CallId(call),
            leg=leg,
            queue=fields.optional_queue(),
            interface=fields.optional_interface(),
            member_name=fields.text("membername"),
            wait=fields.seconds("holdtime"),
            talk=fields.seconds("talktime"),
            ended_by=fields.choice("reason", fact.EndedBy),
        ),
    )


def _agent_missed(fields: Fields) -> Facts:
    """Read a ring without an answer: here, unlike in ``AgentConnect``, ``RingTime`` is in milliseconds."""
    return (
        fact.AgentMissed(
            call=fields.call(),
            queue=fields.optional_queue(),
            interface=fields.optional_interface(),
            member_name=fields.text("membername"),
            leg=fields.optional_channel("destuniqueid"),
            ring=fields.milliseconds("ringtime"),
        ),
    )


def _agent_dumped(fields: Fields) -> Facts:
    return (
        fact.AgentDumped(
            call=fields.call(),
            queue=fields.optional_queue(),
            interface=fields.optional_interface(),
            leg=fields.optional_channel("destuniqueid"),
        ),
    )


def _dial_ended(fields: Fields) -> Facts:
    """Read the end of a ring; dialling without a calling channel (``Originate``) belongs to no queue call."""
    if fields.text("uniqueid") is None:
        return ()
    return (fact.DialEnded(call=fields.call(), leg=fields.channel("destuniqueid"), status=fields.name("dialstatus")),)


# -- what moves and merges channels -----------------------------------------------------------------------------------


def _channel_held(fields: Fields) -> Facts:
    return (fact.ChannelHeld(channel=fields.channel(), linkedid=fields.text("linkedid")),)


def _channel_unheld(fields: Fields) -> Facts:
    return (fact.ChannelUnheld(channel=fields.channel(), linkedid=fields.text("linkedid")),)


def _blind_transferred(fields: Fields) -> Facts:
    if fields.text("result") != "Success":
        return ()
    return (
        fact.BlindTransferred(
            transferer=fields.optional_channel("transfereruniqueid"),
            transferee=fields.optional_channel("transfereeuniqueid"),
            linkedids=_texts(fields, "transfererlinkedid", "transfereelinkedid"),
        ),
    )


def _attended_transferred(fields: Fields) -> Facts:
    """Read two calls joined; a failed one changes nothing.

    In a three-way call everybody stays, and who was on hold is so no more: Asterisk tells that in no other way.
    """
    kind, transferers = fields.text("desttype"), _texts(fields, "origtransfereruniqueid", "secondtransfereruniqueid")
    if fields.text("result") != "Success":
        return ()
    if kind == "Threeway":
        return [fact.ChannelUnheld(channel=ChannelId(channel)) for channel in transferers]
    if kind not in {"Bridge", "App", "Link"}:
        return ()
    return (
        fact.AttendedTransferred(
            transferers=tuple(ChannelId(channel) for channel in transferers),
            transferee=fields.optional_channel("transfereeuniqueid"),
            target=fields.optional_channel("transfertargetuniqueid"),
            into_queue=(fields.text("destapp") or "").lower() == "queue",
            linkedids=_texts(
                fields,
                "origtransfererlinkedid",
                "secondtransfererlinkedid",
                "transfereelinkedid",
                "transfertargetlinkedid",
            ),
        ),
    )


def _texts(fields: Fields, *headers: str) -> tuple[str, ...]:
    """Return the values that are there, each once, in order."""
    return tuple(dict.fromkeys(value for header in headers if (value := fields.text(header)) is not None))


# -- members ----------------------------------------------------------------------------------------------------------


def _member(fields: Fields, *, is_listed: bool = False) -> fact.MemberRecord:
    """Read a member: events say ``MemberName`` and ``Interface`` where lists say ``Name`` and ``Location``.

    ``InCall`` is true in lists only; the events report 0 in the middle of a call.
    """
    interface = fields.interface()
    return fact.MemberRecord(
        queue=fields.queue(),
        interface=interface,
        state_interface=type(interface)(fields.text("stateinterface") or interface),
        name=fields.text("membername", "name") or interface,
        membership=fields.text("membership") or "static",
        penalty=fields.count("penalty") or 0,
        is_paused=fields.flag("paused"),
        pause_reason=fields.text("pausedreason", "reason"),
        status=_device_status(fields),
        is_in_call=is_listed and fields.flag("incall"),
        calls_taken=fields.count("callstaken") or 0,
        last_call=fields.moment("lastcall"),
        last_pause=fields.moment("lastpause"),
        login_time=fields.moment("logintime"),
        ring_in_use="ringinuse" not in fields.message or fields.flag("ringinuse"),
        wrap_up=fields.seconds("wrapuptime") or None,
    )


def _device_status(fields: Fields) -> fact.DeviceStatus:
    return _STATUSES.get(fields.count("status"), fact.DeviceStatus.UNKNOWN)


def _member_added(fields: Fields) -> Facts:
    return (fact.MemberAdded(member=_member(fields)),)


def _member_removed(fields: Fields) -> Facts:
    return (fact.MemberRemoved(member=_member(fields)),)


def _member_paused(fields: Fields) -> Facts:
    return (fact.MemberPaused(member=_member(fields)),)


def _member_changed(fields: Fields) -> Facts:
    return (fact.MemberChanged(member=_member(fields)),)


# -- items of lists ---------------------------------------------------------------------------------------------------


def _queue_listed(fields: Fields) -> Facts:
    return (fact.QueueListed(queue=fields.queue(), strategy=fields.text("strategy")),)


def _member_listed(fields: Fields) -> Facts:
    return (fact.MemberListed(member=_member(fields, is_listed=True)),)


def _caller_listed(fields: Fields) -> Facts:
    return (
        fact.CallerListed(
            queue=fields.queue(),
            call=fields.call(),
            position=fields.count("position") or 1,
            wait=fields.seconds("wait") or Seconds(0.0),
            channel=fields.text("channel"),
            caller=fields.caller(is_escaped=False),
        ),
    )


def _channel_listed(fields: Fields) -> Facts:
    return (
        fact.ChannelListed(
            channel=fields.channel(),
            name=fields.name("channel"),
            linkedid=fields.text("linkedid"),
            application=fields.text("application"),
            application_data=fields.text("applicationdata"),
            bridge=fields.text("bridgeid"),
            duration=_clock_duration(fields.text("duration")),
        ),
    )


def _clock_duration(value: str | None) -> Seconds | None:
    """Read ``HH:MM:SS``, where the hours have as many digits as they need."""
    parts = (value or "").split(":")
    if len(parts) != len(("hours", "minutes", "seconds")) or not all(map(is_whole, parts)):
        return None
    hours, minutes, seconds = map(int, parts)
    return Seconds(float(hours * 3600 + minutes * 60 + seconds))


_READERS: Final[Mapping[str, _Reader]] = {
    "QueueCallerJoin": _caller_joined,
    "QueueCallerLeave": _caller_left,
    "QueueCallerAbandon": _abandon_reported,
    "VarSet": _variable_set,
    "Newexten": _dialplan_step,
    "Hangup": _channel_hung_up,
    "AgentCalled": _agent_called,
    "AgentConnect": _agent_connected,
    "AgentComplete": _agent_completed,
    "AgentRingNoAnswer": _agent_missed,
    "AgentDump": _agent_dumped,
    "DialEnd": _dial_ended,
    "Hold": _channel_held,
    "Unhold": _channel_unheld,
    "BlindTransfer": _blind_transferred,
    "AttendedTransfer": _attended_transferred,
    "QueueMemberAdded": _member_added,
    "QueueMemberRemoved": _member_removed,
    "QueueMemberPause": _member_paused,
    "QueueMemberPenalty": _member_changed,
    "QueueMemberRinginuse": _member_changed,
    "QueueMemberStatus": _member_changed,
}

_LISTED: Final[Mapping[str, _Reader]] = {
    "QueueParams": _queue_listed,
    "QueueMember": _member_listed,
    "QueueEntry": _caller_listed,
    "CoreShowChannel": _channel_listed,
}
