"""A made centre as a server that speaks AMI to one client at a time, and does what its parent says.

    python -m tests.bench.pbx '{"agents": 1000, "queues": 40}'

Orders come on standard input, a JSON document a line; each is answered by one on standard output:

    {"do": "warm", "seconds": 60}                calls that nobody sees, so that the picture is one of a busy centre
    {"do": "burst", "events": 8000, "mark": "a"}  so many events as fast as they are read, with a mark at the end
    {"do": "play", "seconds": 60}                calls in real time; the answer says when each event was sent
    {"do": "cut"}                                the connection breaks; the answer comes after the next QueueStatus

It is a process of its own, so that what it costs is not counted.  Moments are of the monotonic clock.
"""

import json
import os
import select
import socket
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any, Final

import msgspec

from ctibridge.simulator.frames import Frame
from ctibridge.simulator.replies import Reply
from ctibridge.simulator.session import Account, Host, Session
from tests.bench.made import MadeCentre, Size
from tests.servers.asterisk import BRIDGE_SECRET, BRIDGE_USER
from tests.servers.ports import LOOPBACK

ACCOUNT: Final = Account(username=BRIDGE_USER, secret=BRIDGE_SECRET)
LOOK_SECONDS: Final = 0.001
CATCH_UP_SECONDS: Final = 1.0
CHUNK: Final = 1 << 16
MOST_SECONDS: Final = 60.0
"""For anything that a client is to do."""

Order = Mapping[str, Any]


class Server:
    """One centre, one listening socket, one client."""

    def __init__(self, size: Size) -> None:
        # The PBX's clock is ours as long as nothing is hurried; its picture is in the past of nobody.
        self._offset = time.time() - time.monotonic()  # noqa: TID251 - stamps are wall time
        self._centre = MadeCentre(size, self._now())
        self._socket = socket.create_server((LOOPBACK, 0))
        self._socket.settimeout(MOST_SECONDS)
        self._client: socket.socket | None = None
        self._session = self._new_session()
        self._listed_at = 0.0
        self._is_listed = False

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._socket.getsockname()[1]
        return port

    def serve(self) -> None:
        """Until there are no more orders."""
        while True:
            self._attend(LOOK_SECONDS * 10)
            if select.select([sys.stdin], [], [], 0)[0]:
                line = sys.stdin.readline()
                if not line:
                    return
                order = json.loads(line)
                say(self._orders()[order["do"]](order))

    def _orders(self) -> Mapping[str, Callable[[Order], object]]:
        return {"warm": self._warm, "burst": self._burst, "play": self._play, "cut": self._cut}

    # -- orders

    def _warm(self, order: Order) -> object:
        self._centre.warm_up(order["seconds"])
        self._follow_centre()
        return {"calls": self._centre.calls()}

    def _burst(self, order: Order) -> object:
        frames: list[Frame] = []
        while len(frames) < order["events"]:
            frames += self._centre.busy(1.0)
        frames += self._centre.mark(order["mark"])
        data = b"".join(self._session.deliver(frame) for frame in frames)
        self._follow_centre()
        began = time.monotonic()
        self._send(data)
        return {"events": len(frames), "bytes": len(data), "began": began, "sent": time.monotonic()}

    def _play(self, order: Order) -> object:
        sent: list[tuple[float, float]] = []
        self._catch_up()
        began = time.monotonic()
        while (now := time.monotonic()) < began + order["seconds"]:
            frames = list(self._centre.busy(max(0.0, self._now() - self._centre.now)))
            data = b"".join(self._session.deliver(frame) for frame in frames)
            now = time.monotonic()
            if data:
                self._send(data)
            sent += [(round(frame.stamp, 6), now) for frame in frames]
            self._attend(LOOK_SECONDS)
        return {"events": len(sent), "seconds": time.monotonic() - began, "sent": sent if order.get("told") else []}

    def _catch_up(self) -> None:
        """What became due while nothing was played comes all at once, and is no part of it."""
        until = time.monotonic() + CATCH_UP_SECONDS
        while time.monotonic() < until:
            data = b"".join(self._session.deliver(frame) for frame in self._centre.quiet(self._now()))
            self._send(data)
            self._attend(LOOK_SECONDS)

    def _cut(self, _: Order) -> object:
        self._hang_up()
        self._is_listed = False
        until = time.monotonic() + MOST_SECONDS
        while not self._is_listed and time.monotonic() < until:
            self._attend(LOOK_SECONDS)
        return {"listed": self._listed_at}

    # -- the client

    def _attend(self, seconds: float) -> None:
        """Let the client in, and answer what it asks."""
        if self._client is None:
            if not select.select([self._socket], [], [], seconds)[0]:
                return
            self._client = self._socket.accept()[0]
            # As Asterisk does; else an event waits up to 40 ms for the acknowledgement of the one before.
            self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._client.settimeout(MOST_SECONDS)
            self._session = self._new_session()
            self._send(self._session.greeting)
        elif select.select([self._client], [], [], seconds)[0]:
            self._hear(self._client)

    def _hear(self, client: socket.socket) -> None:
        try:
            data = client.recv(CHUNK)
        except OSError:
            data = b""
        if not data:
            self._hang_up()
            return
        for answer in self._session.receive(data):
            self._send(answer)
            if b"\r\nEvent: QueueStatusComplete\r\n" in answer[-500:]:
                self._listed_at, self._is_listed = time.monotonic(), True

    def _send(self, data: bytes) -> None:
        if self._client is None:
            return
        try:
            self._client.sendall(data)
        except OSError:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _new_session(self) -> Session:
        return Session(ACCOUNT, Host(self._perform, lambda: 60), Random(1))

    def _perform(self, action: Mapping[str, str]) -> tuple[Reply, ...]:
        frames: Iterable[Frame] = self._centre.quiet(self._now())
        for frame in frames:
            self._send(self._session.deliver(frame))
        return self._centre.act(action)

    # -- time

    def _now(self) -> float:
        return time.monotonic() + self._offset

    def _follow_centre(self) -> None:
        """The PBX's clock goes on from where hurried calls have brought it."""
        self._offset = max(self._offset, self._centre.now - time.monotonic())


def say(value: object) -> None:
    """One document to the parent."""
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until standard input ends."""
    server = Server(msgspec.json.decode(sys.argv[1], type=Size))
    say({"port": server.port, "pid": os.getpid()})
    server.serve()


if __name__ == "__main__":
    main()
