"""The stream of events that every connected client sees."""

from ctibridge.simulator.clockwork import Clockwork
from ctibridge.simulator.frames import Frame, Header

STEP = 0.000_007
"""Seconds between two events of one instant; about what a real Asterisk needs to write one."""


class EventStream:
    """Collects events in the order in which they happen, each with a timestamp of its own."""

    def __init__(self, clock: Clockwork) -> None:
        self._clock = clock
        self._last = 0.0
        self._frames: list[Frame] = []

    def publish(self, event: str, event_class: str, *body: Header) -> None:
        """Something happened now."""
        self._last = max(self._clock.now, self._last + STEP)
        self._frames.append(Frame(event=event, event_class=event_class, stamp=self._last, body=body))

    def drain(self) -> list[Frame]:
        """What happened since the last call."""
        frames, self._frames = self._frames, []
        return frames
