"""Calls without end on a real Asterisk, from a seed; whatever goes wrong on the PBX, the next caller tries again."""

import asyncio
import contextlib
import random
from typing import Final

from tests.servers import driver
from tests.servers.ami import ActionFailedError
from tests.servers.load import OVERFLOW, REASONS, seeded
from tests.servers.queue_log import judged
from tests.servers.stage import Stage
from tests.servers.waiting import eventually

CALLS_A_SECOND: Final = 1.5
ACTS_A_SECOND: Final = 0.3
AGENTS: Final = 6
MOST_CALLS: Final = 12
"""At the same time; who dials in meanwhile is not let through."""
GONE_SECONDS: Final = 60.0


class Traffic:
    """Callers who dial in, wait, talk, give up or press a key, and agents who pause; one stage at a time."""

    def __init__(self, seed: int) -> None:
        self.is_held = False
        """Nobody begins anything new."""
        self.dialled = 0
        self._draw = random.Random(seed)
        self._story = seeded(seed, calls=1, agents=AGENTS)
        self._stage: Stage | None = None
        self._calls: set[asyncio.Task[None]] = set()

    @property
    def agents(self) -> list[str]:
        """Their ids."""
        return [agent.id for agent in self._story.agents]

    async def open(self, stage: Stage) -> None:
        """Set the queues and agents up; after a restart of Asterisk again."""
        stage.asterisk.write("queues.d/story.conf", driver.queues_conf(self._story))
        await asyncio.to_thread(stage.asterisk.cli, "queue reload all")
        for agent in self._story.agents:
            await stage.script(agent.id, *map(driver.turn, agent.reactions))
            for queue in agent.queues:
                with contextlib.suppress(ActionFailedError):  # Asterisk remembers members over a restart.
                    await stage.join(agent.id, queue, name=agent.name)
        self._stage = stage

    def close(self) -> None:
        """The stage is gone: nobody acts on it any more."""
        self._stage = None
        for call in self._calls:
            call.cancel()

    async def run(self) -> None:
        """Go on until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._dial())
            group.create_task(self._act())

    async def end(self, stage: Stage) -> None:
        """Let every call end, and queue_log have it."""
        self.is_held = True
        for agent in self.agents:
            with contextlib.suppress(ActionFailedError):
                await stage.ready(agent)
        await stage.all_gone(GONE_SECONDS)
        await eventually(lambda: judged(stage.asterisk.queue_log).talking == 0, "the last end in queue_log")

    async def _dial(self) -> None:
        while True:
            await asyncio.sleep(self._draw.expovariate(CALLS_A_SECOND))
            if self._stage is not None and not self.is_held and len(self._calls) < MOST_CALLS:
                call = asyncio.create_task(self._call(self._stage))
                self._calls.add(call)
                call.add_done_callback(self._calls.discard)

    async def _call(self, stage: Stage) -> None:
        draw = self._draw
        self.dialled += 1
        queue = draw.choice(("support", "sales", "overflow"))
        patience = draw.uniform(0.5, 3.0) if draw.random() < 0.3 else draw.uniform(6.0, 9.0)
        at_most = draw.randint(2, 5) if draw.random() < 0.2 else 0
        presses_key = draw.random() < 0.05
        with contextlib.suppress(ActionFailedError, TimeoutError, ConnectionError):
            call = await stage.call(queue, at_most=at_most, goes_on_to=OVERFLOW.get(queue, "") if at_most else "")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await call.answered.wait()
                    await call.gone.wait()
            if not call.answered.is_set():
                await (call.press("1") if presses_key else call.hang_up())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await call.gone.wait()
            await call.hang_up()

    async def _act(self) -> None:
        draw = self._draw
        while True:
            await asyncio.sleep(draw.expovariate(ACTS_A_SECOND))
            if (stage := self._stage) is None or self.is_held:
                continue
            agent = draw.choice(self.agents)
            with contextlib.suppress(ActionFailedError, TimeoutError, ConnectionError):
                await stage.pause(agent, draw.choice(REASONS))
                await asyncio.sleep(draw.uniform(0.5, 3.0))
                await stage.ready(agent)
