"""What a dashboard is made of, and the JSON that Grafana 10 and later reads."""

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase
from typing import Any, Final, Literal

import msgspec

Kind = Literal["stat", "timeseries", "bargauge", "heatmap", "table", "state-timeline"]
Unit = Literal["short", "percentunit", "s", "bytes", "none"]
Colour = Literal["green", "orange", "red", "blue", "purple", "yellow", "gray", "text"]

COLUMNS: Final = 24
ROW_HEIGHT: Final = 1
SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a panel, or one column of a table."""

    expr: str
    legend: str = ""
    is_target: bool = False
    """Drawn dashed: what is aimed at."""
    unit: Unit | None = None
    """Of a column, where it is not the table's."""


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """One picture; ``steps`` are colours from a value on, the first from the lowest."""

    kind: Kind
    title: str
    text: str
    """Shown behind the (i): what it counts, and what to think of it."""
    unit: Unit
    queries: Sequence[Query]
    width: int = 8
    height: int = 8
    steps: Mapping[float, Colour] = {}
    words: Mapping[int, tuple[str, Colour]] = {}
    """What values mean, where they are not numbers to people."""
    is_stacked: bool = False
    decimals: int | None = None


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A heading and its panels, from left to right and then below."""

    title: str
    panels: Sequence[Panel]


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """A choice at the top, from the values of a label."""

    name: str
    label: str
    query: str
    is_multiple: bool = True


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """One page."""

    uid: str
    title: str
    text: str
    variables: Sequence[Variable]
    sections: Sequence[Section]
    span: str = "now-3h"


def as_json(dashboard: Dashboard) -> dict[str, Any]:
    """What Grafana imports and provisions."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.text,
        "tags": ["ctibridge"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "15s",
        "time": {"from": dashboard.span, "to": "now"},
        "timezone": "browser",
        "links": [
            {
                "type": "dashboards",
                "title": "ctibridge",
                "tags": ["ctibridge"],
                "asDropdown": True,
                "includeVars": True,
                "keepTime": True,
            }
        ],
        "annotations": {"list": [_alert_annotation()]},
        "templating": {"list": [_datasource(), *map(_variable, dashboard.variables)]},
        "panels": list(_laid_out(dashboard.sections)),
    }


def _alert_annotation() -> dict[str, Any]:
    return {
        "name": "Pages",
        "datasource": SOURCE,
        "enable": True,
        "expr": 'ALERTS{alertstate="firing", severity="page", pbx=~"$pbx"}',
        "titleFormat": "{{alertname}}",
        "textFormat": "{{queue}}",
        "iconColor": "red",
        "step": "60s",
    }


def _datasource() -> dict[str, Any]:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "current": {}}


def _variable(variable: Variable) -> dict[str, Any]:
    chosen: dict[str, Any] = {"text": "All", "value": "$__all"} if variable.is_multiple else {}
    return {
        "name": variable.name,
        "label": variable.label,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": variable.query, "refId": "values"},
        "definition": variable.query,
        "refresh": 2,
        "sort": 1,
        "multi": variable.is_multiple,
        "includeAll": variable.is_multiple,
        "allValue": ".*" if variable.is_multiple else None,
        "current": chosen,
    }


def _laid_out(sections: Sequence[Section]) -> Iterator[dict[str, Any]]:
    """Panels in lines as high as their highest, so that none overlap."""
    number, top = 0, 0
    for section in sections:
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": section.title,
            "collapsed": False,
            "panels": [],
            "gridPos": {"x": 0, "y": top, "w": COLUMNS, "h": ROW_HEIGHT},
        }
        top += ROW_HEIGHT
        left, line_height = 0, 0
        for panel in section.panels:
            if left + panel.width > COLUMNS:
                top, left, line_height = top + line_height, 0, 0
            number += 1
            yield _panel(panel) | {
                "id": number,
                "gridPos": {"x": left, "y": top, "w": panel.width, "h": panel.height},
            }
            left, line_height = left + panel.width, max(line_height, panel.height)
        top += line_height


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.text,
        "datasource": SOURCE,
        "targets": [_target(panel, query, ref) for query, ref in zip(panel.queries, ascii_uppercase, strict=False)],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": [*_dashed(panel), *_columns(panel)]},
        "options": _options(panel),
        "transformations": _transformations(panel),
    }


