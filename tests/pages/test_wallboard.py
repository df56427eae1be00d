"""The wallboard in a real browser, on a real broker: what it shows, and when it says that it does not know."""

import os
import signal
import time
from typing import Final

import pytest
from playwright.async_api import Browser

from tests.pages.browser import display
from tests.pages.centre import Centre
from tests.pages.served import Pages
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.mosquitto

GREY_WITHIN: Final = 10.0
BACK_WITHIN: Final = 5.0
SOON: Final = 4.0
"""Much longer than it takes; how long that is, test_asterisk.py measures."""
GREY: Final = "main.stale"
LIVE: Final = "main.live .card"

PAINT_MILLISECONDS: Final = 3000
"""On a machine that runs other tests; docs/pages.md has what was measured, below 1000."""
FIRST_PAINT: Final = (
    "performance.getEntriesByType('paint').find((one) => one.name === 'first-contentful-paint').startTime"
)
AN_HOUR_AHEAD: Final = """
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) { given.length ? super(...given) : super(RealDate.now() + 3600e3); }
  static now() { return RealDate.now() + 3600e3; }
};
"""


async def test_a_queue_is_shown_with_its_moment_and_its_day(browser: Browser, centre: Centre, pages: Pages) -> None:
    centre.set_waiting("support", 64, 12, 5)
    wall = await display(browser, f"{pages.url}/?queues=support&lang=en")
    await wall.shows(".card .late")
    assert await wall.text(".card h2") == "客服热线"
    assert (await wall.text(".now .figure dd")).startswith("3")
    assert (await wall.text(".now .late")) in {"1:04", "1:05", "1:06", "1:07"}
    assert await wall.text(".over") == "over 20 s"
    assert await wall.text(".gauge dt") == "Answered in 20 s"
    assert "target 80 %" in await wall.text(".gauge dd")
    ready = centre.queues["support"]["members"]["ready"]
    assert await wall.text(".members li.ready") == f"{ready} Ready"
    assert await wall.page.locator(".curve canvas").count() == 1
    wall.check()


async def test_a_change_is_seen_at_once_and_an_end_too(browser: Browser, centre: Centre, pages: Pages) -> None:
    wall = await display(browser, f"{pages.url}/?queues=sales")
    await wall.shows(LIVE)
    centre.set_waiting("sales", *[3.0] * 17)
    await wall.shows(".now dd", "17", within=SOON)
    centre.queues["sales"]["alarms"] = [
        {"alert": "queue_crowded:sales", "rule": "queue_crowded", "label": "Too many callers wait",
         "label_zh": "排队过多", "severity": "critical", "since": centre.now(), "value": 17, "threshold": 5,
         "unit": "calls"}
    ]  # fmt: skip
    centre.tell_queue("sales")
    await wall.shows(".banner li.critical", "Too many callers wait · 17 (limit 5)", within=SOON)
    await wall.shows(".card.alarmed h2", "Critical")
    centre.queues["sales"]["alarms"] = []
    centre.tell_queue("sales")
    await wall.hides(".banner", within=SOON)
    wall.check()


async def test_the_address_chooses_queues_language_theme_and_size(
    browser: Browser, centre: Centre, pages: Pages
) -> None:
    wall = await display(browser, f"{pages.url}/?queues=vip,sales&lang=zh&theme=dark&size=1.5&kiosk")
    await wall.shows(LIVE)
    assert await wall.texts(".card h2") == ["贵宾专线", "Sales"]
    assert await wall.text(".now dt") == "排队"
    assert await wall.page.evaluate("document.documentElement.lang") == "zh-CN"
    assert await wall.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(12, 20, 19)"
    assert await wall.page.evaluate("getComputedStyle(document.documentElement).fontSize") == "24px"
    assert await wall.page.locator(".menu").count() == 0
    wall.check()


async def test_more_queues_than_fit_take_turns(browser: Browser, broker: Mosquitto, pages: Pages) -> None:
    with Centre(broker.port, agents=4, queues=8) as large:
        large.settle()
        wall = await display(browser, f"{pages.url}/?rotate=3&lang=en")
        await wall.shows(".pages", "1 of 2")
        first = set(await wall.texts(".card h2"))
        await wall.shows(".pages", "2 of 2", within=5)
        second = set(await wall.texts(".card h2"))
    assert (len(first), len(second), len(first & second)) == (6, 2, 0)


async def test_it_reads_figures_and_nothing_about_people(browser: Browser, centre: Centre, pages: Pages) -> None:
    wall = await display(browser, f"{pages.url}/")
    await wall.shows(LIVE)
    centre.change()
    await wall.page.wait_for_timeout(300)
    assert b"/queue/support/board" in wall.sent
    for what in (b"/agent/", b"/alert/", b"/state", b"PJSIP", "张三".encode(), b"***"):
        assert what not in wall.sent


async def test_a_lost_broker_is_seen_and_so_is_its_return(
    browser: Browser, broker: Mosquitto, centre: Centre, pages: Pages
) -> None:
    centre.set_waiting("support", 5)
    wall = await display(browser, f"{pages.url}/?lang=en")
    await wall.shows(LIVE)
    broker.stop()
    await wall.shows(GREY, within=GREY_WITHIN)
    await wall.shows(".veil", "Connection lost")
    await wall.shows(".lamp.stale")
    age = await wall.text(".now .some .since")
    await wall.page.wait_for_timeout(2200)
    assert await wall.text(".now .some .since") == age, "ages stand still while nobody knows"
    returned = time.monotonic()
    broker.start()
    centre.reconnect()
    centre.publish_all()
    await wall.shows(LIVE, within=BACK_WITHIN)
    assert time.monotonic() - returned < BACK_WITHIN
    await wall.hides(".veil")


