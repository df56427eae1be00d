"""The floor on a made-up centre: order, filters, and who comes and goes."""

import asyncio

import pytest
from playwright.async_api import Browser, CDPSession

from tests.pages.browser import Display, display
from tests.pages.centre import Centre
from tests.pages.served import Pages
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.mosquitto


async def floor_of(browser: Browser, pages: Pages, language: str = "en") -> Display:
    """Signed in as a supervisor."""
    floor = await display(browser, f"{pages.url}/floor?lang={language}")
    await floor.sign_in("boss")
    await floor.shows(".tile")
    await floor.shows(".account", "boss")
    return floor


async def nodes(session: CDPSession) -> float:
    """How many nodes the browser holds, of the page and of what is no longer on it."""
    await session.send("Performance.enable")
    await session.send("HeapProfiler.collectGarbage")
    found = await session.send("Performance.getMetrics")
    return next(float(one["value"]) for one in found["metrics"] if one["name"] == "Nodes")


async def eventually_few(floor: Display) -> None:
    """Return when the page has found out how large the screen is."""
    await floor.page.wait_for_function("document.querySelectorAll('.tile').length < 150")


async def test_who_has_been_in_a_state_for_longest_stands_first(browser: Browser, centre: Centre, pages: Pages) -> None:
    centre.set_state("1007", "ready", since=centre.now() - 4000)
    centre.set_state("1002", "not_ready", since=centre.now() - 3000, reason=0)
    floor = await floor_of(browser, pages)
    await floor.shows(".tile >> nth=0", "1:06:4")
    tiles = await floor.texts(".tile .who")
    assert tiles[:2] == ["陈静 1007", "Anna Schmidt 1002"]
    assert await floor.text(".tile.not_ready .limit b") in {f"45:{second:02} over" for second in range(10)}
    centre.set_state("1007", "busy")
    await floor.shows(".tile >> nth=0", "Anna Schmidt")
    floor.check()


async def test_names_are_in_the_order_of_the_language(browser: Browser, centre: Centre, pages: Pages) -> None:
    for agent in centre.agents:
        centre.set_state(agent, "ready")
    floor = await floor_of(browser, pages, "zh")
    await floor.page.select_option(".choices label:has-text('排序') select", "name")
    await floor.shows(".tile >> nth=0", "陈静")
    names = [text.rsplit(" ", 1)[0] for text in await floor.texts(".tile .who")]
    chinese = [name for name in names if not name.isascii() and "García" not in name]
    assert chinese == ["陈静", "李四", "刘洋", "孙伟", "王芳", "张三", "赵敏", "周杰"], "by pinyin"


async def test_states_queues_and_names_narrow_what_is_shown(browser: Browser, centre: Centre, pages: Pages) -> None:
    for number, agent in enumerate(centre.agents):
        centre.set_state(agent, "ready" if number % 3 else "busy")
    floor = await floor_of(browser, pages)
    await floor.shows(".states .busy", "4 On call")
    await floor.page.click(".states .busy")
    assert {await tile.get_attribute("class") for tile in await floor.page.locator(".tile").all()} == {"tile busy "}
    await floor.page.click(".states .busy")
    await floor.page.select_option(".choices label:has-text('Queue') select", "vip")
    members = [agent for agent, state in centre.agents.items() if "vip" in state["queues"]]
    assert await floor.page.locator(".tile").count() == len(members)
    await floor.page.fill("input[type=search]", "nobody of this name")
    await floor.shows("main", "No agent matches.")


async def test_who_is_no_more_goes(browser: Browser, centre: Centre, pages: Pages) -> None:
    floor = await floor_of(browser, pages)
    await floor.shows(".tile", "1004")
    centre.forget("1004")
    await floor.hides(".tile", "1004")


