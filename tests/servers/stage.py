"""Callers and agents without phones on a real Asterisk, by the shipped dialplan and `dialplans/lab.conf`."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Mapping
from typing import Final

from tests.servers.ami import ActionFailedError, Control, Message, connected
from tests.servers.asterisk import LAB_SECRET, LAB_USER, Asterisk

EVENT_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.1
FIRST_ID: Final = 100_000
"""Above what Asterisk's own counter of channels reaches in a test: calls get their Uniqueid from us."""


def interface_of(agent: str) -> str:
    """What the queues dial for a scripted agent."""
    return f"Local/{agent}@lab-agents/n"


def state_interface_of(agent: str) -> str:
    """Whose state says whether a scripted agent is free."""
    return f"Local/{agent}@lab-agents"


class Call:
    """One caller's call, from dialling in to hanging up."""

    def __init__(self, stage: "Stage", number: str, serial: int) -> None:
        self.number = number
        self.uniqueid = f"{stage.epoch}.{FIRST_ID + 2 * serial}"
        """Of the channel that waits in the queue, as in events and in queue_log."""
        self.phone = f"{stage.epoch}.{FIRST_ID + 2 * serial + 1}"
        """Uniqueid of the channel that plays the caller's telephone."""
        self.joined = asyncio.Event()
        self.arrived = asyncio.Event()
        """In a queue, or gone without having been in one."""
        self.answered = asyncio.Event()
        self.gone = asyncio.Event()
        self._stage = stage

    def take(self, message: Message) -> None:
        """Note what an event says about this call."""
        match message["Event"]:
            case "QueueCallerJoin":
                self.joined.set()
                self.arrived.set()
            case "AgentConnect":
                self.answered.set()
            case "Hangup":
                self.gone.set()
                self.arrived.set()

    async def hang_up(self) -> None:
        """The caller hangs up; nothing happens when the call has ended already."""
        if not self.gone.is_set():
            self._stage.note(f"caller {self.number} hangs up")
            with contextlib.suppress(ActionFailedError):
                await self._stage.control.action("Hangup", Channel=self.phone, Cause="16")

    async def press(self, key: str) -> None:
        """The caller presses a key; nothing happens when the call has ended already."""
        if not self.gone.is_set():
            self._stage.note(f"caller {self.number} presses {key}")
            with contextlib.suppress(ActionFailedError):
                await self._stage.control.action("PlayDTMF", Channel=self.phone, Digit=key)


