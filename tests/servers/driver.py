"""Plays the simulation's stories (`ctibridge.simulator.script`) on a real Asterisk, so that the two can be compared.

Agents are `Local/<id>@lab-agents/n`, whatever interface the story gives them; callers use the shipped dialplan.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from ctibridge.simulator.script import (
    Act,
    Agent,
    Answer,
    Caller,
    Empty,
    EndedBy,
    LogIn,
    LogOut,
    Pause,
    Queue,
    Reaction,
    Reject,
    Story,
    Unpause,
)
from tests.servers.queue_log import judged
from tests.servers.stage import Call, Stage
from tests.servers.waiting import eventually

Intention: TypeAlias = Callable[[], Awaitable[None]]

SHIPPED: Final = frozenset({"support", "sales", "overflow"})
EMPTY: Final = {Empty.NEVER: "", Empty.STRICT: ",paused,invalid,unavailable", Empty.LOOSE: ",invalid,unavailable"}
SETTLE_SECONDS: Final = 60.0
"""Longest time from a story's last act to the end of its last call."""


def queues_conf(story: Story) -> str:
    """The story's queues, for `queues.d/`; what is shipped under the same name is kept and overridden."""
    return "\n".join(_section(queue) for queue in story.queues)


async def play(stage: Stage, story: Story, *, overflow: Mapping[str, str] | None = None) -> list[Call]:
    """Play to the end: no call is left, and queue_log has the end of each.

    `overflow`: into which queue a caller goes on whom a queue let go or refused, where the caller has none.
    """
    await prepare(stage, story)
    return await perform(stage, story, overflow=overflow)


async def perform(stage: Stage, story: Story, *, overflow: Mapping[str, str] | None = None) -> list[Call]:
    """Play a story whose queues and agents are there; it starts now."""
    start = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as group:
        calls = [
            group.create_task(_call(stage, start, caller, overflow or {}), name=f"caller {caller.number}")
            for caller in story.callers
        ]
        for act in story.acts:
            group.create_task(_at(start, act.at, _done(stage, story, act)))
    await stage.all_gone(SETTLE_SECONDS)
    await eventually(lambda: judged(stage.asterisk.queue_log).talking == 0, "the end of each call in queue_log")
    return [call.result() for call in calls]


async def prepare(stage: Stage, story: Story) -> None:
    """Set up the story's queues and agents."""
    stage.asterisk.write("queues.d/story.conf", queues_conf(story))
    await asyncio.to_thread(stage.asterisk.cli, "queue reload all")
    for agent in story.agents:
        await stage.script(agent.id, *map(turn, agent.reactions))
        if agent.logged_in:
            await stage.join(agent.id, *agent.queues, name=agent.name)


def _section(queue: Queue) -> str:
    settings = {
        "strategy": queue.strategy.value,
        "timeout": queue.timeout,
        "retry": queue.retry,
        "wrapuptime": queue.wrapuptime,
        "maxlen": queue.maxlen,
        "servicelevel": queue.service_level,
        "weight": queue.weight,
        # Conditions add to those already set; the first word clears them.
        "joinempty": "yes" + EMPTY[queue.join_empty],
        "leavewhenempty": "no" + EMPTY[queue.leave_when_empty],
        "ringinuse": "no",
        "context": "queue-keys",
    }
    head = f"[{queue.name}](+)" if queue.name in SHIPPED else f"[{queue.name}]"
    return "\n".join([head, *(f"{key} = {value}" for key, value in settings.items()), ""])


def turn(reaction: Reaction) -> str:
    """A reaction in the words of dialplans/lab.conf."""
    match reaction:
        case Answer(then_pause=(_, _)):
            raise ValueError("a pause that follows a call is played by the simulation only")
        case Answer(ended_by=EndedBy.AGENT):
            return f"answer-{reaction.ring:g}-{reaction.talk:g}"
        case Answer():
            return f"listen-{reaction.ring:g}-{reaction.talk:g}"
        case Reject():
            return f"reject-{reaction.ring:g}"
        case _:
            return "miss"


async def _call(stage: Stage, start: float, caller: Caller, overflow: Mapping[str, str]) -> Call:
    await _until(start + caller.at)
    call = await stage.call(
        caller.queue,
        number=caller.number,
        name=caller.name,
        at_most=caller.timeout,
        goes_on_to=caller.overflow or overflow.get(caller.queue, ""),
    )
    await call.arrived.wait()
    joined = asyncio.get_running_loop().time()
    for after, act in _intentions(caller, call):
        try:
            async with asyncio.timeout_at(joined + after):
                await call.gone.wait()
        except TimeoutError:
            await act()
        else:
            break
    return call


def _intentions(caller: Caller, call: Call) -> list[tuple[float, Intention]]:
    """What the caller does unless the call is over, by seconds after joining."""

    async def lose_patience() -> None:
        if not call.answered.is_set():
            await call.hang_up()

    intentions: list[tuple[float, Intention]] = []
    if caller.exit_key is not None:
        after, key = caller.exit_key
        intentions.append((after, lambda: call.press(key)))
    if caller.patience is not None:
        intentions.append((caller.patience, lose_patience))
    if caller.stay is not None:
        intentions.append((caller.stay, call.hang_up))
    return sorted(intentions, key=lambda intention: intention[0])


async def _done(stage: Stage, story: Story, act: Act) -> None:
    agent = next(agent for agent in story.agents if agent.id == act.agent)
    match act:
        case LogIn():
            await stage.join(agent.id, *_queues(act, agent), name=agent.name)
        case LogOut():
            await stage.leave(agent.id, *_queues(act, agent))
        case Pause():
            await stage.pause(agent.id, act.reason, act.queue or "")
        case Unpause():
            await stage.ready(agent.id, act.reason, act.queue or "")


def _queues(act: LogIn | LogOut, agent: Agent) -> tuple[str, ...]:
    return agent.queues if act.queues is None else act.queues


async def _at(start: float, at: float, act: Awaitable[None]) -> None:
    await _until(start + at)
    await act


async def _until(moment: float) -> None:
    await asyncio.sleep(moment - asyncio.get_running_loop().time())
