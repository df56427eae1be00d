# ruff: noqa: ARG002 - the samples answer whatever is asked of them
"""An example answer of each route: what it answers about the samples, so it cannot differ from what the code does."""

from collections.abc import Mapping
from datetime import UTC, tzinfo
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from ctibridge.domain.picture import Picture
from ctibridge.domain.privacy import PrivacySettings
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.web.api import history, rows, samples
from ctibridge.outputs.web.api.events import EventLog, EventPage, RefusedPublish
from ctibridge.outputs.web.api.history import About, Rows, Span, Wanted
from ctibridge.outputs.web.api.queries import Outcome, Step, read_query
from ctibridge.outputs.web.api.routes import ROUTES, Route
from ctibridge.outputs.web.page_settings import PagesSettings
from ctibridge.outputs.web.provider import Reason, Site
from ctibridge.outputs.web.visitor import Tokens


class SampleHistory:
    """Answers the examples' questions, and no others."""

    async def queues(self, pbx: str) -> frozenset[str]:
        """The one queue."""
        return frozenset({samples.SALES})

    async def agents(self, pbx: str) -> frozenset[str]:
        """Both agents."""
        return frozenset({samples.ANN, samples.BOB})

    async def calls(
        self,
        wanted: Wanted,
        *,
        queues: frozenset[str] | None,
        agents: frozenset[str] | None,
        outcome: Outcome | None,
    ) -> Rows[rows.Stay]:
        """The stays of one outcome."""
        return Rows(rows=[stay for stay in samples.STAYS if outcome in (None, stay.outcome)], key=None)

    async def call(self, pbx: str, call: str) -> history.Found:
        """The answered call."""
        return history.Found(
            stays=[stay for stay in samples.STAYS if stay.call == call], rings=[samples.RING], refusals=[]
        )

    async def agent_intervals(self, wanted: Wanted, agent: str) -> Rows[rows.AgentInterval]:
        """Ann's morning."""
        return Rows(rows=list(samples.AGENT_INTERVALS), key=None)

    async def callbacks(self, wanted: Wanted, *, queues: frozenset[str] | None, now: Timestamp) -> Rows[rows.Callback]:
        """The caller who gave up."""
        return Rows(rows=[samples.CALLBACK], key=None)

    async def alarms(
        self, wanted: Wanted, *, queues: frozenset[str] | None, agent: str | None, rule: str | None, about: About
    ) -> Rows[rows.PastAlarm]:
        """The one that fires."""
        return Rows(rows=[samples.PAST_ALARM], key=None)

    async def commands(self, wanted: Wanted, *, user: str | None) -> Rows[rows.Command]:
        """Eve sent Bob away."""
        return Rows(rows=[samples.COMMAND], key=None)

    async def gaps(self, wanted: Wanted) -> Rows[rows.Gap]:
        """An hour before."""
        return Rows(rows=[samples.GAP], key=None)

    async def intervals(
        self, pbx: str, span: Span, *, queues: frozenset[str] | None, step: Step
    ) -> list[rows.QueueInterval]:
        """The half hour before nine."""
        return [samples.INTERVAL]


class SampleEvents:
    """Two events, of which the newer is asked for."""

    async def after(self, pbx: str, sequence: int | None, limit: int) -> EventPage:
        """The newer one."""
        return EventPage(epoch=7, oldest=1, newest=1042, events=[samples.EVENT])

    async def refused(self, pbx: str, limit: int) -> list[RefusedPublish]:
        """One message."""
        return [samples.REFUSED]


class SampleProvider:
    """One samples.PBX, in sync, in a site that goes by UTC."""

    @property
    def timezone(self) -> tzinfo:
        """UTC."""
        return UTC

    @property
    def privacy(self) -> PrivacySettings | None:
        """The defaults."""
        return PrivacySettings()

    @property
    def history(self) -> history.History | None:
        """The samples."""
        return SampleHistory()

    @property
    def events(self) -> EventLog | None:
        """The samples."""
        return SampleEvents()

    @property
    def tokens(self) -> Tokens | None:
        """None are known."""
        return None

    @property
    def commands(self) -> None:
        """Nobody is here to do anything."""
        return None

    def reason_label(self, code: str | None, language: str) -> str | None:
        """No labels."""
        return code

    def pictures(self) -> Mapping[str, Picture]:
        """The one samples.PBX."""
        return {samples.PBX: samples.picture()}

    def site(self) -> Site:
        """One without a broker."""
        at = samples.picture().at
        return Site(
            version="", pages=PagesSettings(), websocket_url="", base="ctibridge/v1", pbxs=(samples.PBX,), at=at
        )

    def hung(self) -> list[Reason]:
        """Nothing."""
        return []

    def unready(self) -> list[Reason]:
        """Nothing."""
        return []

    async def metrics(self, accept: str) -> tuple[bytes, str]:
        """None."""
        return b"", "text/plain"


async def examples() -> Mapping[str, object]:
    """An answer of each route, by its name, as JSON values."""
    return {route.name: msgspec.to_builtins(await _answer(route)) for route in ROUTES}


async def _answer(route: Route) -> msgspec.Struct:
    address = urlsplit(route.example)
    names = (name.strip("{}") for name in route.path.split("/"))
    path = {name: unquote(part) for name, part in zip(names, address.path.split("/"), strict=True)}
    return await route.answering(SampleProvider(), path, read_query(route.query, parse_qsl(address.query)))
