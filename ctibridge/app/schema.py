"""`ctibridge schema`: what is published, as an AsyncAPI 3 document and JSON Schemas."""

import json
from pathlib import Path

import ctibridge
from ctibridge.outputs.mqtt.schema import asyncapi, documents


def write_schema(folder: Path) -> list[Path]:
    """Write all documents into a folder; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, document in documents(ctibridge.__version__).items():
        path = folder / name
        path.write_text(_text(document), encoding="utf-8")
        paths.append(path)
    return paths


def asyncapi_text() -> str:
    """The AsyncAPI document alone, which holds all schemas."""
    return _text(asyncapi(ctibridge.__version__))


def _text(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
