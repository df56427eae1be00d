"""Scenes in which a SIP telephone is not simply answered: declined, redirected, picked up elsewhere, not understood."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tests.servers import sip
from tests.servers.phone import Phone, phone
from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import PATIENT_RING, Scene, by_name, settled
from tests.servers.scenes.telephones import PHONES, logged_in
from tests.servers.scenes.transfers import called
from tests.servers.stage import Stage


@contextlib.asynccontextmanager
async def member(
    stage: Stage, user: str, *queues: str, paused: bool = False, codec: str = sip.A_LAW
) -> AsyncIterator[Phone]:
    """An agent at a telephone who is a member of these queues."""
    async with phone(stage.asterisk, user, codec=codec) as telephone:
        for queue in queues:
            stage.note(f"agent {user} joins {queue}" + (" paused" if paused else ""))
            await stage.control.action(
                "QueueAdd",
                Queue=queue,
                Interface=f"PJSIP/{user}",
                MemberName=f"Agent {user}",
                Paused="true" if paused else "false",
            )
        yield telephone


async def sip_declined(stage: Stage, _: Recorder) -> None:
    """1001 declines (603) after 0.4 s, and the second time gives no answer; the third time 1001 answers."""
    async with logged_in(stage, "1001") as telephone:
        call = await stage.call("support")
        await telephone.ringing()
        await asyncio.sleep(0.4)
        stage.note("1001 declines")
        await telephone.reject("603 Decline")
        ring = await telephone.ringing()
        await ring.ended.wait()
        talk = await telephone.answer()
        await call.answered.wait()
        await asyncio.sleep(2)
        await telephone.hang_up(talk)
        await settled(stage, call)


async def sip_unavailable(stage: Stage, _: Recorder) -> None:
    """The telephone of 1001 says 480 at once, again and again; the caller hangs up."""
    async with logged_in(stage, "1001") as telephone:
        call = await stage.call("support")
        for _again in range(2):
            await telephone.reject("480 Temporarily Unavailable")
        await asyncio.sleep(0.5)
        await call.hang_up()
        await settled(stage, call)


async def sip_redirected(stage: Stage, _: Recorder) -> None:
    """The telephone of 1001 sends the call to 1009 (302), where it is answered; 1009 hangs up."""
    async with logged_in(stage, "1001") as telephone, phone(stage.asterisk, "1009") as colleague:
        call = await stage.call("support")
        stage.note("1001 redirects to 1009")
        await telephone.redirect("1009")
        await colleague.ringing()
        await asyncio.sleep(1)
        talk = await colleague.answer()
        await call.answered.wait()
        await asyncio.sleep(2)
        stage.note("1009 hangs up")
        await colleague.hang_up(talk)
        await settled(stage, call)


async def sip_redirected_to_nowhere(stage: Stage, _: Recorder) -> None:
    """The telephone of 1001 sends the call to a number that does not exist; then 1001 answers."""
    async with logged_in(stage, "1001") as telephone:
        call = await stage.call("support")
        stage.note("1001 redirects to 99999")
        await telephone.redirect("99999")
        talk = await telephone.answer()
        await call.answered.wait()
        await asyncio.sleep(2)
        await telephone.hang_up(talk)
        await settled(stage, call)


async def sip_redirected_and_gave_up(stage: Stage, _: Recorder) -> None:
    """The telephone of 1001 sends the call to 1009, which rings; the caller hangs up."""
    async with logged_in(stage, "1001") as telephone, phone(stage.asterisk, "1009") as colleague:
        call = await stage.call("support")
        stage.note("1001 redirects to 1009")
        await telephone.redirect("1009")
        await colleague.ringing()
        await asyncio.sleep(1)
        await call.hang_up()
        await settled(stage, call)


async def sip_no_common_codec(stage: Stage, _: Recorder) -> None:
    """1011 answers, but nothing can translate between caller and agent: Asterisk drops the call."""
    async with member(stage, "1011", "support", codec=sip.G729) as telephone:
        call = await stage.call("support")
        await telephone.answer()
        await settled(stage, call)


async def sip_picked_up(stage: Stage, _: Recorder) -> None:
    """1001 rings; 1009, who is in no queue, picks the call up (*81001), talks and hangs up."""
    async with logged_in(stage, "1001") as telephone, phone(stage.asterisk, "1009") as colleague:
        call = await stage.call("support")
        await telephone.ringing()
        await asyncio.sleep(1)
        stage.note("1009 dials *81001")
        talk = await colleague.dial("*81001")
        await call.answered.wait()
        await asyncio.sleep(2)
        stage.note("1009 hangs up")
        await colleague.hang_up(talk)
        await settled(stage, call)


async def sip_hold_by_caller(stage: Stage, _: Recorder) -> None:
    """The caller, 1008, puts agent 1001 on hold for 2 s and hangs up later."""
    async with logged_in(stage, "1001") as telephone, phone(stage.asterisk, "1008") as visitor:
        visit, _talk = await called(stage, visitor, telephone, "600")
        await stage.expect("AgentConnect")
        await asyncio.sleep(1)
        stage.note("1008 puts the agent on hold for 2 s")
        await visitor.hold(visit)
        await asyncio.sleep(2)
        await visitor.resume(visit)
        await asyncio.sleep(1)
        stage.note("1008 hangs up")
        await visitor.hang_up(visit)
        await settled(stage)


async def sip_gave_up_while_ringing(stage: Stage, _: Recorder) -> None:
    """The caller, 1008, hangs up while 1001's telephone rings."""
    async with logged_in(stage, "1001") as telephone, phone(stage.asterisk, "1008") as visitor:
        visit = await visitor.dial("600")
        await telephone.ringing()
        await asyncio.sleep(2)
        stage.note("1008 hangs up")
        await visitor.hang_up(visit)
        await settled(stage)


