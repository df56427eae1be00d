"""When the bridge looks, and when Asterisk goes."""

import asyncio

from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import PATIENT_RING, Scene, by_name, settled
from tests.servers.stage import Stage


async def snapshot_in_mid_call(stage: Stage, recorder: Recorder) -> None:
    """One caller talks, one rings, two wait: the bridge asks for everything, as after a reconnect."""
    await stage.script("1001", "answer-1-8")
    await stage.script("1002", "miss")
    await stage.join("1001", "support")
    first = await stage.call("support", name="Erika Müller")
    await first.answered.wait()
    await stage.join("1002", "support")
    await stage.join("1003", "support", "sales", paused=True)
    await stage.pause("1003", "meal")
    waiting = [await stage.call(queue) for queue in ("support", "support", "sales")]
    await stage.expect("QueueCallerJoin", 4)
    await stage.expect("AgentCalled", 2)
    await asyncio.sleep(1)
    stage.note("the bridge asks for CoreSettings, CoreStatus, QueueStatus and CoreShowChannels")
    await recorder.snapshot()
    await asyncio.sleep(1)
    for call in waiting:
        await call.hang_up()
    await settled(stage, first)


async def login_in_mid_call(stage: Stage, recorder: Recorder) -> None:
    """The bridge logs in anew while one caller talks and another waits."""
    await stage.script("1001", "answer-1-6")
    await stage.join("1001", "support")
    first = await stage.call("support")
    await first.answered.wait()
    second = await stage.call("support")
    await second.joined.wait()
    await asyncio.sleep(1)
    stage.note("the bridge logs in again")
    await recorder.reconnect()
    await settled(stage, first, second)


async def stopped_in_mid_call(stage: Stage, _: Recorder) -> None:
    """Asterisk is stopped while one caller talks and another waits."""
    await stage.script("1001", "answer-1-60")
    await stage.join("1001", "support")
    first = await stage.call("support")
    await first.answered.wait()
    second = await stage.call("support")
    await second.joined.wait()
    await asyncio.sleep(1)
    stage.note("core stop now")
    await asyncio.to_thread(stage.asterisk.stop)


async def crashed_in_mid_call(stage: Stage, recorder: Recorder) -> None:
    """Asterisk is killed while one caller talks and another waits, and starts again: neither call ever ends."""
    await stage.script("1001", "answer-1-60")
    await stage.join("1001", "support")
    first = await stage.call("support")
    await first.answered.wait()
    second = await stage.call("support")
    await second.joined.wait()
    await asyncio.sleep(1)
    stage.note("kill -9, and start again")
    await asyncio.to_thread(stage.asterisk.kill)
    await asyncio.to_thread(stage.asterisk.start)
    await recorder.reconnect()


SCENES = by_name(
    Scene(snapshot_in_mid_call, queues=PATIENT_RING),
    Scene(login_in_mid_call),
    Scene(crashed_in_mid_call),
    Scene(stopped_in_mid_call),
)
