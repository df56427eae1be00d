"""Scenes in which a call is passed on, or is meant to be, from SIP telephones."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tests.servers.phone import Dialog, Phone, phone
from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import Scene, by_name, settled
from tests.servers.scenes.telephones import PHONES, logged_in
from tests.servers.stage import Stage


async def called(stage: Stage, caller: Phone, callee: Phone, number: str) -> tuple[Dialog, Dialog]:
    """The two ends of a call from one telephone to another, which answers after half a second."""
    stage.note(f"{caller.user} calls {number}")
    dialling = asyncio.create_task(caller.dial(number))
    await callee.ringing()
    await asyncio.sleep(0.5)
    far_end = await callee.answer()
    return await dialling, far_end


@contextlib.asynccontextmanager
async def talking(stage: Stage, *others: str) -> AsyncIterator[tuple[Phone, Dialog, Phone, Dialog, list[Phone]]]:
    """1008 has called 600 and talks to agent 1001; `others` have telephones too."""
    async with contextlib.AsyncExitStack() as stack:
        agent = await stack.enter_async_context(logged_in(stage, "1001"))
        visitor = await stack.enter_async_context(phone(stage.asterisk, "1008"))
        bystanders = [await stack.enter_async_context(phone(stage.asterisk, user)) for user in others]
        visit, talk = await called(stage, visitor, agent, "600")
        await stage.expect("AgentConnect")
        await asyncio.sleep(1)
        yield agent, talk, visitor, visit, bystanders


async def sip_blind_transfer_by_caller(stage: Stage, _: Recorder) -> None:
    """The caller, 1008, sends agent 1001 to 1009, without asking; 1009 answers and hangs up."""
    async with talking(stage, "1009") as (_agent, talk, visitor, visit, (colleague,)):
        stage.note("1008 transfers the agent to 1009")
        await visitor.transfer(visit, "1009")
        far_end = await colleague.answer()
        await asyncio.sleep(2)
        stage.note("1009 hangs up")
        await colleague.hang_up(far_end)
        await talk.ended.wait()
        await settled(stage)


async def sip_blind_transfer_to_same_queue(stage: Stage, _: Recorder) -> None:
    """Agent 1001 sends the caller back to 600: 1002 answers, and sends the caller there once more; 1001 answers."""
    async with talking(stage) as (first, talk, visitor, visit, _others), logged_in(stage, "1002") as second:
        await stage.pause("1001", "away", interface="PJSIP/1001")
        stage.note("1001 transfers the caller to 600")
        await first.transfer(talk, "600")
        await second.ringing()
        await asyncio.sleep(1)
        next_talk = await second.answer()
        await stage.expect("AgentConnect", 2)
        await asyncio.sleep(1)
        await stage.pause("1002", "away", interface="PJSIP/1002")
        await stage.ready("1001", interface="PJSIP/1001")
        stage.note("1002 transfers the caller to 600")
        await second.transfer(next_talk, "600")
        await first.answer()
        await stage.expect("AgentConnect", 3)
        await asyncio.sleep(1)
        stage.note("1008 hangs up")
        await visitor.hang_up(visit)
        await settled(stage)


async def sip_blind_transfer_to_nowhere(stage: Stage, _: Recorder) -> None:
    """Agent 1001 transfers the caller to a number that does not exist; they talk on, and the agent hangs up."""
    async with talking(stage) as (agent, talk, *_rest):
        stage.note("1001 transfers the caller to 99999")
        with contextlib.suppress(ConnectionRefusedError):
            await agent.transfer(talk, "99999")
        await asyncio.sleep(2)
        stage.note("1001 hangs up")
        await agent.hang_up(talk)
        await settled(stage)


async def sip_blind_transfer_to_busy(stage: Stage, _: Recorder) -> None:
    """Agent 1001 transfers the caller to 1009, who is busy: the caller is lost, after the call with the agent."""
    async with talking(stage, "1009") as (agent, talk, _visitor, _visit, (colleague,)):
        stage.note("1001 transfers the caller to 1009")
        await agent.transfer(talk, "1009")
        await colleague.reject()
        await settled(stage)


async def sip_attended_transfer_refused(stage: Stage, _: Recorder) -> None:
    """Agent 1001 puts the caller on hold and calls 1009, who is busy; the two talk on, and the caller hangs up."""
    async with talking(stage, "1009") as (agent, talk, visitor, visit, (colleague,)):
        stage.note("1001 puts the caller on hold and calls 1009")
        await agent.hold(talk)
        dialling = asyncio.create_task(agent.dial("1009"))
        await colleague.reject()
        with contextlib.suppress(ConnectionRefusedError):
            await dialling
        await agent.resume(talk)
        await asyncio.sleep(1)
        stage.note("1008 hangs up")
        await visitor.hang_up(visit)
        await settled(stage)


async def sip_attended_transfer_given_up(stage: Stage, _: Recorder) -> None:
    """Agent 1001 asks 1009, who does not want the caller; the two talk on, and the agent hangs up."""
    async with talking(stage, "1009") as (agent, talk, _visitor, _visit, (colleague,)):
        stage.note("1001 puts the caller on hold")
        await agent.hold(talk)
        question, _far_end = await called(stage, agent, colleague, "1009")
        await asyncio.sleep(1)
        await agent.hang_up(question)
        await agent.resume(talk)
        await asyncio.sleep(1)
        stage.note("1001 hangs up")
        await agent.hang_up(talk)
        await settled(stage)


async def sip_attended_transfer_by_caller(stage: Stage, _: Recorder) -> None:
    """The caller, 1008, asks 1009 and connects 1009 with agent 1001; 1009 hangs up."""
    async with talking(stage, "1009") as (_agent, _talk, visitor, visit, (colleague,)):
        stage.note("1008 puts the agent on hold")
        await visitor.hold(visit)
        question, far_end = await called(stage, visitor, colleague, "1009")
        await asyncio.sleep(1)
        stage.note("1008 connects the two")
        await visitor.connect(visit, question)
        await asyncio.sleep(2)
        stage.note("1009 hangs up")
        await colleague.hang_up(far_end)
        await settled(stage)


async def sip_attended_transfer_to_another_queue(stage: Stage, _: Recorder) -> None:
    """Agent 1001 calls 601 for the caller and connects the two while sales waits; 1003 answers."""
    async with talking(stage) as (agent, talk, visitor, visit, _others), logged_in(stage, "1003") as other:
        await stage.pause("1003", "away", interface="PJSIP/1003")
        stage.note("1001 puts the caller on hold and calls 601")
        await agent.hold(talk)
        waiting = await agent.dial("601")
        await stage.expect("QueueCallerJoin", Queue="sales")
        await asyncio.sleep(1)
        stage.note("1001 connects the caller with the queue")
        await agent.connect(talk, waiting)
        await asyncio.sleep(1)
        await stage.ready("1003", interface="PJSIP/1003")
        await other.answer()
        await stage.expect("AgentConnect", 2)
        await asyncio.sleep(2)
        stage.note("1008 hangs up")
        await visitor.hang_up(visit)
        await settled(stage)


@contextlib.asynccontextmanager
async def announced(stage: Stage, *, to_talk: bool) -> AsyncIterator[tuple[Phone, Phone, Dialog]]:
    """1009 has put 1008 on hold, has called 600, and connects 1008 there: while 600 rings 1001, or talks."""
    async with contextlib.AsyncExitStack() as stack:
        agent = await stack.enter_async_context(logged_in(stage, "1001"))
        reception = await stack.enter_async_context(phone(stage.asterisk, "1009"))
        visitor = await stack.enter_async_context(phone(stage.asterisk, "1008"))
        visit, talk = await called(stage, visitor, reception, "1009")
        stage.note("1009 puts 1008 on hold and calls 600")
        await reception.hold(talk)
        waiting = await reception.dial("600")
        await agent.ringing()
        await asyncio.sleep(1)
        if to_talk:
            await agent.answer()
            await stage.expect("AgentConnect")
            await asyncio.sleep(2)
        stage.note("1009 connects the two")
        await reception.connect(talk, waiting)
        yield agent, visitor, visit


async def sip_announced_while_ringing(stage: Stage, _: Recorder) -> None:
    """1009 announces 1008 to the queue, and connects the two while 1001's telephone rings; 1001 answers."""
    async with announced(stage, to_talk=False) as (agent, visitor, visit):
        await asyncio.sleep(0.5)
        await agent.answer()
        await stage.expect("AgentConnect")
        await asyncio.sleep(2)
        stage.note("1008 hangs up")
        await visitor.hang_up(visit)
        await settled(stage)


