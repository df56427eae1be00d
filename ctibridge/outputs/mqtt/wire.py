"""Publishes and their acknowledgements, past paho: many in one write, many in one read.

Paho makes an object with a lock of each message, writes each packet for itself and reads an acknowledgement byte by
byte, which cost more than all else that is done for an event.  A ``Wire`` stands where paho has its socket.  Publishes
are put into its buffer, acknowledgements are taken out of what the broker sends; all other packets are paho's as ever.
"""

import socket
import ssl
from collections.abc import Callable
from typing import Final, TypeAlias

Acknowledged: TypeAlias = Callable[[int, int], None]
"""Told packet identifier and reason code."""

CHUNK: Final = 1 << 16
PUBLISH: Final = 0x30
PUBACK: Final = 0x40
RETAIN: Final = 0x01
QOS_1: Final = 0x02
MORE: Final = 0x80
"""In a byte of a length: another one follows."""
MOST_LENGTH_BYTES: Final = 4
LARGEST_PACKET: Final = 268_435_455
"""Bytes after the length; it has no room for more."""
WITH_REASON: Final = 3
"""Bytes of an acknowledgement from which on it has a reason code; shorter ones mean yes."""

_NOT_NOW: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def publish_packet(
    topic: bytes, payload: bytes, *, identifier: int | None, is_retained: bool, properties: bytes
) -> bytes:
    """PUBLISH; QoS 0 where there is no ``identifier``.  ``properties`` come with their length, none in MQTT 3.1.1."""
    flags = PUBLISH | (RETAIN if is_retained else 0) | (QOS_1 if identifier is not None else 0)
    number = identifier.to_bytes(2, "big") if identifier is not None else b""
    length = 2 + len(topic) + len(number) + len(properties) + len(payload)
    head = bytes((flags, *_length(length))) + len(topic).to_bytes(2, "big")
    return b"".join((head, topic, number, properties, payload))


class Wire:
    """A socket for paho, which the publishes share."""

    def __init__(self, sock: socket.socket, acknowledged: Acknowledged) -> None:
        self._socket = sock
        self._acknowledged = acknowledged
        self._outgoing = bytearray()
        self._incoming = bytearray()
        """For paho."""
        self._left = 0
        """Bytes of a packet for paho that are still to come."""
        self._rest = b""
        """The beginning of a packet of which it cannot be said yet whose it is, or of an acknowledgement."""
        self._fault: OSError | None = None
        self.is_open = True

    @property
    def has_waiting(self) -> bool:
        """True when the socket did not take all of what was put."""
        return bool(self._outgoing)

    def put(self, packet: bytes) -> None:
        """To be sent by the next ``flush``."""
        self._outgoing += packet

    def flush(self) -> None:
        """Send what the socket takes; where it fails, paho is told so when it reads next."""
        while self._outgoing and self.is_open:
            try:
                sent = self._socket.send(self._outgoing)
            except _NOT_NOW:
                return
            except OSError as error:
                self._fault = error
                self._outgoing.clear()
                return
            del self._outgoing[:sent]

    @property
    def has_failed(self) -> bool:
        """True when the connection has ended, and paho has still to read so."""
        return self._fault is not None

    # -- as paho uses a socket ----------------------------------------------------------------------------------------

    def recv(self, size: int) -> bytes:
        """Bytes of packets that are not ours, none at the end; BlockingIOError or another OSError."""
        if not self._incoming and not self._read():
            return b""
        part = bytes(self._incoming[:size])
        del self._incoming[:size]
        return part

    def pending(self) -> int:
        """Bytes that can be had without the socket becoming readable."""
        within_tls = self._socket.pending() if isinstance(self._socket, ssl.SSLSocket) else 0
        return len(self._incoming) + within_tls

    def send(self, data: bytes) -> int:
        """All of it is taken, and goes with the next ``flush``."""
        self._outgoing += data
        return len(data)

    def close(self) -> None:
        """Send what the socket takes at once, a last DISCONNECT perhaps, and close."""
        self.flush()
        self.is_open = False
        self._socket.close()

    def fileno(self) -> int:
        """The socket's."""
        return self._socket.fileno()

    # -- reading ------------------------------------------------------------------------------------------------------

    def _read(self) -> bool:
        """Take in what has come; False at the end of the connection."""
        if self._fault is not None:
            raise self._fault
        try:
            data = self._socket.recv(CHUNK)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
            raise BlockingIOError from error
        if not data:
            return False
        self._take(self._rest + data if self._rest else data)
        if not self._incoming:
            raise BlockingIOError
        return True

    def _take(self, data: bytes) -> None:
        """Acknowledgements to those who wait for them, the rest to paho, also what is not whole yet."""
        at = min(self._left, len(data))
        self._left -= at
        self._incoming += data[:at]
        while (body := _body(data, at)) is not None:
            start, end = body
            if data[at] != PUBACK:
                self._incoming += data[at:end]
                self._left = max(0, end - len(data))
            elif end <= len(data):
                code = data[start + 2] if end - start >= WITH_REASON else 0
                self._acknowledged(data[start] << 8 | data[start + 1], code)
            else:
                break
            at = min(end, len(data))
        self._rest = data[at:]


def _length(number: int) -> bytes:
    """MQTT's variable byte integer."""
    parts = []
    while number >= MORE:
        parts.append(number % MORE | MORE)
        number //= MORE
    return bytes((*parts, number))


def _body(data: bytes, at: int) -> tuple[int, int] | None:
    """From where to where the body of a packet goes, which may be beyond the data; ``None`` where that is not known.

    A length that is none is paho's to complain about.
    """
    length, place = 0, at + 1
    for shift in range(0, 7 * MOST_LENGTH_BYTES, 7):
        if place >= len(data):
            return None
        byte = data[place]
        place += 1
        length |= (byte & ~MORE) << shift
        if byte < MORE:
            return place, place + length
    return len(data), len(data)
