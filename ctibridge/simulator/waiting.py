"""A caller's stay in a queue: the application ``Queue()``, in the order in which app_queue does things.

app_queue gives every caller a thread.  While others have the first claim to the free members it looks once a second
whether its turn has come; then it lets members ring, round after round with ``retry`` seconds in between.
What it writes when a caller leaves differs with the reason, also in order, and clients must tell them apart by that.
"""

from enum import Enum

from ctibridge.simulator import channel_events, queue_events
from ctibridge.simulator.channels import UNKNOWN, Channel
from ctibridge.simulator.clockwork import Steps
from ctibridge.simulator.conversation import Conversation
from ctibridge.simulator.devices import DeviceState
from ctibridge.simulator.exchange import Exchange
from ctibridge.simulator.lines import Line
from ctibridge.simulator.membership import Membership
from ctibridge.simulator.queue_log import NOBODY
from ctibridge.simulator.queues import Entry, Queue
from ctibridge.simulator.ringing import Answered, Failure, Round
from ctibridge.simulator.telephones import Telephones

RECHECK = 1.0
"""Seconds between two looks of a waiting caller's thread."""
WITHDRAW_REMARK = 40
"""Characters of a remark that queue_log keeps."""
DURATIONS = ("ANSWEREDTIME", "DIALEDTIME", "QUEUEWAIT")


class Exit(Enum):
    """Why the stay is over."""

    ANSWERED = "ANSWERED"
    HUNG_UP = "HUNG_UP"
    KEY = "KEY"
    WITHDRAWN = "WITHDRAW"
    TIMEOUT = "TIMEOUT"
    FULL = "FULL"
    JOIN_EMPTY = "JOINEMPTY"
    LEAVE_EMPTY = "LEAVEEMPTY"
    NO_SUCH_QUEUE = "UNKNOWN"


LET_GO = {Exit.WITHDRAWN, Exit.TIMEOUT, Exit.FULL, Exit.JOIN_EMPTY, Exit.LEAVE_EMPTY, Exit.NO_SUCH_QUEUE}
"""Those after which ``QUEUESTATUS`` says why, and the call goes on in the dialplan."""


