"""Presence commands on a real Asterisk: what `queue show` says afterwards, and what the answer said."""

import pytest

from tests.integration.commands.asker import Asker
from tests.servers.asterisk import Asterisk
from tests.servers.stage import Stage
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(60)]

ANN = "Local/1001@lab-agents/n"


def members(pbx: Asterisk) -> str:
    return pbx.cli("queue show")


async def test_an_agent_logs_in_pauses_is_ready_again_and_logs_out(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    answer = await asker.ask("ann", "login")

    assert (answer["ok"], answer["outcome"], answer["message"]) == (True, "done", "Added interface to queue")
    assert ANN in pbx.cli("queue show support")
    assert "penalty 5" in pbx.cli("queue show overflow")
    assert "No Members" in pbx.cli("queue show sales")

    answer = await asker.ask("ann", "not_ready", reason="AWAY")
    assert answer["ok"]
    assert answer["message"] == "Interface paused successfully"
    assert "(paused:away" in pbx.cli("queue show support").replace(" was ", "")

    assert (await asker.ask("ann", "ready"))["ok"]
    assert "paused" not in members(pbx)

    assert (await asker.ask("ann", "logout"))["ok"]
    assert "1001" not in members(pbx)


async def test_events_that_were_missed_are_told_again(stage: Stage, asker: Asker) -> None:
    seen = int((await asker.ask("sue", "snapshot"))["snapshot"]["sequence"])
    assert (await asker.ask("ann", "login"))["ok"]
    assert (await asker.ask("ann", "logout"))["ok"]

    await eventually(lambda: len(asker.happened("bridge.command")) >= 2, "the events", within=10)
    again = (await asker.ask("sue", "replay", after=seen))["replayed"]

    assert again["is_complete"]
    told = [int(event["sequence"]) for event in again["events"]]
    assert told == list(range(seen + 1, again["last"] + 1))
    assert {"ctibridge.agent.logged_in.v1", "ctibridge.bridge.command.v1"} <= {one["type"] for one in again["events"]}
    assert (await asker.ask("sue", "replay", after=seen, epoch=1))["reason"] == "epoch"
    assert (await asker.ask("lee", "replay", after=seen))["reason"] == "role"
