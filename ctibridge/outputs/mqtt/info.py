"""``info``: what a display needs to know about the site before it can show anything."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from ctibridge.domain.policy import PauseReason, Policy, QueueOverrides, QueuePolicy
from ctibridge.domain.rules import Rule
from ctibridge.domain.units import QueueName, Seconds
from ctibridge.domain.views import AgentState, Severity, Unit

LANGUAGES: Final = ("en", "zh")

CAPABILITIES: Final = ("events", "states", "stats", "alarms")
"""What this version publishes; a display hides what it does not find here."""

COMMANDS: Final = "commands"
"""The capability that something may be asked for."""
PRIVATE: Final = "private"
"""The capability that unmasked twins are published."""

STATE_LABELS: Final[Mapping[AgentState, tuple[str, str]]] = {
    AgentState.LOGGED_OUT: ("Logged out", "签出"),
    AgentState.READY: ("Ready", "就绪"),
    AgentState.RINGING: ("Ringing", "振铃"),
    AgentState.BUSY: ("On call", "通话"),
    AgentState.WRAP_UP: ("Wrap-up", "事后处理"),
    AgentState.NOT_READY: ("Not ready", "示忙"),
    AgentState.UNREACHABLE: ("Unreachable", "不可达"),
    AgentState.UNKNOWN: ("Unknown", "未知"),
}

SEVERITY_LABELS: Final[Mapping[Severity, tuple[str, str]]] = {
    "info": ("Info", "提示"),
    "warning": ("Warning", "警告"),
    "critical": ("Critical", "严重"),
}
"""From the least to the worst."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """One word in the languages of ``LANGUAGES``."""

    en: str
    zh: str


class QueueInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One configured queue."""

    label: str
    policy: QueuePolicy


class TeamInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One team; who is in it, their own states say: everybody may read this."""

    label: str


class RuleInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One rule in force: what its alarms are called, and when they are raised."""

    name: str
    """As in ``rule`` of an alarm."""
    label: Label
    severity: Severity
    metric: str
    subject: Literal["queue", "agent", "team"]
    """Whose figure it is."""
    unit: Unit
    """Of the threshold, if that is a number."""
    comparison: Literal["above", "at_least", "below", "at_most"]
    """Which side of the threshold is bad."""
    threshold: float | str | None
    """A number, or the name of the queue's or the pause reason's setting that is the threshold."""
    window: Literal["30m", "day"] | None
    lasting: Seconds
    """How long the rule has to be broken before the alarm is raised."""
    queues: tuple[str, ...]
    """Empty for all."""
    teams: tuple[str, ...]
    """Empty for all."""


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """The data of ``info``."""

    version: str
    pbx: str
    capabilities: tuple[str, ...]
    languages: tuple[str, ...]
    websocket_url: str
    states: dict[str, Label]
    """Agent states by their word in ``agent/…/state``."""
    defaults: QueuePolicy
    """Holds for every queue that is not in ``queues``."""
    queues: dict[str, QueueInfo]
    pause_reasons: tuple[PauseReason, ...]
    rules: tuple[RuleInfo, ...]
    severities: dict[str, Label]
    """Of alarms, from the least to the worst."""
    teams: dict[str, TeamInfo]
    commands: tuple[str, ...]
    """Those that the bridge can do now; what a user may ask for, ``whoami`` says."""


def site_info(  # noqa: PLR0913 - one argument a source
    *,
    version: str,
    pbx: str,
    policy: Policy,
    overrides: Mapping[str, QueueOverrides],
    websocket_url: str = "",
    has_private: bool = False,
    commands: tuple[str, ...] = (),
) -> Info:
    """Everything at once, from the site's configuration."""
    queues = {
        name: QueueInfo(label=policy.queue_label(QueueName(name)), policy=policy.queue(name)) for name in overrides
    }
    return Info(
        version=version,
        pbx=pbx,
        capabilities=(*CAPABILITIES, *([PRIVATE] if has_private else []), *([COMMANDS] if commands else [])),
        languages=LANGUAGES,
        websocket_url=websocket_url,
        states={state.value: Label(en=en, zh=zh) for state, (en, zh) in STATE_LABELS.items()},
        defaults=policy.defaults,
        queues=queues,
        pause_reasons=policy.pause_reasons,
        rules=tuple(_rule(rule) for rule in policy.rules),
        severities={name: Label(en=en, zh=zh) for name, (en, zh) in SEVERITY_LABELS.items()},
        teams={team.name: TeamInfo(label=team.label or team.name) for team in policy.teams},
        commands=commands,
    )


def _rule(rule: Rule) -> RuleInfo:
    said = {name: getattr(rule, name) for name in RuleInfo.__struct_fields__ if hasattr(rule, name)}
    label = Label(en=rule.label, zh=rule.label_zh or rule.label)
    return RuleInfo(**(said | {"label": label, "subject": rule.measure.subject, "unit": rule.measure.unit}))
