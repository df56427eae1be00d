"""``[mqtt]``: one broker, and how this bridge presents itself there."""

import ipaddress
import ssl
from pathlib import Path
from typing import Final, Literal

import msgspec

from ctibridge.outputs.mqtt.topics import escape

HIGHEST_PORT: Final = 65535
DEFAULT_BASE: Final = "ctibridge/v1"


class _TidySocket(ssl.SSLSocket):
    """Closes itself when the other side cannot be trusted; paho leaves it open."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's signature
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


class MqttSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the broker is and what is published there."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str = ""
    password: str = ""
    password_file: str = ""
    """Read at each connect, so that a changed password needs no restart."""
    tls: bool = False
    ca_file: str = ""
    """Certificate authority of the broker; the system's authorities when empty."""
    cert_file: str = ""
    """Client certificate, with ``key_file``."""
    key_file: str = ""
    insecure: bool = False
    """Allow a password without TLS to a broker that is not on this machine."""
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    """``auto``: MQTT 5, and 3.1.1 where the broker does not speak it."""
    websocket_url: str = ""
    """What browsers connect to, e.g. ``ws://host:9001``; only published."""
    base: str = DEFAULT_BASE
    """First levels of every topic."""
    client_id: str = ""
    """``ctibridge`` when empty; PBX and ``base`` are added.  A second bridge by the same name evicts the first."""
    private: bool = False
    """Publish unmasked copies below ``…/private/`` too; the broker's access list must guard them."""
    outbox_limit: int = 20_000
    """Events kept in memory while the broker cannot be reached, where there is no ``[store]`` to keep them."""
    window: int = 50
    """Messages sent ahead of their acknowledgement; a broker's own limit is kept too."""

    def __post_init__(self) -> None:
        """Refuse what can never work, and passwords in the clear."""
        _require(bool(self.host), "host must not be empty")
        _require(0 < self.port <= HIGHEST_PORT, f"port must be 1 to {HIGHEST_PORT}")
        _require(bool(self.base.strip("/")), "base must not be empty")
        _require(not set(self.base) & set("+#\0"), "base must not contain +, # or NUL")
        _require(not self.base.startswith(("/", "$")), "base must not start with / or $")
        _require(not self.base.endswith("/"), "base must not end with /")
        _require(not (self.password and self.password_file), "give password or password_file, not both")
        _require(bool(self.cert_file) == bool(self.key_file), "cert_file and key_file go together")
        _require(self.outbox_limit > 0, "outbox_limit must be at least 1")
        _require(self.window > 0, "window must be at least 1")
        _require(
            self.tls or self.insecure or not self.has_password or is_loopback(self.host),
            f"a password would travel to {self.host} in the clear: set tls = true, or insecure = true to accept that",
        )

    def __repr__(self) -> str:
        return f"MqttSettings(host={self.host!r}, port={self.port}, base={self.base!r}, tls={self.tls})"

    @property
    def name(self) -> str:
        """How logs and metrics call the broker, which may be there twice, with different topics."""
        place = f"{self.host}:{self.port}"
        return place if self.base == DEFAULT_BASE else f"{place}/{self.base}"

    @property
    def place(self) -> str:
        """What tells it from all other brokers, also from one with other topics there."""
        return f"{self.name}/{self.base}"

    def client_id_for(self, pbx: str) -> str:
        """The name of one connection on this broker; the default base is left out."""
        parts = [self.client_id or "ctibridge", escape(pbx)]
        return "-".join(parts if self.base == DEFAULT_BASE else [*parts, escape(self.base)])

    @property
    def has_password(self) -> bool:
        """True when a password is configured, wherever it stands."""
        return bool(self.password or self.password_file)

    def secret(self) -> str | None:
        """The password, ``None`` without one; OSError when its file cannot be read."""
        if self.password_file:
            return Path(self.password_file).read_text(encoding="utf-8").rstrip("\r\n")
        return self.password or None

    def tls_context(self) -> ssl.SSLContext | None:
        """Verified TLS, ``None`` without; OSError or ssl.SSLError when a file is missing or wrong."""
        if not self.tls:
            return None
        context = ssl.create_default_context(cafile=self.ca_file or None)
        context.sslsocket_class = _TidySocket
        if self.cert_file:
            context.load_cert_chain(self.cert_file, self.key_file)
        return context


def is_loopback(host: str) -> bool:
    """True for this machine itself, where nobody can listen in."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _require(condition: bool, message: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not condition:
        raise ValueError(message)
