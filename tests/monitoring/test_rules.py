"""Alerts and recording rules: promtool plays stories to them; and none is without tests, severity or runbook."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.monitoring import tables
from tests.monitoring.shipped import (
    AREAS,
    FOREIGN,
    ROOT,
    RULE_TESTS,
    SEVERITIES,
    Alert,
    alert_tests,
    alerts,
    loaded,
    records,
    sample_names,
    series_in,
)
from tests.servers.available import requires_program

RUNBOOK_PAGE = "https://github.com/ctibridge/ctibridge/blob/main/docs/runbook.md"
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
EVERY_ALERT = pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.alert)


@pytest.mark.prometheus
@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.stem)
def test_alerts_fire_and_stay_quiet_as_told(path: Path) -> None:
    requires_program("promtool")
    done = subprocess.run(
        ["promtool", "test", "rules", str(path)], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr


@EVERY_ALERT
def test_no_alert_lacks_a_story_in_which_it_fires_or_one_in_which_it_is_quiet(alert: Alert) -> None:
    fires = {bool(test.exp_alerts) for test in alert_tests() if test.alertname == alert.alert}
    assert fires == {True, False}


@EVERY_ALERT
def test_every_alert_says_how_urgent_it_is_what_it_is_about_and_what_to_do(alert: Alert) -> None:
    assert alert.labels["severity"] in SEVERITIES
    assert alert.labels["area"] in AREAS
    assert alert.labels["topic"]
    assert alert.annotations.keys() == {"summary", "description", "runbook_url"}
    assert alert.annotations["summary"]
    assert alert.annotations["description"].endswith(".")


@EVERY_ALERT
def test_every_alert_has_a_heading_in_the_runbook_and_links_to_it(alert: Alert) -> None:
    assert alert.annotations["runbook_url"] == f"{RUNBOOK_PAGE}#{alert.alert.lower()}"
    assert f"\n### {alert.alert}\n" in RUNBOOK


def test_the_runbook_speaks_of_no_alert_that_is_not_there() -> None:
    section = RUNBOOK.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    assert re.findall(r"^### (\S+)$", section, re.MULTILINE) == [alert.alert for alert in alerts()]


def test_no_rule_is_there_twice() -> None:
    names = Counter([*(alert.alert for alert in alerts()), *(record.record for record in records())])
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("rule", [*alerts(), *records()], ids=lambda rule: getattr(rule, "alert", None) or rule.record)
def test_rules_use_only_what_is_exported_or_recorded(rule: Alert) -> None:
    known = sample_names() | FOREIGN | {record.record for record in records()}
    assert series_in(rule.expr)
    assert series_in(rule.expr) - known == set()


def test_alerts_about_queues_name_pbx_and_queue_so_that_an_inhibition_finds_them() -> None:
    for test in alert_tests():
        for expected in test.exp_alerts:
            labels = expected["exp_labels"]
            if labels["area"] in ("queue", "agent", "alarm", "broker"):
                assert "pbx" in labels, test.alertname


def test_recorded_names_say_of_what_and_how() -> None:
    """level:metric:operation, as docs/monitoring.md says."""
    for record in records():
        level, metric, operation = record.record.split(":")
        assert set(level.split("_")) <= {"pbx", "queue", "team", "state", "broker", "instance"}, record.record
        assert metric.startswith("ctibridge_"), record.record
        assert re.fullmatch(r"(increase|ratio|mean|p99_)(5m|30m|1h|4h|1d)?", operation), record.record


def test_stories_are_played_to_the_shipped_files() -> None:
    shipped = {ROOT / "config" / "prometheus" / "rules" / name for name in ("recording.yml", "alerts.yml")}
    for path in RULE_TESTS:
        files = {(path.parent / name).resolve() for name in loaded(path)["rule_files"]}
        assert files <= shipped


def test_the_tables_of_the_page_are_those_of_the_files() -> None:
    """Otherwise: python -m tests.monitoring.tables"""
    page = tables.PAGE.read_text(encoding="utf-8")
    assert page == tables.with_tables(page)
    assert page.count("](runbook.md#") == len(alerts()) + 1
