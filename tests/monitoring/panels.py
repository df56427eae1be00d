"""The shipped dashboards as Grafana would read them, and their queries as Grafana would send them."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.monitoring.shipped import CONFIG

FOLDER: Final = CONFIG / "grafana" / "dashboards"
DASHBOARDS: Final = sorted(FOLDER.glob("*.json"))
GRAFANAS_OWN: Final = frozenset({"datasource", "__rate_interval", "__range", "__interval"})


def loaded(path: Path) -> dict[str, Any]:
    """One dashboard."""
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def panels(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """All panels, without the headings."""
    return (panel for panel in dashboard["panels"] if panel["type"] != "row")


def queries(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Title of the panel and expression."""
    return ((panel["title"], target["expr"]) for panel in panels(dashboard) for target in panel["targets"])


def variables(dashboard: Mapping[str, Any]) -> dict[str, str]:
    """Queries of the choices at the top, by name."""
    return {one["name"]: one["query"]["query"] for one in dashboard["templating"]["list"] if one["type"] == "query"}


def names_in(expression: str) -> set[str]:
    """Variables that an expression uses."""
    return set(re.findall(r"\$\{?(\w+)", expression))


def substituted(expression: str, values: Mapping[str, str]) -> str:
    """As Grafana does before it sends a query."""
    return re.sub(r"\$\{?(\w+)\}?", lambda match: values[match[1]], expression)
