"""The rules as data: closed names, sane defaults, and what an own rule changes."""

from pathlib import Path
from typing import Any, get_args

import pytest

from ctibridge.domain.figures import Counts
from ctibridge.domain.measures import MEASURES, REASON_SETTINGS, QueueNow, Reading, Setting
from ctibridge.domain.policy import PauseReason, Policy, QueuePolicy
from ctibridge.domain.rulebook import DEFAULT_RULES, RULEBOOK, in_force
from ctibridge.domain.rules import RuleOverrides
from ctibridge.domain.units import QueueName, Seconds, Timestamp
from ctibridge.domain.views import MemberCounts, QueueView, ServiceLevelTarget
from tests.unit.domain.alarm_site import near


def test_every_setting_that_can_be_a_threshold_exists() -> None:
    of_queues = set(QueuePolicy.__struct_fields__)
    of_reasons = set(PauseReason.__struct_fields__)

    assert set(get_args(Setting)) - REASON_SETTINGS <= of_queues
    assert of_reasons >= REASON_SETTINGS
    assert {measure.setting for measure in MEASURES.values()} - {None} <= set(get_args(Setting))


def test_every_default_rule_has_words_in_both_languages_and_a_source() -> None:
    assert len(DEFAULT_RULES) == len(RULEBOOK)
    for rule, source in RULEBOOK:
        assert rule.label
        assert any(character > "\u2e80" for character in rule.label_zh)
        assert source
        assert rule.measure is MEASURES[rule.metric]


def test_what_only_metrics_say_is_enough_for_a_rule_of_ones_own() -> None:
    [rule] = [rule for rule in in_force([RuleOverrides(name="mine", metric="service_level")]) if rule.name == "mine"]

    assert (rule.comparison, rule.threshold, rule.window, rule.least_calls) == (
        "below",
        "service_level_target",
        "30m",
        20,
    )
    assert (rule.label, rule.severity, rule.resolve_after) == ("mine", "warning", 60.0)


def test_a_default_rule_that_is_switched_off_is_not_in_force_and_all_others_are() -> None:
    names = [rule.name for rule in Policy(rules=(RuleOverrides(name="long_wait", enabled=False),)).rules]

    assert set(names) == DEFAULT_RULES.keys() - {"long_wait"}


def test_another_metric_under_a_default_name_is_a_rule_of_its_own() -> None:
    [rule] = [
        rule
        for rule in in_force([RuleOverrides(name="long_wait", metric="waiting", threshold=9.0)])
        if rule.name == "long_wait"
    ]

    assert (rule.metric, rule.threshold, rule.label) == ("waiting", 9.0, "long_wait")


@pytest.mark.parametrize(
    ("comparison", "bad", "good"),
    [
        ("above", (5.1, 6), (5, 4)),
        ("at_least", (5, 6), (4.9,)),
        ("below", (4.9, 0), (5, 6)),
        ("at_most", (5, 4), (5.1,)),
    ],
)
def test_the_bad_side_of_a_threshold(comparison: str, bad: tuple[float, ...], good: tuple[float, ...]) -> None:
    rule = RuleOverrides(name="x", metric="waiting", threshold=5.0, comparison=comparison).over(None)  # type: ignore[arg-type]

    assert all(rule.is_bad(value, 5) for value in bad)
    assert not any(rule.is_bad(value, 5) for value in good)


def test_how_much_better_it_has_to_get_is_bounded_by_all_and_none() -> None:
    low = RuleOverrides(name="x", metric="service_level", hysteresis=0.1).over(None)
    high = RuleOverrides(name="y", metric="abandon_rate", threshold=0.05, hysteresis=0.1).over(None)

    assert low.is_still_bad(0.99, 0.95)  # 105 % cannot be asked for,
    assert not low.is_still_bad(1.0, 0.95)  # so all is enough.
    assert high.is_still_bad(0.01, 0.05)
    assert not high.is_still_bad(0.0, 0.05)


