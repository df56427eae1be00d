"""Which figures each report has, in which order, and which of them come first where room is short.

The keys are the header of CSV files and are relied upon: add, never rename.
"""

from operator import attrgetter
from typing import Final

import msgspec

from ctibridge.outputs.history.alarms import AlarmLine
from ctibridge.outputs.history.commands import CommandLine
from ctibridge.outputs.history.figures import ServiceLevelShares
from ctibridge.outputs.history.report.document import ALWAYS, EVERYTHING, ROOMY, Column, Kind, Measure


def _column(key: str, kind: Kind, path: str, level: int = ALWAYS) -> Column:
    return Column(key=key, kind=kind, value=attrgetter(path), level=level)


def _figure(key: str, kind: Kind, level: int, path: str = "") -> Column:
    return _column(key, kind, f"figures.{path or key.removesuffix('_ratio')}", level)


def _levels() -> tuple[Column, ...]:
    """All five formulas: the share, and what it was made of."""
    parts: tuple[tuple[str, Kind], ...] = (("numerator", "count"), ("denominator", "count"), ("ratio", "ratio"))
    return tuple(
        _column(f"service_level_{name}_{part}", kind, f"figures.service_level.{name}.{part}", EVERYTHING)
        for name in ServiceLevelShares.__struct_fields__
        for part, kind in parts
        if (name, part) != ("negative", "ratio")
    )


PERIOD: Final = (
    _column("since", "moment", "period.since", EVERYTHING),
    _column("until", "moment", "period.until", EVERYTHING),
)
PBX: Final = _column("pbx", "text", "pbx", EVERYTHING)

CALLS_FIGURES: Final = (
    _figure("offered", "count", ALWAYS),
    _figure("answered", "count", ALWAYS),
    _figure("abandoned", "count", ALWAYS),
    _figure("abandoned_short", "count", ROOMY),
    _figure("exited", "count", ROOMY),
    _figure("lost", "count", EVERYTHING),
    _figure("waiting", "count", EVERYTHING),
    _figure("refused", "count", ROOMY),
    _figure("answer_rate_ratio", "ratio", ALWAYS),
    _figure("abandon_rate_ratio", "ratio", EVERYTHING),
    _figure("abandon_rate_net_ratio", "ratio", ROOMY),
    _figure("service_level_negative_ratio", "ratio", ALWAYS, "service_level.negative.ratio"),
    *_levels(),
    _figure("answered_late", "count", EVERYTHING),
    _figure("late_answer_rate_ratio", "ratio", EVERYTHING),
    _figure("answered_beyond", "count", EVERYTHING),
    _figure("answered_within_rings", "count", EVERYTHING),
    _figure("within_rings_rate_ratio", "ratio", ROOMY),
    _figure("speed_of_answer_seconds", "seconds", ALWAYS),
    _figure("mean_wait_seconds", "seconds", EVERYTHING),
    _figure("mean_abandon_wait_seconds", "seconds", EVERYTHING),
    _figure("wait_p50_seconds", "seconds", EVERYTHING),
    _figure("wait_p90_seconds", "seconds", ROOMY),
    _figure("wait_p95_seconds", "seconds", EVERYTHING),
    _figure("longest_wait_seconds", "seconds", ALWAYS),
    _figure("talk_seconds", "seconds", EVERYTHING),
    _figure("mean_talk_seconds", "seconds", ROOMY),
    _figure("mean_hold_seconds", "seconds", EVERYTHING),
    _figure("mean_wrap_up_seconds", "seconds", EVERYTHING),
    _figure("mean_handle_seconds", "seconds", ALWAYS),
    _figure("transferred", "count", EVERYTHING),
    _figure("transfer_rate_ratio", "ratio", ROOMY),
    _figure("blocked_rate_ratio", "ratio", EVERYTHING),
    _figure("ring_no_answer", "count", EVERYTHING),
    _figure("ring_cancelled", "count", EVERYTHING),
    _figure("numbers_known", "count", EVERYTHING),
    _figure("repeat_calls", "count", EVERYTHING),
    _figure("repeat_rate_ratio", "ratio", ROOMY),
)

QUEUE: Final = (
    PBX,
    _column("queue", "text", "queue", EVERYTHING),
    _column("label", "text", "label", ALWAYS),
    *PERIOD,
    *CALLS_FIGURES,
)

_NOT_BY_PERIOD: Final = ("exited", "refused", "repeat_rate_ratio")
"""Left out of a narrow list of periods, which has the inflow to show."""

INTERVAL: Final = (
    *PERIOD,
    *(
        msgspec.structs.replace(column, level=EVERYTHING) if column.key in _NOT_BY_PERIOD else column
        for column in CALLS_FIGURES
    ),
    _column("usual_offered", "number", "inflow.usual", ROOMY),
    _column("inflow_deviation_ratio", "deviation", "inflow.deviation", ALWAYS),
    _column("is_unusual_inflow", "count", "inflow.is_unusual", EVERYTHING),
)