async def test_callers_stand_in_the_order_in_which_they_came(browser: Browser, centre: Centre, pages: Pages) -> None:
    centre.set_waiting("vip")
    centre.set_waiting("support", 100, 40)
    centre.set_waiting("sales", 70)
    floor = await floor_of(browser, pages)
    await floor.shows(".callers li >> nth=2")
    shown = [text.split() for text in await floor.texts(".callers li")]
    assert [(row[0], row[1]) for row in shown] == [("1", "客服热线"), ("1", "Sales"), ("2", "客服热线")]


async def test_an_alarm_is_shown_with_whom_it_concerns(browser: Browser, centre: Centre, pages: Pages) -> None:
    floor = await floor_of(browser, pages)
    alarm = {
        "rule": "limit_exceeded", "label": "A pause is over its limit", "label_zh": "离席超时", "severity": "critical",
        "queue": None, "agent": "1004", "team": None, "value": 341.0, "threshold": 300.0, "unit": "seconds",
        "since": centre.now(), "acknowledged_by": None, "acknowledged_at": None, "detail": None,
    }  # fmt: skip
    centre.tell_alarm("limit_exceeded:1004", alarm)
    await floor.shows(".alarms li.critical", "王芳 A pause is over its limit · 5:41 (limit 5:00)")
    await floor.shows(".alarms .button", "Acknowledge")
    centre.tell_alarm("limit_exceeded:1004", alarm | {"acknowledged_by": "boss"})
    await floor.shows(".alarms li.seen", "acknowledged by boss")
    centre.tell_alarm("limit_exceeded:1004", None)
    await floor.shows(".panel", "No alarms")


async def test_a_long_floor_is_drawn_only_near_the_screen(browser: Browser, broker: Mosquitto, pages: Pages) -> None:
    with Centre(broker.port, agents=400, queues=3) as large:
        for number, agent in enumerate(large.agents):
            large.set_state(agent, "ready", since=large.now() - 5000 + number)
        large.settle()
        floor = await floor_of(browser, pages)
        await floor.shows(".states .ready", "400 Ready")
        await eventually_few(floor)
        assert "1001" in await floor.text(".tile >> nth=0")
        await floor.page.locator(".tile button").first.focus()
        for _ in range(60):
            await floor.page.keyboard.press("Tab")
        focused = await floor.page.evaluate("document.activeElement.dataset.level")
        assert focused == "1061", "tiles come before the keyboard does"
        large.set_state("1061", "busy")
        await floor.shows(".tile.busy", "1061")
        await floor.page.wait_for_timeout(1500)
        assert await floor.page.evaluate("document.activeElement.dataset.level") == focused
        await floor.page.keyboard.press("End")
        await floor.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        await floor.shows(".tile", "1400")
        await floor.hides(".tile", "1150")
        floor.check()


async def test_tiles_change_at_once_and_places_only_when_nobody_aims_at_them(
    browser: Browser, centre: Centre, pages: Pages
) -> None:
    for number, agent in enumerate(centre.agents):
        centre.set_state(agent, "ready", since=centre.now() - 500 + number)
    floor = await floor_of(browser, pages)
    await floor.shows(".tile >> nth=0", "1001")
    box = await floor.page.locator(".tile").first.bounding_box()
    assert box is not None
    centre.set_state("1001", "busy")
    for step in range(16):
        await floor.page.mouse.move(box["x"] + 20 + step, box["y"] + 20)
        await floor.page.wait_for_timeout(100)
    assert "On call" in await floor.text(".tile >> nth=0")
    await floor.shows(".tile >> nth=11", "1001", within=5)
    assert "1002" in await floor.text(".tile >> nth=0")


async def test_nothing_is_kept_of_tiles_that_are_gone(browser: Browser, broker: Mosquitto, pages: Pages) -> None:
    with Centre(broker.port, agents=200, queues=3) as large:
        large.settle()
        floor = await floor_of(browser, pages)
        session = await floor.page.context.new_cdp_session(floor.page)
        before = await nodes(session)
        for _ in range(600):
            large.change()
            await asyncio.sleep(0.01)
        large.settle()
        await floor.page.wait_for_timeout(1500)
        assert await nodes(session) < before + 500, "each tile has about 30"
