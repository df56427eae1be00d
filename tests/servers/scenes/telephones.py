"""Scenes with real SIP telephones: what Local channels cannot show."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from tests.servers.phone import Phone, phone
from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import Scene, by_name, settled
from tests.servers.stage import Stage

PHONES: Final = """\
[globals](+)
MEMBER_PREFIX = PJSIP/
MEMBER_SUFFIX =
STATE_PREFIX = PJSIP/
STATE_SUFFIX =
"""
"""As shipped: `lab.conf` says otherwise."""


@contextlib.asynccontextmanager
async def logged_in(stage: Stage, user: str) -> AsyncIterator[Phone]:
    """An agent at a registered telephone, logged in by its code."""
    async with phone(stage.asterisk, user) as telephone:
        stage.note(f"agent {user} registers a telephone and dials *40")
        before = stage.count("QueueMemberAdded")
        call = await telephone.dial("*40")
        await stage.expect("QueueMemberAdded", before + 2)
        await telephone.hang_up(call)
        yield telephone


async def sip_hold(stage: Stage, _: Recorder) -> None:
    """1001 answers after 1 s of ringing, puts the caller on hold for 2 s and for 1 s, and hangs up."""
    async with logged_in(stage, "1001") as telephone:
        call = await stage.call("support")
        await telephone.ringing()
        await asyncio.sleep(1)
        stage.note("1001 answers")
        talk = await telephone.answer()
        for seconds in (2, 1):
            await asyncio.sleep(1)
            stage.note(f"1001 puts the caller on hold for {seconds} s")
            await telephone.hold(talk)
            await asyncio.sleep(seconds)
            await telephone.resume(talk)
        await asyncio.sleep(1)
        stage.note("1001 hangs up")
        await telephone.hang_up(talk)
        await settled(stage, call)


async def sip_hung_up_on_hold(stage: Stage, _: Recorder) -> None:
    """1001 answers and puts the caller on hold; the caller hangs up after 2 s of it."""
    async with logged_in(stage, "1001") as telephone:
        call = await stage.call("support")
        talk = await telephone.answer()
        await call.answered.wait()
        await asyncio.sleep(1)
        stage.note("1001 puts the caller on hold")
        await telephone.hold(talk)
        await asyncio.sleep(2)
        await call.hang_up()
        await settled(stage, call)


async def sip_busy_then_answered(stage: Stage, _: Recorder) -> None:
    """1001 rejects with 486 after 0.5 s, is rung again, and answers; the caller hangs up."""
    async with logged_in(stage, "1001") as telephone:
        call = await stage.call("support")
        await telephone.ringing()
        await asyncio.sleep(0.5)
        stage.note("1001 rejects")
        await telephone.reject()
        await telephone.answer()
        await call.answered.wait()
        await asyncio.sleep(2)
        await call.hang_up()
        await settled(stage, call)


async def sip_ring_no_answer(stage: Stage, _: Recorder) -> None:
    """1001 lets it ring for the queue's 3 s; the caller hangs up during the second ring."""
    async with logged_in(stage, "1001") as telephone:
        call = await stage.call("support")
        ring = await telephone.ringing()
        await ring.ended.wait()
        await telephone.ringing()
        await asyncio.sleep(1)
        await call.hang_up()
        await settled(stage, call)


async def sip_call_outside_the_queue(stage: Stage, _: Recorder) -> None:
    """1001 is on a call with 1009 when a caller comes; the caller is offered when that call is over."""
    async with logged_in(stage, "1001") as telephone, phone(stage.asterisk, "1009") as colleague:
        stage.note("1001 calls 1009")
        dialling = asyncio.create_task(telephone.dial("1009"))
        await colleague.answer()
        talk = await dialling
        call = await stage.call("support")
        await call.joined.wait()
        await asyncio.sleep(3)
        stage.note("1001 hangs up")
        await telephone.hang_up(talk)
        await telephone.answer()
        await call.answered.wait()
        await asyncio.sleep(1)
        await call.hang_up()
        await settled(stage, call)


