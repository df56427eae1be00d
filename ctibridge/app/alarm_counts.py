"""How often each rule was broken, for metrics."""

from collections import Counter
from collections.abc import Mapping

from ctibridge.domain.changes import AlarmRaised, Change


class AlarmCounts:
    """Counts the alarms of one PBX since the bridge started, by rule and severity."""

    def __init__(self) -> None:
        self._raised: Counter[tuple[str, str]] = Counter()

    def note(self, change: Change) -> None:
        """Count it, if it is an alarm."""
        if isinstance(change, AlarmRaised):
            self._raised[change.alarm.rule, change.alarm.severity] += 1

    def raised(self) -> Mapping[tuple[str, str], int]:
        """By rule and severity."""
        return dict(self._raised)
