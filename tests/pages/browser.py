"""Debian's Chromium, driven by Playwright: a page, and everything that it said, asked for and was sent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, WebSocket, async_playwright

from tests.servers.ports import LOOPBACK

CHROMIUM: Final = "/usr/bin/chromium"
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS: Final = 15_000
AXE: Final = Path(__file__).parent / "vendor" / "axe.js"


class Display:
    """One page in a context of its own."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        """What the console and the page complained of."""
        self.hosts: set[str] = set()
        """Whom it asked for anything."""
        self.sent = bytearray()
        """What came over WebSockets."""
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))
        page.on("websocket", self._on_websocket)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def _on_websocket(self, socket: WebSocket) -> None:
        self.hosts.add(urlsplit(socket.url).hostname or "")
        socket.on("framereceived", self._on_frame)

    def _on_frame(self, frame: bytes | str) -> None:
        self.sent += frame if isinstance(frame, bytes) else frame.encode()

    async def text(self, selector: str) -> str:
        """What people read there."""
        return " ".join((await self.page.locator(selector).first.inner_text()).split())

    async def texts(self, selector: str) -> list[str]:
        """What people read in each of them."""
        return [" ".join(text.split()) for text in await self.page.locator(selector).all_inner_texts()]

    async def shows(self, selector: str, text: str = "", within: float = PATIENCE_MS / 1000) -> None:
        """Return when an element with the text can be seen; TimeoutError otherwise."""
        await self.page.locator(selector, has_text=text or None).first.wait_for(state="visible", timeout=within * 1000)

    async def hides(self, selector: str, text: str = "", within: float = PATIENCE_MS / 1000) -> None:
        """Return when no such element can be seen."""
        locator = self.page.locator(selector, has_text=text or None)
        await locator.first.wait_for(state="hidden", timeout=within * 1000)

    async def sign_in(self, user: str, password: str = "") -> None:
        """Fill in the form."""
        await self.page.fill("input[name=user]", user)
        await self.page.fill("input[name=password]", password)
        await self.page.click("form button")

    async def complaints_of_axe(self) -> list[str]:
        """What breaks WCAG 2.1 AA here; the context must have been opened for it."""
        await self.page.evaluate(AXE.read_text("utf-8"))
        found: dict[str, Any] = await self.page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})"
        )
        return [f"{one['id']}: {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]]

    def check(self) -> None:
        """It complained of nothing, and asked nobody but this machine."""
        assert not self.errors, self.errors
        assert self.hosts <= {LOOPBACK}, self.hosts


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser within the context."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


async def display(browser: Browser, url: str, *, wall: str = "", **options: Any) -> Display:  # noqa: ANN401 - of new_context
    """A page of its own, opened; `wall` is a script that runs before the page's."""
    context: BrowserContext = await browser.new_context(**({"viewport": {"width": 1600, "height": 900}} | options))
    if wall:
        await context.add_init_script(wall)
    opened = Display(await context.new_page())
    await opened.page.goto(url)
    return opened
