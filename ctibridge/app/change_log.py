"""Which changes deserve a line in the log: those that last, none for each call."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog

from ctibridge.domain.changes import (
    AgentLoggedIn,
    AgentLoggedOut,
    AlarmAcknowledged,
    AlarmRaised,
    AlarmRepeated,
    AlarmResolved,
    Change,
    CommandDone,
    FeedInterrupted,
    GapNoted,
    InvariantBroken,
    MismatchFound,
    QueueRemoved,
    Resynced,
    UnexpectedSeen,
)

UNEXPECTED_LINES: Final = 3
"""Lines for each kind of surprise; afterwards only the metric counts on."""


class ChangeLog:
    """Writes the lines of one PBX."""

    def __init__(self, pbx: str) -> None:
        self._log = structlog.get_logger(__name__).bind(pbx=pbx)
        self._surprises: dict[str, int] = {}
        self._broken: set[str] = set()
        self._lines: Mapping[type, Callable[[Any], None]] = {
            Resynced: self._resynced,
            FeedInterrupted: self._blind,
            GapNoted: self._gap,
            AgentLoggedIn: self._came,
            AgentLoggedOut: self._went,
            AlarmRaised: self._raised,
            AlarmRepeated: self._repeated,
            AlarmAcknowledged: self._acknowledged,
            AlarmResolved: self._resolved,
            QueueRemoved: self._removed,
            MismatchFound: self._mismatch,
            CommandDone: self._command,
            UnexpectedSeen: self._surprise,
            InvariantBroken: self._broke,
        }

    def note(self, change: Change) -> None:
        """Say what happened, if it is worth a line."""
        say = self._lines.get(type(change))
        if say is not None:
            say(change)

    def _blind(self, change: FeedInterrupted) -> None:
        self._log.warning("blind: states are unknown until the next full picture", reason=change.reason)

    def _gap(self, change: GapNoted) -> None:
        seconds = round(change.at - change.since, 1)
        self._log.warning("what happened meanwhile is not known", gap_seconds=seconds, reason=change.reason)

    def _came(self, change: AgentLoggedIn) -> None:
        self._log.info("agent logged in", agent=change.agent.agent, queues=sorted(change.agent.queues))

    def _went(self, change: AgentLoggedOut) -> None:
        self._log.info("agent logged out", agent=change.agent.agent, queues=sorted(change.agent.queues))

    def _raised(self, change: AlarmRaised) -> None:
        alarm = change.alarm
        figures = {"value": alarm.value, "threshold": alarm.threshold, "unit": alarm.unit}
        self._log.info("alarm raised", alert=alarm.alert, severity=alarm.severity, **figures)

    def _repeated(self, change: AlarmRepeated) -> None:
        alarm = change.alarm
        self._log.info("alarm fires, and nobody has taken note", alert=alarm.alert, severity=alarm.severity)

    def _acknowledged(self, change: AlarmAcknowledged) -> None:
        self._log.info("alarm acknowledged", alert=change.alarm.alert, by=change.alarm.acknowledged_by)

    def _resolved(self, change: AlarmResolved) -> None:
        self._log.info("alarm is over", alert=change.alarm.alert, after_seconds=round(change.seconds, 1))

    def _removed(self, change: QueueRemoved) -> None:
        self._log.info("queue is gone", queue=change.queue)

    def _mismatch(self, change: MismatchFound) -> None:
        self._log.warning("AMI and queue_log differ; queue_log was followed", kind=change.kind, fact=change.detail)

    def _resynced(self, change: Resynced) -> None:
        # Routine comparisons that found nothing are not news.
        say = self._log.info if change.is_first or change.repaired else self._log.debug
        found = {"queues": change.queues, "agents": change.agents, "waiting": change.waiting}
        say("full picture taken", **found, **({} if change.is_first else {"repaired": change.repaired}))

    def _command(self, change: CommandDone) -> None:
        who = {"user": change.user, "target": change.target, "via": change.via}
        self._log.info("command", command=change.command, **who, outcome=change.outcome, reason=change.reason)

    def _surprise(self, change: UnexpectedSeen) -> None:
        seen = self._surprises[change.kind] = self._surprises.get(change.kind, 0) + 1
        # Usual after a start in mid-call, when ends are seen of what began before.
        say = self._log.info if seen <= UNEXPECTED_LINES else self._log.debug
        say("the PBX reported what was not expected, and was followed", kind=change.kind, detail=change.detail)

    def _broke(self, change: InvariantBroken) -> None:
        """Once for each kind: what follows from one fault may be much."""
        say = self._log.debug if change.kind in self._broken else self._log.error
        self._broken.add(change.kind)
        say(
            "the bridge's own figures contradict each other; please send a recording",
            kind=change.kind,
            fact=change.detail,
        )
