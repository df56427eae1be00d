"""Finding a port to listen on."""

import contextlib
import socket
from typing import Final

TRIES: Final = 50


def first_free_port(preferred: int, host: str = "127.0.0.1") -> int:
    """The preferred port, or the next that nobody listens on; another process may still be quicker than its user."""
    for port in range(preferred, min(preferred + TRIES, 1 << 16)):
        if is_free(port, host):
            return port
    with socket.create_server((host, 0)) as probe:
        port = probe.getsockname()[1]
    return int(port)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """True when a server could listen there now."""
    with contextlib.suppress(OSError), socket.create_server((host, port)):
        return True
    return False
