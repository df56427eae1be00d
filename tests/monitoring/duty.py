"""Somebody on duty: an HTTP server that takes Alertmanager's webhooks."""

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.servers.ports import LOOPBACK


class Duty:
    """`told` is everything that was received, in order: the receiver, whether it fires, and the alert's labels."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, Mapping[str, str]]] = []
        self.texts: dict[str, Mapping[str, str]] = {}
        """Annotations by alert."""
        duty = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                duty.take(self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base names it so
                """Nothing: `told` has it all."""

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="duty", daemon=True)

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{LOOPBACK}:{self._server.server_address[1]}"

    def take(self, path: str, message: Mapping[str, Any]) -> None:
        """One webhook."""
        for alert in message["alerts"]:
            self.texts[alert["labels"]["alertname"]] = alert["annotations"]
            self.told.append((path, alert["status"], alert["labels"]))

    def was_told(self, path: str, status: str, name: str) -> bool:
        """Whether such an alert came this way."""
        return any((path, status, name) == (p, s, labels["alertname"]) for p, s, labels in self.told)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
