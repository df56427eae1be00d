"""Making a phone ring, for what its owner asked for: to dial, to listen, to take a colleague's call."""

import uuid
from typing import Final

from ctibridge.app.commands.calls import ringing, talking
from ctibridge.app.commands.doing import Doing
from ctibridge.app.commands.outcome import failed, refused, unconfirmed
from ctibridge.app.commands.presence import usual_place
from ctibridge.asterisk import orders
from ctibridge.asterisk.messages import Message
from ctibridge.domain.units import AgentId

EVENTS: Final = ("Newstate", "OriginateResponse")
OPTIONS: Final = {"monitor": orders.LISTEN, "whisper": orders.WHISPER, "barge": orders.BARGE}
RINGS: Final = frozenset({"5", "6"})
"""States of a channel whose phone rings, or was picked up at once."""
WHY: Final = {"1": "nobody answered", "5": "it is busy", "8": "it cannot be reached"}
"""``Reason`` of ``OriginateResponse``."""


async def originate(doing: Doing) -> str:
    """Let the agent's phone dial."""
    agent = doing.whom
    identity = _identity()
    place = _phone(doing, agent)
    order = orders.dial(place, identity, doing.arguments.to, doing.ground.settings.context, agent)
    return await _rung(doing, order, identity)


async def spy(doing: Doing) -> str:
    """Let the user's phone listen to the agent's conversation."""
    place, number = _own_phone(doing)
    channel = await talking(doing, doing.whom)
    identity = _identity()
    order = orders.spy(place, identity, channel, OPTIONS[doing.command], number)
    return await _rung(doing, order, identity)


async def pick_up(doing: Doing) -> str:
    """Give the call that rings at the agent's phone to the user's."""
    place, number = _own_phone(doing)
    channel = await ringing(doing, doing.whom)
    identity = _identity()
    return await _rung(doing, orders.pick_up(place, identity, channel, number), identity)


async def _rung(doing: Doing, order: orders.Order, identity: str) -> str:
    with doing.ground.witness(events=EVENTS) as witness:
        said = await doing.ground.ask(order)

        def own() -> list[Message]:
            return [one for one in witness.messages if one.get("uniqueid") == identity or _is_end(one, identity)]

        def is_over() -> bool:
            return any(one.get("channelstate") in RINGS or one.get("response") for one in own())

        if not await witness.sees(is_over, doing.wait):
            raise unconfirmed(said)
        end = next((one for one in own() if one.get("response") == "Failure"), None)
        if end is not None:
            raise failed("asterisk", WHY.get(end.get("reason") or "", "the phone cannot be rung"))
    return said


def _is_end(message: Message, identity: str) -> bool:
    """Whether it is the end of an ``Originate`` of ours; one that came to nothing has no channel to tell."""
    return message.get("event") == "OriginateResponse" and message.get("uniqueid") in (identity, "<null>")


def _own_phone(doing: Doing) -> tuple[str, str]:
    """Where the user's phone is, and its number; raises NotDoneError."""
    number = getattr(doing.arguments, "phone", None)
    if number is not None:
        return usual_place(doing, AgentId(number)), number
    if not doing.user.agent:
        raise refused("no_phone", "the user has no phone: name one")
    return _phone(doing, AgentId(doing.user.agent)), doing.user.agent


def _phone(doing: Doing, agent: AgentId) -> str:
    """Where an agent's phone is: as the queues have it, else as configured."""
    members = doing.ground.memberships(agent)
    return members[0].interface if members else usual_place(doing, agent)


def _identity() -> str:
    """A ``Uniqueid`` for a channel of ours, to know it by."""
    return f"ctibridge-{uuid.uuid4().hex}"
