"""Keeps one broker told of one PBX, through every loss of the connection."""

import asyncio
import random
import sys
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from aiomqtt import ProtocolVersion

from ctibridge.domain.journal import Entry
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.backoff import Backoff
from ctibridge.outputs.mqtt.commands import CommandLine, Take
from ctibridge.outputs.mqtt.connection import BrokerClient, connected, lost_reason
from ctibridge.outputs.mqtt.errors import (
    BrokerError,
    BrokerLostError,
    BrokerRefusedError,
    BrokerSilentError,
    VersionRefusedError,
)
from ctibridge.outputs.mqtt.health import MqttHealth, Tally
from ctibridge.outputs.mqtt.info import Info
from ctibridge.outputs.mqtt.lane import Lane
from ctibridge.outputs.mqtt.message import Message
from ctibridge.outputs.mqtt.outbox import Outbox
from ctibridge.outputs.mqtt.outbox_event import OutboxEvent, Refused
from ctibridge.outputs.mqtt.outgoing import Outgoing
from ctibridge.outputs.mqtt.session import Session
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.outputs.mqtt.spool import Gap, Spool
from ctibridge.outputs.mqtt.status import Standing, StatusLine

GOOD_SECONDS: Final = 5.0
"""A connection that lasted so long was a good one: the next attempts start with short pauses again."""


