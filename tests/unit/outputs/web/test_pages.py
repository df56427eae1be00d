"""What a browser gets before it talks to the broker."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

from ctibridge.outputs.web.assets import FOLDER, assets
from ctibridge.outputs.web.page_settings import PagesSettings
from ctibridge.outputs.web.pages import content_security_policy
from ctibridge.outputs.web.server import serving
from ctibridge.outputs.web.settings import HttpSettings
from tests.unit.outputs.web.shown import Shown

REPOSITORY = Path(__file__).resolve().parents[4]


class Answer:
    def __init__(self, response: aiohttp.ClientResponse, body: bytes) -> None:
        self.status, self.headers, self.body = response.status, response.headers, body

    @property
    def text(self) -> str:
        return self.body.decode()


async def get(path: str, headers: Mapping[str, str] | None = None, *, shown: Shown | None = None) -> Answer:
    async with (
        serving(HttpSettings(port=0), shown or Shown()) as (host, port),
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(f"http://{host}:{port}{path}", headers=headers) as response,
    ):
        return Answer(response, await response.read())


@pytest.mark.parametrize("path", ["/", "/floor", "/agent"])
async def test_a_page_names_files_of_its_own_build_and_has_no_script_in_it(path: str) -> None:
    page = await get(path)
    assert page.status == 200
    assert page.headers["Cache-Control"] == "no-store"
    addresses = re.findall(r'(?:src|href)="(static/[^"]+)"', page.text)
    assert addresses
    for address in addresses:
        name = address.removeprefix(f"static/{assets().build}/")
        assert name in assets().files
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=", page.text) == []


async def test_a_page_is_in_the_language_that_was_asked_for() -> None:
    assert '<html lang="zh"' in (await get("/?lang=zh")).text
    assert '<html lang="zh"' in (await get("/", {"Accept-Language": "zh-CN,zh;q=0.9"})).text
    assert '<html lang="en"' in (await get("/?lang=en", {"Accept-Language": "zh-CN"})).text


async def test_files_are_kept_for_ever_and_compressed() -> None:
    path = f"/static/{assets().build}/js/wallboard.js"
    plain = await get(path, {"Accept-Encoding": "identity"})
    assert plain.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "immutable" in plain.headers["Cache-Control"]
    packed = await get(path, {"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.body) < len(plain.body)


@pytest.mark.parametrize(
    "path", ["another/js/wallboard.js", "{build}/js/none.js", "{build}/../pages.py", "{build}/vendor/vendor.lock.json"]
)
async def test_nothing_else_is_served(path: str) -> None:
    assert (await get("/static/" + path.format(build=assets().build))).status == 404


async def test_site_json_says_whom_to_ask() -> None:
    shown = Shown()
    shown.pages = PagesSettings(title="Nord", board_user="screen", board_password="public")
    site = json.loads((await get("/site.json", shown=shown)).text)
    assert site["build"] == assets().build
    assert (site["websocket_url"], site["base"], site["pbxs"]) == (
        "ws://broker.example:9001",
        "ctibridge/v1",
        ["pbx1"],
    )
    assert site["board"] == {"user": "screen", "password": "public"}
    assert site["title"] == "Nord"
    assert site["utc_offset"] == 0


async def test_the_policy_lets_a_page_talk_to_the_broker_and_to_nobody_else() -> None:
    policy = (await get("/")).headers["Content-Security-Policy"]
    assert "connect-src 'self' ws://broker.example:9001;" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy


def test_a_broker_behind_the_same_proxy_is_named_by_the_host_that_was_asked() -> None:
    assert "connect-src 'self' ws://cti.example wss://cti.example;" in content_security_policy("/mqtt", "cti.example")
    assert "connect-src 'self' wss://b.example;" in content_security_policy("wss://b.example/mqtt", "x")


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "ws://a b", "ws://a; script-src *"])
def test_an_address_that_is_none_adds_nothing_to_the_policy(url: str) -> None:
    assert "connect-src 'self';" in content_security_policy(url, "host")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://crm.example/", "https://crm.example/?n={secret}", "/relative"]
)
def test_a_screen_pop_is_a_web_page_with_known_places(url: str) -> None:
    with pytest.raises(ValueError, match="screen_pop_url"):
        PagesSettings(screen_pop_url=url)
    PagesSettings(screen_pop_url="https://crm.example/?number={number}&queue={queue}&call={call}&agent={agent}")


def test_no_module_writes_markup() -> None:
    for path in (FOLDER / "js").glob("*.js"):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|dangerously|new Function",
            path.read_text(),
        ), path.name


def test_both_languages_have_the_same_words_with_the_same_places() -> None:
    text = (FOLDER / "js" / "words.js").read_text("utf-8")
    english, chinese = (part.split("};")[0] for part in text.split("const ENGLISH = ")[1].split("const CHINESE = "))
    quoted = r'"(?:[^"\\]|\\.)*"'
    word = re.compile(rf"(\w+): ({quoted}|\{{ (?:\w+: {quoted}(?:, )?)+ \}})")

    def entries(part: str) -> dict[str, set[str]]:
        return {name: set(re.findall(r"\{(\w+)\}", value)) for name, value in word.findall(part)}

    assert entries(english) == entries(chinese)
    assert len(entries(english)) > 150


def test_the_libraries_are_those_of_the_lock() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/vendor.py", "--check"], cwd=REPOSITORY, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