class Stage:
    """What people do, one method each; `notes` keeps what was done and when."""

    def __init__(self, asterisk: Asterisk, control: Control) -> None:
        self.asterisk = asterisk
        self.control = control
        self.epoch = int(time.time())  # noqa: TID251 - a Uniqueid begins with the wall clock
        self.notes: list[tuple[float, str]] = []
        """Seconds since the stage was set, and what was done then."""
        self.events: list[Message] = []
        self.calls: dict[str, Call] = {}
        """By Uniqueid."""
        self._start = time.monotonic()
        self._serials = itertools.count(1)
        self._news = asyncio.Event()
        control.listen(self._take)

    def note(self, text: str) -> None:
        """Write down that something is done now."""
        self.notes.append((time.monotonic() - self._start, text))

    async def call(
        self,
        queue: str,
        *,
        number: str = "",
        name: str = "",
        at_most: float = 0,
        goes_on_to: str = "",
        context: str = "line",
        phone: str = "stay",
    ) -> Call:
        """A caller dials in to `queue`.

        `at_most` (seconds; 0: for ever) and `goes_on_to` stand for WAIT_<queue> and NEXT_<queue> of extensions.conf;
        `context` is the dialplan that the caller meets, `phone` the extension of lab-callers that plays the caller.
        """
        serial = next(self._serials)
        call = Call(self, number or f"138{serial:08}", serial)
        self.calls[call.uniqueid] = call
        self.note(f"caller {call.number} dials in to {queue}")
        settings = {
            "__LAB_CALL": str(serial),
            f"WAIT_{queue}": f"{at_most:g}" if at_most else "",
            f"NEXT_{queue}": goes_on_to,
        }
        await self.control.action(
            "Originate",
            [("Variable", f"{key}={value}") for key, value in settings.items()],
            Channel=f"Local/{phone}@lab-callers/n",
            ChannelId=call.uniqueid,
            OtherChannelId=call.phone,
            Context=context,
            Exten=queue,
            Priority="1",
            CallerID=f'"{name}" <{call.number}>' if name else f"<{call.number}>",
            Async="true",
        )
        return call

    async def script(self, agent: str, *turns: str) -> None:
        """What the agent does with one ringing call after the other, in the words of `dialplans/lab.conf`."""
        self.note(f"agent {agent} will {', then '.join(turns)}")
        await self.control.action("Setvar", Variable=f"LAB_{agent}", Value="&".join(turns))
        await self.control.action("Setvar", Variable=f"LAB_PLAYED_{agent}", Value="0")

    async def dial(self, agent: str, code: str, *, context: str = "phones") -> None:
        """The agent dials a feature code, by default one of `dialplans/agents.conf`."""
        self.note(f"agent {agent} dials {code}")
        await self.control.action(
            "Originate",
            Channel="Local/stay@lab-callers/n",
            Context=context,
            Exten=code,
            Priority="1",
            CallerID=f"<{agent}>",
            Async="true",
        )

    async def join(self, agent: str, *queues: str, name: str = "", penalty: int = 0, paused: bool = False) -> None:
        """Make the agent a member of the queues, by AMI."""
        for queue in queues:
            self.note(f"agent {agent} joins {queue}" + (" paused" if paused else ""))
            await self.control.action(
                "QueueAdd",
                Queue=queue,
                Interface=interface_of(agent),
                MemberName=name or f"Agent {agent}",
                StateInterface=state_interface_of(agent),
                Penalty=str(penalty),
                Paused="true" if paused else "false",
            )

    async def leave(self, agent: str, *queues: str) -> None:
        """Take the agent out of the queues, by AMI."""
        for queue in queues:
            self.note(f"agent {agent} leaves {queue}")
            await self.control.action("QueueRemove", Queue=queue, Interface=interface_of(agent))

    async def pause(
        self, agent: str, reason: str = "", queue: str = "", *, paused: bool = True, interface: str = ""
    ) -> None:
        """Pause the agent in one queue, or in all at once; a second pause changes the reason."""
        words = f"pauses ({reason or 'no reason'})" if paused else "is ready"
        self.note(f"agent {agent} {words}{f' in {queue}' if queue else ''}")
        optional = [(key, value) for key, value in (("Queue", queue), ("Reason", reason)) if value]
        await self.control.action(
            "QueuePause",
            optional,
            Interface=interface or interface_of(agent),
            Paused="true" if paused else "false",
        )

    async def ready(self, agent: str, reason: str = "", queue: str = "", *, interface: str = "") -> None:
        """End the agent's pause in one queue, or in all."""
        await self.pause(agent, reason, queue, paused=False, interface=interface)

    async def withdraw(self, queue: str, call: Call, info: str = "") -> None:
        """A supervisor takes a waiting caller out of the queue."""
        self.note(f"caller {call.number} is withdrawn from {queue}")
        joined = await self.expect("QueueCallerJoin", Uniqueid=call.uniqueid)
        await self.control.action("QueueWithdrawCaller", Queue=queue, Caller=joined["Channel"], WithdrawInfo=info)

    async def expect(self, event: str, count: int = 1, *, within: float = EVENT_SECONDS, **headers: str) -> Message:
        """The `count`-th event with these headers since the stage was set, waiting for it where necessary."""
        async with asyncio.timeout(within):
            while len(found := self._seen(event, headers)) < count:
                self._news.clear()
                await self._news.wait()
        return found[count - 1]

    def count(self, event: str, **headers: str) -> int:
        """How many events with these headers have come since the stage was set."""
        return len(self._seen(event, headers))

    async def all_gone(self, within: float = EVENT_SECONDS) -> None:
        """Wait until no channel is left."""
        async with asyncio.timeout(within):
            for call in self.calls.values():
                await call.gone.wait()
            while await self.control.collect("CoreShowChannels"):  # noqa: ASYNC110 - not every channel is a call's
                await asyncio.sleep(POLL_SECONDS)

    def _seen(self, event: str, headers: Mapping[str, str]) -> list[Message]:
        wanted = {"Event": event, **headers}
        return [message for message in self.events if wanted.items() <= message.items()]

    def _take(self, message: Message) -> None:
        self.events.append(message)
        if (call := self.calls.get(message.get("Uniqueid", ""))) is not None:
            call.take(message)
        self._news.set()


@contextlib.asynccontextmanager
async def stage_on(asterisk: Asterisk) -> AsyncIterator[Stage]:
    """A stage on a running Asterisk."""
    async with connected(asterisk.port, LAB_USER, LAB_SECRET) as control:
        yield Stage(asterisk, control)
