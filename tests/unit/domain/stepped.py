"""The same bridge at a PBX whose clock is set by an hour, forward and back, while calls go on.

app_queue measures waits and talks by that clock too, so that queue_log states hours: counts are compared, sums not.  A
step may come between any two things that Asterisk says, also between a record of queue_log and AMI's telling of it.
"""

from collections.abc import Iterable

import msgspec

from ctibridge.asterisk.clock import PbxClock
from ctibridge.domain.units import Seconds, Timestamp
from tests.unit.domain.killed import Heard, Killed
from tests.unit.domain.truth import Said

START = 1_000_000.0
HOUR = 3600.0
PING = 5.0
"""Seconds between two exchanges by which the bridge finds a step at once; between them only stamps tell of it."""
BETWEEN = 2 * PING
"""Seconds from a step to the next at least: one that is taken back before the bridge knows of it is none to it."""
ROUND_TRIP = 0.01


class Stepped(Killed):
    """One run of calls at such a PBX."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.switch.now = START
        self.steps = 0
        self._off = 0.0
        self._often = self.draw.choice((0.01, 0.03, 0.1))
        """How often the clock is set, by things that are said."""
        self._clock = self._new_clock()
        self._ping_at = self._stepped_at = 0.0

    def _new_clock(self) -> PbxClock:
        clock = PbxClock(lambda: 0.0, self._passed)
        clock.observe_exchange(Timestamp(self.switch.now), self._passed() - ROUND_TRIP, self._passed())
        clock.on_step = self._set_clock
        return clock

    def _play(self, said: Iterable[Said]) -> None:
        for at, event in said:
            if self.draw.random() < self._often and self._passed() > self._stepped_at + BETWEEN:
                self._step()
            self._hear(Timestamp(self.switch.now) if self.switch.now - at > HOUR / 2 else at, event)
            self._go_on()

    def _step(self) -> None:
        by = HOUR if self._off < 0 else -HOUR if self._off > 0 else self.draw.choice((HOUR, -HOUR))
        self.steps += 1
        self._stepped_at = self._passed()
        self._off += by
        self.switch.now += by

    def _passed(self) -> float:
        return self.switch.now - self._off

    def _estimate(self) -> Timestamp:
        return self._clock.now()

    def _go_on(self) -> None:
        if self._is_running and self._passed() >= max(self._ping_at, self._login_at):
            self._ping_at = self._passed() + PING
            self._late.append(Heard(self._passed(), Timestamp(self.switch.now), events=()))
        super()._go_on()

    def _read_ami(self, heard: Heard) -> None:
        arrived = min(self._passed(), heard.said + self._delay)
        if heard.events:
            super()._read_ami(msgspec.structs.replace(heard, at=self._clock.observe(heard.at, arrived)))
        else:
            self._clock.observe_exchange(heard.at, heard.said - ROUND_TRIP, arrived)

    def _rise(self, now: Timestamp) -> None:
        self._clock, self._ping_at = self._new_clock(), 0.0
        super()._rise(now)

    def _set_clock(self, by: float) -> None:
        self._tell(self.center.set_clock(Seconds(by), self._clock.now()), self._clock.now())

    def wrong(self) -> list[str]:
        """As before, but for the sums."""
        return [one for one in super().wrong() if "_seconds" not in one]
