from pathlib import Path

from ctibridge.app.states_reference import page
from ctibridge.domain.agent import PRECEDENCE
from ctibridge.domain.caller import TRANSITIONS

PAGE = Path(__file__).parents[3] / "docs" / "states.md"


def test_the_page_is_what_the_tables_say() -> None:
    """Otherwise: python -m ctibridge.app.states_reference > docs/states.md"""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_transition_is_drawn() -> None:
    drawn = page()
    for before, steps in TRANSITIONS.items():
        for step, after in steps.items():
            assert f"{before.value} --> {after.value}: {step.value}\n" in drawn


def test_the_order_of_agent_states_is_that_of_the_code() -> None:
    rows = [line.split("|") for line in page().splitlines() if line.startswith("| 1")]

    assert rows[0][2].strip() == f"`{PRECEDENCE[0][0].value}`"
    assert rows[-1][2].strip() == f"`{PRECEDENCE[-1][0].value}`"
