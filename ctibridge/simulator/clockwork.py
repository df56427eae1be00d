"""Simulated time: alarms, and tasks that sleep until a moment or until somebody wakes them.

A task is a generator that yields the moment at which it wants to go on (None: only when woken).  That is how threads of
Asterisk wait, with a time-out and for a channel at once, so that its logic can be told in the same order as it happens.
The clock moves only in ``run_until``; equal moments are served in the order in which they were asked for.
"""

import heapq
from collections.abc import Callable, Generator
from itertools import count
from typing import TypeAlias, TypeVar

Result = TypeVar("Result")
Steps: TypeAlias = Generator[float | None, None, Result]
"""Yields moments in epoch seconds."""


class Alarm:
    """One thing to do at one moment, unless it is cancelled before."""

    __slots__ = ("action", "when")

    def __init__(self, when: float, action: Callable[[], None]) -> None:
        self.when = when
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Do not do it; harmless when it is done already."""
        self.action = None


class Clockwork:
    """The clock and everything that waits for it."""

    def __init__(self, start: float) -> None:
        self.now = start
        """Epoch seconds."""
        self._order = count()
        self._alarms: list[tuple[float, int, Alarm]] = []

    def at(self, when: float, action: Callable[[], None]) -> Alarm:
        """Do something at a moment; what lies in the past is done at once when time next passes."""
        alarm = Alarm(max(when, self.now), action)
        heapq.heappush(self._alarms, (alarm.when, next(self._order), alarm))
        return alarm

    def after(self, seconds: float, action: Callable[[], None]) -> Alarm:
        """Do something so many seconds from now."""
        return self.at(self.now + seconds, action)

    def start(self, steps: Steps[None]) -> "Task":
        """Run a task; its first step comes when time next passes, at the present moment."""
        return Task(self, steps)

    def run_until(self, moment: float) -> None:
        """Let time pass, and do what is due, each at its own moment."""
        while (deadline := self.next_deadline()) is not None and deadline <= moment:
            _, _, alarm = heapq.heappop(self._alarms)
            self.now = max(self.now, alarm.when)
            if alarm.action is not None:
                alarm.action()
        self.now = max(self.now, moment)

    def next_deadline(self) -> float | None:
        """When something is due next."""
        while self._alarms and self._alarms[0][2].action is None:
            heapq.heappop(self._alarms)
        return self._alarms[0][0] if self._alarms else None


class Task:
    """A generator under way."""

    def __init__(self, clock: Clockwork, steps: Steps[None]) -> None:
        self._clock = clock
        self._steps = steps
        self.is_running = True
        self._alarm: Alarm | None = clock.after(0.0, self._step)

    def wake(self) -> None:
        """Go on now instead of at the moment that the task asked for."""
        if self.is_running:
            self._sleep_until(self._clock.now)

    def _step(self) -> None:
        self._alarm = None
        try:
            moment = next(self._steps)
        except StopIteration:
            self.is_running = False
            return
        # A task that was woken by its own doing has an alarm already, and must not oversleep it.
        if not self._is_due() and moment is not None:
            self._sleep_until(moment)

    def _is_due(self) -> bool:
        return self._alarm is not None

    def _sleep_until(self, moment: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._clock.at(moment, self._step)
