"""The settings of the web server: the table ``[http]``."""

import msgspec


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the web server listens."""

    host: str = "127.0.0.1"
    """Address to bind; it has no access control of its own, so let others in only through a proxy that has."""
    port: int = 8080
    """0 takes any free port; the log says which."""

    def __post_init__(self) -> None:
        """Refuse ports that do not exist."""
        if not 0 <= self.port < 1 << 16:
            raise ValueError(f"port must be from 0 to 65535, got {self.port}")
