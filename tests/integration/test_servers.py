"""The shipped Asterisk configuration does what it says, on both versions, and the tools that judge it are right."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from ctibridge.simulator.script import Agent, Answer, Caller, EndedBy, LogOut, Miss, Pause, Reject, Story, Unpause
from tests.servers.ami import ActionFailedError, Message, connected
from tests.servers.asterisk import BRIDGE_SECRET, BRIDGE_USER, VERSIONS, Asterisk
from tests.servers.available import requires_asterisk
from tests.servers.driver import play
from tests.servers.load import OVERFLOW, QUEUES, seeded
from tests.servers.phone import phone
from tests.servers.queue_log import QueueTotals, judged
from tests.servers.queue_show import Member, shown
from tests.servers.scenes.scene import QUICK
from tests.servers.scenes.telephones import PHONES, logged_in
from tests.servers.stage import Stage, stage_on
from tests.servers.waiting import eventually

pytestmark = pytest.mark.asterisk

FORGED_NUMBER = """\
[forgery]
exten => call,1,Set(CALLERID(num)=${URIDECODE(138%0d%0aEvent: Forged%0d%0aX: 1)})
 same => n,Goto(line,support,1)
"""


@pytest.fixture(params=VERSIONS)
def asterisk(request: pytest.FixtureRequest) -> Iterator[Asterisk]:
    requires_asterisk(request.param)
    extra = {"queues.d/quick.conf": QUICK, "extensions.d/forgery.conf": FORGED_NUMBER}
    with Asterisk(request.param, extra=extra) as server:
        yield server
        assert _errors(server) == []


@pytest.fixture
async def stage(asterisk: Asterisk) -> AsyncIterator[Stage]:
    async with stage_on(asterisk) as stage:
        yield stage


def test_starts_with_three_queues_and_no_error(asterisk: Asterisk) -> None:
    assert sorted(shown(asterisk.cli("queue show"))) == ["overflow", "sales", "support"]


async def test_agents_log_in_to_their_queues_and_out(stage: Stage) -> None:
    await stage.dial("1001", "*40")
    await stage.dial("1005", "*40")
    await _becomes(stage, "1001", {"support": 0, "overflow": 0})
    await _becomes(stage, "1005", {"support": 0, "sales": 0, "overflow": 5})
    member = _places(stage, "1001")["support"]
    assert (member.name, member.interface) == ("Agent 1001", "Local/1001@lab-agents/n")

    await stage.dial("1001", "*41")
    await _becomes(stage, "1001", {})
    await _becomes(stage, "1005", {"support": 0, "sales": 0, "overflow": 5})


@pytest.mark.parametrize(("code", "reason"), [("*43", "away"), ("*44", "busy"), ("*45", "meal"), ("*46", "wrap_up")])
async def test_agents_pause_with_a_reason_and_are_ready_again(stage: Stage, code: str, reason: str) -> None:
    await stage.dial("1001", "*40")
    await _becomes(stage, "1001", {"support": 0, "overflow": 0})

    await stage.dial("1001", code)
    await eventually(lambda: _reasons(stage, "1001") == {"support": reason, "overflow": reason}, f"pause {reason}")

    await stage.dial("1001", "*47" if reason == "wrap_up" else "*42")
    await eventually(lambda: _reasons(stage, "1001") == {"support": None, "overflow": None}, "ready")


@pytest.mark.parametrize(
    ("agent", "codes", "said"),
    [
        ("1001", ["*40"], "agent-loginok"),
        ("1001", ["*40", "*40"], "agent-alreadyon"),
        ("1001", ["*40", "*43"], "de-activated"),
        ("1001", ["*40", "*42"], "activated"),
        ("1001", ["*43"], "agent-loggedoff"),
        ("1001", ["*42"], "agent-loggedoff"),
        ("1001", ["*41"], "agent-loggedoff"),
        ("1001", ["*49"], "pm-invalid-option"),
        ("anonymous", ["*40"], "agent-incorrect"),
    ],
)
async def test_feature_codes_say_what_became_of_them(stage: Stage, agent: str, codes: list[str], said: str) -> None:
    for count, code in enumerate(codes, start=1):
        await stage.dial(agent, code)
        spoken = await stage.expect("Newexten", count, Application="Playback")
    assert spoken["AppData"] == said


async def test_a_caller_waits_goes_on_to_overflow_and_hears_that_nobody_is_there(stage: Stage) -> None:
    await stage.join("1001", "support", "overflow", paused=True)
    call = await stage.call("support", at_most=2, goes_on_to="overflow")
    overflow = await stage.expect("QueueCallerJoin", Queue="overflow")
    assert overflow["Uniqueid"] == call.uniqueid
    await stage.leave("1001", "overflow")
    await stage.expect("Newexten", Application="Playback", AppData="vm-nobodyavail&vm-goodbye")
    await call.hang_up()
    verdict = judged(stage.asterisk.queue_log)
    assert verdict.queues["support"].exited == {"timeout": 1}
    assert verdict.queues["overflow"].exited == {"empty": 1}


async def test_a_forged_number_is_cut_before_the_queue_sees_it(stage: Stage) -> None:
    """Percent-encoded line breaks in a SIP From become real ones in the caller's number."""
    await stage.join("1001", "support", paused=True)
    await stage.control.action(
        "Originate",
        Channel="Local/stay@lab-callers/n",
        Context="forgery",
        Exten="call",
        Priority="1",
        CallerID="<1>",
        Async="true",
    )
    joined = await stage.expect("QueueCallerJoin")
    assert (joined["CallerIDNum"], joined["Queue"]) == ("1381", "support")
    entered = stage.asterisk.queue_log.read_text().splitlines()[-1]
    assert entered.endswith("|support|NONE|ENTERQUEUE||1381|1")


