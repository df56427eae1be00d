"""A ``Site`` whose alarms are told in plain words: when which one was raised, and when it ended."""

from typing import Any

import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.policy import AgentsSettings, PauseReason, Policy, QueueOverrides, QueuePolicy, Team
from ctibridge.domain.rulebook import DEFAULT_RULES
from ctibridge.domain.rules import RuleOverrides
from ctibridge.domain.units import AgentId, Seconds
from ctibridge.domain.views import Alarm
from tests.unit.domain.builder import Site

AWAY = PauseReason(code="away", limit=Seconds(300))
MEAL = PauseReason(code="meal", limit=Seconds(3600))


def off_but(*names: str) -> tuple[RuleOverrides, ...]:
    """Every default rule switched off, except these."""
    return tuple(RuleOverrides(name=name, enabled=False) for name in DEFAULT_RULES if name not in names)


def ruled(
    *rules: RuleOverrides,
    only: tuple[str, ...] | None = None,
    queue: QueuePolicy | None = None,
    queues: dict[str, QueueOverrides] | None = None,
    reasons: tuple[PauseReason, ...] = (AWAY, MEAL),
    teams: tuple[Team, ...] = (),
    reason_required: bool = False,
) -> Policy:
    """Rules of a site; with ``only`` all default rules but those are off."""
    said = {rule.name: rule for rule in (off_but(*only) if only is not None else ())} | {r.name: r for r in rules}
    return Policy(
        defaults=queue,
        queues=queues,
        pause_reasons=reasons,
        teams=teams,
        agents=AgentsSettings(reason_required=reason_required),
        rules=tuple(said.values()),
    )


def near(value: float) -> Any:  # noqa: ANN401 - equal to any float beside it
    """A value but for rounding."""
    return pytest.approx(value)


class AlarmSite(Site):
    """What supervisors see of alarms."""

    def story(self) -> list[tuple[float, str, str]]:
        """When alarms were raised, acknowledged and resolved."""
        words = {ch.AlarmRaised: "raised", ch.AlarmAcknowledged: "acknowledged", ch.AlarmResolved: "resolved"}
        return [
            (round(change.at, 3), words[type(change)], change.alarm.alert)
            for change in self.changes
            if isinstance(change, ch.AlarmRaised | ch.AlarmAcknowledged | ch.AlarmResolved)
        ]

    def firing(self) -> list[str]:
        return [alarm.alert for alarm in self.center.snapshot(self.now).alarms]

    def alarm(self, alert: str) -> Alarm:
        return next(alarm for alarm in self.center.snapshot(self.now).alarms if alarm.alert == alert)

    def values(self, alert: str) -> list[tuple[float, float | None]]:
        """When the alarm was told, and its value then."""
        return [(round(c.at, 3), c.alarm.value) for c in self.said(ch.AlarmUpdated) if c.alarm.alert == alert]

    def acknowledges(self, alert: str, by: str) -> None:
        self.take(ev.AlarmAcknowledgement(alert=alert, by=by))

    def asks_to_leave(self, agent: str, reason: str = "away", by: str | None = None) -> None:
        self.take(ev.LeaveRequest(agent=AgentId(agent), reason=reason, by=by or agent))

    def decides(self, agent: str, *, approves: bool, by: str = "boss", valid: float | None = None) -> None:
        seconds = None if valid is None else Seconds(valid)
        self.take(ev.LeaveDecision(agent=AgentId(agent), is_approved=approves, by=by, valid_seconds=seconds))

    def withdraws(self, agent: str) -> None:
        self.take(ev.LeaveWithdrawal(agent=AgentId(agent)))

    # -- calls, all at once -------------------------------------------------------------------------------------------

    def answered(self, call: str, joins: float, wait: float, agent: str = "1001", queue: str = "sales") -> None:
        """A caller joins and is answered, and hangs up a second later."""
        self.at(joins).joins(call, queue)
        self.at(joins).rings(agent, call, queue)
        self.at(joins + wait).answers(agent, call, wait, queue)
        self.at(joins + wait + 1).completes(agent, call, wait, 1, queue=queue)

    def gave_up(self, call: str, joins: float, wait: float, queue: str = "sales") -> None:
        self.at(joins).joins(call, queue)
        self.at(joins + wait).abandons(call, wait, queue)