class MqttOutput:
    """One broker and one PBX.  ``accept`` and the ``set_…`` only take note; ``run`` does the rest."""

    def __init__(  # noqa: PLR0913 - put together by ``app``
        self,
        settings: MqttSettings,
        announcer: Announcer,
        *,
        epoch: int,
        info: Info,
        clock: Callable[[], Timestamp],
        outbox: Outbox | None = None,
        cursor: int | None = None,
    ) -> None:
        """``clock`` is the bridge's, the one that ``Entry.recorded`` comes from.

        Events come from ``outbox``, from those after ``cursor`` on (``None``: the next one to come); where there is no
        outbox they wait in memory.
        """
        self.broker = settings.name
        self.name = settings.place
        self.wants_twins = settings.private
        self._settings = settings
        self._announcer = announcer
        self._epoch = epoch
        self._info = info
        self._clock = clock
        self._line = StatusLine(epoch)
        self._outbox = outbox
        newest = outbox.newest if outbox is not None else 0
        spool = Spool(settings.outbox_limit if outbox is None else sys.maxsize, self._gap_message)
        lane = Lane(spool, announcer, outbox, newest if cursor is None else min(cursor, newest))
        self._outgoing = Outgoing(announcer, lane, newest)
        self._tally = Tally()
        self._version = ProtocolVersion.V311 if settings.protocol == "3.1.1" else ProtocolVersion.V5
        self._proven: ProtocolVersion | None = None
        self._session: Session | None = None
        self._trouble: str | None = "not connected yet"
        self.take_command: Take | None = None
        """Who does what is asked for at this broker, if anybody."""
        self._log = structlog.get_logger("ctibridge.outputs.mqtt").bind(broker=self.broker, pbx=announcer.pbx)

    # -- what others tell us ------------------------------------------------------------------------------------------

    def accept(self, entries: Sequence[Entry]) -> None:
        """Take note of changes in their order; never blocks, never fails."""
        self.accept_stored(entries, self._announcer.events(entries))

    def accept_stored(self, entries: Sequence[Entry], events: Sequence[OutboxEvent]) -> None:
        """Take note of changes, and of the events among them as the outbox has them."""
        self._outgoing.accept(entries, events)
        self._wake()

    def set_status(self, standing: Standing) -> None:
        """The connection to the PBX got better or worse."""
        self._line.standing = standing
        self._wake()

    def set_info(self, info: Info) -> None:
        """The configuration changed."""
        self._info = info
        if self._session is not None:
            self._session.renew_info()

    @property
    def cursor(self) -> int:
        """Up to where the broker has acknowledged everything."""
        return self._outgoing.lane.cursor

    @property
    def health(self) -> MqttHealth:
        """How it goes."""
        lane = self._outgoing.lane
        return MqttHealth(
            broker=self.broker,
            is_connected=self._session is not None,
            is_current=self._session is not None and self._line.is_current,
            reason=self._trouble if self._session is None else self._line.refused,
            connects=self._tally.connects,
            published=dict(self._tally.published),
            rejected=dict(self._tally.rejected),
            outbox_messages=len(lane),
            outbox_oldest=lane.oldest,
            outbox_dropped=lane.dropped,
            latency=self._tally.latency,
        )

    # -- connections --------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Connect, publish, reconnect, until cancelled; then say ``offline`` and go."""
        backoff = Backoff(random.Random())  # noqa: S311 - jitter
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            try:
                await self._connection()
            except BrokerError as error:
                self._judge(error)
            if loop.time() - started > GOOD_SECONDS:
                backoff.reset()
            await asyncio.sleep(backoff.pause())

    async def _connection(self) -> None:
        client_id = self._settings.client_id_for(self._announcer.pbx)
        will = self._announcer.status(self._line.last_will())
        async with connected(self._settings, client_id=client_id, will=will, version=self._version) as client:
            session = self._begin(client)
            try:
                await self._serve(client, session)
            except asyncio.CancelledError:
                await self._farewell(session)
                raise
            finally:
                self._session = None
                self._outgoing.lane.rewind()

    def _begin(self, client: BrokerClient) -> Session:
        self._line.connected(None if client.keeps_retained else "the broker keeps no retained messages")
        self._tally.connects += 1
        self._trouble = None
        self._proven = self._version
        self._log.info("broker connected", protocol=self._version.name)
        self._session = Session(
            client,
            window=self._settings.window,
            outgoing=self._outgoing,
            announcer=self._announcer,
            line=self._line,
            info=self._info_message,
            tally=self._tally,
            clock=self._clock,
            set_aside=self._set_aside,
        )
        return self._session

    async def _serve(self, client: BrokerClient, session: Session) -> None:
        """Work until the connection ends; always by an exception."""
        name = f"{self.broker}-{self._announcer.pbx}"
        tasks = {asyncio.create_task(session.work(), name=f"mqtt-{name}")}
        if self.take_command is not None:
            line = CommandLine(client, self._announcer.topics, self.take_command)
            tasks.add(asyncio.create_task(line.work(), name=f"commands-{name}"))
        try:
            await asyncio.wait({*tasks, client.lost}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
        raise BrokerLostError(lost_reason(client))

    async def _farewell(self, session: Session) -> None:
        try:
            await session.farewell()
        except BrokerError as error:
            self._log.warning("broker left without a farewell", reason=str(error))
        else:
            self._log.info("broker left")

    def _judge(self, error: BrokerError) -> None:
        """Try the other MQTT where it may be that; say what is wrong once, not at each attempt."""
        if self._is_about_version(error):
            is_new = self._version is ProtocolVersion.V5
            self._version = ProtocolVersion.V311 if is_new else ProtocolVersion.V5
            self._log.debug("trying the other MQTT", protocol=self._version.name, reason=str(error))
        if self._trouble == str(error):
            return
        self._trouble = str(error)
        if isinstance(error, BrokerRefusedError):
            self._log.error("broker refuses the connection", reason=self._trouble)
        else:
            self._log.warning("broker not connected", reason=self._trouble)

    def _is_about_version(self, error: BrokerError) -> bool:
        """A broker that does not know MQTT 5 says so, or closes, or waits for the rest of what it misreads."""
        if self._settings.protocol != "auto":
            return False
        is_puzzled = isinstance(error, BrokerSilentError) and self._proven is None
        return isinstance(error, VersionRefusedError) or is_puzzled

    def _wake(self) -> None:
        if self._session is not None:
            self._session.wake()

    def _info_message(self) -> Message:
        sequence = self._outgoing.sequence
        return self._announcer.info(self._info, epoch=self._epoch, sequence=sequence, now=self._clock())

    def _set_aside(self, message: Message, reason: str) -> None:
        if self._outbox is not None:
            sequence, now = message.sequence, self._clock()
            self._outbox.set_aside(
                Refused(broker=self.broker, topic=message.topic, sequence=sequence, reason=reason, at=now)
            )

    def _gap_message(self, gap: Gap) -> Message:
        self._log.warning("events dropped", first=gap.first, last=gap.last, dropped=gap.dropped)
        return self._announcer.gap(gap, epoch=self._epoch, now=self._clock())