_WORK: Final = (
    *PERIOD,
    _figure("answered", "count", ALWAYS),
    _figure("calls_per_hour", "number", ALWAYS),
    _figure("logged_in_seconds", "seconds", ALWAYS),
    _figure("occupancy_ratio", "ratio", ALWAYS),
    _figure("ready_seconds", "seconds", ROOMY),
    _figure("ringing_seconds", "seconds", EVERYTHING),
    _figure("busy_seconds", "seconds", ROOMY),
    _figure("wrap_up_seconds", "seconds", ROOMY),
    _figure("not_ready_seconds", "seconds", ALWAYS),
    _figure("unreachable_seconds", "seconds", EVERYTHING),
    _figure("talk_seconds", "seconds", EVERYTHING),
    _figure("mean_talk_seconds", "seconds", ROOMY),
    _figure("mean_hold_seconds", "seconds", EVERYTHING),
    _figure("mean_wrap_up_seconds", "seconds", EVERYTHING),
    _figure("mean_handle_seconds", "seconds", ALWAYS),
    _figure("answered_late", "count", EVERYTHING),
    _figure("late_answer_rate_ratio", "ratio", EVERYTHING),
    _figure("answered_within_rings", "count", EVERYTHING),
    _figure("within_rings_rate_ratio", "ratio", EVERYTHING),
    _figure("ring_no_answer", "count", ALWAYS),
    _figure("ring_cancelled", "count", EVERYTHING),
    _figure("transferred", "count", EVERYTHING),
    _figure("transfer_rate_ratio", "ratio", EVERYTHING),
    _figure("limits_exceeded", "count", ALWAYS),
    _figure("overrun_seconds", "seconds", ROOMY),
)

AGENT: Final = (
    PBX,
    _column("agent", "text", "agent"),
    _column("name", "text", "name", ROOMY),
    _column("team", "text", "team", ROOMY),
    *_WORK,
)
TEAM: Final = (PBX, _column("team", "text", "team"), *_WORK)

REASON: Final = (
    PBX,
    _column("agent", "text", "agent"),
    _column("name", "text", "name", ROOMY),
    *PERIOD,
    _column("state", "text", "state"),
    _column("reason", "text", "reason"),
    _column("count", "count", "time.count"),
    _column("state_seconds", "seconds", "time.seconds"),
    _column("limits_exceeded", "count", "time.exceeded"),
    _column("overrun_seconds", "seconds", "time.overrun_seconds"),
)

CALL: Final = (
    PBX,
    _column("joined_at", "moment", "joined_at"),
    _column("queue", "text", "queue"),
    _column("call", "text", "call", ROOMY),
    _column("caller", "text", "caller_mask"),
    _column("position", "count", "position", ROOMY),
    _column("outcome", "text", "outcome"),
    _column("reason", "text", "reason", ROOMY),
    _column("wait_seconds", "seconds", "wait_seconds"),
    _column("agent", "text", "agent"),
    _column("ring_seconds", "seconds", "ring_seconds", ROOMY),
    _column("talk_seconds", "seconds", "talk_seconds"),
    _column("hold_seconds", "seconds", "hold_seconds", ROOMY),
    _column("wrap_up_seconds", "seconds", "wrap_up_seconds", ROOMY),
    _column("ended_by", "text", "ended_by"),
    _column("transfer_kind", "text", "transfer_kind", EVERYTHING),
    _column("left_at", "moment", "left_at", EVERYTHING),
    _column("ended_at", "moment", "ended_at", EVERYTHING),
)

CALLBACK: Final = (
    PBX,
    _column("queue", "text", "queue"),
    _column("caller", "text", "caller"),
    _column("abandons", "count", "abandons"),
    _column("first_at", "moment", "first_at", ROOMY),
    _column("last_at", "moment", "last_at"),
    _column("longest_wait_seconds", "seconds", "longest_wait_seconds"),
    _column("is_short", "count", "is_short", EVERYTHING),
    _column("deadline", "moment", "deadline"),
    _column("is_overdue", "count", "is_overdue", EVERYTHING),
)

_UNITS: Final[dict[str, Kind]] = {"seconds": "seconds", "ratio": "ratio", "calls": "count", "agents": "count"}


def _measure(key: str, level: int = ALWAYS) -> Column:
    """A figure of an alarm, in the alarm's own unit."""
    figure = attrgetter(key)

    def value(line: AlarmLine) -> Measure | None:
        number = figure(line)
        return None if number is None else Measure(number, _UNITS.get(line.unit, "number"))

    return Column(key=key, kind="measure", value=value, level=level)


ALARM: Final = (
    PBX,
    _column("since", "moment", "since"),
    _column("until", "moment", "until", ROOMY),
    _column("alarm_seconds", "seconds", "seconds"),
    _column("severity", "text", "severity"),
    _column("rule", "text", "rule", EVERYTHING),
    _column("alarm", "text", "rule"),
    _column("queue", "text", "queue"),
    _column("agent", "text", "agent"),
    _column("team", "text", "team", ROOMY),
    _measure("value"),
    _measure("worst_value"),
    _measure("threshold"),
    _column("unit", "text", "unit", EVERYTHING),
    _column("detail", "text", "detail", EVERYTHING),
    _column("acknowledged_by", "text", "acknowledged_by", ROOMY),
    _column("acknowledged_at", "moment", "acknowledged_at", EVERYTHING),
    _column("alert", "text", "alert", EVERYTHING),
)

RULE: Final = (
    _column("alarm", "text", "rule"),
    _column("rule", "text", "rule", ROOMY),
    _column("severity", "text", "severity"),
    _column("count", "count", "count"),
    _column("firing", "count", "firing"),
    _column("alarm_seconds", "seconds", "seconds"),
    _column("longest_seconds", "seconds", "longest_seconds"),
    _column("acknowledged", "count", "acknowledged"),
)


def _arguments(line: CommandLine) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(line.arguments.items()))


COMMAND: Final = (
    PBX,
    _column("at", "moment", "at"),
    _column("user", "text", "user"),
    _column("role", "text", "role", ROOMY),
    _column("command", "text", "command"),
    _column("target", "text", "target"),
    Column(key="arguments", kind="text", value=_arguments, level=ROOMY),
    _column("outcome", "text", "outcome"),
    _column("reason", "text", "reason"),
    _column("message", "text", "message", EVERYTHING),
    _column("via", "text", "via", EVERYTHING),
    _column("address", "text", "address", EVERYTHING),
    _column("transaction", "text", "transaction", EVERYTHING),
)
