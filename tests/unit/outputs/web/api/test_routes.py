"""Nothing can be asked that is not described, and nothing is described that cannot be asked."""

import asyncio
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ctibridge.outputs.web.api.examples import SampleProvider, examples
from ctibridge.outputs.web.api.openapi import document
from ctibridge.outputs.web.api.problems import KINDS, TITLES
from ctibridge.outputs.web.api.reference import reference
from ctibridge.outputs.web.api.routes import PATH_PARAMETERS, PREFIX, ROUTES
from ctibridge.outputs.web.server import application

PAGE = Path(__file__).parents[5] / "docs" / "api.md"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document("1.0", asyncio.run(examples()))


def test_every_address_of_the_server_is_described(described: dict[str, Any]) -> None:
    resources = application(SampleProvider()).router.routes()
    served = {route.resource.canonical for route in resources if route.resource is not None}
    below = {path.removeprefix(PREFIX) for path in served if path.startswith(PREFIX)}
    assert below == set(described["paths"])


def test_every_description_says_something(described: dict[str, Any]) -> None:
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    for one in operations:
        assert one["summary"]
        assert one["description"].endswith(".")
        for parameter in one.get("parameters", ()):
            assert parameter["description"].endswith(".")


def test_every_example_fits_its_schema(described: dict[str, Any]) -> None:
    for route in ROUTES:
        content = described["paths"][route.path]["get"]["responses"]["200"]["content"]["application/json"]
        schema = {**content["schema"], "components": described["components"]}
        jsonschema.validate(content["example"], schema, cls=jsonschema.Draft202012Validator)


def test_path_parameters_are_those_of_the_path(described: dict[str, Any]) -> None:
    for path, operation in described["paths"].items():
        given = [one["name"] for one in next(iter(operation.values())).get("parameters", ()) if one["in"] == "path"]
        assert path.count("{") == len(given)
        assert set(given) <= set(PATH_PARAMETERS)


def test_fields_are_always_there_and_their_meaning_is_told(described: dict[str, Any]) -> None:
    stay = described["components"]["schemas"]["Stay"]
    assert set(stay["required"]) == set(stay["properties"])
    assert stay["properties"]["caller_number"]["description"] == "Masked."
    assert described["components"]["schemas"]["Calls"]["properties"]["from"]["format"] == "date-time"


def test_no_problem_is_left_out() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert {kind.status for kind in KINDS} - set(TITLES) == {405}


def test_no_example_has_a_whole_number() -> None:
    assert "12345678" not in str(asyncio.run(examples()))


def test_the_page_is_what_the_table_says() -> None:
    """Otherwise: python -m ctibridge.outputs.web.api.reference > docs/api.md"""
    assert PAGE.read_text(encoding="utf-8") == reference()
