"""One AMI connection from bytes to facts, sans-I/O and in the order of the wire; live and replayed streams share it.

Frames go through the guard; events that mean nothing to the domain are counted by name and dropped unparsed; list
items become the full picture; responses go to whoever waits for them.
"""

from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from ctibridge.asterisk.counts import AmiCounts, ErrorKind
from ctibridge.asterisk.fields import stamped
from ctibridge.asterisk.guard import EventGuard, is_raised, is_torn, without_insertions
from ctibridge.asterisk.messages import Message, event_name, only_value
from ctibridge.asterisk.protocol import DEFAULT_LIMIT, FrameReader
from ctibridge.asterisk.snapshot import PictureReader
from ctibridge.asterisk.translate import Translator
from ctibridge.domain.events import Event
from ctibridge.domain.units import Timestamp

NOTICES: Final = frozenset({"FullyBooted", "Reload", "Shutdown"})
"""Events about Asterisk itself, which concern the connection and not the domain."""

_MOST_NAMES: Final = 1000
"""Event names whose class is remembered; Asterisk has about 180."""


class Clock(Protocol):
    """What the feed needs of ``PbxClock``; a replay has a clock of its own."""

    def at(self, arrived: float) -> Timestamp:
        """Return PBX time at a moment of our monotonic clock."""

    def observe(self, stamp: Timestamp, arrived: float) -> Timestamp:
        """Learn from the stamp of an event; return when that happened."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Facts that belong together, and when they happened."""

    events: tuple[Event, ...]
    at: Timestamp
    """PBX time.  Stamps of one stream may step back by milliseconds, and around a full picture by more."""
    received: float
    """Our monotonic clock when the last byte arrived, in seconds; latency counts from here."""


