"""One PBX as commands see it: what is known of it, what can be asked of it, and what is seen to happen."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Final

from ctibridge.app.clock import monotonic
from ctibridge.app.commands.outcome import failed, refused
from ctibridge.app.commands.settings import CommandsSettings
from ctibridge.asterisk.client import AmiClient
from ctibridge.asterisk.clock import PbxClock
from ctibridge.asterisk.errors import AmiActionError, AmiConnectionError, AmiRefusedError
from ctibridge.asterisk.feed import Delivery
from ctibridge.asterisk.messages import Message
from ctibridge.domain.changes import AgentUpdated, Change
from ctibridge.domain.events import Event, MemberRecord
from ctibridge.domain.picture import Picture
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import AgentId
from ctibridge.domain.views import AgentView

REPLY_SECONDS: Final = 5.0
"""For Asterisk to say yes or no."""


class Witness:
    """Sees what happens while a command is being done."""

    def __init__(self, views: Mapping[AgentId, AgentView]) -> None:
        self.changes: list[Change] = []
        self.messages: list[Message] = []
        """Of AMI: those that were asked for."""
        self._views = dict(views)
        self._news = asyncio.Event()

    def agent(self, agent: AgentId) -> AgentView | None:
        """An agent as last seen."""
        return self._views.get(agent)

    def saw(self, change: Change) -> None:
        """Something changed."""
        self.changes.append(change)
        if isinstance(change, AgentUpdated):
            self._views[change.agent.agent] = change.agent
        self._news.set()

    def heard(self, message: Message) -> None:
        """AMI said something."""
        self.messages.append(message)
        self._news.set()

    async def sees(self, is_so: Callable[[], bool], seconds: float) -> bool:
        """Whether it is so, or becomes so in time."""
        try:
            async with asyncio.timeout(seconds):
                while not is_so():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return is_so()
        return True


class Ground:
    """One PBX."""

    def __init__(  # noqa: PLR0913 - what commands may use of a bridge
        self,
        pbx: str,
        client: AmiClient,
        clock: PbxClock,
        *,
        picture: Callable[[], Picture],
        memberships: Callable[[AgentId], tuple[MemberRecord, ...]],
        offer: Callable[[Delivery], None],
        policy: Policy,
        settings: CommandsSettings,
    ) -> None:
        self.pbx = pbx
        self.policy = policy
        self.settings = settings
        self.picture = picture
        self.memberships = memberships
        """An agent's places in queues, as last reported."""
        self.client = client
        self._clock = clock
        self._offer = offer
        self._witnesses: list[Witness] = []

    def note(self, change: Change) -> None:
        """Something changed."""
        for witness in self._witnesses:
            witness.saw(change)

    def tell(self, event: Event) -> None:
        """Tell the domain."""
        self._offer(Delivery(events=(event,), at=self._clock.now(), received=monotonic()))

    def agent(self, agent: AgentId) -> AgentView | None:
        """An agent as they stand."""
        return next((one.view for one in self.picture().agents if one.view.agent == agent), None)

    @contextmanager
    def witness(self, agent: AgentId | None = None, *, events: Collection[str] = ()) -> Iterator[Witness]:
        """Look at all changes from now on, at an agent's state, and at AMI's events of these names."""
        view = self.agent(agent) if agent is not None else None
        witness = Witness({view.agent: view} if view is not None else {})
        self._witnesses.append(witness)
        try:
            with ExitStack() as watching:
                if events:
                    watching.enter_context(self._watching(witness, events))
                yield witness
        finally:
            self._witnesses.remove(witness)

    async def ask(self, order: Mapping[str, str], *, but: Collection[str] = ()) -> str:
        """Have Asterisk do something; what it says to that.

        ``but``: words of an error that is none, because it is as it should be already.  Raises NotDoneError.
        """
        try:
            reply = await self.client.request(order, REPLY_SECONDS)
        except AmiActionError as error:
            raise refused("malformed", str(error)) from error
        except AmiConnectionError as error:
            raise failed("no_reply", str(error)) from error
        said = reply.get("message") or ""
        if not reply.is_success and not any(word in said for word in but):
            raise failed("asterisk", said or "no reason given")
        return said

    async def listed(self, order: Mapping[str, str]) -> list[Message]:
        """A list of Asterisk's; raises NotDoneError."""
        try:
            return await self.client.collect(order, REPLY_SECONDS)
        except AmiRefusedError as error:
            raise failed("asterisk", str(error)) from error
        except AmiConnectionError as error:
            raise failed("no_reply", str(error)) from error

    def _watching(self, witness: Witness, events: Collection[str]) -> AbstractContextManager[None]:
        try:
            return self.client.watching(frozenset(events), witness.heard)
        except AmiConnectionError as error:
            raise failed("no_reply", str(error)) from error
