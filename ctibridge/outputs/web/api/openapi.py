"""The OpenAPI 3.1 document, made from the table of routes and the structs that answer."""

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from itertools import pairwise
from typing import Any, Final, TypeAlias

import msgspec

from ctibridge.domain.answers import Answer
from ctibridge.outputs.web.api import commands
from ctibridge.outputs.web.api.problems import CONTENT_TYPE, KINDS, TITLES, Problem
from ctibridge.outputs.web.api.queries import parameters_of
from ctibridge.outputs.web.api.routes import PATH_PARAMETERS, PREFIX, ROUTES, Route

Json: TypeAlias = dict[str, Any]

VERSION: Final = "3.1.0"
DESCRIPTION: Final = (
    "The present and the past of Asterisk queues and their agents, and what may be done with them. Moments are"
    " RFC 3339 with the offset of the site's time zone; as parameters, seconds since 1970 do as well. Caller numbers"
    " are masked unless asked for whole. What a user's role may not see is left out. Fields may be added within `v1`;"
    " none is taken away or changes its meaning."
)


def document(version: str, examples: Mapping[str, object]) -> Json:
    """The whole document; ``examples`` are answers by the name of their route."""
    kinds: list[type] = [*dict.fromkeys(route.answer for route in ROUTES), Problem, *commands.argument_types(), Answer]
    roots, schemas = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    answers = dict(zip(kinds, roots, strict=True))
    described = _field_texts(kinds)
    asked = {kind.__name__ for kind in commands.argument_types()}
    return {
        "openapi": VERSION,
        "info": {
            "title": "ctibridge",
            "version": version,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": PREFIX}],
        "paths": {
            "/openapi.json": {"get": _of_this_document()},
            **{route.path: {"get": _operation(route, answers, examples.get(route.name))} for route in ROUTES},
            **commands.paths("#/components/schemas/{name}"),
        },
        "components": {
            "schemas": {
                name: commands.with_head(one) if name in asked else _complete(one, described.get(name, {}))
                for name, one in schemas.items()
            },
            "responses": {status.name: _problem(status) for status in TITLES},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def path_parameters(path: str) -> list[str]:
    """Names in braces."""
    return [name for name in PATH_PARAMETERS if f"{{{name}}}" in path]


def _of_this_document() -> Json:
    return {
        "operationId": "getOpenapi",
        "summary": "This document",
        "description": "It has an `ETag`.",
        "responses": {
            "200": {"description": "OpenAPI 3.1.", "content": {"application/json": _of({"type": "object"})}},
            "400": {"$ref": f"#/components/responses/{HTTPStatus.BAD_REQUEST.name}"},
        },
    }


def _operation(route: Route, answers: Mapping[type, Json], example: object | None) -> Json:
    content = _of(answers[route.answer])
    if example is not None:
        content["example"] = example
    responses: Json = {"200": {"description": route.summary + ".", "content": {"application/json": content}}}
    for status in _problems(route):
        responses[str(status.value)] = {"$ref": f"#/components/responses/{status.name}"}
    return {
        "operationId": route.name,
        "summary": route.summary,
        "description": route.text,
        "parameters": [*_in_path(route), *_in_query(route)],
        "responses": responses,
    }


def _problems(route: Route) -> Iterator[HTTPStatus]:
    yield HTTPStatus.BAD_REQUEST
    yield HTTPStatus.UNAUTHORIZED
    yield HTTPStatus.FORBIDDEN
    yield HTTPStatus.TOO_MANY_REQUESTS
    if path_parameters(route.path):
        yield HTTPStatus.NOT_FOUND
        yield HTTPStatus.SERVICE_UNAVAILABLE
    if "after" in parameters_of(route.query):
        yield HTTPStatus.GONE
    if "from" in parameters_of(route.query):
        yield HTTPStatus.UNPROCESSABLE_ENTITY


def _in_path(route: Route) -> Iterator[Json]:
    example = route.example.partition("?")[0]
    for name in path_parameters(route.path):
        place = route.path.split("/").index(f"{{{name}}}")
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": PATH_PARAMETERS[name],
            "schema": {"type": "string"},
            "example": example.split("/")[place],
        }


def _in_query(route: Route) -> Iterator[Json]:
    for name, schema in parameters_of(route.query).items():
        text = schema["description"]
        plain = {key: value for key, value in schema.items() if key != "description"}
        yield {"name": name, "in": "query", "description": text, "schema": plain}


def _problem(status: HTTPStatus) -> Json:
    kinds = ", ".join(f"`{kind.name}`" for kind in KINDS if kind.status is status)
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": f"{TITLES[status]} Types: {kinds}.", "content": {CONTENT_TYPE: _of(schema)}}


def _of(schema: Json) -> Json:
    return {"schema": schema}


def _complete(schema: Json, texts: Mapping[str, str]) -> Json:
    """As a reader needs it: whatever we write is always there, and its meaning is said."""
    if "properties" not in schema:
        return schema
    properties = {
        name: {"description": texts[name], **_without_default(one)} if name in texts else _without_default(one)
        for name, one in schema["properties"].items()
    }
    return {**schema, "properties": properties, "required": list(properties)}


def _without_default(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key != "default"}


def _field_texts(kinds: Iterable[type]) -> dict[str, dict[str, str]]:
    """The docstring below each field, by the struct's name and the field's."""
    texts: dict[str, dict[str, str]] = {}
    for kind in _structs(kinds):
        texts[kind.__name__] = {
            name: text for base in reversed(kind.__mro__) for name, text in _below_fields(base, kind).items()
        }
    return texts


def _structs(kinds: Iterable[type]) -> set[type]:
    found: set[type] = set()
    for info in msgspec.inspect.multi_type_info(list(kinds)):
        _gather(info, found)
    return found


def _gather(info: object, found: set[type]) -> None:
    """All structs within a type, whatever they are wrapped in."""
    match info:
        case msgspec.inspect.StructType(cls=kind, fields=fields):
            if kind not in found:
                found.add(kind)
                for field in fields:
                    _gather(field.type, found)
        case msgspec.inspect.UnionType(types=types):
            for one in types:
                _gather(one, found)
        case msgspec.inspect.ListType(item_type=item) | msgspec.inspect.DictType(value_type=item):
            _gather(item, found)
        case msgspec.inspect.Metadata(type=item):
            _gather(item, found)
        case _:
            pass


def _below_fields(base: type, kind: type[msgspec.Struct]) -> dict[str, str]:
    if not issubclass(base, msgspec.Struct) or base is msgspec.Struct:
        return {}
    names = dict(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))
    tree = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    found = {}
    for field, below in pairwise(body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str() as text)):
                found[names[name]] = " ".join(text.split())
    return found
