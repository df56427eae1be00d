"""Scenes in which Local channels are optimised away in mid-call, so that a call goes on under another id."""

import asyncio

from tests.servers.phone import phone
from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import Scene, by_name, settled
from tests.servers.scenes.telephones import PHONES
from tests.servers.stage import Stage


async def optimised_caller(stage: Stage, _: Recorder) -> None:
    """1008 reaches the queue by `Dial(Local/600@…)`, without /n; 1001 makes sound; 1008 hangs up after 3 s."""
    await stage.control.action(
        "QueueAdd",
        Queue="support",
        Interface="Local/1001@lab-singers/n",
        MemberName="Agent 1001",
        StateInterface="Local/1001@lab-singers",
    )
    async with phone(stage.asterisk, "1008") as visitor:
        stage.note("1008 calls 8600")
        visit = await visitor.dial("8600")
        await stage.expect("AgentConnect")
        await asyncio.sleep(3)
        stage.note("1008 hangs up")
        await visitor.hang_up(visit)
        await settled(stage)


async def optimised_agent(stage: Stage, _: Recorder) -> None:
    """The member is `Local/1001@lab-desks`, without /n; the caller makes sound; 1001 hangs up after 3 s."""
    async with phone(stage.asterisk, "1001") as telephone:
        await stage.control.action(
            "QueueAdd",
            Queue="support",
            Interface="Local/1001@lab-desks",
            MemberName="Agent 1001",
            StateInterface="PJSIP/1001",
        )
        call = await stage.call("support", phone="sing")
        await telephone.ringing()
        await asyncio.sleep(1)
        talk = await telephone.answer()
        await call.answered.wait()
        await asyncio.sleep(3)
        stage.note("1001 hangs up")
        await telephone.hang_up(talk)
        await settled(stage, call)


async def optimised_agent_caller_ends(stage: Stage, _: Recorder) -> None:
    """As before, without a state interface, and the caller hangs up; the second caller is answered, too."""
    async with phone(stage.asterisk, "1001") as telephone:
        await stage.control.action(
            "QueueAdd", Queue="support", Interface="Local/1001@lab-desks", MemberName="Agent 1001"
        )
        for count in (1, 2):
            call = await stage.call("support", phone="sing")
            await telephone.ringing()
            await asyncio.sleep(0.5)
            await telephone.answer()
            await stage.expect("AgentConnect", count)
            await asyncio.sleep(2)
            await call.hang_up()
            await settled(stage, call)


SCENES = by_name(
    Scene(optimised_caller, dialplan=PHONES),
    Scene(optimised_agent, dialplan=PHONES),
    Scene(optimised_agent_caller_ends, dialplan=PHONES),
)
