"""What is shipped for Prometheus and Alertmanager, as data."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from ctibridge.outputs.prometheus.names import METRICS

ROOT: Final = Path(__file__).parents[2]
CONFIG: Final = ROOT / "config"
RULES: Final = CONFIG / "prometheus" / "rules"
RULE_TESTS: Final = sorted((Path(__file__).parent / "rules").glob("*.yaml"))
SEVERITIES: Final = ("page", "ticket", "info")
AREAS: Final = ("queue", "agent", "alarm", "bridge", "broker", "monitoring")

FOREIGN: Final = frozenset(
    {
        "up",
        "process_start_time_seconds",
        "prometheus_rule_evaluation_failures_total",
        "alertmanager_notifications_failed_total",
    }
)
"""Metrics that others give and alerts use."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of alerts.yml."""

    alert: str
    expr: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    lasting: str = msgspec.field(default="", name="for")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of recording.yml."""

    record: str
    expr: str


class AlertTest(msgspec.Struct, frozen=True, kw_only=True):
    """One promtool check of one alert at one moment."""

    alertname: str
    exp_alerts: Sequence[Mapping[str, Any]]


def loaded(path: Path) -> Any:  # noqa: ANN401 - YAML is what it is
    """A YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _rules(name: str) -> Iterator[Mapping[str, Any]]:
    return (rule for group in loaded(RULES / name)["groups"] for rule in group["rules"])


def alerts() -> list[Alert]:
    """All alerts, in the order of the file."""
    return [msgspec.convert(rule, Alert) for rule in _rules("alerts.yml")]


def records() -> list[Record]:
    """All recording rules, in the order of the file."""
    return [msgspec.convert(rule, Record) for rule in _rules("recording.yml")]


def alert_tests() -> Iterator[AlertTest]:
    """Every check of every promtool file."""
    for path in RULE_TESTS:
        for test in loaded(path)["tests"]:
            for check in test.get("alert_rule_test", ()):
                yield msgspec.convert(check, AlertTest)


def sample_names() -> frozenset[str]:
    """Names of all series that a bridge exports."""
    names = {metric.name for metric in METRICS}
    for metric in METRICS:
        if metric.kind == "histogram":
            names |= {f"{metric.name}_{part}" for part in ("bucket", "sum", "count")}
    return frozenset(names)


def series_in(expression: str) -> set[str]:
    """Names of series in a PromQL expression; labels, functions and words of the language are none."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", bare)
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\boffset \w+", "", bare)
    words = re.findall(r"(?<![\w:.$])([a-zA-Z_:][\w:]*)(?![\w:]|\s*\()", bare)
    return set(words) - {"and", "or", "unless", "bool"}
