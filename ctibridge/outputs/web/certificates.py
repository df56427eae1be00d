"""The server's certificate, taken anew when its files change: short-lived ones are renewed while we run."""

import asyncio
from pathlib import Path
from typing import Final

import structlog

from ctibridge.outputs.web.settings import HttpSettings

LOOK_SECONDS: Final = 60.0

log = structlog.get_logger(__name__)


class Certificates:
    """A TLS context whose certificate follows the files."""

    def __init__(self, settings: HttpSettings) -> None:
        """OSError or ssl.SSLError when a file is missing or wrong."""
        self.context = settings.tls_context()
        """``None`` without TLS."""
        self._settings = settings
        self._seen = self._changed_at()

    async def follow(self) -> None:
        """Take renewed files until cancelled; connections that are open keep what they have."""
        while self.context is not None:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Take the files if they are others than before; wrong ones change nothing and are looked at again."""
        changed_at = self._changed_at()
        if self.context is None or changed_at == self._seen:
            return
        try:
            self._settings.tls_context()  # Half of a renewal, a key that does not fit, would spoil the one in use.
            self.context.load_cert_chain(self._settings.cert_file, self._settings.key_file)
        except OSError as error:
            log.error("the web server's new certificate cannot be used; the old one goes on", reason=str(error))  # noqa: TRY400
            return
        self._seen = changed_at
        log.info("the web server has a new certificate", file=self._settings.cert_file)

    def _changed_at(self) -> tuple[int, ...]:
        files = (self._settings.cert_file, self._settings.key_file)
        try:
            return tuple(Path(file).stat().st_mtime_ns for file in files if file)
        except OSError:
            return ()
