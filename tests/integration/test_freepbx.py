"""What docs/freepbx.md tells people to write works, on members and queues as FreePBX makes them."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.servers.ami import connected
from tests.servers.asterisk import REPOSITORY, VERSIONS, Asterisk
from tests.servers.available import requires_asterisk
from tests.servers.phone import phone
from tests.servers.queue_show import Member, shown
from tests.servers.scenes.agents import FREEPBX_DIALPLAN, FREEPBX_QUEUES
from tests.servers.stage import stage_on
from tests.servers.waiting import eventually

pytestmark = pytest.mark.asterisk

FREEPBX_ITSELF = """\
[from-internal]
include => from-internal-custom
[from-pstn]
exten => _X.,1,Set(GLOBAL(SHOWN)=${CALLERID(num)})
[forgery]
exten => call,1,Set(CALLERID(num)=${URIDECODE(138%0d%0aEvent: Forged)})
 same => n,Goto(from-carrier,400,1)
"""


def block(marker: str) -> str:
    """The block of docs/freepbx.md that contains `marker`."""
    fenced = (REPOSITORY / "docs" / "freepbx.md").read_text().split("```")[1::2]
    return next(text.partition("\n")[2] for text in fenced if marker in text)


@pytest.fixture(params=VERSIONS)
def asterisk(request: pytest.FixtureRequest) -> Iterator[Asterisk]:
    requires_asterisk(request.param)
    extra = {
        "extensions.d/custom.conf": block("[from-internal-custom]") + block("[from-carrier]"),
        "extensions.d/freepbx.conf": FREEPBX_ITSELF + FREEPBX_DIALPLAN,
        "queues.d/freepbx.conf": FREEPBX_QUEUES,
        "manager.d/zz-custom.conf": block("[ctibridge]").replace("[ctibridge]", "[custom]"),
        "pjsip.d/freepbx.conf": "[1001](+type=endpoint)\ncontext = from-internal\n",
    }
    with Asterisk(request.param, extra=extra) as server:
        yield server


def agent_one(asterisk: Asterisk) -> Member:
    return next(member for member in shown(asterisk.cli("queue show 400"))["400"].members)


def is_paused_for(reason: str, asterisk: Asterisk) -> bool:
    return agent_one(asterisk).reason == reason


async def test_the_manager_user_logs_in_and_sees_members_by_their_hints(asterisk: Asterisk) -> None:
    async with connected(asterisk.port, "custom", "change-this-secret") as bridge:
        replies = await bridge.collect("QueueStatus", Queue="400")
    member = next(reply for reply in replies if reply["Event"] == "QueueMember")
    assert (member["Location"], member["StateInterface"]) == ("Local/1001@from-queue/n", "hint:1001@ext-local")


async def test_the_codes_pause_with_a_reason_and_end_the_pause(asterisk: Asterisk) -> None:
    async with phone(asterisk, "1001") as telephone:
        for code, reason in (("*661", "away"), ("*662", "busy"), ("*663", "meal"), ("*664", "wrap_up")):
            await telephone.dial(code)
            await eventually(partial(is_paused_for, reason, asterisk), f"pause {reason}")
        await telephone.dial("*665")
        await eventually(lambda: not agent_one(asterisk).paused, "the end of the pause")


async def test_the_context_of_the_trunk_filters_the_number(asterisk: Asterisk) -> None:
    async with stage_on(asterisk) as stage:
        await stage.dial("1", "call", context="forgery")
        shown_number = await stage.expect("VarSet", Variable="SHOWN")
        assert shown_number["Value"] == "138"
