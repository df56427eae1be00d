"""How often each rule was broken, for metrics."""

from collections import Counter
from collections.abc import Iterable, Mapping

from ctibridge.domain.changes import AlarmRaised, Change
from ctibridge.domain.rules import Rule


class AlarmCounts:
    """Counts the alarms of one PBX since the bridge started, by rule and severity."""

    def __init__(self) -> None:
        self._raised: Counter[tuple[str, str]] = Counter()

    def note(self, change: Change) -> None:
        """Count it, if it is an alarm."""
        if isinstance(change, AlarmRaised):
            self._raised[change.alarm.rule, change.alarm.severity] += 1

    def raised(self, rules: Iterable[Rule]) -> Mapping[tuple[str, str], int]:
        """By rule and severity, with 0 for rules that were never broken."""
        return {(rule.name, rule.severity): 0 for rule in rules} | self._raised
