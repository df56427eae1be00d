"""Who is a member of which queue, who is paused, and what queues learn of their members' telephones."""

from enum import Enum

from ctibridge.simulator import queue_events
from ctibridge.simulator.devices import DeviceState
from ctibridge.simulator.exchange import Exchange
from ctibridge.simulator.queue_log import NOBODY
from ctibridge.simulator.queues import Member, Queue

MANAGER = "MANAGER"
"""What queue_log has in place of a call when somebody becomes or ceases to be a member by AMI."""


class Change(Enum):
    """How a wish about a membership ended."""

    DONE = "done"
    NO_SUCH_QUEUE = "no such queue"
    NOT_NEEDED = "already a member, or not a member"


class Membership:
    """Adds, removes and pauses members, and follows their devices."""

    def __init__(self, exchange: Exchange, *, shared_lastcall: bool) -> None:
        self._exchange = exchange
        self._shared_lastcall = shared_lastcall
        exchange.devices.listen(self._device_changed)

    def add(  # noqa: PLR0913 - as many facts as QueueAdd takes
        self,
        queue_name: str,
        interface: str,
        *,
        name: str = "",
        state_interface: str = "",
        paused: bool = False,
        reason: str = "",
        penalty: int = 0,
        wrapuptime: int = 0,
    ) -> Change:
        """Make an interface a member of a queue."""
        queue = self._exchange.queues.get(queue_name)
        if queue is None:
            return Change.NO_SUCH_QUEUE
        if queue.member(interface) is not None:
            return Change.NOT_NEEDED
        member = Member(
            interface=interface,
            name=name or interface,
            state_interface=state_interface or interface,
            logged_in_at=self._exchange.second,
        )
        member.penalty, member.wrapuptime = penalty, wrapuptime
        member.status = self._exchange.devices.state(member.device)
        member.paused, member.paused_reason = paused, reason
        member.last_pause = self._exchange.second if paused else 0
        queue.add(member)
        self._show_pause(queue, member, paused=paused)
        self._publish("QueueMemberAdded", queue, member)
        if queue.is_available(member, self._exchange.clock.now):
            self._show_availability(queue, available=True)
        self._exchange.queue_log.write(MANAGER, queue_name, member.name, "ADDMEMBER", "PAUSED" if paused else "")
        return Change.DONE

    def remove(self, queue_name: str, interface: str) -> Change:
        """End a membership; a call in progress goes on."""
        queue = self._exchange.queues.get(queue_name)
        if queue is None:
            return Change.NO_SUCH_QUEUE
        member = queue.member(interface)
        if member is None:
            return Change.NOT_NEEDED
        self._publish("QueueMemberRemoved", queue, member)
        self._exchange.queues.pending.discard(member.interface)
        self._show_pause(queue, member, paused=False)
        queue.remove(member)
        if not queue.available_members(self._exchange.clock.now):
            self._show_availability(queue, available=False)
        self._exchange.queue_log.write(MANAGER, queue_name, member.name, "REMOVEMEMBER", "")
        return Change.DONE

    def pause(self, interface: str, *, paused: bool, reason: str = "", queue_name: str = "") -> bool:
        """Pause or unpause a member in one queue, or in all of its queues; False when it is a member of none of them.

        A pause of a paused member is a new pause with a new reason, and app_queue logs it as such.
        """
        memberships = [
            (queue, member)
            for queue, member in self._exchange.queues.with_member(interface)
            if not queue_name or queue.name.lower() == queue_name.lower()
        ]
        if memberships and not queue_name:
            record = "PAUSEALL" if paused else "UNPAUSEALL"
            self._exchange.queue_log.write(NOBODY, NOBODY, memberships[0][1].name, record, reason)
        for queue, member in memberships:
            self._pause_in(queue, member, paused=paused, reason=reason)
        return bool(memberships)

    def set_penalty(self, interface: str, penalty: int, queue_name: str = "") -> bool:
        """Give a member another penalty in one queue or in all; False when it is a member of none of them."""
        places = [
            (queue, member)
            for queue, member in self._exchange.queues.with_member(interface)
            if not queue_name or queue.name.lower() == queue_name.lower()
        ]
        for queue, member in places:
            member.penalty = penalty
            self._exchange.queue_log.write(NOBODY, queue.name, interface, "PENALTY", penalty)
            self._publish("QueueMemberPenalty", queue, member)
        return bool(places)

    def end_call(self, queue: Queue, member: Member, start_time: int) -> None:
        """A member's call is over: counted once, by whoever notices first, the telephone or the end of the call."""
        if not start_time or member.start_time != start_time:
            return
        member.start_time = 0
        for place in self._counting(member):
            place.last_call = self._exchange.second
            place.last_queue = queue
            place.calls += 1
        within, member.call_within_service_level = member.call_within_service_level, False
        self._exchange.queues.pending.discard(member.interface)
        queue.note_talk(self._exchange.second - start_time, within_service_level=within)

    def _counting(self, member: Member) -> list[Member]:
        """The memberships in which a call of this one counts."""
        if not self._shared_lastcall:
            return [member]
        return [place for _, place in self._exchange.queues.with_member(member.interface)]

    def _pause_in(self, queue: Queue, member: Member, *, paused: bool, reason: str) -> None:
        now = self._exchange.clock.now
        member.paused = paused
        if paused:
            member.last_pause = self._exchange.second
        self._show_pause(queue, member, paused=paused)
        if queue.is_available(member, now):
            self._show_availability(queue, available=True)
        elif not queue.available_members(now):
            self._show_availability(queue, available=False)
        member.paused_reason = reason
        record = "PAUSE" if paused else "UNPAUSE"
        self._exchange.queue_log.write(NOBODY, queue.name, member.name, record, reason)
        self._publish("QueueMemberPause", queue, member)
        # The reason of an unpause is said once and then forgotten.
        member.paused_reason = reason if paused else ""

    def _device_changed(self, device: str, state: DeviceState) -> None:
        for queue in self._exchange.queues:
            member = queue.watching(device)
            if member is None:
                continue
            self._status_changed(queue, member, state)
            now = self._exchange.clock.now
            self._show_availability(queue, available=any(queue.is_available(other, now) for other in queue.members))

    def _status_changed(self, queue: Queue, member: Member, state: DeviceState) -> None:
        if member.status is state:
            return
        if state is DeviceState.NOT_INUSE:
            self.end_call(queue, member, member.start_time)
        member.status = state
        self._exchange.queues.pending.discard(member.interface)
        self._publish("QueueMemberStatus", queue, member)

    def _publish(self, event: str, queue: Queue, member: Member) -> None:
        queue_events.member_event(self._exchange.events, event, queue, member)

    def _show_pause(self, queue: Queue, member: Member, *, paused: bool) -> None:
        state = DeviceState.INUSE if paused else DeviceState.NOT_INUSE
        self._exchange.devices.set_queue(f"Queue:{queue.name}_pause_{member.interface}", state)

    def _show_availability(self, queue: Queue, *, available: bool) -> None:
        state = DeviceState.NOT_INUSE if available else DeviceState.INUSE
        self._exchange.devices.set_queue(f"Queue:{queue.name}_avail", state)
