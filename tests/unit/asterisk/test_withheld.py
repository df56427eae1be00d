"""What does not reach us is found by what does, and nothing is said without proof."""

import msgspec
import pytest

from ctibridge.asterisk.counts import AmiCounts
from ctibridge.asterisk.withheld import Withheld
from ctibridge.domain.events import Caller, CallerListed, MemberListed
from ctibridge.domain.units import CallId, QueueName, Seconds
from tests.unit.domain.builder import member

ALL = {"agent", "dialplan", "call", "system"}


def waiting(seconds: float) -> CallerListed:
    return CallerListed(
        queue=QueueName("sales"), call=CallId("1.1"), position=1, wait=Seconds(seconds), channel=None, caller=Caller()
    )


@pytest.fixture
def counts() -> AmiCounts:
    return AmiCounts()


def test_a_caller_who_came_after_the_login_unseen_proves_that_agent_is_missing(counts: AmiCounts) -> None:
    watch = Withheld(counts)
    watch.note(waiting(60), logged_in_for=30, classes={"system"})
    assert watch.findings({"system"}) == (), "who came before could not be seen"

    watch.note(waiting(10), logged_in_for=30, classes={"system"})
    assert [text.partition(":")[0] for text in watch.findings({"system"})] == ['read= lacks "agent"']
    assert watch.findings(ALL) == (), "it was granted meanwhile"


def test_with_read_agent_nobody_is_missed(counts: AmiCounts) -> None:
    watch = Withheld(counts)
    watch.note(waiting(1), logged_in_for=30, classes=ALL)

    assert watch.findings(ALL) == ()


def test_after_a_reconnect_nothing_is_missed_until_somebody_came_and_went_anew(counts: AmiCounts) -> None:
    counts.connects = 2
    counts.event("QueueCallerLeave")
    watch = Withheld(counts)
    watch.begin()
    watch.note(waiting(60), logged_in_for=0.1, classes={"system"})
    assert watch.classes({"system", "agent"}) == (), "who left on the connection before was told of there"

    counts.event("QueueCallerLeave")
    assert watch.classes({"system", "agent"}) == (), "who waited before us has raised everything before us"

    counts.event("QueueCallerLeave")
    assert watch.classes({"system", "agent"}) == ("dialplan", "call")


def test_an_abandon_without_any_variable_proves_that_variables_are_hidden(counts: AmiCounts) -> None:
    watch = Withheld(counts)
    counts.event("Newexten")
    assert watch.findings(ALL) == ()
    counts.event("QueueCallerAbandon")
    assert [text.partition(",")[0] for text in watch.findings(ALL)] == ["VarSet is hidden"]

    counts.event("VarSet")
    assert watch.findings(ALL) == ()


def test_members_whose_names_are_not_utf_8_are_named(counts: AmiCounts) -> None:
    watch = Withheld(counts)
    latin = msgspec.structs.replace(member("1002"), name="J\ufffdrgen")
    for record in (member("1001"), latin, member("1003", paused=True, reason="caf\ufffd")):
        watch.note(MemberListed(member=record), logged_in_for=1, classes=ALL)

    assert list(watch.unreadable_members()) == ["PJSIP/1002", "PJSIP/1003"]
