"""Writes config/grafana/dashboards."""

import json
from pathlib import Path
from typing import Final

from scripts.dashboards.bridge import THE_BRIDGE
from scripts.dashboards.floor import FLOOR
from scripts.dashboards.panels import Dashboard, as_json
from scripts.dashboards.queue import ONE_QUEUE
from scripts.dashboards.team import ONE_TEAM

FOLDER: Final = Path(__file__).parents[2] / "config" / "grafana" / "dashboards"
ALL: Final[dict[str, Dashboard]] = {"floor": FLOOR, "queue": ONE_QUEUE, "team": ONE_TEAM, "bridge": THE_BRIDGE}
"""By name of the file."""


def text(dashboard: Dashboard) -> str:
    """The file."""
    return json.dumps(as_json(dashboard), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, dashboard in ALL.items():
        (FOLDER / f"{name}.json").write_text(text(dashboard), encoding="utf-8")
