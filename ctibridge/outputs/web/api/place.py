"""Where a question is asked: the PBX, its picture, and the names of queues and agents, now or in the history."""

from collections.abc import Mapping
from typing import Final

import msgspec

from ctibridge.domain.picture import AgentPicture, Picture, QueuePicture
from ctibridge.domain.units import Timestamp, queue_key
from ctibridge.outputs.web.api.events import EventLog
from ctibridge.outputs.web.api.history import History, Span
from ctibridge.outputs.web.api.moments import moment_text
from ctibridge.outputs.web.api.problems import BAD_RANGE, NO_HISTORY, NOT_IN_SYNC, UNKNOWN_NAME, ApiError
from ctibridge.outputs.web.api.queries import IntervalsQuery, RangeQuery
from ctibridge.outputs.web.api.window import Window
from ctibridge.outputs.web.provider import Provider

DAY: Final = 86_400.0


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How much time one question may ask for."""

    usual_days: int
    """Without ``from``."""
    most_days: int


class Place:
    """One PBX at the moment of a question."""

    def __init__(self, provider: Provider, path: Mapping[str, str]) -> None:
        """Raises ApiError for a PBX that is not configured."""
        self.path = path
        self.pbx = path["pbx"]
        self.zone = provider.timezone
        self._provider = provider
        picture = provider.pictures().get(self.pbx)
        if picture is None:
            raise ApiError(UNKNOWN_NAME, f"there is no PBX {self.pbx!r}", parameter="pbx", expected="see /api/v1/pbxs")
        self.picture: Picture = picture
        self.window = Window(self.pbx, picture, self.zone, provider.privacy)

    @property
    def now(self) -> Timestamp:
        """The PBX's time."""
        return self.picture.at

    @property
    def history(self) -> History:
        """The past; raises ApiError where none is kept."""
        if self._provider.history is None:
            raise ApiError(NO_HISTORY, "store.url is empty, so nothing is kept")
        return self._provider.history

    @property
    def events(self) -> EventLog:
        """What was published; raises ApiError where none of it is kept."""
        if self._provider.events is None:
            raise ApiError(NO_HISTORY, "store.url is empty, so no events are kept")
        return self._provider.events

    def queue(self, name: str) -> QueuePicture:
        """A queue that is there now; raises ApiError."""
        for one in self.picture.queues:
            if queue_key(one.view.queue) == queue_key(name):
                return one
        raise self._unknown("queue", name)

    def agent(self, agent: str) -> AgentPicture:
        """An agent who is there now; raises ApiError."""
        for one in self.picture.agents:
            if one.view.agent == agent:
                return one
        raise self._unknown("agent", agent)

    async def queues(self, name: str | None) -> frozenset[str] | None:
        """All spellings of a queue that is or was there, ``None`` for all queues; raises ApiError."""
        if name is None:
            return None
        known = {str(one.view.queue) for one in self.picture.queues} | await self.history.queues(self.pbx)
        spellings = frozenset(one for one in known if queue_key(one) == queue_key(name))
        if not spellings:
            raise self._unknown("queue", name)
        return spellings

    async def agents(self, agent: str | None) -> str | None:
        """An agent who is or was there; raises ApiError."""
        if agent is None or any(one.view.agent == agent for one in self.picture.agents):
            return agent
        if agent not in await self.history.agents(self.pbx):
            raise self._unknown("agent", agent)
        return agent

    def span(self, query: RangeQuery | IntervalsQuery, reach: Reach) -> Span:
        """The stretch of time that is asked for; raises ApiError."""
        until = query.to.timestamp if query.to else self.now
        usual = Timestamp(until - reach.usual_days * DAY)
        since = query.from_.timestamp if query.from_ else usual
        if since >= until:
            raise ApiError(
                BAD_RANGE,
                f"from ({self._text(since)}) is not before to ({self._text(until)})",
                parameter="from",
                expected="a moment before `to`",
            )
        if until - since > reach.most_days * DAY:
            raise ApiError(
                BAD_RANGE,
                f"from {self._text(since)} to {self._text(until)} is more than {reach.most_days} days",
                parameter="from",
                expected=f"at most {reach.most_days} days before `to`",
            )
        return Span(since=since, until=until)

    def _text(self, moment: Timestamp) -> str:
        return moment_text(moment, self.zone).isoformat()

    def _unknown(self, what: str, name: str) -> ApiError:
        if not self.picture.is_synced:
            return ApiError(
                NOT_IN_SYNC, f"whether there is a {what} {name!r} is not known while the PBX cannot be seen"
            )
        known = f"see /api/v1/{{pbx}}/{what}s"
        return ApiError(UNKNOWN_NAME, f"{self.pbx} has no {what} {name!r}", parameter=what, expected=known)