class QueueApplication:
    """``Queue(name,,,,timeout)`` for any caller."""

    def __init__(self, exchange: Exchange, membership: Membership, telephones: Telephones) -> None:
        self._exchange = exchange
        self._membership = membership
        self._telephones = telephones

    def run(self, line: Line, queue_name: str, timeout: int = 0) -> Steps[Exit]:
        """Keep the caller until an agent has served the caller, or something else ends the stay."""
        for variable in DURATIONS:
            for name in (variable, f"{variable}_MS"):
                channel_events.var_set(self._exchange.events, line.channel, name, "")
        if line.was_abandoned:
            channel_events.var_set(self._exchange.events, line.channel, "ABANDONED", "")
        queue = self._exchange.queues.get(queue_name)
        refusal = self._refusal(queue)
        if queue is None or refusal is not None:
            leaving = refusal or Exit.NO_SUCH_QUEUE
            self._set_status(line.channel, leaving)
            return leaving
        start = self._exchange.second
        entry = Entry(line, queue, start=start, expires=start + timeout if timeout else 0)
        self._join(entry)
        leaving = yield from self._wait(entry)
        if leaving is not Exit.ANSWERED:
            self._leave_unserved(entry, leaving)
        return leaving

    @staticmethod
    def _refusal(queue: Queue | None) -> Exit | None:
        if queue is None:
            return Exit.NO_SUCH_QUEUE
        if queue.is_empty(queue.spec.join_empty):
            return Exit.JOIN_EMPTY
        if queue.spec.maxlen and len(queue.callers) >= queue.spec.maxlen:
            return Exit.FULL
        return None

    def _join(self, entry: Entry) -> None:
        queue, channel = entry.queue, entry.channel
        queue.join(entry)
        if len(queue.callers) == 1:
            self._exchange.devices.set_queue(f"Queue:{queue.name}", DeviceState.RINGING)
        queue_events.caller_join(self._exchange.events, entry)
        number = "" if channel.caller_number == UNKNOWN else channel.caller_number
        self._log(entry, "ENTERQUEUE", "", number, entry.original_position)

    def _wait(self, entry: Entry) -> Steps[Exit]:
        ended: Exit | None = None
        while ended is None:
            ended = yield from self._await_turn(entry)
            if ended is None:
                ended = yield from self._serve(entry)
            if ended is None:
                ended = yield from self._pause(entry, entry.queue.spec.retry)
        return ended

    def _await_turn(self, entry: Entry) -> Steps[Exit | None]:
        """Wait behind others; None when the turn has come."""
        while True:
            if entry.line.withdrawal is not None:
                return Exit.WITHDRAWN
            if entry.queue.is_turn_of(entry, self._exchange.clock.now) or entry.has_expired(self._exchange.second):
                return None
            if entry.queue.is_empty(entry.queue.spec.leave_when_empty):
                return Exit.LEAVE_EMPTY
            ended = yield from self._pause(entry, RECHECK)
            if ended is not None:
                return ended

    def _serve(self, entry: Entry) -> Steps[Exit | None]:
        """One round of ringing; None when nobody answered and the caller may stay."""
        if entry.line.withdrawal is not None:
            return Exit.WITHDRAWN
        if entry.has_expired(self._exchange.second):
            return Exit.TIMEOUT
        outcome = yield from Round(self._exchange, self._telephones, entry).play()
        if isinstance(outcome, Answered):
            yield from self._talk(entry, outcome)
            return Exit.ANSWERED
        if outcome is not Failure.NOBODY:
            return Exit.HUNG_UP if outcome is Failure.HUNG_UP else Exit.KEY
        if entry.queue.is_empty(entry.queue.spec.leave_when_empty):
            return Exit.LEAVE_EMPTY
        return Exit.TIMEOUT if entry.has_expired(self._exchange.second) else None

    def _talk(self, entry: Entry, answered: Answered) -> Steps[None]:
        entry.line.is_answered = True
        self._leave(entry)
        conversation = Conversation(self._exchange, self._membership, self._telephones, answered)
        yield from conversation.play()

    def _pause(self, entry: Entry, seconds: float) -> Steps[Exit | None]:
        """Let the caller listen to music; not None when the caller had enough."""
        end = self._exchange.clock.now + seconds
        while not (entry.line.has_hung_up or entry.line.key) and self._exchange.clock.now < end:
            yield end
        if entry.line.has_hung_up:
            return Exit.HUNG_UP
        return Exit.KEY if entry.line.key else None

    def _leave_unserved(self, entry: Entry, leaving: Exit) -> None:
        # When app_queue itself sends the caller away, it does so before it notes the durations.
        if leaving in {Exit.TIMEOUT, Exit.LEAVE_EMPTY}:
            self._send_away(entry, leaving)
            self._note_durations(entry)
        else:
            self._note_durations(entry)
            self._let_leave(entry, leaving)
        self._leave(entry)
        if leaving in LET_GO:
            self._set_status(entry.channel, leaving)

    def _send_away(self, entry: Entry, leaving: Exit) -> None:
        self._abandon(entry)
        record = "EXITWITHTIMEOUT" if leaving is Exit.TIMEOUT else "EXITEMPTY"
        self._log(entry, record, *self._figures(entry))

    def _let_leave(self, entry: Entry, leaving: Exit) -> None:
        if leaving is Exit.KEY:
            self._go_to_exit(entry)
            self._log(entry, "EXITWITHKEY", entry.line.key, *self._figures(entry))
            return
        self._abandon(entry)
        if leaving is Exit.HUNG_UP:
            self._log(entry, "ABANDON", *self._figures(entry))
            return
        remark = entry.line.withdrawal or ""
        self._log(entry, "WITHDRAW", *self._figures(entry), remark[:WITHDRAW_REMARK])
        channel_events.var_set(self._exchange.events, entry.channel, "QUEUE_WITHDRAW_INFO", remark)

    def _go_to_exit(self, entry: Entry) -> None:
        """Tell where the key leads; that comes before the caller has left the queue."""
        channel = entry.channel
        entry.line.go_to_exit()
        channel_events.newexten(self._exchange.events, channel, channel.application, channel.application_data)

    def _abandon(self, entry: Entry) -> None:
        hold = self._hold(entry)
        entry.line.was_abandoned = True
        channel_events.var_set(self._exchange.events, entry.channel, "ABANDONED", "TRUE")
        queue_events.caller_abandon(self._exchange.events, entry, hold)
        entry.queue.note_abandon(hold)

    def _leave(self, entry: Entry) -> None:
        queue = entry.queue
        queue.leave(entry)
        if not queue.callers:
            self._exchange.devices.set_queue(f"Queue:{queue.name}", DeviceState.NOT_INUSE)
        queue_events.caller_leave(self._exchange.events, entry)
        channel_events.var_set(self._exchange.events, entry.channel, "QUEUEPOSITION", entry.position)

    def _note_durations(self, entry: Entry) -> None:
        events, channel = self._exchange.events, entry.channel
        channel_events.duration_set(events, channel, "QUEUEWAIT", self._hold(entry) * 1000)
        dialed = int((self._exchange.clock.now - channel.created) * 1000)
        channel_events.duration_set(events, channel, "DIALEDTIME", dialed)
        channel_events.duration_set(events, channel, "ANSWEREDTIME", 0)

    def _set_status(self, channel: Channel, leaving: Exit) -> None:
        channel_events.var_set(self._exchange.events, channel, "QUEUESTATUS", leaving.value)

    def _hold(self, entry: Entry) -> int:
        return self._exchange.second - entry.start

    def _figures(self, entry: Entry) -> tuple[int, int, int]:
        return entry.position, entry.original_position, self._hold(entry)

    def _log(self, entry: Entry, event: str, *data: object) -> None:
        self._exchange.queue_log.write(entry.channel.uniqueid, entry.queue.name, NOBODY, event, *data)
