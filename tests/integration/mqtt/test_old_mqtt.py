"""MQTT 3.1.1, on a broker that refuses MQTT 5: the embedded one of the demo."""

import contextlib
import logging
from collections.abc import AsyncIterator

import pytest

from ctibridge.domain import changes
from ctibridge.domain.units import AgentId
from ctibridge.outputs.mqtt.settings import MqttSettings
from tests.integration.mqtt.desk import ROOT, Desk, Listener, retained, running
from tests.servers.cuttable import Cuttable
from tests.servers.ports import free_port
from tests.servers.waiting import eventually
from tests.unit.outputs import facts

amqtt_broker = pytest.importorskip("amqtt.broker", reason="amqtt is not installed (extra `demo`)")


@contextlib.asynccontextmanager
async def embedded() -> AsyncIterator[int]:
    """The port of an embedded broker."""
    port = free_port()
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.WARNING)
    broker = amqtt_broker.Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    try:
        yield port
    finally:
        await broker.shutdown()


async def test_it_falls_back_and_everything_is_there() -> None:
    async with embedded() as port:
        desk = Desk(MqttSettings(port=port))
        desk.sync(agents=("1001", "1002"))
        async with Listener(port) as listener:
            await listener.publish(f"{ROOT}/agent/9999/state", "{}", retain=True)
            async with running(desk):
                await listener.until_status("online")
                desk.say(changes.AgentRemoved(at=facts.AT, agent=AgentId("1002")), facts.queued())
                await desk.until_delivered()
                await eventually(lambda: listener.sequences() == [1, 2], "events")
                shown = await retained(port)
                queue = "queue/~E5~AE~A2~E6~9C~8D"
                assert set(shown) == {"agent/1001/state", f"{queue}/state", f"{queue}/board", "info", "status"}
            await listener.until_status("offline")
        assert listener.newest("status").document["reason"] == "stopped"
        assert desk.health.rejected == {}


async def test_the_last_will_comes_at_once() -> None:
    """3.1.1 has no delay; the version that worked is used again, so the return is quick."""
    async with embedded() as port, Cuttable(port) as link:
        desk = Desk(MqttSettings(port=link.port))
        desk.sync()
        async with Listener(port) as listener, running(desk):
            await listener.until_status("online")
            await link.cut()
            await eventually(lambda: "offline" in listener.statuses(), "the will", within=2, interval=0.01)
            await listener.until_status("online", within=3)
            assert desk.health.connects == 2
