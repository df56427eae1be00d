"""What Asterisk or a broker withholds is said by the daemon itself, and by `ctibridge check`."""

import asyncio
import subprocess
import sys

import pytest

from tests.servers.asterisk import Asterisk
from tests.servers.available import requires_asterisk, requires_program
from tests.servers.bridge import REPOSITORY, Bridge
from tests.servers.mosquitto import Mosquitto
from tests.servers.stage import stage_on
from tests.servers.waiting import eventually, wait_until

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(180)]

OFTEN = "resync_interval = 3.0\n"


def checked(bridge: Bridge) -> tuple[int, str]:
    """Exit code and report of `ctibridge check` with the daemon's own configuration."""
    done = subprocess.run(
        [sys.executable, "-m", "ctibridge", "check", "-c", str(bridge.folder / "ctibridge.toml")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def _reason(bridge: Bridge) -> str | None:
    reason: str | None = bridge.retained("status").get("status", {}).get("reason")
    return reason


async def test_a_missing_class_is_said_once_somebody_came_unseen() -> None:
    requires_asterisk(22)
    requires_program("mosquitto")
    without_agent = {"manager.d/test.conf": "[ctibridge](+)\nread = dialplan,call,system\n"}
    with Asterisk(22, extra=without_agent) as asterisk, Mosquitto() as broker:
        with Bridge(ami_port=asterisk.port, mqtt_port=broker.port, pbx=OFTEN) as bridge:
            await asyncio.to_thread(bridge.wait_ready)
            async with stage_on(asterisk) as stage:
                await asyncio.sleep(2)  # Waits are whole seconds: who came with the login proves nothing.
                await stage.script("1001", "miss", "miss", "miss", "miss")
                await stage.join("1001", "support")
                call = await stage.call("support")
                await stage.expect("QueueCallerJoin")
                await eventually(lambda: 'read= lacks \\"agent\\"' in bridge.log, "the warning", 30)
                await eventually(lambda: _reason(bridge) is not None, "the reason in status", 15, interval=0.5)
                status = await asyncio.to_thread(bridge.retained, "status")
                await call.hang_up()
                await asyncio.sleep(4)

        assert status["status"]["state"] == "online"
        assert 'read= lacks "agent"' in status["status"]["reason"]
        assert bridge.log.count("does not tell everything") == 1


async def test_hidden_variables_and_a_name_that_is_not_utf_8_are_said() -> None:
    requires_asterisk(22)
    requires_program("mosquitto")
    hidden = {"manager.d/test.conf": "[general](+)\ndisabledevents = VarSet\n"}
    with Asterisk(22, extra=hidden) as asterisk, Mosquitto() as broker:
        path = asterisk.folder / "etc" / "queues.d" / "latin.conf"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"[support](+)\nmember => Local/1009@lab-agents/n,0,J\xfcrgen,Local/1009@lab-agents\n")
        asterisk.cli("queue reload all")
        with Bridge(ami_port=asterisk.port, mqtt_port=broker.port, pbx=OFTEN) as bridge:
            await asyncio.to_thread(bridge.wait_ready)
            assert "not UTF-8" in bridge.log
            async with stage_on(asterisk) as stage:
                await stage.script("1001", "miss", "miss", "miss", "miss")
                await stage.join("1001", "sales")
                call = await stage.call("sales")
                await stage.expect("QueueCallerJoin")
                await call.hang_up()
                await eventually(lambda: "VarSet is hidden" in bridge.log, "the warning", 30)


def test_a_broker_that_takes_nothing_from_us_is_not_ready_and_check_says_so() -> None:
    requires_asterisk(22)
    requires_program("mosquitto")
    with (
        Asterisk(22) as asterisk,
        Mosquitto(acl="topic read #\n") as broker,
        Bridge(ami_port=asterisk.port, mqtt_port=broker.port) as bridge,
    ):
        wait_until(lambda: "refuses messages" in bridge.get("/readyz")[1], "the refusal", 20)
        assert bridge.get("/readyz")[0] == 503
        code, report = checked(bridge)

    assert code == 1
    assert "may not publish below ctibridge/v1/lab/" in report
