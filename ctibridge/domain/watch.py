"""One rule on one subject: broken for long enough it fires, kept for long enough it ends.

Theory of operation
-------------------
Broken, a rule waits for ``for`` before its alarm is raised; kept again, by its hysteresis, it waits for
``resolve_after`` before the alarm ends.  Whoever breaks and keeps a rule in turns therefore raises one alarm within
``for`` and ``resolve_after`` together, however often they do so.  A figure that grows with time alone breaks its rule
at a moment that is known beforehand; ``next_look`` is that moment, or the next one at which time changes anything.

Nothing is concluded from what is not known: such a reading is not shown to a watch at all, and the time in which
nothing could be read does not count as broken or kept (``skip``).
"""

from typing import Final

import msgspec

from ctibridge.domain.measures import Reading
from ctibridge.domain.rules import Rule
from ctibridge.domain.units import AgentId, QueueName, Seconds, Timestamp, Word
from ctibridge.domain.views import Alarm

TOLD_EVERY: Final = Seconds(10)
"""An alarm's value is told no more often than this while it fires."""
NO_TIME: Final = Seconds(1e-6)
"""Rounding of moments does not put a deadline off."""

_GROWS_BY: Final = 1.5
"""A time that grows is told again when it is so much longer."""
_NOTICEABLE_SHARE: Final = 0.01
_NOTICEABLE_SHARE_OF_TIME: Final = 0.1


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """Who may break a rule."""

    queue: QueueName | None = None
    agent: AgentId | None = None
    team: str | None = None
    """Of an agent theirs, if any."""
    reason: str | None = None
    """Of a team: the pause reason that its members are counted by."""

    def alert(self, rule: Rule) -> str:
        """What the alarm is called."""
        return f"{rule.name}:{self.queue or self.agent or f'{self.team}/{self.reason}'}"

    def is_meant_by(self, rule: Rule) -> bool:
        """Whether the rule holds for this one."""
        if self.queue is not None:
            return rule.measure.subject == "queue" and rule.is_for_queue(self.queue)
        subject = "agent" if self.agent is not None else "team"
        return rule.measure.subject == subject and rule.is_for_team(self.team)


class Step(Word):
    """What became of a rule that was looked at."""

    RAISED = "raised"
    UPDATED = "updated"
    REPEATED = "repeated"
    RESOLVED = "resolved"


