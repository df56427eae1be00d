"""A scripted AMI server on loopback: says what a test wants, and misbehaves on demand."""

import asyncio
import hashlib
import ssl
from typing import Self

from tests.unit.asterisk.frames import event, item, response, stream

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
SECRET = "s3cret"
CHALLENGE = "841415273"
Action = dict[str, str]


class AmiServer:
    """Speaks AMI to any number of connections; ``actions`` keeps what was received."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.actions: list[Action] = []
        self.logins = 0
        self.port = 0
        self.is_mute = False
        """Answer nothing more, but keep the connections open."""
        self.challenge = {"Challenge": CHALLENGE}
        self.denied: set[str] = set()
        self.banner = BANNER
        self.waiting = ["1.1"]
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def say(self, *frames: bytes) -> None:
        """Send frames to everybody."""
        self.send(stream(*frames))

    def send(self, data: bytes) -> None:
        """Send bytes to everybody."""
        for writer in self._writers:
            writer.write(data)

    async def drain(self) -> None:
        """Wait until the clients have taken in nearly all that was sent."""
        for writer in tuple(self._writers):
            await writer.drain()

    def cut(self) -> None:
        """Reset every connection."""
        for writer in self._writers:
            writer.transport.abort()

    def names(self) -> list[str]:
        """The actions received so far."""
        return [action["action"] for action in self.actions]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        writer.write(self.banner)
        try:
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                pairs = (line.partition(": ") for line in text.split("\r\n") if line)
                action = {name.lower(): value for name, _, value in pairs}
                self.actions.append(action)
                if not self.is_mute and not self._answer(action, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.close()

    def _answer(self, action: Action, writer: asyncio.StreamWriter) -> bool:
        name, identity = action["action"], action["actionid"]
        if name in self.denied:
            writer.write(stream(response(identity, "Error", Message="Permission denied")))
            return True
        if name == "Login" and not self._may_enter(action):
            writer.write(stream(response(identity, "Error", Message="Authentication failed")))
            return False
        self.logins += name == "Login"
        writer.write(stream(*self._frames(name, identity)))
        return True

    def _frames(self, name: str, identity: str) -> list[bytes]:
        match name:
            case "Challenge":
                return [response(identity, **self.challenge)]
            case "Login":
                welcome = response(identity, Message="Authentication accepted")
                return [welcome, event("FullyBooted", stamp=None, Status="Fully Booted")]
            case "Ping":
                return [response(identity, Ping="Pong", Timestamp="1795283200.000000")]
            case "CoreStatus":
                return [response(identity, CoreStartupDate="2026-11-21", CoreStartupTime="17:46:30")]
            case "ListCommands":
                listed = {"Ping": "Keepalive command. (Priv: <none>)", "Originate": "Call. (Priv: originate,all)"}
                reports = dict.fromkeys(("CoreStatus", "CoreShowChannels"), "text (Priv: system,reporting,all)")
                return [response(identity, **listed, **{k: v for k, v in reports.items() if k not in self.denied})]
            case "CoreShowChannels":
                return [
                    response(identity, EventList="start", Message="Channels will follow"),
                    item("CoreShowChannelsComplete", identity, EventList="Complete", ListItems="0"),
                ]
            case "QueueStatus":
                entries = [
                    item("QueueEntry", identity, Queue="sales", Position="1", Uniqueid=uniqueid, Wait="3")
                    for uniqueid in self.waiting
                ]
                return [
                    response(identity, EventList="start", Message="Queue status will follow"),
                    item("QueueParams", identity, Queue="sales"),
                    *entries,
                    item("QueueStatusComplete", identity, EventList="Complete", ListItems="2"),
                ]
        return [response(identity, "Error", Message=f"Invalid/unknown command: {name}")]

    def _may_enter(self, action: Action) -> bool:
        if "key" in action:
            key = hashlib.md5(f"{CHALLENGE}{SECRET}".encode(), usedforsecurity=False).hexdigest()
            return action["username"] == "ctibridge" and action["key"] == key
        return action["username"] == "ctibridge" and action["secret"] == SECRET
