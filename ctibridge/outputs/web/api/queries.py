"""The parameters of each question: one struct a set, from which reading, refusing and describing all follow."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

import msgspec

from ctibridge.outputs.web.api import moments
from ctibridge.outputs.web.api.moments import Moment, moment, schema_of
from ctibridge.outputs.web.api.problems import BAD_VALUE, UNKNOWN_PARAMETER, ApiError

MOST_ROWS: Final = 1000
DEFAULT_ROWS: Final = 100
MOST_SEQUENCE: Final = (1 << 63) - 1
LONGEST_NUMBER: Final = 20
"""Digits: a sequence number as it is published."""

Json: TypeAlias = dict[str, Any]
Query = TypeVar("Query", bound=msgspec.Struct)

Limit: TypeAlias = Annotated[
    int, msgspec.Meta(ge=1, le=MOST_ROWS, description="How many rows at most.", examples=[DEFAULT_ROWS])
]
Cursor: TypeAlias = Annotated[
    str | None, msgspec.Meta(description="`next` of the page before; keep all other parameters as they were.")
]
From: TypeAlias = Annotated[Moment | None, msgspec.Meta(description="The first moment that counts.")]
To: TypeAlias = Annotated[
    Moment | None, msgspec.Meta(description="The first moment that no longer counts; now, unless given.")
]
QueueFilter: TypeAlias = Annotated[
    str | None, msgspec.Meta(description="Only this queue; capital and small letters are alike.", examples=["sales"])
]
AgentFilter: TypeAlias = Annotated[str | None, msgspec.Meta(description="Only this agent's id.", examples=["1001"])]
Outcome: TypeAlias = Literal["waiting", "answered", "abandoned", "exited", "lost"]
Step: TypeAlias = Literal["30m", "1h", "1d", "1w", "1mo"]


class NoQuery(msgspec.Struct, frozen=True, kw_only=True):
    """No parameters."""


class NowQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand, callers included."""

    numbers: Annotated[
        Literal["masked", "whole"],
        msgspec.Meta(
            description="`whole`: callers unmasked, for tokens that may; each such look is logged.",
            examples=["masked"],
        ),
    ] = "masked"


class CallersQuery(NowQuery, frozen=True, kw_only=True):
    """Who waits."""

    queue: QueueFilter = None


class RangeQuery(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A stretch of time, page by page."""

    from_: From = None
    to: To = None
    limit: Limit = DEFAULT_ROWS
    cursor: Cursor = None


class CallsQuery(RangeQuery, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Rows of the call history."""

    queue: QueueFilter = None
    agent: AgentFilter = None
    outcome: Annotated[
        Outcome | None, msgspec.Meta(description="Only callers who left in this way.", examples=["abandoned"])
    ] = None


class AlarmsQuery(RangeQuery, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Alarms of a stretch of time."""

    queue: QueueFilter = None
    agent: AgentFilter = None
    rule: Annotated[
        str | None, msgspec.Meta(description="Only alarms of this rule.", examples=["service_level_low"])
    ] = None


class CommandsQuery(RangeQuery, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Commands of a stretch of time."""

    user: Annotated[str | None, msgspec.Meta(description="Only what this user asked for.", examples=["eve"])] = None


class CallbacksQuery(RangeQuery, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Abandoned callers."""

    queue: QueueFilter = None


class EventsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Events beyond a number."""

    after: Annotated[
        Annotated[int, msgspec.Meta(ge=0, le=MOST_SEQUENCE)] | None,
        msgspec.Meta(
            description="The newest `sequence` that is known, with or without its zeros; the oldest events without it.",
            examples=[1041],
        ),
    ] = None
    epoch: Annotated[
        int,
        msgspec.Meta(ge=0, le=MOST_SEQUENCE, description="The `epoch` of that event; 0 does not compare it."),
    ] = 0
    limit: Limit = DEFAULT_ROWS


class RefusedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What brokers refused."""

    limit: Limit = DEFAULT_ROWS


class IntervalsQuery(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Figures by stretches of time."""

    from_: From = None
    to: To = None
    queue: QueueFilter = None
    step: Annotated[Step, msgspec.Meta(description="How long one interval is.", examples=["30m"])] = "30m"


_PATH: Final = re.compile(r"\$\.(\w+)")


def read_query(kind: type[Query], given: Iterable[tuple[str, str]]) -> Query:
    """The parameters of one request; raises ApiError."""
    described = parameters_of(kind)
    values: dict[str, object] = {}
    for name, text in given:
        if name not in described:
            known = ", ".join(described) or "no parameters"
            raise ApiError(UNKNOWN_PARAMETER, f"there is no parameter {name!r} here", parameter=name, expected=known)
        if name in values:
            raise ApiError(BAD_VALUE, f"{name!r} is given twice", parameter=name, expected=expected(described[name]))
        values[name] = _plain(text, described[name])
    try:
        return msgspec.convert(values, kind, dec_hook=_custom)
    except msgspec.ValidationError as error:
        match = _PATH.search(str(error))
        name = match[1] if match else ""
        text = str(values.get(name, ""))
        wanted = expected(described.get(name, {}))
        raise ApiError(BAD_VALUE, f"{name}={text!r} cannot be used", parameter=name, expected=wanted) from error


def parameters_of(kind: type[msgspec.Struct]) -> Mapping[str, Json]:
    """JSON Schema of each parameter, by its name."""
    schema = msgspec.json.schema(kind, schema_hook=schema_of)
    [definition] = schema["$defs"].values()
    properties: dict[str, Json] = definition["properties"]
    return {name: _optional(one) for name, one in properties.items()}


def expected(schema: Json) -> str:
    """What a parameter may be, in words."""
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    if schema.get("type") == "integer":
        return f"a whole number from {schema['minimum']} to {schema['maximum']}"
    if any(one.get("format") == "date-time" for one in schema.get("anyOf", ())):
        return moments.EXPECTED
    return "text"


def _optional(schema: Json) -> Json:
    """Absence, and not ``null``, is how a parameter says nothing."""
    kept = {key: value for key, value in schema.items() if not (key == "default" and value is None)}
    choices = [one for one in kept.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) == 1:
        del kept["anyOf"]
        return {**choices[0], **kept}
    if choices:
        kept["anyOf"] = choices
    if "enum" in kept:
        kept["enum"] = [one for one in kept["enum"] if one is not None]
    return kept


def _plain(text: str, schema: Json) -> object:
    is_number = schema.get("type") == "integer" and text.isascii() and text.removeprefix("-").isdigit()
    return int(text) if is_number and len(text) <= LONGEST_NUMBER else text


def _custom(kind: type, value: object) -> object:
    if kind is not Moment or not isinstance(value, str):
        raise NotImplementedError
    return moment(value)
