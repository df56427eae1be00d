"""All PBXs together, as the web server and the metrics ask for them."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo

import ctibridge
from ctibridge.app.bridge import PbxBridge
from ctibridge.app.commands.request import Request
from ctibridge.app.config import Configuration
from ctibridge.app.events_api import EventsApi
from ctibridge.app.health import Health
from ctibridge.app.history_api import HistoryApi
from ctibridge.app.metrics import Metrics
from ctibridge.app.token_keys import TokenKeys
from ctibridge.domain.answers import Answer
from ctibridge.domain.picture import Picture
from ctibridge.domain.privacy import PrivacySettings
from ctibridge.outputs.web.api.commands import Ordered
from ctibridge.outputs.web.provider import Reason, Site


class Overview:
    """What ``outputs.web`` calls its provider."""

    def __init__(
        self, configuration: Configuration, bridges: Sequence[PbxBridge], health: Health, metrics: Metrics
    ) -> None:
        self._timezone = configuration.site.zone()
        self._privacy = configuration.privacy
        self._policy = configuration.policy()
        self._pages = configuration.pages
        self._brokers = configuration.mqtt
        self._bridges = bridges
        self._health = health
        self._metrics = metrics
        self.history: HistoryApi | None = None
        """The past, where something is kept."""
        self.tokens: TokenKeys | None = None
        """Who may see what over HTTP, where tokens are kept."""

        self.events = EventsApi(bridges) if all(bridge.outbox is not None for bridge in bridges) else None
        """What was published, where it is kept."""

    def adopt(self, configuration: Configuration) -> None:
        """Call reasons by their new names, and count by the new rules."""
        self._policy = configuration.policy()
        self._pages = configuration.pages
        if self.history is not None:
            self.history.policy = self._policy
        if self.tokens is not None:
            self.tokens.adopt(configuration)

    @property
    def timezone(self) -> tzinfo:
        """Where the call centre's clocks hang."""
        return self._timezone

    @property
    def commands(self) -> "Overview":
        """Whoever does what is asked for."""
        return self

    async def take(self, ordered: Ordered) -> Answer | None:
        """Do it; ``None`` when there is no such PBX, or none was named where there are several."""
        found = [bridge for bridge in self._bridges if ordered.pbx in (bridge.name, "")]
        if len(found) != 1:
            return None
        request = Request(
            user=ordered.user,
            command=ordered.command,
            payload=ordered.body,
            via=ordered.via,
            address=ordered.address,
        )
        return await found[0].desk.handle(request)

    @property
    def privacy(self) -> PrivacySettings:
        """How much of a caller may be shown."""
        return self._privacy

    def reason_label(self, code: str | None, language: str) -> str | None:
        """What people call a pause reason."""
        reason = self._policy.pause_reason(code)
        if reason is None:
            return code
        return (reason.label_zh if language == "zh" else reason.label) or reason.label or code

    def pictures(self) -> Mapping[str, Picture]:
        """How each PBX stands, by its configured name."""
        return {bridge.name: bridge.pump.picture() for bridge in self._bridges}

    def site(self) -> Site:
        """Where pages find what they show."""
        broker = next((one for one in self._brokers if one.websocket_url), self._brokers[0])
        return Site(
            version=ctibridge.__version__,
            pages=self._pages,
            websocket_url=broker.websocket_url,
            base=broker.base,
            protocol=broker.protocol,
            pbxs=tuple(bridge.name for bridge in self._bridges),
            at=self._bridges[0].pbx_clock.now(),
        )

    def hung(self) -> list[Reason]:
        """Why a restart would help."""
        return self._health.hung()

    def unready(self) -> list[Reason]:
        """What is waited for."""
        return self._health.unready()

    async def metrics(self, accept: str) -> tuple[bytes, str]:
        """The metrics in the best format that an ``Accept`` header allows, and their content type."""
        return await self._metrics.render(accept)
