"""From a caller whom nobody answers to a message on somebody's desk: bridge, Prometheus and Alertmanager for real.

The shipped rules are used as they are, ranges of an hour and of four included: counters begin at 0 when the bridge
starts, so that minutes are enough for them.  Only what is waited for is 15 times shorter: intervals between scrapes,
`for` of alerts, and Alertmanager's waits.
"""

import asyncio
from contextlib import AsyncExitStack

import pytest

from ctibridge.app.clock import wall
from ctibridge.simulator.script import Agent, Caller, Queue, Story
from ctibridge.simulator.server import SimulatedPbx
from tests.monitoring.duty import Duty
from tests.monitoring.native import alertmanager_files, prometheus_files
from tests.servers.asterisk import BRIDGE_SECRET, BRIDGE_USER
from tests.servers.available import requires_program
from tests.servers.bridge import Bridge
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.prometheus import Alertmanager, Prometheus
from tests.servers.waiting import eventually

FASTER = 15.0
CALLERS = 45
"""More than the 40 of a ticket."""
SETTINGS = """
[queues.support]
label = "Support"
service_level_threshold = 2
max_wait = 4.0
"""

pytestmark = [pytest.mark.prometheus, pytest.mark.mosquitto, pytest.mark.timeout(180)]


def nobody_home() -> Story:
    """A queue, and an agent who is not logged in."""
    return Story(
        queues=(Queue(name="support"),),
        agents=(Agent(id="1001", name="Ann", queues=("support",), logged_in=False),),
    )


async def test_a_broken_service_level_is_told_once_and_not_while_the_pbx_is_away() -> None:
    requires_program("mosquitto", "prometheus", "amtool")
    ami_port = free_port()
    pbx = SimulatedPbx(nobody_home().plan(), clock=wall, username=BRIDGE_USER, secret=BRIDGE_SECRET, port=ami_port)
    with Duty() as duty, Mosquitto() as broker:
        manager = Alertmanager(alertmanager_files(receiver=duty.address, faster=FASTER))
        itself = free_port()
        bridge = Bridge(ami_port=ami_port, mqtt_port=broker.port, more=SETTINGS)
        prometheus = Prometheus(
            prometheus_files(
                bridge=f"{LOOPBACK}:{bridge.http_port}",
                alertmanager=manager.address,
                itself=f"{LOOPBACK}:{itself}",
                faster=FASTER,
            ),
            port=itself,
        )
        async with AsyncExitStack() as seen:
            await seen.enter_async_context(pbx)
            with manager, bridge:
                await eventually(bridge.is_ready, "the bridge to be ready")
                with prometheus:
                    await _all_is_well(prometheus)
                    await _everybody_calls(pbx)
                    await _the_service_level_breaks(duty, manager)
                    await seen.aclose()
                    await _the_pbx_goes(duty, manager)
                    bridge.kill()
                    await _the_bridge_goes(duty, manager)


async def _all_is_well(prometheus: Prometheus) -> None:
    await eventually(lambda: prometheus.query("ctibridge_synced") != [], "the first scrape")
    await eventually(lambda: prometheus.down() == {}, "all targets to be up")
    assert [alert for alert in prometheus.firing() if alert["severity"] != "info"] == []


async def _everybody_calls(pbx: SimulatedPbx) -> None:
    for _ in range(CALLERS):
        pbx.call(Caller(at=0, queue="support"))
        await asyncio.sleep(0.1)


async def _the_service_level_breaks(duty: Duty, manager: Alertmanager) -> None:
    await _told(duty, "/page", "firing", "ServiceLevelBurnsFast")
    await _told(duty, "/page", "firing", "CallersWaitNobodyWorks")
    await _told(duty, "/ticket", "firing", "CallerWaitsTooLong")
    # What the bridge's own rule says of it comes the same way.
    forwarded = {"alertname": "BridgeAlarmWarning", "pbx": "lab", "rule": "long_wait", "queue": "support"}
    await eventually(
        lambda: any(path == "/ticket" and labels.items() >= forwarded.items() for path, _, labels in duty.told),
        "the alarm of the bridge to be told",
    )
    labels = next(labels for _, _, labels in duty.told if labels["alertname"] == "ServiceLevelBurnsFast")
    assert labels.items() >= {"pbx": "lab", "queue": "support", "severity": "page"}.items()
    text = duty.texts["ServiceLevelBurnsFast"]
    assert text["description"].startswith("100% of the calls of the last hour in queue support (lab) were not answered")
    assert text["runbook_url"].endswith("docs/runbook.md#servicelevelburnsfast")
    # The page says all that the ticket of four hours would say.
    await _inhibited(manager, "ServiceLevelBurnsSlowly", "a ticket beside its page")
    assert not duty.was_told("/ticket", "firing", "ServiceLevelBurnsSlowly")
    assert not manager.inhibited()["ServiceLevelBurnsFast"]


async def _the_pbx_goes(duty: Duty, manager: Alertmanager) -> None:
    await _told(duty, "/page", "firing", "AmiLost")
    # It burnt until a moment ago, and for five minutes nothing says that it does not.
    await _inhibited(manager, "ServiceLevelBurnsFast", "a page of a queue that cannot be seen")
    assert not manager.inhibited()["AmiLost"]


async def _the_bridge_goes(duty: Duty, manager: Alertmanager) -> None:
    await _told(duty, "/page", "firing", "BridgeDown")
    labels = next(labels for _, _, labels in duty.told if labels["alertname"] == "BridgeDown")
    assert labels["pbx"] == "lab"
    # Without the bridge nothing is known, and nothing else is said.
    await eventually(
        lambda: manager.inhibited() == {"BridgeDown": False}, "all other alerts to end", within=45, interval=0.3
    )


async def _told(duty: Duty, path: str, status: str, name: str) -> None:
    await eventually(lambda: duty.was_told(path, status, name), f"{name} to be told to {path}", 45)


async def _inhibited(manager: Alertmanager, name: str, what: str) -> None:
    await eventually(lambda: manager.inhibited().get(name, False), f"{what} to be inhibited", within=45, interval=0.3)
