"""Plays a plan faster: every duration gets shorter, and the clock stays what it is.

Timestamps must agree with the clock of whoever listens, so it is patience, talk, pauses and the settings of the queues
that are divided, not the time that is falsified.  Settings stay whole seconds, and at least one.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from ctibridge.simulator.script import Act, Answer, Caller, Miss, Plan, Queue, Reaction, Reject

Item = TypeVar("Item")


def faster(plan: Plan, speed: float) -> Plan:
    """The same plan in the ``speed``-th part of the time."""
    return msgspec.structs.replace(
        plan,
        queues=tuple(_faster_queue(queue, speed) for queue in plan.queues),
        callers=_each(plan.callers, lambda caller: _faster_caller(caller, speed)),
        acts=_each(plan.acts, lambda act: _faster_act(act, speed)),
        reactions={
            agent: _each(reactions, lambda reaction: _faster_reaction(reaction, speed))
            for agent, reactions in plan.reactions.items()
        },
    )


def _each(items: Iterator[Item], change: Callable[[Item], Item]) -> Iterator[Item]:
    return (change(item) for item in items)


def _faster_queue(queue: Queue, speed: float) -> Queue:
    return msgspec.structs.replace(
        queue,
        timeout=_whole(queue.timeout, speed),
        retry=_whole(queue.retry, speed),
        wrapuptime=_whole(queue.wrapuptime, speed),
        service_level=_whole(queue.service_level, speed),
    )


def _faster_caller(caller: Caller, speed: float) -> Caller:
    return msgspec.structs.replace(
        caller,
        at=caller.at / speed,
        patience=_divided(caller.patience, speed),
        stay=_divided(caller.stay, speed),
        timeout=_whole(caller.timeout, speed),
        overflow_timeout=_whole(caller.overflow_timeout, speed),
        exit_key=_sooner(caller.exit_key, speed),
        withdrawn=_sooner(caller.withdrawn, speed),
    )


def _faster_act(act: Act, speed: float) -> Act:
    return msgspec.structs.replace(act, at=act.at / speed)


def _faster_reaction(reaction: Reaction, speed: float) -> Reaction:
    match reaction:
        case Answer(then_pause=rest):
            return msgspec.structs.replace(
                reaction,
                ring=reaction.ring / speed,
                talk=reaction.talk / speed,
                then_pause=None if rest is None else (rest[0], rest[1] / speed),
            )
        case Reject():
            return Reject(ring=reaction.ring / speed)
        case Miss():
            return reaction


def _divided(seconds: float | None, speed: float) -> float | None:
    return None if seconds is None else seconds / speed


def _sooner(thing: tuple[float, str] | None, speed: float) -> tuple[float, str] | None:
    return None if thing is None else (thing[0] / speed, thing[1])


def _whole(seconds: int, speed: float) -> int:
    """Zero means "none" or "for ever", and stays."""
    return max(1, round(seconds / speed)) if seconds else 0
