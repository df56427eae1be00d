"""The pages alone, served as the bridge serves them, for brokers that somebody else fills."""

import asyncio
import threading
from types import TracebackType
from typing import Final, Self

import msgspec

from ctibridge.domain.units import Timestamp
from ctibridge.outputs.web.page_settings import PagesSettings
from ctibridge.outputs.web.provider import Site
from ctibridge.outputs.web.server import serving
from ctibridge.outputs.web.settings import HttpSettings
from tests.pages.centre import BASE, PBX, Centre
from tests.servers.ports import LOOPBACK
from tests.unit.outputs.web.shown import Shown

START_SECONDS: Final = 10.0


class _Provider(Shown):
    def __init__(self, websocket_url: str, pages: PagesSettings) -> None:
        super().__init__()
        self.websocket_url, self.pages = websocket_url, pages

    def site(self) -> Site:
        return msgspec.structs.replace(super().site(), base=BASE, pbxs=(PBX,), at=Timestamp(Centre.now()))


class Pages:
    """A web server in a thread of its own."""

    def __init__(self, websocket_port: int, pages: PagesSettings | None = None) -> None:
        self._provider = _Provider(f"ws://{LOOPBACK}:{websocket_port}", pages or PagesSettings())
        self._is_listening = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()))
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._is_listening.wait(START_SECONDS):
            raise TimeoutError("the pages are not served")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_SECONDS)
        self._loop.close()

    @property
    def url(self) -> str:
        """Without a path."""
        return f"http://{LOOPBACK}:{self.port}"

    async def _serve(self) -> None:
        async with serving(HttpSettings(port=0), self._provider) as (_, self.port):
            self._is_listening.set()
            await self._stop.wait()
