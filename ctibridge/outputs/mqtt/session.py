"""What is said on one connection.

The order after a connect, and why:

1.  all states, then the removal of retained topics whose subject is gone, then ``info``;
2.  ``status`` online last, so that whoever sees it knows that everything before it is current;
3.  events that waited while the broker was away.  They come after the states because a backlog may be long, and a
    display should not look at old states meanwhile.  Nothing gets confused by that: a state says with its sequence
    which events it includes, and those of the backlog are not newer.

From then on an event is sent before the states that include it.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeAlias

import structlog

from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.connection import FAILED, BrokerClient, reason_name
from ctibridge.outputs.mqtt.errors import BrokerError
from ctibridge.outputs.mqtt.health import Tally
from ctibridge.outputs.mqtt.message import Message
from ctibridge.outputs.mqtt.outgoing import Outgoing
from ctibridge.outputs.mqtt.spool import Spooled
from ctibridge.outputs.mqtt.status import StatusLine
from ctibridge.outputs.mqtt.window import Window

EVENTS_A_ROUND: Final = 200
"""Then states get their turn, so that a long backlog of events does not keep them old; where more states are due than
that, a quarter as many events go before them, or events would wait for ever in a centre whose every agent moves."""
FLUSH_SECONDS: Final = 1.5
"""For what is left to send when we are asked to stop."""
FAREWELL_SECONDS: Final = 1.0
"""For ``offline`` after that."""
QUIET_SECONDS: Final = 0.3
"""No retained topic shown for so long means that all have been; brokers do not mark the last one."""
SURVEY_SECONDS: Final = 5.0
"""Then the rest is left for the next connect."""

InfoMessage: TypeAlias = Callable[[], Message]
SetAside: TypeAlias = Callable[[Message, str], None]
"""Told of a publish that was refused, and why."""
Log: TypeAlias = Any
"""structlog's bound logger, which has no type that all of its configurations share."""


class Session:
    """One connection's work, until it ends."""

    def __init__(  # noqa: PLR0913 - the parts of an output, put together by ``MqttOutput``
        self,
        client: BrokerClient,
        *,
        window: int,
        outgoing: Outgoing,
        announcer: Announcer,
        line: StatusLine,
        info: InfoMessage,
        tally: Tally,
        clock: Callable[[], Timestamp],
        set_aside: SetAside,
    ) -> None:
        self._client = client
        self._window = Window(client, window)
        self._outgoing = outgoing
        self._announcer = announcer
        self._line = line
        self._info = info
        self._tally = tally
        self._clock = clock
        self._set_aside = set_aside
        self._is_info_due = False
        self._wake = asyncio.Event()
        self._log = structlog.get_logger("ctibridge.outputs.mqtt").bind(pbx=announcer.pbx)

    def wake(self) -> None:
        """Something is waiting."""
        self._wake.set()

    def renew_info(self) -> None:
        """The configuration changed."""
        self._is_info_due = True
        self.wake()

    async def work(self) -> None:
        """Publish for ever; a BrokerError when the broker does not answer any more."""
        while True:
            self._wake.clear()
            if self._outgoing.mirror.is_complete and not self._line.is_current:
                await self._birth()
            await self._round()
            if not self._outgoing.is_waiting or not self._line.is_current:
                await self._window.until(self._wake)

    async def farewell(self) -> None:
        """Send what is left, then ``offline``; within bounds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_SECONDS):
                while self._line.is_current and self._outgoing.is_waiting:
                    await self._round()
        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._send(self._announcer.status(self._line.farewell(self._outgoing.sequence, self._clock())))
                await self._window.settle()
        except TimeoutError:
            raise BrokerError("no answer to the farewell") from None

    async def _birth(self) -> None:
        """Make the broker's retained topics equal to the mirror."""
        filters = self._announcer.topics.retained_filters()
        for refused in await self._client.watch_retained(filters):
            self._log.warning("broker does not show us our retained topics", filter=refused)
        for message in self._outgoing.birth():
            await self._send(message)
        await self._window.settle()
        await self._survey()
        await self._client.unwatch_retained(filters)
        seen = filter(self._announcer.topics.may_be_stale, self._client.retained)
        for topic in self._outgoing.mirror.stale(seen):
            await self._send(Message(topic=topic, payload=b"", kind="state", sequence=self._outgoing.sequence))
        self._is_info_due = True
        self._line.is_current = True
        await self._tell_site()
        self._log.info("broker is current", states=len(self._outgoing.mirror), waiting_events=len(self._outgoing.lane))

    async def _survey(self) -> None:
        """Wait until the broker has shown the retained topics that it has."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + SURVEY_SECONDS
        while (rest := min(self._client.retained_at + QUIET_SECONDS, deadline) - loop.time()) > 0:  # noqa: ASYNC110 - silence is no event
            await asyncio.sleep(rest)

    async def _round(self) -> None:
        """Events, then the states that include them, then figures, then what we say of ourselves."""
        if self._line.is_current:
            await self._send_events()
            await self._send_states()
        await self._tell_site()

    async def _send_events(self) -> None:
        for _ in range(max(EVENTS_A_ROUND, self._outgoing.states_due // 4)):
            if self._window.is_full:
                await self._window.room()
            spooled = self._outgoing.lane.take() or await self._load()
            if spooled is None:
                return
            self._window.send(spooled.message, partial(self._event_answered, spooled))

    async def _load(self) -> Spooled | None:
        """The next event, from disk: memory has no more."""
        lane = self._outgoing.lane
        try:
            return lane.take() if await lane.load() else None
        except sqlite3.Error as error:
            raise BrokerError(f"the outbox cannot be read: {error}") from error

    async def _send_states(self) -> None:
        states = self._outgoing.take_states()
        try:
            for topic in tuple(states):
                await self._send(states[topic].message())
                del states[topic]
        finally:
            self._outgoing.give_back(states)

    async def _tell_site(self) -> None:
        if self._is_info_due and self._line.is_current:
            self._is_info_due = False
            await self._send(self._info())
            await self._window.settle()
        if self._line.is_due():
            await self._send(self._announcer.status(self._line.say(self._outgoing.sequence, self._clock())))
            await self._window.settle()

    async def _send(self, message: Message) -> None:
        if self._window.is_full:
            await self._window.room()
        self._window.send(message, partial(self._answered, message))

    def _event_answered(self, spooled: Spooled, code: int) -> None:
        self._outgoing.lane.acknowledge(spooled)
        recorded = spooled.message.recorded
        if code < FAILED and recorded is not None:
            self._tally.latency.observe(max(0.0, self._clock() - recorded))
        self._answered(spooled.message, code)

    def _answered(self, message: Message, code: int) -> None:
        """A refused message is not tried again: the same words would be refused again."""
        if code < FAILED:
            self._tally.published[message.kind] += 1
            return
        reason = reason_name(code)
        self._tally.rejected[reason] += 1
        self._set_aside(message, reason)
        if self._line.refused is None:
            self._line.refused = f"the broker refuses messages: {reason}, first {message.topic}"
            self._log.error("broker refuses messages", reason=reason, topic=message.topic)
            self.wake()