def _target(panel: Panel, query: Query, ref: str) -> dict[str, Any]:
    over_time = panel.kind in ("timeseries", "heatmap", "state-timeline")
    return {
        "refId": ref,
        "datasource": SOURCE,
        "expr": query.expr,
        "legendFormat": query.legend or "__auto",
        "range": over_time,
        "instant": not over_time,
        "format": {"heatmap": "heatmap", "table": "table"}.get(panel.kind, "time_series"),
    }


def _defaults(panel: Panel) -> dict[str, Any]:
    steps = [
        {"color": colour, "value": None if number == 0 else value}
        for number, (value, colour) in enumerate(sorted(panel.steps.items()))
    ] or [{"color": "text" if panel.kind == "stat" else "blue", "value": None}]
    defaults: dict[str, Any] = {
        "unit": panel.unit,
        "thresholds": {"mode": "absolute", "steps": steps},
        "color": {"mode": "thresholds" if panel.steps or panel.kind in ("stat", "bargauge") else "palette-classic"},
        "mappings": _mappings(panel),
        "noValue": "–",
    }
    if panel.decimals is not None:
        defaults["decimals"] = panel.decimals
    if panel.kind == "timeseries":
        defaults["custom"] = {
            "drawStyle": "line",
            "fillOpacity": 30 if panel.is_stacked else 0,
            "stacking": {"mode": "normal" if panel.is_stacked else "none", "group": "A"},
            "showPoints": "never",
            "axisSoftMin": 0,
        }
        defaults["color"] = {"mode": "palette-classic"}
    return defaults


def _mappings(panel: Panel) -> list[dict[str, Any]]:
    if not panel.words:
        return []
    options = {
        str(value): {"text": word, "color": colour, "index": index}
        for index, (value, (word, colour)) in enumerate(panel.words.items())
    }
    return [{"type": "value", "options": options}]


def _dashed(panel: Panel) -> Iterator[dict[str, Any]]:
    for query, ref in zip(panel.queries, ascii_uppercase, strict=False):
        if query.is_target:
            yield {
                "matcher": {"id": "byFrameRefID", "options": ref},
                "properties": [
                    {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 8]}},
                    {"id": "custom.fillOpacity", "value": 0},
                    {"id": "custom.stacking", "value": {"mode": "none"}},
                    {"id": "color", "value": {"mode": "fixed", "fixedColor": "text"}},
                ],
            }


def _columns(panel: Panel) -> Iterator[dict[str, Any]]:
    for query in panel.queries:
        if query.unit is not None:
            yield {
                "matcher": {"id": "byName", "options": query.legend},
                "properties": [{"id": "unit", "value": query.unit}],
            }


def _transformations(panel: Panel) -> list[dict[str, Any]]:
    """One row for each set of labels, without the moment of the question, and columns by their names."""
    if panel.kind != "table":
        return []
    values = [f"Value #{ref}" for ref, _ in zip(ascii_uppercase, panel.queries, strict=False)]
    names = {"Value": panel.queries[0].legend} if len(values) == 1 else {}
    names |= {value: query.legend for value, query in zip(values, panel.queries, strict=True)}
    organized = {"excludeByName": {"Time": True}, "renameByName": {key: name for key, name in names.items() if name}}
    return [{"id": "merge", "options": {}}, {"id": "organize", "options": organized}]


def _options(panel: Panel) -> dict[str, Any]:
    last = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    match panel.kind:
        case "stat":
            return {"reduceOptions": last, "colorMode": "value", "graphMode": "none", "textMode": "auto"}
        case "bargauge":
            return {"reduceOptions": last, "orientation": "horizontal", "displayMode": "basic"}
        case "timeseries":
            return {
                "legend": {"displayMode": "list", "placement": "bottom"},
                "tooltip": {"mode": "multi", "sort": "desc"},
            }
        case "heatmap":
            return {
                "calculate": False,
                "yAxis": {"unit": panel.unit},
                "color": {"scheme": "Oranges"},
                "cellGap": 1,
            }
        case "state-timeline":
            return {"showValue": "never", "mergeValues": True, "rowHeight": 0.8}
        case "table":
            return {"showHeader": True, "cellHeight": "sm"}
