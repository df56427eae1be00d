"""Pictures of the pages for the documentation: a made-up centre, in both themes and both languages.

python -m tests.pages.pictures [FOLDER]     writes docs/images, unless another folder is named
"""

import asyncio
import sys
from pathlib import Path
from typing import Final

from playwright.async_api import Browser

from tests.pages.browser import Display, chromium, display
from tests.pages.centre import Centre
from tests.pages.served import Pages
from tests.servers.bridge import REPOSITORY
from tests.servers.mosquitto import Mosquitto

LOOKS: Final = [(theme, language) for theme in ("light", "dark") for language in ("en", "zh")]
SIZE: Final = {"width": 1600, "height": 900}
MINUTE: Final = 60.0


def alarm(centre: Centre, rule: str, label: str, label_zh: str, **facts: object) -> dict[str, object]:
    """An alarm as it is published."""
    usual = {
        "agent": None,
        "queue": None,
        "team": None,
        "acknowledged_by": None,
        "acknowledged_at": None,
        "detail": None,
    }
    return usual | {"rule": rule, "label": label, "label_zh": label_zh, "since": centre.now() - 4 * MINUTE} | facts


def arrange(centre: Centre) -> None:
    """A busy moment."""
    now = centre.now()
    centre.set_waiting("support", 14, 6)
    centre.set_waiting("sales", 8)
    centre.set_waiting("vip")
    centre.set_waiting("orders")
    centre.set_waiting("repairs", 3)
    low = alarm(
        centre, "service_level_low", "Service level is low", "服务水平偏低",
        severity="warning", queue="billing", value=0.62, threshold=0.8, unit="ratio",
    )  # fmt: skip
    centre.queues["billing"]["alarms"] = [{"alert": "service_level_low:billing"} | low]
    centre.set_waiting("billing", 71, 48, 31, 20, 9, 2)
    centre.tell_alarm("service_level_low:billing", low)
    centre.set_state("1006", "not_ready", since=now - 341, reason=0)
    over = alarm(
        centre, "limit_exceeded", "A pause is over its limit", "离席超时",
        severity="critical", agent="1006", value=341, threshold=300, unit="seconds",
    )  # fmt: skip
    centre.tell_alarm("limit_exceeded:1006", over)
    centre.set_state("1012", "not_ready", since=now - 262, reason=0)
    centre.set_state("1019", "not_ready", since=now - 1260, reason=2)
    centre.agents["1004"]["leave"] = {
        "state": "requested", "reason": "away", "requested_at": now - 40, "expires_at": now + 260, "decided_by": None,
    }  # fmt: skip
    centre.tell_agent("1004")
    centre.set_state("1003", "ringing", since=now - 3)
    call = centre.agents["1003"]["call"]
    call |= {"queue": "support", "joined_at": now - 17, "caller": {"number": "***284", "name": "陈***"}}
    centre.tell_agent("1003")
    own = list(centre.agents["1003"]["queues"])
    centre.callbacks[:] = [
        centre.callback(own[0], "17.1", number="***217", is_overdue=True),
        centre.callback(own[-1], "17.2", number="***903"),
        centre.callback(own[0], "17.3", number="***648"),
    ]
    centre.settle()


async def picture(opened: Display, folder: Path, name: str) -> None:
    """What can be seen now."""
    await opened.page.mouse.move(0, 0)
    await opened.page.evaluate("document.fonts.ready")
    await opened.page.screenshot(path=folder / f"{name}.png")


async def pages_in(browser: Browser, pages: Pages, folder: Path, theme: str, language: str) -> None:
    """All three pages in one look."""
    look = f"theme={theme}&lang={language}"
    wall = await display(browser, f"{pages.url}/?{look}&kiosk", viewport=SIZE)
    await wall.shows(".banner li")
    await wall.shows(".curve canvas")
    await picture(wall, folder, f"wallboard-{theme}-{language}")
    floor = await display(browser, f"{pages.url}/floor?{look}", viewport=SIZE)
    await floor.sign_in("supervisor")
    await floor.shows(".alarms .button")
    await picture(floor, folder, f"floor-{theme}-{language}")
    desk = await display(browser, f"{pages.url}/agent?{look}", viewport=SIZE)
    await desk.sign_in("1003")
    await desk.shows(".caller.ringing")
    await desk.shows(".callbacks li")
    await picture(desk, folder, f"agent-{theme}-{language}")


async def main(folder: Path) -> None:
    """Each page in each look, and a wallboard that lost its broker."""
    with (
        Mosquitto(websockets=True) as broker,
        Centre(broker.port, agents=44, queues=6, seed=3) as centre,
        Pages(broker.websocket_port or 0) as pages,
    ):
        async with chromium() as browser:
            for theme, language in LOOKS:
                arrange(centre)
                await pages_in(browser, pages, folder, theme, language)
            wall = await display(browser, f"{pages.url}/?theme=dark&lang=en&kiosk", viewport=SIZE)
            await wall.shows(".card")
            broker.stop()
            await wall.shows(".veil")
            await wall.page.wait_for_timeout(4000)
            await picture(wall, folder, "wallboard-lost")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "docs" / "images"))
