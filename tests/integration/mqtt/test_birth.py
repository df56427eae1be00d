"""What a broker is told after a connect, as an independent subscriber sees it."""

import json

import pytest
from jsonschema import Draft202012Validator

from ctibridge.domain import changes
from ctibridge.domain.units import AgentId, QueueName
from ctibridge.domain.views import AgentState
from ctibridge.outputs.mqtt.schema import documents
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.outputs.mqtt.status import Standing
from ctibridge.outputs.mqtt.topics import EVENTS, escape
from tests.integration.mqtt.desk import ROOT, Desk, Listener, retained, running
from tests.servers.available import requires_program
from tests.servers.mosquitto import Mosquitto
from tests.servers.waiting import eventually
from tests.unit.outputs import facts

pytestmark = pytest.mark.mosquitto

ODD_NAMES = ("客服/一线", "a+b#c", "$SYS", "sales ~ 1", "\x01", "é" * 40)


async def test_states_then_info_then_status_then_what_waited(broker: Mosquitto) -> None:
    desk = Desk(MqttSettings(port=broker.port))
    desk.sync(agents=("1001", "1002"))
    desk.say(facts.queued("1.1"), facts.queued("1.2"))
    async with Listener(broker.port) as listener, running(desk):
        await listener.until_status("online")
        await desk.until_delivered()
        await listener.until_heard("event/call/queued")
        await eventually(lambda: listener.sequences() == [1, 2, 3], "three events")
    assert listener.topics() == [
        "agent/1001/state",
        "agent/1002/state",
        "queue/~E5~AE~A2~E6~9C~8D/state",
        "queue/~E5~AE~A2~E6~9C~8D/board",
        "info",
        "status",
        "event/bridge/resynced",
        "event/call/queued",
        "event/call/queued",
        "status",
    ]
    assert listener.statuses() == ["online", "offline"]


async def test_a_display_that_comes_later_is_shown_everything(broker: Mosquitto) -> None:
    desk = Desk(MqttSettings(port=broker.port))
    desk.sync()
    async with running(desk):
        await desk.until_current()
        await desk.until_delivered()
        shown = await retained(broker.port)
    queue = "queue/~E5~AE~A2~E6~9C~8D"
    assert set(shown) == {"agent/1001/state", f"{queue}/state", f"{queue}/board", "info", "status"}
    assert shown["status"].document["state"] == "online"
    assert shown["status"].document["epoch"] == shown["agent/1001/state"].document["epoch"] == 7


async def test_before_the_first_full_picture_nothing_is_valid_and_nothing_is_removed(broker: Mosquitto) -> None:
    old = f"{ROOT}/agent/9999/state"
    desk = Desk(MqttSettings(port=broker.port))
    desk.output.set_status(Standing(state="degraded", reason="AMI: connection refused"))
    async with Listener(broker.port) as listener, running(desk):
        await listener.publish(old, "{}", retain=True)
        await listener.until_status("offline")
        assert listener.newest("status").document["reason"] == "AMI: connection refused"
        assert "agent/9999/state" in await retained(broker.port)
        desk.output.set_status(Standing(state="online", ami="connected"))
        desk.sync()
        await listener.until_status("online")
        assert "agent/9999/state" not in await retained(broker.port)
    assert listener.statuses() == ["offline", "online", "offline"]


async def test_what_vanished_while_we_were_away_is_removed_and_all_else_is_left(broker: Mosquitto) -> None:
    ghosts = ("agent/gone/state", "queue/gone/state", "queue/gone/stats", "private/agent/gone/state", "alert/gone")
    foreign = ("somebody/else", f"{ROOT}/agent/note", "ctibridge/v1/pbx2/agent/1001/state")
    async with Listener(broker.port) as listener:
        for topic in (*(f"{ROOT}/{ghost}" for ghost in ghosts), *foreign):
            await listener.publish(topic, "{}", retain=True)
    desk = Desk(MqttSettings(port=broker.port))
    desk.sync()
    async with Listener(broker.port) as listener, running(desk):
        await listener.until_status("online")
        shown = await retained(broker.port)
        assert not set(ghosts) & set(shown)
        assert {topic.removeprefix(f"{ROOT}/") for topic in foreign} <= set(shown)
        emptied = [index for index, one in enumerate(listener.heard) if not one.payload]
        assert len(emptied) == len(ghosts)
        assert max(emptied) < listener.topics().index("info", 8) < len(listener.topics()) - 1


async def test_what_is_removed_while_connected(broker: Mosquitto) -> None:
    desk = Desk(MqttSettings(port=broker.port))
    desk.sync(agents=("1001", "1002"))
    async with running(desk):
        await desk.until_current()
        desk.say(
            changes.AgentRemoved(at=facts.AT, agent=AgentId("1002")),
            changes.QueueRemoved(at=facts.AT, queue=QueueName(facts.QUEUE)),
        )
        sent = 4 + 1 + 4
        await eventually(lambda: desk.health.published["state"] == sent, "what there was, and what is emptied of it")
        assert set(await retained(broker.port)) == {"agent/1001/state", "info", "status"}


