"""Asking to be away: requested, approved or refused, gone within the time, back early, and what lapses."""

import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain.policy import PauseReason
from ctibridge.domain.units import Seconds
from ctibridge.domain.views import Leave
from tests.unit.domain.alarm_site import MEAL, AlarmSite, ruled
from tests.unit.domain.builder import member

STRICT = PauseReason(code="away", limit=Seconds(300), needs_approval=True)
KINDS = {
    ch.AgentLeaveRequested: "requested",
    ch.AgentLeaveApproved: "approved",
    ch.AgentLeaveRefused: "refused",
    ch.AgentLeaveLapsed: "lapsed",
    ch.AgentLeaveWithdrawn: "withdrawn",
    ch.AgentLeftUnapproved: "unapproved",
}


def opened() -> AlarmSite:
    site = AlarmSite(ruled(only=("left_unapproved", "limit_exceeded"), reasons=(STRICT, MEAL)))
    site.opened("1001", "1002")
    return site


def told(it: AlarmSite) -> list[tuple[float, str]]:
    return [(change.at, KINDS[type(change)]) for change in it.changes if type(change) in KINDS]


def leave(it: AlarmSite) -> Leave | None:
    return it.agent().leave


def test_asked_for_approved_gone_and_back() -> None:
    it = opened()
    it.at(100).asks_to_leave("1001")
    assert leave(it) == Leave(state="requested", reason="away", requested_at=100, expires_at=400)  # type: ignore[arg-type]

    it.at(160).decides("1001", approves=True)
    assert leave(it) == Leave(
        state="approved",
        reason="away",
        requested_at=100,  # type: ignore[arg-type]
        expires_at=760,  # type: ignore[arg-type]
        decided_by="boss",
    )
    it.at(200).pauses("1001", "away")
    limit, using = it.agent().limit, leave(it)
    assert limit is not None
    assert using is not None
    assert (limit.approved_by, limit.deadline) == ("boss", 500.0)
    assert (using.state, using.expires_at) == ("approved", None)

    it.at(450).unpauses("1001")
    it.passes(2000)
    assert (told(it), it.story(), leave(it)) == ([(100, "requested"), (160, "approved")], [], None)


def test_approved_leave_has_its_limit_all_the_same() -> None:
    it = opened()
    it.at(100).asks_to_leave("1001")
    it.at(110).decides("1001", approves=True)
    it.at(120).pauses("1001", "away")
    it.passes(430)

    assert it.story() == [(420, "raised", "limit_exceeded:1001")]
    limit = it.said(ch.AgentLimitExceeded)[0].agent.limit
    assert limit is not None
    assert limit.approved_by == "boss"


def test_it_is_good_for_one_absence() -> None:
    it = opened()
    it.at(100).decides("1001", approves=True)
    it.at(110).pauses("1001", "away")
    it.at(150).unpauses("1001")
    it.at(160).pauses("1001", "away")

    assert told(it) == [(100, "approved"), (160, "unapproved")]


def test_a_request_that_nobody_decides_lapses() -> None:
    it = opened()
    it.at(100).asks_to_leave("1001")
    it.passes(399.9)
    assert leave(it) is not None

    it.passes(400)
    assert (told(it), leave(it)) == ([(100, "requested"), (400, "lapsed")], None)
    assert not it.said(ch.AgentLeaveLapsed)[0].was_approved


def test_approval_that_is_not_made_use_of_lapses() -> None:
    it = opened()
    it.at(100).asks_to_leave("1001")
    it.at(110).decides("1001", approves=True, valid=60)
    it.at(171).pauses("1001", "away")

    assert told(it) == [(100, "requested"), (110, "approved"), (170, "lapsed"), (171, "unapproved")]
    assert it.said(ch.AgentLeaveLapsed)[0].was_approved


def test_refused() -> None:
    it = opened()
    it.at(100).asks_to_leave("1001")
    it.at(110).decides("1001", approves=False)
    it.at(120).pauses("1001", "away")

    assert told(it) == [(100, "requested"), (110, "refused"), (120, "unapproved")]
    refused = it.said(ch.AgentLeaveRefused)[0]
    assert (refused.by, refused.reason) == ("boss", "away")


