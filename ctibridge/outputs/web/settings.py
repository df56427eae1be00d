"""The settings of the web server: the table ``[http]``."""

import ipaddress
import ssl

import msgspec


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the web server listens, and whom it asks for a token."""

    host: str = "127.0.0.1"
    """Address to bind.  From other hosts everything but the public board needs a token (``ctibridge token``)."""
    port: int = 8080
    """0 takes any free port; the log says which."""
    cert_file: str = ""
    """PEM file with the server's certificate and those that signed it; with ``key_file`` it speaks HTTPS only.
    Renewed files are taken within a minute."""
    key_file: str = ""
    require_token: bool = False
    """Ask for a token on this machine, too."""
    open_metrics: bool = True
    """``/metrics``, which has agents' names, for everybody; otherwise it needs a token, as ``/api`` does."""
    insecure: bool = False
    """Take tokens without TLS from other hosts, where somebody may listen in."""

    def __post_init__(self) -> None:
        """Refuse ports that do not exist, and half a certificate."""
        if not 0 <= self.port < 1 << 16:
            raise ValueError(f"port must be from 0 to 65535, got {self.port}")
        if bool(self.cert_file) != bool(self.key_file):
            raise ValueError("cert_file and key_file go together")

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return "https" if self.cert_file else "http"

    def tls_context(self) -> ssl.SSLContext | None:
        """How to encrypt, ``None`` without TLS; OSError or ssl.SSLError when a file is missing or wrong."""
        if not self.cert_file:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.cert_file, self.key_file)
        return context


def is_loopback(host: str) -> bool:
    """True for this machine itself."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
