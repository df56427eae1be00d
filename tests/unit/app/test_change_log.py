"""What is worth a line."""

import msgspec
from structlog.testing import capture_logs

from ctibridge.app.change_log import UNEXPECTED_LINES, ChangeLog
from ctibridge.domain import changes
from tests.unit.outputs.facts import AT, one_of_each, synced

LOUD = ("info", "warning", "error")


def said(*what: changes.Change) -> list[tuple[str, str]]:
    with capture_logs() as lines:
        log = ChangeLog("pbx1")
        for change in what:
            log.note(change)
    return [(line["log_level"], line["event"]) for line in lines if line["log_level"] in LOUD]


def test_no_call_is_worth_a_line() -> None:
    assert said(*(change for change in one_of_each() if hasattr(change, "facts"))) == []


def test_what_lasts_is() -> None:
    assert said(*(change for change in one_of_each() if not hasattr(change, "facts"))) == [
        ("info", "agent logged in"),
        ("info", "agent logged out"),
        ("info", "queue is gone"),
        ("info", "alarm raised"),
        ("info", "alarm fires, and nobody has taken note"),
        ("info", "alarm acknowledged"),
        ("info", "alarm is over"),
        ("warning", "blind: states are unknown until the next full picture"),
        ("warning", "what happened meanwhile is not known"),
        ("info", "full picture taken"),
        ("warning", "AMI and queue_log differ; queue_log was followed"),
        ("info", "the PBX reported what was not expected, and was followed"),
        ("error", "the bridge's own figures contradict each other; please send a recording"),
        ("info", "command"),
    ]


def test_a_comparison_that_found_nothing_is_not_news() -> None:
    routine = msgspec.structs.replace(synced(), is_first=False)
    assert said(routine) == []
    assert said(msgspec.structs.replace(routine, repaired=2)) == [("info", "full picture taken")]


def test_a_contradiction_in_our_books_is_an_error_once_for_each_kind() -> None:
    calls = changes.InvariantBroken(at=AT, kind="calls_do_not_add_up", detail="sales: 3 offered, 1 ended, 1 open")
    members = changes.InvariantBroken(at=AT, kind="members_differ", detail="1001: is in sales")

    assert [level for level, _ in said(calls, calls, members)] == ["error", "error"]


def test_one_kind_of_surprise_does_not_fill_the_log() -> None:
    surprise = changes.UnexpectedSeen(at=AT, kind="end_without_answer")
    assert len(said(*[surprise] * 50)) == UNEXPECTED_LINES
