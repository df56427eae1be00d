"""A PBX that sends garbage, frames of a megabyte, or the 100,000 events at once; it is played, not real."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import msgspec

from tests.chaos import judge
from tests.chaos.fault import GROWS, LOOKS_FOR, RIGHT_WITHIN, Endure, Fault, Outcome, Scale
from tests.chaos.judge import Screen
from tests.chaos.vitals import Vitals, watched
from tests.chaos.witness import Witness
from tests.servers.bridge import Bridge
from tests.servers.mosquitto import Mosquitto
from tests.unit.asterisk.ami_server import AmiServer
from tests.unit.asterisk.frames import event, item, joined, response

ROUNDS: Final = 11
AGENTS_A_QUEUE: Final = 100
FIRST_AGENT: Final = 200_000
LONGEST_FRAME: Final = 1 << 20
"""Bytes from which a frame is dropped."""
STANDS_WITHIN: Final = 180.0
"""Seconds until a very large PBX is shown for the first time."""
BATCH: Final = 500
"""Events that are sent in one go."""


class _State(msgspec.Struct):
    state: str


class _Shown(msgspec.Struct):
    data: _State


_AGENT: Final = msgspec.json.Decoder(_Shown)
"""Only as much of an agent's state as is compared, thousands of times."""


class RudePbx(AmiServer):
    """Lists its agents when asked, and knows who is away; what else it sends is up to the test."""

    def __init__(self, agents: int) -> None:
        super().__init__()
        self.agents = [str(FIRST_AGENT + index) for index in range(agents)]
        self.away: set[str] = set()
        self.waiting = []
        self._listed: dict[str, bytes] = {}
        """How each agent is listed, up to the identity of the action; made when it is asked for."""

    def queue_of(self, agent: str) -> str:
        """Everybody is in one queue."""
        return f"q{(int(agent) - FIRST_AGENT) // AGENTS_A_QUEUE}"

    def toggle(self, agent: str) -> bytes:
        """The agent goes away, or comes back; the event that says so."""
        self.away ^= {agent}
        self._listed.pop(agent, None)
        return event("QueueMemberPause", self._member(agent, "Interface"), stamp=_stamp())

    def _member(self, agent: str, interface: str) -> dict[str, str]:
        return {
            "Queue": self.queue_of(agent),
            "MemberName" if interface == "Interface" else "Name": f"Agent {agent}",
            interface: f"PJSIP/{agent}",
            "StateInterface": f"PJSIP/{agent}",
            "Membership": "dynamic",
            "Penalty": "0",
            "CallsTaken": "0",
            "LastCall": "0",
            "LastPause": str(int(float(_stamp()))) if agent in self.away else "0",
            "LoginTime": "0",
            "InCall": "0",
            "Status": "1",
            "Paused": "1" if agent in self.away else "0",
            "PausedReason": "away" if agent in self.away else "",
            "Wrapuptime": "0",
        }

    def _frames(self, name: str, identity: str) -> list[bytes]:
        if name == "Ping":
            return [response(identity, Ping="Pong", Timestamp=_stamp())]
        if name != "QueueStatus":
            return super()._frames(name, identity)
        queues = dict.fromkeys(self.queue_of(agent) for agent in self.agents)
        entries = [item("QueueParams", identity, Queue=queue, Strategy="rrmemory") for queue in queues]
        entries += [self._listed_as(agent) + identity.encode() for agent in self.agents]
        entries += [
            item("QueueEntry", identity, Queue="q0", Position=str(place), Uniqueid=call, Wait="1")
            for place, call in enumerate(self.waiting, 1)
        ]
        return [
            response(identity, EventList="start", Message="Queue status will follow"),
            *entries,
            item("QueueStatusComplete", identity, EventList="Complete", ListItems=str(len(entries))),
        ]

    def _listed_as(self, agent: str) -> bytes:
        """A list of 100,000 must not take so long that the PBX seems dead; the action's identity comes last."""
        known = self._listed.get(agent)
        if known is None:
            known = self._listed[agent] = item("QueueMember", "", self._member(agent, "Location"))
        return known

    def _may_enter(self, _: dict[str, str]) -> bool:
        return True


def _stamp() -> str:
    return f"{time.time():.6f}"  # noqa: TID251 - the PBX's clock


Pester = Callable[[RudePbx, Scale], Awaitable[None]]


async def garbage(pbx: RudePbx, scale: Scale) -> None:
    """Bytes of all kinds between true events: nothing of it means anything, and the events still do."""
    draw = random.Random(99)
    for number in range(int(scale.of(300, 40))):
        pbx.send(
            draw.choice((draw.randbytes(draw.randrange(1, 50_000)), b"\r\n" * 500, b"Event: \r\n" * 50, b"\0" * 999))
        )
        pbx.send(b"\r\n\r\n")
        pbx.send(b"Event: QueueCallerJoin\r\nQueue: q0\r\nUniqueid: forged\r\n\r\n")
        pbx.waiting.append(f"1.{number}")
        pbx.say(_stamped(joined(f"1.{number}", "q0", number + 1)))
        await asyncio.sleep(0.01)


