import socket
from collections.abc import Iterator

import pytest

from ctibridge.outputs.mqtt.wire import CHUNK, Wire, publish_packet

PINGRESP = b"\xd0\x00"
YES = b"\x40\x02\x04\x00"
"""Number 1024, MQTT 3.1.1 and 5."""
REFUSED = b"\x40\x04\x04\x01\x87\x00"
"""Number 1025, not authorized, no properties."""


class Broker:
    """The other end of a wire."""

    def __init__(self) -> None:
        ours, self.socket = socket.socketpair()
        ours.settimeout(0)
        self.acknowledged: list[tuple[int, int]] = []
        self.wire = Wire(ours, lambda number, code: self.acknowledged.append((number, code)))

    def says(self, data: bytes) -> bytes:
        """What paho gets to read of it."""
        self.socket.sendall(data)
        return self.read()

    def read(self) -> bytes:
        got = b""
        try:
            while part := self.wire.recv(7):
                got += part
        except BlockingIOError:
            pass
        return got


@pytest.fixture
def broker() -> Iterator[Broker]:
    broker = Broker()
    yield broker
    broker.wire.close()
    broker.socket.close()


@pytest.mark.parametrize(
    ("identifier", "is_retained", "properties", "packet"),
    [
        (1024, False, b"\0", b"\x32\x08\x00\x01t\x04\x00\x00hi"),
        (1024, True, b"", b"\x33\x07\x00\x01t\x04\x00hi"),
        (None, True, b"\0", b"\x31\x06\x00\x01t\x00hi"),
    ],
    ids=["event", "MQTT 3.1.1", "figures"],
)
def test_publishes_as_the_standard_has_them(
    identifier: int | None, properties: bytes, packet: bytes, *, is_retained: bool
) -> None:
    made = publish_packet(b"t", b"hi", identifier=identifier, is_retained=is_retained, properties=properties)
    assert made == packet


@pytest.mark.parametrize(
    ("size", "length"),
    [
        (124, b"\x7f"),
        (125, b"\x80\x01"),
        (16_380, b"\xff\x7f"),
        (16_381, b"\x80\x80\x01"),
        (2_097_149, b"\x80\x80\x80\x01"),
    ],
)
def test_lengths_take_as_many_bytes_as_they_need(size: int, length: bytes) -> None:
    made = publish_packet(b"t", b"x" * size, identifier=None, is_retained=False, properties=b"")
    assert made[1 : 1 + len(length)] == length
    assert len(made) == 1 + len(length) + 3 + size


def test_acknowledgements_are_ours_and_the_rest_is_pahos(broker: Broker) -> None:
    assert broker.says(YES + PINGRESP + REFUSED) == PINGRESP
    assert broker.acknowledged == [(1024, 0), (1025, 0x87)]


def test_bytes_may_come_one_by_one(broker: Broker) -> None:
    message = publish_packet(b"cmd", b"x" * 200, identifier=7, is_retained=False, properties=b"\0")
    got = b"".join(broker.says(bytes((byte,))) for byte in YES + message + REFUSED + PINGRESP)
    assert got == message + PINGRESP
    assert broker.acknowledged == [(1024, 0), (1025, 0x87)]


def test_a_long_message_is_handed_on_as_it_comes(broker: Broker) -> None:
    message = publish_packet(b"cmd", b"\x40" * 3 * CHUNK, identifier=7, is_retained=False, properties=b"\0")
    got = broker.says(message[:1000])
    assert len(got) == 1000
    for at in range(1000, len(message), CHUNK):
        got += broker.says(message[at : at + CHUNK])
    assert got + broker.says(YES) == message
    assert broker.acknowledged == [(1024, 0)]


def test_a_length_that_is_none_is_handed_to_paho(broker: Broker) -> None:
    assert broker.says(b"\x30\xff\xff\xff\xff\xff") == b"\x30\xff\xff\xff\xff\xff"


def test_the_end_is_an_end_to_paho(broker: Broker) -> None:
    broker.socket.close()
    assert broker.wire.recv(1) == b""


def test_what_cannot_be_sent_ends_the_connection_where_paho_reads(broker: Broker) -> None:
    broker.socket.close()
    broker.wire.put(b"x")
    broker.wire.flush()
    assert broker.wire.has_failed
    with pytest.raises(BrokenPipeError):
        broker.wire.recv(1)


def test_what_the_socket_does_not_take_waits_in_its_order(broker: Broker) -> None:
    much = bytes(range(256)) * 16_384
    broker.wire.put(much)
    broker.wire.flush()
    assert broker.wire.send(PINGRESP) == len(PINGRESP)
    turns, got = 0, bytearray()
    while len(got) < len(much) + len(PINGRESP):
        turns += broker.wire.has_waiting
        got += broker.socket.recv(CHUNK)
        broker.wire.flush()
    assert turns > 1
    assert got == much + PINGRESP


def test_a_last_packet_goes_out_before_the_socket_is_closed(broker: Broker) -> None:
    broker.wire.send(b"\xe0\x00")
    assert broker.wire.is_open
    broker.wire.close()
    assert broker.socket.recv(10) == b"\xe0\x00"