async def test_the_bridge_sees_what_it_needs_and_may_change_nothing(stage: Stage) -> None:
    seen: list[Message] = []
    async with connected(stage.asterisk.port, BRIDGE_USER, BRIDGE_SECRET, seen.append) as bridge:
        for action in ("Ping", "CoreStatus", "CoreSettings", "QueueSummary"):
            await bridge.action(action)
        assert {message["Queue"] for message in await bridge.collect("QueueStatus")} == {"overflow", "sales", "support"}
        assert await bridge.collect("CoreShowChannels") == []
        with pytest.raises(ActionFailedError):
            await bridge.action("Command", Command="core show version")
        with pytest.raises(ActionFailedError):
            await bridge.action("Originate", Channel="Local/stay@lab-callers", Application="Hangup")
        with pytest.raises(ActionFailedError):
            await bridge.action("Setvar", Variable="QUEUES", Value="none")
        with pytest.raises(ActionFailedError):
            await bridge.action("QueuePause", Interface="Local/1001@lab-agents/n", Paused="true")

        await _one_of_each(stage)
        await eventually(lambda: any(message["Event"] == "AgentComplete" for message in seen), "the bridge's events")

    names = {message["Event"] for message in seen}
    assert names >= {
        *("FullyBooted", "QueueMemberAdded", "QueueMemberPause", "QueueMemberStatus", "QueueCallerJoin"),
        *("QueueCallerLeave", "QueueCallerAbandon", "AgentCalled", "AgentConnect", "AgentComplete"),
        *("Newexten", "VarSet", "Hangup", "DialEnd", "BridgeEnter", "BridgeLeave", "DeviceStateChange"),
    }
    assert {message["Value"] for message in seen if message.get("Variable") == "QUEUESTATUS"} == {"TIMEOUT"}
    assert {message["Application"] for message in seen if message["Event"] == "Newexten"} >= {"Queue", "Playback"}


