"""Reading one header as what it means: text, a name, a whole number, a moment, yes or no.

Absence is ``None``.  What cannot be true is an ``AbsurdValueError`` where the message means nothing without it; in
headers that only add detail it is counted and left out, because the fact itself still happened.
"""

import re
from collections.abc import Callable
from enum import Enum
from typing import Final, TypeVar

from ctibridge.asterisk.counts import AmiCounts, ErrorKind
from ctibridge.asterisk.errors import AbsurdValueError, MissingHeaderError
from ctibridge.asterisk.messages import ABSENT, Message, present, unescape
from ctibridge.domain.events import Caller
from ctibridge.domain.units import CallId, ChannelId, Interface, QueueName, Seconds, Timestamp

_Word = TypeVar("_Word", bound=Enum)

_MOMENT: Final = re.compile(r"[0-9]+(?:\.[0-9]*)?")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

LONGEST_NAME: Final = 256
"""Characters; Asterisk's own limits are 80 for queues, interfaces and members, 150 for unique ids."""
LONGEST_DURATION: Final = 366 * 86400
"""Seconds; nobody waits for a year."""
LATEST: Final = 1 << 33
"""Seconds since 1970: the year 2242."""
LARGEST_COUNT: Final = (1 << 31) - 1
"""Asterisk counts in C's int."""
_MOST_DIGITS: Final = len(str(1 << 63))


class Fields:
    """The headers of one message as values of the domain's types."""

    __slots__ = ("_counts", "_headers", "message")

    def __init__(self, message: Message, counts: AmiCounts) -> None:
        self.message = message
        self._headers = message.headers  # Every header is asked for in lower case here.
        self._counts = counts

    # -- what the message means nothing without

    def name(self, *headers: str) -> str:
        """Return a name or an identity: the first of the headers that is there."""
        for header in headers:
            if value := present(self._headers.get(header)):
                if len(value) > LONGEST_NAME:
                    raise AbsurdValueError(header, value)
                return value
        raise MissingHeaderError(headers[0])

    def call(self, header: str = "uniqueid") -> CallId:
        """Return the identity of the caller's channel."""
        return CallId(self.name(header))

    def channel(self, header: str = "uniqueid") -> ChannelId:
        """Return the identity of a channel."""
        return ChannelId(self.name(header))

    def queue(self) -> QueueName:
        """Return the queue's name."""
        return QueueName(self.name("queue"))

    def interface(self) -> Interface:
        """Return what is dialled to reach the member; lists call it ``Location``."""
        return Interface(self.name("interface", "location"))

    # -- what only adds detail

    def text(self, *headers: str) -> str | None:
        """Return a text that can be shown: cut at the longest that anything of ours shows, no control characters."""
        for header in headers:
            value = self._headers.get(header)
            if value and value not in ABSENT:
                return value if len(value) <= LONGEST_NAME and value.isprintable() else showable(value)
        return None

    def optional_channel(self, header: str) -> ChannelId | None:
        """Return the identity of a channel, where it is stated."""
        value = self.text(header)
        return None if value is None else ChannelId(value)

    def optional_queue(self) -> QueueName | None:
        """Return the queue's name; missing, and counted, where a member's name is not UTF-8."""
        value = self.text("queue")
        if value is None:
            self._counts.error(ErrorKind.MISSING_HEADER)
            return None
        return QueueName(value)

    def optional_interface(self) -> Interface | None:
        """Return the member's interface; missing where a member's name is not UTF-8."""
        value = self.text("interface")
        return None if value is None else Interface(value)

    def count(self, header: str) -> int | None:
        """Return a number of things."""
        return self._whole(header, LARGEST_COUNT)

    def seconds(self, header: str) -> Seconds | None:
        """Return a duration that Asterisk states in whole seconds."""
        value = self._whole(header, LONGEST_DURATION)
        return None if value is None else Seconds(float(value))

    def milliseconds(self, header: str) -> Seconds | None:
        """Return a duration that Asterisk states in milliseconds."""
        value = self._whole(header, LONGEST_DURATION * 1000)
        return None if value is None else Seconds(value / 1000)

    def moment(self, header: str) -> Timestamp | None:
        """Return a moment that Asterisk states in whole seconds; 0 stands for never."""
        value = self._whole(header, LATEST)
        return Timestamp(float(value)) if value else None

    def timestamp(self) -> Timestamp | None:
        """Return when Asterisk raised the event (``timestampevents = yes``), to the microsecond."""
        value = self._headers.get("timestamp")
        if value is None:
            return None
        moment = stamped(value)
        if moment is None:
            self.absurd()
        return moment

    def flag(self, header: str) -> bool:
        """Return yes or no, as numbers or words."""
        return (self._headers.get(header) or "").lower() in {"1", "yes", "true"}

    def choice(self, header: str, make: Callable[[str], _Word]) -> _Word | None:
        """Return one of a closed set of words, ``None`` for a word that we do not know."""
        value = present(self._headers.get(header))
        if value is None:
            return None
        try:
            return make(value)
        except ValueError:
            self.absurd()
            return None

    def caller(self, *, is_escaped: bool = True) -> Caller:
        """Return who calls; events escape the name, ``QueueEntry`` does not."""
        name = present(self._headers.get("calleridname"))
        if name and is_escaped:
            name = unescape(name)
        return Caller(number=self.text("calleridnum"), name=name and showable(name))

    def absurd(self) -> None:
        """Count a value that cannot be true."""
        self._counts.error(ErrorKind.ABSURD_VALUE)

    def _whole(self, header: str, largest: int) -> int | None:
        value = self._headers.get(header)
        if not value:
            return None
        if is_whole(value) and (number := int(value)) <= largest:
            return number
        self.absurd()
        return None


def stamped(value: str) -> Timestamp | None:
    """Return the moment that a ``Timestamp`` states, to the microsecond; ``None`` for what cannot be one."""
    if _MOMENT.fullmatch(value) and (moment := float(value)) < LATEST:
        return Timestamp(moment)
    return None


def showable(value: str) -> str:
    """Return a text without the control characters with which it could draw lines of its own in a log or terminal."""
    value = value[:LONGEST_NAME]
    return value if value.isprintable() else _CONTROL.sub("\ufffd", value)


def is_whole(value: str) -> bool:
    """Whether it is a whole number in ASCII digits, of a length that a C integer can have."""
    return value.isdigit() and value.isascii() and len(value) <= _MOST_DIGITS
