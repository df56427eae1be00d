import json
from pathlib import Path

from jsonschema import Draft202012Validator

from ctibridge.outputs.mqtt.catalogue import MESSAGES
from ctibridge.outputs.mqtt.reference import reference
from ctibridge.outputs.mqtt.samples import samples
from ctibridge.outputs.mqtt.schema import documents

PAGE = Path(__file__).parents[4] / "docs" / "mqtt.md"


def test_the_page_is_what_the_tables_say() -> None:
    """Otherwise: python -m ctibridge.outputs.mqtt.reference > docs/mqtt.md"""
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_every_topic_is_on_the_page() -> None:
    page = reference()
    for kind in MESSAGES:
        assert f"| `{kind.address}` |" in page


def test_samples_are_real_messages() -> None:
    schemas = documents("1.2.3")
    for message in samples():
        if not message.payload:
            assert message.topic.endswith("/alert/long_wait~3Asales")
            continue
        document = json.loads(message.payload)
        Draft202012Validator(schemas[f"{document.get('type', 'ctibridge.bridge.status')}.json"]).validate(document)
