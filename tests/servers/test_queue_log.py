"""The judge, on records as Asterisk wrote them."""

import pytest

from tests.servers.queue_log import AgentTotals, Judge, Pause, parsed


def verdict(*lines: str) -> Judge:
    records = [parsed(line) for line in lines]
    return Judge(record for record in records if record is not None)


def test_one_answered_call() -> None:
    judge = verdict(
        "100|1.1|support|NONE|ENTERQUEUE||13800000001|1",
        "102|1.1|support|Agent 1001|CONNECT|2|1.3|2",
        "107|1.1|support|Agent 1001|COMPLETEAGENT|2|5|1",
    )
    support = judge.queues["support"]
    assert (support.offered, support.answered, support.waiting) == (1, 1, 0)
    assert (support.answer_wait_seconds, support.talk_seconds) == (2, 5)
    assert judge.agents["Agent 1001"] == AgentTotals(answered=1, talk_seconds=5)
    assert judge.talking == 0


def test_a_caller_offered_twice_is_two_offers() -> None:
    judge = verdict(
        "100|1.1|support|NONE|ENTERQUEUE||1|1",
        "103|1.1|support|NONE|EXITWITHTIMEOUT|1|1|3",
        "103|1.1|overflow|NONE|ENTERQUEUE||1|1",
        "105|1.1|overflow|NONE|ABANDON|1|1|2",
    )
    assert judge.queues["support"].exited == {"timeout": 1}
    assert judge.queues["overflow"].abandoned == 1
    assert judge.queues["overflow"].abandon_wait_seconds == 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("104|1.1|support|NONE|EXITWITHKEY|1|1|1|4", "key"),
        ("104|1.1|support|NONE|EXITEMPTY|1|1|4", "empty"),
        ("104|1.1|support|NONE|WITHDRAW|1|1|4|vip|desk", "withdrawn"),
    ],
)
def test_the_ways_out(line: str, reason: str) -> None:
    judge = verdict("100|1.1|support|NONE|ENTERQUEUE||1|1", line)
    assert judge.queues["support"].exited == {reason: 1}
    assert judge.stays[0].wait == 4
    assert judge.queues["support"].adds_up()


def test_spelling_of_a_queue_does_not_matter() -> None:
    judge = verdict(
        "100|1.1|Support|NONE|ENTERQUEUE||1|1",
        "102|1.1|support|Agent 1001|CONNECT|2|1.3|2",
    )
    assert judge.queues.keys() == {"support"}
    assert judge.talking == 1


def test_a_separator_in_a_name_shifts_nothing() -> None:
    judge = verdict(
        "100|1.1|support|NONE|ENTERQUEUE||1|1",
        "102|1.1|support|Pipe|Agent 1001|CONNECT|2|1.3|2",
        "103|1.1|support|Pipe|Agent 1001|PAUSE|meal|or tea",
    )
    assert judge.agents.keys() == {"Pipe|Agent 1001"}
    assert judge.pauses == [Pause(queue="support", member="Pipe|Agent 1001", reason="meal|or tea", start=103)]


def test_a_transfer_ends_the_call_whatever_follows() -> None:
    """Asterisk may write two ends of one conversation; talk is that of the first."""
    judge = verdict(
        "100|1.1|support|NONE|ENTERQUEUE||1|1",
        "102|1.1|support|Agent 1001|CONNECT|2|1.3|2",
        "105|1.1|support|Agent 1001|COMPLETECALLER|2|3|1",
        "105|1.1|support|Agent 1001|BLINDTRANSFER|602|queue-numbers|2|3|1",
    )
    assert judge.queues["support"].transferred == {"blind": 1}
    assert judge.queues["support"].talk_seconds == 3
    assert judge.stays[0].ended_by == "caller"


def test_an_attended_transfer_may_carry_another_id() -> None:
    judge = verdict(
        "100|1.1|support|NONE|ENTERQUEUE||1|1",
        "102|1.1|support|Agent 1001|CONNECT|2|1.3|2",
        "109|1.5|support|Agent 1001|ATTENDEDTRANSFER|BRIDGE|b-1|2|7|1",
    )
    assert judge.queues["support"].transferred == {"attended": 1}
    assert judge.talking == 0


def test_the_second_stay_may_begin_before_the_end_of_the_first_is_written() -> None:
    judge = verdict(
        "100|1.1|support|NONE|ENTERQUEUE||1|1",
        "101|1.1|support|Agent 1001|CONNECT|1|1.3|1",
        "105|1.1|support|NONE|ENTERQUEUE||1|1",
        "105|1.1|support|Agent 1001|BLINDTRANSFER|600|queue-numbers|1|4|1",
        "107|1.1|support|Agent 1002|CONNECT|2|1.5|2",
        "109|1.1|support|Agent 1002|COMPLETEAGENT|2|2|1",
    )
    assert [(stay.member, stay.talk) for stay in judge.stays] == [("Agent 1001", 4), ("Agent 1002", 2)]


def test_rings_are_counted_for_queue_and_agent() -> None:
    judge = verdict(
        "100|1.1|support|NONE|ENTERQUEUE||1|1",
        "103|1.1|support|Agent 1001|RINGNOANSWER|3000",
        "105|1.1|support|Agent 1002|RINGCANCELED|1500",
        "105|1.1|support|NONE|ABANDON|1|1|5",
    )
    assert (judge.queues["support"].ring_no_answer, judge.queues["support"].ring_cancelled) == (1, 1)
    assert judge.agents == {"Agent 1001": AgentTotals(ring_no_answer=1), "Agent 1002": AgentTotals(ring_cancelled=1)}


def test_a_change_of_reason_divides_a_pause() -> None:
    """PAUSEALL says once more what the lines of the queues say."""
    judge = verdict(
        "100|NONE|NONE|Agent 1001|PAUSEALL|away",
        "100|NONE|support|Agent 1001|PAUSE|away",
        "160|NONE|support|Agent 1001|PAUSE|meal",
        "200|NONE|support|Agent 1001|UNPAUSE|",
        "210|NONE|support|Agent 1001|UNPAUSE|",
        "300|MANAGER|sales|Agent 1001|ADDMEMBER|PAUSED",
        "330|MANAGER|sales|Agent 1001|REMOVEMEMBER|",
    )
    assert [(pause.queue, pause.reason, pause.start, pause.end) for pause in judge.pauses] == [
        ("support", "away", 100, 160),
        ("support", "meal", 160, 200),
        ("sales", "", 300, 330),
    ]


def test_a_restart_loses_who_waits() -> None:
    judge = verdict("100|1.1|support|NONE|ENTERQUEUE||1|1", "200|NONE|NONE|NONE|QUEUESTART|")
    assert judge.queues["support"].lost == 1
    assert judge.queues["support"].adds_up()


@pytest.mark.parametrize("line", ["", "no record", "1|2|3|4|5|6", "x|1.1|support|NONE|ABANDON|1|1|5"])
def test_other_lines_are_no_records(line: str) -> None:
    assert parsed(line) is None
