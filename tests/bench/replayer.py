"""A server that looks like AMI, answers what a client asks first, and then sends a stream as fast as it is read.

    python -m tests.bench.replayer --laps 3 [--queues] [--rate EVENTS]

Prints its port, serves one client, and ends with it.  It is a process of its own, so that what it costs is not counted.
"""

import argparse
import select
import socket
import time
from typing import Final

from tests.bench.stream import laps, of_queues, recorded

QUIET_SECONDS: Final = 1.0
"""A client that has asked nothing for so long is ready."""
MOST_SECONDS: Final = 300.0
CHUNK: Final = 1 << 18
GREETING: Final = b"Asterisk Call Manager/11.0.0\r\n"
FULLY_BOOTED: Final = "Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"


def answer(action: dict[str, str], now: float) -> bytes:
    """What Asterisk with one empty queue would say."""
    name, number = action.get("action", "").lower(), action.get("actionid", "")
    identity = f"ActionID: {number}\r\n" if number else ""
    yes = f"Response: Success\r\n{identity}"
    match name:
        case "challenge":
            text = f"{yes}Challenge: 123456789\r\n\r\n"
        case "login":
            text = f"{yes}Message: Authentication accepted\r\n\r\n{FULLY_BOOTED}"
        case "ping":
            text = f"{yes}Ping: Pong\r\nTimestamp: {now:.6f}\r\n\r\n"
        case "listcommands":
            text = f"{yes}Ping: Keepalive. (Priv: <none>)\r\nCoreStatus: Status. (Priv: system,reporting,all)\r\n\r\n"
        case "corestatus":
            text = f"{yes}CoreStartupDate: 2026-01-01\r\nCoreStartupTime: 00:00:00\r\nCoreCurrentCalls: 0\r\n\r\n"
        case "queuestatus":
            item = f"Event: QueueStatusComplete\r\n{identity}EventList: Complete\r\nListItems: 0\r\n\r\n"
            text = f"{yes}EventList: start\r\nMessage: Queue status will follow\r\n\r\n{item}"
        case "coreshowchannels":
            item = f"Event: CoreShowChannelsComplete\r\n{identity}EventList: Complete\r\nListItems: 0\r\n\r\n"
            text = f"{yes}EventList: start\r\nMessage: Channels will follow\r\n\r\n{item}"
        case _:
            text = f"{yes}Message: Fine\r\n\r\n"
    return text.encode()


class Client:
    """The one client: its questions are answered, then the stream goes to it."""

    def __init__(self, connection: socket.socket, stream: bytes, began: float) -> None:
        self._connection = connection
        self._stream = stream
        self._began = began
        self._asked = b""

    def serve(self, rate: float | None, per_event: float) -> None:
        """Until the client goes."""
        self._connection.sendall(GREETING)
        self._answer_until_quiet()
        sent, started = 0, time.monotonic()
        while sent < len(self._stream):
            size = CHUNK
            if rate is not None:
                due = int((time.monotonic() - started) * rate * per_event)
                size = max(0, min(CHUNK, due - sent))
                if not size:
                    time.sleep(0.001)
                    continue
            self._connection.sendall(self._stream[sent : sent + size])
            sent += size
        while self._answer(1.0):
            continue

    def _answer_until_quiet(self) -> None:
        heard = time.monotonic()
        while time.monotonic() - heard < QUIET_SECONDS:
            before = self._asked
            if not self._answer(0.05):
                return
            heard = heard if self._asked == before else time.monotonic()

    def _answer(self, wait: float) -> bool:
        """Answer what comes within some seconds; False when the client is gone."""
        if not select.select([self._connection], [], [], wait)[0]:
            return True
        data = self._connection.recv(1 << 16)
        self._asked += data
        *whole, rest = self._asked.replace(b"\r\n", b"\n").split(b"\n\n")
        self._asked = rest or b" "
        for text in whole:
            lines = (line.partition(":") for line in text.decode().strip().splitlines())
            action = {key.strip().lower(): value.strip() for key, _, value in lines}
            self._connection.sendall(answer(action, self._began))
        return bool(data)


def main() -> None:
    """Serve one client."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--laps", type=int, default=1)
    parser.add_argument("--queues", action="store_true", help="events of queues and agents only")
    parser.add_argument("--rate", type=float, help="events a second; as fast as they are read without it")
    options = parser.parse_args()
    frames = of_queues(recorded()) if options.queues else recorded()
    stream = laps(frames, options.laps)
    began = float(stream.partition(b"Timestamp: ")[2].partition(b"\r")[0])
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(MOST_SECONDS)
        print(server.getsockname()[1], flush=True)  # noqa: T201 - this is how the bench learns it
        connection, _ = server.accept()
        connection.settimeout(MOST_SECONDS)
        with connection:
            Client(connection, stream, began).serve(options.rate, len(stream) / (len(frames) * options.laps))


if __name__ == "__main__":
    main()
