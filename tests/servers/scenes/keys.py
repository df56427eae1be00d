"""Scenes in which people press keys in mid-call: transfers and hang-ups that Asterisk does for them."""

import asyncio

from tests.servers.ami import Message
from tests.servers.phone import phone
from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import PATIENT_RING, Scene, by_name, settled
from tests.servers.stage import Stage

DIGIT_SECONDS = 0.35
NO_WAY_OUT = PATIENT_RING + "[support](+)\ncontext =\n"


async def agent_presses(stage: Stage, connect: Message, keys: str) -> None:
    """The agent of a call presses keys, one after the other."""
    far_half = connect["DestChannel"].removesuffix("1") + "2"
    stage.note(f"the agent presses {keys}")
    for key in keys:
        await stage.control.action("PlayDTMF", Channel=far_half, Digit=key)
        await asyncio.sleep(DIGIT_SECONDS)


async def transferred_by_key(stage: Stage, _: Recorder) -> None:
    """Option t: 1001 answers and presses ## and 602, which sends the caller to overflow, where 1002 answers."""
    await stage.script("1001", "answer-1-60")
    await stage.script("1002", "answer-1-2")
    await stage.join("1001", "support")
    await stage.join("1002", "overflow")
    call = await stage.call("support", context="line-keys")
    connect = await stage.expect("AgentConnect")
    await asyncio.sleep(1)
    await agent_presses(stage, connect, "##602")
    await settled(stage, call)


async def hung_up_by_key(stage: Stage, _: Recorder) -> None:
    """Option h: 1001 answers and ends the call by *0."""
    await stage.script("1001", "answer-1-60")
    await stage.join("1001", "support")
    call = await stage.call("support", context="line-keys")
    connect = await stage.expect("AgentConnect")
    await asyncio.sleep(1)
    await agent_presses(stage, connect, "*0")
    await settled(stage, call)


async def hung_up_by_key_and_continued(stage: Stage, _: Recorder) -> None:
    """Options h and c: 1001 ends the call by *0, and the caller goes on in the dialplan for 2 s."""
    await stage.script("1001", "answer-1-60")
    await stage.join("1001", "support")
    call = await stage.call("support", context="line-keys-continue")
    connect = await stage.expect("AgentConnect")
    await asyncio.sleep(1)
    await agent_presses(stage, connect, "*0")
    await settled(stage, call)


async def star_while_ringing(stage: Stage, _: Recorder) -> None:
    """Option H, and no key leads out of the queue: the caller presses *0 while 1001 rings, and hangs up 4 s later."""
    await stage.script("1001", "miss")
    await stage.join("1001", "support")
    call = await stage.call("support", context="line-keys")
    await stage.expect("AgentCalled")
    await asyncio.sleep(1.5)
    stage.note("the caller presses *0")
    await call.press("*")
    await asyncio.sleep(DIGIT_SECONDS)
    await call.press("0")
    await asyncio.sleep(4)
    await call.hang_up()
    await settled(stage, call)


async def star_and_key_while_ringing(stage: Stage, recorder: Recorder) -> None:
    """Option H: the caller presses *0 while 1001 rings; 0 leads out of the queue."""
    await star_while_ringing(stage, recorder)


async def three_way_by_keys(stage: Stage, _: Recorder) -> None:
    """1001 asks 1009 (*7) and takes the caller in (*3): three talk; then 1001 leaves, and at last 1009."""
    await stage.script("1001", "answer-1-60")
    await stage.join("1001", "support")
    async with phone(stage.asterisk, "1009") as colleague:
        call = await stage.call("support", context="line-keys")
        connect = await stage.expect("AgentConnect")
        await asyncio.sleep(1)
        await agent_presses(stage, connect, "*71009")
        talk = await colleague.answer()
        await asyncio.sleep(1)
        await agent_presses(stage, connect, "*3")
        await asyncio.sleep(2)
        stage.note("1001 hangs up")
        await stage.control.action("Hangup", Channel=connect["DestChannel"])
        await asyncio.sleep(2)
        stage.note("1009 hangs up")
        await colleague.hang_up(talk)
        await settled(stage, call)


async def asked_by_keys_and_passed_on(stage: Stage, _: Recorder) -> None:
    """1001 asks 1009 (*7) and connects the caller with 1009 (*2)."""
    await stage.script("1001", "answer-1-60")
    await stage.join("1001", "support")
    async with phone(stage.asterisk, "1009") as colleague:
        call = await stage.call("support", context="line-keys")
        connect = await stage.expect("AgentConnect")
        await asyncio.sleep(1)
        await agent_presses(stage, connect, "*71009")
        talk = await colleague.answer()
        await asyncio.sleep(1)
        await agent_presses(stage, connect, "*2")
        await asyncio.sleep(2)
        stage.note("1009 hangs up")
        await colleague.hang_up(talk)
        await settled(stage, call)


SCENES = by_name(
    Scene(transferred_by_key),
    Scene(hung_up_by_key),
    Scene(hung_up_by_key_and_continued),
    Scene(star_while_ringing, NO_WAY_OUT),
    Scene(star_and_key_while_ringing, PATIENT_RING),
    Scene(three_way_by_keys),
    Scene(asked_by_keys_and_passed_on),
)
