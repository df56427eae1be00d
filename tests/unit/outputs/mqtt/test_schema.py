"""Every message of a run is what the schemas say, and the schemas would notice if it were not."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from ctibridge.domain.answers import Answer
from ctibridge.domain.changes import Change
from ctibridge.domain.commands import COMMANDS
from ctibridge.domain.journal import Journal
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.catalogue import MESSAGES
from ctibridge.outputs.mqtt.envelope import encode
from ctibridge.outputs.mqtt.info import site_info
from ctibridge.outputs.mqtt.schema import documents
from ctibridge.outputs.mqtt.spool import Gap
from ctibridge.outputs.mqtt.status import StatusLine
from tests.unit.outputs import facts

DOCUMENTS = documents("1.2.3")
ANNOUNCER = Announcer(pbx="pbx1", base="ctibridge/v1", has_private=True)


def published(*told: Change) -> list[tuple[str, Any]]:
    messages = ANNOUNCER.announce(Journal(7).enter(told, Timestamp(facts.AT + 1)))
    return [(message.topic, json.loads(message.payload)) for message in messages if message.payload]


def validate(document: dict[str, Any]) -> None:
    stem = document.get("type", "ctibridge.bridge.status")
    Draft202012Validator(DOCUMENTS[f"{stem}.json"], format_checker=Draft202012Validator.FORMAT_CHECKER).validate(
        document
    )


def test_schemas_are_schemas() -> None:
    for name, document in DOCUMENTS.items():
        if name != "asyncapi.json":
            Draft202012Validator.check_schema(document)


def test_every_message_is_what_its_schema_says() -> None:
    documents_seen = [document for _, document in published(*facts.one_of_each())]
    line = StatusLine(7)
    gap = Gap(first=1, last=2, since=facts.AT, until=facts.AT, dropped=2)
    own = [
        ANNOUNCER.status(line.say(1, facts.AT)),
        ANNOUNCER.status(line.last_will()),
        ANNOUNCER.status(line.farewell(1, facts.AT)),
        ANNOUNCER.info(
            site_info(version="1", pbx="pbx1", policy=Policy(), overrides={}), epoch=7, sequence=1, now=facts.AT
        ),
        ANNOUNCER.gap(gap, epoch=7, now=facts.AT),
    ]
    documents_seen += [json.loads(message.payload) for message in own]
    for document in documents_seen:
        validate(document)
    assert {one.get("type") for one in documents_seen} == {kind.ce_type for kind in MESSAGES}


@pytest.mark.parametrize(
    "spoiled",
    [
        {"sequence": 1},
        {"id": "1"},
        {"origin": "guess"},
        {"epoch": "7"},
        {"type": "ctibridge.call.queued.v2"},
        {"data": {}},
    ],
)
def test_a_wrong_message_is_noticed(spoiled: dict[str, Any]) -> None:
    [_, (_, document)] = published(facts.queued())
    with pytest.raises(ValidationError):
        Draft202012Validator(DOCUMENTS["ctibridge.call.queued.v1.json"]).validate(document | spoiled)


def test_a_later_version_may_add_fields() -> None:
    [_, (_, document)] = published(facts.queued())
    validate(document | {"later": 1} | {"data": document["data"] | {"later": 1}})


def test_asyncapi_names_every_topic_that_is_published() -> None:
    channels = DOCUMENTS["asyncapi.json"]["channels"].values()
    addresses = {channel["address"] for channel in channels}
    for topic, _ in published(*facts.one_of_each()):
        address = topic.replace("/pbx1/", "/{pbx}/").replace("/1001/", "/{agent}/")
        address = re.sub("/alert/[^/]*~3A.*", "/alert/{alert}", address)
        assert address.replace("/~E5~AE~A2~E6~9C~8D/", "/{queue}/") in addresses


def test_asyncapi_references_lead_somewhere() -> None:
    document = DOCUMENTS["asyncapi.json"]

    def follow(part: object) -> None:
        if isinstance(part, dict):
            if "$ref" in part:
                target: Any = document
                for step in part["$ref"].removeprefix("#/").split("/"):
                    target = target[step]
            for one in part.values():
                follow(one)
        elif isinstance(part, list):
            for one in part:
                follow(one)

    follow(document)
    assert document["asyncapi"] == "3.0.0"
    assert len(document["operations"]) == len(document["channels"]) - 1  # The answer belongs to every request.


def test_parameters_are_those_of_the_address() -> None:
    for channel in DOCUMENTS["asyncapi.json"]["channels"].values():
        assert {f"{{{name}}}" for name in channel["parameters"]} == {
            level for level in channel["address"].split("/") if level.startswith("{")
        }


def test_every_command_has_a_schema_that_knows_right_from_wrong() -> None:
    for name in COMMANDS:
        schema = Draft202012Validator(DOCUMENTS[f"ctibridge.command.{name}.json"])
        assert not schema.is_valid({"colour": "red"})
    pause = Draft202012Validator(DOCUMENTS["ctibridge.command.not_ready.json"])
    assert pause.is_valid({"transaction": "1", "sent_at": 1.5, "reason": "away"})
    assert not pause.is_valid({"transaction": "1"})
    answer = Answer(transaction="1", command="login", ok=True, outcome="done", at=facts.AT)
    Draft202012Validator(DOCUMENTS["ctibridge.command.answer.json"]).validate(json.loads(encode(answer)))