class Watch:
    """Follows one rule on one subject."""

    __slots__ = ("alarm", "bad_since", "breaker", "good_since", "next_look", "rule", "said_at", "told_at")

    def __init__(self, rule: Rule, breaker: Breaker) -> None:
        self.rule = rule
        self.breaker = breaker
        self.alarm: Alarm | None = None
        self.bad_since: Timestamp | None = None
        """Since when the rule has been broken, before the alarm is raised."""
        self.good_since: Timestamp | None = None
        """Since when it has been kept again, before the alarm ends."""
        self.told_at = Timestamp(0)
        """When the alarm was told last."""
        self.said_at = Timestamp(0)
        """When it was raised, or repeated."""
        self.next_look: Timestamp | None = None
        """When time alone will change something."""

    @property
    def alert(self) -> str:
        """What the alarm is called."""
        return self.breaker.alert(self.rule)

    @property
    def is_idle(self) -> bool:
        """Nothing is worth remembering."""
        return self.alarm is None and self.bad_since is None and self.next_look is None

    def judge(self, reading: Reading, threshold: float, now: Timestamp) -> Step | None:
        """Look at a reading."""
        value = reading.value if reading.since is None else max(0.0, now - reading.since)
        self.next_look = None
        if self._is_bad(reading, value, threshold):
            return self._broken(reading, value, threshold, now)
        if reading.since is not None and self.rule.comparison in ("above", "at_least"):
            self.next_look = Timestamp(reading.since + threshold)
        if self.alarm is not None:
            return self._kept(self.alarm, value, now)
        self.bad_since = None
        return None

    def acknowledge(self, by: str, now: Timestamp) -> bool:
        """Somebody took note; False when somebody had already, or nothing fires."""
        if self.alarm is None or self.alarm.acknowledged_by is not None:
            return False
        self.alarm = msgspec.structs.replace(self.alarm, acknowledged_by=by, acknowledged_at=now)
        self.told_at = now
        return True

    def skip(self, seconds: Seconds) -> None:
        """Nothing could be read for so long."""
        if self.bad_since is not None:
            self.bad_since = Timestamp(self.bad_since + seconds)
        if self.good_since is not None:
            self.good_since = Timestamp(self.good_since + seconds)

    def set_clock(self, by: Seconds) -> None:
        """The PBX's clock was set: what began so long ago still did."""
        self.skip(by)
        self.told_at, self.said_at = Timestamp(self.told_at + by), Timestamp(self.said_at + by)
        if self.alarm is not None:
            noted = self.alarm.acknowledged_at
            self.alarm = msgspec.structs.replace(
                self.alarm,
                since=Timestamp(self.alarm.since + by),
                acknowledged_at=Timestamp(noted + by) if noted is not None else None,
            )

    def _is_bad(self, reading: Reading, value: float | None, threshold: float) -> bool:
        if value is None:
            return False
        if reading.since is not None:
            value += NO_TIME
        if self.alarm is not None:
            return self.rule.is_still_bad(value, threshold)
        is_enough = reading.calls is None or reading.calls >= self.rule.least_calls
        is_at_once = reading.since is not None and self.rule.comparison == "above" and value >= threshold
        return is_enough and (is_at_once or self.rule.is_bad(value, threshold))

    def _broken(self, reading: Reading, value: float | None, threshold: float, now: Timestamp) -> Step | None:
        self.good_since = None
        if self.alarm is not None:
            return self._repeated(self.alarm, self._updated(self.alarm, reading, value, threshold, now), now)
        if reading.since is not None:
            self.bad_since = Timestamp(reading.since + threshold)
        elif self.bad_since is None:
            self.bad_since = now
        due = Timestamp(self.bad_since + self.rule.lasting)
        if now < due - NO_TIME:
            self.next_look = due
            return None
        self.bad_since, self.told_at, self.said_at = None, now, now
        # What time alone decides began at its moment, whenever it is looked at: after a crash it is the same alarm.
        since = due if reading.since is not None else now
        self.alarm = self._alarm(reading, value, threshold, since)
        self._look_at_growth(self.alarm, reading, now)
        self._repeated(self.alarm, None, now)
        return Step.RAISED

    def _kept(self, alarm: Alarm, value: float | None, now: Timestamp) -> Step | None:
        self.good_since = now if self.good_since is None else self.good_since
        due = Timestamp(self.good_since + self.rule.resolve_after)
        if now >= due - NO_TIME:
            self.alarm = msgspec.structs.replace(alarm, value=value)
            return Step.RESOLVED
        self.next_look = due if self.next_look is None else min(due, self.next_look)
        return None

    def _updated(
        self, alarm: Alarm, reading: Reading, value: float | None, threshold: float, now: Timestamp
    ) -> Step | None:
        new = msgspec.structs.replace(
            self._alarm(reading, value, threshold, alarm.since),
            acknowledged_by=alarm.acknowledged_by,
            acknowledged_at=alarm.acknowledged_at,
        )
        due = Timestamp(self.told_at + TOLD_EVERY)
        if not _is_noticeable(alarm, new, is_growing=reading.since is not None):
            self._look_at_growth(alarm, reading, now)
            return None
        if now < due - NO_TIME:
            self.next_look = due
            return None
        self.alarm, self.told_at = new, now
        self._look_at_growth(new, reading, now)
        return Step.UPDATED

    def _repeated(self, alarm: Alarm, step: Step | None, now: Timestamp) -> Step | None:
        """An alarm that nobody has taken note of is said again, if its rule wants that."""
        if not self.rule.repeat_every or alarm.acknowledged_by is not None:
            return step
        due = Timestamp(self.said_at + self.rule.repeat_every)
        if now >= due - NO_TIME:
            self.said_at, step, due = now, Step.REPEATED, Timestamp(now + self.rule.repeat_every)
        self.next_look = due if self.next_look is None else min(due, self.next_look)
        return step

    def _look_at_growth(self, alarm: Alarm, reading: Reading, now: Timestamp) -> None:
        if reading.since is not None and alarm.value is not None:
            self.next_look = max(Timestamp(reading.since + _grown(alarm.value)), Timestamp(now + TOLD_EVERY))

    def _alarm(self, reading: Reading, value: float | None, threshold: float, since: Timestamp) -> Alarm:
        rule, breaker = self.rule, self.breaker
        return Alarm(
            alert=self.alert,
            rule=rule.name,
            label=rule.label,
            label_zh=rule.label_zh,
            severity=rule.severity,
            queue=breaker.queue,
            agent=breaker.agent,
            team=breaker.team,
            value=value,
            threshold=threshold,
            unit=rule.measure.unit,
            since=since,
            detail=reading.detail,
        )


def is_worth_watching(rule: Rule, reading: Reading, threshold: float) -> bool:
    """Whether a reading gives a reason to watch a rule that is not: it is broken, or time alone may break it."""
    if reading.since is not None or reading.value is None:
        return reading.since is not None
    return (reading.calls is None or reading.calls >= rule.least_calls) and rule.is_bad(reading.value, threshold)


def _grown(shown: float) -> float:
    return max(shown * _GROWS_BY, shown + TOLD_EVERY)


def _is_noticeable(old: Alarm, new: Alarm, *, is_growing: bool) -> bool:
    """Whether people should be told that an alarm is not what it was."""
    same_but_value = msgspec.structs.replace(old, value=new.value)
    if same_but_value != new or None in (old.value, new.value):
        return old != new
    before, after = old.value or 0.0, new.value or 0.0
    if old.unit == "ratio":
        return abs(after - before) >= _NOTICEABLE_SHARE - NO_TIME
    if is_growing and after >= before:
        return after >= _grown(before) - NO_TIME
    if old.unit == "seconds":
        return abs(after - before) >= max(1.0, before * _NOTICEABLE_SHARE_OF_TIME)
    return before != after
