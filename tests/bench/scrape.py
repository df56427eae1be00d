"""What a scrape of /metrics costs the event loop with 1,000 agents, and how late others are served meanwhile.

python -m tests.bench.scrape [--scrapes 40]

The loop's time is the processor time of the thread that it runs in.  Its lag is how long /livez, which does nothing,
waits for an answer while a scrape is under way: the round trip is in it.
"""

import argparse
import http.client
import statistics
import threading
import time
from collections.abc import Iterable
from typing import Final

import msgspec
from rich.console import Console

from tests.bench.made import Size
from tests.bench.process import main_thread_seconds, wait_idle
from tests.bench.standing import standing
from tests.servers.ports import LOOPBACK

SCRAPES: Final = 40
PAUSE_SECONDS: Final = 0.5
LOOK_SECONDS: Final = 0.002
SIZE: Final = Size(agents=1000, queues=40)
Span = tuple[float, float]


class Scraped(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds, but for the size."""

    loop: float
    """Of the event loop for one scrape: mean, what it does besides taken off."""
    answer: float
    """Until the answer was there: median."""
    lag: float
    """p99 of the answers to something else while a scrape was under way."""
    lag_without: float
    """The same while none was."""
    kilobytes: float


def measured(scrapes: int = SCRAPES, size: Size = SIZE) -> Scraped:
    """One daemon."""
    with standing(size) as all_of_it:
        pid, port = all_of_it.bridge.pid, all_of_it.bridge.http_port
        wait_idle(pid)
        loop, spans, length = _loop_time(pid, port, scrapes)
        during, besides = _lags(port, scrapes)
    return Scraped(
        loop=loop * 1e3,
        answer=statistics.median(end - begin for begin, end in spans) * 1e3,
        lag=statistics.quantiles(during, n=100)[98] * 1e3,
        lag_without=statistics.quantiles(besides, n=100)[98] * 1e3,
        kilobytes=length / 1e3,
    )


def _loop_time(pid: int, port: int, scrapes: int) -> tuple[float, list[Span], int]:
    """Seconds of the loop's thread for a scrape, when each was made, and the bytes of the last."""
    before, began = main_thread_seconds(pid), time.monotonic()
    time.sleep(scrapes * PAUSE_SECONDS)
    idle = (main_thread_seconds(pid) - before) / (time.monotonic() - began)
    before, began = main_thread_seconds(pid), time.monotonic()
    spans, length = _scrape(port, scrapes)
    used = main_thread_seconds(pid) - before - idle * (time.monotonic() - began)
    return used / scrapes, spans, length


def _scrape(port: int, scrapes: int) -> tuple[list[Span], int]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    spans, length = [], 0
    for _ in range(scrapes):
        time.sleep(PAUSE_SECONDS)
        began = time.monotonic()
        length = _get(connection, "/metrics")
        spans.append((began, time.monotonic()))
    connection.close()
    return spans, length


def _lags(port: int, scrapes: int) -> tuple[list[float], list[float]]:
    """How long answers took, during scrapes and besides."""
    asked: list[Span] = []
    is_over = threading.Event()

    def ask() -> None:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
        while not is_over.is_set():
            began = time.monotonic()
            _get(connection, "/livez")
            asked.append((began, time.monotonic()))
            time.sleep(LOOK_SECONDS)
        connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        spans, _ = _scrape(port, scrapes)
    finally:
        is_over.set()
        asking.join()
    during = [end - begin for begin, end in asked if _overlaps(spans, begin, end)]
    besides = [end - begin for begin, end in asked if not _overlaps(spans, begin, end)]
    return during, besides


def _overlaps(spans: Iterable[Span], begin: float, end: float) -> bool:
    return any(begin < last and end > first for first, last in spans)


def _get(connection: http.client.HTTPConnection, path: str) -> int:
    connection.request("GET", path)
    return len(connection.getresponse().read())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scrapes", type=int, default=SCRAPES)
    for name, value in msgspec.structs.asdict(measured(parser.parse_args().scrapes)).items():
        Console().print(f"{name:<12} {value:,.2f}")


if __name__ == "__main__":
    main()
