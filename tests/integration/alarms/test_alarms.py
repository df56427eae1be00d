"""Rules broken by people on a real Asterisk: each alarm at its second, in MQTT, metrics and history."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import pytest

from tests.integration.alarms.ear import Ear, Told
from tests.integration.commands.asker import asking
from tests.integration.history.reported import reported
from tests.servers.asterisk import Asterisk
from tests.servers.available import requires_asterisk
from tests.servers.bridge import Bridge
from tests.servers.mosquitto import Mosquitto
from tests.servers.stage import Stage, stage_on
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(90)]

EXACT: Final = 0.01
"""Seconds by which the moment of a deadline may be off."""
PROMPT: Final = 1.0
"""Seconds after which everybody knows, on a machine that is busy with other tests."""

QUEUES: Final = """\
[quick]
strategy = ringall
timeout = 2
retry = 1
wrapuptime = 0
joinempty = yes
leavewhenempty = no
"""
POLICY: Final = """
[defaults]
service_level_threshold = 2
service_level_target = 0.5
max_wait = 4
rings = 2
seconds_per_ring = 0.5
missed_in_row = 3
[[pause_reasons]]
code = "away"
label = "Away"
label_zh = "暂离"
limit = 4
warn_at = 0.5
needs_approval = true
[[pause_reasons]]
code = "meal"
limit = 3
[[pause_reasons]]
code = "busy"
[[teams]]
name = "day"
agents = ["1004"]
[[users]]
name = "lee"
role = "leader"
teams = ["day"]
[[rules]]
name = "service_level_low"
least_calls = 2
hysteresis = 0.0
resolve_after = 0
[[rules]]
name = "nobody_ready"
for = 3
resolve_after = 0
[[rules]]
name = "long_wait"
resolve_after = 0
[[rules]]
name = "left_unapproved"
resolve_after = 0
[[rules]]
name = "reason_missing"
resolve_after = 0
"""


@pytest.fixture
def quick() -> Iterator[Asterisk]:
    """A PBX with a queue in which things happen fast."""
    requires_asterisk(22)
    with Asterisk(22, extra={"queues.d/quick.conf": QUEUES}) as server:
        yield server


@pytest.fixture
async def bridge(quick: Asterisk, mosquitto: Mosquitto) -> AsyncIterator[Bridge]:
    with Bridge(ami_port=quick.port, mqtt_port=mosquitto.port, queue_log=quick.queue_log, more=POLICY) as bridge:
        await asyncio.to_thread(bridge.wait_ready)
        yield bridge


def after(later: Told, earlier: Told) -> float:
    """Seconds between two facts by the PBX's clock."""
    return later.at - earlier.at


def near(seconds: float) -> Any:  # noqa: ANN401 - pytest's
    return pytest.approx(seconds, abs=EXACT)


async def firing(bridge: Bridge) -> set[str]:
    """Ids of the alarms that `/metrics` shows."""
    samples = (await asyncio.to_thread(bridge.metrics)).get("ctibridge_alert_firing", {})
    return {dict(labels)["alert"] for labels in samples}


async def retained(bridge: Bridge) -> dict[str, float]:
    """Since when each alarm fires that a display which connects now is shown."""
    shown = await asyncio.to_thread(bridge.retained, "alert/+")
    return {one["data"]["alert"]: one["data"]["since"] for one in shown.values()}


def rows(bridge: Bridge, alert: str) -> list[tuple[Any, ...]]:
    """Of one alarm, in the history: since, until, whether it is over, its value at first and at worst."""
    connection = sqlite3.connect(f"file:{bridge.folder / 'ctibridge.db'}?mode=ro", uri=True)
    try:
        query = "SELECT since, until, is_over, value, worst_value, threshold FROM alarms WHERE alert = ? ORDER BY since"
        return connection.execute(query, (alert,)).fetchall()
    finally:
        connection.close()


