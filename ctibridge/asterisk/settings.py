"""The settings of one PBX: the table ``[[pbx]]``."""

import ipaddress
import ssl
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ctibridge.asterisk.errors import AmiSettingsError
from ctibridge.asterisk.queue_log_place import Place, PostgresqlTable, UnusablePlaceError, place_of

RESERVED: Final = "commands"
"""No name for a PBX: in the API's addresses commands have it."""
ENCRYPTED: Final = frozenset({"require", "verify-ca", "verify-full"})
"""Values of libpq's ``sslmode`` that never fall back to plain text."""


class AmiSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to reach one PBX and how patient to be with it; times are in seconds."""

    name: str = "pbx1"
    """Topic level and label."""
    host: str = "127.0.0.1"
    port: int = 5038
    tls: bool = False
    """Encrypt; needs ``tlsenable`` in manager.conf (port 5039 there)."""
    ca_file: str = ""
    """PEM file of the authority that signed the PBX's certificate; "" takes the system's authorities."""
    tls_verify: bool = True
    """Check the PBX's certificate and its name."""
    insecure: bool = False
    """Allow ``auth = "plain"``, or a database's password, without TLS to another host, or TLS without verification."""
    username: str = "ctibridge"
    secret: str = ""
    secret_file: str = ""
    """File with the secret in its first line, instead of ``secret``."""
    auth: Literal["md5", "plain"] = "md5"
    """``md5`` never sends the secret itself, and every Asterisk knows it; ``plain`` is for proxies that do not."""
    queue_log: str = ""
    """Path of the PBX's queue_log file, "" where the bridge cannot read it.  Where Asterisk writes it into a table:
    ``sqlite:///FILE?table=queue_log`` (four slashes for an absolute path) or
    ``postgresql://user@host:port/database?table=queue_log``, perhaps with ``&sslmode=verify-full``; the latter needs
    ``pip install 'ctibridge[postgres]'``."""
    queue_log_password: str = ""
    """For PostgreSQL; empty where none is needed, or where libpq finds it in ``~/.pgpass``."""
    queue_log_password_file: str = ""
    """File with the password in its first line, instead of ``queue_log_password``."""
    queue_log_timezone: str = ""
    """Of the times in a table, which are local ones without a zone: an IANA name; ``UTC`` where logger.conf has
    ``queue_log_realtime_use_gmt = yes``; "" is the zone of ``[site]``."""
    connect_timeout: float = 5.0
    """For the connection and the TLS handshake together."""
    login_timeout: float = 10.0
    """Asterisk itself waits a second before it refuses."""
    ping_interval: float = 5.0
    """Silence after which we ask for a sign of life; also makes Asterisk send what it forgot to flush."""
    ping_timeout: float = 5.0
    """Silence after the question that means a dead connection: together at most 10 s, well within 15."""
    snapshot_timeout: float = 15.0
    """For the full picture."""
    backoff_max: float = 4.0
    """Longest pause between two attempts to connect; the pause is random between 0 and its growing limit."""
    refused_delay: float = 60.0
    """Pause after a refused login: somebody must act first, and ``fail2ban`` may be watching."""
    resync_interval: float = 60.0
    """Time between two full pictures, for what changes without an event; 0 turns it off."""

    def __post_init__(self) -> None:
        if not 0 < self.port < 1 << 16:
            raise AmiSettingsError("port", f"expected a port from 1 to 65535, got {self.port}")
        for key in ("connect_timeout", "login_timeout", "ping_interval", "ping_timeout", "snapshot_timeout"):
            if not getattr(self, key) > 0:
                raise AmiSettingsError(key, f"expected seconds above 0, got {getattr(self, key)}")
        if self.secret and self.secret_file:
            raise AmiSettingsError("secret_file", "expected either secret or secret_file, got both")
        if self.queue_log_password and self.queue_log_password_file:
            raise AmiSettingsError("queue_log_password_file", "expected either it or queue_log_password, got both")
        self.queue_log_place()
        self.queue_log_zone()

    def __repr__(self) -> str:
        return f"AmiSettings(name={self.name!r}, host={self.host!r}, port={self.port}, username={self.username!r})"

    def is_loopback(self) -> bool:
        """Whether the PBX is this very machine, where nobody can listen in."""
        return _is_loopback(self.host)

    def read_secret(self) -> str:
        """Return the secret, from its file where one is named."""
        return _first_line("secret_file", self.secret_file) if self.secret_file else self.secret

    def read_queue_log_password(self) -> str:
        """Return the password of the database, from its file where one is named."""
        path = self.queue_log_password_file
        return _first_line("queue_log_password_file", path) if path else self.queue_log_password

    def queue_log_place(self) -> Place | None:
        """Return where queue_log is, ``None`` where it cannot be read."""
        try:
            return place_of(self.queue_log) if self.queue_log else None
        except UnusablePlaceError as error:
            raise AmiSettingsError("queue_log", str(error)) from error

    def queue_log_zone(self) -> ZoneInfo | None:
        """Return the zone of the times in a table, ``None`` for the site's own."""
        try:
            return ZoneInfo(self.queue_log_timezone) if self.queue_log_timezone else None
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            text = f'expected a name such as "Asia/Shanghai" or "UTC", got "{self.queue_log_timezone}"'
            raise AmiSettingsError("queue_log_timezone", text) from error

    def check(self) -> None:
        """Refuse settings that would show the secret to the network, or that have none."""
        self.read_queue_log_password()
        if self.name == RESERVED:
            raise AmiSettingsError(
                "name", f'expected another name than "{RESERVED}": /api/v1/{RESERVED} is for commands'
            )
        if not self.read_secret():
            raise AmiSettingsError("secret", "expected the AMI user's secret, in secret or secret_file")
        if self.insecure:
            return
        if self.tls and not self.tls_verify:
            raise AmiSettingsError("tls_verify", "expected true, or insecure = true beside it")
        if self._shows_database_password():
            text = "expected sslmode=verify-full (or require) for a password to another host, or insecure = true"
            raise AmiSettingsError("queue_log", text)
        if self.auth == "plain" and not self.tls and not self.is_loopback():
            raise AmiSettingsError("auth", "expected md5 or tls for a host that is not loopback, or insecure = true")

    def _shows_database_password(self) -> bool:
        place = self.queue_log_place()
        if not isinstance(place, PostgresqlTable) or not self.read_queue_log_password():
            return False
        is_far = bool(place.host) and not place.host.startswith("/") and not _is_loopback(place.host)
        return is_far and dict(place.tls).get("sslmode", "prefer") not in ENCRYPTED

    def ssl_context(self) -> ssl.SSLContext | None:
        """Return how to encrypt, or ``None`` without TLS."""
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None)
        except (OSError, ssl.SSLError) as error:
            raise AmiSettingsError("ca_file", f"cannot be read: {error}") from error
        if not self.tls_verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _first_line(key: str, path: str) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise AmiSettingsError(key, f"cannot be read: {error}") from error
    return lines[0].strip() if lines else ""
