"""What the bridge asks of Asterisk when it acts, one function an action; ``check_action`` looks at each before it goes.

What the actions really do, as seen on 22.10.1 and in its source: ``QueuePause`` without a queue pauses in all queues
of the interface at once; ``BlindTransfer`` and ``Atxfer`` name the channel of whoever transfers, and app_queue then
records a transfer, where ``Redirect`` of the caller would leave a call that ends much later and too long (T16, T19);
a withdrawal is heeded between two ring attempts only (T9).
"""

from typing import Final, TypeAlias

from ctibridge.asterisk.actions import PICKING_UP, SPYING

Order: TypeAlias = dict[str, str]

RING_MILLISECONDS: Final = 30_000
"""How long a phone that was asked to dial, or to listen, rings."""

TRUE: Final = "true"
FALSE: Final = "false"

LISTEN: Final = "qES"
"""ChanSpy: no beep, and it ends with the conversation."""
WHISPER: Final = "qESw"
BARGE: Final = "qESB"


def join(  # noqa: PLR0913 - one argument a header
    queue: str, interface: str, *, name: str = "", state_interface: str = "", penalty: int = 0, is_paused: bool = False
) -> Order:
    """Make an interface a member of a queue."""
    order = {"Action": "QueueAdd", "Queue": queue, "Interface": interface, "Penalty": str(penalty)}
    order["Paused"] = TRUE if is_paused else FALSE
    if name:
        order["MemberName"] = name
    if state_interface:
        order["StateInterface"] = state_interface
    return order


def leave(queue: str, interface: str) -> Order:
    """Take an interface out of a queue."""
    return {"Action": "QueueRemove", "Queue": queue, "Interface": interface}


def pause(interface: str, reason: str, queue: str = "") -> Order:
    """Pause an interface in one queue or in all, or give another reason."""
    order = {"Action": "QueuePause", "Interface": interface, "Paused": TRUE, "Reason": reason}
    return order | ({"Queue": queue} if queue else {})


def unpause(interface: str) -> Order:
    """End the pause of an interface in all its queues."""
    return {"Action": "QueuePause", "Interface": interface, "Paused": FALSE}


def set_penalty(interface: str, penalty: int, queue: str) -> Order:
    """Give a member another penalty."""
    return {"Action": "QueuePenalty", "Interface": interface, "Penalty": str(penalty), "Queue": queue}


def withdraw(queue: str, channel: str, info: str) -> Order:
    """Ask a queue to let a waiting caller go; the dialplan gets ``info``."""
    order = {"Action": "QueueWithdrawCaller", "Queue": queue, "Caller": channel}
    return order | ({"WithdrawInfo": info} if info else {})


def prioritise(queue: str, channel: str, priority: int) -> Order:
    """Give a waiting caller another priority, and the place in line that goes with it."""
    return {
        "Action": "QueueChangePriorityCaller",
        "Queue": queue,
        "Caller": channel,
        "Priority": str(priority),
        "Immediate": TRUE,
    }


def hang_up(channel: str) -> Order:
    """End a channel, as its owner would."""
    return {"Action": "Hangup", "Channel": channel, "Cause": "16"}


def transfer(channel: str, exten: str, context: str, *, is_attended: bool) -> Order:
    """Send whoever this channel talks to elsewhere."""
    return {
        "Action": "Atxfer" if is_attended else "BlindTransfer",
        "Channel": channel,
        "Context": context,
        "Exten": exten,
    }


def redirect(channel: str, exten: str, context: str) -> Order:
    """Send a channel to another place of the dialplan."""
    return {"Action": "Redirect", "Channel": channel, "Context": context, "Exten": exten, "Priority": "1"}


def dial(interface: str, identity: str, exten: str, context: str, number: str) -> Order:
    """Ring a phone, and let it dial when it is picked up; ``number`` is what it shows as its own."""
    return _ring(interface, identity, number) | {"Context": context, "Exten": exten, "Priority": "1"}


def spy(interface: str, identity: str, channel: str, options: str, number: str) -> Order:
    """Ring a phone, and let it listen to a channel when it is picked up."""
    return _ring(interface, identity, number) | {"Application": SPYING, "Data": f"{channel},{options}"}


def pick_up(interface: str, identity: str, channel: str, number: str) -> Order:
    """Ring a phone, and give it the call that rings at a channel when it is picked up."""
    return _ring(interface, identity, number) | {"Application": PICKING_UP, "Data": channel}


def _ring(interface: str, identity: str, number: str) -> Order:
    return {
        "Action": "Originate",
        "Channel": interface,
        "ChannelId": identity,
        "CallerID": f"<{number}>",
        "Timeout": str(RING_MILLISECONDS),
        "Async": "true",
    }
