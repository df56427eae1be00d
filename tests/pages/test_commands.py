"""What leaders do on the floor, clicked through: the bridge whole, on the simulated PBX, with a real broker."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import pytest
from playwright.async_api import Browser

from ctibridge.app.clock import BridgeClock
from ctibridge.simulator.script import Agent, Answer, Caller, Queue, Story
from ctibridge.simulator.server import SimulatedPbx
from tests.pages.browser import Display, display
from tests.servers.asterisk import BRIDGE_SECRET, BRIDGE_USER
from tests.servers.bridge import Bridge
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import LOOPBACK

pytestmark = pytest.mark.mosquitto

SITE: Final = """
[queues.support]
label = "Support"
[queues.sales]
label = "Sales"
[[teams]]
name = "day"
agents = ["1001", "1002"]
[[users]]
name = "chief"
role = "supervisor"
[[users]]
name = "lee"
role = "leader"
teams = ["day"]
"""
TALKING: Final = Agent(
    id="1001", name="Ann", queues=("support", "sales"), reactions=(Answer(ring=0.2, talk=600),), interface="PJSIP/1001"
)
STORY: Final = Story(
    queues=(Queue(name="support"), Queue(name="sales")),
    agents=(TALKING,),
    callers=(
        Caller(at=0.5, queue="support", number="13800138001"),
        Caller(at=2.0, queue="sales", number="13800138111"),
        Caller(at=2.5, queue="sales", number="13800138222"),
        Caller(at=3.0, queue="sales", number="13800138333"),
    ),
)
SOON: Final = 10.0
DONE: Final = ".told .done"


@pytest.fixture
async def bridge(broker: Mosquitto) -> AsyncIterator[Bridge]:
    """Ann talks, and three callers wait in sales."""
    clock = BridgeClock().now
    async with SimulatedPbx(STORY.plan(), clock=clock, username=BRIDGE_USER, secret=BRIDGE_SECRET) as pbx:
        websockets = {"CTIBRIDGE_MQTT__WEBSOCKET_URL": f"ws://{LOOPBACK}:{broker.websocket_port}"}
        with Bridge(ami_port=pbx.port, mqtt_port=broker.port, more=SITE, environment=websockets) as daemon:
            await asyncio.to_thread(daemon.wait_ready)
            yield daemon
            await asyncio.to_thread(daemon.stop)


async def floor_of(browser: Browser, bridge: Bridge, user: str) -> Display:
    floor = await display(browser, f"http://{LOOPBACK}:{bridge.http_port}/floor?lang=en")
    await floor.sign_in(user)
    await floor.shows(".account", f"{user}, ")
    await floor.shows(".tile.busy", "Ann", within=20)
    await floor.shows(".callers li >> nth=2", within=20)
    return floor


def caller(number: str) -> str:
    """The row of somebody who waits."""
    return f".callers li:has-text('{number}')"


async def open_caller(floor: Display, number: str) -> None:
    await floor.page.click(f"{caller(number)} summary")
    await floor.shows(f"{caller(number)} .buttons")


async def test_waiting_callers_are_preferred_moved_and_withdrawn(browser: Browser, bridge: Bridge) -> None:
    floor = await floor_of(browser, bridge, "chief")
    assert [(text.split()[0], text.split()[2]) for text in await floor.texts(".callers li")] == [
        ("1", "***111"),
        ("2", "***222"),
        ("3", "***333"),
    ]
    await open_caller(floor, "***333")
    await floor.page.click(f"{caller('***333')} .button:has-text('First in line')")
    await floor.shows(DONE, "First in line Done", within=SOON)
    await floor.shows(f"{caller('***333')} .place", "1", within=SOON)

    await open_caller(floor, "***222")
    await floor.page.select_option(f"{caller('***222')} select", "support")
    await floor.page.click(f"{caller('***222')} .button:text-is('Move')")
    await floor.shows(DONE, "Move Done", within=SOON)
    await floor.shows(caller("***222"), "Support", within=SOON)

    await open_caller(floor, "***111")
    await floor.page.click(f"{caller('***111')} .button:has-text('Withdraw')")
    await floor.shows(DONE, "Withdraw Done", within=SOON)
    await floor.hides(caller("***111"), within=SOON)
    assert await floor.page.locator(".callers li").count() == 2
    floor.check()


async def test_an_agents_penalty_is_set_by_keyboard_and_the_caller_sent_on(browser: Browser, bridge: Bridge) -> None:
    floor = await floor_of(browser, bridge, "chief")
    await floor.page.locator(".tile button").focus()
    await floor.page.keyboard.press("Enter")
    await floor.shows("dialog h2", "Ann")
    await floor.page.select_option("dialog form:has(input[name=penalty]) select", "sales")
    await floor.page.fill("dialog input[name=penalty]", "7")
    await floor.page.keyboard.press("Enter")
    await floor.shows("dialog .memberships li", "Sales penalty 7", within=SOON)
    assert set(await floor.texts("dialog .memberships li")) == {"Support", "Sales penalty 7"}

    await floor.page.fill("dialog input[name=to]", "no number!")
    await floor.page.click("dialog .button:has-text('Transfer')")
    assert await floor.page.locator("dialog input[name=to]:invalid").count() == 1, "nothing is sent"
    await floor.page.fill("dialog input[name=to]", "sales")
    await floor.page.click("dialog .button:has-text('Transfer')")
    await floor.shows(DONE, "Transfer Done", within=SOON)
    await floor.page.keyboard.press("Escape")
    await floor.shows(caller("***001"), "Sales", within=SOON)
    floor.check()


async def test_a_leader_gets_no_button_that_would_be_refused(browser: Browser, bridge: Bridge) -> None:
    floor = await floor_of(browser, bridge, "lee")
    assert await floor.page.locator(".callers summary").count() == 0
    await floor.page.click(".tile button")
    await floor.shows("dialog h2", "Ann")
    await floor.shows("dialog .button", "Set penalty")
    offered = set(await floor.texts("dialog .button"))
    assert not offered & {"Listen", "Whisper", "Join in"}
    floor.check()
