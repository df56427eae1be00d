"""Dashboards that one can read: titles, descriptions, units, places; and queries that ask in the right way."""

import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from ctibridge.domain.views import AgentState
from ctibridge.outputs.prometheus.names import METRICS
from scripts.dashboards.__main__ import ALL, text
from scripts.dashboards.words import STATES
from tests.monitoring.panels import DASHBOARDS, FOLDER, GRAFANAS_OWN, loaded, names_in, panels, queries, variables
from tests.monitoring.shipped import CONFIG, records, sample_names, series_in
from tests.monitoring.shipped import loaded as yaml_of

EACH = pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
SETTINGS = "target_ratio|threshold_seconds|min_staff|page:ratio|prompt_ring_seconds|wrap_up_target_seconds"
UNITS = {"short", "percentunit", "s", "bytes", "none"}
FOREIGN = {
    "up",
    "ALERTS",
    "scrape_duration_seconds",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
}
"""Series that are not the bridge's own tables'."""
COUNTERS = {metric.name for metric in METRICS if metric.kind == "counter"} | {"process_cpu_seconds_total"}
GROWING = COUNTERS | {
    f"{metric.name}_{part}" for metric in METRICS if metric.kind == "histogram" for part in ("bucket", "sum", "count")
}
STANDING = r"ctibridge_(unexpected_events|repaired|gap_calls_recovered|invariant_broken|audit_mismatch|ami_errors|mqtt_rejected|mqtt_connects|outbox_dropped|agent_limit_exceeded)_total"  # noqa: E501
"""Counters of what should not happen are shown as they stand: one in a month must not be smoothed away."""


def test_the_files_are_what_their_descriptions_say() -> None:
    """Otherwise: python -m scripts.dashboards"""
    assert {path.stem for path in DASHBOARDS} == set(ALL)
    for name, dashboard in ALL.items():
        assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == text(dashboard)


def test_the_four_are_told_apart() -> None:
    dashboards = [loaded(path) for path in DASHBOARDS]
    assert len({one["uid"] for one in dashboards}) == len({one["title"] for one in dashboards}) == 4
    assert all(one["description"] and one["tags"] == ["ctibridge"] for one in dashboards)


@EACH
def test_whoever_imports_it_chooses_the_data_source(path: Path) -> None:
    dashboard = loaded(path)
    source = {"type": "prometheus", "uid": "${datasource}"}
    assert (
        dashboard["templating"]["list"][0] | {"type": "datasource", "query": "prometheus"}
        == (dashboard["templating"]["list"][0])
    )
    for panel in panels(dashboard):
        assert panel["datasource"] == source
        assert all(target["datasource"] == source for target in panel["targets"])
    assert all(one["datasource"] == source for one in dashboard["templating"]["list"][1:])


@EACH
def test_every_panel_says_what_it_shows_and_in_which_unit(path: Path) -> None:
    for panel in panels(loaded(path)):
        title = panel["title"]
        assert title[0].isupper(), title
        assert "_" not in title.replace("queue_log", ""), title
        assert panel["description"].endswith("."), title
        assert panel["description"].rstrip(".") != title
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, title
        assert panel["targets"], title
        assert len(panel["targets"]) == 1 or all(one["legendFormat"] != "__auto" for one in panel["targets"]), title
    counted = Counter(panel["title"] for panel in panels(loaded(path)))
    assert [title for title, count in counted.items() if count > 1] == []


@EACH
def test_panels_have_their_own_numbers_and_places(path: Path) -> None:
    shown: list[dict[str, Any]] = loaded(path)["panels"]
    assert len({panel["id"] for panel in shown}) == len(shown)
    for panel in shown:
        place = panel["gridPos"]
        assert place["x"] >= 0
        assert place["x"] + place["w"] <= 24
    for one, other in combinations(shown, 2):
        a, b = one["gridPos"], other["gridPos"]
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        below = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or below, (one["title"], other["title"])


@EACH
def test_queries_use_only_what_is_exported_or_recorded(path: Path) -> None:
    known = sample_names() | {record.record for record in records()} | FOREIGN
    for title, expression in queries(loaded(path)):
        plain = re.sub(r"\$\w+", "1m", expression)
        assert series_in(plain) - known == set(), title


@EACH
def test_counters_are_shown_by_their_growth_and_nothing_else_is(path: Path) -> None:
    for title, expression in queries(loaded(path)):
        for match in re.finditer(r"([a-zA-Z_:][\w:]*)(?:\{[^}]*\})?(\[[^]]+\])?", expression):
            name, span = match[1], match[2]
            if span:
                assert name in GROWING, (title, name)
                assert span in ("[$__rate_interval]", "[$__range]", "[1h]"), (title, span)
            elif name in GROWING:
                assert re.fullmatch(STANDING, name), (title, name)
        assert "irate(" not in expression, title
        assert not re.search(r"rate\([^[]*\[(?!\$__rate_interval)", expression), title


@EACH
def test_every_variable_is_used_and_every_used_one_is_there(path: Path) -> None:
    dashboard = loaded(path)
    used = {name for _, expression in queries(dashboard) for name in names_in(expression)}
    chosen = {name for query in variables(dashboard).values() for name in names_in(query)}
    assert (used | chosen) - GRAFANAS_OWN == set(variables(dashboard))
    assert all(f'{name}=~"${name}"' in str(dashboard["panels"]).replace("\\", "") for name in variables(dashboard))


@EACH
def test_what_is_aimed_at_comes_from_the_settings_of_the_site(path: Path) -> None:
    """Dashed lines are queries, not numbers, and whatever is coloured is relative or a count."""
    for panel in panels(loaded(path)):
        overrides = [override["matcher"] for override in panel["fieldConfig"]["overrides"]]
        dashed = {matcher["options"] for matcher in overrides if matcher["id"] == "byFrameRefID"}
        for target in panel["targets"]:
            if target["refId"] in dashed:
                assert re.search(rf"_({SETTINGS})\b", target["expr"])
        steps = [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1:]]
        if panel["fieldConfig"]["defaults"]["unit"] in ("s", "bytes"):
            assert steps in ([], [0]), f"{panel['title']}: seconds are compared with a number, not with a setting"


def test_every_state_of_an_agent_has_a_colour() -> None:
    assert set(STATES) == {state.value for state in AgentState}


def test_provisioning_puts_the_dashboards_where_compose_does() -> None:
    provisioning = CONFIG / "grafana" / "provisioning"
    [source] = yaml_of(provisioning / "datasources" / "prometheus.yml")["datasources"]
    scrape = yaml_of(CONFIG / "prometheus" / "prometheus.yml")["global"]["scrape_interval"]
    assert source["type"] == "prometheus"
    assert source["jsonData"]["timeInterval"] == scrape
    [provider] = yaml_of(provisioning / "dashboards" / "ctibridge.yml")["providers"]
    compose = yaml_of(CONFIG.parent / "docker-compose.yml")
    mounts = dict(volume.split(":")[:2] for volume in compose["services"]["grafana"]["volumes"] if volume[0] == ".")
    assert mounts["./config/grafana/dashboards"] == provider["options"]["path"]
