"""What a site is held to: thresholds per queue, limits per pause reason, teams, and where its day begins.

Every number is a setting; the defaults are those of the rule books.  Settings structs stand here because they are what
the domain works with; ``app.config`` fills them from the file.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final, Literal, TypeAlias

import msgspec

from ctibridge.domain.rulebook import in_force
from ctibridge.domain.rules import RuleOverrides
from ctibridge.domain.units import AgentId, Interface, QueueKey, QueueName, Seconds, Timestamp, queue_key


def _require(condition: bool, message: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not condition:
        raise ValueError(message)


_NOT_NEGATIVE: Final = (
    *("service_level_threshold", "short_abandon", "late_answer", "unanswered_after", "wrap_up"),
    *("max_wait", "min_staff", "wrap_up_target"),
)


class QueuePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one queue is measured against; ``[defaults]`` of the configuration."""

    rings: int = 2
    """An answer counts as prompt up to this many rings."""
    seconds_per_ring: Seconds = Seconds(6.0)
    """One ring and its pause: 6 s in the US, 5 in most of the EU, 3 in the UK and Japan."""
    service_level_threshold: int = 20
    """Whole seconds: a call is in time when its stated wait is at most this."""
    service_level_target: float = 0.8
    """Share of calls to be answered in time, 0 to 1."""
    short_abandon: Seconds = Seconds(5)
    """A caller who gives up within this wait has misdialled."""
    late_answer: Seconds = Seconds(15)
    """An answer after a longer wait is late."""
    unanswered_after: Seconds = Seconds(60)
    """After a longer wait a call counts as not answered in the answer rate, even if somebody answers."""
    wrap_up: Seconds = Seconds(0)
    """The queue's ``wrapuptime`` in queues.conf: AMI does not tell it.  A member's own time wins."""
    max_wait: Seconds = Seconds(60)
    """A caller who waits longer than this is an alarm, from that moment on."""
    min_staff: int = 0
    """Members who have to be at their seats; fewer is an alarm."""
    wrap_up_target: Seconds = Seconds(60)
    """After-call work should take no longer."""
    missed_in_row: int = 3
    """So many rings in a row that an agent does not answer are an alarm."""

    def __post_init__(self) -> None:
        """Refuse numbers that no queue can mean."""
        _require(self.rings > 0, "rings must be at least 1")
        _require(self.seconds_per_ring > 0, "seconds_per_ring must be above 0")
        _require(0 < self.service_level_target <= 1, "service_level_target must be above 0 and at most 1")
        _require(self.missed_in_row > 0, "missed_in_row must be at least 1")
        for name in _NOT_NEGATIVE:
            _require(getattr(self, name) >= 0, f"{name} must not be negative")

    @property
    def prompt_ring(self) -> Seconds:
        """The longest ring that is still prompt, in seconds."""
        return Seconds(self.rings * self.seconds_per_ring)


