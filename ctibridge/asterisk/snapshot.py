"""The full picture: what is asked for, and how the answers become facts that go through the same door as events.

Asked for, in this order and in one write:

1. ``CoreStatus``: when Asterisk started, so that a restart is noticed.  Optional: needs a class in ``write=``.
2. ``CoreShowChannels``: which channels exist.  Optional likewise; without it nothing is concluded from an absence.
3. ``Ping``: its reply carries the PBX's time to the microsecond, the only part of the answers that does.
4. ``QueueStatus``: queues, members, waiting callers.  Needs no permission at all.

Why the result is right although events go on while we ask.  One thread of Asterisk writes both the answers and the
events of a session, and it writes events only between two answers; so each list is a picture of one instant, and its
place in the stream says which events it may already contain.  Channels come first on purpose: a caller of the queue
list who is missing there is newer, while one that was answered and is missing there has ended.  Events that arrive
after the channel list began are held until the queue list is complete and follow it in their order; none is lost or
overtaken.  The lists themselves are one batch, so the domain never sees half a picture.

An event that is formatted before the queue list is taken can still be written after it.  Such an event is older than
``ResyncStarted``, whose time is that of the last stamp before the list (the Ping), and the domain applies it without
undoing the picture.  The rest is order: whoever joined and left before the list was taken is not in it, and both
events follow.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from ctibridge.asterisk.messages import Message
from ctibridge.domain.events import Event, ResyncCompleted, ResyncStarted
from ctibridge.domain.units import Timestamp

CORE_STATUS: Final = "CoreStatus"
CHANNELS: Final = "CoreShowChannels"
PING: Final = "Ping"
QUEUES: Final = "QueueStatus"

ACTIONS: Final = (CORE_STATUS, CHANNELS, PING, QUEUES)
"""In the order in which they are sent."""
OPTIONAL: Final = frozenset({CORE_STATUS, CHANNELS})
"""Without these the picture is poorer, but right."""


class PictureReader:
    """Put one picture after another together from replies and list items.

    On a connection of our own (``ask``) only the replies to the actions that we sent count, in the order above.  A
    recorded stream holds other people's actions: there every ``QueueStatus`` makes a picture, together with a channel
    list that directly precedes or follows it; an event between the two parts them.
    """

    def __init__(self) -> None:
        self.is_held = False
        """Events must wait: our channel list has begun, our queue list is not complete."""
        self.has_begun = False
        """The first list of the picture that was asked for has begun."""
        self.taken_after: Timestamp | None = None
        """The last stamp of the PBX before the queue list; ``None`` where there was none."""
        self._asked: frozenset[str] | None = None
        self._lists: dict[str, list[Event]] = {}
        self._queues: list[Event] | None = None
        self._channels: list[Event] | None = None
        self._switch_started: Timestamp | None = None

    def ask(self, action_ids: frozenset[str]) -> None:
        """Begin a picture whose actions have these identities; forget one that was not finished."""
        self.abandon()
        self._asked = action_ids

    def abandon(self) -> None:
        """Forget what there is of an unfinished picture."""
        self.is_held = self.has_begun = False
        self._lists.clear()
        self._channels = None

    def trusts(self, message: Message) -> bool:
        """Whether a message without ``Privilege`` can be part of an answer to us, and not somebody's forgery."""
        return self._asked is None or message.action_id in self._asked

    def response(self, message: Message, last_stamp: Timestamp | None) -> None:
        """Take in the head of a list, or a reply that is no list."""
        if not self.trusts(message):
            return
        if "corestartupdate" in message:
            self._switch_started = _local_moment(message.get("corestartupdate"), message.get("corestartuptime"))
        if (message.get("eventlist") or "").lower() == "start":
            self._lists[message.action_id] = []
            self.is_held = self._asked is not None
            self.has_begun = True
            if (message.get("message") or "").startswith("Queue"):
                self.taken_after = last_stamp

    def item(self, message: Message, events: Sequence[Event]) -> tuple[Event, ...] | None:
        """Take in one item of a list and what it says; return the whole picture when that completes one."""
        items = self._lists.get(message.action_id)
        if items is None:
            return None
        items.extend(events)
        if (message.get("eventlist") or "").lower() != "complete":
            return None
        del self._lists[message.action_id]
        match message.get("event"):
            case "CoreShowChannelsComplete":
                self._channels = items
            case "QueueStatusComplete":
                self._queues = items
        if self._queues is None or (self._asked is None and self._channels is None):
            return None
        return self._finish()

    @property
    def is_interruptible(self) -> bool:
        """Whether an event would end what has been read of a recorded picture."""
        return self._asked is None and (self._queues is not None or self._channels is not None)

    def interrupt(self) -> tuple[Event, ...] | None:
        """Note an event or the end of a recorded stream: return the picture that waited for a channel list."""
        if self._asked is not None:
            return None
        if self._queues is not None:
            return self._finish()
        self._channels = None
        return None

    def _finish(self) -> tuple[Event, ...]:
        queues, channels = self._queues or (), self._channels
        self._queues = self._channels = None
        self.is_held = False
        completed = ResyncCompleted(channels_listed=channels is not None, switch_started=self._switch_started)
        return (ResyncStarted(), *queues, *(channels or ()), completed)


def _local_moment(date: str | None, time: str | None) -> Timestamp | None:
    """Read the PBX's local date and time as if they were UTC.

    AMI does not say the PBX's time zone, and the value serves only to tell one start from another.
    """
    try:
        moment = datetime.fromisoformat(f"{date}T{time}")
    except ValueError:
        return None
    return Timestamp(moment.replace(tzinfo=UTC).timestamp())