async def sip_unplugged(stage: Stage, _: Recorder) -> None:
    """The telephone of 1001 unregisters while a caller waits for it, and registers again."""
    async with logged_in(stage, "1001") as telephone, logged_in(stage, "1002"):
        await stage.pause("1002", "away", interface="PJSIP/1002")
        stage.note("the telephone of 1001 is unplugged")
        await telephone.register(0)
        await stage.expect("QueueMemberStatus", Queue="support", Status="5")
        call = await stage.call("support")
        await call.joined.wait()
        await asyncio.sleep(2)
        stage.note("the telephone of 1001 is back")
        await telephone.register()
        talk = await telephone.answer()
        await call.answered.wait()
        await asyncio.sleep(1)
        await telephone.hang_up(talk)
        await settled(stage, call)


async def sip_blind_transfer(stage: Stage, _: Recorder) -> None:
    """1001 answers and transfers the caller to overflow (602) without asking, where 1002 answers."""
    async with logged_in(stage, "1001") as first, logged_in(stage, "1002") as second:
        await stage.pause("1002", "away", "support", interface="PJSIP/1002")
        await stage.pause("1001", "away", "overflow", interface="PJSIP/1001")
        call = await stage.call("support")
        talk = await first.answer()
        await call.answered.wait()
        await asyncio.sleep(2)
        stage.note("1001 transfers the caller to 602")
        await first.transfer(talk, "602")
        next_talk = await second.answer()
        await stage.expect("AgentConnect", 2)
        await asyncio.sleep(2)
        await second.hang_up(next_talk)
        await settled(stage, call)


async def sip_attended_transfer(stage: Stage, _: Recorder) -> None:
    """1001 puts the caller on hold, asks 1009, who is in no queue, and connects the two."""
    async with logged_in(stage, "1001") as telephone, phone(stage.asterisk, "1009") as colleague:
        call = await stage.call("support")
        talk = await telephone.answer()
        await call.answered.wait()
        await asyncio.sleep(1)
        stage.note("1001 puts the caller on hold and calls 1009")
        await telephone.hold(talk)
        dialling = asyncio.create_task(telephone.dial("1009"))
        far_end = await colleague.answer()
        consultation = await dialling
        await asyncio.sleep(2)
        stage.note("1001 connects the two")
        await telephone.connect(talk, consultation)
        await asyncio.sleep(2)
        stage.note("1009 hangs up")
        await colleague.hang_up(far_end)
        await settled(stage, call)


async def sip_attended_transfer_to_queue(stage: Stage, _: Recorder) -> None:
    """1009 has 1008 on the line, waits in support for 1008, and connects the two; 1001 answers."""
    async with (
        logged_in(stage, "1001") as telephone,
        phone(stage.asterisk, "1009") as reception,
        phone(stage.asterisk, "1008") as visitor,
    ):
        await stage.pause("1001", "away", interface="PJSIP/1001")
        stage.note("1008 calls 1009")
        dialling = asyncio.create_task(visitor.dial("1009"))
        talk = await reception.answer()
        visit = await dialling
        stage.note("1009 puts 1008 on hold and calls 600")
        await reception.hold(talk)
        waiting = await reception.dial("600")
        await stage.expect("QueueCallerJoin")
        await asyncio.sleep(2)
        stage.note("1009 connects 1008 with the queue")
        await reception.connect(talk, waiting)
        await asyncio.sleep(1)
        await stage.ready("1001", interface="PJSIP/1001")
        await telephone.answer()
        await stage.expect("AgentConnect")
        await asyncio.sleep(2)
        stage.note("1008 hangs up")
        await visitor.hang_up(visit)
        await settled(stage)


SCENES = by_name(
    Scene(sip_hold, dialplan=PHONES),
    Scene(sip_hung_up_on_hold, dialplan=PHONES),
    Scene(sip_busy_then_answered, dialplan=PHONES),
    Scene(sip_ring_no_answer, dialplan=PHONES),
    Scene(sip_call_outside_the_queue, dialplan=PHONES),
    Scene(sip_unplugged, dialplan=PHONES),
    Scene(sip_blind_transfer, dialplan=PHONES),
    Scene(sip_attended_transfer, dialplan=PHONES),
    Scene(sip_attended_transfer_to_queue, dialplan=PHONES),
)
