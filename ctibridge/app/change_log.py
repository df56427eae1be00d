"""Which changes deserve a line in the log: those that last, none for each call."""

from typing import Final

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

    def note(self, change: Change) -> None:  # noqa: C901 - one case a kind of change
        """Say what happened, if it is worth a line."""
        match change:
            case Resynced():
                self._resynced(change)
            case FeedInterrupted():
                self._log.warning("blind: states are unknown until the next full picture", reason=change.reason)
            case GapNoted():
                seconds = round(change.at - change.since, 1)
                self._log.warning("what happened meanwhile is not known", gap_seconds=seconds, reason=change.reason)
            case AgentLoggedIn() | AgentLoggedOut():
                word = "agent logged in" if isinstance(change, AgentLoggedIn) else "agent logged out"
                self._log.info(word, agent=change.agent.agent, queues=sorted(change.agent.queues))
            case AlarmRaised() | AlarmRepeated() | AlarmAcknowledged() | AlarmResolved():
                self._alarm(change)
            case QueueRemoved():
                self._log.info("queue is gone", queue=change.queue)
            case MismatchFound():
                self._log.warning(
                    "AMI and queue_log differ; queue_log was followed", kind=change.kind, fact=change.detail
                )
            case CommandDone():
                self._command(change)
            case UnexpectedSeen():
                self._surprise(change)
            case InvariantBroken():
                self._broke(change)
            case _:
                return

    def _alarm(self, change: AlarmRaised | AlarmRepeated | AlarmAcknowledged | AlarmResolved) -> None:
        alarm = change.alarm
        match change:
            case AlarmRaised():
                figures = {"value": alarm.value, "threshold": alarm.threshold, "unit": alarm.unit}
                self._log.info("alarm raised", alert=alarm.alert, severity=alarm.severity, **figures)
            case AlarmRepeated():
                self._log.info("alarm fires, and nobody has taken note", alert=alarm.alert, severity=alarm.severity)
            case AlarmAcknowledged():
                self._log.info("alarm acknowledged", alert=alarm.alert, by=alarm.acknowledged_by)
            case AlarmResolved():
                self._log.info("alarm is over", alert=alarm.alert, after_seconds=round(change.seconds, 1))

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
