"""docs/alarms.md cannot drift from the rules and the metrics."""

from pathlib import Path

from ctibridge.app.alarms_reference import page
from ctibridge.domain.measures import MEASURES
from ctibridge.domain.rulebook import DEFAULT_RULES

PAGE = Path(__file__).parents[3] / "docs" / "alarms.md"


def test_the_page_is_what_the_tables_say() -> None:
    """Otherwise: python -m ctibridge.app.alarms_reference > docs/alarms.md"""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_rule_and_every_metric_has_a_line() -> None:
    lines = page().splitlines()

    for name in (*DEFAULT_RULES, *MEASURES):
        assert any(line.startswith(f"| `{name}` |") for line in lines), name


def test_a_rule_reads_as_a_supervisor_would_say_it() -> None:
    [line] = [one for one in page().splitlines() if one.startswith("| `service_level_low` |")]

    assert "`service_level` of 30 minutes < `service_level_target` | at once | 20 | 0.02 better, after 60 s" in line
