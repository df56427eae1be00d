"""`ctibridge watch`: the live table of whatever publishes below the configured base."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

import aiomqtt
import structlog
from rich.console import Console
from rich.live import Live

from ctibridge.app.board import FAMILIES, Board
from ctibridge.app.board_table import BoardTable, plain_lines
from ctibridge.app.broker_reader import subscribed
from ctibridge.app.clock import wall
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.outputs.web.words import Words

DRAW_SECONDS: Final = 0.25
PLAIN_SECONDS: Final = 5.0
"""Between two pictures where there is no terminal."""
RETRY_SECONDS: Final = 2.0

log = structlog.get_logger(__name__)


class Watch:
    """Follows a broker and shows what it holds."""

    def __init__(self, settings: MqttSettings, words: Words, timezone: tzinfo, heading: Sequence[str] = ()) -> None:
        self.board = Board(settings.base)
        self._settings = settings
        self._words = words
        self._timezone = timezone
        self.heading = heading

    async def follow(self) -> None:
        """Keep the board as the broker has it, until cancelled."""
        is_known = False
        while True:
            try:
                async with subscribed(self._settings, [f"{self._settings.base}/{one}" for one in FAMILIES]) as client:
                    is_known = False
                    async for message in client.messages:
                        self.board.take(message.topic.value, bytes(message.payload or b""))
            except (aiomqtt.MqttError, OSError) as error:
                if not is_known:
                    log.warning("broker not connected", broker=self._settings.name, reason=str(error))
                is_known = True
            await asyncio.sleep(RETRY_SECONDS)

    async def show(self) -> None:
        """Draw until cancelled: a table on a terminal, lines elsewhere."""
        console = Console()
        if not console.is_terminal:
            await self._print(console)
        with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
            while True:
                live.update(self.table(), refresh=True)
                await asyncio.sleep(DRAW_SECONDS)

    def table(self) -> BoardTable:
        """The board now."""
        return BoardTable(self.board, self._words, self._now(), self.heading)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(wall(), self._timezone)

    async def _print(self, console: Console) -> None:
        while True:
            for line in plain_lines(self.board, self._now()):
                console.out(line, highlight=False)
            sys.stdout.flush()
            await asyncio.sleep(PLAIN_SECONDS)


async def watch_until(watch: Watch, stop: asyncio.Event) -> None:
    """Follow and show until ``stop`` is set."""
    tasks = [
        asyncio.create_task(watch.follow(), name="watch.follow"),
        asyncio.create_task(watch.show(), name="watch.show"),
    ]
    try:
        await stop.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