async def large_frames(pbx: RudePbx, scale: Scale) -> None:
    """Just under the limit, over it, and without an end for many times its length."""
    for number in range(int(scale.of(60, 10))):
        for size in (LONGEST_FRAME - 1000, LONGEST_FRAME + 1000, 5 * LONGEST_FRAME):
            pbx.send(b"Event: VarSet\r\nPrivilege: dialplan,all\r\nVariable: X\r\nValue: " + b"x" * size + b"\r\n\r\n")
            await asyncio.sleep(0.02)
        pbx.waiting.append(f"2.{number}")
        pbx.say(_stamped(joined(f"2.{number}", "q0", number + 1)))


def flood(rounds: int) -> Pester:
    """Everybody goes away, comes back, …: one event after the other, as fast as they are read."""

    async def pester(pbx: RudePbx, _scale: Scale) -> None:
        for _ in range(rounds):
            for first in range(0, len(pbx.agents), BATCH):
                pbx.say(*(pbx.toggle(agent) for agent in pbx.agents[first : first + BATCH]))
                with contextlib.suppress(ConnectionError):  # It may begin anew with a full picture.
                    await pbx.drain()

    return pester


def _stamped(frame: bytes) -> bytes:
    return frame.replace(b"1795283190.917963", _stamp().encode())


def on_rude_pbx(
    pester: Pester, agents: tuple[int, int], *, grows: float = GROWS, within: float = RIGHT_WITHIN
) -> Endure:
    """So many agents, long and short; `grows`: by how many MiB; `within`: seconds until the display is right."""

    async def endure(fault: Fault, scale: Scale) -> Outcome:
        pbx = RudePbx(int(scale.of(*agents)))
        async with _standing(pbx) as (bridge, witness, vitals):
            outcome = fault.of(before_mib=vitals.last_mib)
            await pester(pbx, scale)
            outcome.seconds = await _until_right(pbx, bridge, witness, max(LOOKS_FOR, 4 * within))
            if outcome.seconds > within * scale.patience:
                outcome.complaints.append(f"states were right only after {outcome.seconds:.1f} s")
            said = judge.numbers(witness.events)
            outcome.events, outcome.missing, outcome.repeated = said.told, said.missing + said.excused, said.repeated
            outcome.peak_mib = vitals.peak_mib
            if said.missing or said.altered or len(said.epochs) > 1:
                outcome.complaints.append(f"events: {said}")
            if outcome.peak_mib > outcome.before_mib + grows:
                outcome.complaints.append(f"memory grew from {outcome.before_mib:.0f} to {outcome.peak_mib:.0f} MiB")
            if (count := bridge.log.count("Traceback")) > 0:
                outcome.complaints.append(f"{count} errors of our own in the bridge's log")
        return outcome

    return endure


@contextlib.asynccontextmanager
async def _standing(pbx: RudePbx) -> AsyncIterator[tuple[Bridge, Witness, Vitals]]:
    with Mosquitto(extra="max_queued_messages 0\nmax_inflight_messages 0\n") as broker, Witness(broker.port) as witness:
        async with pbx:
            bridge = Bridge(ami_port=pbx.port, mqtt_port=broker.port, is_checked=False)
            async with watched(lambda: bridge.pid) as vitals:
                with bridge:
                    try:
                        await _until_right(pbx, bridge, witness, STANDS_WITHIN)
                        yield bridge, witness, vitals
                    finally:
                        await asyncio.to_thread(
                            bridge.kill
                        )  # How long 100,000 agents take to be kept is not asked here.


async def _until_right(pbx: RudePbx, bridge: Bridge, witness: Witness, within: float) -> float:
    """Seconds until the display shows what the PBX would list; TimeoutError says what differs."""
    start = looked = time.monotonic()
    while differs := await asyncio.to_thread(_difference, pbx, bridge, witness):
        if time.monotonic() - start > within:
            raise TimeoutError(f"after {within:g} s: {differs}")
        await asyncio.sleep(max(0.2, 2 * (time.monotonic() - looked)))  # The witness needs this processor too.
        looked = time.monotonic()
    return time.monotonic() - start


def _difference(pbx: RudePbx, bridge: Bridge, witness: Witness) -> str:
    status, text = bridge.get("/readyz")
    if status != 200:
        return f"not ready: {text or 'nobody answers'}"
    shown = witness.shown()
    screen = Screen(shown)
    if screen.status != "online":
        return f"status is {screen.status}"
    queue = screen.retained("queue/q0/state").get("queue/q0/state", {}).get("data", {})
    if [caller["call"] for caller in queue.get("callers", [])] != pbx.waiting:
        return f"{queue.get('waiting')} of {len(pbx.waiting)} wait"
    agents = {topic.split("/")[1]: one for topic, one in shown.items() if topic.startswith("agent/")}
    states = {agent: _AGENT.decode(one).data.state for agent, one in agents.items()}
    right = sum(states.get(agent) == ("not_ready" if agent in pbx.away else "ready") for agent in pbx.agents)
    return "" if right == len(states) == len(pbx.agents) else f"{right} of {len(pbx.agents)} agents are right"


FAULTS: Final = (
    Fault(
        name="PBX sends garbage",
        promise="dropped and counted; true events between it count",
        endure=on_rude_pbx(garbage, (20, 20)),
    ),
    Fault(
        name="PBX sends frames of 1 MB and of 5 MB",
        promise="too large ones are dropped as they come",
        endure=on_rude_pbx(large_frames, (20, 20)),
    ),
    Fault(
        name="110,000 events of 10,000 agents at once",
        promise="all shown within three minutes, none lost; memory is bounded",
        endure=on_rude_pbx(flood(ROUNDS), (10_000, 500), grows=300, within=180),
    ),
)
