"""JSON Schemas of every message, and an AsyncAPI 3 document that says on which topics they are.

Whatever is published is required; fields that are not named may come in later versions, so none is forbidden.
"""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

import msgspec

from ctibridge.domain.answers import Answer
from ctibridge.outputs.mqtt import command_schema
from ctibridge.outputs.mqtt.catalogue import MESSAGES, MessageKind
from ctibridge.outputs.mqtt.settings import MqttSettings

Json: TypeAlias = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
JSON_TYPE: Final = "application/json"
CLOUDEVENT_TYPE: Final = "application/cloudevents+json"

PARAMETERS: Final = {
    "pbx": "Name of the PBX.",
    "queue": "Name of the queue; what is not A-Z, a-z, 0-9, _ or - is ~HH for each UTF-8 byte.",
    "agent": "Id of the agent, written like a queue's name.",
    "alert": "Id of the alarm, `{rule}:{subject}`, written like a queue's name.",
}


def documents(version: str) -> dict[str, Json]:
    """All documents by file name: ``asyncapi.json`` and one schema for each kind of message."""
    schemas = {f"{_file_stem(kind)}.json": message_schema(kind) for kind in MESSAGES}
    return {"asyncapi.json": asyncapi(version), **schemas, **command_schema.documents()}


def message_schema(kind: MessageKind) -> Json:
    """The schema of one kind of message, complete in itself."""
    [root], definitions = _components([kind], "#/$defs/{name}")
    schema = {"$schema": DIALECT, "title": kind.name, "description": kind.summary, **_narrowed(root, kind)}
    return {**schema, "$defs": definitions} if definitions else schema


def asyncapi(version: str) -> Json:
    """Topics, who sends, and what is in the messages."""
    roots, definitions = _components(MESSAGES, "#/components/schemas/{name}")
    [answer], asked = msgspec.json.schema_components([Answer], ref_template="#/components/schemas/{name}")
    channels: Json = command_schema.channels(MqttSettings().base)
    operations: Json = command_schema.operations()
    messages: Json = command_schema.messages(answer)
    for kind, root in zip(MESSAGES, roots, strict=True):
        name = _camel(kind.name)
        messages[name] = {
            "name": kind.ce_type or kind.name,
            "title": kind.name,
            "summary": kind.summary,
            "contentType": CLOUDEVENT_TYPE if kind.ce_type else JSON_TYPE,
            "payload": _narrowed(root, kind),
        }
        for channel, address in _addresses(kind, name):
            channels[channel] = _channel(address, name, kind)
            operations[f"send{channel[0].upper()}{channel[1:]}"] = {
                "action": "send",
                "channel": {"$ref": f"#/channels/{channel}"},
                "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"}],
                "bindings": {"mqtt": {"qos": kind.qos, "retain": kind.is_retained, "bindingVersion": "0.2.0"}},
            }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "ctibridge",
            "version": version,
            "description": "States and events of Asterisk queues and their agents, and commands. States hold while "
            "`status` is online or degraded with the same epoch.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CLOUDEVENT_TYPE,
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {**asked, **definitions}},
    }


def _addresses(kind: MessageKind, name: str) -> Iterable[tuple[str, str]]:
    root = f"{MqttSettings().base}/{{pbx}}"
    yield name, f"{root}/{kind.address}"
    if kind.has_twin:
        yield f"{name}Private", f"{root}/private/{kind.address}"


def _channel(address: str, name: str, kind: MessageKind) -> Json:
    given = {key: {"description": text} for key, text in PARAMETERS.items() if f"{{{key}}}" in address}
    description = kind.summary
    if "/private/" in address:
        description += " With callers unmasked; published only where somebody opted in."
    return {
        "address": address,
        "description": description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "parameters": given,
    }


def _components(kinds: Iterable[MessageKind], template: str) -> tuple[list[Json], Json]:
    roots, definitions = msgspec.json.schema_components([kind.document for kind in kinds], ref_template=template)
    return [_published(root) for root in roots], {name: _published(one) for name, one in definitions.items()}


def _published(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """As a reader needs it: whatever we write is always there, and more may come."""
    if isinstance(schema, list):
        return [_published(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    properties = schema.get("properties")
    result = {key: _published(value) for key, value in schema.items() if key != "default"}
    if schema.get("type") == "object" and properties:
        result["required"] = list(properties)
        if schema.get("additionalProperties") is False:
            del result["additionalProperties"]
    return result


def _narrowed(root: Json, kind: MessageKind) -> Json:
    """An envelope's schema for this one type."""
    if kind.ce_type is None:
        return root
    return {"allOf": [root, {"properties": {"type": {"const": kind.ce_type}}}]}


def _file_stem(kind: MessageKind) -> str:
    return kind.ce_type or f"ctibridge.{kind.name}"


def _camel(name: str) -> str:
    first, *rest = name.replace(".", "_").split("_")
    return first + "".join(part.capitalize() for part in rest)