async def sip_announced_and_gave_up(stage: Stage, _: Recorder) -> None:
    """1009 connects 1008 with the queue while 1001's telephone rings; 1008 hangs up before anybody answers."""
    async with announced(stage, to_talk=False) as (_agent, visitor, visit):
        await asyncio.sleep(1)
        stage.note("1008 hangs up")
        await visitor.hang_up(visit)
        await settled(stage)


async def sip_announced_to_agent(stage: Stage, _: Recorder) -> None:
    """1009 waits in the queue itself, talks to 1001, and then connects 1008 with 1001; 1008 hangs up."""
    async with announced(stage, to_talk=True) as (_agent, visitor, visit):
        await asyncio.sleep(2)
        stage.note("1008 hangs up")
        await visitor.hang_up(visit)
        await settled(stage)


SCENES = by_name(
    Scene(sip_blind_transfer_by_caller, dialplan=PHONES),
    Scene(sip_blind_transfer_to_same_queue, dialplan=PHONES),
    Scene(sip_blind_transfer_to_nowhere, dialplan=PHONES),
    Scene(sip_blind_transfer_to_busy, dialplan=PHONES),
    Scene(sip_attended_transfer_refused, dialplan=PHONES),
    Scene(sip_attended_transfer_given_up, dialplan=PHONES),
    Scene(sip_attended_transfer_by_caller, dialplan=PHONES),
    Scene(sip_attended_transfer_to_another_queue, dialplan=PHONES),
    Scene(sip_announced_while_ringing, dialplan=PHONES),
    Scene(sip_announced_and_gave_up, dialplan=PHONES),
    Scene(sip_announced_to_agent, dialplan=PHONES),
)
