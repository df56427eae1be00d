"""A retained state on its way: put into words when it is sent.

On a busy floor most states are overtaken by a newer one of the same topic before their turn comes, and to encode them
would cost more than all that is sent.
"""

from collections.abc import Callable

from ctibridge.outputs.mqtt.message import Message, MessageClass


class Draft:
    """What is to be said on a retained topic, the same for all brokers that share it."""

    __slots__ = ("_make", "_message", "is_removal", "kind", "topic")

    def __init__(
        self, topic: str, kind: MessageClass, make: Callable[[], Message], *, is_removal: bool = False
    ) -> None:
        self.topic = topic
        self.kind = kind
        self.is_removal = is_removal
        """The topic is emptied: its subject is no more."""
        self._make: Callable[[], Message] | None = make
        self._message: Message | None = None

    def message(self) -> Message:
        """In words; the same when asked again."""
        if self._make is not None:
            self._message, self._make = self._make(), None  # What it was made of is let go.
        if self._message is None:
            raise RuntimeError("this draft could not be put into words")
        return self._message