class Feed:
    """Bytes of one connection in, deliveries out."""

    def __init__(
        self,
        clock: Clock,
        counts: AmiCounts,
        *,
        on_response: Callable[[Message], None] | None = None,
        on_notice: Callable[[str], None] | None = None,
        frame_limit: int = DEFAULT_LIMIT,
    ) -> None:
        self.reader = FrameReader(counts, frame_limit)
        self.picture = PictureReader()
        self.privileges: set[str] = set()
        """The classes of all events seen, e.g. ``agent``: what the AMI user can evidently read."""
        self._clock = clock
        self._counts = counts
        self._on_response = on_response
        self._on_notice = on_notice
        self._guard = EventGuard(counts)
        self._translator = Translator(counts)
        self._known: set[str] = set()
        self._skipped: bytes | None = None
        """The last event, where it was skipped and has not been asked for the time."""
        self._idle: dict[bytes, str] = {}
        """First lines of events that the domain has no use for, and what they are counted as."""
        self.watchers: list[tuple[frozenset[str], Callable[[Message], None]]] = []
        """Who looks at events of some names, translated or not, until they take themselves off the list."""
        self.collectors: dict[str, Callable[[Message], None]] = {}
        """Who takes the items of a list that was asked for besides the full picture, by the action's identity."""
        self._last_stamp: Timestamp | None = None
        self._held: list[Delivery] = []

    def ask(self, action_ids: frozenset[str]) -> None:
        """Begin a full picture whose actions have these identities."""
        self.picture.ask(action_ids)

    def receive(self, data: bytes, arrived: float) -> list[Delivery]:
        """Take in the next bytes, which arrived at a moment of the monotonic clock; return what they say."""
        deliveries: list[Delivery] = []
        for frame in self.reader.feed(data):
            if self._skip(frame):
                self._skipped = frame
                continue
            whole = self._guard.admit(frame)
            if whole is not None:
                self._take(whole, arrived, deliveries)
        self._catch_up(arrived)
        return deliveries

    def release(self) -> list[Delivery]:
        """Give up an unfinished picture and return what waited for it; also at the end of a stream."""
        deliveries: list[Delivery] = []
        self._show(self.picture.interrupt(), 0.0, deliveries)
        self.picture.abandon()
        self._release_held(deliveries)
        return deliveries

    def _skip(self, frame: bytes) -> bool:
        """Count a whole event that nobody has a use for, which most are; False when it has to be looked at."""
        end = frame.find(b"\n")
        name = self._idle.get(frame[:end])
        if name is None or not frame.startswith(b"Privilege: ", end + 1) or is_torn(frame):
            return False
        if self._guard.is_mending or self.picture.is_interruptible or (self.watchers and self._watchers_of(name)):
            return False
        if self._translator.wants(name, frame):
            return False
        self._counts.event(name)
        return True

    def _catch_up(self, arrived: float) -> None:
        """Learn the time from the last event, if it was skipped."""
        if self._skipped is None:
            return
        text = only_value(self._skipped, b"\nTimestamp: ")
        stamp = stamped(text) if text is not None else None
        if stamp is not None:
            self._believed(stamp, arrived)
        self._counts.last_event_at = self._clock.at(arrived)
        self._skipped = None

    def _take(self, frame: bytes, arrived: float, deliveries: list[Delivery]) -> None:
        name = event_name(frame)
        if name is None:
            self._take_response(frame, arrived)
        elif is_raised(frame):
            self._take_event(name, frame, arrived, deliveries)
        else:
            self._take_item(name, frame, arrived, deliveries)

    def _take_response(self, frame: bytes, arrived: float) -> None:
        if not frame.startswith(b"Response: "):
            self._counts.error(ErrorKind.NOT_A_MESSAGE)
            return
        message = Message(frame)
        self._catch_up(arrived)
        self.picture.response(message, self._last_stamp)
        if "ping" in message:
            self._stamp(message, arrived)
        if self._on_response:
            self._on_response(message)

    def _take_event(self, name: str, frame: bytes, arrived: float, deliveries: list[Delivery]) -> None:
        self._counts.event(name)
        if name not in self._known:
            self._note_class(name, frame)
        self._show(self.picture.interrupt(), arrived, deliveries)
        if name in NOTICES and self._on_notice:
            self._on_notice(name)
        self._counts.last_event_at = self._clock.at(arrived)
        is_wanted = self._translator.wants(name, frame)
        watchers = self._watchers_of(name)
        if not is_wanted and not watchers:
            self._note_idle(name, frame)
            return
        message = Message(frame)
        if message.has_repeats:
            message = Message(without_insertions(frame))
        for watcher in watchers:
            watcher(message)
        if not is_wanted:
            return
        events, stamp = self._translator.translate(message)
        at = self._clock.at(arrived) if stamp is None else self._believed(stamp, arrived)
        if events:
            self._deliver(Delivery(events=tuple(events), at=at, received=arrived), deliveries)

    def _watchers_of(self, name: str) -> list[Callable[[Message], None]]:
        return [watcher for names, watcher in self.watchers if name in names]

    def _take_item(self, name: str, frame: bytes, arrived: float, deliveries: list[Delivery]) -> None:
        message = Message(frame)
        if message.has_repeats:
            message = Message(without_insertions(frame))
        if (collector := self.collectors.get(message.action_id)) is not None:
            collector(message)
            return
        if not self.picture.trusts(message):
            self._counts.error(ErrorKind.UNASKED_REPLY if message.action_id else ErrorKind.FORGED_EVENT)
            return
        self._counts.event(name)
        self._show(self.picture.item(message, self._translator.translate_listed(message)), arrived, deliveries)

    def _show(self, picture: tuple[Event, ...] | None, arrived: float, deliveries: list[Delivery]) -> None:
        """Deliver a picture and what waited for it."""
        if picture is None:
            return
        taken = self.picture.taken_after
        at = self._clock.at(arrived) if taken is None else taken
        deliveries.append(Delivery(events=picture, at=at, received=arrived))
        self._release_held(deliveries)

    def _release_held(self, deliveries: list[Delivery]) -> None:
        deliveries += self._held
        self._held.clear()

    def _deliver(self, delivery: Delivery, deliveries: list[Delivery]) -> None:
        (self._held if self.picture.is_held else deliveries).append(delivery)

    def _stamp(self, message: Message, arrived: float) -> None:
        stamp = self._translator.translate(message)[1]
        if stamp is not None:
            self._believed(stamp, arrived)

    def _believed(self, stamp: Timestamp, arrived: float) -> Timestamp:
        at = self._clock.observe(stamp, arrived)
        self._last_stamp, self._skipped = at, None
        return at

    def _note_idle(self, name: str, frame: bytes) -> None:
        if len(self._idle) < _MOST_NAMES and name not in NOTICES:
            self._idle[frame[: frame.find(b"\n")]] = name

    def _note_class(self, name: str, frame: bytes) -> None:
        if len(self._known) < _MOST_NAMES:
            self._known.add(name)
        classes = Message(frame).get("privilege") or ""
        self.privileges.update(word for word in classes.split(",") if word != "all")
