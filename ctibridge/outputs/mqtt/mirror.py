"""What the broker should hold in its retained topics: the newest state by topic.  Pure."""

from collections.abc import Iterable, Iterator

from ctibridge.outputs.mqtt.message import Message


class Mirror:
    """The retained states of one PBX, for brokers that forget, and for what brokers remember too long."""

    def __init__(self) -> None:
        self.is_complete = False
        """True once a full picture of the PBX has been told: only then does absence mean anything."""
        self._states: dict[str, Message] = {}

    def __len__(self) -> int:
        return len(self._states)

    def __iter__(self) -> Iterator[Message]:
        """Everything that birth publishes."""
        return iter(tuple(self._states.values()))

    def put(self, message: Message) -> None:
        """Take in a newer state, or a removal."""
        if message.payload:
            self._states[message.topic] = message
        else:
            self._states.pop(message.topic, None)

    def stale(self, seen: Iterable[str]) -> list[str]:
        """Of the retained topics that the broker has, those that should be emptied; none before the picture is full."""
        return sorted(topic for topic in set(seen) if topic not in self._states) if self.is_complete else []
