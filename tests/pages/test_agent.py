"""The agent's page on a made-up centre: the caller, the record elsewhere, limits, and what it does without answers."""

from typing import Final

import pytest
from playwright.async_api import Browser

from ctibridge.outputs.web.page_settings import PagesSettings
from tests.pages.browser import display
from tests.pages.centre import SILENT, Centre
from tests.pages.served import Pages
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import LOOPBACK

pytestmark = pytest.mark.mosquitto

NUMBER: Final = "+86 138 0013 8000"


def pop(pages: Pages) -> str:
    """The record's address: our own status page, so that nobody else is asked."""
    return f"{pages.url}/status?number={{number}}&queue={{queue}}&call={{call}}&agent={{agent}}"


async def test_the_caller_who_rings_is_shown_with_queue_and_wait(
    browser: Browser, centre: Centre, pages: Pages
) -> None:
    desk = await display(browser, f"{pages.url}/agent?lang=en")
    await desk.sign_in("1003")
    centre.ring("1003", "support", waited=17)
    await desk.shows(".caller.ringing h2", "Rings now")
    assert (await desk.text(".caller .queue")).startswith("客服热线 · waited 0:1")
    assert (await desk.text(".caller .number")).startswith("***")
    assert await desk.page.locator(".caller a").count() == 0
    centre.set_state("1003", "wrap_up")
    await desk.shows(".caller", "No call")
    desk.check()


async def test_the_record_opens_in_a_tab_of_its_own_with_all_values_encoded(
    browser: Browser, broker: Mosquitto, centre: Centre, pages: Pages
) -> None:
    centre.tell_info(has_private=True)
    with Pages(broker.websocket_port or 0, PagesSettings(screen_pop_url=pop(pages))) as own:
        desk = await display(browser, f"{own.url}/agent?lang=en")
        await desk.sign_in("1003")
        centre.ring("1003", "support", waited=3)
        await desk.shows(".caller a", "Open the record")
        href = await desk.page.locator(".caller a").get_attribute("href") or ""
        assert "?number=&queue=support&" in href, "a masked number is no number"
        centre.tell_unmasked("1003", NUMBER)
        await desk.shows(".caller .number", NUMBER)
        href = await desk.page.locator(".caller a").get_attribute("href") or ""
        assert "?number=%2B86%20138%200013%208000&queue=support&" in href
        assert href.endswith("&agent=1003")
        async with desk.page.context.expect_page() as opened:
            await desk.page.click(".caller a")
        record = await opened.value
        assert record.url.startswith(f"http://{LOOPBACK}")
        assert await record.evaluate("opener") is None


async def test_the_record_opens_by_itself_once_for_each_call(
    browser: Browser, broker: Mosquitto, centre: Centre, pages: Pages
) -> None:
    settings = PagesSettings(screen_pop_url=pop(pages), screen_pop_opens=True)
    with Pages(broker.websocket_port or 0, settings) as own:
        desk = await display(browser, f"{own.url}/agent?lang=en")
        await desk.sign_in("1003")
        await desk.shows(".own")
        for _ in range(2):
            async with desk.page.context.expect_page():
                centre.ring("1003", "support", waited=3)
            centre.tell_agent("1003")
            centre.set_state("1003", "wrap_up")
            await desk.shows(".caller", "No call")
        await desk.page.wait_for_timeout(300)
        assert len(desk.page.context.pages) == 1 + 2


async def test_a_limit_runs_out_in_three_stages(browser: Browser, centre: Centre, pages: Pages) -> None:
    desk = await display(browser, f"{pages.url}/agent?lang=en")
    await desk.sign_in("1005")
    for age, stage, text in ((60, "ok", "3:5"), (260, "warning", "0:3"), (330, "exceeded", "0:3")):
        centre.set_state("1005", "not_ready", since=centre.now() - age, reason=0)
        await desk.shows(f".own .limit[data-stage={stage}]", text)
    assert (await desk.text(".own .limit")).endswith("over")


async def test_the_days_figures_go_on_while_the_state_lasts(browser: Browser, centre: Centre, pages: Pages) -> None:
    centre.set_state("1005", "ready", since=centre.now() - 100)
    desk = await display(browser, f"{pages.url}/agent?lang=en")
    await desk.sign_in("1005")
    await desk.shows(".day", "Answered")
    ready = dict(zip(await desk.texts(".day dt"), await desk.texts(".day dd"), strict=True))["Ready"]
    hours, minutes, seconds = map(int, ready.split(":"))
    assert 5300 <= hours * 3600 + minutes * 60 + seconds < 5300 + 60


async def test_without_an_answer_from_the_bridge_it_only_shows(browser: Browser, centre: Centre, pages: Pages) -> None:
    desk = await display(browser, f"{pages.url}/agent?lang=en&agent=1005")
    await desk.sign_in(SILENT)
    await desk.shows(".notice", "Commands are not available")
    await desk.shows(".own")
    assert await desk.page.locator(".act:enabled").count() == 0
    desk.check()


async def test_who_is_to_be_called_back_comes_over_the_broker(browser: Browser, centre: Centre, pages: Pages) -> None:
    own, other = next(iter(centre.agents["1005"]["queues"])), "elsewhere"
    centre.tell_info()
    for queue, call, overdue in ((own, "7.1", True), (own, "7.2", False), (other, "7.3", False)):
        centre.callbacks.append(centre.callback(queue, call, is_overdue=overdue))
    desk = await display(browser, f"{pages.url}/agent?lang=en")
    await desk.sign_in("1005")
    await desk.shows(".callbacks li >> nth=1")
    assert await desk.page.locator(".callbacks li").count() == 2
    assert "was due" in await desk.text(".callbacks li.overdue")
    assert "gave up 2 times" in await desk.text(".callbacks li >> nth=1")
    desk.check()
