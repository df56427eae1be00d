"""What the broker should hold in its retained topics: the newest state by topic.  Pure."""

from collections.abc import Iterable, Iterator

from ctibridge.outputs.mqtt.draft import Draft


class Mirror:
    """The retained states of one PBX, for brokers that forget, and for what brokers remember too long."""

    def __init__(self) -> None:
        self.is_complete = False
        """True once a full picture of the PBX has been told: only then does absence mean anything."""
        self._states: dict[str, Draft] = {}

    def __len__(self) -> int:
        return len(self._states)

    def __iter__(self) -> Iterator[Draft]:
        """Everything that birth publishes."""
        return iter(tuple(self._states.values()))

    def put(self, draft: Draft) -> None:
        """Take in a newer state, or a removal."""
        if draft.is_removal:
            self._states.pop(draft.topic, None)
        else:
            self._states[draft.topic] = draft

    def stale(self, seen: Iterable[str]) -> list[str]:
        """Of the retained topics that the broker has, those that should be emptied; none before the picture is full."""
        return sorted(topic for topic in set(seen) if topic not in self._states) if self.is_complete else []
