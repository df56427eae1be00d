"""The wallboard, the floor and the agent's page: what a browser needs before it talks to the broker.

Nothing of the call centre passes through here.  Pages are the same for everybody; what somebody may see is decided by
the broker, whom the page asks as that somebody.
"""

import re
from datetime import UTC, datetime
from typing import Final

import msgspec
from aiohttp import web

from ctibridge.outputs.web.assets import Assets, assets
from ctibridge.outputs.web.provider import Provider, Site

PAGES: Final = {"/": "wallboard", "/floor": "floor", "/agent": "agent"}
FOR_EVER: Final = "public, max-age=31536000, immutable"
_ORIGIN: Final = re.compile(r"(wss?://[A-Za-z0-9.:\[\]_-]+)(?:/.*)?")
_HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]_-]+")


class SiteAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``/site.json``: whom to ask, and what time it is there."""

    build: str
    """Of the pages' files; a page that was made by another one loads itself again."""
    title: str
    websocket_url: str
    base: str
    protocol: str
    """Of MQTT: ``auto`` tries 5, then 3.1.1."""
    pbxs: tuple[str, ...]
    at: float
    """The PBX's time of this answer, seconds since 1970 UTC."""
    utc_offset: int
    """Seconds that the site's clocks are ahead of UTC now."""
    board: dict[str, str] | None
    """User and password of the public board; ``null`` where the broker asks for none."""
    screen_pop_url: str
    screen_pop_opens: bool


class SitePages:
    """The routes of the pages."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._assets: Assets = assets()

    def add_to(self, app: web.Application) -> None:
        """Put the routes on an application."""
        for path in PAGES:
            app.router.add_get(path, self.page)
        app.router.add_get("/site.json", self.site)
        app.router.add_get("/static/{build}/{path:.+}", self.file)

    async def page(self, request: web.Request) -> web.Response:
        """One of the pages; the language is in it from the start, so that the right font paints first."""
        wanted = request.query.get("lang") or request.headers.get("Accept-Language") or ""
        language = "zh" if wanted.lower().startswith("zh") else "en"
        text = self._assets.pages[PAGES[request.path]].replace("LANGUAGE", language)
        policy = content_security_policy(self._provider.site().websocket_url, request.host)
        headers = {"Content-Security-Policy": policy, "Vary": "Accept-Language"}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def site(self, _: web.Request) -> web.Response:
        """What a page asks first, and now and then."""
        site = self._provider.site()
        body = msgspec.json.encode(self._answer(site))
        return web.Response(body=body, content_type="application/json")

    async def file(self, request: web.Request) -> web.Response:
        """A file under the address of its build; that of another build is gone."""
        asset = self._assets.files.get(request.match_info["path"])
        if asset is None or request.match_info["build"] != self._assets.build:
            raise web.HTTPNotFound
        headers = {"Content-Type": asset.content_type, "Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
        if asset.compressed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=asset.compressed, headers=headers | {"Content-Encoding": "gzip"})
        return web.Response(body=asset.body, headers=headers)

    def _answer(self, site: Site) -> SiteAnswer:
        pages = site.pages
        offset = datetime.fromtimestamp(site.at, UTC).astimezone(self._provider.timezone).utcoffset()
        board = {"user": pages.board_user, "password": pages.board_password} if pages.board_user else None
        return SiteAnswer(
            build=self._assets.build,
            title=pages.title,
            websocket_url=site.websocket_url,
            base=site.base,
            protocol=site.protocol,
            pbxs=site.pbxs,
            at=site.at,
            utc_offset=int(offset.total_seconds()) if offset else 0,
            board=board,
            screen_pop_url=pages.screen_pop_url,
            screen_pop_opens=pages.screen_pop_opens,
        )


def content_security_policy(websocket_url: str, host: str) -> str:
    """Our own files and the broker, and nothing else; text can never become markup or script."""
    if websocket_url.startswith("/") and _HOST.fullmatch(host):
        broker = f" ws://{host} wss://{host}"
    else:
        match = _ORIGIN.fullmatch(websocket_url)
        broker = f" {match[1]}" if match else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            "img-src 'self'",
            f"connect-src 'self'{broker}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    )
