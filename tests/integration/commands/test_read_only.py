"""With the shipped AMI user, which may change nothing, the bridge runs and says which commands are off."""

import asyncio
import subprocess
import sys

import pytest

from tests.integration.commands.asker import asking
from tests.integration.commands.site import USERS
from tests.servers.asterisk import Asterisk
from tests.servers.available import requires_asterisk
from tests.servers.bridge import REPOSITORY, Bridge
from tests.servers.mosquitto import Mosquitto

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(60)]

NEEDS_NOTHING = {"request_leave", "approve_leave", "withdraw_caller", "acknowledge_alert", "whoami", "snapshot"}


async def test_a_read_only_user_leaves_what_needs_no_permission(broker: Mosquitto) -> None:
    requires_asterisk(22)
    with Asterisk(22) as pbx, Bridge(ami_port=pbx.port, mqtt_port=broker.port, more=USERS) as bridge:
        bridge.wait_ready()
        async with asking(broker.port) as asker:
            me = (await asker.ask("sue", "whoami"))["me"]

            assert set(me["commands"]) >= NEEDS_NOTHING
            assert me["off"]["login"] == "needs write=agent"
            assert me["off"]["monitor"] == "needs write=originate"
            assert me["off"]["hangup"] == "needs write=call"
            answer = await asker.ask("sue", "login", agent="1001", queues=["support"])
            assert (answer["outcome"], answer["reason"]) == ("refused", "not_allowed")
        info = bridge.retained("info")["info"]["data"]
        assert "login" not in info["commands"]
        assert "commands" in info["capabilities"]

        checked = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "ctibridge", "check", "-c", str(bridge.folder / "ctibridge.toml")],
            capture_output=True,
            text=True,
            check=False,
            timeout=40,
            cwd=REPOSITORY,
        )
        assert (
            "these commands are off: login, logout, ready, not_ready, set_penalty (needs write=agent)" in checked.stdout
        )
