"""One story, played at the same time on the simulated PBX and on a real Asterisk 22: the domain says the same of both.

Both are watched over AMI by the same code as the daemon's, so what differs is the PBX's doing.
"""

import asyncio
import time

import pytest

from ctibridge.domain.figures import QueueTotals
from ctibridge.domain.picture import Picture
from ctibridge.domain.policy import Policy, QueuePolicy
from ctibridge.domain.units import Seconds
from ctibridge.simulator.script import (
    Agent,
    Answer,
    Caller,
    EndedBy,
    LogIn,
    LogOut,
    Miss,
    Pause,
    Queue,
    Reaction,
    Reject,
    Story,
    Strategy,
    Unpause,
)
from ctibridge.simulator.server import SimulatedPbx
from tests.integration.same_story.told import differences, telling
from tests.servers.asterisk import Asterisk
from tests.servers.driver import perform, prepare
from tests.servers.stage import interface_of, stage_on, state_interface_of
from tests.servers.watcher import watching

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(150)]

BY_AGENT = EndedBy.AGENT
POLICY = Policy(defaults=QueuePolicy(wrap_up=Seconds(2), late_answer=Seconds(4), short_abandon=Seconds(3)))


def queue(name: str, strategy: Strategy) -> Queue:
    return Queue(name=name, strategy=strategy, timeout=4, retry=1, wrapuptime=2, service_level=5)


def agent(number: str, *queues: str, does: tuple[Reaction, ...]) -> Agent:
    """As `dialplans/lab.conf` has them."""
    return Agent(
        id=number,
        name=f"Agent {number}",
        queues=queues,
        interface=interface_of(number),
        state_interface=state_interface_of(number),
        reactions=does,
    )


STORY = Story(
    queues=(
        queue("support", Strategy.ROUND_ROBIN),
        queue("sales", Strategy.LEAST_RECENT),
        queue("overflow", Strategy.RING_ALL),
    ),
    agents=(
        agent(
            "1001",
            "support",
            does=(
                Answer(ring=1.5, talk=3, ended_by=BY_AGENT),
                Answer(ring=1, talk=2.4),
                Miss(),
                Miss(),
                Answer(ring=1, talk=2, ended_by=BY_AGENT),
                Reject(ring=0.4),
                Answer(ring=1, talk=2),
                Answer(ring=1, talk=2, ended_by=BY_AGENT),
                Answer(ring=1, talk=2, ended_by=BY_AGENT),
            ),
        ),
        agent("1002", "sales", does=(Answer(ring=1, talk=4, ended_by=BY_AGENT),)),
        agent("1003", "overflow", does=(Answer(ring=1, talk=3),)),
        agent("1004", "overflow", does=(Miss(),)),
    ),
    callers=(
        Caller(at=1, queue="support", number="13800000001"),  # answered, ended by the agent
        Caller(at=10, queue="support", number="13800000002"),  # answered, ended by the caller
        Caller(at=18, queue="support", number="13800000003", patience=2.4),  # gives up while it rings
        Caller(at=22, queue="support", number="13800000004"),  # not answered, rung again, answered
        Caller(at=35, queue="support", number="13800000005"),  # rejected, rung again, answered
        Caller(at=45, queue="support", number="13800000006"),
        Caller(at=45.5, queue="support", number="13800000007"),  # waits for the call before and its wrap-up
        Caller(at=1.5, queue="sales", number="13800000011", patience=3.4),  # gives up while waiting
        Caller(at=12, queue="sales", number="13800000012"),  # answered; the agent asks for a pause meanwhile
        Caller(at=24, queue="sales", number="13800000013", timeout=3, overflow="overflow"),
        Caller(at=32, queue="sales", number="13800000014", exit_key=(2.4, "1")),
        Caller(at=36, queue="sales", number="13800000015", timeout=4),
    ),
    acts=(
        Pause(at=1, agent="1002", reason="away"),
        Pause(at=6, agent="1002", reason="meal"),
        Unpause(at=9, agent="1002"),
        Pause(at=14.5, agent="1002", reason="busy"),
        Unpause(at=21, agent="1002"),
        LogOut(at=22, agent="1002"),
        LogIn(at=23, agent="1002", paused=False),
        Pause(at=23.5, agent="1002"),
        LogOut(at=44, agent="1002"),
    ),
    shared_lastcall=True,
)


async def test_the_domain_says_the_same_of_both(asterisk: Asterisk) -> None:
    simulated = SimulatedPbx(STORY.plan(), clock=wall_clock, username="ctibridge", secret="the-simulation's")
    async with stage_on(asterisk) as stage:
        await prepare(stage, STORY)
        async with watching(asterisk.port, POLICY) as real_watcher:
            # Whole seconds decide in app_queue, so both begin at the same moment of a second.
            await asyncio.sleep(1.15 - wall_clock() % 1)
            async with (
                simulated,
                watching(simulated.port, POLICY, user="ctibridge", secret="the-simulation's") as simulated_watcher,
            ):
                await asyncio.gather(perform(stage, STORY), simulated.until_idle())
                real = await real_watcher.settled(is_over, "the end of the last wrap-up on Asterisk")
                played = await simulated_watcher.settled(is_over, "the end of the last wrap-up in the simulation")

    differ = differences(telling(real_watcher.changes), telling(simulated_watcher.changes))
    assert not differ, "\n" + "\n\n".join(differ)
    assert counted(played) == counted(real)
    assert dict(played.unexpected) == dict(real.unexpected) == {}
    assert real_watcher.faults + simulated_watcher.faults == 0


def is_over(picture: Picture) -> bool:
    """Nobody waits, and agents are ready or logged out."""
    is_quiet = all(agent.view.state.value in {"ready", "logged_out"} for agent in picture.agents)
    return is_quiet and not any(queue.view.waiting for queue in picture.queues)


def counted(picture: Picture) -> dict[str, dict[str, object]]:
    """Counts of each queue of the story."""
    names = {queue.name for queue in STORY.queues}
    return {queue.view.queue: _counts(queue.totals) for queue in picture.queues if queue.view.queue in names}


def _counts(totals: QueueTotals) -> dict[str, object]:
    counts = ("offered", "answered", "abandoned", "exited", "ring_no_answer", "ring_cancelled", "answered_late")
    return {name: getattr(totals.all, name) for name in counts} | {"reasons": totals.exited}


def wall_clock() -> float:
    return time.time()  # noqa: TID251 - the test is its own composition root
