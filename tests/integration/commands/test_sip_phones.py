"""Commands for agents with real SIP phones: transfer, listening, taking a call, dialling, hanging up."""

import asyncio

import pytest

from tests.integration.commands.asker import Asker
from tests.integration.commands.site import PEOPLE
from tests.servers.asterisk import Asterisk
from tests.servers.phone import Phone, phone
from tests.servers.stage import Call, Stage
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(60)]


@pytest.fixture(scope="module")
def settings() -> str:
    return PEOPLE


def channels(pbx: Asterisk) -> str:
    return pbx.cli("core show channels concise")


def log_of(pbx: Asterisk, call: Call) -> list[str]:
    lines = pbx.queue_log.read_text().splitlines()
    return [line.split("|", 4)[4] for line in lines if line.split("|")[1] == call.uniqueid]


async def talking(stage: Stage, asker: Asker, telephone: Phone) -> Call:
    """A caller of support who talks to ann."""
    assert (await asker.ask("ann", "login", queues=["support"]))["ok"]
    call = await stage.call("support")
    await telephone.answer()
    await asyncio.wait_for(call.answered.wait(), 10)
    return call


async def test_an_agent_hangs_up(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    async with phone(pbx, "1001") as ann:
        call = await talking(stage, asker, ann)
        await ann.hold(ann.dialogs[0])

        answer = await asker.ask("ann", "hangup")

        assert answer["ok"], answer
        assert ann.dialogs == []
        await eventually(lambda: "COMPLETE" in "".join(log_of(pbx, call)), "the record", within=10)


async def test_an_agent_sends_the_caller_to_a_colleague(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    async with phone(pbx, "1001") as ann, phone(pbx, "1002") as bob:
        call = await talking(stage, asker, ann)

        answer = await asker.ask("ann", "transfer", to="1002")

        assert answer["ok"], answer
        await bob.answer()
        await eventually(lambda: "BLINDTRANSFER|1002|phones" in "".join(log_of(pbx, call)), "the record", within=10)
        await eventually(lambda: ann.dialogs == [], "ann's phone to be free", within=10)
        assert "PJSIP/1002-" in channels(pbx)


async def test_an_agent_asks_the_colleague_first(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    async with phone(pbx, "1001") as ann, phone(pbx, "1002") as bob:
        call = await talking(stage, asker, ann)

        answer = await asker.ask("ann", "transfer", to="1002", kind="attended")

        assert answer["ok"], answer
        await bob.answer()
        await asyncio.sleep(0.5)
        assert (await asker.ask("ann", "hangup"))["ok"]
        await eventually(lambda: "ATTENDEDTRANSFER" in "".join(log_of(pbx, call)), "the record", within=10)
        assert "PJSIP/1002-" in channels(pbx)
        assert not call.gone.is_set()


async def test_a_supervisor_listens_whispers_and_joins_in(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    async with phone(pbx, "1001") as ann, phone(pbx, "1009") as sue:
        await talking(stage, asker, ann)

        for command, options in (("monitor", "qES"), ("whisper", "qESw"), ("barge", "qESB")):
            answer = await asker.ask("sue", command, agent="1001")

            assert answer["ok"], answer
            dialog = await sue.answer()
            await eventually(lambda wanted=f",{options}!": wanted in channels(pbx), command, within=10)  # type: ignore[misc]
            await sue.hang_up(dialog)

        answer = await asker.ask("quentin", "barge", agent="1001")
        assert answer["reason"] == "role"


async def test_a_colleague_takes_a_call_that_rings(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    async with phone(pbx, "1001") as ann, phone(pbx, "1002") as bob:
        assert (await asker.ask("ann", "login", queues=["support"]))["ok"]
        call = await stage.call("support")
        await ann.ringing()

        answer = await asker.ask("bob", "pickup", agent="1001")

        assert answer["ok"], answer
        await bob.answer()
        await asyncio.wait_for(call.answered.wait(), 10)
        assert "PJSIP/1002-" in channels(pbx)


async def test_an_agent_dials_by_a_click(pbx: Asterisk, stage: Stage, asker: Asker) -> None:
    async with phone(pbx, "1001") as ann, phone(pbx, "1002") as bob:
        answer = await asker.ask("ann", "originate", to="1002")

        assert answer["ok"], answer
        await ann.answer()
        await bob.answer()

        def talks() -> list[str]:
            return [line for line in channels(pbx).splitlines() if line.startswith("PJSIP/") and "!Up!" in line]

        await eventually(lambda: len(talks()) == 2, "both phones in a call", within=10)

    answer = await asker.ask("ann", "originate", to="1002")
    assert (answer["outcome"], answer["reason"]) == ("failed", "asterisk")
