"""``[site]``: where the call centre's clocks hang, and when its day begins."""

import os
import re
from datetime import timedelta, tzinfo
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

LOCAL: Final = "local"
LOCALTIME: Final = Path("/etc/localtime")
ZONES: Final = "zoneinfo/"


class SiteSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The call centre's own time."""

    timezone: str = LOCAL
    """An IANA name such as ``Asia/Shanghai``; ``local`` is the time zone of this machine."""
    day_start: str = "00:00"
    """When the figures of the day start anew, ``HH:MM``."""

    def __post_init__(self) -> None:
        """Refuse time zones and times that do not exist."""
        self.zone()
        self.day_offset()

    def zone(self) -> tzinfo:
        """The time zone."""
        try:
            return _machine_zone() if self.timezone == LOCAL else ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f'timezone must be "local" or a name such as "Asia/Shanghai", got "{self.timezone}"'
            ) from error

    def day_offset(self) -> timedelta:
        """How long after midnight the day starts."""
        match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", self.day_start)
        if match is None:
            raise ValueError(f'day_start must be a time of day from "00:00" to "23:59", got "{self.day_start}"')
        return timedelta(hours=int(match[1]), minutes=int(match[2]))


def _machine_zone() -> tzinfo:
    """The machine's zone with its rules, not only today's offset; UTC where it has none."""
    if name := os.environ.get("TZ", "").lstrip(":"):
        return ZoneInfo(name)
    target = str(LOCALTIME.resolve())
    if ZONES in target:
        return ZoneInfo(target.partition(ZONES)[2])
    if LOCALTIME.exists():
        with LOCALTIME.open("rb") as rules:
            return ZoneInfo.from_file(rules, key=LOCAL)
    return ZoneInfo("UTC")