def test_approval_can_be_taken_back_until_the_agent_goes_and_not_afterwards() -> None:
    it = opened()
    it.at(100).decides("1001", approves=True)
    it.at(110).decides("1001", approves=False)
    it.at(120).decides("1001", approves=True)
    it.at(130).pauses("1001", "away")
    it.at(140).decides("1001", approves=False)

    assert told(it) == [(100, "approved"), (110, "refused"), (120, "approved")]
    limit = it.agent().limit
    assert limit is not None
    assert limit.approved_by == "boss"


def test_withdrawn_by_the_agent() -> None:
    it = opened()
    it.at(100).asks_to_leave("1001")
    it.at(105).withdraws("1001")
    it.at(106).withdraws("1001")
    it.at(110).decides("1001", approves=False)
    it.passes(1000)

    assert told(it) == [(100, "requested"), (105, "withdrawn")]


def test_leave_for_one_reason_is_not_leave_for_another() -> None:
    it = opened()
    it.at(100).asks_to_leave("1001", "meal")
    it.at(110).decides("1001", approves=True)
    it.at(120).pauses("1001", "away")

    assert told(it)[2:] == [(120, "unapproved")]


def test_a_pause_in_mid_call_within_the_time_is_approved_though_the_call_ends_later() -> None:
    it = opened()
    it.at(100).joins("c1")
    it.rings("1001", "c1")
    it.at(102).answers("1001", "c1", 2)
    it.at(105).decides("1001", approves=True, valid=30)
    it.at(120).pauses("1001", "away")
    it.at(500).completes("1001", "c1", 2, 398)
    it.passes(600)

    assert told(it) == [(105, "approved")]
    limit = it.agent().limit
    assert limit is not None
    assert (limit.approved_by, limit.deadline) == ("boss", 800.0)


def test_whoever_is_not_known_asks_in_vain_and_nobody_else_is_touched() -> None:
    it = opened()
    it.at(100).asks_to_leave("4711")
    it.decides("4711", approves=True)
    it.withdraws("4711")

    assert (told(it), leave(it)) == ([], None)


def test_asking_again_for_what_is_allowed_changes_nothing_and_for_another_reason_asks_anew() -> None:
    it = opened()
    it.at(100).decides("1001", approves=True)
    it.at(110).asks_to_leave("1001", "away")
    assert told(it) == [(100, "approved")]

    it.at(120).asks_to_leave("1002", "away")
    it.at(130).decides("1002", approves=True)
    it.at(140).asks_to_leave("1002", "meal")
    assert told(it)[1:] == [(120, "requested"), (130, "approved"), (140, "requested")]


# -- gaps --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_gone", [True, False])
def test_whether_approval_was_made_use_of_in_a_gap_is_decided_by_the_next_picture(*, is_gone: bool) -> None:
    it = opened()
    it.at(100).decides("1001", approves=True, valid=60)
    it.at(110).loses_feed()
    it.passes(200)
    assert told(it) == [(100, "approved")]

    gone = member("1001", paused=True, reason="away", last_pause=150)
    it.at(210).pictured([gone if is_gone else member("1001"), member("1002")])
    it.passes(211)
    if is_gone:
        limit = it.agent().limit
        assert limit is not None
        assert (limit.approved_by, limit.deadline, told(it)) == ("boss", 450.0, [(100.0, "approved")])
    else:
        assert (told(it), leave(it)) == ([(100, "approved"), (210, "lapsed")], None)


def test_people_decide_during_a_gap_as_well() -> None:
    it = opened()
    it.at(100).loses_feed()
    it.at(110).asks_to_leave("1001")
    it.at(120).decides("1001", approves=True)
    it.at(130).pictured([member("1001"), member("1002")])
    it.at(140).pauses("1001", "away")

    assert told(it) == [(110, "requested"), (120, "approved")]
