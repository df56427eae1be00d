from pathlib import Path
from typing import Final

from tests.bench.findings import MARK, Finding, Row, failed, summary
from tests.chaos.report import page

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def test_the_page_has_a_place_for_what_is_measured() -> None:
    text = PAGE.read_text(encoding="utf-8")

    written = page(text, "measured anew", MARK)

    assert "\nmeasured anew\n" in written
    assert "## What was done for speed" in written.partition("measured anew")[2]


def test_what_is_not_reached_is_said() -> None:
    row = Row(what="delay", target="≤ 3 ms", measured="4 ms", is_met=False)

    assert summary([Finding(rows=(row,))]).endswith("| delay | ≤ 3 ms | 4 ms | **no** |")


def test_what_cannot_be_measured_is_not_reached() -> None:
    finding = failed("delay", TimeoutError("nothing\nheard | at all"))

    assert summary([finding]).endswith("| delay |  | failed: TimeoutError: nothing heard / at all | **no** |")
