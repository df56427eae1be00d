"""On what was measured, in words: figures without it say nothing."""

import os
import platform
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import ctibridge

PACKAGES: Final = ("panoramisk", "pyami-asterisk", "aiohttp", "aiomqtt", "paho-mqtt", "msgspec", "uvloop")


def today() -> str:
    """The date in UTC."""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"  # noqa: TID251 - says when it was measured


def commit() -> str:
    """Which one of the project, and whether files differ from it."""
    name = _said("git", "rev-parse", "--short", "HEAD") or "unknown"
    return f"{name} with changes" if _said("git", "status", "--porcelain", "--", "ctibridge") else name


def machine() -> str:
    """Processor, memory and system."""
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    return (
        f"{cores} cores of {_processor()}, {_gigabytes():.0f} GB, Linux {platform.release()} on "
        f"{platform.machine()}, load {load:.1f} when it began"
    )


def versions() -> str:
    """Of all that takes part."""
    found = [f"ctibridge {ctibridge.__version__} ({commit()})", f"Python {platform.python_version()}"]
    found += [f"{name} {text}" for name in PACKAGES if (text := _package(name))]
    found += [f"SQLite {sqlite3.sqlite_version}", _mosquitto()]
    if shutil.which("node"):
        found.append(f"node {_said('node', '--version').removeprefix('v')}")
    return ", ".join(found)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "an unnamed processor"


def _gigabytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _package(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _mosquitto() -> str:
    words = _first_line("mosquitto", "-h").split()
    return " ".join(words[:3]).replace(" version", "") if words else "mosquitto"


def _said(*command: str) -> str:
    try:
        return _run(command).strip()
    except OSError:
        return ""


def _first_line(*command: str) -> str:
    return next(iter(_said(*command).splitlines()), "")


def _run(command: Sequence[str]) -> str:
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=10).stdout
