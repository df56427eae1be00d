"""A provider that always shows the same."""

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo

from ctibridge.domain.figures import AgentTotals, QueueTotals
from ctibridge.domain.picture import AgentPicture, Picture, QueuePicture
from ctibridge.domain.policy import QueuePolicy
from ctibridge.domain.privacy import PrivacySettings
from ctibridge.domain.units import Seconds, Timestamp
from ctibridge.domain.views import AgentView, QueueView
from ctibridge.outputs.web.api.events import EventLog
from ctibridge.outputs.web.api.history import History
from ctibridge.outputs.web.page_settings import PagesSettings
from ctibridge.outputs.web.provider import Reason, Site
from ctibridge.outputs.web.visitor import Tokens
from tests.unit.outputs.facts import AT


def picture(*, queues: Sequence[QueueView] = (), agents: Sequence[AgentView] = (), is_synced: bool = True) -> Picture:
    """Five minutes after everything in it began."""
    return Picture(
        at=Timestamp(AT + 300),
        is_synced=is_synced,
        queues=tuple(QueuePicture(view=view, totals=QueueTotals(QueuePolicy())) for view in queues),
        agents=tuple(AgentPicture(view=view, totals=AgentTotals(agent=view.agent)) for view in agents),
        gap_seconds=Seconds(0),
        unexpected={},
    )


class Shown:
    """What the tests want the server to show."""

    def __init__(self, pictures: Mapping[str, Picture] | None = None) -> None:
        self.shown = pictures or {}
        self.kept: History | None = None
        self.known_tokens: Tokens | None = None
        self.hung_reasons: list[Reason] = []
        self.unready_reasons: list[Reason] = []
        self.accepts: list[str] = []
        self.pages = PagesSettings()
        self.websocket_url = "ws://broker.example:9001"

    @property
    def timezone(self) -> tzinfo:
        return UTC

    @property
    def privacy(self) -> PrivacySettings:
        return PrivacySettings()

    @property
    def history(self) -> History | None:
        return self.kept

    @property
    def events(self) -> EventLog | None:
        return None

    @property
    def commands(self) -> None:
        return None

    @property
    def tokens(self) -> Tokens | None:
        return self.known_tokens

    def reason_label(self, code: str | None, language: str) -> str | None:
        return {"en": "Away", "zh": "暂离"}[language] if code == "away" else code

    def pictures(self) -> Mapping[str, Picture]:
        return self.shown

    def site(self) -> Site:
        return Site(
            version="1.2.3",
            pages=self.pages,
            websocket_url=self.websocket_url,
            base="ctibridge/v1",
            pbxs=("pbx1",),
            at=AT,
        )

    def hung(self) -> list[Reason]:
        return self.hung_reasons

    def unready(self) -> list[Reason]:
        return self.unready_reasons

    async def metrics(self, accept: str) -> tuple[bytes, str]:
        self.accepts.append(accept)
        return b"up 1\n", "text/plain; version=0.0.4; charset=utf-8"
