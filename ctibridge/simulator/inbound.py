"""Callers dialling in, and the dialplan that they meet: ``Answer()``, ``Queue()``, ``Hangup()``."""

from ctibridge.simulator import channel_events
from ctibridge.simulator.channels import UNKNOWN, Channel, ChannelState
from ctibridge.simulator.clockwork import Alarm, Steps
from ctibridge.simulator.devices import DeviceState
from ctibridge.simulator.exchange import Exchange
from ctibridge.simulator.lines import Line
from ctibridge.simulator.script import Caller
from ctibridge.simulator.waiting import LET_GO, Exit, QueueApplication

TRUNK = "PJSIP/trunk"
MOVE = "move:"
"""Beginning of a withdrawal's remark that names another queue."""
ANSWER_DELAY = 0.02
"""Seconds that ``Answer()`` waits for sound to flow."""


class Inbound:
    """Takes calls from the trunk."""

    def __init__(self, exchange: Exchange, queue_application: QueueApplication) -> None:
        self._exchange = exchange
        self._queue_application = queue_application

    def call(self, caller: Caller) -> Line:
        """Somebody dials in now."""
        channel = self._exchange.channels.create(TRUNK, device=TRUNK)
        channel.state = ChannelState.RING
        channel.caller_number = caller.number or UNKNOWN
        channel.caller_name = caller.name or UNKNOWN
        channel.exten = caller.queue
        line = Line(channel, self._exchange.events)
        line.task = self._exchange.clock.start(self._dialplan(line, caller))
        self._exchange.processed_calls += 1
        self._exchange.current_calls += 1
        return line

    def _dialplan(self, line: Line, caller: Caller) -> Steps[None]:
        events, channel, clock = self._exchange.events, line.channel, self._exchange.clock
        channel_events.newchannel(events, channel)
        channel_events.newexten(events, channel, "Answer")
        channel_events.newstate(events, channel, ChannelState.UP)
        self._exchange.devices.follow(TRUNK, DeviceState.INUSE)
        yield clock.now + ANSWER_DELAY
        alarms = self._play(line, caller)
        leaving = yield from self._queue(line, caller.queue, caller.timeout)
        if caller.overflow and leaving in LET_GO - {Exit.WITHDRAWN}:
            channel.exten = caller.overflow
            self._step(channel, 1, "Answer")
            leaving = yield from self._queue(line, caller.overflow, caller.overflow_timeout)
        while leaving is Exit.WITHDRAWN and (queue := self._moved_to(line)):
            channel.exten = queue
            self._step(channel, 1, "Answer")
            leaving = yield from self._queue(line, queue, caller.timeout)
        while leaving is Exit.ANSWERED and (queue := self._sent_to(line)):
            channel.exten = queue
            self._step(channel, 1, "Answer")
            leaving = yield from self._queue(line, queue, 0)
        for alarm in alarms:
            alarm.cancel()
        if leaving is Exit.KEY:
            self._step(channel, 1, "NoOp", "out by key")
        if leaving not in {Exit.ANSWERED, Exit.HUNG_UP}:
            self._step(channel, channel.priority + 1, "Hangup")
        self._hang_up(channel, leaving)

    def _queue(self, line: Line, name: str, timeout: int) -> Steps[Exit]:
        self._step(line.channel, 2, "Queue", f"{name},,,,{timeout}" if timeout else name)
        return (yield from self._queue_application.run(line, name, timeout))

    def _moved_to(self, line: Line) -> str:
        """The queue that a withdrawal names (``move:sales``), as dialplans/inbound.conf heeds it; "" for none."""
        remark, line.withdrawal = line.withdrawal or "", None
        name = remark.removeprefix(MOVE) if remark.startswith(MOVE) else ""
        return name if name and self._exchange.queues.get(name) is not None else ""

    def _sent_to(self, line: Line) -> str:
        """The queue that an agent has sent the caller to; "" for another number, where the call just ends."""
        name, line.goes_to = line.goes_to, ""
        return name if name and self._exchange.queues.get(name) is not None else ""

    def _play(self, line: Line, caller: Caller) -> list[Alarm]:
        """Arrange what the caller will do by himself."""
        clock = self._exchange.clock
        alarms = []
        if caller.patience is not None:
            alarms.append(clock.after(caller.patience, line.lose_patience))
        if caller.stay is not None:
            alarms.append(clock.after(caller.stay, line.hang_up))
        if caller.exit_key is not None:
            seconds, key = caller.exit_key
            alarms.append(clock.after(seconds, lambda: line.press(key)))
        if caller.withdrawn is not None:
            seconds, remark = caller.withdrawn
            alarms.append(clock.after(seconds, lambda: line.withdraw(remark)))
        return alarms

    def _step(self, channel: Channel, priority: int, application: str, data: str = "") -> None:
        channel.priority = priority
        channel_events.newexten(self._exchange.events, channel, application, data)

    def _hang_up(self, channel: Channel, leaving: Exit) -> None:
        # No cause is known for a caller who hung up while nobody had answered.
        cause = 0 if leaving is Exit.HUNG_UP else channel_events.NORMAL_CLEARING
        channel_events.soft_hangup_request(self._exchange.events, channel)
        channel_events.hangup(self._exchange.events, channel, cause)
        self._exchange.drop(channel)
        self._exchange.current_calls -= 1
