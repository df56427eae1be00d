"""``[[rules]]``: what is an alarm, as data; ``rulebook.py`` has the rules that hold where a site says nothing else.

A rule says which metric of ``measures.py`` is bad on which side of which threshold, for how long, out of how many
calls, and how far it has to get better before the alarm ends.
"""

from typing import Any, Final, Literal, TypeAlias

import msgspec

from ctibridge.domain.hours import Day, Hours
from ctibridge.domain.measures import MEASURES, REASON_SETTINGS, Comparison, Measure, Setting
from ctibridge.domain.units import Seconds, queue_key
from ctibridge.domain.views import Severity

Window: TypeAlias = Literal["30m", "day"]

GENTLE: Final = Seconds(60)
"""How long a rule has to be kept again before its alarm ends, unless it says otherwise."""


def _require(condition: bool, message: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not condition:
        raise ValueError(message)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule in force."""

    name: str
    metric: str
    label: str = ""
    label_zh: str = ""
    window: Window | None = None
    comparison: Comparison
    threshold: float | Setting
    lasting: Seconds = Seconds(0)
    hysteresis: float = 0.0
    least_calls: int = 0
    resolve_after: Seconds = GENTLE
    repeat_every: Seconds = Seconds(0)
    severity: Severity = "warning"
    queues: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    hours: str = ""
    days: tuple[Day, ...] = ()
    enabled: bool = True

    def __post_init__(self) -> None:
        """Refuse a rule that could never be broken, or never be judged."""
        measure = self.measure
        _require(
            measure.is_windowed or self.window is None,
            f"window must be left out: {self.metric} is how things stand, not counted",
        )
        _require(
            measure.is_of_calls or not self.least_calls,
            f"least_calls must be left out: {self.metric} is not made of calls",
        )
        _require(
            not self.queues or measure.subject == "queue",
            f"queues must be left out: {self.metric} is no queue's figure",
        )
        _require(
            not self.teams or measure.subject != "queue", f"teams must be left out: {self.metric} is a queue's figure"
        )
        about_reason = self.threshold in REASON_SETTINGS
        _require(
            not about_reason or self.threshold == measure.setting,
            f"threshold must be a number or a setting of the queue: {self.metric} knows no {self.threshold}",
        )
        for key in ("lasting", "hysteresis", "least_calls", "resolve_after", "repeat_every"):
            _require(getattr(self, key) >= 0, f"{'for' if key == 'lasting' else key} must not be negative")
        Hours.of(self.hours, self.days)

    @property
    def open_hours(self) -> Hours | None:
        """When the rule holds; ``None`` is always."""
        return Hours.of(self.hours, self.days) if self.hours or self.days else None

    @property
    def measure(self) -> Measure:
        """What the rule is about."""
        return MEASURES[self.metric]

    def is_for_queue(self, name: str) -> bool:
        """Whether the rule holds for a queue."""
        return not self.queues or queue_key(name) in {queue_key(one) for one in self.queues}

    def is_for_team(self, name: str | None) -> bool:
        """Whether the rule holds for a team, or for its agents."""
        return not self.teams or name in self.teams

    def is_bad(self, value: float, threshold: float) -> bool:
        """Whether a value breaks the rule."""
        match self.comparison:
            case "above":
                return value > threshold
            case "at_least":
                return value >= threshold
            case "below":
                return value < threshold
            case "at_most":
                return value <= threshold

    def is_still_bad(self, value: float, threshold: float) -> bool:
        """Whether a value is not yet good enough to end an alarm; a ratio need not get better than all or none."""
        margin = self.hysteresis if self.comparison in ("below", "at_most") else -self.hysteresis
        wanted = threshold + margin
        if self.measure.unit == "ratio":
            wanted = min(max(wanted, 0.0), 1.0)
        return self.is_bad(value, wanted)


class RuleOverrides(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, rename={"lasting": "for"}
):
    """``[[rules]]``: a rule of the site's own, or what differs from the default rule of that name."""

    name: str
    """Of a default rule, of which only what is named changes; or another, of letters, digits and ``_``."""
    metric: str | None = None
    """What is measured, see [alarms.md](alarms.md)."""
    label: str | None = None
    label_zh: str | None = None
    window: Window | None = None
    """For metrics that are counted: the last 30 minutes, or the site's day."""
    comparison: Comparison | None = None
    """Which side of the threshold is bad."""
    threshold: float | Setting | None = None
    """A number, or the name of the queue's (or the pause reason's) own setting."""
    lasting: Seconds | None = None
    """Seconds that the rule has to be broken before the alarm is raised."""
    hysteresis: float | None = None
    """How far beyond the threshold the value has to get before the alarm ends."""
    least_calls: int | None = None
    """An alarm is not raised on fewer calls."""
    resolve_after: Seconds | None = None
    """Seconds that the rule has to be kept before the alarm ends."""
    repeat_every: Seconds | None = None
    """Seconds after which an alarm is said again until somebody takes note of it; 0 says it once."""
    severity: Severity | None = None
    queues: tuple[str, ...] = ()
    """Only these queues; none named is all."""
    teams: tuple[str, ...] = ()
    """Only these teams and their agents; none named is all."""
    hours: str = ""
    """Holds only then, by the site's clock: ``08:45-17:30``; ``22:00-06:00`` ends on the next day."""
    days: tuple[Day, ...] = ()
    """Holds only on these days; none named is all."""
    enabled: bool | None = None
    """``false`` switches the rule off."""

    def __post_init__(self) -> None:
        """Refuse a name that is no topic level, and a metric that nobody measures."""
        _require(
            bool(self.name) and all(c.isascii() and (c.isalnum() or c == "_") for c in self.name),
            f'name must be of letters, digits and _, got "{self.name}"',
        )
        _require(
            self.metric is None or self.metric in MEASURES,
            f'metric must be one of {", ".join(sorted(MEASURES))}, got "{self.metric}"',
        )

    def over(self, default: Rule | None) -> Rule:
        """The default rule with what is said here; without one, a rule of its own."""
        said = {name: value for name, value in msgspec.structs.asdict(self).items() if value not in (None, (), "")}
        if default is not None and said.get("metric", default.metric) == default.metric:
            return Rule(**(msgspec.structs.asdict(default) | said))
        _require(self.metric is not None, f'metric must be given: "{self.name}" is no default rule')
        measure = MEASURES[self.metric or ""]
        _require(
            self.threshold is not None or measure.setting is not None,
            f"threshold must be given: {self.metric} has no setting of its own",
        )
        return Rule(**(_usual(self.name, measure) | said))


def _usual(name: str, measure: Measure) -> dict[str, Any]:
    return {
        "label": name,
        "label_zh": name,
        "comparison": measure.comparison,
        "threshold": measure.setting,
        "window": "30m" if measure.is_windowed else None,
        "least_calls": 20 if measure.is_of_calls else 0,
    }
