"""Writes docs/mqtt.md: ``python -m ctibridge.outputs.mqtt.reference > docs/mqtt.md``."""

import json
import sys
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ctibridge.outputs.mqtt import reference_text as text
from ctibridge.outputs.mqtt.catalogue import MESSAGES, MessageKind
from ctibridge.outputs.mqtt.samples import samples

TOPICS_HEADER: Final = "| topic below `{base}/{pbx}/` | retained | QoS | type | `private/` twin | what it says |\n"


def reference() -> str:
    """The page."""
    return "".join(
        (
            text.INTRODUCTION,
            "\n## Topics\n\n",
            TOPICS_HEADER,
            "|---|---|---|---|---|---|\n",
            *map(_topic_row, MESSAGES),
            text.READING,
            text.ENVELOPE,
            text.FIELDS,
            *_field_tables(),
            text.SAMPLES,
            *_samples(),
            text.CONNECTION,
        )
    )


def _topic_row(kind: MessageKind) -> str:
    retained, twin = ("yes" if one else "no" for one in (kind.is_retained, kind.has_twin))
    name = f"`{kind.ce_type}`" if kind.ce_type else "plain JSON"
    return f"| `{kind.address}` | {retained} | {kind.qos} | {name} | {twin} | {kind.summary} |\n"


def _field_tables() -> Iterator[str]:
    """One table for each type of data, and one for each type within them."""
    kinds = {kind.data: kind for kind in MESSAGES}
    _, definitions = msgspec.json.schema_components(kinds, ref_template="{name}")
    users: dict[str, list[str]] = {}
    for kind in MESSAGES:
        users.setdefault(kind.data.__name__, []).append(f"`{kind.address}`")
    for name, schema in definitions.items():
        if "properties" not in schema:
            continue
        used = f": {', '.join(users[name])}" if name in users else ""
        yield f"\n### {name}{used}\n\n| field | JSON |\n|---|---|\n"
        for field, value in schema["properties"].items():
            yield f"| `{field}` | {_type_text(value, definitions)} |\n"


def _type_text(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """A JSON Schema in a few words."""
    if "anyOf" in schema:
        return " or ".join(_type_text(one, definitions) for one in schema["anyOf"])
    if "$ref" in schema:
        target = definitions[schema["$ref"]]
        return _type_text(target, definitions) if "enum" in target else schema["$ref"]
    if "enum" in schema:
        return "one of " + ", ".join(f"`{one}`" for one in schema["enum"])
    match schema.get("type"):
        case "array":
            return f"list of {_type_text(schema['items'], definitions)}"
        case "object":
            return f"object: name to {_type_text(schema['additionalProperties'], definitions)}"
        case other:
            return str(other)


def _samples() -> Iterator[str]:
    for message in samples():
        if not message.payload:
            yield f"\n`{message.topic}`: retained, with no bytes at all, so that the broker forgets it.\n"
            continue
        document = json.dumps(json.loads(message.payload), ensure_ascii=False, indent=2)
        yield f"\n`{message.topic}`\n\n```json\n{document}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
