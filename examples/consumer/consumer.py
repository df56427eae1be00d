"""A consumer of ctibridge's events that misses none: reference and starting point for your own.

    pip install aiomqtt
    python consumer.py --host 127.0.0.1 --pbx pbx1 --api http://127.0.0.1:8080 --position position.json

Every event has a number; numbers have no gap within an epoch.  So whoever remembers the number that it handled last
knows what it missed: the connection was lost, the broker dropped what it could not keep, or this program was not
running.  What was missed is asked for over HTTP, in order, before anything newer is handled.  What the bridge does not
keep any more is reported as lost: then the retained states say how things stand now.
"""

import argparse
import asyncio
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiomqtt

Event = dict[str, Any]
RECONNECT_SECONDS = 1.0
PAGE = 500


class Position:
    """Which event was handled last, kept in a file so that a restart goes on from there."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.epoch: int
        self.sequence: int
        self.epoch, self.sequence = json.loads(file.read_text()) if file.exists() else (0, 0)

    def move(self, epoch: int, sequence: int) -> None:
        """After the event was handled, and not before: a crash then repeats it rather than losing it."""
        self.epoch, self.sequence = epoch, sequence
        aside = self._file.with_suffix(".new")
        aside.write_text(json.dumps([epoch, sequence]))
        aside.replace(self._file)


class Api:
    """What the bridge keeps of its events."""

    def __init__(self, address: str, pbx: str, token: str) -> None:
        self._address = f"{address}/api/v1/{urllib.parse.quote(pbx, safe='')}/events"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def after(self, epoch: int, sequence: int) -> list[Event]:
        """The next events; the oldest that are kept when those are gone (410).  Raises OSError."""
        try:
            return await asyncio.to_thread(self._ask, f"?limit={PAGE}&epoch={epoch}&after={sequence}")
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.GONE:
                raise
            return await asyncio.to_thread(self._ask, f"?limit={PAGE}")

    def _ask(self, query: str) -> list[Event]:
        request = urllib.request.Request(self._address + query, headers=self._headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return list(json.load(answer)["events"])


class Consumer:
    """Handles every event once, in order."""

    def __init__(self, position: Position, api: Api) -> None:
        self._position = position
        self._api = api

    def handle(self, event: Event) -> None:
        """Put your own work here."""
        print(event["sequence"], event["type"], event["subject"], flush=True)

    async def on_status(self, status: Event) -> None:
        """After each connect: what was missed is asked for at once, and not only when the next event shows it."""
        if status["sequence"] is None:  # The last will: the bridge is gone, and nobody knows its last number.
            return
        epoch, newest = status["epoch"], int(status["sequence"])
        if self._position.epoch == 0:  # The first start: the retained states include all that was before.
            self._position.move(epoch, newest)
        await self._catch_up(epoch, newest)
        while events := await self._asked():
            for event in events:
                self._take(event)

    async def on_event(self, event: Event) -> None:
        """An event from the broker; it may come twice, and others may be missing before it."""
        epoch, sequence = event["epoch"], int(event["sequence"])
        await self._catch_up(epoch, sequence - 1)
        self._take(event)

    async def _catch_up(self, epoch: int, until: int) -> None:
        """Handle all events up to a number."""
        place = self._position
        if epoch < place.epoch:
            return
        if epoch > place.epoch:
            print(f"epoch {epoch} begins; what {place.epoch} had beyond {place.sequence} is lost", file=sys.stderr)
            place.move(epoch, 0)
        while place.sequence < until:
            events = await self._asked()
            for event in events:
                self._take(event)
            if not events:
                self._lose(until)

    async def _asked(self) -> list[Event]:
        try:
            return await self._api.after(self._position.epoch, self._position.sequence)
        except OSError as error:
            print(f"the bridge cannot be asked: {error}", file=sys.stderr)
            return []

    def _take(self, event: Event) -> None:
        epoch, sequence = event["epoch"], int(event["sequence"])
        if (epoch, sequence) <= (self._position.epoch, self._position.sequence):
            return  # It was handled before: the broker may send it again, under the same id.
        if sequence > self._position.sequence + 1:
            self._lose(sequence - 1)
        self.handle(event)
        self._position.move(epoch, sequence)

    def _lose(self, until: int) -> None:
        """Put your own alarm here; then trust the retained states."""
        print(f"events {self._position.sequence + 1} to {until} are lost", file=sys.stderr)
        self._position.move(self._position.epoch, until)


def level(name: str) -> str:
    """A name as a topic level: other than letters, digits, _ and - is ~HH for each UTF-8 byte."""
    plain = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    return "".join(chr(byte) if byte in plain else f"~{byte:02X}" for byte in name.encode())


async def follow(options: argparse.Namespace) -> None:
    """Follow a PBX until cancelled."""
    root = f"{options.base}/{level(options.pbx)}"
    consumer = Consumer(Position(options.position), Api(options.api, options.pbx, options.token))
    while True:
        try:
            async with aiomqtt.Client(
                options.host, options.port, username=options.username, password=options.password
            ) as client:
                await client.subscribe([(f"{root}/event/#", 1), (f"{root}/status", 1)])
                async for message in client.messages:
                    document = json.loads(bytes(message.payload))
                    if message.topic.matches(f"{root}/status"):
                        await consumer.on_status(document)
                    else:
                        await consumer.on_event(document)
        except aiomqtt.MqttError as error:
            print(f"broker: {error}", file=sys.stderr)
            await asyncio.sleep(RECONNECT_SECONDS)


def main() -> None:
    """Read the command line and follow."""
    parser = argparse.ArgumentParser(description="Prints every event of a PBX once, in order.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--username")
    parser.add_argument("--password")
    parser.add_argument("--base", default="ctibridge/v1")
    parser.add_argument("--pbx", default="pbx1")
    parser.add_argument("--api", default="http://127.0.0.1:8080")
    parser.add_argument("--token", default="")
    parser.add_argument("--position", type=Path, default=Path("position.json"))
    asyncio.run(follow(parser.parse_args()))


if __name__ == "__main__":
    main()
