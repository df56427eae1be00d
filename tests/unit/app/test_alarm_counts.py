"""How often each rule was broken."""

from ctibridge.app.alarm_counts import AlarmCounts
from ctibridge.domain import changes
from ctibridge.domain.policy import Policy
from tests.unit.outputs.facts import AT, alarm, one_of_each


def test_every_rule_in_force_is_there_from_the_beginning() -> None:
    raised = AlarmCounts().raised(Policy().rules)

    assert raised["long_wait", "warning"] == 0
    assert raised["short_staffed_long", "critical"] == 0
    assert len(raised) == len(Policy().rules)


def test_only_what_is_raised_counts() -> None:
    counts = AlarmCounts()
    for change in (*one_of_each(), changes.AlarmRaised(at=AT, alarm=alarm("long_wait:vip"))):
        counts.note(change)

    assert {key: count for key, count in counts.raised(Policy().rules).items() if count} == {
        ("service_level_low", "warning"): 1,
        ("long_wait", "warning"): 1,
    }


def test_a_rule_that_is_no_longer_in_force_keeps_its_count() -> None:
    counts = AlarmCounts()
    counts.note(changes.AlarmRaised(at=AT, alarm=alarm("of_old:vip")))

    assert counts.raised(()) == {("of_old", "warning"): 1}
