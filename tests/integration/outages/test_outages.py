"""While calls go on, the broker is killed and the AMI link cut: all retained states are right soon after."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final

import pytest

from tests.integration.seeded_run.figures import state_differences
from tests.servers.asterisk import Asterisk
from tests.servers.bridge import Bridge
from tests.servers.cuttable import Cuttable
from tests.servers.driver import play
from tests.servers.load import OVERFLOW, seeded
from tests.servers.mosquitto import Mosquitto
from tests.servers.queue_log import judged
from tests.servers.queue_show import shown
from tests.servers.stage import stage_on

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(300)]

RIGHT_WITHIN: Final = 5.0
"""Seconds from reconnection to right states, as promised."""
POLICY: Final = "[defaults]\nwrap_up = 1\n"


@pytest.fixture
async def link(asterisk: Asterisk) -> AsyncIterator[Cuttable]:
    async with Cuttable(asterisk.port) as link:
        yield link


async def test_states_are_right_again_after_a_dead_broker_and_a_cut_link(
    asterisk: Asterisk, mosquitto: Mosquitto, link: Cuttable
) -> None:
    story = seeded(7, calls=90, agents=8, seconds=45.0)
    with Bridge(ami_port=link.port, mqtt_port=mosquitto.port, more=POLICY) as bridge:
        await asyncio.to_thread(bridge.wait_ready)

        def is_right() -> bool:
            """Calls go on while we look: a state is wrong that fits neither what was shown before nor after."""
            before = shown(asterisk.cli("queue show"))
            states = Seen({**bridge.retained("queue/+/state"), **bridge.retained("agent/+/state")})
            after = shown(asterisk.cli("queue show"))
            return not {who(line) for line in state_differences(states, before)} & {
                who(line) for line in state_differences(states, after)
            }

        def who(line: str) -> str:
            return line.partition(":")[0]

        def is_online() -> bool:
            return bridge.retained("status").get("status", {}).get("state") == "online"

        async with stage_on(asterisk) as stage:
            run = asyncio.create_task(play(stage, story, overflow=OVERFLOW))
            await asyncio.sleep(10)
            mosquitto.kill()  # Nothing retained survives: mosquitto had not saved it.
            await asyncio.sleep(3)
            mosquitto.start()
            await _holds(is_online, "status online on the new broker", 20)
            assert await _holds(is_right, "right states after the broker came back", RIGHT_WITHIN) <= RIGHT_WITHIN

            await link.cut(refuse=True)
            await _holds(lambda: not bridge.is_ready(), "readiness to end", 5)
            assert '"part":"ami"' in bridge.get("/readyz")[1]
            await asyncio.sleep(4)
            status = await asyncio.to_thread(bridge.retained, "status")
            agents = await asyncio.to_thread(bridge.retained, "agent/+/state")
            assert status["status"]["state"] == "degraded"
            assert {message["data"]["state"] for message in agents.values()} <= {"unknown", "logged_out"}
            link.mend()
            await _holds(bridge.is_ready, "the bridge to be in sync again", 30)
            assert await _holds(is_right, "right states after the link came back", RIGHT_WITHIN) <= RIGHT_WITHIN
            await run

        assert await _holds(is_right, "right states at the end", 15) <= 15
        samples = bridge.metrics()
        verdict = judged(asterisk.queue_log)

    offered = sum(samples["ctibridge_queue_calls_offered_total"].values())
    ended = sum(sum(samples[f"ctibridge_queue_calls_{end}_total"].values()) for end in ENDS)
    assert offered == ended, "every call that was seen ended in one way"
    assert offered <= sum(queue.offered for queue in verdict.queues.values()), "nothing was counted twice"
    assert sum(samples["ctibridge_gap_seconds_total"].values()) >= 4
    assert bridge.log.count("Traceback") == 0


class Seen:
    """Retained states as they were at one moment."""

    def __init__(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        self._states = states

    def retained(self, pattern: str) -> dict[str, Mapping[str, Any]]:
        kind = pattern.partition("/")[0]
        return {topic: state for topic, state in self._states.items() if topic.startswith(f"{kind}/")}


ENDS: Final = ("answered", "abandoned", "exited", "lost")


async def test_a_half_open_link_is_noticed_within_15_seconds(
    asterisk: Asterisk, mosquitto: Mosquitto, link: Cuttable
) -> None:
    with Bridge(ami_port=link.port, mqtt_port=mosquitto.port) as bridge:
        await asyncio.to_thread(bridge.wait_ready)
        link.freeze()
        assert await _holds(lambda: not bridge.is_ready(), "the silence to be noticed", 15) <= 15
        await link.cut()
        link.mend()
        await _holds(bridge.is_ready, "the bridge to be in sync again", 30)


async def _holds(condition: Callable[[], bool], what: str, within: float) -> float:
    """Seconds until a condition held that may block for a while."""
    start = time.monotonic()
    while not await asyncio.to_thread(condition):
        if time.monotonic() - start > within:
            raise TimeoutError(f"waited {within:g} s for {what}")
        await asyncio.sleep(0.1)
    return time.monotonic() - start
