import asyncio

import pytest

from ctibridge.outputs.mqtt import window as window_module
from ctibridge.outputs.mqtt.errors import BrokerLostError
from ctibridge.outputs.mqtt.message import Message
from ctibridge.outputs.mqtt.window import Answered, Window


class Wire:
    """Answers when the test says so."""

    def __init__(self, most_in_flight: int = 65535) -> None:
        self.most_in_flight = most_in_flight
        self.sent: list[int] = []
        self.answers: list[Answered] = []

    async def sent_another(self, count: int) -> None:
        while len(self.answers) < count:  # noqa: ASYNC110 - one turn of the loop is enough
            await asyncio.sleep(0)

    def send(self, message: Message, answered: Answered) -> None:
        self.sent.append(message.sequence)
        self.answers.append(answered)


def message(sequence: int) -> Message:
    return Message(topic="t", payload=b"x", kind="event", sequence=sequence)


async def send_all(window: Window, count: int, codes: list[int]) -> None:
    for sequence in range(count):
        await window.room()
        window.send(message(sequence), codes.append)
    await window.settle()


@pytest.mark.parametrize(("size", "granted", "ahead"), [(3, 65535, 3), (50, 2, 2), (50, 0, 1)])
async def test_no_more_in_flight_than_we_and_the_broker_want(size: int, granted: int, ahead: int) -> None:
    wire, codes = Wire(granted), list[int]()
    sending = asyncio.create_task(send_all(Window(wire, size), 5, codes))
    await asyncio.sleep(0)
    assert wire.sent == list(range(ahead))
    for number in range(5):
        await asyncio.wait_for(wire.sent_another(number + 1), 5)
        wire.answers[number](0)
    await sending
    assert wire.sent == [0, 1, 2, 3, 4]
    assert codes == [0] * 5


async def test_each_answer_reaches_the_one_who_sent() -> None:
    wire, codes = Wire(), list[int]()
    sending = asyncio.create_task(send_all(Window(wire, 5), 2, codes))
    await asyncio.sleep(0)
    wire.answers[1](0x87)
    wire.answers[0](0)
    await sending
    assert sorted(codes) == [0, 0x87]


async def test_a_broker_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window_module, "ANSWER_SECONDS", 0.01)
    with pytest.raises(BrokerLostError):
        await send_all(Window(Wire(), 5), 1, [])


async def test_an_answer_counts_after_nobody_waits_for_it_any_more() -> None:
    wire, codes = Wire(), list[int]()
    sending = asyncio.create_task(send_all(Window(wire, 5), 1, codes))
    await asyncio.sleep(0)
    sending.cancel()
    await asyncio.wait({sending})
    wire.answers[0](0)
    await asyncio.sleep(0)
    assert codes == [0]
