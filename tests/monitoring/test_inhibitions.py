"""What is left unsaid while something else is said: a real Alertmanager with the shipped rules decides."""

import json
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from tests.monitoring.native import alertmanager_files
from tests.monitoring.shipped import alerts
from tests.servers.available import requires_program
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.prometheus import Alertmanager
from tests.servers.waiting import wait_until

RULES = {alert.alert: alert for alert in alerts()}
SUPPORT = {"queue": "support"}
SITES = count(1)
LONG_PAUSE = {"rule": "limit_exceeded", "alert": "limit_exceeded:1001", "agent": "1001"}

pytestmark = pytest.mark.prometheus


@pytest.fixture(scope="module")
def manager() -> Iterator[Alertmanager]:
    requires_program("amtool")
    with Alertmanager(alertmanager_files(receiver=f"{LOOPBACK}:{free_port()}")) as server:
        yield server


def labels(name: str, pbx: str, more: Mapping[str, str]) -> dict[str, str]:
    """As Prometheus would send the alert."""
    own = {key: value for key, value in RULES[name].labels.items() if "{{" not in value}
    topic = {"topic": more["rule"]} if "rule" in more else {}
    return {"alertname": name, "pbx": pbx, **own, **topic, **more}


def send(manager: Alertmanager, *sent: Mapping[str, str]) -> None:
    since = datetime.now(UTC)  # noqa: TID251 - Alertmanager goes by the wall clock
    times = {"startsAt": since.isoformat(), "endsAt": (since + timedelta(minutes=5)).isoformat()}
    body = json.dumps([{"labels": dict(one), **times} for one in sent]).encode()
    request = urllib.request.Request(
        f"http://{manager.address}/api/v2/alerts", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - it is on this machine
        assert answer.status == 200


def unsaid(manager: Alertmanager, pbx: str) -> dict[str, bool]:
    """Alerts of a site, and whether each is inhibited."""
    return {
        one["labels"]["alertname"]: bool(one["status"]["inhibitedBy"])
        for one in manager.get("/api/v2/alerts")
        if one["labels"].get("pbx", "").startswith(pbx)
    }


@pytest.mark.parametrize(
    ("said", "of_what", "other", "of_which"),
    [
        ("BridgeDown", {}, "ServiceLevelBurnsFast", SUPPORT),
        ("AmiLost", {}, "ServiceLevelBurnsFast", SUPPORT),
        ("AmiLost", {}, "QueueUnderstaffedForLong", SUPPORT),
        ("AmiLost", {}, "AgentMissesRings", {"agent": "1001"}),
        ("NoFullPicture", {}, "NoCallsArrive", {}),
        ("BridgeDown", {}, "AmiLost", {}),
        ("BridgeDown", {}, "BrokerLost", {"broker": "mosquitto:1883"}),
        ("ServiceLevelBurnsFast", SUPPORT, "ServiceLevelBurnsSlowly", SUPPORT),
        ("QueueUnderstaffedForLong", SUPPORT, "QueueUnderstaffed", SUPPORT),
        ("CallersWaitNobodyWorks", SUPPORT, "CallersWaitNobodyReady", SUPPORT),
        ("ServiceLevelBurnsFast", SUPPORT, "BridgeAlarmWarning", {"rule": "service_level_low", **SUPPORT}),
        ("BridgeAlarmAcknowledged", LONG_PAUSE, "BridgeAlarmWarning", LONG_PAUSE),
    ],
)
def test_what_is_said_makes_the_other_superfluous(
    manager: Alertmanager, said: str, of_what: dict[str, str], other: str, of_which: dict[str, str]
) -> None:
    pbx = f"site{next(SITES)}-"
    send(manager, labels(said, pbx, of_what), labels(other, pbx, of_which))
    wait_until(lambda: len(unsaid(manager, pbx)) == 2, "both alerts")
    wait_until(lambda: unsaid(manager, pbx)[other], f"{other} to be inhibited", 10)
    if said != "BridgeAlarmAcknowledged":
        assert unsaid(manager, pbx)[said] is False


@pytest.mark.parametrize(
    ("said", "of_what", "other", "of_which"),
    [
        # Another PBX, another queue, another broker, another trouble, another alarm.
        ("AmiLost", {"pbx": "elsewhere"}, "ServiceLevelBurnsFast", SUPPORT),
        ("ServiceLevelBurnsFast", {"queue": "sales"}, "ServiceLevelBurnsSlowly", SUPPORT),
        ("BrokerLost", {"broker": "one:1883"}, "BrokerConnectionFlaps", {"broker": "two:1883"}),
        ("ServiceLevelBurnsFast", SUPPORT, "AbandonRateHigh", SUPPORT),
        ("BridgeAlarmAcknowledged", LONG_PAUSE | {"alert": "limit_exceeded:1002"}, "BridgeAlarmWarning", LONG_PAUSE),
        # The broker is lost whether AMI is or not.
        ("AmiLost", {}, "BrokerLost", {"broker": "mosquitto:1883"}),
        ("AmiLost", {}, "StoreNotWritten", {}),
    ],
)
def test_what_is_another_trouble_is_said(
    manager: Alertmanager, said: str, of_what: dict[str, str], other: str, of_which: dict[str, str]
) -> None:
    pbx = f"site{next(SITES)}-"
    first = labels(said, pbx, of_what)
    if "pbx" in of_what:
        first["pbx"] = f"{pbx}elsewhere"
    send(manager, first, labels(other, pbx, of_which))
    wait_until(lambda: len(unsaid(manager, pbx)) == 2, "both alerts")
    assert unsaid(manager, pbx)[other] is False
