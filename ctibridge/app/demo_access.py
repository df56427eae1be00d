"""Who may read and write what at the demo's broker: the access list that mosquitto would get, held by amqtt.

Whoever gives no name may do everything: it is a demo on this machine.  Whoever signs in on a page is one of the demo's
people, whatever the password, and gets what that role gets.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from amqtt.broker import Broker
from amqtt.contexts import Action
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

READ, WRITE = "read", "write"
_NEEDS: Final[Mapping[Action, str]] = {Action.PUBLISH: WRITE, Action.RECEIVE: READ}


def rights_of(access_list: str) -> dict[str, dict[str, list[str]]]:
    """Topic filters by user and by what they are for, as the lines of the list grant them."""
    rights: dict[str, dict[str, list[str]]] = {}
    mine: dict[str, list[str]] = {}
    for line in access_list.splitlines():
        match line.split(" ", 2):
            case ["user", name]:
                mine = rights.setdefault(name, {READ: [], WRITE: []})
            case ["topic", kind, topic]:
                for right in (READ, WRITE):
                    if kind in (right, "readwrite"):
                        mine[right].append(topic)
    return rights


def is_within(topic: str, filters: Iterable[str]) -> bool:
    """Whether one of the filters matches a topic."""
    levels = topic.split("/")
    return any(_matches(levels, one.split("/")) for one in filters)


def _matches(levels: list[str], wanted: list[str]) -> bool:
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        levels = levels[: len(wanted)]
    return len(levels) == len(wanted) and all(one in ("+", level) for one, level in zip(wanted, levels, strict=True))


class DemoAccounts(BaseAuthPlugin):  # type: ignore[misc]  # amqtt has no types
    """Lets in whoever gives no name, and the demo's people."""

    async def authenticate(self, *, session: Session) -> bool:
        """Whether somebody may come in."""
        if not session.username:
            session.is_anonymous = True
            return True
        return session.username in self.config.users

    @dataclass
    class Config:
        """What the demo says of them."""

        users: list[str] = field(default_factory=list)


class DemoRights(BaseTopicPlugin):  # type: ignore[misc]  # amqtt has no types
    """Holds those who signed in to the access list."""

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        """Whether somebody may do something with a topic; a subscription is judged message by message."""
        mine = self.config.rights.get(session.username) if session is not None and session.username else None
        need = _NEEDS.get(action) if action is not None else None
        return mine is None or need is None or is_within(topic or "", mine[need])

    @dataclass
    class Config:
        """What the access list grants."""

        rights: dict[str, dict[str, list[str]]] = field(default_factory=dict)


class _Subscriptions(dict[str, list[tuple[Session, int]]]):
    """Can be gone through while somebody subscribes: amqtt awaits in the middle of its loops."""

    def __iter__(self) -> Iterator[str]:
        return iter(list(super().__iter__()))

    def items(self) -> Any:  # noqa: ANN401 - a view's type, of a copy
        return list(super().items())


class DemoBroker(Broker):  # type: ignore[misc]  # amqtt has no types
    """Asks for each retained message, too: amqtt by itself asks for new ones only."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config)
        self._subscriptions = _Subscriptions()

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        wanted, qos = subscription
        if all(subscriber is not session for subscriber, _ in self._subscriptions.get(wanted, ())):
            return  # At each connect amqtt goes through everybody's subscriptions.
        if not session.username:
            await super()._publish_retained_messages_for_subscription(subscription, session)
            return
        for topic in list(self._retained_messages):
            if self._matches(topic, wanted) and await self._topic_filtering(session, topic, Action.RECEIVE):
                await super()._publish_retained_messages_for_subscription((topic, qos), session)
