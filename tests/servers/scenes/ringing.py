"""How an agent takes a call, or does not."""

import asyncio

from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import AUTO_PAUSE, LONG_WRAP_UP, PATIENT_RING, Scene, by_name, settled
from tests.servers.stage import Stage


async def answered_agent_ends(stage: Stage, _: Recorder) -> None:
    """1001 answers after 2 s, talks 4 s and hangs up.  Names are not ASCII."""
    await stage.script("1001", "answer-2-4")
    await stage.join("1001", "support", name="Agent 1001 张三")
    await settled(stage, await stage.call("support", name="José"))


async def answered_caller_ends(stage: Stage, _: Recorder) -> None:
    """1001 answers after 1 s; the caller hangs up after 3 s of talk."""
    await stage.script("1001", "listen-1-3")
    await stage.join("1001", "support")
    await settled(stage, await stage.call("support"))


async def ring_no_answer_then_answered(stage: Stage, _: Recorder) -> None:
    """1001 lets it ring for the queue's 3 s, is called again, and answers."""
    await stage.script("1001", "miss", "answer-1-2")
    await stage.join("1001", "support")
    await settled(stage, await stage.call("support"))


async def ring_no_answer_next_agent(stage: Stage, _: Recorder) -> None:
    """1001 lets it ring for the queue's 3 s, then 1002 answers."""
    await stage.script("1001", "miss")
    await stage.script("1002", "answer-1-2")
    await stage.join("1001", "support")
    await stage.join("1002", "support", penalty=1)
    await stage.control.action("QueuePause", Interface="Local/1002@lab-agents/n", Paused="true")
    call = await stage.call("support")
    await stage.expect("AgentRingNoAnswer")
    await stage.ready("1002")
    await stage.leave("1001", "support")
    await settled(stage, call)


async def agent_rejects(stage: Stage, _: Recorder) -> None:
    """1001's phone is busy after 0.4 s of ringing; the second time 1001 answers."""
    await stage.script("1001", "reject-0.4", "answer-1-2")
    await stage.join("1001", "support")
    await settled(stage, await stage.call("support"))


async def auto_pause(stage: Stage, _: Recorder) -> None:
    """Autopause is on: 1001 lets it ring once and is paused by Asterisk; the caller hangs up; 1001 is ready again."""
    await stage.script("1001", "miss")
    await stage.join("1001", "support", "sales")
    call = await stage.call("support")
    await stage.expect("QueueMemberPause", Paused="1")
    await asyncio.sleep(1)
    await call.hang_up()
    await settled(stage, call)
    await stage.ready("1001")


async def ring_all(stage: Stage, _: Recorder) -> None:
    """Overflow rings 1001 and 1002; 1001 answers after 2 s, so 1002's ring is cancelled."""
    await stage.script("1001", "answer-2-3")
    await stage.script("1002", "miss")
    await stage.join("1001", "overflow")
    await stage.join("1002", "overflow")
    await settled(stage, await stage.call("overflow"))


async def ring_all_abandoned(stage: Stage, _: Recorder) -> None:
    """Overflow rings 1001 and 1002; the caller hangs up after 2 s."""
    await stage.script("1001", "miss")
    await stage.script("1002", "miss")
    await stage.join("1001", "overflow")
    await stage.join("1002", "overflow")
    call = await stage.call("overflow")
    await stage.expect("AgentCalled", 2)
    await asyncio.sleep(2)
    await call.hang_up()
    await settled(stage, call)


async def wrap_up(stage: Stage, _: Recorder) -> None:
    """Two callers, one agent: the second is offered when the 6 s of wrap-up after the first are over."""
    await stage.script("1001", "answer-1-2")
    await stage.join("1001", "support")
    first = await stage.call("support")
    await first.answered.wait()
    await settled(stage, first, await stage.call("support"))


SCENES = by_name(
    Scene(answered_agent_ends),
    Scene(answered_caller_ends),
    Scene(ring_no_answer_then_answered),
    Scene(ring_no_answer_next_agent),
    Scene(agent_rejects),
    Scene(auto_pause, queues=AUTO_PAUSE),
    Scene(ring_all, queues=PATIENT_RING),
    Scene(ring_all_abandoned, queues=PATIENT_RING),
    Scene(wrap_up, queues=LONG_WRAP_UP),
)