class QueueOverrides(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``[queues.NAME]``: a label, and whatever differs from the defaults."""

    label: str | None = None
    rings: int | None = None
    seconds_per_ring: Seconds | None = None
    service_level_threshold: int | None = None
    service_level_target: float | None = None
    short_abandon: Seconds | None = None
    late_answer: Seconds | None = None
    unanswered_after: Seconds | None = None
    wrap_up: Seconds | None = None
    max_wait: Seconds | None = None
    min_staff: int | None = None
    wrap_up_target: Seconds | None = None
    missed_in_row: int | None = None

    def over(self, defaults: QueuePolicy) -> QueuePolicy:
        """The defaults with what is set here."""
        given = {k: v for k, v in msgspec.structs.asdict(self).items() if v is not None and k != "label"}
        return QueuePolicy(**(msgspec.structs.asdict(defaults) | given))


Enforcement: TypeAlias = Literal["none", "notify", "unpause", "log_out"]


class PauseReason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[pause_reasons]]``: what a pause with this code means, and how long it may last."""

    code: str
    """Matched without case against the queue's pause reason."""
    label: str = ""
    label_zh: str = ""
    counts_as: Literal["not_ready", "wrap_up"] = "not_ready"
    """``wrap_up``: the site does its after-call work by pausing."""
    limit: Seconds | None = None
    warn_at: float = 0.8
    """Share of the limit at which the agent is warned."""
    needs_approval: bool = False
    """Going away for this reason without a leader's approval is a breach."""
    max_at_once: int = 0
    """So many of a team may be away for this reason at the same time; 0 is any number."""
    enforcement: Enforcement = "none"
    """What is done to a pause over its limit: somebody is told, the agent is unpaused, or logged out."""
    escalate_to: str = ""
    """The role to be told of a pause over its limit; empty is the agent's leader."""

    def __post_init__(self) -> None:
        """Refuse a reason that could never be matched or timed."""
        _require(bool(self.code.strip()), "code must not be empty")
        _require(self.limit is None or self.limit > 0, "limit must be above 0")
        _require(0 < self.warn_at <= 1, "warn_at must be above 0 and at most 1")
        _require(self.max_at_once >= 0, "max_at_once must not be negative")
        _require(
            self.enforcement == "none" or self.limit is not None, "enforcement must be none where there is no limit"
        )


DEFAULT_PAUSE_REASONS = (
    PauseReason(code="away", label="Away", label_zh="暂离", limit=Seconds(300), needs_approval=True),
    PauseReason(code="busy", label="Busy", label_zh="示忙", limit=Seconds(900), escalate_to="manager"),
    PauseReason(code="meal", label="Meal", label_zh="用餐", limit=Seconds(3600)),
    PauseReason(code="wrap_up", label="After-call work", label_zh="事后处理", counts_as="wrap_up"),
)
"""Used when the configuration names no reasons (limits: rule books 002 and 003)."""


class Team(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[teams]]``: who belongs together under one leader."""

    name: str
    label: str = ""
    agents: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    """Which its agents join when they log in by command, as ``queue`` or ``queue:penalty``."""


class AgentsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[agents]``: how a person is recognised."""

    id_pattern: str = r"^[^/]+/([^@/]+)"
    """Agent id from the member's interface: the first group, else the whole match."""
    forget_after: Seconds = Seconds(43200)
    """Seconds after which somebody who logged out, and is in no team, is no longer shown."""
    reason_required: bool = True
    """A pause without a reason is a breach."""
    interface: str = "PJSIP/{agent}"
    """What queues dial for an agent who logs in by command; ``id_pattern`` has to find the agent in it."""
    state_interface: str = ""
    """Whose state says that the agent is free; ``interface`` when empty."""
    member_name: str = "Agent {agent}"
    """What queue_log calls an agent who logs in by command."""

    def __post_init__(self) -> None:
        """Refuse a pattern that does not compile, and templates without a place for the agent."""
        for key in ("interface", "state_interface", "member_name"):
            template = getattr(self, key)
            _require(not template or "{agent}" in template, f'{key} must have "{{agent}}" in it, got "{template}"')
        try:
            re.compile(self.id_pattern)
        except re.error as error:
            raise ValueError(f"id_pattern is not a regular expression: {error}") from error


class LeaveSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[leave]``: asking to be away, and being allowed to."""

    request_lapses: Seconds = Seconds(300)
    """Seconds after which a request that nobody decided is over."""
    approval_lapses: Seconds = Seconds(600)
    """Seconds that an agent has to go, once it is approved."""

    def __post_init__(self) -> None:
        """Refuse times in which nothing could be decided."""
        _require(self.request_lapses > 0, "request_lapses must be above 0")
        _require(self.approval_lapses > 0, "approval_lapses must be above 0")


class Policy:
    """All of a site's rules, looked up by queue, reason and agent."""

    def __init__(  # noqa: PLR0913 - one argument a table of the configuration
        self,
        *,
        defaults: QueuePolicy | None = None,
        queues: dict[str, QueueOverrides] | None = None,
        pause_reasons: tuple[PauseReason, ...] = DEFAULT_PAUSE_REASONS,
        teams: tuple[Team, ...] = (),
        agents: AgentsSettings | None = None,
        leave: LeaveSettings | None = None,
        rules: tuple[RuleOverrides, ...] = (),
        timezone: tzinfo = UTC,
        day_start: timedelta = timedelta(0),
    ) -> None:
        self.defaults = defaults or QueuePolicy()
        self.pause_reasons = pause_reasons
        self.teams = teams
        self.agents = agents or AgentsSettings()
        self.leave = leave or LeaveSettings()
        self.rules = in_force(rules)
        self.timezone = timezone
        self.day_start = day_start
        """The site's day starts this long after its midnight."""
        self._overrides = {queue_key(name): one for name, one in (queues or {}).items()}
        self._queues: dict[QueueKey, QueuePolicy] = {k: o.over(self.defaults) for k, o in self._overrides.items()}
        self._reasons = {reason.code.casefold(): reason for reason in pause_reasons}
        self._team_of = {agent: team.name for team in teams for agent in team.agents}
        self._id_pattern = re.compile(self.agents.id_pattern)

    def queue(self, name: str) -> QueuePolicy:
        """What this queue is measured against."""
        return self._queues.get(queue_key(name), self.defaults)

    def queue_label(self, name: QueueName) -> str:
        """What people call the queue; its name when nothing is configured."""
        override = self._overrides.get(queue_key(name))
        return (override.label if override else None) or name

    def pause_reason(self, code: str | None) -> PauseReason | None:
        """The configured reason for a pause, or ``None`` when it is unknown or none was given."""
        return self._reasons.get(code.casefold()) if code else None

    def team_of(self, agent: AgentId) -> str | None:
        """The agent's team."""
        return self._team_of.get(agent)

    def agent_id(self, interface: Interface) -> AgentId:
        """Who is behind an interface; the whole interface when the pattern does not match."""
        match = self._id_pattern.search(interface)
        if match is None:
            return AgentId(interface)
        return AgentId((match.group(1) if match.re.groups else match.group(0)) or interface)

    def day_of(self, now: Timestamp) -> tuple[Timestamp, Timestamp]:
        """Start and end of the site's day that ``now`` is in; 23 to 25 hours apart where clocks change."""
        local = datetime.fromtimestamp(now, self.timezone) - self.day_start
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0, tzinfo=None)
        # A day that starts within the hour that clocks skip or repeat starts a little beside where the wall says.
        days = [self._instant(midnight + timedelta(days=d)) for d in (-1, 0, 1, 2)]
        return next((start, end) for start, end in pairwise(days) if now < end)

    def _instant(self, midnight: datetime) -> Timestamp:
        return Timestamp((midnight + self.day_start).replace(tzinfo=self.timezone).timestamp())
