"""A call centre to break: a real Asterisk, a broker and the bridge, with links between them, traffic and a witness."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from tests.chaos.judge import Screen
from tests.chaos.traffic import Traffic
from tests.chaos.vitals import Vitals, watched
from tests.chaos.witness import Witness
from tests.integration.seeded_run.figures import state_differences
from tests.servers.asterisk import Asterisk
from tests.servers.bridge import Bridge
from tests.servers.cuttable import Cuttable
from tests.servers.mosquitto import Mosquitto
from tests.servers.queue_show import Queue, shown
from tests.servers.stage import Stage, stage_on
from tests.servers.waiting import eventually

POLICY: Final = "[defaults]\nwrap_up = 1\nservice_level_threshold = 5\n"
BROKER: Final = "max_queued_messages 0\nmax_inflight_messages 0\n"
"""So that the witness is sent everything, however far it is behind."""
LOOK_AGAIN: Final = 0.1
HTTP_OK: Final = 200
SINCE_FIRST_LOOK: Final = 3.0
"""Seconds after the bridge's first look at a queue_log for which it leaves open what it was told before."""
READY_SECONDS: Final = 40.0
FIRST_CALLS_SECONDS: Final = 60.0


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What a fault needs to be different from the start."""

    store: Path | None = None
    environment: Mapping[str, str] = {}
    """Of the bridge."""
    asterisk_environment: Mapping[str, str] = {}
    acl: str = ""
    more: str = ""
    """Further tables of the bridge's configuration."""
    seed: int = 1


class Centre:
    """Everything together; get one by `standing`."""

    def __init__(  # noqa: PLR0917 - the parts of a centre
        self,
        asterisk: Asterisk,
        broker: Mosquitto,
        bridge: Bridge,
        ami: Cuttable,
        mqtt: Cuttable,
        witness: Witness,
        traffic: Traffic,
        vitals: Vitals,
    ) -> None:
        self.asterisk = asterisk
        self.broker = broker
        self.bridge = bridge
        self.ami = ami
        """The link over which the bridge reaches Asterisk."""
        self.mqtt = mqtt
        """The link over which the bridge reaches the broker."""
        self.witness = witness
        self.traffic = traffic
        self.vitals = vitals
        """Of the bridge."""
        self.stage: Stage | None = None
        self._stages = contextlib.AsyncExitStack()

    @property
    def screen(self) -> Screen:
        """What a display shows now."""
        return Screen(self.witness.shown())

    async def open_stage(self) -> None:
        """Let people call, on a PBX that has just come up."""
        self.stage = await self._stages.enter_async_context(stage_on(self.asterisk))
        await self.traffic.open(self.stage)

    async def close_stage(self) -> None:
        """Nobody can call any more: the PBX is going to be gone."""
        self.traffic.close()
        self.stage = None
        await self._stages.aclose()

    async def until_right(self, within: float) -> float:
        """Seconds until the bridge is ready and the display right; TimeoutError says what differs."""

        def differences() -> list[str]:
            # A bridge that was killed a moment ago leaves a right screen behind.
            status, text = self.bridge.get("/readyz")
            return self.differences() if status == HTTP_OK else [f"not ready: {text or 'nobody answers'}"]

        return await _none_left(differences, within)

    async def until_shown(self, within: float) -> float:
        """Seconds until the display is right, whatever else the bridge waits for; TimeoutError says what differs."""
        return await _none_left(self.differences, within)

    def differences(self) -> list[str]:
        """What is wrong on the display now; calls go on, so that a state may fit what was shown before or after."""
        before = shown(self.asterisk.cli("queue show"))
        screen = self.screen
        if (status := screen.status) != "online" and not (status == "degraded" and "outbox" in screen.reason):
            return [f"status is {status or 'not there'}"]
        if screen.epochs != {screen.epoch}:
            return [f"status is of epoch {screen.epoch}, states of {screen.epochs}"]
        wrong = _wrong(screen, before)
        if not wrong:
            return []
        after = _wrong(screen, shown(self.asterisk.cli("queue show")))
        return [line for who, line in wrong.items() if who in after]

    def late_display(self) -> dict[str, bytes]:
        """What a display is shown that comes now."""
        with Witness(self.broker.port, name="late") as late:
            deadline = time.monotonic() + 5
            while late.shown().keys() < self.witness.shown().keys() and time.monotonic() < deadline:
                time.sleep(LOOK_AGAIN)
            return late.shown()


async def _none_left(differences: Callable[[], list[str]], within: float) -> float:
    start = time.monotonic()
    while found := await asyncio.to_thread(differences):
        await asyncio.sleep(LOOK_AGAIN)
        if time.monotonic() - start > within:
            raise TimeoutError(f"after {within:g} s: {'; '.join(found[:4])}")
    return time.monotonic() - start


def _wrong(screen: Screen, queues: dict[str, Queue]) -> dict[str, str]:
    """Who differs, and how."""
    return {line.partition(":")[0]: line for line in state_differences(screen, queues)}


@contextlib.asynccontextmanager
async def standing(setting: Setting) -> AsyncIterator[Centre]:
    """A centre with calls going on and right states."""
    async with contextlib.AsyncExitStack() as stack:
        asterisk = await stack.enter_async_context(_started(setting))
        broker = stack.enter_context(Mosquitto(extra=BROKER, acl=setting.acl))
        witness = stack.enter_context(Witness(broker.port))
        ami = await stack.enter_async_context(Cuttable(asterisk.port))
        mqtt = await stack.enter_async_context(Cuttable(broker.port))
        traffic = Traffic(setting.seed)
        bridge = Bridge(
            ami_port=ami.port,
            mqtt_port=mqtt.port,
            queue_log=asterisk.queue_log,
            more=POLICY + setting.more,
            store=setting.store,
            environment=setting.environment,
            is_checked=False,
        )
        vitals = await stack.enter_async_context(watched(lambda: bridge.pid))
        centre = Centre(asterisk, broker, bridge, ami, mqtt, witness, traffic, vitals)
        stack.enter_context(bridge)
        await asyncio.to_thread(bridge.wait_ready, READY_SECONDS)
        stack.push_async_callback(centre.close_stage)
        await centre.open_stage()
        running = asyncio.create_task(traffic.run(), name="traffic")
        stack.push_async_callback(_ended, running)
        await eventually(
            lambda: any(one.topic == "event/call/completed" for one in witness.events),
            "the first call to end",
            FIRST_CALLS_SECONDS,
        )
        await asyncio.sleep(SINCE_FIRST_LOOK)
        yield centre


@contextlib.asynccontextmanager
async def _started(setting: Setting) -> AsyncIterator[Asterisk]:
    """In a thread: it takes seconds, in which other centres go on."""
    asterisk = Asterisk(22, environment=setting.asterisk_environment)
    await asyncio.to_thread(asterisk.__enter__)
    try:
        yield asterisk
    finally:
        await asyncio.to_thread(asterisk.__exit__, None, None, None)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