async def test_an_agent_who_presses_the_away_code_is_warned_exceeds_and_is_cleared_at_the_second(
    quick: Asterisk, bridge: Bridge
) -> None:
    async with stage_on(quick) as stage, Ear(bridge.mqtt_port) as ear:
        await stage.join("1001", "quick")
        await stage.dial("1001", "*43")
        away = await ear.event("agent/paused", agent="1001")
        unapproved = await ear.event("agent/left_unapproved", agent="1001")
        warned = await ear.event("agent/limit_warning", agent="1001")
        exceeded = await ear.event("agent/limit_exceeded", agent="1001")
        raised = await ear.event("alert/raised", alert="limit_exceeded:1001")

        assert (away.data["reason"], unapproved.data["reason"]) == ("away", "away")
        assert [after(one, away) for one in (unapproved, warned, exceeded, raised)] == [near(s) for s in (0, 2, 4, 4)]
        assert [one.delay < PROMPT for one in (unapproved, warned, exceeded, raised)] == [True] * 4
        assert (raised.data["value"], raised.data["threshold"], raised.data["severity"]) == (near(4), 4.0, "warning")
        assert await firing(bridge) == {"limit_exceeded:1001", "left_unapproved:1001"}
        assert await retained(bridge) == {
            "limit_exceeded:1001": near(exceeded.at),
            "left_unapproved:1001": near(away.at),
        }
        await eventually(lambda: len(rows(bridge, "limit_exceeded:1001")) == 1, "a row", 5)

        await asyncio.sleep(1)
        await stage.dial("1001", "*42")
        cleared = await ear.event("agent/limit_cleared", agent="1001")
        resolved = await ear.event("alert/resolved", alert="limit_exceeded:1001")
        gone = await ear.emptied("limit_exceeded:1001")
        await ear.emptied("left_unapproved:1001")

        assert cleared.data["overrun_seconds"] == near(after(cleared, exceeded))
        assert (resolved.at, resolved.data["seconds"]) == (near(cleared.at), near(after(cleared, exceeded)))
        assert max(cleared.delay, resolved.delay, gone.arrived - resolved.at) < PROMPT
        assert await firing(bridge) == set()
        assert await retained(bridge) == {}
        await eventually(lambda: [row[2] for row in rows(bridge, "limit_exceeded:1001")] == [1], "its end", 5)
        [(since, until, _, value, worst, threshold)] = rows(bridge, "limit_exceeded:1001")
        assert (since, until) == (near(exceeded.at), near(cleared.at))
        assert (value, threshold) == (near(4), 4.0)
        assert value <= worst <= 4 + after(cleared, exceeded) + EXACT
        await _counts_agree(bridge, {"limit_exceeded": 1, "left_unapproved": 1})


async def _counts_agree(bridge: Bridge, counts: dict[str, int]) -> None:
    """Metrics and the report have as many alarms of each rule."""
    samples = (await asyncio.to_thread(bridge.metrics))["ctibridge_alerts_raised_total"]
    raised = {dict(labels)["rule"]: int(value) for labels, value in samples.items()}
    assert {rule: count for rule, count in raised.items() if count} == counts
    assert raised["short_staffed"] == 0
    report = await asyncio.to_thread(reported, bridge, "alarms")
    assert {line["rule"]: line["count"] for line in report["rules"]} == counts


