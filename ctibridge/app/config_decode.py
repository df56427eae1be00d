"""Raw values into frozen settings structs, collecting everything that is wrong instead of stopping at the first.

msgspec's own decoding reports one problem, in its own words; people who write a configuration get all of them at once.
"""

import difflib
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Final, TypeVar

from msgspec import inspect

from ctibridge.app.config_document import KeyPath
from ctibridge.asterisk.errors import AmiSettingsError

T = TypeVar("T")

Report = Callable[[KeyPath, str], None]
"""Takes each problem: the key and what was expected of it."""

SECRET_WORDS: Final = ("secret", "password", "token")
"""A value whose key contains one of these is never repeated in a message."""


class _Invalid(Enum):
    """What stands for a value that could not be used and has been reported."""

    INVALID = "invalid"


INVALID: Final = _Invalid.INVALID

REFUSALS: Final = (ValueError, TypeError, AmiSettingsError)
"""What settings structs raise when their values make no sense together or alone."""


def decode(kind: type[T], raw: object, report: Report) -> T | None:
    """Build a settings struct from raw values; ``None`` when a problem was reported."""
    value = _decoded(inspect.type_info(kind), raw, (), report)
    return value if isinstance(value, kind) else None


def type_at(kind: type, path: KeyPath) -> inspect.Type | None:
    """The declared type of a key; ``None`` when there is no such key."""
    info: inspect.Type | None = inspect.type_info(kind)
    for part in path:
        info = _inner(info, part)
    return info


def from_text(info: inspect.Type, text: str) -> object:
    """An environment variable's text as the raw value of a type; what cannot be read stays text."""
    if _takes_text(info):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def expectation(info: inspect.Type) -> str:
    """What a type takes, in words."""
    match info:
        case inspect.StructType() | inspect.DictType():
            return "a table"
        case inspect.VarTupleType() if isinstance(info.item_type, inspect.StructType):
            return "an array of tables, [[…]]"
        case inspect.VarTupleType():
            return f"a list of {expectation(info.item_type)}"
        case inspect.UnionType():
            return " or ".join(expectation(one) for one in info.types if not isinstance(one, inspect.NoneType))
        case inspect.LiteralType():
            return "one of " + ", ".join(f'"{value}"' for value in info.values)
        case inspect.EnumType():
            return "one of " + ", ".join(f'"{member.value}"' for member in info.cls)
        case _:
            return _plain_expectation(info)


def _plain_expectation(info: inspect.Type) -> str:
    match info:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number"
        case inspect.FloatType():
            return "a number"
        case inspect.StrType():
            return "text"
        case _:
            raise TypeError(f"settings cannot have the type {info!r}")


def _decoded(info: inspect.Type, raw: object, path: KeyPath, report: Report) -> object:
    match info:
        case inspect.StructType() if isinstance(raw, dict):
            return _struct(info, raw, path, report)
        case inspect.DictType() if isinstance(raw, dict):
            return _complete({k: _decoded(info.value_type, v, (*path, k), report) for k, v in raw.items()})
        case inspect.VarTupleType() if isinstance(raw, list):
            items = [_decoded(info.item_type, item, (*path, index), report) for index, item in enumerate(raw)]
            return INVALID if INVALID in items else tuple(items)
        case _:
            value = _scalar(info, raw)
            if value is INVALID:
                report(path, f"expected {expectation(info)}, got {_shown(raw, path)}")
            return value


def _struct(info: inspect.StructType, raw: Mapping[str, object], path: KeyPath, report: Report) -> object:
    fields = {field.encode_name: field for field in info.fields}
    for key in raw:
        if key not in fields:
            report((*path, key), _unknown(key, fields))
    values = {k: _decoded(fields[k].type, v, (*path, k), report) for k, v in raw.items() if k in fields}
    missing = [key for key, field in fields.items() if field.required and key not in raw]
    for key in missing:
        report((*path, key), f"missing; expected {expectation(fields[key].type)}")
    if missing:
        return INVALID
    usable = {key: value for key, value in values.items() if value is not INVALID}
    built = _built(info, usable, path, report)
    return built if len(usable) == len(raw) else INVALID


def _built(info: inspect.StructType, values: dict[str, object], path: KeyPath, report: Report) -> object:
    """Make the struct; what it refuses is reported and left out, so that its next complaint is heard too."""
    is_refused = False
    names = {field.encode_name: field.name for field in info.fields}  # "for" is no name in Python.
    while True:
        try:
            built = info.cls(**{names[key]: value for key, value in values.items()})
        except REFUSALS as error:
            key, message = refusal(error, values)
            report((*path, key) if key else path, message)
            if key not in values:
                return INVALID
            is_refused = True
            del values[key]
        else:
            return INVALID if is_refused else built


def refusal(error: Exception, fields: Iterable[str]) -> tuple[str, str]:
    """The field at fault and what was expected of it; structs name it in ``key`` or as the first word."""
    message = str(error)
    if key := getattr(error, "key", ""):
        return str(key), message
    first, _, rest = message.partition(" ")
    return (first, rest) if rest and first in fields else ("", message)


def _scalar(info: inspect.Type, raw: object) -> object:
    match info:
        case inspect.BoolType() if isinstance(raw, bool):
            return raw
        case inspect.IntType() if isinstance(raw, int) and not isinstance(raw, bool):
            return raw
        case inspect.FloatType() if isinstance(raw, int | float) and not isinstance(raw, bool):
            return float(raw) if math.isfinite(raw) else INVALID
        case inspect.StrType() if isinstance(raw, str):
            return raw
        case inspect.LiteralType() if not isinstance(raw, bool) and raw in info.values:
            return raw
        case inspect.EnumType() if raw in [member.value for member in info.cls]:
            return info.cls(raw)
        case inspect.UnionType():
            found = (_scalar(one, raw) for one in info.types)
            return next((value for value in found if value is not INVALID), INVALID)
        case _:
            return INVALID


def _unknown(key: str, fields: Iterable[str]) -> str:
    names = sorted(fields)
    close = difflib.get_close_matches(key.lower(), names, n=1, cutoff=0.6)
    if close:
        return f'unknown key; did you mean "{close[0]}"?'
    return f"unknown key; expected one of {', '.join(names)}"


def _shown(raw: object, path: KeyPath) -> str:
    if any(word in str(path[-1:]) for word in SECRET_WORDS):
        return "something else (not shown)"
    match raw:
        case bool():
            return str(raw).lower()
        case int() | float():
            return str(raw)
        case str():
            return f'"{raw}"'.replace("\n", "\\n")
        case dict():
            return "a table"
        case list():
            return "a list"
        case _:
            return f"{raw} (a date or time)"


def _complete(values: dict[str, object]) -> object:
    return INVALID if INVALID in values.values() else values


def _takes_text(info: inspect.Type) -> bool:
    match info:
        case inspect.StrType():
            return True
        case inspect.LiteralType():
            return all(isinstance(value, str) for value in info.values)
        case inspect.EnumType():
            return all(isinstance(member.value, str) for member in info.cls)
        case inspect.UnionType():
            return any(_takes_text(one) for one in info.types)
        case _:
            return False


def _inner(info: inspect.Type | None, part: str | int) -> inspect.Type | None:
    match info:
        case inspect.StructType() if isinstance(part, str):
            return next((field.type for field in info.fields if field.encode_name == part), None)
        case inspect.DictType() if isinstance(part, str):
            return info.value_type
        case inspect.VarTupleType() if isinstance(part, int):
            return info.item_type
        case _:
            return None
