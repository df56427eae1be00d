"""WCAG 2.1 AA by axe, on every page, in both themes and both languages."""

import pytest
from playwright.async_api import Browser

from tests.pages.browser import display
from tests.pages.centre import SILENT, Centre
from tests.pages.served import Pages

pytestmark = pytest.mark.mosquitto

LOOKS = [(theme, language) for theme in ("light", "dark") for language in ("en", "zh")]


def fill(centre: Centre) -> None:
    """One of everything that can be seen."""
    centre.set_waiting("support", 64, 12, 5)
    for agent, state in zip(
        centre.agents, ("busy", "ready", "ringing", "wrap_up", "not_ready", "not_ready", "unreachable"), strict=False
    ):
        centre.set_state(agent, state, reason=0)
    centre.set_state("1006", "not_ready", since=centre.now() - 400, reason=0)
    centre.agents["1002"]["leave"] = {
        "state": "requested", "reason": "away", "requested_at": centre.now(), "expires_at": centre.now() + 300,
        "decided_by": None,
    }  # fmt: skip
    centre.tell_agent("1002")
    for severity in ("critical", "warning", "info"):
        alarm = {
            "rule": severity, "label": "Service level is low", "label_zh": "服务水平偏低", "severity": severity,
            "queue": "support", "agent": None, "team": None, "value": 0.6, "threshold": 0.8, "unit": "ratio",
            "since": centre.now() - 60, "acknowledged_by": "boss" if severity == "info" else None,
            "acknowledged_at": None, "detail": None,
        }  # fmt: skip
        centre.tell_alarm(f"{severity}:support", alarm)
        centre.queues["support"]["alarms"].append({"alert": severity} | alarm)
    centre.tell_queue("support")
    centre.settle()


@pytest.mark.parametrize(("theme", "language"), LOOKS)
async def test_nothing_on_the_pages_is_hard_to_read(
    browser: Browser, centre: Centre, pages: Pages, theme: str, language: str
) -> None:
    fill(centre)
    look = f"theme={theme}&lang={language}"
    wall = await display(browser, f"{pages.url}/?{look}", bypass_csp=True)
    await wall.shows(".banner li.critical")
    assert await wall.complaints_of_axe() == []
    floor = await display(browser, f"{pages.url}/floor?{look}", bypass_csp=True)
    await floor.shows("form")
    assert await floor.complaints_of_axe() == []
    await floor.sign_in("boss")
    await floor.shows(".alarms li.critical")
    await floor.shows(".alarms .button")
    assert await floor.complaints_of_axe() == []
    await floor.page.click(".tile.not_ready button")
    await floor.shows("dialog")
    assert await floor.complaints_of_axe() == []
    desk = await display(browser, f"{pages.url}/agent?agent=1006&{look}", bypass_csp=True)
    await desk.sign_in(SILENT)
    await desk.shows(".own .limit")
    await desk.shows(".notice")
    assert await desk.complaints_of_axe() == []
    centre.tell_status("offline", ami="unknown")
    await desk.shows(".veil")
    assert await desk.complaints_of_axe() == []
