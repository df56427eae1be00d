"""What a measurement found, held against what is to be reached, and the tables of docs/performance.md."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

MARK: Final = "performance: written by `make bench`"
"""Between such marks docs/performance.md is written anew."""
HEAD: Final = ("what", "to reach", "measured", "met")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure."""

    what: str
    target: str
    measured: str
    is_met: bool | None
    """None where nothing was promised."""

    @property
    def verdict(self) -> str:
        """One word."""
        return {True: "yes", False: "**no**", None: "–"}[self.is_met]

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """In the order of `HEAD`."""
        return self.what, self.target, self.measured, self.verdict


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one part found."""

    rows: tuple[Row, ...]
    details: str = ""
    """Markdown with all that was measured."""


def failed(part: str, error: Exception) -> Finding:
    """A part that could not be measured is not met."""
    text = f"failed: {type(error).__name__}: {error}".replace("\n", " ").replace("|", "/")
    return Finding(rows=(Row(what=part, target="", measured=text[:300], is_met=False),))


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; all columns but the first are aligned to the right."""
    lines = [f"| {' | '.join(head)} |", f"|---{'|--:' * (len(head) - 1)}|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def summary(findings: Iterable[Finding]) -> str:
    """The table of all rows."""
    lines = [f"| {' | '.join(HEAD)} |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row.cells)} |" for finding in findings for row in finding.rows)])
