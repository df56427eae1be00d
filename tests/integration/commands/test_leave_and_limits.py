"""Asking to be away, being late, what the bridge does about it, and taking note of the alarm."""

import pytest

from tests.integration.commands.asker import Asker
from tests.integration.commands.shown import plain
from tests.integration.commands.site import USERS
from tests.servers.asterisk import Asterisk
from tests.servers.bridge import Bridge
from tests.servers.stage import Stage
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(60)]

REASONS = """
[[pause_reasons]]
code = "away"
label = "Away"
limit = 2.0
needs_approval = true
enforcement = "unpause"

[[pause_reasons]]
code = "meal"
label = "Meal"
limit = 2.0
enforcement = "log_out"
"""


@pytest.fixture(scope="module")
def settings() -> str:
    return USERS.replace("[commands]", '[commands]\nmove = "redirect"') + REASONS


async def test_leave_is_asked_for_seen_and_decided(stage: Stage, asker: Asker, bridge: Bridge) -> None:
    assert (await asker.ask("ann", "login"))["ok"]

    assert (await asker.ask("ann", "request_leave", reason="away"))["ok"]

    def leave() -> object:
        return bridge.retained("agent/1001/state")["agent/1001/state"]["data"]["leave"]

    await eventually(lambda: leave() is not None, "the leader to see it", within=10)

    assert (await asker.ask("bob", "approve_leave", agent="1001"))["reason"] == "role"
    assert (await asker.ask("lee", "approve_leave", agent="1003"))["reason"] == "scope"
    assert (await asker.ask("lee", "request_leave", reason="away"))["reason"] == "unknown_agent"
    assert (await asker.ask("lee", "refuse_leave", agent="1001"))["ok"]
    assert (await asker.ask("lee", "refuse_leave", agent="1001"))["reason"] == "no_leave"

    assert (await asker.ask("ann", "request_leave", reason="away"))["ok"]
    assert (await asker.ask("lee", "approve_leave", agent="1001"))["ok"]
    await eventually(
        lambda: bool(asker.happened("agent.leave_approved", agent="1001", by="lee")), "to be told", within=5
    )
    assert (await asker.ask("ann", "not_ready", reason="away"))["ok"]
    assert (await asker.ask("ann", "ready"))["ok"]
    assert asker.happened("agent.left_unapproved") == []


async def test_who_is_away_for_too_long_is_brought_back_and_the_alarm_is_acknowledged(
    pbx: Asterisk, stage: Stage, asker: Asker
) -> None:
    assert (await asker.ask("ann", "login", queues=["support"]))["ok"]
    assert (await asker.ask("bob", "login", queues=["support"]))["ok"]
    assert (await asker.ask("ann", "not_ready", reason="away"))["ok"]
    await eventually(lambda: bool(asker.happened("alert.raised")), "the alarm", within=10)
    alert = asker.happened("alert.raised")[0]["alert"]
    answer = await asker.ask("lee", "acknowledge_alert", alert=alert)
    assert answer["ok"] or answer["reason"] == "unknown_alert", answer

    await eventually(lambda: bool(asker.happened("bridge.command", user="bridge")), "the bridge to act", within=10)
    [act] = asker.happened("bridge.command", user="bridge")
    assert (act["command"], act["target"], act["via"], act["outcome"]) == ("ready", "agent/1001", "bridge", "done")
    assert "paused" not in plain(pbx, "queue show support")

    assert (await asker.ask("bob", "not_ready", reason="meal"))["ok"]
    await eventually(lambda: bool(asker.happened("bridge.command", command="logout")), "the bridge to act", within=10)
    assert "1002" not in plain(pbx, "queue show support")


async def test_where_the_dialplan_is_not_ours_a_caller_is_moved_by_redirecting(
    pbx: Asterisk, stage: Stage, asker: Asker
) -> None:
    await stage.join("1003", "support", "sales", paused=True)
    call = await stage.call("support")
    await call.joined.wait()

    answer = await asker.ask("sue", "move_caller", call=call.uniqueid, queue="sales")

    assert answer["ok"], answer
    assert "wait:" in plain(pbx, "queue show sales")
    assert "wait:" not in plain(pbx, "queue show support")