async def test_filters_leave_out_what_the_bridge_does_not_use(stage: Stage) -> None:
    """Asterisk 16 does not know the shipped filters and sends all; it is shown the variant in the comment."""
    if stage.asterisk.version < 18:
        _uncomment_filters(stage.asterisk)
    seen: list[Message] = []
    async with connected(stage.asterisk.port, BRIDGE_USER, BRIDGE_SECRET, seen.append):
        await _one_of_each(stage)
        await eventually(lambda: any(message["Event"] == "AgentComplete" for message in seen), "the bridge's events")

    variables = {message["Variable"] for message in seen if message["Event"] == "VarSet"}
    assert variables >= {"QUEUESTATUS", "ABANDONED", "QUEUEPOSITION"}
    assert {variable[0] for variable in variables} == {"A", "Q"}
    assert {message["Event"] for message in seen}.isdisjoint(
        {"NewConnectedLine", "NewAccountCode", "MusicOnHoldStart", "MusicOnHoldStop"}
    )


async def test_shipped_telephones_register_ring_hold_and_hang_up(stage: Stage) -> None:
    stage.asterisk.write("extensions.d/phones.conf", PHONES)
    await asyncio.to_thread(stage.asterisk.cli, "dialplan reload")
    with pytest.raises(ConnectionRefusedError):
        async with phone(stage.asterisk, "1001", "a guess"):
            pass
    async with logged_in(stage, "1001") as telephone:
        assert _places(stage, "1001")["support"].interface == "PJSIP/1001"
        call = await stage.call("support")
        await telephone.ringing()
        await eventually(lambda: _places(stage, "1001")["support"].status == "Ringing", "the state of a ringing phone")
        talk = await telephone.answer()
        await eventually(lambda: _places(stage, "1001")["support"].in_call, "the state of a phone in a call")
        await telephone.hold(talk)
        held = await stage.expect("Hold")
        await telephone.resume(talk)
        await stage.expect("Unhold", Uniqueid=held["Uniqueid"])
        await telephone.hang_up(talk)
        await call.gone.wait()
    await eventually(lambda: _places(stage, "1001")["support"].status == "Unavailable", "the state of an absent phone")
    await eventually(lambda: judged(stage.asterisk.queue_log).talking == 0, "the end of the call")
    assert judged(stage.asterisk.queue_log).agents["Agent 1001"].answered == 1


async def test_a_story_ends_in_the_totals_it_tells(stage: Stage) -> None:
    story = Story(
        queues=QUEUES,
        agents=(
            Agent(
                id="1001",
                name="Agent 1001",
                queues=("support",),
                reactions=(Answer(ring=1.0, talk=2.0, ended_by=EndedBy.AGENT), Reject(ring=0.3), Miss()),
            ),
            Agent(
                id="1002",
                name="Agent 1002",
                queues=("sales",),
                reactions=(Answer(ring=0.5, talk=3.0, ended_by=EndedBy.CALLER),),
            ),
        ),
        callers=(
            Caller(at=0.0, queue="support", number="1"),
            # After the reject the phone rings from 4.4 s at the earliest, 6.3 s at the latest, for 3 s.
            Caller(at=0.5, queue="support", number="2", patience=6.3),
            Caller(at=0.5, queue="sales", number="3"),
            Caller(at=1.0, queue="sales", number="4", timeout=2),
            Caller(at=1.5, queue="sales", number="5", exit_key=(1.5, "1")),
        ),
        acts=(
            Pause(at=1.0, agent="1002", reason="away"),
            Pause(at=2.5, agent="1002", reason="meal"),
            Unpause(at=4.6, agent="1002"),
            LogOut(at=5.0, agent="1002"),
        ),
    )
    await play(stage, story)

    verdict = judged(stage.asterisk.queue_log)
    support, sales = verdict.queues["support"], verdict.queues["sales"]
    assert support == QueueTotals(
        offered=2,
        answered=1,
        abandoned=1,
        ring_no_answer=1,
        ring_cancelled=1,
        answer_wait_seconds=support.answer_wait_seconds,
        abandon_wait_seconds=support.abandon_wait_seconds,
        talk_seconds=support.talk_seconds,
    )
    assert sales.exited == {"timeout": 1, "key": 1}
    assert (sales.offered, sales.answered, sales.abandoned) == (3, 1, 0)
    # queue_log has whole seconds: each figure may be one off.
    assert support.answer_wait_seconds in (1, 2)
    assert support.abandon_wait_seconds in (6, 7)
    assert support.talk_seconds in (2, 3)
    assert sales.talk_seconds in (3, 4)
    assert verdict.agents["Agent 1001"].answered == 1
    assert [(pause.queue, pause.reason) for pause in verdict.pauses] == [("sales", "away"), ("sales", "meal")]


