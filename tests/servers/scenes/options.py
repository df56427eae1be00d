"""Scenes of queues with options and delays: what may happen between the answer and the talk, and after it."""

import asyncio
from typing import Final

from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import QUICK, Scene, by_name, settled
from tests.servers.stage import Stage

DELAYED: Final = QUICK + "[support](+)\nmemberdelay = 3\n"
ANNOUNCED: Final = (
    QUICK + "[support](+)\nannounce-frequency = 2\nannounce-position = yes\n"
    "announce-to-first-user = yes\nmin-announce-frequency = 1\n"
)
GOSUB: Final = QUICK + "[support](+)\nmembergosub = member-work\n"
LEAVES_WHEN_PAUSED: Final = QUICK + "[support](+)\nleavewhenempty = paused,unavailable,invalid\n"
SLOW: Final = QUICK + "[support](+)\ntimeout = 0\n"


async def dumped_in_delay(stage: Stage, _: Recorder) -> None:
    """1001 answers and hangs up during the 3 s of memberdelay; the second time the two talk."""
    await stage.script("1001", "answer-1-1", "answer-1-6")
    await stage.join("1001", "support")
    await settled(stage, await stage.call("support"))


async def abandoned_in_delay(stage: Stage, _: Recorder) -> None:
    """1001 answers; the caller hangs up during the 3 s of memberdelay."""
    await stage.script("1001", "answer-1-9")
    await stage.join("1001", "support")
    call = await stage.call("support")
    await stage.expect("DialEnd", DialStatus="ANSWER")
    await asyncio.sleep(1)
    await call.hang_up()
    await settled(stage, call)


async def announcements(stage: Stage, _: Recorder) -> None:
    """Two callers hear their place in line: the first hangs up meanwhile, the second is answered by 1001."""
    await stage.script("1001", "answer-1-2")
    await stage.join("1001", "support", paused=True)
    first, second = await stage.call("support"), await stage.call("support")
    await stage.expect("QueueCallerJoin", 2)
    await asyncio.sleep(3)
    await first.hang_up()
    await asyncio.sleep(1)
    await stage.ready("1001")
    await settled(stage, first, second)


async def gosub(stage: Stage, _: Recorder) -> None:
    """2 s of membergosub pass between the answer and the conversation."""
    await stage.script("1001", "answer-1-5")
    await stage.join("1001", "support")
    await settled(stage, await stage.call("support"))


async def caller_gone_in_gosub(stage: Stage, _: Recorder) -> None:
    """The caller hangs up during membergosub."""
    await stage.script("1001", "answer-1-5")
    await stage.join("1001", "support")
    call = await stage.call("support")
    await stage.expect("QueueCallerLeave")
    await asyncio.sleep(0.7)
    await call.hang_up()
    await settled(stage, call)


async def agent_gone_in_gosub(stage: Stage, _: Recorder) -> None:
    """1001 hangs up during membergosub."""
    await stage.script("1001", "answer-1-0.7")
    await stage.join("1001", "support")
    await settled(stage, await stage.call("support"))


async def continued(stage: Stage, _: Recorder) -> None:
    """Option c: after 1001 has hung up the caller goes on in the dialplan."""
    await stage.script("1001", "answer-1-2")
    await stage.join("1001", "support")
    await settled(stage, await stage.call("support", context="line-continue"))


async def once_only(stage: Stage, _: Recorder) -> None:
    """Option n: 1001 lets it ring for the queue's 3 s, and the queue lets the caller go."""
    await stage.script("1001", "miss")
    await stage.join("1001", "support")
    await settled(stage, await stage.call("support", context="line-once"))


async def same_queue_again(stage: Stage, _: Recorder) -> None:
    """The caller's time is over, he joins the same queue anew, again, and is answered at last."""
    await stage.script("1001", "answer-1-2")
    await stage.join("1001", "support", paused=True)
    call = await stage.call("support", context="line-twice")
    await stage.expect("QueueCallerJoin", 3)
    await stage.ready("1001")
    await settled(stage, call)


async def queue_inside_execif(stage: Stage, _: Recorder) -> None:
    """`ExecIf(…?Queue(…))`: one caller is let go after 3 s, one meets a queue that does not exist."""
    await stage.join("1001", "support", paused=True)
    await settled(stage, await stage.call("support", context="line-inner"))
    await settled(stage, await stage.call("nowhere", context="line-inner"))


async def spelled_otherwise(stage: Stage, _: Recorder) -> None:
    """The dialplan writes SUPPORT: one caller is answered, one gives up, one presses a key, one's time is over."""
    await stage.script("1001", "answer-1-2")
    await stage.join("1001", "support")
    await settled(stage, await stage.call("SUPPORT"))
    await stage.pause("1001")
    second, third = await stage.call("SUPPORT"), await stage.call("Support")
    await stage.expect("QueueCallerJoin", 3)
    await asyncio.sleep(1)
    await second.hang_up()
    await third.press("1")
    await settled(stage, second, third)
    await settled(stage, await stage.call("SUPPORT", context="line-inner"))


async def left_when_paused(stage: Stage, _: Recorder) -> None:
    """The queue lets callers go when all are paused: one while nobody rings, one after 1001's phone has rung."""
    await stage.script("1001", "miss")
    await stage.join("1001", "support")
    first = await stage.call("support")
    await stage.expect("AgentCalled")
    second = await stage.call("support")
    await second.joined.wait()
    await stage.pause("1001", "away")
    await settled(stage, first, second)


async def no_time_limit(stage: Stage, _: Recorder) -> None:
    """The queue's timeout is 0: 1001 rings for 4 s and answers."""
    await stage.script("1001", "answer-4-2")
    await stage.join("1001", "support")
    await settled(stage, await stage.call("support"))


SCENES = by_name(
    Scene(dumped_in_delay, DELAYED),
    Scene(abandoned_in_delay, DELAYED),
    Scene(announcements, ANNOUNCED),
    Scene(gosub, GOSUB),
    Scene(caller_gone_in_gosub, GOSUB),
    Scene(agent_gone_in_gosub, GOSUB),
    Scene(continued),
    Scene(once_only),
    Scene(same_queue_again),
    Scene(queue_inside_execif),
    Scene(spelled_otherwise),
    Scene(left_when_paused, LEAVES_WHEN_PAUSED),
    Scene(no_time_limit, SLOW),
)
