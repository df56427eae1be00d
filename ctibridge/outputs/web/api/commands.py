"""``POST /commands/{name}``: asks the bridge to do something, as the owner of the token."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, Literal, Protocol, TypeAlias

import msgspec
from aiohttp import web

from ctibridge.domain.answers import Answer
from ctibridge.domain.commands import COMMANDS, NoArguments
from ctibridge.outputs.web.api.problems import (
    CONTENT_TYPE,
    NOT_PERMITTED,
    TOKEN_MISSING,
    UNKNOWN_NAME,
    ApiError,
)
from ctibridge.outputs.web.api.queries import NoQuery, read_query
from ctibridge.outputs.web.visitor import VISITOR

VIA: Final = "X-Ctibridge-Via"
"""``cli``: it was typed; for the record only."""

Json: TypeAlias = dict[str, Any]

STATUSES: Final[Mapping[str, HTTPStatus]] = {
    "malformed": HTTPStatus.BAD_REQUEST,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unknown_user": HTTPStatus.FORBIDDEN,
    "role": HTTPStatus.FORBIDDEN,
    "scope": HTTPStatus.FORBIDDEN,
    "pbx": HTTPStatus.FORBIDDEN,
    "rate": HTTPStatus.TOO_MANY_REQUESTS,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "not_in_sync": HTTPStatus.SERVICE_UNAVAILABLE,
    "no_reply": HTTPStatus.BAD_GATEWAY,
    "asterisk": HTTPStatus.BAD_GATEWAY,
    "fault": HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""By the answer's ``reason``; 409 for all others, 202 for what was not seen."""


class CommandsQuery(NoQuery, frozen=True, kw_only=True):
    """What can be said beside the body."""

    pbx: str = ""
    """Which PBX; needed where there are several."""


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came."""

    user: str
    pbx: str
    command: str
    body: bytes
    address: str
    via: Literal["http", "cli"]


class Commands(Protocol):
    """Whoever does what is asked for."""

    async def take(self, ordered: Ordered) -> Answer | None:
        """Do it; ``None`` when there is no such PBX, or none was named where there are several."""


def path_of(command: str) -> str:
    """Where a command is asked for, below the API's prefix."""
    return f"/commands/{command}"


async def answer(request: web.Request, command: str, commands: Commands | None) -> web.Response:
    """The answer of the bridge; raises ApiError where it is not even asked."""
    visitor = request[VISITOR]
    query = read_query(CommandsQuery, request.query.items())
    if not visitor.user:
        raise ApiError(TOKEN_MISSING, "a command needs a token: it is done in the name of its owner")
    if not visitor.may_command:
        raise ApiError(NOT_PERMITTED, "this token has no scope commands")
    ordered = Ordered(
        user=visitor.user,
        pbx=query.pbx,
        command=command,
        body=await request.read(),
        address=visitor.peer,
        via="cli" if request.headers.get(VIA) == "cli" else "http",
    )
    said = await commands.take(ordered) if commands is not None else None
    if said is None:
        raise ApiError(UNKNOWN_NAME, f"there is no PBX {query.pbx!r}", parameter="pbx", expected="see /api/v1/pbxs")
    return web.Response(body=msgspec.json.encode(said), status=status_of(said), content_type="application/json")


def status_of(said: Answer) -> int:
    """How HTTP says it."""
    if said.ok:
        return HTTPStatus.OK
    if said.outcome == "unconfirmed":
        return HTTPStatus.ACCEPTED
    return STATUSES.get(said.reason or "", HTTPStatus.CONFLICT)


# -- as OpenAPI has it ------------------------------------------------------------------------------------------------


def argument_types() -> list[type[NoArguments]]:
    """Every type of arguments, each once."""
    return list(dict.fromkeys(command.arguments for command in COMMANDS.values()))


def with_head(schema: Json) -> Json:
    """The schema of a body: arguments, and what every request may say of itself."""
    return {**schema, "properties": {**schema.get("properties", {}), **_HEAD}}


_HEAD: Final[Json] = {
    "transaction": {
        "type": "string",
        "minLength": 1,
        "maxLength": 128,
        "description": "The same request with the same transaction is done once, and answered as before.",
    },
    "sent_at": {
        "type": "number",
        "description": "When it was sent, in seconds since 1970; a request that is too old is refused.",
    },
}


def paths(template: str) -> Json:
    """One path for each command; ``template`` makes a reference of a type's name."""
    kinds = argument_types()
    roots, _ = msgspec.json.schema_components([*kinds, Answer], ref_template=template)
    bodies = dict(zip(kinds, roots, strict=False))
    return {
        path_of(name): {
            "post": {
                "operationId": f"command_{name}",
                "summary": command.text.rstrip("."),
                "description": "Needs a token with the scope `commands`. Besides what is named, the body may have"
                " `transaction` and `sent_at` (docs/commands.md).",
                "parameters": [
                    {
                        "name": "pbx",
                        "in": "query",
                        "description": "Which PBX; needed where there are several.",
                        "schema": {"type": "string"},
                    }
                ],
                "requestBody": {"content": {"application/json": {"schema": bodies[command.arguments]}}},
                "responses": _responses(roots[-1]),
            }
        }
        for name, command in COMMANDS.items()
    }


def _responses(said: Json) -> Json:
    content = {"application/json": {"schema": said}}
    problem = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    described = {
        HTTPStatus.OK: "It was done, and the change was seen.",
        HTTPStatus.ACCEPTED: "Asterisk said yes, and the change was not seen in time.",
        HTTPStatus.CONFLICT: "It was refused; `reason` says why.",
        **{status: f"`reason` is {_reasons(status)}." for status in dict.fromkeys(STATUSES.values())},
    }
    answers = {str(status.value): {"description": text, "content": content} for status, text in described.items()}
    for status in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN):
        answers[str(status.value)]["content"] = content | problem
    answers[str(HTTPStatus.NOT_FOUND.value)] = {"description": "There is no such PBX.", "content": problem}
    answers[str(HTTPStatus.UNAUTHORIZED.value)] = {"description": "There is no token.", "content": problem}
    return answers


def _reasons(status: HTTPStatus) -> str:
    return ", ".join(f"`{reason}`" for reason, one in STATUSES.items() if one is status)
