"""Commands on the simulated PBX, the bridge whole but for broker and web."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from ctibridge.app.bridge import PbxBridge
from ctibridge.app.clock import BridgeClock
from ctibridge.app.commands.request import Request
from ctibridge.app.commands.settings import CommandsSettings
from ctibridge.app.config import Configuration
from ctibridge.asterisk.settings import AmiSettings
from ctibridge.domain.answers import Answer, Callback
from ctibridge.domain.changes import Change, CommandDone
from ctibridge.domain.policy import Team
from ctibridge.domain.roles import Role, User
from ctibridge.domain.units import AgentId, Timestamp
from ctibridge.simulator.script import Answer as Picks
from ctibridge.simulator.script import Caller, Queue, Story
from ctibridge.simulator.server import SimulatedPbx
from tests.servers.waiting import eventually
from tests.unit.simulator.playing import agent

USERS = (
    User(name="ann", role=Role.AGENT, agent="1001"),
    User(name="lee", role=Role.LEADER, agent="1010", teams=("day",)),
    User(name="sue", role=Role.SUPERVISOR),
    User(name="max", role=Role.MANAGER),
)
ANN = AgentId("1001")
STORY = Story(
    queues=(Queue(name="support"), Queue(name="sales")),
    agents=(agent("1001", Picks(ring=0.1, talk=60), logged_in=False),),
    callers=(Caller(at=0.2, queue="sales", number="13800138000"), Caller(at=0.3, queue="sales", number="13900139000")),
)


class Site:
    """A bridge at work, and what was written down of commands."""

    def __init__(self, bridge: PbxBridge, told: list[CommandDone]) -> None:
        self.bridge = bridge
        self.told = told

    async def ask(self, user: str, command: str, **fields: object) -> Answer:
        return await self.bridge.desk.handle(
            Request(user=user, command=command, payload=json.dumps(fields).encode(), via="mqtt")
        )

    def waiting(self, queue: str) -> list[str]:
        picture = self.bridge.pump.picture()
        return [one.call for place in picture.queues if place.view.queue == queue for one in place.view.callers]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with SimulatedPbx(STORY.plan(), clock=BridgeClock().now, username="u", secret="s") as pbx:
        configuration = Configuration(
            pbx=(AmiSettings(name="sim", port=pbx.port, username="u", secret="s"),),
            mqtt=(),
            users=USERS,
            teams=(Team(name="day", agents=("1001",), queues=("support:2",)),),
            commands=CommandsSettings(rate=100, burst=200, wait=3.0),
        )
        bridge = PbxBridge(configuration.pbx[0], configuration, clock=BridgeClock())
        told: list[CommandDone] = []
        hear = bridge.pump.on_change

        def note(change: Change) -> None:
            hear(change)
            if isinstance(change, CommandDone):
                told.append(change)

        bridge.pump.on_change = note
        works = (bridge.client.run, bridge.pump.run, bridge.desk.run, bridge.enforcer.run, bridge.phone_codes.run)
        tasks = [asyncio.create_task(work()) for work in works]
        try:
            await eventually(lambda: bridge.is_synced and bridge.client.is_in_sync(), "the bridge", within=10)
            yield Site(bridge, told)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_agent_works_by_commands(site: Site) -> None:
    assert (await site.ask("ann", "login")).ok
    [place] = site.bridge.desk.ground.memberships(ANN)
    assert (place.queue, place.penalty, place.interface) == ("support", 2, "PJSIP/1001")

    assert (await site.ask("ann", "not_ready", reason="Meal")).ok
    assert (await site.ask("lee", "ready", agent="1001")).ok
    assert (await site.ask("lee", "set_penalty", agent="1001", penalty=7)).ok
    assert site.bridge.desk.ground.memberships(ANN)[0].penalty == 7
    assert (await site.ask("ann", "logout")).ok
    assert (await site.ask("ann", "ready")).reason == "logged_out"


async def test_waiting_callers_are_preferred_moved_and_withdrawn(site: Site) -> None:
    await eventually(lambda: len(site.waiting("sales")) == 2, "two callers", within=10)
    first, second = site.waiting("sales")

    assert (await site.ask("sue", "prioritise_caller", call=second, priority=5)).ok
    await eventually(lambda: site.waiting("sales") == [second, first], "the other order", within=5)
    assert (await site.ask("sue", "move_caller", call=second, queue="nowhere")).reason == "unknown_queue"
    assert (await site.ask("sue", "move_caller", call=second, queue="sales")).reason == "unknown_queue"
    assert (await site.ask("sue", "withdraw_caller", call="1.1")).reason == "unknown_call"
    assert (await site.ask("ann", "login", queues=["support"])).ok
    assert (await site.ask("ann", "not_ready", reason="busy")).ok
    assert (await site.ask("sue", "move_caller", call=second, queue="support")).ok
    assert site.waiting("support") == [second]
    assert (await site.ask("sue", "withdraw_caller", call=first)).ok
    assert site.waiting("sales") == []

    assert (await site.ask("ann", "ready")).ok
    await eventually(lambda: site.waiting("support") == [], "ann to take the call", within=10)
    assert (await site.ask("ann", "hangup")).ok


async def test_who_looks_sees_what_the_role_may_see(site: Site) -> None:
    await eventually(lambda: len(site.waiting("sales")) == 2, "two callers", within=10)

    seen = (await site.ask("sue", "snapshot")).snapshot
    assert seen is not None
    assert {queue.queue for queue in seen.queues} == {"support", "sales"}
    numbers = [one.caller.number for queue in seen.queues for one in queue.callers]
    assert numbers == ["***000", "***000"]
    assert (await site.ask("ann", "snapshot")).ok
    me = (await site.ask("max", "whoami")).me
    assert me is not None
    assert (me.commands, set(me.off)) == (("whoami", "snapshot"), {"replay", "callbacks"})


async def test_everything_but_a_look_is_written_down_with_numbers_masked(site: Site) -> None:
    await site.ask("ann", "login")
    await site.ask("ann", "whoami")
    await site.ask("ann", "originate", to="013800138000")
    await site.ask("max", "login", agent="1001")
    await site.ask("ann", "nonsense")
    await eventually(lambda: len(site.told) == 4, "what is written down", within=5)

    lines = [(one.user, one.command, one.target, one.outcome, one.reason) for one in site.told]
    assert lines == [
        ("ann", "login", "agent/1001", "done", None),
        ("ann", "originate", "agent/1001", "done", None),
        ("max", "login", "agent/1001", "refused", "role"),
        ("ann", "nonsense", None, "refused", "unknown_command"),
    ]
    assert site.told[1].arguments == {"to": "***000"}


async def test_who_asks_too_often_is_refused_and_heard_of_once(site: Site) -> None:
    site.bridge.desk._rate = type(site.bridge.desk._rate)(0.001, 3)

    reasons = [(await site.ask("ann", "ready")).reason for _ in range(6)]

    assert reasons == ["logged_out"] * 3 + ["rate"] * 3
    await eventually(lambda: len(site.told) == 4, "what is written down", within=5)


class Event:
    """An event that is kept."""

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        self.payload = json.dumps({"sequence": sequence}).encode()


class Events:
    """Events 5 to 9 of epoch 3."""

    epoch = 3
    oldest = 5

    async def after(self, sequence: int, limit: int) -> list[Event]:
        return [Event(number) for number in range(max(sequence + 1, 5), 10)][:limit]


async def test_events_that_were_missed_are_told_again(site: Site) -> None:
    assert (await site.ask("sue", "replay", after=6)).reason == "not_kept"
    site.bridge.desk.events = Events()

    again = (await site.ask("sue", "replay", after=6, epoch=3, limit=2)).replayed
    assert again is not None
    assert (again.last, again.is_complete) == (8, True)
    assert [json.loads(bytes(event)) for event in again.events] == [{"sequence": 7}, {"sequence": 8}]

    again = (await site.ask("sue", "replay", after=2)).replayed
    assert again is not None
    assert (len(again.events), again.is_complete) == (5, False)
    assert (await site.ask("sue", "replay", after=6, epoch=2)).reason == "epoch"
    assert (await site.ask("ann", "replay", after=6)).reason == "role"


async def test_an_agent_sends_a_caller_on_and_dials(site: Site) -> None:
    await eventually(lambda: len(site.waiting("sales")) == 2, "two callers", within=10)
    assert (await site.ask("ann", "login", queues=["sales"])).reason == "scope"
    assert (await site.ask("sue", "login", agent="1001", queues=["sales"])).ok
    await eventually(lambda: len(site.waiting("sales")) == 1, "ann to take a call", within=10)
    await asyncio.sleep(0.3)

    assert (await site.ask("ann", "not_ready", reason="busy")).ok
    assert (await site.ask("ann", "transfer", to="support")).ok
    await eventually(lambda: len(site.waiting("support")) == 1, "the caller to wait elsewhere", within=10)
    assert (await site.ask("ann", "transfer", to="support")).reason == "no_call"
    assert (await site.ask("ann", "originate", to="123")).ok


class Past:
    """A history with one caller to be called back in each queue."""

    def __init__(self) -> None:
        self.asked: list[frozenset[str] | None] = []

    async def queues(self, pbx: str) -> frozenset[str]:
        return frozenset({"sales", "support"} if pbx == "sim" else ())

    async def unreached(
        self, pbx: str, *, queues: frozenset[str] | None, since: Timestamp, now: Timestamp, limit: int
    ) -> list[Callback]:
        assert (pbx, now - since, limit) == ("sim", 2 * 86_400, 100)
        self.asked.append(queues)
        return [
            Callback(
                caller_number="***000",
                call="1.1",
                queue=queue,
                attempts=1,
                first_abandoned_at=since,
                abandoned_at=since,
                is_short=False,
                deadline=now,
                is_overdue=False,
            )
            for queue in sorted(await self.queues(pbx) if queues is None else queues)
        ]


async def test_who_is_to_be_called_back_is_told_for_the_queues_that_concern_the_user(site: Site) -> None:
    assert (await site.ask("ann", "callbacks")).reason == "not_kept"
    past = site.bridge.desk.past = Past()
    assert (await site.ask("ann", "login")).ok
    for user, queues in (("ann", ["support"]), ("sue", ["sales", "support"]), ("max", ["sales", "support"])):
        told = (await site.ask(user, "callbacks")).callbacks
        assert told is not None
        assert [one.queue for one in told.callbacks] == queues, user
    assert past.asked == [{"support"}, None, None]
    assert (await site.ask("ann", "logout")).ok
    told = (await site.ask("ann", "callbacks")).callbacks
    assert told is not None
    assert told.callbacks == (), "who is in no queue calls nobody back"
