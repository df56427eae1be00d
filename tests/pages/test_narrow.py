"""The pages on a telephone and on a tablet: nothing is cut, and what is urgent stands first."""

import pytest
from playwright.async_api import Browser, Locator

from tests.pages.browser import Display, display
from tests.pages.centre import Centre
from tests.pages.served import Pages
from tests.pages.test_accessibility import fill

pytestmark = pytest.mark.mosquitto

PHONE, TABLET = {"width": 390, "height": 844}, {"width": 820, "height": 1180}
LONG = "Bartholomäus-Maximilian von Hohenstein-Schwarzenberg zu Lauenburg"


async def fits(page: Display) -> bool:
    """Whether nobody has to scroll sideways."""
    return bool(await page.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


async def top(locator: Locator) -> float:
    """Where it begins, in pixels."""
    box = await locator.first.bounding_box()
    assert box is not None
    return box["y"]


@pytest.mark.parametrize("size", [PHONE, TABLET])
async def test_on_the_floor_what_is_to_be_done_stands_above_the_tiles(
    browser: Browser, centre: Centre, pages: Pages, size: dict[str, int]
) -> None:
    fill(centre)
    centre.agents["1001"]["name"] = LONG
    centre.tell_agent("1001")
    floor = await display(browser, f"{pages.url}/floor?lang=en", viewport=size, bypass_csp=True)
    await floor.sign_in("boss")
    await floor.shows(".alarms .button")
    await floor.page.fill("input[type=search]", LONG)
    await floor.shows(".tile", LONG)
    assert await fits(floor)
    tiles = await top(floor.page.locator(".tile"))
    assert await top(floor.page.locator(".alarms")) < tiles
    assert await top(floor.page.locator(".callers")) < tiles
    number = await floor.page.locator(".tile", has_text=LONG).locator(".who small").bounding_box()
    tile = await floor.page.locator(".tile", has_text=LONG).bounding_box()
    assert number is not None
    assert tile is not None
    assert number["x"] + number["width"] < tile["x"] + tile["width"], "a long name does not push the number out"
    await floor.page.click(".callers summary")
    await floor.shows(".callers .buttons")
    assert await floor.complaints_of_axe() == []


@pytest.mark.parametrize("size", [PHONE, TABLET])
async def test_on_a_telephone_the_caller_who_rings_stands_above_the_buttons(
    browser: Browser, centre: Centre, pages: Pages, size: dict[str, int]
) -> None:
    desk = await display(browser, f"{pages.url}/agent?lang=en", viewport=size, bypass_csp=True)
    await desk.sign_in("1003")
    centre.ring("1003", "support", waited=17)
    await desk.shows(".caller.ringing")
    assert await fits(desk)
    assert await top(desk.page.locator(".caller")) < await top(desk.page.locator(".acts"))
    assert await desk.complaints_of_axe() == []


async def test_on_a_small_television_fewer_queues_are_shown_and_nothing_is_scrolled(
    browser: Browser, centre: Centre, pages: Pages
) -> None:
    wall = await display(browser, f"{pages.url}/?lang=en&rotate=3", viewport={"width": 640, "height": 400})
    await wall.shows(".pages", "of 3")
    grid = "document.querySelector('.grid')"
    assert await wall.page.evaluate(f"{grid}.scrollHeight <= {grid}.clientHeight")
    assert await wall.page.locator(".card").count() == 1


async def test_three_narrow_cards_beside_each_other_are_not_cut_at_the_bottom(
    browser: Browser, centre: Centre, pages: Pages
) -> None:
    small = {"width": 1280, "height": 640}
    wall = await display(browser, f"{pages.url}/?queues=support,sales,vip", viewport=small)
    await wall.shows(".card:nth-child(3)")
    grid = "document.querySelector('.grid')"
    assert await wall.page.evaluate(f"{grid}.style.getPropertyValue('--columns')") == "3"
    assert await wall.page.evaluate(f"{grid}.scrollHeight <= {grid}.clientHeight")
