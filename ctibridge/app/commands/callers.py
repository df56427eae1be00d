"""Those who wait: taking them out, sending them elsewhere, letting them go first."""

from typing import Final

from ctibridge.app.commands.doing import Doing
from ctibridge.app.commands.ground import Witness
from ctibridge.app.commands.outcome import failed, refused, unconfirmed
from ctibridge.asterisk import orders
from ctibridge.asterisk.messages import Message
from ctibridge.domain.changes import CallAnswered, CallExited, CallQueued, Change
from ctibridge.domain.events import LineOrdered
from ctibridge.domain.units import CallId, QueueName, queue_key

MOVE: Final = "move:"
"""Beginning of ``QUEUE_WITHDRAW_INFO`` that asks dialplans/inbound.conf to send the caller to the queue named then."""


async def withdraw(doing: Doing) -> str:
    """Let a caller go; heeded between two ring attempts, so whoever answers meanwhile is quicker (T9)."""
    queue, channel = await _waiting(doing)
    with doing.ground.witness() as witness:
        said = await doing.ground.ask(orders.withdraw(queue, channel, doing.arguments.info))
        await _left(doing, witness, said, CallExited)
    return said


async def move(doing: Doing) -> str:
    """Send a caller to another queue."""
    settings, target = doing.ground.settings, doing.arguments.queue
    known = {queue_key(one.view.queue): one.view.queue for one in doing.ground.picture().queues}
    if queue_key(target) not in known:
        raise refused("unknown_queue", f"there is no queue {target}")
    queue, channel = await _waiting(doing)
    if queue_key(queue) == queue_key(target):
        raise refused("unknown_queue", f"the caller waits in {queue} already")
    name = known[queue_key(target)]
    with doing.ground.witness() as witness:
        if settings.move == "redirect":
            said = await doing.ground.ask(orders.redirect(channel, name, settings.line_context))
        else:
            said = await doing.ground.ask(orders.withdraw(queue, channel, MOVE + name))
        await _left(doing, witness, said, CallQueued)
    return said


async def prioritise(doing: Doing) -> str:
    """Give a caller another priority; Asterisk sends no event for it, so its list is asked, and believed (T52)."""
    queue, channel = await _waiting(doing)
    said = await doing.ground.ask(orders.prioritise(queue, channel, doing.arguments.priority))
    line = await _line(doing, queue)
    doing.ground.tell(LineOrdered(queue=queue, calls=tuple(CallId(one.get("uniqueid") or "") for one in line)))
    entry = _of_caller(doing, line)
    if entry is None or entry.get("priority") != str(doing.arguments.priority):
        raise unconfirmed(said)
    return f"{said}; position {entry.get('position')}"


def queue_of(doing: Doing) -> QueueName:
    """Where the caller waits; raises NotDoneError."""
    for one in doing.ground.picture().queues:
        if any(caller.call == doing.arguments.call for caller in one.view.callers):
            return one.view.queue
    raise refused("unknown_call", "nobody by this id waits")


async def _waiting(doing: Doing) -> tuple[QueueName, str]:
    """Queue and channel of the caller, as Asterisk has it now; raises NotDoneError."""
    queue = queue_of(doing)
    entry = _of_caller(doing, await _line(doing, queue))
    if entry is None:
        raise refused("unknown_call", f"nobody by this id waits in {queue} any more")
    return queue, entry.get("channel") or ""


async def _line(doing: Doing, queue: QueueName) -> list[Message]:
    """Those who wait there as Asterisk has it now, first in line first; raises NotDoneError."""
    items = await doing.ground.listed({"Action": "QueueStatus", "Queue": queue})
    return [one for one in items if one.get("event") == "QueueEntry"]


def _of_caller(doing: Doing, line: list[Message]) -> Message | None:
    return next((one for one in line if one.get("uniqueid") == doing.arguments.call), None)


async def _left(doing: Doing, witness: Witness, said: str, wanted: type[Change]) -> None:
    def happened(kind: type[Change]) -> bool:
        call = doing.arguments.call
        return any(isinstance(one, kind) and getattr(one, "facts").call == call for one in witness.changes)  # noqa: B009

    if not await witness.sees(lambda: happened(wanted) or happened(CallAnswered), doing.wait):
        raise unconfirmed(said)
    if not happened(wanted):
        raise failed("answered", "the caller was answered first")
