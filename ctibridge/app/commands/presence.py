"""Logging in and out, ready and not ready, and how soon an agent is rung."""

from typing import Final

from ctibridge.app.commands.doing import Doing
from ctibridge.app.commands.ground import Witness
from ctibridge.app.commands.outcome import refused, unconfirmed
from ctibridge.asterisk import orders
from ctibridge.domain.roles import Role
from ctibridge.domain.units import AgentId, Interface, QueueKey, queue_key

ALREADY: Final = ("Already there",)
GONE: Final = ("Not there",)


async def log_in(doing: Doing) -> str:
    """Join queues; those that the agent is in already stay as they are."""
    ground, agent = doing.ground, doing.whom
    wanted = _wanted(doing)
    if not wanted:
        raise refused("no_queues", f"no queues were named, and the team of agent {agent} has none")
    interface, name, state_interface = _place(doing)
    members = ground.memberships(agent)
    pauses = {member.pause_reason or "" for member in members if member.is_paused}
    is_away = bool(members) and all(member.is_paused for member in members)
    said = "is in these queues already"
    with ground.witness(agent) as witness:
        for queue, penalty in wanted:
            if queue_key(queue) in _queues(witness, agent):
                continue
            order = orders.join(
                queue, interface, name=name, state_interface=state_interface, penalty=penalty, is_paused=is_away
            )
            said = await ground.ask(order, but=ALREADY)
            if is_away and (reason := max(pauses)):
                await ground.ask(orders.pause(interface, reason, queue))
        keys = {queue_key(queue) for queue, _ in wanted}
        if not await witness.sees(lambda: keys <= _queues(witness, agent), doing.wait):
            raise unconfirmed(said)
    return said


async def log_out(doing: Doing) -> str:
    """Leave queues."""
    ground, agent = doing.ground, doing.whom
    keys = {queue_key(queue) for queue in doing.arguments.queues}
    leaving = [member for member in doing.members() if not keys or queue_key(member.queue) in keys]
    said = "is in none of these queues"
    with ground.witness(agent) as witness:
        for member in leaving:
            said = await ground.ask(orders.leave(member.queue, member.interface), but=GONE)
        left = {queue_key(member.queue) for member in leaving}
        if not await witness.sees(lambda: not left & _queues(witness, agent), doing.wait):
            raise unconfirmed(said)
    return said


async def get_ready(doing: Doing) -> str:
    """End the pause."""
    agent, said = doing.whom, ""
    interfaces = doing.interfaces()
    with doing.ground.witness(agent) as witness:
        for interface in interfaces:
            said = await doing.ground.ask(orders.unpause(interface))
        if not await witness.sees(lambda: not any(_paused(witness, agent)), doing.wait):
            raise unconfirmed(said)
    return said


async def get_not_ready(doing: Doing) -> str:
    """Pause, for one of the configured reasons."""
    agent, said = doing.whom, ""
    reason = known_reason(doing)
    interfaces = doing.interfaces()
    with doing.ground.witness(agent) as witness:
        for interface in interfaces:
            said = await doing.ground.ask(orders.pause(interface, reason))

        def is_so() -> bool:
            members = doing.ground.memberships(agent)
            return bool(members) and all(m.is_paused and m.pause_reason == reason for m in members)

        if not await witness.sees(is_so, doing.wait):
            raise unconfirmed(said)
    return said


async def set_penalty(doing: Doing) -> str:
    """Give the agent another penalty, in one queue or in all."""
    agent, penalty = doing.whom, doing.arguments.penalty
    key = None if doing.arguments.queue is None else queue_key(doing.arguments.queue)
    places = [member for member in doing.members() if key is None or queue_key(member.queue) == key]
    if not places:
        raise refused("unknown_queue", f"agent {agent} is not in {doing.arguments.queue}")
    said = ""
    with doing.ground.witness(agent) as witness:
        for member in places:
            said = await doing.ground.ask(orders.set_penalty(member.interface, penalty, member.queue))
        names = {member.queue for member in places}

        def is_so() -> bool:
            view = witness.agent(agent)
            return view is not None and all(
                place.penalty == penalty for queue, place in view.queues.items() if queue in names
            )

        if not await witness.sees(is_so, doing.wait):
            raise unconfirmed(said)
    return said


def known_reason(doing: Doing) -> str:
    """The pause reason by its configured spelling; raises NotDoneError."""
    reason = doing.ground.policy.pause_reason(doing.arguments.reason)
    if reason is None:
        known = ", ".join(one.code for one in doing.ground.policy.pause_reasons)
        raise refused("unknown_reason", f"expected one of {known}")
    return reason.code


def usual_place(doing: Doing, agent: AgentId) -> Interface:
    """What is dialled for an agent who is not logged in; raises NotDoneError when it would be somebody else."""
    policy = doing.ground.policy
    interface = Interface(policy.agents.interface.replace("{agent}", agent))
    if policy.agent_id(interface) != agent:
        raise refused("unknown_agent", f"[agents] id_pattern does not find {agent} in {interface}")
    return interface


def _place(doing: Doing) -> tuple[Interface, str, str]:
    """Interface, name and state interface: as they are in another queue, else as configured."""
    agent, settings = doing.whom, doing.ground.policy.agents
    members = doing.ground.memberships(agent)
    if members:
        return members[0].interface, members[0].name, members[0].state_interface
    name, state = (text.replace("{agent}", agent) for text in (settings.member_name, settings.state_interface))
    return usual_place(doing, agent), name, state


def _wanted(doing: Doing) -> list[tuple[str, int]]:
    """Which queues to join, and with which penalty.

    An agent may choose among those of the team, where it has any; penalties are others' to give.
    """
    usual = [_with_penalty(one) for one in _usual_queues(doing)]
    named = [_with_penalty(one) for one in doing.arguments.queues]
    if not named or doing.user.role is not Role.AGENT or not usual:
        return named or usual
    own = {queue_key(queue): (queue, penalty) for queue, penalty in usual}
    if strange := [queue for queue, _ in named if queue_key(queue) not in own]:
        raise refused("scope", f"{', '.join(strange)}: not a queue of the agent's team")
    return [own[queue_key(queue)] for queue, _ in named]


def _usual_queues(doing: Doing) -> tuple[str, ...]:
    team = doing.ground.policy.team_of(doing.whom)
    return next((one.queues for one in doing.ground.policy.teams if one.name == team), ())


def _with_penalty(text: str) -> tuple[str, int]:
    queue, colon, penalty = text.rpartition(":")
    return (queue, int(penalty)) if colon and queue and penalty.isascii() and penalty.isdecimal() else (text, 0)


def _queues(witness: Witness, agent: AgentId) -> set[QueueKey]:
    view = witness.agent(agent)
    return {queue_key(queue) for queue in view.queues} if view is not None else set()


def _paused(witness: Witness, agent: AgentId) -> list[bool]:
    view = witness.agent(agent)
    return [place.paused for place in view.queues.values()] if view is not None else [True]
