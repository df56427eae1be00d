"""The events of app_queue, header by header as Asterisk 22 writes them, and how it lists its members."""

from ctibridge.simulator.attempts import Attempt
from ctibridge.simulator.events import EventStream
from ctibridge.simulator.frames import Header
from ctibridge.simulator.queues import Entry, Member, Queue

AGENT = "agent"


def caller_join(events: EventStream, entry: Entry) -> None:
    """A caller joined."""
    events.publish("QueueCallerJoin", AGENT, *entry.channel.headers(), *_place(entry))


def caller_leave(events: EventStream, entry: Entry) -> None:
    """A caller left the line, for whatever reason; the position is the last one the caller had."""
    events.publish("QueueCallerLeave", AGENT, *entry.channel.headers(), *_place(entry))


def caller_abandon(events: EventStream, entry: Entry, hold: int) -> None:
    """A caller leaves without having been served; also on a time-out, and when the queue is empty."""
    events.publish(
        "QueueCallerAbandon",
        AGENT,
        *entry.channel.headers(),
        ("Queue", entry.queue.name),
        ("Position", str(entry.position)),
        ("OriginalPosition", str(entry.original_position)),
        ("HoldTime", str(hold)),
    )


def agent_called(events: EventStream, attempt: Attempt) -> None:
    """A member's telephone is being called."""
    _agent_event(events, "AgentCalled", attempt)


def agent_ring_no_answer(events: EventStream, attempt: Attempt, milliseconds: int) -> None:
    """A member did not answer."""
    _agent_event(events, "AgentRingNoAnswer", attempt, ("RingTime", str(milliseconds)))


def agent_connect(events: EventStream, attempt: Attempt, *, hold: int, ring: int) -> None:
    """A member answered and meets the caller; hold and ring are seconds."""
    _agent_event(events, "AgentConnect", attempt, ("HoldTime", str(hold)), ("RingTime", str(ring)))


def agent_complete(events: EventStream, attempt: Attempt, *, hold: int, talk: int, reason: str) -> None:
    """A conversation is over; hold and talk are seconds."""
    figures = (("HoldTime", str(hold)), ("TalkTime", str(talk)), ("Reason", reason))
    _agent_event(events, "AgentComplete", attempt, *figures)


def member_event(events: EventStream, event: str, queue: Queue, member: Member) -> None:
    """QueueMemberAdded, Removed, Status or Pause: all say the same about the member."""
    events.publish(
        event,
        AGENT,
        ("Queue", queue.name),
        ("MemberName", member.name),
        ("Interface", member.interface),
        *member_state(member),
        ("Ringinuse", "0"),
        ("Wrapuptime", str(member.wrapuptime)),
    )


def member_state(member: Member) -> tuple[Header, ...]:
    """The part that member events and the ``QueueMember`` lines of ``QueueStatus`` have in common."""
    return (
        ("StateInterface", member.state_interface),
        ("Membership", "dynamic"),
        ("Penalty", str(member.penalty)),
        ("CallsTaken", str(member.calls)),
        ("LastCall", str(member.last_call)),
        ("LastPause", str(member.last_pause)),
        ("LoginTime", str(member.login_time)),
        ("InCall", str(int(member.start_time > 0))),
        ("Status", str(int(member.status))),
        ("Paused", str(int(member.paused))),
        ("PausedReason", member.paused_reason),
    )


def _place(entry: Entry) -> tuple[Header, ...]:
    return (
        ("Queue", entry.queue.name),
        ("Position", str(entry.position)),
        ("Count", str(len(entry.queue.callers))),
    )


def _agent_event(events: EventStream, event: str, attempt: Attempt, *figures: Header) -> None:
    events.publish(
        event,
        AGENT,
        *attempt.entry.channel.headers(),
        *attempt.leg.headers("Dest"),
        ("Queue", attempt.entry.queue.name),
        ("Interface", attempt.member.interface),
        ("MemberName", attempt.member.name),
        *figures,
    )
