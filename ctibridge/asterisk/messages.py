"""One AMI message: its headers as text, by name without regard to case."""

import re
from typing import Final

_EVENT: Final = b"Event: "
_ESCAPE: Final = re.compile(r"\\([abfnrtv\\'\"?])")
_ESCAPED: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_MOST_NAMES: Final = 1000
"""Names of headers that are remembered."""
ABSENT: Final = frozenset({"", "<unknown>", "unknown"})
"""The ways in which AMI says that there is nothing."""


def event_name(frame: bytes) -> str | None:
    """Return the name of the event in a frame, without parsing anything else; ``None`` where it is no event."""
    if not frame.startswith(_EVENT):
        return None
    end = frame.find(b"\n")
    return (frame[len(_EVENT) :] if end < 0 else frame[len(_EVENT) : end]).rstrip().decode("ascii", "replace")


def decode(raw: bytes) -> str:
    """Decode text of Asterisk: UTF-8, with U+FFFD for what is not, so that every text can be published as JSON.

    AMI and queue_log must be decoded alike, or the same name would not be the same name in both.
    """
    return raw.decode("utf-8", "replace")


def only_value(frame: bytes, header: bytes) -> str | None:
    """Return a header's value without parsing the rest; ``None`` unless it is there exactly once, written like this.

    ``header`` is the name with the LF before it and the colon and blank after it.
    """
    at = frame.find(header)
    if at < 0 or frame.find(header, at + 1) >= 0:
        return None
    start, end = at + len(header), frame.find(b"\n", at + 1)
    return decode(frame[start:end] if end >= 0 else frame[start:]).rstrip("\r")


def line_end(frame: bytes) -> str:
    """Return the line end that a frame's first line uses; a bare LF inside a CR LF frame belongs to a value."""
    newline = frame.find(b"\n")
    return "\r\n" if newline > 0 and frame.startswith(b"\r", newline - 1) else "\n"


def text_lines(frame: bytes) -> list[str]:
    """Return a frame's lines as text."""
    return decode(frame).split(line_end(frame))


def unescape(value: str) -> str:
    r"""Undo Asterisk's C escapes (``O\'Brien`` is O'Brien); only for headers that Asterisk escapes."""
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), value) if "\\" in value else value


def present(value: str | None) -> str | None:
    """Return the value, or ``None`` for the ways in which AMI says that there is none."""
    return None if value is None or value in ABSENT else value


_lower: Final[dict[str, str]] = {}
"""Names of headers in lower case, by the names that were seen; some hundred, but a caller can make up any number."""


def _lower_case(name: str) -> str:
    lower = _lower.get(name) or name.lower()
    if len(_lower) < _MOST_NAMES:
        _lower[name] = lower
    return lower


class Message:
    """The headers of one frame; parsed in one pass when it is made."""

    __slots__ = ("frame", "has_repeats", "headers")

    def __init__(self, frame: bytes) -> None:
        self.frame = frame
        lines = text_lines(frame)
        plain = _plain(lines)
        self.headers, self.has_repeats = (plain, False) if plain is not None else _parsed(lines)
        """The first value of every header, as it was sent, by its name in lower case; whether any was said twice."""

    def __repr__(self) -> str:
        return f"<Message {self.get('event') or self.get('response')!r}, {len(self.headers)} headers>"

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.headers

    def get(self, name: str) -> str | None:
        """Return a header's value as it was sent, the first where there are several; ``None`` without one."""
        value = self.headers.get(name)
        return self.headers.get(name.lower()) if value is None else value

    def all(self, name: str) -> list[str]:
        """Return every value of a header that may be repeated (``ChanVariable``, ``Output``)."""
        wanted = name.lower()
        headers = (line.partition(":") for line in text_lines(self.frame))
        return [value.removeprefix(" ") for header, _, value in headers if header.lower() == wanted]

    def items(self) -> dict[str, str]:
        """Return the first value of every header, by its name in lower case, in order."""
        return dict(self.headers)

    @property
    def action_id(self) -> str:
        """The identity of the action that this answers, "" where it answers none."""
        return self.headers.get("actionid", "")

    @property
    def is_success(self) -> bool:
        """Whether it is a response that says yes."""
        return self.headers.get("response", "").lower() in {"success", "follows", "goodbye"}


def _plain(lines: list[str]) -> dict[str, str] | None:
    """Headers of known names, each once, all written as Asterisk writes them; ``None`` where any is otherwise.

    Nearly every frame is so, and this takes a third of the time of a closer look.
    """
    try:
        headers = {_lower[name]: value for name, value in [line.split(": ", 1) for line in lines]}
    except (KeyError, ValueError):
        return None
    return headers if len(headers) == len(lines) else None


def _parsed(lines: list[str]) -> tuple[dict[str, str], bool]:
    """Headers however they are written, and whether any is there more than once; the first of several counts."""
    headers: dict[str, str] = {}
    count = 0
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            count += 1
            headers.setdefault(_lower_case(name), value.removeprefix(" "))
    return headers, len(headers) < count
