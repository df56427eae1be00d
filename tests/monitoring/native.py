"""The shipped files for servers on this machine: other hosts, and where a test cannot wait, a faster clock."""

import re
from typing import Final

from tests.monitoring.shipped import CONFIG

PROMETHEUS: Final = CONFIG / "prometheus"
ALERTMANAGER: Final = CONFIG / "alertmanager"


def prometheus_files(*, bridge: str, alertmanager: str, itself: str, faster: float = 1.0) -> dict[str, str]:
    """config/prometheus with other hosts.

    `faster`: divides the interval between scrapes and what alerts have to last.  Ranges of expressions stay.
    """
    text = (PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8")
    for written, ours in (
        ("ctibridge:8080", bridge),
        ("alertmanager:9093", alertmanager),
        ("localhost:9090", itself),
    ):
        assert written in text
        text = text.replace(written, ours)
    files = {"prometheus.yml": text} | {
        f"rules/{path.name}": path.read_text(encoding="utf-8") for path in (PROMETHEUS / "rules").glob("*.yml")
    }
    if faster == 1:
        return files
    return {
        name: _faster(text, ("scrape_interval", "evaluation_interval", "for"), faster) for name, text in files.items()
    }


def alertmanager_files(*, receiver: str, faster: float = 1.0) -> dict[str, str]:
    """config/alertmanager with another receiver, `host:port`; `faster` divides what it waits for."""
    text = (ALERTMANAGER / "alertmanager.yml").read_text(encoding="utf-8").replace("duty.example:8000", receiver)
    template = ALERTMANAGER / "templates" / "ctibridge.tmpl"
    return {
        "alertmanager.yml": _faster(text, ("group_wait", "group_interval"), faster),
        f"templates/{template.name}": template.read_text(encoding="utf-8"),
    }


def _faster(text: str, keys: tuple[str, ...], factor: float) -> str:
    def shorter(match: re.Match[str]) -> str:
        seconds = int(match[2]) * {"s": 1, "m": 60, "h": 3600}[match[3]]
        return f"{match[1]}{max(1, round(seconds / factor))}s"

    return re.sub(rf"(\b(?:{'|'.join(keys)}): )(\d+)([smh])\b", shorter, text)
