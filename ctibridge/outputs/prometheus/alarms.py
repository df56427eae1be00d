"""The families of alarms."""

from collections.abc import Iterable, Mapping

from ctibridge.domain.views import Alarm
from ctibridge.outputs.prometheus import names
from ctibridge.outputs.prometheus.sheet import Sheet


def add_alarms(sheet: Sheet, pbx: str, alarms: Iterable[Alarm], raised: Mapping[tuple[str, str], int]) -> None:
    """Those that fire, and how many were raised by rule and severity."""
    for alarm in alarms:
        place = (alarm.queue or "", alarm.agent or "", alarm.team or "")
        labels = (pbx, alarm.alert, alarm.rule, alarm.severity, *place)
        sheet.add(names.ALERT_FIRING, labels, 1)
        sheet.add(names.ALERT_START, labels, alarm.since)
        sheet.add(names.ALERT_ACKNOWLEDGED, labels, int(alarm.acknowledged_by is not None))
    for (rule, severity), count in raised.items():
        sheet.add(names.ALERTS_RAISED, (pbx, rule, severity), count)
