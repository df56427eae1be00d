"""The simulated PBX on the network: AMI over TCP, for several clients at once."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from ctibridge.simulator.frames import Frame
from ctibridge.simulator.lines import Line
from ctibridge.simulator.pbx import Pbx
from ctibridge.simulator.replies import Reply
from ctibridge.simulator.script import Caller, Plan, Reaction
from ctibridge.simulator.session import Account, Host, Session
from ctibridge.simulator.speed import faster

READ_SIZE = 65536
DEFAULT_WRITE_TIMEOUT = 5.0
"""Seconds; ``writetimeout = 5000`` of manager.conf."""


class SimulatedPbx:
    """A PBX that plays a plan in real time and tells everybody who logs in about it.

    Use it as an asynchronous context manager; the plan starts when the port is open.
    """

    def __init__(  # noqa: PLR0913 - a user of manager.conf, an address, and how to play
        self,
        plan: Plan,
        *,
        clock: Callable[[], float],
        username: str,
        secret: str,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        seed: int = 0,
        queue_log: Path | None = None,
        write_timeout: float = DEFAULT_WRITE_TIMEOUT,
    ) -> None:
        """``clock`` gives epoch seconds and never goes back; ``port`` 0 takes a free one; ``speed`` divides every
        duration of the plan; ``seed`` is for challenges; who takes nothing for ``write_timeout`` seconds is cut.
        """
        self._plan = plan if speed == 1.0 else faster(plan, speed)
        self._clock = clock
        self._account = Account(username=username, secret=secret)
        self._host = host
        self.port = port
        """Where AMI is to be found; known when the PBX runs."""
        self._random = Random(seed)
        self._queue_log = queue_log
        self._write_timeout = write_timeout
        self._clients: dict[_Client, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._idle = asyncio.Event()

    @property
    def queue_log(self) -> tuple[str, ...]:
        """The records of queue_log so far."""
        return self._pbx.queue_log

    async def until_idle(self) -> None:
        """Wait until the plan is over, and every call with it."""
        await self._idle.wait()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    def call(self, caller: Caller) -> "LiveCall":
        """Somebody dials in now, whatever the plan says; ``at`` of the caller does not matter."""
        line = self._pbx.call(caller, self._clock())
        self._changed.set()
        return LiveCall(line, self._catch_up)

    def teach(self, interface: str, reactions: Iterable[Reaction]) -> None:
        """From now on, whoever is at this interface does these one after the other, and then lets it ring."""
        self._pbx.teach(interface, reactions)

    def cut_connections(self) -> None:
        """Break every client's connection, as a failing network does; they may come again."""
        for client in self._clients:
            client.cut()

    async def __aenter__(self) -> Self:
        self._started = self._clock()
        self._pbx = Pbx(self._plan, self._started, queue_log=self._queue_log)
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self._server = await asyncio.start_server(self._accept, self._host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        self._player = self._tasks.create_task(self._play(), name="simulated-pbx.player")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()
        for task in (self._player, *self._clients.values()):
            task.cancel()
        await self._tasks.__aexit__(kind, error, traceback)
        await self._server.wait_closed()

    async def _play(self) -> None:
        while True:
            self._changed.clear()
            self._advance()
            deadline = self._pbx.next_deadline()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if deadline is None else max(0.0, deadline - self._clock())):
                    await self._changed.wait()

    def _catch_up(self) -> None:
        self._advance()
        self._changed.set()

    def _advance(self) -> None:
        """Let the PBX catch up with the clock, and tell everybody what happened."""
        for frame in self._pbx.advance(self._clock()):
            for client in self._clients:
                client.deliver(frame)
        if self._pbx.is_idle:
            self._idle.set()
        else:
            self._idle.clear()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self._account, Host(self._perform, self._uptime), self._random)
        client = _Client(session, writer, self._write_timeout)
        self._clients[client] = self._tasks.create_task(self._serve(reader, client), name="simulated-pbx.client")

    async def _serve(self, reader: asyncio.StreamReader, client: "_Client") -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(client.write(), name="simulated-pbx.writer")
                tasks.create_task(self._converse(reader, client), name="simulated-pbx.reader")
        finally:
            del self._clients[client]
            client.cut()

    async def _converse(self, reader: asyncio.StreamReader, client: "_Client") -> None:
        client.send(client.session.greeting)
        with contextlib.suppress(ConnectionError):
            while not client.session.is_over and (data := await reader.read(READ_SIZE)):
                for answer in client.session.receive(data):
                    if client.session.penalty:
                        await asyncio.sleep(client.session.penalty)
                    client.send(answer)
                    # Events that an action causes come after its answer.
                    self._advance()
                self._changed.set()
        client.finish()

    def _perform(self, action: Mapping[str, str]) -> tuple[Reply, ...]:
        self._advance()
        return self._pbx.act(action, self._clock())

    def _uptime(self) -> int:
        return int(self._clock() - self._started)


class LiveCall:
    """A caller whom somebody plays by hand."""

    def __init__(self, line: Line, catch_up: Callable[[], None]) -> None:
        self._line = line
        self._catch_up = catch_up

    @property
    def uniqueid(self) -> str:
        """The call's id in events and in queue_log."""
        return self._line.channel.uniqueid

    def hang_up(self) -> None:
        """Put the receiver down now; nothing happens when the call has ended already."""
        self._catch_up()
        self._line.hang_up()
        self._catch_up()

    def press(self, key: str) -> None:
        """Press a key that leads out of the queue."""
        self._catch_up()
        self._line.press(key)
        self._catch_up()


class _Client:
    """A connected client and what is still to be sent to it."""

    def __init__(self, session: Session, writer: asyncio.StreamWriter, write_timeout: float) -> None:
        self.session = session
        self._writer = writer
        self._write_timeout = write_timeout
        # Asterisk's event queue has no limit either; a client that does not keep up is cut by the write timeout.
        self._outbox: asyncio.Queue[bytes | None] = asyncio.Queue()
        writer.transport.set_write_buffer_limits(high=0)

    def deliver(self, frame: Frame) -> None:
        """Send an event if the client wants its kind."""
        if data := self.session.deliver(frame):
            self.send(data)

    def send(self, data: bytes) -> None:
        """Send soon, in order."""
        self._outbox.put_nowait(data)

    def finish(self) -> None:
        """Hang up when everything is sent."""
        self._outbox.put_nowait(None)

    def cut(self) -> None:
        """Hang up now."""
        self._writer.transport.abort()

    async def write(self) -> None:
        """Send what there is, until the end or until the client has taken nothing for too long."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            while (data := await self._outbox.get()) is not None:
                self._writer.write(data)
                if self._outbox.empty() or self._writer.transport.get_write_buffer_size():
                    async with asyncio.timeout(self._write_timeout):
                        await self._writer.drain()
            self._writer.close()
            await self._writer.wait_closed()
        self.cut()
