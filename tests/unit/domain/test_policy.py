"""The rules: which hold for a queue, who is behind an interface, and where the site's day begins."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ctibridge.domain.policy import (
    DEFAULT_PAUSE_REASONS,
    AgentsSettings,
    PauseReason,
    Policy,
    QueueOverrides,
    QueuePolicy,
    Team,
)
from ctibridge.domain.units import AgentId, Interface, QueueName, Seconds, Timestamp, queue_key

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
SIX = timedelta(hours=6)
HOUR = 3600


def moment(text: str, zone: tzinfo = BERLIN) -> Timestamp:
    """A wall clock's moment; with an offset in the text, exactly that one."""
    parsed = datetime.fromisoformat(text)
    return Timestamp((parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).timestamp())


# -- queues -----------------------------------------------------------------------------------------------------------


def test_the_defaults_are_the_rule_books() -> None:
    rules = Policy().queue("sales")

    assert (rules.rings, rules.seconds_per_ring, rules.prompt_ring) == (2, 6.0, 12.0)
    assert (rules.service_level_threshold, rules.service_level_target) == (20, 0.8)
    assert (rules.short_abandon, rules.late_answer, rules.unanswered_after) == (5.0, 15.0, 60.0)
    assert rules.wrap_up == 0.0


def test_a_queue_differs_in_what_it_names_and_nowhere_else() -> None:
    defaults = QueuePolicy(service_level_threshold=30, wrap_up=Seconds(10))
    policy = Policy(defaults=defaults, queues={"VIP": QueueOverrides(label="贵宾", service_level_target=0.95)})

    assert policy.queue("vip") == QueuePolicy(
        service_level_threshold=30, wrap_up=Seconds(10), service_level_target=0.95
    )
    assert policy.queue("sales") == defaults
    assert policy.queue_label(QueueName("Vip")) == "贵宾"
    assert policy.queue_label(QueueName("sales")) == "sales"


def test_nothing_is_also_a_setting() -> None:
    policy = Policy(
        defaults=QueuePolicy(wrap_up=Seconds(10)),
        queues={"fast": QueueOverrides(wrap_up=Seconds(0), service_level_threshold=0)},
    )

    assert policy.queue("fast").wrap_up == 0.0
    assert policy.queue("fast").service_level_threshold == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"rings": 0},
        {"seconds_per_ring": 0},
        {"service_level_target": 0},
        {"service_level_target": 1.1},
        {"service_level_threshold": -1},
        {"short_abandon": -1},
        {"late_answer": -1},
        {"unanswered_after": -1},
        {"wrap_up": -1},
    ],
)
def test_what_no_queue_can_mean_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        QueuePolicy(**wrong)  # type: ignore[arg-type]


def test_queues_are_told_apart_without_ascii_case_only() -> None:
    assert queue_key("Sales-1") == queue_key("sAlEs-1")
    assert queue_key("ÄRZTE") != queue_key("ärzte")
    assert queue_key("ÄRZTE") == queue_key("Ärzte")


# -- pause reasons, teams, agents -------------------------------------------------------------------------------------


def test_pause_reasons_are_matched_without_case() -> None:
    policy = Policy()

    assert policy.pause_reason("MEAL") is policy.pause_reason("meal")
    assert [policy.pause_reason(code) for code in (None, "", "yoga")] == [None, None, None]
    assert {reason.code: reason.limit for reason in DEFAULT_PAUSE_REASONS} == {
        "away": 300.0,
        "busy": 900.0,
        "meal": 3600.0,
        "wrap_up": None,
    }


@pytest.mark.parametrize(
    ("code", "limit", "warn_at"), [(" ", 10, 0.8), ("a", 0, 0.8), ("a", -1, 0.8), ("a", 10, 0), ("a", 10, 1.5)]
)
def test_a_reason_that_cannot_be_matched_or_timed_is_refused(code: str, limit: float, warn_at: float) -> None:
    with pytest.raises(ValueError, match="must"):
        PauseReason(code=code, limit=Seconds(limit), warn_at=warn_at)


def test_teams() -> None:
    policy = Policy(teams=(Team(name="north", agents=("1001", "1002")), Team(name="south", agents=("2001",))))

    teams = [policy.team_of(AgentId(agent)) for agent in ("1001", "2001", "3001")]
    assert teams == ["north", "south", None]