@pytest.mark.timeout(180)
async def test_a_seeded_load_is_accounted_for_to_the_last_call(stage: Stage) -> None:
    story = seeded(4, calls=30, seconds=12.0)
    assert story == seeded(4, calls=30, seconds=12.0)

    calls = await play(stage, story, overflow=OVERFLOW)

    verdict = judged(stage.asterisk.queue_log)
    joined = [message["Queue"] for message in stage.events if message["Event"] == "QueueCallerJoin"]
    answered = sum(call.answered.is_set() for call in calls)
    assert sum(totals.offered for totals in verdict.queues.values()) == len(joined) >= 30
    assert sum(totals.answered for totals in verdict.queues.values()) == answered > 0
    assert sum(totals.waiting + totals.lost for totals in verdict.queues.values()) == 0
    assert all(totals.adds_up() for totals in verdict.queues.values())
    assert all(queue.calls == 0 for queue in shown(stage.asterisk.cli("queue show")).values())


async def test_a_crash_loses_waiting_callers(asterisk: Asterisk) -> None:
    async with stage_on(asterisk) as stage:
        await stage.join("1001", "support", paused=True)
        await (await stage.call("support")).joined.wait()
        await asyncio.to_thread(asterisk.kill)
    await asyncio.to_thread(asterisk.start)
    # QUEUESTART is written a moment after FullyBooted.
    await eventually(lambda: judged(asterisk.queue_log).queues["support"].lost == 1, "the caller to be lost")


async def test_a_restart_keeps_the_agents(asterisk: Asterisk) -> None:
    async with stage_on(asterisk) as stage:
        await stage.dial("1001", "*40")
        await _becomes(stage, "1001", {"support": 0, "overflow": 0})
        await stage.dial("1001", "*45")
        await eventually(lambda: _reasons(stage, "1001") == {"support": "meal", "overflow": "meal"}, "meal")
    await asyncio.to_thread(asterisk.restart)
    async with stage_on(asterisk) as stage:
        assert _reasons(stage, "1001") == {"support": "meal", "overflow": "meal"}


async def _one_of_each(stage: Stage) -> None:
    """One caller is let go, one hangs up, one is served."""
    await stage.script("1001", "answer-0.5-0.5")
    await stage.join("1001", "support", paused=True)
    call = await stage.call("support", at_most=1)
    await stage.expect("Newexten", Application="Playback")
    await call.hang_up()
    call = await stage.call("support")
    await call.joined.wait()
    await call.hang_up()
    await call.gone.wait()
    await stage.ready("1001")
    await stage.call("support")
    await stage.all_gone()


def _uncomment_filters(asterisk: Asterisk) -> None:
    path = asterisk.folder / "etc" / "manager.conf"
    path.write_text(path.read_text().replace("\n;eventfilter =", "\neventfilter ="))
    asterisk.cli("manager reload")


def _errors(asterisk: Asterisk) -> list[str]:
    return [line for line in asterisk.messages if " ERROR[" in line]


def _places(stage: Stage, agent: str) -> dict[str, Member]:
    return {
        queue.name: member
        for queue in shown(stage.asterisk.cli("queue show")).values()
        for member in queue.members
        if member.name == f"Agent {agent}"
    }


def _reasons(stage: Stage, agent: str) -> dict[str, str | None]:
    """None where the agent is not paused."""
    return {queue: member.reason if member.paused else None for queue, member in _places(stage, agent).items()}


async def _becomes(stage: Stage, agent: str, penalties: dict[str, int]) -> None:
    await eventually(
        lambda: {queue: member.penalty for queue, member in _places(stage, agent).items()} == penalties,
        f"{agent} in {sorted(penalties)}",
    )
