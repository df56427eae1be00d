"""What is not done: by those who may not, too late, twice, too often, or made to break something."""

import asyncio
import json
import random
import time

import pytest
from aiomqtt import ProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ctibridge.domain.commands import COMMANDS
from ctibridge.domain.permits import allowed
from ctibridge.domain.roles import Role
from tests.integration.commands.asker import ROOT, Asker, asking
from tests.integration.commands.shown import plain
from tests.integration.commands.site import USERS
from tests.servers.asterisk import Asterisk
from tests.servers.bridge import Bridge
from tests.servers.cuttable import Cuttable
from tests.servers.mosquitto import Mosquitto
from tests.servers.stage import Stage
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(90)]

NAMES = {
    Role.AGENT: "ann",
    Role.LEADER: "lee",
    Role.SUPERVISOR: "sue",
    Role.INSPECTOR: "quentin",
    Role.MANAGER: "max",
    Role.DISPLAY: "wall",
    Role.PUBLIC: "visitor",
}
ARGUMENTS: dict[str, dict[str, object]] = {
    "login": {"queues": ["sales"]},
    "not_ready": {"reason": "away"},
    "request_leave": {"reason": "away"},
    "transfer": {"to": "601"},
    "originate": {"to": "601"},
    "set_penalty": {"penalty": 3},
    "move_caller": {"call": "1.1", "queue": "sales"},
    "withdraw_caller": {"call": "1.1"},
    "prioritise_caller": {"call": "1.1"},
    "acknowledge_alert": {"alert": "no_such:alarm"},
    "replay": {"after": 0},
}
STRANGER = {"agent": "1003"}
"""Of another team than ann, lee and bob."""
EVIL = [
    "1001\r\nAction: Originate\r\nChannel: Local/1@x",
    "1001\nx",
    "10\x0001",
    "a" * 10_000,
    "\u2028",
    "'; DROP TABLE calls; --\r",
    ["1001"] * 1000,
    {"a": {"b": {}}},
    True,
    -1,
    1e308,
]


def of_agent(command: str) -> bool:
    return "agent" in COMMANDS[command].arguments.__struct_fields__


