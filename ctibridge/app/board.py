"""What the live table shows: the retained states of one base, as any MQTT subscriber sees them.

It takes messages as they come, in any order, believes nothing about their form, and reads no clock.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from ctibridge.domain.views import AgentState
from ctibridge.outputs.mqtt.topics import unescape

FAMILIES: Final = ("+/status", "+/info", "+/queue/+/state", "+/queue/+/stats", "+/agent/+/state", "+/alert/+")
"""What to subscribe to below the base."""

SEVERITIES: Final = ("critical", "warning", "info")
"""The worst first."""

STATE_ORDER: Final = (
    AgentState.RINGING,
    AgentState.BUSY,
    AgentState.WRAP_UP,
    AgentState.READY,
    AgentState.NOT_READY,
    AgentState.UNREACHABLE,
    AgentState.UNKNOWN,
    AgentState.LOGGED_OUT,
)


class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One queue, ready to be shown."""

    name: str
    label: str
    waiting: int
    oldest_since: float | None
    threshold: int | None
    members: dict[str, int]
    offered: int | None
    answered: int | None
    abandoned: int | None
    service_level: float | None
    """Answered within the threshold, of all answered and abandoned; 0 to 1."""


class AgentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One agent, ready to be shown."""

    agent: str
    name: str
    state: AgentState
    since: float
    reason: str | None
    reason_zh: str | None
    limit_stage: str | None
    queue: str | None
    caller: str | None
    answered: int | None


class AlarmRow(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm that fires, ready to be shown."""

    label: str
    label_zh: str | None
    severity: str
    subject: str
    """Queue, agent or team; empty where it is about all."""
    since: float
    value: float | None
    threshold: float | None
    unit: str
    acknowledged_by: str | None


class PbxBoard(msgspec.Struct, kw_only=True):
    """One PBX: the newest payload of each topic."""

    status: dict[str, Any] = {}
    reasons_zh: dict[str, str] = {}
    """Chinese labels of pause reasons, by code without case."""
    queues: dict[str, dict[str, Any]] = {}
    stats: dict[str, dict[str, Any]] = {}
    agents: dict[str, dict[str, Any]] = {}
    alarms: dict[str, dict[str, Any]] = {}

    @property
    def state(self) -> str:
        """``online``, ``degraded`` or ``offline``; what is shown is to be believed only in the first two."""
        return str(self.status.get("state", "offline"))

    def queue_rows(self) -> list[QueueRow]:
        """Queues in order of name."""
        return [_queue_row(data, self.stats.get(name, {})) for name, data in sorted(self.queues.items())]

    def alarm_rows(self) -> list[AlarmRow]:
        """Alarms, the worst first, then the oldest."""
        rows = [_alarm_row(data) for data in self.alarms.values()]
        return sorted(rows, key=lambda row: (_rank(row.severity), row.since))

    def agent_rows(self) -> list[AgentRow]:
        """Agents in order of id, those who are logged out last."""
        rows = [_agent_row(data, self.reasons_zh) for _, data in sorted(self.agents.items())]
        return sorted(rows, key=lambda row: row.state is AgentState.LOGGED_OUT)


class Board:
    """All PBXs of one base."""

    def __init__(self, base: str) -> None:
        self._prefix = f"{base}/"
        self.pbxs: dict[str, PbxBoard] = {}

    def take(self, topic: str, payload: bytes) -> None:
        """Take in one message; what is not ours or not JSON is ignored."""
        match topic.removeprefix(self._prefix).split("/"):
            case [pbx, "status"]:
                self._pbx(pbx).status = _decoded(payload) or {}
            case [pbx, "info"]:
                self._pbx(pbx).reasons_zh = _chinese_reasons(_decoded(payload) or {})
            case [pbx, "queue", queue, "state"]:
                _keep(self._pbx(pbx).queues, queue, payload)
            case [pbx, "queue", queue, "stats"]:
                _keep(self._pbx(pbx).stats, queue, payload)
            case [pbx, "agent", agent, "state"]:
                _keep(self._pbx(pbx).agents, agent, payload)
            case [pbx, "alert", alert]:
                _keep(self._pbx(pbx).alarms, alert, payload)
            case _:
                return

    def _pbx(self, level: str) -> PbxBoard:
        return self.pbxs.setdefault(_name(level), PbxBoard())


def _keep(where: dict[str, dict[str, Any]], level: str, payload: bytes) -> None:
    data = (_decoded(payload) or {}).get("data")
    if isinstance(data, dict):
        where[_name(level)] = data
    else:
        where.pop(_name(level), None)


def _decoded(payload: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(payload)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _name(level: str) -> str:
    try:
        return unescape(level)
    except ValueError:
        return level


def _queue_row(data: Mapping[str, Any], stats: Mapping[str, Any]) -> QueueRow:
    day = _inner(stats, "day")
    counts = _inner(day, "counts")
    return QueueRow(
        name=str(data.get("queue", "")),
        label=str(data.get("label") or data.get("queue", "")),
        waiting=int(data.get("waiting") or 0),
        oldest_since=data.get("oldest_since"),
        threshold=_inner(data, "service_level").get("threshold_seconds"),
        members={name: int(count) for name, count in _inner(data, "members").items()},
        offered=counts.get("offered"),
        answered=counts.get("answered"),
        abandoned=counts.get("abandoned"),
        service_level=_inner(day, "service_level").get("negative"),
    )


def _chinese_reasons(info: Mapping[str, Any]) -> dict[str, str]:
    reasons = _inner(info, "data").get("pause_reasons")
    known = [reason for reason in reasons if isinstance(reason, dict)] if isinstance(reasons, list) else []
    return {str(one.get("code", "")).casefold(): str(one["label_zh"]) for one in known if one.get("label_zh")}


def _agent_row(data: Mapping[str, Any], reasons_zh: Mapping[str, str]) -> AgentRow:
    call = _inner(data, "call")
    caller = _inner(call, "caller")
    return AgentRow(
        agent=str(data.get("agent", "")),
        name=str(data.get("name") or ""),
        state=_state(data.get("state")),
        since=float(data.get("since") or 0.0),
        reason=data.get("reason_label") or data.get("reason"),
        reason_zh=reasons_zh.get(str(data.get("reason", "")).casefold()),
        limit_stage=_inner(data, "limit").get("stage"),
        queue=call.get("queue"),
        caller=" ".join(str(part) for part in (caller.get("number"), caller.get("name")) if part) or None,
        answered=_inner(data, "today").get("answered"),
    )


def _alarm_row(data: Mapping[str, Any]) -> AlarmRow:
    value, threshold = (data.get(name) for name in ("value", "threshold"))
    return AlarmRow(
        label=str(data.get("label") or data.get("rule") or ""),
        label_zh=data.get("label_zh") or None,
        severity=str(data.get("severity", "")),
        subject=str(data.get("queue") or data.get("agent") or data.get("team") or ""),
        since=float(data.get("since") or 0.0),
        value=value if isinstance(value, int | float) else None,
        threshold=threshold if isinstance(threshold, int | float) else None,
        unit=str(data.get("unit", "")),
        acknowledged_by=data.get("acknowledged_by"),
    )


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _inner(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _state(word: object) -> AgentState:
    return next((state for state in AgentState if state.value == word), AgentState.UNKNOWN)


def states_in_order(members: Mapping[str, int]) -> Iterator[tuple[AgentState, int]]:
    """How many members are in which state, busiest first, empty states left out."""
    return ((state, members[state.value]) for state in STATE_ORDER if members.get(state.value))
