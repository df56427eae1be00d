"""Commands about calls on a real Asterisk: what `core show channels` and queue_log say afterwards."""

import asyncio
from collections.abc import Callable

import pytest

from tests.integration.commands.asker import Asker
from tests.integration.commands.shown import plain
from tests.servers.asterisk import Asterisk
from tests.servers.stage import Call, Stage
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(60)]


def channels(pbx: Asterisk) -> str:
    return pbx.cli("core show channels concise")


async def soon(condition: Callable[[], bool], what: str) -> None:
    await eventually(condition, what, within=10)


async def talking(stage: Stage, asker: Asker, agent: str = "1001", queue: str = "support") -> Call:
    """A caller who talks to an agent."""
    await stage.script(agent, "listen-0.2-60")
    user = {"1001": "ann", "1002": "bob"}[agent]
    assert (await asker.ask(user, "login", queues=[queue]))["ok"]
    call = await stage.call(queue)
    await asyncio.wait_for(call.answered.wait(), 10)
    return call


def log_of(pbx: Asterisk, call: Call) -> list[str]:
    lines = pbx.queue_log.read_text().splitlines()
    return [line.split("|", 4)[4] for line in lines if line.split("|")[1] == call.uniqueid]


async def test_an_agent_hangs_up(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    call = await talking(stage, asker)

    answer = await asker.ask("ann", "hangup")

    assert answer["ok"], answer
    await asyncio.wait_for(call.gone.wait(), 5)
    await soon(lambda: any(line.startswith("COMPLETE") for line in log_of(pbx, call)), "queue_log to say so")
    assert (await asker.ask("ann", "hangup"))["reason"] == "no_call"


async def test_an_agent_sends_the_caller_to_a_colleague(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    await stage.join("1003", "sales", paused=True)
    call = await talking(stage, asker)

    answer = await asker.ask("ann", "transfer", to="601")

    assert answer["ok"], answer
    await soon(lambda: any(line.startswith("BLINDTRANSFER|601") for line in log_of(pbx, call)), "the transfer")
    await soon(lambda: "Queue!sales" in channels(pbx), "the caller in the next queue")


async def test_an_agent_asks_a_colleague_first(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    await stage.join("1003", "sales", paused=True)
    call = await talking(stage, asker)

    answer = await asker.ask("ann", "transfer", to="601", kind="attended")

    assert answer["ok"], answer
    assert "Local/601@phones-" in channels(pbx)
    await soon(lambda: "Queue!sales" in channels(pbx), "the agent to wait in the colleague's queue")
    assert (await asker.ask("ann", "hangup"))["ok"]
    await soon(lambda: any(line.startswith("ATTENDEDTRANSFER") for line in log_of(pbx, call)), "the transfer")


async def test_a_supervisor_listens(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    await stage.script("1009", "answer-0.2-30")
    await talking(stage, asker)

    answer = await asker.ask("sue", "monitor", agent="1001")

    assert answer["ok"], answer
    await soon(lambda: "ChanSpy!Local/1001@lab-agents" in channels(pbx), "the spy")


async def test_a_colleague_takes_the_call(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    await stage.script("1001", "miss")
    await stage.script("1002", "listen-0.2-30")
    assert (await asker.ask("ann", "login", queues=["support"]))["ok"]
    call = await stage.call("support")
    await stage.expect("AgentCalled", Uniqueid=call.uniqueid)

    answer = await asker.ask("bob", "pickup", agent="1001")

    assert answer["ok"], answer
    await asyncio.wait_for(call.answered.wait(), 10)


async def test_an_agents_phone_dials(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    await stage.join("1003", "sales", paused=True)
    await stage.script("1001", "answer-0.5-30")

    answer = await asker.ask("ann", "originate", to="601")

    assert answer["ok"], answer
    await soon(lambda: "Queue!sales" in channels(pbx), "the number to be called")


async def test_a_supervisor_moves_and_withdraws_and_prefers_callers(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    await stage.script("1001", "miss")
    assert (await asker.ask("sue", "login", agent="1001", queues=["support", "sales"]))["ok"]
    assert (await asker.ask("ann", "not_ready", reason="busy"))["ok"]
    first, second = await stage.call("support"), await stage.call("support")
    await first.joined.wait()
    await second.joined.wait()

    answer = await asker.ask("sue", "prioritise_caller", call=second.uniqueid, priority=7)
    assert answer["ok"], answer
    waiting = [line for line in plain(pbx, "queue show support").splitlines() if "wait:" in line]
    assert ["prio: 7" in line for line in waiting] == [True, False]

    answer = await asker.ask("sue", "move_caller", call=first.uniqueid, queue="sales")
    assert answer["ok"], answer
    assert "wait:" in plain(pbx, "queue show sales")
    withdrawn = [line for line in log_of(pbx, first) if line.startswith("WITHDRAW")]
    assert [line.rpartition("|")[2] for line in withdrawn] == ["move:sales"]

    answer = await asker.ask("sue", "withdraw_caller", call=second.uniqueid, info="told to call again")
    assert answer["ok"], answer
    assert "WITHDRAW" in "".join(log_of(pbx, second))
    assert "wait:" not in plain(pbx, "queue show support")