async def test_an_event_is_sent_before_the_state_that_includes_it(broker: Mosquitto) -> None:
    desk = Desk(MqttSettings(port=broker.port))
    desk.sync()
    async with Listener(broker.port) as listener, running(desk):
        await listener.until_status("online")
        before = len(listener.heard)
        for number in range(50):
            desk.say(
                changes.QueueUpdated(at=facts.AT, queue=facts.queue_view(waiting=number % 3)),
                facts.queued(f"1.{number}"),
            )
            await listener.until_heard("status")
        await desk.until_delivered()
        await eventually(lambda: len(listener.sequences()) == 51, "51 events")
        newest_event = 0
        for one in listener.heard[before:]:
            number = int(one.document["sequence"])
            if "/event/" in one.topic:
                newest_event = number
            else:
                assert number <= newest_event + 1, "a state must not be ahead of its events"


async def test_odd_names_have_their_own_topics_and_keep_their_names(broker: Mosquitto) -> None:
    desk = Desk(MqttSettings(port=broker.port))
    desk.sync(agents=ODD_NAMES, queues=ODD_NAMES)
    async with running(desk):
        await desk.until_current()
        shown = await retained(broker.port)
    for name in ODD_NAMES:
        assert shown[f"agent/{escape(name)}/state"].document["data"]["agent"] == name
        assert shown[f"queue/{escape(name)}/state"].document["data"]["queue"] == name
    assert len(shown) == 3 * len(ODD_NAMES) + 2, "agent, queue, board of each; status and info"


async def test_every_message_of_a_run_is_what_the_schemas_say(broker: Mosquitto) -> None:
    schemas = documents("1.2.3")
    desk = Desk(MqttSettings(port=broker.port), has_private=True)
    desk.sync()
    async with Listener(broker.port) as listener, running(desk):
        await listener.until_status("online")
        told = facts.one_of_each()
        desk.say(*told)
        await desk.until_delivered()
        await listener.until_heard("private/event/call/lost")
        events = 1 + sum(type(change) in EVENTS for change in told)
        await eventually(lambda: len(listener.sequences()) == events, "all events")
    seen = set()
    for one in listener.heard:
        if one.payload:
            kind = one.document.get("type", "ctibridge.bridge.status")
            Draft202012Validator(schemas[f"{kind}.json"]).validate(one.document)
            seen.add(kind)
    published = {name for name in schemas if not name.startswith("ctibridge.command.")}
    assert {f"{kind}.json" for kind in seen} | {"asyncapi.json"} == published, (
        "all but what others ask and are answered"
    )


async def test_of_many_states_only_the_newest_need_arrive(broker: Mosquitto) -> None:
    desk = Desk(MqttSettings(port=broker.port))
    desk.sync()
    async with Listener(broker.port) as listener, running(desk):
        await listener.until_status("online")
        for number in range(1000):
            state = AgentState.BUSY if number == 999 else AgentState.READY
            desk.say(changes.AgentUpdated(at=facts.AT, agent=facts.agent_view("1001", state)))
        await eventually(
            lambda: listener.newest("agent/1001/state").document["data"]["state"] == "busy", "the newest state"
        )
        assert listener.topics().count("agent/1001/state") < 20


async def test_the_shipped_access_list_lets_the_bridge_do_all_that_it_does() -> None:
    requires_program("mosquitto", "mosquitto_passwd")
    with Mosquitto(users={"ctibridge": "secret"}) as broker:
        async with Listener(broker.port, "ctibridge/#", username="ctibridge", password="secret") as listener:
            await listener.publish(f"{ROOT}/agent/9999/state", "{}", retain=True)
            desk = Desk(MqttSettings(port=broker.port, username="ctibridge", password="secret"))
            desk.sync()
            async with running(desk):
                await listener.until_status("online")
                desk.say(*facts.one_of_each())
                await desk.until_delivered()
            await listener.until_status("offline")
        assert listener.newest("agent/9999/state").payload == b""
    assert desk.health.rejected == {}


async def test_a_thousand_agents_are_born_fast(broker: Mosquitto) -> None:
    """5 s is the promise after a reconnect; it takes well under one on an idle machine."""
    desk = Desk(MqttSettings(port=broker.port))
    desk.sync(agents=[str(1000 + number) for number in range(1000)])
    async with running(desk):
        await desk.until_current(within=5)
        shown = await retained(broker.port)
    assert len([topic for topic in shown if topic.startswith("agent/")]) == 1000


async def test_new_information_is_published_when_the_configuration_changes(broker: Mosquitto) -> None:
    desk = Desk(MqttSettings(port=broker.port))
    desk.sync()
    async with Listener(broker.port) as listener, running(desk):
        await listener.until_status("online")
        info = json.loads(json.dumps(listener.newest("info").document))
        assert info["data"]["version"] == "1.2.3"
        desk.output.set_info(desk.output._info)
        await eventually(lambda: listener.topics().count("info") == 2, "info again")
