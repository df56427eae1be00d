"""The rules that hold unless ``[[rules]]`` says otherwise, and where they come from.

Sources are the rule books that the bridge was made for, by their numbers; "ours" is what none of them says.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ctibridge.domain.rules import Rule, RuleOverrides
from ctibridge.domain.units import Seconds


class Entry(NamedTuple):
    """One default rule."""

    rule: Rule
    source: str


def _entry(name: str, metric: str, labels: tuple[str, str], source: str, **said: Any) -> Entry:  # noqa: ANN401
    label, label_zh = labels
    rule = RuleOverrides(name=name, metric=metric, label=label, label_zh=label_zh, **said).over(None)
    return Entry(rule, source)


_DAY: Final = {"window": "day", "least_calls": 50, "severity": "info"}
"""A day's figure moves slowly, says little before some calls have come, and is for whoever plans the next day."""
_AT_ONCE: Final = {"threshold": 0.0, "comparison": "at_least", "resolve_after": Seconds(5)}
"""What is a breach from its first moment on."""
_BACK: Final = {"resolve_after": Seconds(0)}
"""What cannot begin again as soon as it has ended."""

RULEBOOK: Final[tuple[Entry, ...]] = (
    _entry(
        "service_level_low",
        "service_level",
        ("Service level is low", "服务水平偏低"),
        "004: 80 % in 20 s, live",
        hysteresis=0.02,
    ),
    _entry(
        "service_level_low_day",
        "service_level",
        ("Service level of the day is low", "当日服务水平偏低"),
        "004: 80 % in 20 s",
        hysteresis=0.01,
        **_DAY | {"severity": "warning"},
    ),
    _entry(
        "long_wait",
        "longest_wait",
        ("A caller waits too long", "客户等待过久"),
        "004: unanswered after 60 s",
        resolve_after=Seconds(30),
    ),
    _entry(
        "queue_crowded",
        "waiting",
        ("Too many callers wait", "排队过多"),
        "004: more than 5 in line for 5 minutes, the first step of the ladder",
        threshold=5.0,
        lasting=Seconds(300),
    ),
    _entry(
        "nobody_ready",
        "waiting_unattended",
        ("Nobody is ready while callers wait", "有客户等待而无人就绪"),
        "ours",
        threshold=0.0,
        lasting=Seconds(60),
    ),
    _entry("short_staffed", "seated", ("Seats are empty", "空岗"), "002: 空岗, at once", resolve_after=Seconds(10)),
    _entry(
        "short_staffed_long",
        "seated",
        ("Seats have been empty for half an hour", "空岗超过30分钟"),
        "002: 空岗, again after 30 minutes",
        lasting=Seconds(1800),
        resolve_after=Seconds(10),
        repeat_every=Seconds(300),
        severity="critical",
    ),
    _entry(
        "answer_rate_low",
        "answer_rate",
        ("Answer rate is low", "接通率偏低"),
        "004: at least 85 %, answers after 60 s counted as none",
        threshold=0.85,
        hysteresis=0.01,
        **_DAY | {"severity": "warning"},
    ),
    _entry(
        "abandon_rate_high",
        "abandon_rate",
        ("Many callers give up", "放弃率偏高"),
        "004: 3 to 5 %, short ones out",
        threshold=0.05,
        hysteresis=0.01,
    ),
    _entry(
        "late_answers",
        "late_answer_rate",
        ("Many answers are late", "应答超时率偏高"),
        "004: at most 20 % after more than 15 s",
        threshold=0.2,
        hysteresis=0.01,
        **_DAY,
    ),
    _entry(
        "within_rings_low",
        "within_rings_ratio",
        ("Phones ring for too long", "铃响超声偏多"),
        "002: within two rings; the share of 90 % is ours",
        threshold=0.9,
        hysteresis=0.01,
        **_DAY,
    ),
    _entry(
        "speed_of_answer_high",
        "speed_of_answer",
        ("Answers are slow (ASA)", "平均应答速度偏慢"),
        "004: 20 s, each half hour",
        threshold=20.0,
        hysteresis=2.0,
        severity="info",
    ),
    _entry(
        "blocked_rate_high",
        "blocked_rate",
        ("Callers are refused", "忙音率偏高"),
        "004: 1 to 3 %",
        threshold=0.03,
        hysteresis=0.005,
    ),
    _entry(
        "inflow_unusual",
        "inflow_deviation",
        ("Unusually many or few calls", "话务量异常"),
        "000: each hour beside the same hour of the last 7 days, ± 5 % to be explained",
        threshold=0.05,
        severity="info",
    ),
    _entry(
        "mean_wait_high",
        "mean_wait",
        ("Mean wait is long", "平均排队时间偏长"),
        "004: 30 to 90 s",
        threshold=90.0,
        **_DAY,
    ),
    _entry(
        "mean_hold_high",
        "mean_hold",
        ("Callers are held for long", "平均持线偏长"),
        "004: 20 to 60 s",
        threshold=60.0,
        **_DAY,
    ),
    _entry(
        "mean_handle_high",
        "mean_handle",
        ("Calls take long (AHT)", "平均处理时长偏长"),
        "004: 3 to 10 minutes",
        threshold=600.0,
        **_DAY,
    ),
    _entry(
        "mean_wrap_up_high", "mean_wrap_up", ("After-call work takes long", "平均事后处理偏长"), "004: 60 s", **_DAY
    ),
    _entry(
        "transfer_rate_high",
        "transfer_rate",
        ("Many calls are passed on", "转接率偏高"),
        "004: 1 to 3 %",
        threshold=0.03,
        **_DAY,
    ),
    _entry(
        "limit_exceeded",
        "pause_seconds",
        ("A pause is over its limit", "离席超时"),
        "002: away for 5 minutes; 003: busy for 15; meal for 60",
        **_BACK,
    ),
    _entry(
        "left_unapproved",
        "unapproved_seconds",
        ("Away without approval", "未经批准离席"),
        "002: ask the team leader first",
        **_AT_ONCE,
    ),
    _entry(
        "reason_missing",
        "reason_missing_seconds",
        ("A pause without a reason", "示忙未注明原因"),
        "000: 随意示忙",
        **_AT_ONCE,
    ),
    _entry(
        "missed_in_row",
        "missed_in_row",
        ("Calls are not answered, one after the other", "连续未接"),
        "002: 响铃超过2声未接起; that it takes three is ours",
        **_BACK,
    ),
    _entry(
        "wrap_up_long",
        "wrap_up_seconds",
        ("After-call work is over its target", "事后处理超时"),
        "004: 60 s",
        severity="info",
        **_BACK,
    ),
    _entry(
        "too_many_away",
        "away_at_once",
        ("Too many of a team are away at once", "同组离席人数过多"),
        "002: a team never pauses all at once",
        resolve_after=Seconds(5),
    ),
)

DEFAULT_RULES: Final[Mapping[str, Rule]] = MappingProxyType({entry.rule.name: entry.rule for entry in RULEBOOK})


def in_force(own: Iterable[RuleOverrides]) -> tuple[Rule, ...]:
    """The default rules with what a site says of them, then the site's own; those that are switched off left out.

    Raises ValueError when a rule makes no sense.
    """
    rules = dict(DEFAULT_RULES)
    for said in own:
        rules[said.name] = said.over(rules.get(said.name))
    return tuple(rule for rule in rules.values() if rule.enabled)