async def test_a_broker_that_hangs_is_seen_too(
    browser: Browser, broker: Mosquitto, centre: Centre, pages: Pages
) -> None:
    wall = await display(browser, f"{pages.url}/")
    await wall.shows(LIVE)
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        await wall.shows(GREY, within=GREY_WITHIN)
    finally:
        os.kill(broker.pid, signal.SIGCONT)
    await wall.shows(LIVE, within=BACK_WITHIN)


async def test_what_nobody_vouches_for_is_grey(browser: Browser, centre: Centre, pages: Pages) -> None:
    wall = await display(browser, f"{pages.url}/?lang=en")
    await wall.shows(LIVE)
    centre.tell_status("offline", ami="unknown", reason="connection lost")
    await wall.shows(".veil", "The bridge is away", within=SOON)
    centre.tell_status("degraded", ami="disconnected", reason="connection refused")
    await wall.shows(".veil", "The PBX cannot be seen", within=SOON)
    centre.tell_status("degraded", reason="the broker refuses messages")
    await wall.shows(".notice", "the broker refuses messages", within=SOON)
    await wall.hides(".veil")
    centre.tell_status("online")
    await wall.shows(LIVE, within=SOON)
    centre.epoch += 1
    centre.tell_status("online")
    await wall.shows(".card.old", within=SOON)
    centre.publish_all()
    await wall.hides(".card.old", within=SOON)


async def test_a_page_that_comes_while_the_bridge_is_away_shows_no_figure_as_fresh(
    browser: Browser, centre: Centre, pages: Pages
) -> None:
    centre.tell_status("offline", ami="unknown")
    centre.settle()
    wall = await display(browser, f"{pages.url}/?lang=en")
    await wall.shows(".veil", "The bridge is away")
    assert await wall.page.locator("main.live").count() == 0


async def test_an_old_word_does_not_replace_a_newer_one(browser: Browser, centre: Centre, pages: Pages) -> None:
    wall = await display(browser, f"{pages.url}/?queues=vip")
    centre.set_waiting("vip", 1, 1, 1)
    await wall.shows(".now dd", "3")
    newest, centre.sequence = centre.sequence, 500
    centre.set_waiting("vip", 1)
    centre.sequence = newest
    centre.set_waiting("sales", 1)
    centre.settle()
    await wall.page.wait_for_timeout(400)
    assert (await wall.text(".now dd")) == "3"


async def test_what_was_emptied_while_we_were_away_goes(
    browser: Browser, broker: Mosquitto, centre: Centre, pages: Pages
) -> None:
    wall = await display(browser, f"{pages.url}/")
    await wall.shows(LIVE, "Sales")
    broker.stop()
    await wall.shows(GREY, within=GREY_WITHIN)
    broker.start()
    centre.reconnect()
    del centre.queues["sales"]
    centre.publish_all(only_known=True)
    centre.settle()
    await wall.shows(LIVE, "贵宾专线", within=BACK_WITHIN)
    await wall.hides(".card", "Sales", within=4)


async def test_a_display_with_a_wrong_clock_shows_right_ages(browser: Browser, centre: Centre, pages: Pages) -> None:
    centre.set_waiting("support", 100)
    wall = await display(browser, f"{pages.url}/?queues=support&lang=en", wall=AN_HOUR_AHEAD)
    await wall.shows(".now .late")
    minutes, seconds = (await wall.text(".now .late")).split(":")
    truth = centre.now() - centre.queues["support"]["oldest_since"]
    assert abs(int(minutes) * 60 + int(seconds) - truth) < 2
    assert await wall.text(".clock .time") in {
        time.strftime("%H:%M", time.gmtime(centre.now() + shift)) for shift in (0, -2)
    }


async def test_labels_are_text_and_never_markup(browser: Browser, centre: Centre, pages: Pages) -> None:
    evil = "<img src=x onerror=\"document.title='owned'\"><b>x</b>"
    centre.queues["vip"]["label"] = evil
    centre.tell_queue("vip")
    wall = await display(browser, f"{pages.url}/?queues=vip")
    await wall.shows(".card h2", "<img")
    assert await wall.text(".card h2") == evil
    assert await wall.page.title() != "owned"
    wall.check()


async def test_an_upgraded_bridge_gives_its_pages_anew(browser: Browser, centre: Centre, pages: Pages) -> None:
    wall = await display(browser, f"{pages.url}/")
    await wall.shows(LIVE)
    loads: list[str] = []
    wall.page.on("load", lambda page: loads.append(page.url))

    async def upgraded(route, request):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        answer = await route.fetch()
        await route.fulfill(response=answer, json=await answer.json() | {"build": "another"})

    await wall.page.route("**/site.json", upgraded)
    centre.tell_status("offline", ami="unknown")
    centre.tell_status("online")
    await wall.shows(LIVE)
    await wall.page.wait_for_timeout(1500)
    assert len(loads) == 1, "once, and not in circles while a proxy keeps the old page"


async def test_the_first_paint_does_not_wait_for_anything(browser: Browser, centre: Centre, pages: Pages) -> None:
    paints = []
    for _ in range(3):  # A busy machine may make one of them wait.
        wall = await display(browser, f"{pages.url}/")
        await wall.shows(LIVE)
        paints.append(await wall.page.evaluate(FIRST_PAINT))
    assert min(paints) < PAINT_MILLISECONDS
