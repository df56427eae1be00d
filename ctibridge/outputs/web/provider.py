"""What the web server asks of the rest of the daemon; ``app`` provides it."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Literal, Protocol

import msgspec

from ctibridge.domain.picture import Picture
from ctibridge.domain.privacy import PrivacySettings
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.web.api.commands import Commands
from ctibridge.outputs.web.api.events import EventLog
from ctibridge.outputs.web.api.history import History
from ctibridge.outputs.web.page_settings import PagesSettings
from ctibridge.outputs.web.visitor import Tokens


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that the daemon waits for, or that is wrong with it."""

    part: Literal["ami", "snapshot", "queue_log", "broker", "store", "loop", "stopping"]
    pbx: str = ""
    detail: str = ""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where pages find what they show."""

    version: str
    pages: PagesSettings
    websocket_url: str
    """Of the first broker that browsers can reach; empty where there is none."""
    base: str
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    """The broker's MQTT, as far as it is known."""
    pbxs: tuple[str, ...]
    at: Timestamp
    """The PBX's time now."""


class Provider(Protocol):
    """All PBXs together, as seen from outside."""

    @property
    def timezone(self) -> tzinfo:
        """Where the call centre's clocks hang."""

    @property
    def privacy(self) -> PrivacySettings | None:
        """How much of a caller may be shown, ``None`` for all."""

    @property
    def history(self) -> History | None:
        """The past, ``None`` where nothing is kept."""

    @property
    def events(self) -> EventLog | None:
        """What was published, ``None`` where nothing is kept."""

    @property
    def tokens(self) -> Tokens | None:
        """Who may see what, by token; ``None`` where none are kept."""

    @property
    def commands(self) -> Commands | None:
        """Whoever does what is asked for, ``None`` where nobody does."""

    def reason_label(self, code: str | None, language: str) -> str | None:
        """What people call a pause reason."""

    def pictures(self) -> Mapping[str, Picture]:
        """How each PBX stands, by its configured name."""

    def site(self) -> Site:
        """Where pages find what they show."""

    def hung(self) -> list[Reason]:
        """Why a restart would help; empty while the daemon works."""

    def unready(self) -> list[Reason]:
        """Why what we show is not the whole truth now; empty when it is."""

    async def metrics(self, accept: str) -> tuple[bytes, str]:
        """The metrics in the best format that an ``Accept`` header allows, and their content type."""