async def test_a_pause_without_a_reason_is_an_alarm_of_its_own_and_outlives_a_crash_as_the_same(
    quick: Asterisk, bridge: Bridge
) -> None:
    async with stage_on(quick) as stage, Ear(bridge.mqtt_port) as ear:
        await stage.join("1001", "quick")
        await stage.join("1002", "quick")
        await stage.pause("1001")
        missing = await ear.event("agent/reason_missing", agent="1001")
        await stage.dial("1002", "*45")
        exceeded = await ear.event("agent/limit_exceeded", agent="1002")
        since = {"reason_missing:1001": near(missing.at), "limit_exceeded:1002": near(exceeded.at)}
        assert await retained(bridge) == since
        await eventually(lambda: bool(rows(bridge, "limit_exceeded:1002")), "a row", 5)

        await asyncio.sleep(2.5)  # What a crash goes on from is kept every two seconds.
        await asyncio.to_thread(bridge.kill)
        await asyncio.sleep(1)
        bridge.start()
        await asyncio.to_thread(bridge.wait_ready)
        assert await firing(bridge) == set(since)
        assert await retained(bridge) == since

        await stage.ready("1001")
        await stage.ready("1002")
        cleared = await ear.event("agent/limit_cleared", agent="1002")
        for alert, began in since.items():
            resolved = await ear.event("alert/resolved", alert=alert)
            assert resolved.data["since"] == began
            assert resolved.data["seconds"] == near(resolved.at - resolved.data["since"])
            # What the broker had not acknowledged at the crash is sent once more; it is the same event.
            assert len({told.at for told in ear.events("alert/raised", alert=alert)}) == 1
        assert cleared.data["overrun_seconds"] == near(after(cleared, exceeded))
        await eventually(lambda: [row[2] for row in rows(bridge, "limit_exceeded:1002")] == [1], "its end", 5)
        [(first, last, *_)] = rows(bridge, "limit_exceeded:1002")
        assert (first, last) == (near(exceeded.at), near(cleared.at))
        assert await retained(bridge) == {}
    assert bridge.log.count("Traceback") == 0


async def test_leave_that_a_leader_approved_is_no_breach_and_its_overrun_is_taken_note_of(
    quick: Asterisk, bridge: Bridge
) -> None:
    async with stage_on(quick) as stage, Ear(bridge.mqtt_port) as ear, asking(bridge.mqtt_port) as asker:
        await stage.join("1004", "quick")
        await ear.event("agent/logged_in", agent="1004")
        approved = await asker.ask("lee", "approve_leave", agent="1004")
        assert approved["outcome"] == "done", approved
        await stage.dial("1004", "*43")
        raised = await ear.event("alert/raised", alert="limit_exceeded:1004")
        exceeded = await ear.event("agent/limit_exceeded", agent="1004")
        assert exceeded.data["limit"]["approved_by"] == "lee"
        assert raised.data["team"] == "day"
        assert ear.events("agent/left_unapproved") == []

        noted = await asker.ask("lee", "acknowledge_alert", alert="limit_exceeded:1004")
        assert noted["outcome"] == "done", noted
        acknowledged = await ear.event("alert/acknowledged", alert="limit_exceeded:1004")
        assert acknowledged.data["acknowledged_by"] == "lee"
        shown = (await asyncio.to_thread(bridge.retained, "alert/+"))["alert/limit_exceeded~3A1004"]["data"]
        assert (shown["acknowledged_by"], shown["acknowledged_at"]) == ("lee", near(acknowledged.at))
        samples = (await asyncio.to_thread(bridge.metrics))["ctibridge_alert_acknowledged"]
        assert {dict(labels)["alert"]: value for labels, value in samples.items()} == {"limit_exceeded:1004": 1}

        await stage.ready("1004")
        await ear.emptied("limit_exceeded:1004")
        await eventually(lambda: [row[2] for row in rows(bridge, "limit_exceeded:1004")] == [1], "its end", 5)
        [line] = (await asyncio.to_thread(reported, bridge, "alarms"))["lines"]
        assert (line["agent"], line["detail"], line["acknowledged_by"]) == ("1004", "away", "lee")
        asked = (await asyncio.to_thread(reported, bridge, "commands"))["lines"]
        assert [(one["via"], one["command"], one["target"], one["outcome"]) for one in asked] == [
            ("mqtt", "approve_leave", "agent/1004", "done"),
            ("phone", "not_ready", "agent/1004", "done"),
            ("mqtt", "acknowledge_alert", "alert/limit_exceeded:1004", "done"),
        ]
        past = json.loads((await asyncio.to_thread(bridge.get, "/api/v1/lab/commands?user=lee"))[1])["commands"]
        assert [one["transaction"] for one in past] == [asked[0]["transaction"], asked[2]["transaction"]]


