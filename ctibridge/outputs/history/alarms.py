"""Alarms of a range: every single one, and each rule's together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import aiosqlite
import msgspec

from ctibridge.domain.units import Seconds, Timestamp
from ctibridge.outputs.history.queries import Scope


class AlarmLine(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm."""

    pbx: str
    alert: str
    since: Timestamp
    until: Timestamp | None
    """``None`` while it fires."""
    seconds: Seconds
    """How long it has fired, as far as is known."""
    rule: str
    label: str
    label_zh: str
    severity: str
    queue: str | None
    agent: str | None
    team: str | None
    unit: str
    """Of the three figures that follow: ``seconds``, ``ratio``, ``calls``, ``agents`` or nothing."""
    value: float | None
    """When it began."""
    worst_value: float | None
    threshold: float | None
    detail: str | None
    acknowledged_by: str | None
    acknowledged_at: Timestamp | None


class RuleLine(msgspec.Struct, frozen=True, kw_only=True):
    """All alarms of one rule."""

    rule: str
    label: str
    label_zh: str
    severity: str
    count: int
    firing: int
    seconds: Seconds
    longest_seconds: Seconds
    acknowledged: int


class AlarmReport(msgspec.Struct, frozen=True, kw_only=True):
    """Alarms by when they began, and by rule."""

    lines: tuple[AlarmLine, ...]
    rules: tuple[RuleLine, ...]


_ALARMS: Final = """
SELECT pbx, alert, since, iif(is_over, until, NULL) AS until, until - since AS seconds, rule, label, label_zh, severity,
    queue, agent, team, unit, value, worst_value, threshold, detail, acknowledged_by, acknowledged_at
FROM alarms
WHERE pbx IN (SELECT value FROM json_each(:pbxs)) AND since < :before AND (until >= :from OR NOT is_over)
AND (:queues IS NULL OR queue IN (SELECT value FROM json_each(:queues)))
AND (:agents IS NULL OR agent IN (SELECT value FROM json_each(:agents)))
ORDER BY since, pbx, alert
"""
"""Those that fired at any time of the range, wherever they began."""


async def alarm_report(connection: aiosqlite.Connection, scope: Scope) -> AlarmReport:
    """Alarms that fired between the first period's beginning and the last one's end."""
    parameters = scope.parameters() | {"from": scope.periods[0].since, "before": scope.periods[-1].until}
    async with connection.execute(_ALARMS, parameters) as cursor:
        rows = await cursor.fetchall()
    names = AlarmLine.__struct_fields__
    lines = tuple(msgspec.convert(dict(zip(names, row, strict=True)), AlarmLine) for row in rows)
    return AlarmReport(lines=lines, rules=tuple(_rules(lines)))


def _rules(lines: Sequence[AlarmLine]) -> Iterable[RuleLine]:
    """The rule with the most alarms first."""
    by_rule: dict[tuple[str, str], list[AlarmLine]] = defaultdict(list)
    for line in lines:
        by_rule[line.rule, line.severity].append(line)
    for (rule, severity), ones in sorted(by_rule.items(), key=lambda item: (-len(item[1]), item[0])):
        yield RuleLine(
            rule=rule,
            label=ones[-1].label,
            label_zh=ones[-1].label_zh,
            severity=severity,
            count=len(ones),
            firing=sum(one.until is None for one in ones),
            seconds=Seconds(sum(one.seconds for one in ones)),
            longest_seconds=max(one.seconds for one in ones),
            acknowledged=sum(one.acknowledged_by is not None for one in ones),
        )
