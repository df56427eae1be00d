"""The simulated PBX on a real socket."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ctibridge.simulator.demo_centre import demo_centre
from ctibridge.simulator.script import Caller, Miss, Plan, Queue, Story
from ctibridge.simulator.server import SimulatedPbx
from tests.unit.simulator.playing import agent, answers

LOGIN = "Action: Login\r\nUsername: rec\r\nSecret: sim\r\n\r\n"
DEADLINE = 10.0


def plan(*callers: Caller) -> Plan:
    quick = agent("1001", answers(ring=0.1, talk=0.3))
    return Story(queues=(Queue(name="support"),), agents=(quick,), callers=callers).plan()


def simulated(of: Plan, **settings: object) -> SimulatedPbx:
    return SimulatedPbx(of, clock=wall_clock, username="rec", secret="sim", **settings)  # type: ignore[arg-type]


def wall_clock() -> float:
    return time.time()  # noqa: TID251 - the test is its own composition root


class Client:
    """A bare AMI client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connected(cls, port: int) -> "Client":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def logged_in(self) -> "Client":
        await self.send(LOGIN)
        await self.until("Event: FullyBooted")
        return self

    async def send(self, text: str) -> None:
        self.writer.write(text.encode())
        await self.writer.drain()

    async def until(self, words: str) -> str:
        """The first frame with these words."""
        async with asyncio.timeout(DEADLINE):
            while words not in (frame := (await self.reader.readuntil(b"\r\n\r\n")).decode()):
                pass
        return frame

    async def rest(self) -> bytes:
        async with asyncio.timeout(DEADLINE):
            return await self.reader.read()

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


@pytest.fixture
async def clients() -> AsyncIterator[list[Client]]:
    opened: list[Client] = []
    yield opened
    for client in opened:
        await client.close()


async def logged_in(pbx: SimulatedPbx, clients: list[Client]) -> Client:
    client = await Client.connected(pbx.port)
    clients.append(client)
    return await client.logged_in()


async def test_a_call_is_told_to_every_client_while_it_happens(clients: list[Client]) -> None:
    async with simulated(plan()) as pbx:
        first, second = await logged_in(pbx, clients), await logged_in(pbx, clients)
        before = wall_clock()

        call = pbx.call(Caller(at=0, queue="support", number="13811112222", name="张三"))

        for client in (first, second):
            complete = await client.until("Event: AgentComplete")
            assert f"Uniqueid: {call.uniqueid}\r\n" in complete
            assert "CallerIDName: 张三\r\n" in complete
            stamp = float(complete.split("Timestamp: ")[1].split("\r\n")[0])
            assert before < stamp <= wall_clock()


async def test_an_action_is_answered_before_the_events_that_it_causes(clients: list[Client]) -> None:
    async with simulated(plan()) as pbx:
        acting, watching = await logged_in(pbx, clients), await logged_in(pbx, clients)

        await acting.send("Action: QueuePause\r\nInterface: PJSIP/1001\r\nPaused: true\r\nReason: 用餐\r\n\r\n")

        assert "Interface paused successfully" in await acting.until("Response:")
        assert "PausedReason: 用餐\r\n" in await acting.until("Event: QueueMemberPause")
        assert "PausedReason: 用餐\r\n" in await watching.until("Event: QueueMemberPause")


async def test_callers_can_be_played_by_hand(clients: list[Client]) -> None:
    async with simulated(plan()) as pbx:
        pbx.teach("PJSIP/1001", [Miss()])
        client = await logged_in(pbx, clients)

        call = pbx.call(Caller(at=0, queue="support"))
        await client.until("Event: AgentCalled")
        call.hang_up()

        await client.until("Event: QueueCallerAbandon")
        await client.until("Event: Hangup")
        call.hang_up()
        assert [record.split("|")[4] for record in pbx.queue_log[-2:]] == ["RINGCANCELED", "ABANDON"]


async def test_a_wrong_password_ends_the_connection_after_a_second() -> None:
    async with simulated(plan()) as pbx:
        client = await Client.connected(pbx.port)
        started = time.monotonic()

        await client.send(LOGIN.replace("sim", "bad"))

        assert (await client.rest()).endswith(b"Message: Authentication failed\r\n\r\n")
        assert time.monotonic() - started >= 1.0
        await client.close()


async def test_logoff_ends_the_connection() -> None:
    async with simulated(plan()) as pbx:
        client = await (await Client.connected(pbx.port)).logged_in()

        await client.send("Action: Logoff\r\n\r\n")

        assert (await client.rest()).endswith(b"Message: Thanks for all the fish.\r\n\r\n")
        await client.close()


async def test_a_client_that_does_not_read_is_cut_and_the_others_go_on(clients: list[Client]) -> None:
    # Nothing is read by the slow one until its socket and both buffers are full.
    async with simulated(demo_centre(40, seed=1), speed=200.0, write_timeout=0.3) as pbx:
        slow = await Client.connected(pbx.port)
        await slow.send(LOGIN)
        quick = await logged_in(pbx, clients)

        async with asyncio.timeout(60):
            while pbx.connections == 2:
                await quick.until("Event: VarSet")

        assert await quick.until("Event: Newchannel")
        # What was on its way still arrives, then the end, without a word.
        assert await slow.rest()
        await slow.close()


async def test_cut_clients_may_come_again(clients: list[Client]) -> None:
    async with simulated(plan()) as pbx:
        client = await (await Client.connected(pbx.port)).logged_in()

        pbx.cut_connections()

        assert await client.rest() == b""
        await client.close()
        again = await logged_in(pbx, clients)
        pbx.call(Caller(at=0, queue="support"))
        await again.until("Event: AgentConnect")


async def test_a_plan_plays_by_itself_and_writes_its_log(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"

    async with simulated(plan(Caller(at=0.1, queue="support")), queue_log=path) as pbx:
        async with asyncio.timeout(DEADLINE):
            await pbx.until_idle()
        records = pbx.queue_log

    assert path.read_text(encoding="utf-8").splitlines() == list(records)
    assert [record.split("|")[4] for record in records] == [
        "QUEUESTART",
        "ADDMEMBER",
        "ENTERQUEUE",
        "CONNECT",
        "COMPLETEAGENT",
    ]


async def test_the_end_is_quick_while_clients_are_connected(clients: list[Client]) -> None:
    async with simulated(demo_centre(12, seed=1)) as pbx:
        client = await logged_in(pbx, clients)
        started = time.monotonic()

    assert time.monotonic() - started < 1.0
    await client.rest()
