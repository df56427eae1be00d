"""Changes and queue_log added up, and held against each other."""

from pathlib import Path

import msgspec
import pytest

from ctibridge.app.differences import against_queue_log, differences
from ctibridge.app.queue_log_totals import QueueLogTally
from ctibridge.app.replay import Replay
from ctibridge.app.totals import Tally
from ctibridge.asterisk.queue_log import parse_line
from ctibridge.domain import changes as ch
from ctibridge.domain.events import EndedBy
from ctibridge.domain.units import AgentId, CallId, Interface, QueueName, Seconds, Timestamp
from ctibridge.domain.views import CallFacts
from tests.unit.outputs.facts import AT, agent_view

SALES = QueueName("sales")


def facts(call: str = "1.1", agent: str | None = None, **more: object) -> CallFacts:
    given = CallFacts(call=CallId(call), queue=SALES, agent=None if agent is None else AgentId(agent))
    return msgspec.structs.replace(given, **more)


def story() -> list[ch.Change]:
    """Three callers: 1.1 is missed by 1001 and served by 1002, 1.2 gives up, 1.3 presses a key; 1.4 was refused."""
    return [
        ch.AgentUpdated(at=AT, agent=agent_view("1001", name="Ann")),
        ch.AgentUpdated(at=AT, agent=agent_view("1002", name="张三")),
        ch.CallQueued(at=AT, facts=facts("1.1", position=1)),
        ch.CallRingNoAnswer(at=AT, facts=facts("1.1", "1001", ring_seconds=Seconds(12))),
        ch.CallAnswered(at=AT, facts=facts("1.1", "1002", wait_seconds=Seconds(15), ring_seconds=Seconds(2.5))),
        ch.CallQueued(at=AT, facts=facts("1.2", position=1)),
        ch.CallRingCancelled(at=AT, facts=facts("1.2", "1001")),
        ch.CallAbandoned(at=AT, facts=facts("1.2", wait_seconds=Seconds(4), short=True)),
        ch.CallQueued(at=AT, facts=facts("1.3", position=1)),
        ch.CallExited(at=AT, facts=facts("1.3", wait_seconds=Seconds(30), reason="key")),
        ch.CallRefused(at=AT, facts=facts("1.4", reason="full")),
        ch.CallCompleted(
            at=AT,
            facts=facts("1.1", "1002", talk_seconds=Seconds(61), hold_seconds=Seconds(0), ended_by=EndedBy.CALLER),
        ),
        ch.AgentUnpaused(at=AT, agent=agent_view("1001"), reason="away", seconds=Seconds(120.5)),
    ]


QUEUE_LOG = """\
1700000000|1.1|sales|NONE|ENTERQUEUE||301|1
1700000012|1.1|sales|Ann|RINGNOANSWER|12000
1700000015|1.1|sales|张三|CONNECT|15|1.9|3
1700000020|1.2|sales|NONE|ENTERQUEUE||302|1
1700000024|1.2|sales|Ann|RINGCANCELED|3000
1700000024|1.2|sales|NONE|ABANDON|1|1|4
1700000025|1.3|SALES|NONE|ENTERQUEUE||303|1
1700000055|1.3|sales|NONE|EXITWITHKEY|5|1|1|30
1700000076|1.1|sales|张三|COMPLETECALLER|15|61|1
"""


def played(until: float = 1_700_000_100) -> Replay:
    tally = Tally()
    for change in story():
        tally.take(change)
    return Replay(tally=tally, since=Timestamp(1_700_000_000), until=Timestamp(until), facts=0, errors={})


def test_a_queue_is_the_sum_of_what_happened() -> None:
    sums = played().tally.totals.queues[SALES]
    assert (sums.offered, sums.answered, sums.abandoned, sums.abandoned_short) == (3, 1, 1, 1)
    assert (sums.exited, sums.refused) == ({"key": 1}, {"full": 1})
    assert (sums.ring_no_answer, sums.ring_cancelled, sums.transferred) == (1, 1, 0)
    assert sums.wait_seconds == 15.0
    assert sums.talk_seconds == 61.0


def test_agents_are_known_by_id_and_their_pauses_are_listed() -> None:
    agents = played().tally.totals.agents
    assert (agents["1001"].ring_no_answer, agents["1001"].ring_cancelled, agents["1001"].answered) == (1, 1, 0)
    assert [agents["1002"].answered, agents["1002"].talk_seconds] == [1, 61]
    assert [(pause.reason, pause.seconds) for pause in agents["1001"].pauses] == [("away", 120.5)]


def test_each_stay_is_a_row() -> None:
    rows = {row.call: row for row in played().tally.totals.calls}
    assert {call: (row.outcome, row.reason) for call, row in rows.items()} == {
        "1.1": ("answered", None),
        "1.2": ("abandoned", None),
        "1.3": ("exited", "key"),
        "1.4": ("refused", "full"),
    }
    answered = rows[CallId("1.1")]
    assert [answered.agent, answered.wait_seconds, answered.ring_seconds] == ["1002", 15, 2.5]
    assert [answered.talk_seconds, answered.hold_seconds, answered.ended_by] == [61, 0, "caller"]


