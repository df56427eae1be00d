"""Waiting with a deadline, for what no event announces."""

import asyncio
import socket
import time
from collections.abc import Callable

from tests.servers.ports import LOOPBACK


def wait_until(condition: Callable[[], bool], what: str, within: float = 30.0, interval: float = 0.05) -> None:
    """Return when `condition` holds; TimeoutError names `what` after `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {within:g} s for {what}")
        time.sleep(interval)


async def eventually(condition: Callable[[], bool], what: str, within: float = 30.0, interval: float = 0.05) -> None:
    """`wait_until` for asynchronous tests."""
    try:
        async with asyncio.timeout(within):
            while not condition():  # noqa: ASYNC110 - the condition is outside of this process
                await asyncio.sleep(interval)
    except TimeoutError as error:
        raise TimeoutError(f"waited {within:g} s for {what}") from error


def listens(port: int) -> bool:
    """Whether something accepts TCP connections on `port`."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0):
            return True
    except OSError:
        return False
