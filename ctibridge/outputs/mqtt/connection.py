"""One connection to a broker, from CONNECT to its end; aiomqtt drives paho on the event loop, the rest is ours.

aiomqtt 2.5 reports a publish that the broker refused as done, and does not fail what is in flight when the connection
ends.  So publishes go out by ``wire``, their acknowledgements are taken here with their reason codes, and every
connection is a new client.
"""

import asyncio
import contextlib
import logging
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import aiomqtt
import paho.mqtt.client as paho
from aiomqtt import ProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ctibridge.outputs.mqtt.errors import (
    BrokerError,
    BrokerLostError,
    BrokerRefusedError,
    BrokerSilentError,
    BrokerUnreachableError,
    VersionRefusedError,
)
from ctibridge.outputs.mqtt.message import Message
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.outputs.mqtt.window import Answered
from ctibridge.outputs.mqtt.wire import LARGEST_PACKET, Wire, publish_packet

CONNECT_SECONDS: Final = 3.0
"""For the TCP connection, and once more for the broker's answer.  Name resolution takes what it takes."""
KEEPALIVE_SECONDS: Final = 10
"""A dead link is noticed after at most twice this, also when nothing is published."""
CLOSE_SECONDS: Final = 1.0
WILL_DELAY_SECONDS: Final = 5
"""A reconnect within this does not flash "offline" (MQTT 5; 3.1.1 has no such thing)."""
SESSION_SECONDS: Final = 30
"""The broker's memory of us must outlive the delay of the will, or the will goes out at once."""

MOST_EARLY: Final = 1000
FAILED: Final = 0x80
"""Reason codes from here on are refusals."""
TOO_LARGE: Final = 0x95
"""Packet too large, said by ourselves before the broker would have to close the connection over it."""
VERSION_CODES: Final = frozenset({0x81, 0x82, 0x84})
"""Malformed packet, protocol error, unsupported version: what a broker may say to an MQTT that it does not know."""
INVALID_TOPIC: Final = 0x90
"""Topic name invalid, said by ourselves of a topic that does not fit into a packet."""
LONGEST_TOPIC: Final = 65_535
"""Bytes; topics are ASCII."""
PACKET_OVERHEAD: Final = 16
"""Bytes at most around topic and payload of one of our publishes."""
MOST_IN_FLIGHT: Final = 60_000
"""Fewer than there are identifiers for publishes."""
LAST_IDENTIFIER: Final = 65_535
FIRST_IDENTIFIER: Final = 1024
"""Of a publish.  Paho numbers from 1 what it sends itself, and that is a few packets on a connection."""
NO_PROPERTIES: Final = b"\0"

_WIRE_LOG: Final = logging.getLogger("ctibridge.outputs.mqtt.wire")


def _demoted(record: logging.LogRecord) -> bool:
    """Paho calls a lost connection an error; what it means, the publisher says once and at its own level."""
    record.levelno, record.levelname = logging.DEBUG, "DEBUG"
    return _WIRE_LOG.isEnabledFor(logging.DEBUG)


_WIRE_LOG.addFilter(_demoted)