def test_a_caller_who_is_offered_twice_has_two_rows_and_a_late_end_goes_to_the_first() -> None:
    tally = Tally()
    for change in (
        ch.CallQueued(at=AT, facts=facts()),
        ch.CallAnswered(at=AT, facts=facts(agent="1001", wait_seconds=Seconds(1))),
        ch.CallQueued(at=AT, facts=facts()),
        ch.CallCompleted(at=AT, facts=facts(agent="1001", talk_seconds=Seconds(9))),
        ch.CallAbandoned(at=AT, facts=facts(wait_seconds=Seconds(5))),
    ):
        tally.take(change)
    assert [(row.outcome, row.talk_seconds) for row in tally.totals.calls] == [("answered", 9), ("abandoned", None)]
    assert tally.totals.queues[SALES].offered == 2


def test_who_still_waits_is_waiting() -> None:
    tally = Tally()
    tally.take(ch.CallQueued(at=AT, facts=facts()))
    assert [row.outcome for row in tally.totals.calls] == ["waiting"]


def test_queue_log_adds_up_to_the_same(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    path.write_text(QUEUE_LOG, encoding="utf-8")
    assert against_queue_log(played(), path) == []


def test_records_outside_of_the_capture_are_not_held_against_it(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    earlier, later = "1699999000|0.1|sales|NONE|ENTERQUEUE||1|1\n", "1700009000|9.1|sales|NONE|ENTERQUEUE||1|1\n"
    path.write_text(earlier + QUEUE_LOG + later, encoding="utf-8")
    assert against_queue_log(played(), path) == []


@pytest.mark.parametrize(
    ("line", "instead", "complaints"),
    [
        ("ABANDON|1|1|4", "ABANDON|1|1|6", ["call 1.2 in sales: wait_seconds 4, queue_log has 6"]),
        (
            "NONE|ABANDON|1|1|4",
            "NONE|EXITWITHTIMEOUT|1|1|4",
            [
                "queue sales: abandoned 1, queue_log has 0",
                "queue sales: exited timeout 0, queue_log has 1",
                "call 1.2 in sales: outcome abandoned, queue_log has exited",
                "call 1.2 in sales: reason –, queue_log has timeout",
            ],
        ),
        (
            "Ann|RINGNOANSWER|12000",
            "张三|RINGNOANSWER|12000",
            ["agent 1002: ring_no_answer 0, queue_log has 1", "agent 1001: ring_no_answer 1, queue_log has 0"],
        ),
        ("COMPLETECALLER|15", "COMPLETEAGENT|15", ["call 1.1 in sales: ended_by caller, queue_log has agent"]),
        ("15|61|1", "15|63|1", ["call 1.1 in sales: talk_seconds 61, queue_log has 63"]),
        (
            "1700000020|1.2|sales|NONE|ENTERQUEUE||302|1\n",
            "1700000020|1.2|sales|NONE|ENTERQUEUE||302|1\n1700000020|1.5|sales|NONE|ENTERQUEUE||305|2\n",
            ["queue sales: offered 3, queue_log has 4", "call 1.5 in sales: only queue_log has it"],
        ),
    ],
)  # fmt: skip
def test_each_difference_is_one_line(tmp_path: Path, line: str, instead: str, complaints: list[str]) -> None:
    path = tmp_path / "queue_log"
    path.write_text(QUEUE_LOG.replace(line, instead), encoding="utf-8")
    assert sorted(against_queue_log(played(), path)) == sorted(complaints)


def test_a_name_that_two_agents_share_is_not_held_against_either() -> None:
    tally = QueueLogTally([SALES], {"Ann": {AgentId("1001"), AgentId("1002")}})
    record = parse_line(b"1700000012|1.1|sales|Ann|RINGNOANSWER|12000")
    assert record is not None
    tally.take(record)
    assert tally.totals.agents == {}
    assert tally.totals.queues[SALES].ring_no_answer == 1


def test_equal_sums_have_no_differences() -> None:
    totals = played().tally.totals
    assert list(differences(totals, totals)) == []


def test_two_ends_of_one_answered_call_give_one_talk_time() -> None:
    """app_queue's threads may both write an end (T15b)."""
    tally = QueueLogTally([SALES], {})
    for line in (
        b"1700000000|1.1|sales|NONE|ENTERQUEUE||301|1",
        b"1700000002|1.1|sales|Ann|CONNECT|2|1.9|2",
        b"1700000005|1.1|sales|Ann|COMPLETECALLER|2|3|1",
        b"1700000005|1.1|sales|Ann|BLINDTRANSFER|7900|trap|2|3|1",
    ):
        record = parse_line(line)
        assert record is not None
        tally.take(record)
    sums = tally.totals.queues[SALES]
    assert [sums.talk_seconds, sums.transferred, sums.answered] == [3, 1, 1]


def test_names_include_the_interface_because_queue_log_uses_either() -> None:
    assert played().tally.names[Interface("PJSIP/1002")] == {AgentId("1002")}
