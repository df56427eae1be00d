"""One Asterisk, one broker and one bridge for all tests of a module; each test leaves the queues empty."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.integration.commands.asker import Asker, asking
from tests.integration.commands.site import MANAGER, USERS
from tests.servers.asterisk import Asterisk
from tests.servers.available import requires_asterisk, requires_program
from tests.servers.bridge import Bridge
from tests.servers.mosquitto import Mosquitto
from tests.servers.stage import Stage, stage_on


@pytest.fixture(scope="module")
def pbx() -> Iterator[Asterisk]:
    requires_asterisk(22)
    with Asterisk(22, extra={"manager.d/commands.conf": MANAGER}) as server:
        yield server


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    requires_program("mosquitto", "mosquitto_sub")
    with Mosquitto() as broker:
        yield broker


@pytest.fixture(scope="module")
def settings() -> str:
    return USERS


@pytest.fixture(scope="module")
def bridge(pbx: Asterisk, broker: Mosquitto, settings: str) -> Iterator[Bridge]:
    with Bridge(ami_port=pbx.port, mqtt_port=broker.port, queue_log=pbx.queue_log, more=settings) as bridge:
        bridge.wait_ready()
        yield bridge


@pytest.fixture
async def stage(pbx: Asterisk, bridge: Bridge) -> AsyncIterator[Stage]:
    async with stage_on(pbx) as stage:
        yield stage
        for call in stage.calls.values():
            await call.hang_up()
        for line in pbx.cli("core show channels concise").splitlines():
            pbx.cli(f"channel request hangup {line.split('!')[0]}", check=False)
        for queue in ("support", "sales", "overflow"):
            for line in pbx.cli(f"queue show {queue}").splitlines():
                if "(Local/" in line or "(PJSIP/" in line:
                    interface = line.partition("(")[2].split(" ", 1)[0].rstrip(")")
                    pbx.cli(f"queue remove member {interface} from {queue}", check=False)
        await stage.all_gone()


@pytest.fixture
async def asker(broker: Mosquitto, bridge: Bridge) -> AsyncIterator[Asker]:
    async with asking(broker.port) as asker:
        yield asker