@pytest.mark.parametrize(
    ("interface", "agent"),
    [
        ("PJSIP/1001", "1001"),
        ("SIP/1001", "1001"),
        ("IAX2/1001", "1001"),
        ("Agent/1001", "1001"),
        ("Local/1001@agents", "1001"),
        ("Local/1001@agents/n", "1001"),
        ("Local/1001@from-queue/n", "1001"),
        ("PJSIP/anna.müller", "anna.müller"),
        ("PJSIP/trunk/sip:1001@host", "trunk"),
        ("1001", "1001"),
        ("", ""),
        ("PJSIP/", "PJSIP/"),
    ],
)
def test_who_is_behind_an_interface(interface: str, agent: str) -> None:
    assert Policy().agent_id(Interface(interface)) == agent


def test_a_site_may_have_its_own_pattern() -> None:
    with_group = Policy(agents=AgentsSettings(id_pattern=r"agent-(\d+)"))
    without = Policy(agents=AgentsSettings(id_pattern=r"\d{4}"))

    assert with_group.agent_id(Interface("PJSIP/agent-7@x")) == "7"
    assert with_group.agent_id(Interface("PJSIP/1001")) == "PJSIP/1001"
    assert without.agent_id(Interface("PJSIP/ab1001cd")) == "1001"


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="id_pattern is not a regular expression"):
        AgentsSettings(id_pattern="(")


# -- the day ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day_start", "now", "start", "end", "hours"),
    [
        (UTC, timedelta(0), "2026-11-21T18:00", "2026-11-21T00:00", "2026-11-22T00:00", 24),
        (BERLIN, timedelta(0), "2026-11-21T00:00", "2026-11-21T00:00", "2026-11-22T00:00", 24),
        (BERLIN, timedelta(0), "2026-11-20T23:59:59", "2026-11-20T00:00", "2026-11-21T00:00", 24),
        # The clocks go forward on 29 March and back on 25 October 2026.
        (BERLIN, timedelta(0), "2026-03-29T12:00", "2026-03-29T00:00", "2026-03-30T00:00", 23),
        (BERLIN, timedelta(0), "2026-10-25T12:00", "2026-10-25T00:00", "2026-10-26T00:00", 25),
        (BERLIN, timedelta(0), "2026-10-25T02:30+02:00", "2026-10-25T00:00", "2026-10-26T00:00", 25),
        (BERLIN, timedelta(0), "2026-10-25T02:30+01:00", "2026-10-25T00:00", "2026-10-26T00:00", 25),
        (BERLIN, SIX, "2026-03-29T05:59", "2026-03-28T06:00", "2026-03-29T06:00", 23),
        (BERLIN, SIX, "2026-03-29T06:00", "2026-03-29T06:00", "2026-03-30T06:00", 24),
        (BERLIN, SIX, "2026-10-25T05:59", "2026-10-24T06:00", "2026-10-25T06:00", 25),
        (BERLIN, SIX, "2026-10-25T06:00", "2026-10-25T06:00", "2026-10-26T06:00", 24),
        (BERLIN, SIX, "2026-01-01T03:00", "2025-12-31T06:00", "2026-01-01T06:00", 24),
        (SHANGHAI, timedelta(0), "2026-11-21T23:59", "2026-11-21T00:00", "2026-11-22T00:00", 24),
        (SHANGHAI, SIX, "2026-11-22T05:59", "2026-11-21T06:00", "2026-11-22T06:00", 24),
    ],
)
def test_day(*, zone: tzinfo, day_start: timedelta, now: str, start: str, end: str, hours: int) -> None:
    day = Policy(timezone=zone, day_start=day_start).day_of(moment(now, zone))

    assert day == (moment(start, zone), moment(end, zone))
    assert day[1] - day[0] == hours * HOUR


@given(
    now=st.floats(min_value=moment("2026-01-01T00:00"), max_value=moment("2027-01-01T00:00")),
    minutes=st.integers(min_value=0, max_value=24 * 60 - 1),
    zone=st.sampled_from([BERLIN, SHANGHAI, ZoneInfo("America/St_Johns"), UTC]),
)
@example(now=moment("2026-03-29T03:10"), minutes=150, zone=BERLIN)  # That day has no half past two,
@example(now=moment("2026-10-25T02:15+01:00"), minutes=150, zone=BERLIN)  # and this one has two of them.
def test_every_moment_is_in_its_own_day_and_days_follow_without_a_gap(now: float, minutes: int, zone: tzinfo) -> None:
    policy = Policy(timezone=zone, day_start=timedelta(minutes=minutes))
    start, end = policy.day_of(Timestamp(now))

    assert start <= now < end
    assert policy.day_of(end)[0] == end
    assert policy.day_of(Timestamp(start - 1))[1] == start
    assert 22 * HOUR <= end - start <= 26 * HOUR
