"""`ctibridge demo` as its users see it: the three pages, and what people do on them."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.async_api import Browser

from tests.pages.browser import display
from tests.servers.bridge import REPOSITORY
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.waiting import listens, wait_until

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 10.0
ANSWERED: Final = 8.0


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The address of a demo with twelve agents."""
    port = free_port()
    command = [sys.executable, "-m", "ctibridge", "demo", "--port", str(port), "--agents", "12"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: listens(port), "the demo", START_SECONDS)
            yield f"http://{LOOPBACK}:{port}"
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


async def test_the_wallboard_shows_the_three_queues(browser: Browser, demo: str) -> None:
    wall = await display(browser, f"{demo}/?lang=en")
    await wall.shows("main.live .card", "销售")
    assert sorted(await wall.texts(".card h2")) == ["客服", "贵宾", "销售"]
    wall.check()


async def test_a_supervisor_sees_everybody_and_finds_somebody(browser: Browser, demo: str) -> None:
    floor = await display(browser, f"{demo}/floor?lang=en")
    await floor.sign_in("supervisor", "any")
    await floor.shows(".account", "supervisor, duty supervisor")
    await floor.shows(".tile", "Anna Schmidt")
    await floor.page.fill("input[type=search]", "anna")
    await floor.hides(".tile", "张三")
    assert len(await floor.texts(".tile")) == 1
    await floor.page.fill("input[type=search]", "")
    await floor.page.select_option("select >> nth=0", "team-1")
    await floor.page.click(".states button.logged_out")
    shown = await floor.texts(".tile .word")
    assert set(shown) <= {"Logged out"}
    floor.check()


async def test_a_supervisor_pauses_an_agent_by_keyboard(browser: Browser, demo: str) -> None:
    floor = await display(browser, f"{demo}/floor?lang=en")
    await floor.sign_in("supervisor")
    await floor.shows(".account", "duty supervisor")
    await floor.page.fill("input[type=search]", "1012")
    await floor.page.locator(".tile button").focus()
    await floor.page.keyboard.press("Enter")
    await floor.shows("dialog h2", "周杰")
    await floor.page.select_option("dialog select", "meal")
    await floor.page.locator("dialog .buttons .button", has_text="Not ready").focus()
    await floor.page.keyboard.press("Enter")
    await floor.shows(".told .done", "Not ready Done", within=ANSWERED)
    await floor.page.keyboard.press("Escape")
    await floor.hides("dialog")
    floor.check()


async def test_leave_is_asked_for_approved_and_told(browser: Browser, demo: str) -> None:
    desk = await display(browser, f"{demo}/agent?lang=en")
    await desk.sign_in("1003")
    await desk.shows(".account", "1003, agent")
    await desk.shows("h1", "李四")
    floor = await display(browser, f"{demo}/floor?lang=zh")
    await floor.sign_in("leader")
    await floor.shows(".account", "班长")
    await desk.page.click(".act:has-text('Ask to leave')")
    await desk.shows(".own .note", "You asked to leave", within=ANSWERED)
    await floor.shows(".leave li", "李四 申请离岗 · 暂离")
    await floor.page.click(".leave li:has-text('李四') .button.main")
    await desk.shows(".own .note", "You may leave now", within=ANSWERED)
    await floor.shows(".leave li", "leader 批准")
    await desk.page.click(".act.not_ready:has-text('Away')")
    await desk.shows(".told .done", "Not ready Done", within=ANSWERED)
    desk.check()
    floor.check()


async def test_an_inspector_gets_no_button_that_would_be_refused(browser: Browser, demo: str) -> None:
    floor = await display(browser, f"{demo}/floor?lang=en")
    await floor.sign_in("inspector")
    await floor.shows(".account", "quality inspector")
    await floor.page.click(".tile >> nth=0 >> button")
    await floor.shows("dialog h2")
    buttons = set(await floor.texts("dialog .button"))
    assert buttons <= {"Close", "Listen", "Whisper"}


async def test_an_agent_goes_and_comes_back(browser: Browser, demo: str) -> None:
    desk = await display(browser, f"{demo}/agent?lang=en")
    await desk.sign_in("1009")
    await desk.shows("h1", "赵敏")
    await desk.page.click(".act:has-text('Meal')")
    await desk.shows(".told .done", "Not ready Done", within=ANSWERED)
    await desk.shows(".act[aria-pressed=true]", "Meal")
    await desk.page.click(".act.ready")
    await desk.shows(".told .done", "Ready Done", within=ANSWERED)
    await desk.shows(".act.ready[aria-pressed=true]")
    assert re.fullmatch(r"\d+:\d\d(:\d\d)?", await desk.text(".own .timer"))
    desk.check()


async def test_an_agent_sees_whom_to_call_back_without_asking_over_http(browser: Browser, demo: str) -> None:
    desk = await display(browser, f"{demo}/agent?lang=en")
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    await desk.sign_in("1002")
    await desk.shows(".callbacks", "To call back")
    await desk.page.wait_for_selector(".callbacks li, .callbacks .empty:has-text('Nobody waits for a call back.')")
    assert [url for url in asked if "/api/" in url] == []
    desk.check()


async def test_who_signs_in_stays_so_for_the_tab_and_no_longer(browser: Browser, demo: str) -> None:
    desk = await display(browser, f"{demo}/agent?lang=en")
    await desk.sign_in("1002")
    await desk.shows("h1", "Anna Schmidt")
    await desk.page.reload()
    await desk.shows("h1", "Anna Schmidt")
    await desk.page.click(".account .button")
    await desk.shows("form h2", "Sign in")
    assert await desk.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])") == "[{},{}]"