async def sip_ring_all(stage: Stage, _: Recorder) -> None:
    """Overflow rings three telephones: 1002 is busy, 1001 answers, 1003's ring ends."""
    async with (
        member(stage, "1001", "overflow") as first,
        member(stage, "1002", "overflow") as second,
        member(stage, "1003", "overflow") as third,
    ):
        call = await stage.call("overflow")
        await third.ringing()
        await second.ringing()
        await asyncio.sleep(0.5)
        await second.reject()
        await asyncio.sleep(0.7)
        talk = await first.answer()
        await call.answered.wait()
        await asyncio.sleep(2)
        await first.hang_up(talk)
        await settled(stage, call)


async def sip_ring_all_gave_up(stage: Stage, _: Recorder) -> None:
    """Overflow rings two telephones; the caller hangs up."""
    async with member(stage, "1001", "overflow") as first, member(stage, "1002", "overflow") as second:
        call = await stage.call("overflow")
        await first.ringing()
        await second.ringing()
        await asyncio.sleep(1.5)
        await call.hang_up()
        await settled(stage, call)


async def sip_auto_pause(stage: Stage, _: Recorder) -> None:
    """Autopause is on in support: 1001 does not answer and is paused, then is ready again and answers."""
    async with member(stage, "1001", "support", "sales") as telephone:
        call = await stage.call("support")
        await telephone.ringing()
        await stage.expect("QueueMemberPause", Paused="1")
        await asyncio.sleep(1.5)
        await stage.ready("1001", interface="PJSIP/1001")
        talk = await telephone.answer()
        await call.answered.wait()
        await asyncio.sleep(1)
        await telephone.hang_up(talk)
        await settled(stage, call)


AUTO_PAUSE_ALL = "[support](+)\ntimeout = 3\nretry = 1\nwrapuptime = 2\nautopause = yes\n"

SCENES = by_name(
    Scene(sip_declined, dialplan=PHONES),
    Scene(sip_unavailable, dialplan=PHONES),
    Scene(sip_redirected, PATIENT_RING, dialplan=PHONES),
    Scene(sip_redirected_to_nowhere, PATIENT_RING, dialplan=PHONES),
    Scene(sip_redirected_and_gave_up, PATIENT_RING, dialplan=PHONES),
    Scene(sip_no_common_codec, dialplan=PHONES),
    Scene(sip_picked_up, PATIENT_RING, dialplan=PHONES),
    Scene(sip_hold_by_caller, dialplan=PHONES),
    Scene(sip_gave_up_while_ringing, PATIENT_RING, dialplan=PHONES),
    Scene(sip_ring_all, dialplan=PHONES),
    Scene(sip_ring_all_gave_up, dialplan=PHONES),
    Scene(sip_auto_pause, AUTO_PAUSE_ALL, dialplan=PHONES),
)