# -- metrics, each by hand ---------------------------------------------------------------------------------------------

COUNTS = Counts(
    offered=110,
    answered=80,
    abandoned=15,
    abandoned_short=5,
    exited=5,
    refused=10,
    completed=40,
    transferred=4,
    ring_no_answer=7,
    answered_within_rings=60,
    answered_late=20,
    answered_beyond=8,
    service_level_met=72,
    service_level_missed=18,
    wait_seconds=Seconds(800),
    abandon_wait_seconds=Seconds(150),
    talk_seconds=Seconds(8000),
    hold_seconds=Seconds(400),
    wrap_up_seconds=Seconds(2000),
)


def read(metric: str, *, counts: Counts = COUNTS, **board: float | None) -> Reading | None:
    view = QueueView(
        queue=QueueName("sales"),
        label="Sales",
        strategy=None,
        waiting=board.pop("waiting", 0),  # type: ignore[arg-type]
        oldest_since=board.pop("oldest_since", None),  # type: ignore[arg-type]
        callers=(),
        members=MemberCounts(**board),  # type: ignore[arg-type]
        service_level=ServiceLevelTarget(threshold_seconds=20, target_ratio=0.8),
    )
    return MEASURES[metric].read(QueueNow(view=view, tally=lambda name: float(getattr(counts, name)), hour=None))


@pytest.mark.parametrize(
    ("metric", "value", "calls"),
    [
        ("service_level", 72 / 90, 90),
        ("answer_rate", 72 / 100, 100),  # 80 less 8, of 80, 15 and 5.
        ("abandon_rate", 10 / 95, 95),
        ("late_answer_rate", 20 / 80, 80),
        ("within_rings_ratio", 60 / 80, 80),
        ("speed_of_answer", 10, 80),
        ("mean_wait", 10, 95),
        ("mean_abandon_wait", 10, 15),
        ("mean_talk", 200, 40),
        ("mean_hold", 10, 40),
        ("mean_wrap_up", 50, 40),
        ("mean_handle", 250, 40),
        ("transfer_rate", 4 / 80, 80),
        ("blocked_rate", 10 / 120, 120),
        ("ring_no_answer", 7, None),
    ],
)
def test_what_is_counted(metric: str, value: float, calls: float | None) -> None:
    assert read(metric) == Reading(value=near(value), calls=calls)
    empty = read(metric, counts=Counts())
    assert empty is not None
    assert not empty.value


def test_every_metric_that_is_counted_is_in_the_table_above() -> None:
    counted = {name for name, measure in MEASURES.items() if measure.is_windowed}
    [mark] = test_what_is_counted.pytestmark  # type: ignore[attr-defined]

    assert counted == {metric for metric, _, _ in mark.args[1]}


def test_how_a_queue_stands() -> None:
    standing: dict[str, Any] = {"ready": 1, "ringing": 1, "busy": 2, "wrap_up": 1, "not_ready": 3, "unreachable": 2}

    assert read("seated", **standing) == Reading(value=5)
    assert read("waiting", waiting=4) == Reading(value=4)
    assert read("longest_wait", oldest_since=Timestamp(70)) == Reading(since=Timestamp(70))
    assert read("longest_wait") == Reading()
    assert read("waiting_unattended", waiting=4, ready=1) == Reading(value=0)
    assert read("waiting_unattended", waiting=4, busy=9) == Reading(value=4)


@pytest.mark.parametrize("metric", ["seated", "waiting_unattended"])
def test_of_members_who_are_not_known_nothing_is_said(metric: str) -> None:
    assert read(metric, waiting=4, ready=1, unknown=1) is None


def test_every_default_rule_is_told_as_a_story() -> None:
    stories = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_alarms_of_*.py"))

    assert [name for name in DEFAULT_RULES if f'"{name}"' not in stories] == []
