"""docker-compose.yml and the Dockerfiles, as data."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.monitoring.shipped import ROOT, loaded

PATH: Final = ROOT / "docker-compose.yml"
DOCKERFILES: Final = (ROOT / "Dockerfile", ROOT / "docker" / "asterisk" / "Dockerfile")


def compose() -> dict[str, Any]:
    """The whole file."""
    value: dict[str, Any] = loaded(PATH)
    return value


def services() -> dict[str, dict[str, Any]]:
    """Services by name."""
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def environment(service: str, chosen: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a service gets, with `chosen` in the shell that starts it."""
    values = services()[service].get("environment", {})
    return {name: _interpolated(str(value), chosen or {}) for name, value in values.items()}


def _interpolated(text: str, chosen: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        given = chosen.get(match[1])
        if given is None or (match[2] == ":-" and not given):
            return match[3]
        return given

    return re.sub(r"\$\{(\w+)(:?-)([^}]*)\}", value, text)


def instructions(path: Path) -> Iterator[tuple[str, str]]:
    """Instructions of a Dockerfile and what they say, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", path.read_text(encoding="utf-8"))
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            yield name, rest
