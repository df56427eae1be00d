"""The codes of dialplans/agents.conf that ask for something, and logging in at somebody else's phone."""

import asyncio

import pytest

from tests.integration.commands.asker import Asker
from tests.integration.commands.shown import plain
from tests.servers.asterisk import Asterisk
from tests.servers.bridge import Bridge
from tests.servers.phone import phone
from tests.servers.stage import Stage
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(60)]


SHIPPED = {"MEMBER_PREFIX": "PJSIP/", "MEMBER_SUFFIX": "", "STATE_PREFIX": "PJSIP/", "STATE_SUFFIX": ""}


async def test_leave_is_asked_for_and_allowed_by_phone_alone(stage: Stage, asker: Asker) -> None:
    assert (await asker.ask("ann", "login"))["ok"]

    await stage.dial("1001", "*50")
    await eventually(lambda: bool(asker.happened("bridge.command", command="request_leave")), "the request", within=10)
    assert asker.happened("agent.leave_requested", agent="1001")
    [asked] = asker.happened("bridge.command", command="request_leave")
    assert (asked["user"], asked["via"], asked["address"], asked["outcome"]) == ("ann", "phone", "1001", "done")

    await stage.dial("1002", "*521001")
    await eventually(lambda: bool(asker.happened("bridge.command", command="approve_leave")), "an answer", within=10)
    [tried] = asker.happened("bridge.command", command="approve_leave")
    assert (tried["user"], tried["outcome"], tried["reason"]) == ("bob", "refused", "role")

    await stage.dial("1010", "*521001")
    await eventually(lambda: bool(asker.happened("agent.leave_approved", agent="1001")), "the approval", within=10)

    await stage.dial("1001", "*51")
    await eventually(lambda: bool(asker.happened("agent.leave_withdrawn", agent="1001")), "the withdrawal", within=10)


async def test_an_agent_logs_in_at_any_phone_one_place_at_a_time(
    pbx: Asterisk, stage: Stage, asker: Asker, bridge: Bridge
) -> None:
    pbx.cli("database put agent-pin 1001 4711")
    for name, value in SHIPPED.items():  # dialplans/lab.conf has others.
        await stage.control.action("Setvar", Variable=name, Value=value)

    async with phone(pbx, "1005") as desk, phone(pbx, "1006") as other:
        for telephone in (desk, other):
            call = await telephone.dial("*48")
            await keys(stage, telephone.user, "1001#")
            await keys(stage, telephone.user, "4711#")
            await asyncio.wait_for(call.ended.wait(), 20)
            state = plain(pbx, "queue show support")
            assert f"Local/1001@agent-desks/n from PJSIP/{telephone.user}" in state

        assert "PJSIP/1005" not in plain(pbx, "queue show support")
        assert "1006" in pbx.cli("database get agent-phone 1001")

        call = await other.dial("*43")
        await asyncio.wait_for(call.ended.wait(), 20)
        assert "paused:away" in plain(pbx, "queue show support")
        await eventually(
            lambda: bridge.retained("agent/1001/state")["agent/1001/state"]["data"]["state"] == "not_ready",
            "the agent's state",
            within=10,
        )
        call = await other.dial("*41")
        await asyncio.wait_for(call.ended.wait(), 20)
        assert "1001" not in plain(pbx, "queue show support")
        assert "not found" in pbx.cli("database get agent-phone 1001")


async def keys(stage: Stage, user: str, digits: str) -> None:
    """Press keys at a phone: Asterisk is told that they came from there."""
    channels = await stage.control.collect("CoreShowChannels")
    channel = next(one for one in channels if one["Channel"].startswith(f"PJSIP/{user}-"))
    for digit in digits:
        await stage.control.action("PlayDTMF", Channel=channel["Channel"], Digit=digit, Receive="true")
        await asyncio.sleep(0.15)
