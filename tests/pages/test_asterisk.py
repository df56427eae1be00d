"""Real calls on a real Asterisk, a real mosquitto with the list of `ctibridge acl`, and three roles in front of it."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest
from playwright.async_api import Browser

from ctibridge.app.acl_command import access_list_of
from ctibridge.app.config import from_document
from ctibridge.app.config_document import Document
from tests.pages.browser import Display, display
from tests.servers.asterisk import Asterisk
from tests.servers.available import requires_asterisk, requires_program
from tests.servers.bridge import Bridge
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import LOOPBACK
from tests.servers.stage import Stage, interface_of, stage_on
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto]

PASSWORD: Final = "test-password"
USERS: Final = ("bridge", "chief", "li", "wang", "screen")
SITE: Final = """
[pages]
board_user = "screen"
board_password = "test-password"
[defaults]
service_level_threshold = 2
[[teams]]
name = "early"
agents = ["7001", "7002"]
[[teams]]
name = "late"
agents = ["7003"]
[[users]]
name = "chief"
role = "supervisor"
[[users]]
name = "li"
role = "leader"
teams = ["early"]
[[users]]
name = "wang"
role = "agent"
agent = "7001"
[[users]]
name = "screen"
role = "public"
"""
READY_SECONDS: Final = 60.0
MEDIAN_SECONDS: Final = 0.25
CHANGES: Final = 50

NOTE_CHANGES: Final = """
globalThis.seen = [];
new MutationObserver(() => {
  const tile = document.querySelector(".tile");
  const state = tile && tile.className;
  if (state !== globalThis.last) {
    globalThis.last = state;
    globalThis.seen.push([(performance.timeOrigin + performance.now()) / 1000, state]);
  }
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
"""Writes down when the first tile of the floor became another."""


@pytest.fixture
def asterisk() -> Iterator[Asterisk]:
    requires_asterisk(22)
    with Asterisk(22) as server:
        yield server


@pytest.fixture
def guarded() -> Iterator[Mosquitto]:
    """The shipped configuration, with our users and the list that `ctibridge acl` writes for them."""
    requires_program("mosquitto", "mosquitto_passwd")
    with Mosquitto(users=dict.fromkeys(USERS, PASSWORD)) as broker:
        text = '[[pbx]]\nname = "lab"\nsecret = "x"\n[mqtt]\nusername = "bridge"\n' + SITE
        (broker.folder / "acl").write_text(access_list_of(from_document(Document("site", text), {})))
        broker.restart()
        yield broker


@pytest.fixture
def bridge(asterisk: Asterisk, guarded: Mosquitto) -> Iterator[Bridge]:
    environment = {
        "CTIBRIDGE_MQTT__WEBSOCKET_URL": f"ws://{LOOPBACK}:{guarded.websocket_port}",
        "CTIBRIDGE_MQTT__USERNAME": "bridge",
        "CTIBRIDGE_MQTT__PASSWORD": PASSWORD,
    }
    with Bridge(ami_port=asterisk.port, mqtt_port=guarded.port, more=SITE, environment=environment) as daemon:
        daemon.wait_ready(READY_SECONDS)
        yield daemon


@pytest.fixture
async def stage(asterisk: Asterisk, bridge: Bridge) -> AsyncIterator[Stage]:
    async with stage_on(asterisk) as people:
        yield people


async def page_of(browser: Browser, bridge: Bridge, path: str, user: str | None = None, wall: str = "") -> Display:
    opened = await display(browser, f"http://{LOOPBACK}:{bridge.http_port}{path}", wall=wall)
    if user is not None:
        await opened.sign_in(user, PASSWORD)
    return opened


async def test_a_call_is_on_every_page_and_each_role_is_sent_what_it_may_see(
    browser: Browser, bridge: Bridge, stage: Stage
) -> None:
    for agent, name in (("7001", "王芳"), ("7002", "Ann"), ("7003", "Carl")):
        await stage.join(agent, "support", name=name)
    wall = await page_of(browser, bridge, "/?lang=en&queues=support")
    floor = await page_of(browser, bridge, "/floor?lang=en", "chief")
    team = await page_of(browser, bridge, "/floor?lang=zh", "li")
    desk = await page_of(browser, bridge, "/agent?lang=en", "wang")
    await floor.shows(".tile", "Carl")
    await team.shows(".tile", "Ann")
    await desk.shows("h1", "王芳")
    await floor.shows(".account", "duty supervisor")
    await team.shows(".account", "班长")
    await desk.shows(".account", "wang, agent")

    for agent in ("7002", "7003"):
        await stage.pause(agent, "meal")
    await stage.script("7001", "answer-6-60")
    call = await stage.call("support", number="13800138000", name="Li Lei")
    await wall.shows(".now dd", "1")
    await desk.shows(".caller.ringing", "***000")
    await desk.shows(".caller .queue", "waited 0:0")
    await floor.shows(".tile.ringing", "王芳")
    await floor.shows(".callers li", "***000")
    await call.answered.wait()
    await desk.shows(".own.busy")
    await floor.shows(".tile.busy", "王芳")
    await wall.hides(".now .some")
    await team.shows(".tile.not_ready", "Ann")
    await call.hang_up()

    assert b"13800138000" not in wall.sent + floor.sent + team.sent + desk.sent
    for what in (b"/agent/", b"***000", "王芳".encode(), b"/alert/"):
        assert what not in wall.sent
    for what in (b"/agent/7002/", b"/agent/7003/", b"Carl", b"/queue/support/state"):
        assert what not in desk.sent
    for what in (b"/agent/7003/", b"Carl"):
        assert what not in team.sent
    assert b"/agent/7002/" in team.sent
    assert b"/agent/7003/" in floor.sent
    for page in (wall, floor, team, desk):
        page.check()


async def test_a_supervisor_prefers_moves_and_withdraws_callers(
    browser: Browser, asterisk: Asterisk, bridge: Bridge, stage: Stage
) -> None:
    await stage.join("7001", "support", "sales", name="王芳")
    await stage.pause("7001", "meal")
    for number in ("13800138111", "13800138222", "13800138333"):
        call = await stage.call("support", number=number)
        await call.joined.wait()
    floor = await page_of(browser, bridge, "/floor?lang=en", "chief")
    await floor.shows(".callers li >> nth=2")

    async def press(number: str, button: str) -> str:
        row = f".callers li:has-text('{number}')"
        await floor.page.click(f"{row} summary")
        await floor.page.select_option(f"{row} select", "sales")
        await floor.page.click(f"{row} .button:text-is('{button}')")
        await floor.shows(".told .done", f"{button} Done")
        return row

    preferred = await press("***333", "First in line")
    await floor.shows(f"{preferred} .place", "1")
    [head, *_] = [line for line in asterisk.cli("queue show support").splitlines() if "(wait:" in line]
    assert "prio: 10" in head
    moved = await press("***222", "Move")
    await floor.shows(f"{moved} summary b", "sales")
    assert "(wait:" in asterisk.cli("queue show sales")
    withdrawn = await press("***111", "Withdraw")
    await floor.hides(withdrawn)
    records = [line.split("|") for line in asterisk.queue_log.read_text().splitlines()]
    assert [record[4] for record in records].count("WITHDRAW") == 2, "one was moved, one taken out"
    floor.check()


async def test_a_wrong_password_is_said(browser: Browser, bridge: Bridge) -> None:
    floor = await display(browser, f"http://{LOOPBACK}:{bridge.http_port}/floor?lang=en")
    await floor.sign_in("chief", "wrong")
    await floor.shows(".error", "User or password is wrong.")
    await floor.sign_in("chief", PASSWORD)
    await floor.shows(".account", "chief")


async def test_a_change_is_seen_a_quarter_of_a_second_after_asterisk_told_it(
    browser: Browser, bridge: Bridge, stage: Stage
) -> None:
    await stage.join("7001", "support", name="王芳")
    floor = await page_of(browser, bridge, "/floor?lang=en", "chief", wall=NOTE_CHANGES)
    await floor.page.fill("input[type=search]", "7001")
    await floor.shows(".tile.ready", "王芳")
    told: list[tuple[float, bool]] = []

    def note(message: object) -> None:
        if message["Event"] == "QueueMemberPause":  # type: ignore[index]
            told.append((time.time(), message["Paused"] == "1"))  # type: ignore[index] # noqa: TID251 - beside the browser's

    stage.control.listen(note)
    for number in range(CHANGES):
        is_paused = number % 2 == 0
        await stage.control.action(
            "QueuePause", Interface=interface_of("7001"), Paused="true" if is_paused else "false"
        )
        await floor.shows(".tile.not_ready" if is_paused else ".tile.ready", within=5)
    await eventually(lambda: len(told) == CHANGES, "all events")
    seen = [(at, "not_ready" in state) for at, state in await floor.page.evaluate("seen") if "tile " in (state or "")]
    delays = [
        min(at - moment for at, shown in seen if shown is is_paused and at > moment - 0.01)
        for moment, is_paused in told
    ]
    print(f"median {statistics.median(delays) * 1000:.0f} ms, longest {max(delays) * 1000:.0f} ms")  # noqa: T201
    assert statistics.median(delays) <= MEDIAN_SECONDS


async def test_the_pages_come_back_with_the_bridge(browser: Browser, bridge: Bridge, stage: Stage) -> None:
    await stage.join("7001", "support", name="王芳")
    wall = await page_of(browser, bridge, "/?lang=en")
    await wall.shows("main.live .card")
    await asyncio.to_thread(bridge.kill)
    await wall.shows(".veil", "The bridge is away", within=10)
    bridge.start()
    await wall.shows("main.live .card", within=20)
