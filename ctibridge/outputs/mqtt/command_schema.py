"""Commands as schemas: what may be sent to ``cmd/{user}/{command}``, and what is answered."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import msgspec

from ctibridge.domain.answers import Answer
from ctibridge.domain.commands import COMMANDS

Json: TypeAlias = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
JSON_TYPE: Final = "application/json"
HEAD: Final[Mapping[str, Json]] = {
    "transaction": {"type": "string", "minLength": 1, "maxLength": 128},
    "sent_at": {"type": "number", "description": "Seconds since 1970."},
}
"""What every request may say of itself."""
PARAMETERS: Final = {
    "pbx": {"description": "Name of the PBX."},
    "user": {"description": "Who asks: the name at the broker, in [[users]]."},
}


def documents() -> dict[str, Json]:
    """One schema for each command, and one for the answer, by file name."""
    made = {f"ctibridge.command.{name}.json": _document(name, request_schema(name)) for name in COMMANDS}
    [root], definitions = msgspec.json.schema_components([Answer], ref_template="#/$defs/{name}")
    answer = {"$schema": DIALECT, "title": "answer", "description": "What became of a command.", **root}
    return {**made, "ctibridge.command.answer.json": {**answer, "$defs": definitions}}


def request_schema(name: str) -> Json:
    """What a request may be."""
    kind = COMMANDS[name].arguments
    _, definitions = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    schema = definitions[kind.__name__]
    properties = {**schema.get("properties", {}), **HEAD}
    return {key: value for key, value in schema.items() if key not in ("title", "description")} | {
        "properties": properties
    }


def channels(base: str) -> Json:
    """Where requests are taken and answers given."""
    root = f"{base}/{{pbx}}"
    requests = {
        channel_of(name): {
            "address": f"{root}/cmd/{{user}}/{name}",
            "description": command.text,
            "messages": {message_of(name): {"$ref": f"#/components/messages/{message_of(name)}"}},
            "parameters": dict(PARAMETERS),
        }
        for name, command in COMMANDS.items()
    }
    return {
        **requests,
        "commandAnswer": {
            "address": f"{root}/rsp/{{user}}/{{command}}",
            "description": "What became of a command, where the request named no response topic.",
            "messages": {"commandAnswer": {"$ref": "#/components/messages/commandAnswer"}},
            "parameters": {**PARAMETERS, "command": {"description": "Name of the command."}},
        },
    }


def operations() -> Json:
    """What the bridge takes in, and how it replies."""
    bindings = {"mqtt": {"qos": 1, "retain": False, "bindingVersion": "0.2.0"}}
    return {
        f"receive{_capital(channel_of(name))}": {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{channel_of(name)}"},
            "messages": [{"$ref": f"#/channels/{channel_of(name)}/messages/{message_of(name)}"}],
            "reply": {
                "channel": {"$ref": "#/channels/commandAnswer"},
                "messages": [{"$ref": "#/channels/commandAnswer/messages/commandAnswer"}],
            },
            "bindings": bindings,
        }
        for name in COMMANDS
    }


def messages(answer: Json) -> Json:
    """Requests and the answer; ``answer`` is the answer's schema within the document."""
    requests = {
        message_of(name): {
            "name": f"command.{name}",
            "title": name,
            "summary": command.text,
            "contentType": JSON_TYPE,
            "payload": request_schema(name),
        }
        for name, command in COMMANDS.items()
    }
    told = {
        "name": "command.answer",
        "title": "answer",
        "summary": "What became of a command.",
        "contentType": JSON_TYPE,
        "payload": answer,
    }
    return {**requests, "commandAnswer": told}


def channel_of(name: str) -> str:
    """The channel's key."""
    return "command" + "".join(_capital(part) for part in name.split("_"))


def message_of(name: str) -> str:
    """The message's key."""
    return channel_of(name)


def _document(name: str, schema: Json) -> Json:
    return {"$schema": DIALECT, "title": f"command {name}", "description": COMMANDS[name].text, **schema}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
