from pathlib import Path

from ctibridge.app.commands.reference import reference
from ctibridge.app.commands.table import WAYS
from ctibridge.domain.commands import COMMANDS

PAGE = Path(__file__).parents[4] / "docs" / "commands.md"
LOOKING = {"whoami", "snapshot", "replay", "callbacks"}


def test_the_page_is_what_the_tables_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run `make docs`"


def test_every_command_has_somebody_who_does_it() -> None:
    assert set(WAYS) | LOOKING == set(COMMANDS)
