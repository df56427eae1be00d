"""The caller's end of a call: what a person can do who is waiting or talking."""

import contextlib
from collections.abc import Iterator

from ctibridge.simulator import channel_events
from ctibridge.simulator.channels import Channel
from ctibridge.simulator.clockwork import Task
from ctibridge.simulator.events import EventStream

EXIT_CONTEXT = "exits"
"""Where a caller goes on who leaves the queue by a key (``context`` in queues.conf)."""


class Line:
    """A caller on the telephone."""

    def __init__(self, channel: Channel, events: EventStream) -> None:
        self.channel = channel
        self.has_hung_up = False
        self.is_answered = False
        """Whether an agent has taken the call."""
        self.was_abandoned = False
        """Whether a queue has let the caller go unserved."""
        self.key = ""
        """The digit that the caller pressed to get out of the queue."""
        self.withdrawal: str | None = None
        """The remark with which somebody asked to take the caller out of the queue, if anybody did."""
        self.goes_to = ""
        """The extension that an agent has sent the caller to."""
        self.task: Task | None = None
        """The thread of the caller's channel, which wants to know."""
        self._events = events

    def hang_up(self) -> None:
        """Put the receiver down, unless it is down already."""
        if not self.has_hung_up and self.task is not None and self.task.is_running:
            self.has_hung_up = True
            channel_events.hangup_request(self._events, self.channel)
            self.wake()

    def lose_patience(self) -> None:
        """Hang up if nobody has answered by now."""
        if not self.is_answered:
            self.hang_up()

    def withdraw(self, remark: str) -> None:
        """Ask to take the caller out of the queue; nobody wakes the thread, which sees it when it next looks."""
        self.withdrawal = remark

    def press(self, key: str) -> None:
        """Press a key; it does something only in a queue."""
        self.key = key
        self.wake()

    def go_to_exit(self) -> None:
        """The key that was pressed sends the caller elsewhere in the dialplan."""
        self.channel.context, self.channel.exten, self.channel.priority = EXIT_CONTEXT, self.key, 0

    @contextlib.contextmanager
    def on_the_way_out(self) -> Iterator[None]:
        """Let events know where the key leads; between it and its ``Newexten`` some do in Asterisk, and some do not."""
        channel = self.channel
        place = channel.context, channel.exten, channel.priority
        if self.key:
            self.go_to_exit()
        yield
        channel.context, channel.exten, channel.priority = place

    def wake(self) -> None:
        """Something happened that the channel's thread must look at."""
        if self.task is not None:
            self.task.wake()
