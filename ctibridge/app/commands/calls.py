"""Calls that agents have: ending them and passing them on."""

from collections.abc import Iterable
from typing import Final

from ctibridge.app.commands.doing import Doing
from ctibridge.app.commands.ground import Witness
from ctibridge.app.commands.outcome import failed, refused, unconfirmed
from ctibridge.app.commands.presence import usual_place
from ctibridge.asterisk import orders
from ctibridge.asterisk.messages import Message
from ctibridge.domain.units import AgentId

CHANNELS: Final = {"Action": "CoreShowChannels"}
RINGING: Final = "5"
UP: Final = "6"


async def hang_up(doing: Doing) -> str:
    """End the agent's call, the one that is talked in before one that rings."""
    with doing.ground.witness(events=("Hangup",)) as witness:
        channel = await talking(doing, doing.whom, or_ringing=True)
        said = await doing.ground.ask(orders.hang_up(channel))
        if not await witness.sees(lambda: bool(_about(witness, "channel", channel)), doing.wait):
            raise unconfirmed(said)
    return said


async def transfer(doing: Doing) -> str:
    """Send the other side to a number, at once or after the agent has talked to it."""
    is_attended = doing.arguments.kind == "attended"
    context = doing.ground.settings.context
    with doing.ground.witness(events=("BlindTransfer", "DialBegin", "Newexten")) as witness:
        channel = await talking(doing, doing.whom)
        order = orders.transfer(channel, doing.arguments.to, context, is_attended=is_attended)
        said = await doing.ground.ask(order)

        def is_so() -> bool:
            if is_attended:
                return any(_is_consultation(one, doing.arguments.to, context) for one in witness.messages)
            return any(one.get("result") == "Success" for one in _about(witness, "transfererchannel", channel))

        if not await witness.sees(is_so, doing.wait):
            raise unconfirmed(said)
        if not is_attended and not all(
            one.get("result") == "Success" for one in _about(witness, "transfererchannel", channel)
        ):
            raise failed("asterisk", "the transfer failed")
    return said


async def talking(doing: Doing, agent: AgentId, *, or_ringing: bool = False) -> str:
    """The channel of an agent's phone that is in a conversation; raises NotDoneError."""
    found = await channels_of(doing, agent)
    bridged = [one for one in found if one.get("bridgeid")]
    up = [one for one in found if one.get("channelstate") == UP]
    best = [*bridged, *(up + found if or_ringing else [])]
    if not best:
        raise refused("no_call", f"agent {agent} has no call")
    return best[0].get("channel") or ""


async def ringing(doing: Doing, agent: AgentId) -> str:
    """The channel that rings at an agent's phone; raises NotDoneError."""
    found = [one for one in await channels_of(doing, agent) if one.get("channelstate") == RINGING]
    if not found:
        raise refused("no_call", f"nothing rings at agent {agent}")
    return found[0].get("channel") or ""


async def channels_of(doing: Doing, agent: AgentId) -> list[Message]:
    """The channels of an agent's phone, the oldest first.

    Of a Local channel it is the first half: the second runs the dialplan that stands for the phone.
    """
    members = doing.ground.memberships(agent)
    places = {member.interface for member in members} | {member.state_interface for member in members}
    prefixes = tuple(f"{place.removesuffix('/n')}-" for place in places or {usual_place(doing, agent)})
    return list(_named(await doing.ground.listed(CHANNELS), prefixes))


def _named(channels: Iterable[Message], prefixes: tuple[str, ...]) -> Iterable[Message]:
    for one in channels:
        name = one.get("channel") or ""
        if name.startswith(prefixes) and not name.endswith(";2"):
            yield one


def _about(witness: Witness, header: str, channel: str) -> list[Message]:
    return [one for one in witness.messages if one.get(header) == channel]


def _is_consultation(message: Message, exten: str, context: str) -> bool:
    """Whether somebody asks for the number in the context, as an attended transfer does by a Local channel."""
    if message.get("event") == "DialBegin":
        return (message.get("destchannel") or "").startswith(f"Local/{exten}@{context}-")
    return (message.get("channel") or "").startswith(f"Local/{exten}@{context}-")