async def test_no_role_gets_further_than_the_table_says(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    await stage.join("1003", "support", "sales")
    before = plain(pbx, "queue show")

    for role, user in NAMES.items():
        for command in COMMANDS:
            if command in allowed(role) and role is Role.SUPERVISOR:
                continue
            about = STRANGER if of_agent(command) else {}
            answer = await asker.ask(user, command, **ARGUMENTS.get(command, {}), **about)
            may = command in allowed(role) and not (of_agent(command) and role in (Role.AGENT, Role.LEADER))
            if command not in allowed(role):
                assert (answer["outcome"], answer["reason"]) == ("refused", "role"), (role, command, answer)
            elif not may:
                assert (answer["outcome"], answer["reason"]) == ("refused", "scope"), (role, command, answer)

    after = plain(pbx, "queue show")
    assert [line.partition("(login")[0] for line in after.splitlines()] == [
        line.partition("(login")[0] for line in before.splitlines()
    ]
    assert stage.count("OriginateResponse") == 0


async def test_a_thousand_duplicate_and_reordered_commands_change_the_state_once(
    pbx: Asterisk, stage: Stage, asker: Asker
) -> None:
    assert (await asker.ask("ann", "login", queues=["support"]))["ok"]
    start = time.time()  # noqa: TID251 - a sender's clock
    wishes = [
        json.dumps({"transaction": f"flood-{turn}", "reason": reason, "sent_at": start + turn / 100}).encode()
        for turn, reason in enumerate(["away", "busy", "meal", "busy", "meal", "away", "busy", "away", "busy", "meal"])
    ]
    sent = wishes * 100
    random.Random(8).shuffle(sent)

    answers = await asyncio.gather(*(asker.send("ann", "not_ready", payload) for payload in sent))

    assert len(answers) == 1000
    by_wish = {one["transaction"]: json.dumps(one, sort_keys=True) for one in answers}
    assert len(by_wish) == 10
    assert all(json.dumps(one, sort_keys=True) == by_wish[one["transaction"]] for one in answers)
    assert json.loads(by_wish["flood-9"])["ok"]
    assert "paused:meal" in plain(pbx, "queue show support")
    done = [one for one in by_wish.values() if json.loads(one)["ok"]]
    assert stage.count("QueueMemberPause", Queue="support", Paused="1") == len(done)
    assert {json.loads(one).get("reason") for one in by_wish.values()} <= {None, "overtaken"}


async def test_what_would_break_out_is_refused_in_every_field(
    pbx: Asterisk, stage: Stage, asker: Asker, bridge: Bridge
) -> None:
    before = plain(pbx, "queue show")
    for command, known in COMMANDS.items():
        tries = [
            (field, evil)
            for field in known.arguments.__struct_fields__
            for evil in EVIL
            if (field, evil) not in (("priority", True), ("penalty", True))
        ]
        usual = ARGUMENTS.get(command, {})
        answers = await asyncio.gather(*(asker.ask("sue", command, **(usual | {key: evil})) for key, evil in tries))
        for (field, evil), answer in zip(tries, answers, strict=True):
            assert answer["outcome"] == "refused", (command, field, str(evil)[:40], answer)
    for payload in (b"[" * 8000, b'{"a":' * 1600 + b"1" + b"}" * 1600, b"\xff\xfe", b"null", b"1" * 8000, b"{" * 20000):
        answer = await asker.send("sue", "ready", payload)
        assert answer["reason"] in ("malformed", "too_large"), answer
    for transaction in ("x\r\n", "x" * 200, 7, ""):
        answer = await asker.ask("sue", "whoami", transaction=transaction)
        assert answer["reason"] == "malformed", answer

    assert plain(pbx, "queue show") == before
    assert bridge.is_ready()
    assert "a command failed" not in bridge.log
    assert stage.count("OriginateResponse") == 0


async def test_old_retained_and_unknown_ones_are_refused(asker: Asker) -> None:
    now = time.time()  # noqa: TID251 - a sender's clock
    assert (await asker.ask("ann", "ready", sent_at=now - 60))["reason"] == "late"
    assert (await asker.ask("ann", "ready", sent_at=now + 600))["reason"] == "late"
    assert (await asker.send("ann", "ready", b"{}", retain=True))["reason"] == "retained"
    await asker.drop("ann", "ready", b"", retain=True)
    assert (await asker.ask("ann", "reboot"))["reason"] == "unknown_command"
    assert (await asker.ask("eve", "ready"))["reason"] == "unknown_user"
    assert (await asker.ask("ann", "ready", colour="red"))["reason"] == "malformed"
    first = await asker.send("ann", "whoami", b'{"transaction": "once"}')
    assert first["ok"]
    assert (await asker.send("ann", "snapshot", b'{"transaction": "once"}'))["reason"] == "reused"


async def test_mqtt_3_1_1_is_answered_below_the_users_rsp(broker: Mosquitto, asker: Asker) -> None:
    async with asking(broker.port, version=ProtocolVersion.V311) as old:
        await old.drop("ann", "whoami", b'{"transaction": "old"}')
        await eventually(lambda: bool(old.stray), "an answer", within=10)

        topic, answer = old.stray[0]
        assert (topic, answer["transaction"], answer["me"]["role"]) == ("rsp/ann/whoami", "old", "agent")


async def test_an_answer_never_goes_where_the_user_may_not_write(broker: Mosquitto, asker: Asker) -> None:
    """A response topic among the bridge's own would let anybody publish in the bridge's name."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    for topic in (f"{ROOT}/status", f"{ROOT}/rsp/sue/x", f"{ROOT}/event/call/queued", "a/#", "$SYS/x"):
        properties.ResponseTopic = topic
        seen = len(asker.stray)
        await asker.publish(f"{ROOT}/cmd/ann/whoami", b"{}", properties)
        await eventually(lambda seen=seen: len(asker.stray) > seen, "an answer", within=10)  # type: ignore[misc]
        assert asker.stray[-1][0] == "rsp/ann/whoami"


async def test_what_the_broker_kept_while_the_bridge_was_away_is_refused(pbx: Asterisk) -> None:
    with Mosquitto() as own:
        async with Cuttable(own.port) as link, asking(own.port) as asker:
            await _is_refused_after_a_cut(pbx, link, asker)


async def _is_refused_after_a_cut(pbx: Asterisk, link: Cuttable, asker: Asker) -> None:
    with Bridge(ami_port=pbx.port, mqtt_port=link.port, more=USERS) as bridge:
        await asyncio.to_thread(bridge.wait_ready)
        assert (await asker.ask("sue", "whoami"))["ok"]

        await link.cut(refuse=True)
        await asyncio.sleep(1)
        await asker.drop("sue", "logout", b'{"transaction": "while away", "agent": "1001"}')
        link.mend()

        await eventually(lambda: bool(asker.stray), "an answer", within=20)
        assert {(topic, one.get("reason")) for topic, one in asker.stray} == {("rsp/sue/logout", "late")}
        assert (await asker.ask("sue", "whoami"))["ok"]
