"""The configuration as written: the TOML file with the environment laid over it, and where each key came from.

Keys are paths such as ``("pbx", 0, "host")``.  Nothing here knows which keys exist.
"""

import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec

KeyPath: TypeAlias = tuple[str | int, ...]

ENVIRONMENT_PREFIX: Final = "CTIBRIDGE_"
LEVEL_SEPARATOR: Final = "__"
"""A variable without it is not a setting: Kubernetes injects CTIBRIDGE_PORT for a service of that name."""

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]\n]+?)\s*\]")
_KEY = re.compile(
    r"\s*((?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*'))*)\s*="
)
_PART = re.compile(r"[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*'")
_MULTILINE = re.compile(r"\"\"\"|'''")
_SYNTAX_AT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with the configuration, for one line of output."""

    place: str
    """``file:line`` or the environment variable."""
    key: str
    """Dotted, e.g. ``pbx[0].host``; empty when the file as a whole is meant."""
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.place, self.key, self.message) if part)

    @property
    def order(self) -> tuple[str, int]:
        """Problems of a file in the order of its lines."""
        name, _, line = self.place.rpartition(":")
        return (name, int(line)) if line.isdecimal() else (self.place, 0)


class ConfigurationError(Exception):
    """The configuration cannot be used; each problem is one line for the person who wrote it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.order)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Document:
    """Raw values by key, and for each key the place that a message should name."""

    def __init__(self, name: str, text: str = "") -> None:
        """`name` is the file as the user knows it.  Raises ConfigurationError when the text is not TOML."""
        self.name = name
        self.values: dict[str, Any] = _parsed(name, text)
        self._lines: dict[KeyPath, int] = dict(_lines(text))
        self._overlaid: dict[KeyPath, str] = {}
        self._lone_tables: set[str] = set()

    def wrap_lone_table(self, key: str) -> None:
        """Treat ``[key]`` as ``[[key]]`` written once; messages go on to say ``key``, not ``key[0]``."""
        value = self.values.get(key)
        if isinstance(value, dict):
            self.values[key] = [value]
            self._lone_tables.add(key)

    def set(self, path: KeyPath, value: object, place: str) -> None:
        """Lay a value from elsewhere over the file; messages will name its ``place``."""
        holder: Any = self.values
        for part, following in itertools.pairwise(path):
            holder = _entered(holder, part, [] if isinstance(following, int) else {})
        _put(holder, path[-1], value)
        self._overlaid[path] = place

    def place_of(self, path: KeyPath) -> str:
        """Where a key was set; the nearest table above it when the key itself is missing."""
        for length in range(len(path), 0, -1):
            if place := self._overlaid.get(path[:length]):
                return place
            if line := self._lines.get(self._as_written(path[:length])):
                return f"{self.name}:{line}"
        below = (place for overlaid, place in self._overlaid.items() if overlaid[: len(path)] == path)
        return next(below, self.name)

    def key_of(self, path: KeyPath) -> str:
        """A key as it is shown to people."""
        name = ""
        for part in self._as_written(path):
            name += f"[{part}]" if isinstance(part, int) else f".{_quoted(part)}" if name else _quoted(part)
        return name

    def problem(self, path: KeyPath, message: str) -> Problem:
        """A problem with one key."""
        return Problem(place=self.place_of(path), key=self.key_of(path), message=message)

    def _as_written(self, path: KeyPath) -> KeyPath:
        if path[1:2] == (0,) and path[0] in self._lone_tables:
            return (path[0], *path[2:])
        return path


def settings_variables(environment: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """The environment variables that are settings, in order of name, with the levels of their keys in lower case."""
    for variable in sorted(environment):
        name = variable.removeprefix(ENVIRONMENT_PREFIX)
        if name != variable and LEVEL_SEPARATOR in name:
            yield variable, name.lower().split(LEVEL_SEPARATOR)


def _parsed(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        at = _SYNTAX_AT.search(message)
        place = f"{name}:{at.group(1)}" if at and at.group(1) else name
        reason = _SYNTAX_AT.sub("", message)
        raise ConfigurationError([Problem(place=place, key="", message=f"this is not TOML: {reason}")]) from error


def _lines(text: str) -> Iterator[tuple[KeyPath, int]]:
    """Line numbers of tables and keys; what stands inside a multi-line string is not looked at."""
    table: KeyPath = ()
    counts: dict[KeyPath, int] = {}
    is_inside_string = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not is_inside_string:
            if header := _HEADER.match(line):
                table = _table(header, counts)
                yield table, number
            elif key := _KEY.match(line):
                yield (*table, *_parts(key.group(1))), number
        is_inside_string ^= len(_MULTILINE.findall(line)) % 2 == 1


def _table(header: re.Match[str], counts: dict[KeyPath, int]) -> KeyPath:
    path: KeyPath = _parts(header.group(2))
    if header.group(1) == "[[":
        counts[path] = counts.get(path, -1) + 1
        return (*path, counts[path])
    return path


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _quoted(part: str) -> str:
    return part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"'


def _entered(holder: Any, part: str | int, empty: list[Any] | dict[str, Any]) -> Any:  # noqa: ANN401 - raw TOML
    if isinstance(part, int):
        if part == len(holder):
            holder.append(empty)
        return holder[part]
    return holder.setdefault(part, empty)


def _put(holder: Any, part: str | int, value: object) -> None:  # noqa: ANN401 - raw TOML
    if isinstance(part, int) and part == len(holder):
        holder.append(value)
    else:
        holder[part] = value
