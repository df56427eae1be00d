"""AMI frames as Asterisk 22 writes them."""

import msgspec

Header = tuple[str, str]

EOL = "\r\n"
BANNER = f"Asterisk Call Manager/11.0.0{EOL}"
"""The greeting of Asterisk 22: a line without a blank line after it."""


def encode(headers: tuple[Header, ...]) -> bytes:
    """One frame on the wire."""
    return "".join([f"{name}: {value}{EOL}" for name, value in headers] + [EOL]).encode()


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One event, as every client that asked for its class receives it."""

    event: str
    event_class: str
    """The class of ``read=`` that it needs: ``agent``, ``call``, ``dialplan``, …"""
    stamp: float
    """Epoch seconds; grows from one frame to the next."""
    body: tuple[Header, ...]
    """What follows after the timestamp."""

    @property
    def headers(self) -> tuple[Header, ...]:
        """All headers in order."""
        return (
            ("Event", self.event),
            ("Privilege", f"{self.event_class},all"),
            ("Timestamp", f"{self.stamp:.6f}"),
            *self.body,
        )

    def encode(self) -> bytes:
        """The bytes on the wire."""
        return encode(self.headers)


def escaped(text: str) -> str:
    """Names of callers as AMI writes them: escaped as in a C string (``ast_escape_c_alloc`` in manager_channels.c)."""
    return text.translate(_ESCAPES)


_ESCAPES = str.maketrans(
    {
        "\a": r"\a",
        "\b": r"\b",
        "\f": r"\f",
        "\n": r"\n",
        "\r": r"\r",
        "\t": r"\t",
        "\v": r"\v",
        "\\": r"\\",
        "'": r"\'",
        '"': r"\"",
        "?": r"\?",
    }
)