class BrokerClient(aiomqtt.Client):
    """A connection that tells what became of each publish, and which retained topics it was shown."""

    def __init__(self, settings: MqttSettings, *, client_id: str, will: Message, version: ProtocolVersion) -> None:
        """OSError or ValueError when a file that the settings name cannot be used."""
        is_v5 = version is ProtocolVersion.V5
        super().__init__(
            settings.host,
            settings.port,
            username=settings.username or None,
            password=settings.secret(),
            identifier=client_id,
            protocol=version,
            will=_will(will, is_v5=is_v5),
            clean_session=None if is_v5 else True,
            # Not clean: a clean start ends the session that was, and with it sends the will that was to be delayed.
            clean_start=False if is_v5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=_session_properties() if is_v5 else None,
            keepalive=KEEPALIVE_SECONDS,
            timeout=CONNECT_SECONDS,
            tls_context=settings.tls_context(),
            # paho's own limit would hold messages back unseen; the window is kept by the caller.
            max_inflight_messages=0,
            logger=_WIRE_LOG,
        )
        self._client.connect_timeout = CONNECT_SECONDS
        # Paho has packets of its own to send; it says so, too, from the thread in which it connects.
        self._client.on_socket_register_write = self._on_packets
        self._client.on_socket_unregister_write = None  # Ours are not its concern.
        self._answers: dict[int, Answered] = {}
        self._identifier = LAST_IDENTIFIER
        self._wire: Wire | None = None
        self._is_writing = False
        """It goes out before the loop waits again."""
        self._is_blocked = False
        """The socket does not take more now."""
        self._is_v5 = is_v5
        self._granted: Properties | None = None
        self.retained: set[str] = set()
        """Topics that the broker had a retained message for when we subscribed."""
        self.retained_at = 0.0
        """Loop time of the newest of them."""
        self.on_command: Callable[[paho.MQTTMessage], None] | None = None
        """Told of every message on the topics of ``watch_commands``."""
        self.early: deque[paho.MQTTMessage] = deque(maxlen=MOST_EARLY)
        """What the broker kept for us while we were away, and handed over before anybody asked for it."""
        self._commands = ""

    @property
    def lost(self) -> asyncio.Future[None]:
        """Done when the connection has ended."""
        return self._disconnected

    @property
    def most_in_flight(self) -> int:
        """How many publishes the broker lets us send ahead of its answers."""
        return int(getattr(self._granted, "ReceiveMaximum", MOST_IN_FLIGHT))

    @property
    def keeps_retained(self) -> bool:
        """False when the broker says that it does not support retained messages."""
        return bool(getattr(self._granted, "RetainAvailable", 1))

    async def open(self) -> None:
        """Connect; a BrokerError says why not."""
        connecting = asyncio.get_running_loop().run_in_executor(None, self._client_connect)
        try:
            await asyncio.shield(connecting)
            async with asyncio.timeout(CONNECT_SECONDS):
                await asyncio.shield(self._connected)
        except asyncio.CancelledError:
            # paho connects in a thread, which cannot be cancelled and would leave a socket behind.
            await asyncio.wait({connecting}, timeout=CONNECT_SECONDS)
            self._abandon()
            raise
        except TimeoutError:
            self._abandon()
            raise BrokerSilentError(f"no answer within {CONNECT_SECONDS:g} s") from None
        except BrokerError:
            self._abandon()
            raise
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            self._abandon()
            raise _refusal(error) from error

    async def close(self) -> None:
        """Say goodbye, so that the broker does not send the will, and let go whether it answers or not."""
        if not self.lost.done():
            self._client.disconnect()
            await asyncio.wait({self.lost}, timeout=CLOSE_SECONDS)
        self._abandon()

    def send(self, message: Message, answered: Answered, properties: Properties | None = None) -> None:
        """Publish without waiting; ``answered`` gets the reason code, at once where the broker will not be asked.

        Nobody is told anything after the connection has ended.
        """
        if (fault := self._fault(message)) is not None:
            answered(fault)
            return
        if self._wire is None or not self._wire.is_open:
            raise BrokerLostError("not connected")
        identifier = None
        if message.qos:
            identifier = self._free_identifier()
            self._answers[identifier] = answered
        packed = NO_PROPERTIES if properties is None else properties.pack()  # type: ignore[no-untyped-call]
        packet = publish_packet(
            message.topic.encode(),
            message.payload,
            identifier=identifier,
            is_retained=message.is_retained,
            properties=packed if self._is_v5 else b"",
        )
        self._wire.put(packet)
        self._write_soon()
        if identifier is None:
            answered(0)

    async def watch_retained(self, filters: tuple[str, ...]) -> list[str]:
        """Have retained topics shown in ``retained``; returns the filters that the broker refused."""
        # Without noLocal the broker would send back all that we publish meanwhile.
        options = SubscribeOptions(qos=0, noLocal=True) if self._is_v5 else None
        codes = await self._subscribed([(one, options or 0) for one in filters])
        self.retained_at = asyncio.get_running_loop().time()
        return [one for one, code in zip(filters, codes, strict=False) if code >= FAILED]

    async def watch_commands(self, filter_: str) -> int:
        """Have requests handed to ``on_command``, those that were published as retained marked so; the reason code."""
        self._commands = filter_
        options = SubscribeOptions(qos=1, noLocal=True, retainAsPublished=True) if self._is_v5 else None
        return (await self._subscribed([(filter_, options or 1)]))[0]

    async def unwatch_retained(self, filters: tuple[str, ...]) -> None:
        """Have no more shown."""
        try:
            await self.unsubscribe(list(filters))
        except aiomqtt.MqttError as error:
            raise BrokerLostError(f"unsubscribing: {error}") from error

    def _is_command(self, topic: str) -> bool:
        return bool(self._commands) and paho.topic_matches_sub(self._commands, topic)

    def _fault(self, message: Message) -> int | None:
        if len(message.topic) > LONGEST_TOPIC:
            return INVALID_TOPIC
        most = getattr(self._granted, "MaximumPacketSize", None)
        size = len(message.payload) + len(message.topic) + PACKET_OVERHEAD
        return TOO_LARGE if size > min(LARGEST_PACKET, most or LARGEST_PACKET) else None

    def _free_identifier(self) -> int:
        while True:
            self._identifier = self._identifier + 1 if self._identifier < LAST_IDENTIFIER else FIRST_IDENTIFIER
            if self._identifier not in self._answers:
                return self._identifier

    def _acknowledged(self, identifier: int, code: int) -> None:
        answered = self._answers.pop(identifier, None)
        if answered is not None:
            answered(code)

    async def _subscribed(self, topics: list[tuple[str, Any]]) -> list[int]:
        try:
            codes = await self.subscribe(topics)
        except aiomqtt.MqttError as error:
            raise BrokerLostError(f"subscribing: {error}") from error
        return [code.value if isinstance(code, ReasonCode) else code for code in codes]

    def _abandon(self) -> None:
        # No public way of paho's closes a socket without waiting for the peer.
        self._client._sock_close()  # noqa: SLF001
        for future in (self._connected, self._disconnected):
            if future.done() and not future.cancelled():
                future.exception()
        self._answers.clear()

    # -- writing ------------------------------------------------------------------------------------------------------

    def _write_soon(self) -> None:
        """What is put within one turn of the loop goes out in one piece."""
        if not self._is_writing and not self._is_blocked:
            self._is_writing = True
            self._loop.call_soon(self._write)

    def _write(self) -> None:
        """What waits goes out, paho's packets and ours; what the socket does not take has to wait for it."""
        self._is_writing = False
        wire = self._wire
        if wire is None or not wire.is_open:
            return
        try:
            self._client.loop_write()
            wire.flush()
            if wire.has_failed:
                self._client.loop_read()
        except Exception as error:  # noqa: BLE001 - whatever it is, the connection has ended by it
            if not self.lost.done():
                self.lost.set_exception(error)
        self._watch(wire)

    def _on_packets(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._write)

    def _watch(self, wire: Wire) -> None:
        """Have the loop say when the socket takes more, as long as there is more."""
        if not wire.is_open or wire.has_waiting == self._is_blocked:
            return
        self._is_blocked = wire.has_waiting
        if self._is_blocked:
            self._loop.add_writer(wire.fileno(), self._write)
        else:
            self._loop.remove_writer(wire.fileno())

    def _on_socket_open(
        self,
        client: paho.Client,
        userdata: Any,  # noqa: ANN401 - paho's signature
        sock: Any,  # noqa: ANN401 - a socket, or TLS around it
    ) -> None:
        # Else a small publish waits for the acknowledgement of the one before, up to 40 ms.  Paho does not ask for
        # it, and aiomqtt only in its own way of connecting.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Paho has no public way to have something else in the place of its socket.
        self._wire = Wire(sock, self._acknowledged)
        client._sock = self._wire  # type: ignore[assignment]  # noqa: SLF001
        super()._on_socket_open(client, userdata, self._wire)

    def _on_socket_close(
        self,
        client: paho.Client,
        userdata: Any,  # noqa: ANN401 - paho's signature
        sock: Any,  # noqa: ANN401 - the wire
    ) -> None:
        if self._is_blocked:
            self._loop.remove_writer(sock.fileno())
        super()._on_socket_close(client, userdata, sock)

    def _on_connect(
        self,
        client: paho.Client,
        userdata: Any,  # noqa: ANN401 - paho's signature
        flags: paho.ConnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        self._granted = properties
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(
        self,
        client: paho.Client,
        userdata: Any,  # noqa: ANN401 - paho's signature
        flags: paho.DisconnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        if not self._connected.done():
            self._connected.set_exception(BrokerSilentError(f"closed without an answer: {_words_of(reason_code)}"))
        super()._on_disconnect(client, userdata, flags, reason_code, properties)

    def _on_message(
        self,
        client: paho.Client,  # noqa: ARG002 - paho's signature
        userdata: Any,  # noqa: ANN401, ARG002 - paho's signature
        message: paho.MQTTMessage,
    ) -> None:
        is_command = self.on_command is not None and self._is_command(message.topic)
        if is_command and self.on_command is not None:
            self.on_command(message)
        elif self.on_command is None and not message.retain:
            self.early.append(message)
        elif message.retain:
            self.retained.add(message.topic)
            self.retained_at = asyncio.get_running_loop().time()


@contextlib.asynccontextmanager
async def connected(
    settings: MqttSettings, *, client_id: str, will: Message, version: ProtocolVersion
) -> AsyncIterator[BrokerClient]:
    """A connection for the length of a block; a BrokerError when there is none to be had."""
    try:
        client = BrokerClient(settings, client_id=client_id, will=will, version=version)
    except (OSError, ValueError) as error:
        raise BrokerUnreachableError(f"a file that [mqtt] names cannot be used: {error}") from error
    await client.open()
    try:
        yield client
    finally:
        await client.close()


def lost_reason(client: BrokerClient) -> str:
    """Why a connection ended, for people."""
    error = client.lost.exception() if client.lost.done() and not client.lost.cancelled() else None
    return _words(error) if error is not None else "closed"


def reason_name(code: int) -> str:
    """The label for a refusal, e.g. ``not_authorized``."""
    try:
        name = ReasonCode(PacketTypes.PUBACK, identifier=code).getName()
    except (KeyError, ValueError):
        name = "packet too large" if code == TOO_LARGE else f"code_{code:#04x}"
    return name.lower().replace(" ", "_")


def _refusal(error: Exception) -> BrokerError:
    if not isinstance(error, aiomqtt.MqttCodeError):
        return BrokerUnreachableError(_words(error))
    code = error.rc.value if isinstance(error.rc, ReasonCode) else error.rc
    kind = VersionRefusedError if code in VERSION_CODES else BrokerRefusedError
    return kind(_words(error))


def _words(error: BaseException) -> str:
    code = getattr(error, "rc", None)
    if isinstance(code, ReasonCode):
        return _words_of(code)
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip()


def _words_of(code: ReasonCode) -> str:
    # What paho makes of a connection that just ended.
    return "connection lost" if str(code) == "Unspecified error" else str(code)


def _will(message: Message, *, is_v5: bool) -> aiomqtt.Will:
    properties = None
    if is_v5:
        properties = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
        properties.WillDelayInterval = WILL_DELAY_SECONDS
    return aiomqtt.Will(message.topic, message.payload, message.qos, message.is_retained, properties)


def _session_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_SECONDS
    return properties
