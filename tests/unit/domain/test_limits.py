"""How long a pause may last: 80 % a warning, 100 % over, and what it was over by in the end."""

import pytest

from ctibridge.domain import changes as ch
from ctibridge.domain.policy import PauseReason, Policy
from ctibridge.domain.units import Seconds
from tests.unit.domain.builder import FREE, IN_USE, Site, member

AWAY = PauseReason(code="away", label="Away", limit=Seconds(300))
MEAL = PauseReason(code="meal", label="Meal", limit=Seconds(3600))
WRAP_UP = PauseReason(code="acw", counts_as="wrap_up", limit=Seconds(60))
TRAINING = PauseReason(code="training")


def site() -> Site:
    return Site(Policy(pause_reasons=(AWAY, MEAL, WRAP_UP, TRAINING))).opened()


def stages(it: Site) -> list[tuple[float, str]]:
    """When a limit's stage changed, and to what."""
    kinds = {ch.AgentLimitWarning: "warning", ch.AgentLimitExceeded: "exceeded", ch.AgentLimitCleared: "cleared"}
    return [(round(change.at, 3), kinds[type(change)]) for change in it.changes if type(change) in kinds]


def test_a_pause_that_ends_in_time_says_nothing() -> None:
    it = site()
    it.at(10).pauses("1001", "away")

    limit = it.agent().limit
    assert limit is not None
    assert (limit.seconds, limit.deadline, limit.stage.value) == (300.0, 310.0, "ok")

    it.at(249.9).unpauses("1001")
    it.passes(1000)

    assert stages(it) == []
    assert it.agent().limit is None


def test_a_warning_at_80_percent() -> None:
    it = site()
    it.at(10).pauses("1001", "AWAY")
    it.passes(249.9)

    assert stages(it) == []

    it.passes(250)

    assert stages(it) == [(250, "warning")]

    it.at(300).unpauses("1001")

    assert stages(it) == [(250, "warning"), (300, "cleared")]
    assert it.said(ch.AgentLimitCleared)[0].overrun_seconds == 0.0


def test_exceeded_at_100_percent_to_a_tenth_of_a_second_and_cleared_with_the_overrun() -> None:
    it = site()
    it.at(10.3).pauses("1001", "away")
    it.passes(310.2)

    assert stages(it) == [(250.3, "warning")]

    it.passes(310.3)

    assert stages(it) == [(250.3, "warning"), (310.3, "exceeded")]
    assert it.agent().limit is not None

    it.at(342.8).unpauses("1001")

    cleared = it.said(ch.AgentLimitCleared)[0]
    assert (cleared.at, cleared.reason, round(cleared.overrun_seconds, 3)) == (342.8, "away", 32.5)
    assert it.agent_totals().limits_exceeded == {"away": 1}


def test_a_late_timer_tells_when_it_was_due() -> None:
    it = site()
    it.at(10).pauses("1001", "away")
    it.passes(1000)

    assert stages(it) == [(250, "warning"), (310, "exceeded")]


def test_another_reason_starts_another_limit() -> None:
    it = site()
    it.at(0.5).pauses("1001", "away")
    it.at(290.5).pauses("1001", "meal")
    it.passes(3800)

    assert stages(it) == [(240.5, "warning"), (290.5, "cleared"), (3170.5, "warning")]

    it.passes(3890.5)

    assert it.agent_totals().limits_exceeded == {"meal": 1}


def test_pausing_again_for_the_same_reason_wins_no_time() -> None:
    it = site()
    it.at(10).pauses("1001", "away")
    it.at(200).pauses("1001", "away")
    it.passes(310)

    assert stages(it) == [(250, "warning"), (310, "exceeded")]


def test_coming_back_for_a_moment_starts_anew() -> None:
    it = site()
    it.at(10).pauses("1001", "away")
    it.at(200).unpauses("1001")
    it.at(201).pauses("1001", "away")
    it.passes(400)

    assert stages(it) == []

    it.passes(501)

    assert stages(it) == [(441, "warning"), (501, "exceeded")]


def test_a_pause_during_a_call_counts_from_the_calls_end() -> None:
    it = site()
    it.at(10).joins("c1")
    it.rings("1001", "c1")
    it.at(12).answers("1001", "c1", wait=2)
    it.at(20).pauses("1001", "away", device=IN_USE)
    it.passes(400)

    assert stages(it) == []

    it.at(500).completes("1001", "c1", wait=2, talk=488)
    it.device("1001", FREE)
    it.passes(800)

    assert stages(it) == [(740, "warning"), (800, "exceeded")]


def test_a_reason_without_a_limit_or_without_a_name_has_none() -> None:
    it = site()
    it.at(10).pauses("1001", "training")
    it.at(5000).pauses("1001", "whatever")
    it.at(9000).pauses("1001")
    it.passes(50_000)

    assert stages(it) == []


def test_after_call_work_by_pausing_may_have_a_limit_too() -> None:
    it = site()
    it.at(10).pauses("1001", "acw")
    it.passes(70)

    assert stages(it) == [(58, "warning"), (70, "exceeded")]


def test_logging_out_clears_a_limit() -> None:
    it = site()
    it.at(10).pauses("1001", "away")
    it.at(320).logs_out("1001")

    assert stages(it)[-1] == (320, "cleared")
    assert it.said(ch.AgentLimitCleared)[0].overrun_seconds == 10.0


def test_a_limit_that_passes_while_we_are_blind_is_told_when_we_see_again() -> None:
    it = site()
    it.at(10).pauses("1001", "away")
    paused = it.record("1001")
    it.at(100).loses_feed()
    it.passes(400)

    assert stages(it) == []

    it.at(410).pictured([paused])

    assert stages(it) == [(410, "exceeded")]
    assert it.agent_totals().limits_exceeded == {"away": 1}


def test_a_pause_that_asterisk_remembers_from_before_we_started_is_over_its_limit_once() -> None:
    it = Site(Policy(pause_reasons=(AWAY,)))
    it.at(1000).pictured([member("1001", paused=True, reason="away", last_pause=600)])
    it.passes(2000)

    assert stages(it) == [(1000, "exceeded")]
    assert it.agent_totals().limits_exceeded == {"away": 1}
    assert it.agent().since == 600.0


def test_a_pause_that_asterisk_remembers_is_shown_since_then_with_a_limit_or_without() -> None:
    it = Site(Policy(pause_reasons=(AWAY,)))
    it.at(1000).pictured(
        [
            member("1001", paused=True, reason="away", last_pause=900),
            member("1002", paused=True, reason="yoga", last_pause=900),
        ]
    )

    assert [it.agent(agent).since for agent in ("1001", "1002")] == [900.0, 900.0]


def test_a_pause_begun_anew_while_we_were_blind_is_not_held_against_the_agent() -> None:
    it = site()
    it.at(10).pauses("1001", "away")
    it.at(100).loses_feed()
    it.at(400).pictured([member("1001", paused=True, reason="away", last_pause=380)])

    assert stages(it) == []
    assert it.agent().since == 380.0
    assert it.agent().limit is not None

    it.passes(680)

    assert stages(it) == [(620, "warning"), (680, "exceeded")]


@pytest.mark.parametrize("warn_at", [0.5, 1.0])
def test_the_share_at_which_to_warn_is_a_setting(warn_at: float) -> None:
    it = Site(Policy(pause_reasons=(PauseReason(code="away", limit=Seconds(100), warn_at=warn_at),))).opened()
    it.at(10).pauses("1001", "away")
    it.passes(200)

    warned = [(60, "warning")] if warn_at < 1 else []
    assert stages(it) == [*warned, (110, "exceeded")]
