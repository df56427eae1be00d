"""What a visitor may see of it all: the provider and the history again, with the rest left out.

Every answer is made from these, so that no route can forget to narrow.  Whoever adds a question to the provider or to
the history has to say here what becomes of it.
"""

from collections.abc import Mapping
from datetime import tzinfo

from ctibridge.domain.picture import Picture
from ctibridge.domain.privacy import PrivacySettings
from ctibridge.domain.sight import Sight, narrowed
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.web.api.commands import Commands
from ctibridge.outputs.web.api.events import EventLog
from ctibridge.outputs.web.api.history import About, Found, History, Rows, Span, Wanted
from ctibridge.outputs.web.api.queries import Outcome, Step
from ctibridge.outputs.web.api.rows import AgentInterval, Callback, Command, Gap, PastAlarm, QueueInterval, Stay
from ctibridge.outputs.web.provider import Provider, Reason, Site
from ctibridge.outputs.web.visitor import Tokens


class NarrowedProvider:
    """A provider as one visitor sees it."""

    def __init__(self, provider: Provider, sight: Sight, *, is_private: bool = False) -> None:
        """`is_private`: callers unmasked, for whom the sight allows it."""
        self._provider = provider
        self._sight = sight
        self._is_private = is_private and sight.is_private

    @property
    def timezone(self) -> tzinfo:
        """Where the call centre's clocks hang."""
        return self._provider.timezone

    @property
    def privacy(self) -> PrivacySettings | None:
        """How much of a caller may be shown, ``None`` for all."""
        return None if self._is_private else self._provider.privacy

    @property
    def history(self) -> History | None:
        """The past, as far as it may be seen."""
        history = self._provider.history
        return NarrowedHistory(history, self._sight) if history is not None else None

    @property
    def events(self) -> EventLog | None:
        """Events are of everything, and so for those who see everything."""
        return self._provider.events if self._sight.is_whole else None

    @property
    def tokens(self) -> Tokens | None:
        """Nobody's business."""
        return None

    @property
    def commands(self) -> Commands | None:
        """Not looked at, but asked, and permitted by role."""
        return None

    def reason_label(self, code: str | None, language: str) -> str | None:
        """What people call a pause reason."""
        return self._provider.reason_label(code, language)

    def pictures(self) -> Mapping[str, Picture]:
        """How each PBX stands that may be seen."""
        return {
            name: narrowed(picture, self._sight)
            for name, picture in self._provider.pictures().items()
            if self._sight.has_pbx(name)
        }

    def site(self) -> Site:
        """Where pages find what they show."""
        return self._provider.site()

    def hung(self) -> list[Reason]:
        """Health is for everybody."""
        return self._provider.hung()

    def unready(self) -> list[Reason]:
        """Health is for everybody."""
        return self._provider.unready()

    async def metrics(self, accept: str) -> tuple[bytes, str]:
        """All of them."""
        return await self._provider.metrics(accept)


class NarrowedHistory:
    """The past as one visitor sees it; that the PBX may be seen has been asked already."""

    def __init__(self, history: History, sight: Sight) -> None:
        self._history = history
        self._sight = sight

    async def queues(self, pbx: str) -> frozenset[str]:
        """Names of queues that have calls."""
        return frozenset(filter(self._sight.has_queue, await self._history.queues(pbx)))

    async def agents(self, pbx: str) -> frozenset[str]:
        """Ids of agents who were seen."""
        return frozenset(filter(self._sight.has_agent, await self._history.agents(pbx)))

    async def calls(
        self,
        wanted: Wanted,
        *,
        queues: frozenset[str] | None,
        agents: frozenset[str] | None,
        outcome: Outcome | None,
    ) -> Rows[Stay]:
        """Stays that agents answered who may be seen."""
        whose = self._sight.agents if agents is None else frozenset(filter(self._sight.has_agent, agents))
        return await self._history.calls(
            wanted, queues=await self._queues(wanted.pbx, queues), agents=whose, outcome=outcome
        )

    async def call(self, pbx: str, call: str) -> Found:
        """One caller's stays, rings and refusals, as far as they were with those who may be seen."""
        sight, found = self._sight, await self._history.call(pbx, call)
        return Found(
            stays=[one for one in found.stays if sight.has_queue(one.queue) and sight.has_agent(one.agent)],
            rings=[one for one in found.rings if sight.has_queue(one.queue) and sight.has_agent(one.agent)],
            refusals=[one for one in found.refusals if sight.has_queue(one.queue) and sight.has_agent(None)],
        )

    async def agent_intervals(self, wanted: Wanted, agent: str) -> Rows[AgentInterval]:
        """States that reach into the range."""
        if not self._sight.has_agent(agent):
            return Rows(rows=[], key=None)
        return await self._history.agent_intervals(wanted, agent)

    async def callbacks(self, wanted: Wanted, *, queues: frozenset[str] | None, now: Timestamp) -> Rows[Callback]:
        """Callers who gave up in queues that may be seen."""
        return await self._history.callbacks(wanted, queues=await self._queues(wanted.pbx, queues), now=now)

    async def alarms(
        self, wanted: Wanted, *, queues: frozenset[str] | None, agent: str | None, rule: str | None, about: About
    ) -> Rows[PastAlarm]:
        """Alarms about those who may be seen."""
        sight = self._sight
        seen = About(queues=await self._queues(wanted.pbx, about.queues), agents=sight.agents, teams=sight.teams)
        return await self._history.alarms(wanted, queues=queues, agent=agent, rule=rule, about=seen)

    async def commands(self, wanted: Wanted, *, user: str | None) -> Rows[Command]:
        """All or none: the route asks for a whole sight."""
        if not self._sight.is_whole:
            return Rows(rows=[], key=None)
        return await self._history.commands(wanted, user=user)

    async def gaps(self, wanted: Wanted) -> Rows[Gap]:
        """Gaps of the whole PBX."""
        return await self._history.gaps(wanted)

    async def intervals(
        self, pbx: str, span: Span, *, queues: frozenset[str] | None, step: Step
    ) -> list[QueueInterval]:
        """Figures of queues that may be seen."""
        seen = await self._queues(pbx, queues)
        if seen is not None and not seen:
            return []  # No names would mean all of them.
        return await self._history.intervals(pbx, span, queues=seen, step=step)

    async def _queues(self, pbx: str, queues: frozenset[str] | None) -> frozenset[str] | None:
        """What was asked for, or all, as far as it may be seen."""
        if self._sight.queues is None:
            return queues
        return await self.queues(pbx) if queues is None else frozenset(filter(self._sight.has_queue, queues))
