"""A broker that lets the bridge in and then refuses every message."""

import asyncio
from typing import Final

from tests.chaos.centre import Centre, Setting
from tests.chaos.fault import Fault, Scale, on_centre
from tests.servers.waiting import eventually

OPEN: Final = "topic readwrite #\n"
DEAF: Final = "topic read #\n"
SAID_WITHIN: Final = 10.0


async def refuse_all(centre: Centre, scale: Scale) -> None:
    """The access list changes while the bridge is connected, and later back."""
    centre.broker.allow(DEAF)
    await eventually(lambda: _refused(centre) > 0, "a refusal to be counted", SAID_WITHIN)
    await eventually(lambda: '"broker"' in centre.bridge.get("/readyz")[1], "/readyz to name the broker", SAID_WITHIN)
    await asyncio.sleep(scale.of(10, 3))
    centre.broker.allow(OPEN)
    await centre.mqtt.cut()


def _refused(centre: Centre) -> int:
    return int(sum(centre.bridge.metrics().get("ctibridge_mqtt_rejected_total", {}).values()))


FAULTS: Final = (
    Fault(
        name="broker refuses every publish",
        promise="counted, named in /readyz, set aside; states again at the next connect",
        endure=on_centre(refuse_all, setting=Setting(acl=OPEN), set_aside=_refused),
    ),
)
