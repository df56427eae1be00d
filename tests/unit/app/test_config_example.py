"""config/ctibridge.toml and docs/configuration.md cannot drift from the code."""

from pathlib import Path

import pytest
from msgspec import inspect

from ctibridge.app.config import Configuration, from_document, load
from ctibridge.app.config_decode import expectation
from ctibridge.app.config_document import ConfigurationError, Document
from ctibridge.app.settings_reference import page
from ctibridge.domain.roles import Role

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "config" / "ctibridge.toml"
SECRET = {"CTIBRIDGE_PBX__0__SECRET": "x"}


def keys_of(info: inspect.Type) -> set[str]:
    match info:
        case inspect.StructType():
            return {field.encode_name for field in info.fields}
        case inspect.VarTupleType():
            return keys_of(info.item_type)
        case inspect.DictType():
            return keys_of(info.value_type)
        case _:
            raise AssertionError(info)


def tables() -> dict[str, set[str]]:
    root = inspect.type_info(Configuration)
    assert isinstance(root, inspect.StructType)
    return {field.name: keys_of(field.type) for field in root.fields}


def test_every_default_of_the_example_is_the_default_of_the_code() -> None:
    assert load(EXAMPLE, SECRET) == from_document(Document("empty"), SECRET)


def test_a_secret_is_all_that_the_example_lacks() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(EXAMPLE, {})
    assert [problem.key for problem in caught.value.problems] == ["pbx[0].secret"]


@pytest.mark.parametrize(
    "table", ["pbx", "mqtt", "http", "store", "site", "defaults", "pause_reasons", "agents", "leave", "privacy", "log"]
)
def test_the_example_lists_every_key(table: str) -> None:
    written = Document("example", EXAMPLE.read_text(encoding="utf-8")).values[table]
    assert set(written[0] if isinstance(written, list) else written) == tables()[table]


def test_what_is_optional_is_in_the_example_as_a_comment_that_works() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    for opening in ("# [queues.vip]\n", "# [[teams]]\n", "# [[users]]\n", "# [[rules]]\n"):
        block = opening + text.partition(opening)[2].partition("\n\n")[0] + "\n"
        text = text.replace(
            block, "".join(line.removeprefix("#").removeprefix(" ") for line in block.splitlines(keepends=True))
        )
    configuration = from_document(Document("example", text), SECRET)
    assert configuration.queues["vip"].label == "VIP hotline"
    assert configuration.teams[0].agents == ("1001", "1002")
    assert (configuration.users[0].name, configuration.users[0].role) == ("wang", Role.LEADER)
    for table in ("teams", "users"):
        assert set(Document("example", text).values[table][0]) == tables()[table]
    said = Document("example", text).values["rules"]
    assert {key for rule in said for key in rule} | {"teams"} == tables()["rules"]


def test_every_setting_has_a_type_that_messages_can_name() -> None:
    root = inspect.type_info(Configuration)
    assert isinstance(root, inspect.StructType)
    for field in root.fields:
        match field.type:
            case inspect.VarTupleType(item_type=inspect.StructType() as struct):
                pass
            case inspect.DictType(value_type=inspect.StructType() as struct):
                pass
            case inspect.StructType() as struct:
                pass
            case _:
                raise AssertionError(field)
        assert all(expectation(one.type) for one in struct.fields)


def test_the_documentation_is_generated_from_this_code() -> None:
    assert (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8") == page(), "run `make docs`"