async def test_waits_service_level_and_missed_calls_are_alarms_at_their_second(quick: Asterisk, bridge: Bridge) -> None:
    async with stage_on(quick) as stage, Ear(bridge.mqtt_port) as ear:
        await stage.script("1003", "answer-0-0.5")
        await stage.join("1003", "quick")
        await stage.pause("1003", "busy")
        await _wait_in_vain(stage, ear, bridge)
        await stage.ready("1003")
        for alert in ("nobody_ready:quick", "long_wait:quick"):
            await ear.emptied(alert)
        await _service_level_comes_back(stage, ear)
        await _three_misses(stage, ear, bridge)
        assert set(await retained(bridge)) == {"service_level_low:quick"}, "that caller was late, too: two of five"
        await _counts_agree(bridge, {"nobody_ready": 1, "long_wait": 2, "service_level_low": 2, "missed_in_row": 1})


async def _wait_in_vain(stage: Stage, ear: Ear, bridge: Bridge) -> None:
    """Two callers while nobody is ready: too late after 2 s, unattended after 3, too long after 4."""
    for _ in range(2):
        await stage.call("quick")
    queued = [await ear.event("call/queued", number) for number in (1, 2)]
    unattended = await ear.event("alert/raised", alert="nobody_ready:quick")
    assert after(unattended, queued[0]) == near(3)
    assert unattended.data["threshold"] == 0.0

    breached = await ear.event("queue/service_level_breached", queue="quick")
    assert (breached.data["window"], breached.data["value"], breached.data["calls"]) == ("30m", 0.0, 2)
    assert (breached.data["target_ratio"], breached.data["threshold_seconds"]) == (0.5, 2)
    low = await ear.event("alert/raised", alert="service_level_low:quick")
    assert low.at == near(breached.at)

    for number, caller in enumerate(queued, start=1):
        exceeded = await ear.event("queue/wait_exceeded", number, queue="quick")
        assert exceeded.data["call"] == caller.data["call"]
        assert after(exceeded, caller) == near(4)
        assert exceeded.delay < PROMPT
    long = await ear.event("alert/raised", alert="long_wait:quick")
    assert (after(long, queued[0]), long.data["threshold"]) == (near(4), 4.0)
    assert await firing(bridge) == {"nobody_ready:quick", "long_wait:quick", "service_level_low:quick"}


async def _service_level_comes_back(stage: Stage, ear: Ear) -> None:
    """Two of four in time is half, which is what is asked for."""
    for number in (3, 4):
        call = await stage.call("quick")
        await ear.event("call/completed", number, queue="quick")
        await call.gone.wait()
    restored = await ear.event("queue/service_level_restored", queue="quick")
    assert (restored.data["value"], restored.data["calls"]) == (0.5, 4)
    breached = await ear.event("queue/service_level_breached", queue="quick")
    assert restored.data["seconds"] == near(after(restored, breached))
    await ear.emptied("service_level_low:quick")


async def _three_misses(stage: Stage, ear: Ear, bridge: Bridge) -> None:
    """The phone rings three times in vain; the fourth time it is answered, after three rings instead of two."""
    await stage.script("1003", "miss", "miss", "miss", "answer-1.5-0.5")
    call = await stage.call("quick")
    missed = await ear.event("agent/missed_in_row", agent="1003")
    assert (missed.data["count"], missed.data["queue"]) == (3, "quick")
    third = await ear.event("call/ring_no_answer", 3, agent="1003")
    raised = await ear.event("alert/raised", alert="missed_in_row:1003")
    assert (missed.at, raised.at, raised.data["value"]) == (near(third.at), near(third.at), 3)
    assert "missed_in_row:1003" in await firing(bridge)
    answered = await ear.event("call/answered", call=call.uniqueid)
    assert (answered.data["within_rings"], answered.data["ring_seconds"]) == (False, pytest.approx(1.5, abs=0.3))
    resolved = await ear.event("alert/resolved", alert="missed_in_row:1003")
    assert resolved.at == near(answered.at)
    await ear.emptied("missed_in_row:1003")
    await call.gone.wait()
