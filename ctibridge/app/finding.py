"""What a check finds, as one line for people."""

from enum import IntEnum

import msgspec


class Verdict(IntEnum):
    """How a finding counts, worst last; the worst decides the exit code."""

    NOTED = -1
    """Works as configured; somebody may not have meant it."""
    GOOD = 0
    FAILED = 1
    UNREACHABLE = 3


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report."""

    verdict: Verdict
    subject: str
    text: str

    def __str__(self) -> str:
        signs = {Verdict.NOTED: "note", Verdict.GOOD: "ok", Verdict.FAILED: "wrong", Verdict.UNREACHABLE: "failed"}
        return f"{signs[self.verdict]:<7}{self.subject}: {self.text}"
