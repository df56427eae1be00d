"""How smooth the pages stay: 500 agents, 50 queues, 50 changes a second, in the real browser.

python -m tests.bench.pages_bench                                 ten minutes a page, and writes docs/pages.md
python -m tests.bench.pages_bench MINUTES [CHANGES_A_SECOND]      prints the table only
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
from playwright.async_api import Browser, CDPSession

from tests.chaos.report import page as with_rows
from tests.pages.browser import Display, chromium, display
from tests.pages.centre import Centre
from tests.pages.served import Pages
from tests.servers.bridge import REPOSITORY
from tests.servers.mosquitto import Mosquitto

AGENTS, QUEUES = 500, 50
MINUTES, CHANGES = 10.0, 50.0
STEPS_A_SECOND: Final = 20
SETTLE_SECONDS: Final = 5.0
PAGE: Final = REPOSITORY / "docs" / "pages.md"
MARK: Final = "smoothness: written by `make pages`"

WATCH: Final = """
globalThis.long = [];
globalThis.frames = 0;
globalThis.slow = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) globalThis.long.push(one.duration);
}).observe({ type: "longtask" });
let last = performance.now();
const frame = (now) => {
  globalThis.frames += 1;
  if (now - last > 100) globalThis.slow += 1;
  last = now;
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
"""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured on one page."""

    page: str
    first_paint: float
    frames_a_second: float
    slow_frames: int
    """More than 100 ms after the one before."""
    long_tasks: int
    """Longer than 50 ms, as browsers define it."""
    longest_task: float
    busy: float
    """Processor time of the page's main thread, as a share of the time."""
    change_milliseconds: float
    """The same, for each change; with all that the page does by itself, such as its clocks."""
    heap_before: float
    heap_after: float
    nodes: int


async def measured(name: str, page: Display, changes: float, seconds: float) -> Seen:
    """Watch a page that is already filled, while so much changes in a second."""
    session = await page.page.context.new_cdp_session(page.page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = await _metrics(session)
    await page.page.evaluate(WATCH)
    started = time.monotonic()
    await asyncio.sleep(seconds)
    elapsed = time.monotonic() - started
    counted: dict[str, Any] = await page.page.evaluate("({long, frames, slow})")
    after = await _metrics(session)
    paint = await page.page.evaluate(
        "performance.getEntriesByType('paint').find((one) => one.name === 'first-contentful-paint').startTime"
    )
    page.check()
    busy = (after["TaskDuration"] - before["TaskDuration"]) / elapsed
    return Seen(
        page=name,
        first_paint=paint,
        frames_a_second=counted["frames"] / elapsed,
        slow_frames=counted["slow"],
        long_tasks=len(counted["long"]),
        longest_task=max(counted["long"], default=0.0),
        busy=busy,
        change_milliseconds=busy / changes * 1000,
        heap_before=before["JSHeapUsedSize"] / 1e6,
        heap_after=after["JSHeapUsedSize"] / 1e6,
        nodes=int(after["Nodes"]),
    )


async def _metrics(session: CDPSession) -> dict[str, float]:
    await session.send("HeapProfiler.collectGarbage")
    found = await session.send("Performance.getMetrics")
    return {one["name"]: one["value"] for one in found["metrics"]}


async def load(centre: Centre, changes: float, seconds: float) -> None:
    """So many changes a second, in small steps; queues' figures too, as the bridge sends them."""
    until, made, started = time.monotonic() + seconds, 0, time.monotonic()
    while time.monotonic() < until:
        due = int((time.monotonic() - started) * changes)
        for _ in range(due - made):
            centre.change()
        made = due
        await asyncio.sleep(1 / STEPS_A_SECOND)


@asynccontextmanager
async def opened(browser: Browser, pages: Pages) -> AsyncIterator[dict[str, Display]]:
    """The wallboard and the floor, filled."""
    wall = await display(browser, f"{pages.url}/?rotate=10", viewport={"width": 1920, "height": 1080})
    await wall.shows("main.live .card")
    floor = await display(browser, f"{pages.url}/floor", viewport={"width": 1920, "height": 1080})
    await floor.sign_in("boss")
    await floor.shows(".tile")
    yield {"floor": floor, "wallboard": wall}


async def bench(minutes: float, changes: float) -> list[Seen]:
    """One page after the other: two at once would measure the machine."""
    found = []
    with (
        Mosquitto(websockets=True, is_quiet=True) as broker,
        Centre(broker.port, agents=AGENTS, queues=QUEUES) as centre,
        Pages(broker.websocket_port or 0) as pages,
    ):
        centre.settle()
        for name in ("floor", "wallboard"):
            async with chromium() as browser, opened(browser, pages) as both:
                for other in both:
                    if other != name:
                        await both[other].page.close()
                seconds = minutes * 60
                await asyncio.sleep(SETTLE_SECONDS)
                _, seen = await asyncio.gather(
                    load(centre, changes, seconds), measured(name, both[name], changes, seconds)
                )
                found.append(seen)
    return found


def table(found: list[Seen]) -> str:
    """As Markdown."""
    titles = (
        *("page", "first paint", "frames", "later than 100 ms", "long tasks", "longest", "main thread", "a change"),
        *("heap before and after", "nodes"),
    )
    head = f"| {' | '.join(titles)} |"
    rows = [
        f"| {one.page} | {one.first_paint:.0f} ms | {one.frames_a_second:.0f}/s | {one.slow_frames} | {one.long_tasks} "
        f"| {one.longest_task:.0f} ms | {one.busy * 100:.0f} % | {one.change_milliseconds:.1f} ms "
        f"| {one.heap_before:.1f} MB, {one.heap_after:.1f} MB | {one.nodes} |"
        for one in found
    ]
    return "\n".join((head, "|---" * len(titles) + "|", *rows))


def main(given: list[float]) -> None:
    """Print the table; without arguments it is the whole measure, which goes to docs/pages.md."""
    beside = os.getloadavg()[0]
    rows = table(asyncio.run(bench(*(given + [MINUTES, CHANGES][len(given) :]))))
    print(f"{rows}\n\nload before it began: {beside:.1f} on {os.cpu_count()} cores")  # noqa: T201 - it is a report
    if not given:
        PAGE.write_text(with_rows(PAGE.read_text("utf-8"), rows, MARK), "utf-8")


if __name__ == "__main__":
    main([float(one) for one in sys.argv[1:]])
