"""How callers come to an agent or leave without one, and what is said of it."""

import pytest

from ctibridge.simulator.script import Answer, Caller, Empty, EndedBy, LogOut, Pause, Queue, Unplug
from tests.unit.simulator.playing import START, Played, agent, answers, callers, play


def order(played: Played, *wanted: str) -> list[str]:
    """The events of these names, with the variable where one is set."""
    told = [(facts["Event"], facts.get("Variable", "")) for facts in played.facts]
    return [variable or event for event, variable in told if (variable or event) in wanted]


def test_an_answered_caller_leaves_the_queue_before_the_agent_is_connected() -> None:
    played = play(*callers(0), agents=(agent("1001", answers(ring=2, talk=10)),))

    assert order(played, "QueueCallerJoin", "AgentCalled", "QueueCallerLeave", "AgentConnect", "AgentComplete") == [
        "QueueCallerJoin",
        "AgentCalled",
        "QueueCallerLeave",
        "AgentConnect",
        "AgentComplete",
    ]
    assert played.events("QueueCallerAbandon") == []
    assert played.events("VarSet", Variable="QUEUESTATUS") == []


@pytest.mark.parametrize(
    ("start", "hold"),
    [
        (START, "1"),  # Waited from second 0.02 to 1.52.
        (START + 0.6, "2"),  # From 0.62 to 2.12: the same wait, over two changes of the second.
    ],
)
def test_waits_are_differences_of_whole_seconds(start: float, hold: str) -> None:
    played = play(*callers(0), agents=(agent("1001", answers(ring=1.5, talk=10)),), start=start)

    assert [facts["HoldTime"] for facts in played.events("AgentConnect")] == [hold]
    assert [facts["HoldTime"] for facts in played.events("AgentComplete")] == [hold]
    assert [record.split("|")[3] for record in played.records("CONNECT")] == [hold]


@pytest.mark.parametrize(
    ("ended_by", "record", "reason"),
    [(EndedBy.AGENT, "COMPLETEAGENT", "agent"), (EndedBy.CALLER, "COMPLETECALLER", "caller")],
)
def test_the_end_of_a_call_says_who_ended_it(ended_by: EndedBy, record: str, reason: str) -> None:
    played = play(*callers(0), agents=(agent("1001", Answer(ring=2, talk=7, ended_by=ended_by)),))

    assert played.records(record) == [f"support|1001|{record}|2|7|1"]
    assert [facts["Reason"] for facts in played.events("AgentComplete")] == [reason]


def test_a_caller_who_loses_patience_is_an_abandon() -> None:
    played = play(Caller(at=0, queue="support", patience=9))

    assert played.records("ABANDON") == ["support|NONE|ABANDON|1|1|9"]
    assert order(played, "ABANDONED", "QueueCallerAbandon", "QueueCallerLeave", "QUEUESTATUS") == [
        "ABANDONED",
        "QueueCallerAbandon",
        "QueueCallerLeave",
    ]


def test_a_caller_who_hangs_up_while_agents_ring_cancels_them_without_an_event_of_the_queue() -> None:
    played = play(Caller(at=0, queue="support", patience=3), agents=(agent("1001"),))

    assert played.records("RINGCANCELED", "ABANDON") == [
        "support|1001|RINGCANCELED|3000",
        "support|NONE|ABANDON|1|1|3",
    ]
    assert played.events("AgentRingNoAnswer") == []
    assert [facts["DialStatus"] for facts in played.events("DialEnd")] == ["CANCEL", "CANCEL"]


def test_patience_does_not_end_a_conversation_but_a_fixed_stay_does() -> None:
    agents = (agent("1001", Answer(ring=2, talk=60)),)

    patient = play(Caller(at=0, queue="support", patience=5), agents=agents)
    hurried = play(Caller(at=0, queue="support", stay=5), agents=agents)

    assert patient.records("COMPLETECALLER") == ["support|1001|COMPLETECALLER|2|60|1"]
    assert hurried.records("COMPLETECALLER") == ["support|1001|COMPLETECALLER|2|3|1"]


def test_the_queues_time_out_looks_like_an_abandon_until_its_status_is_set() -> None:
    played = play(Caller(at=0, queue="support", timeout=6))

    assert played.records("EXITWITHTIMEOUT", "ABANDON") == ["support|NONE|EXITWITHTIMEOUT|1|1|6"]
    assert order(played, "QueueCallerAbandon", "QueueCallerLeave", "QUEUESTATUS") == [
        "QueueCallerAbandon",
        "QueueCallerLeave",
        "QUEUESTATUS",
    ]
    assert [facts["Value"] for facts in played.events("VarSet", Variable="QUEUESTATUS")] == ["TIMEOUT"]


def test_a_key_takes_the_caller_out_without_an_abandon() -> None:
    played = play(Caller(at=0, queue="support", exit_key=(4, "5")), agents=(agent("1001"),))

    assert played.records("RINGCANCELED", "EXITWITHKEY") == [
        "support|1001|RINGCANCELED|4000",
        "support|NONE|EXITWITHKEY|5|1|1|4",
    ]
    assert played.events("QueueCallerAbandon") == []
    assert played.events("VarSet", Variable="QUEUESTATUS") == []


def test_a_withdrawn_caller_goes_when_the_thread_next_looks() -> None:
    played = play(Caller(at=0, queue="support", withdrawn=(2.5, "vip|desk")))

    assert played.records("WITHDRAW") == ["support|NONE|WITHDRAW|1|1|3|vip|desk"]
    assert [facts["Value"] for facts in played.events("VarSet", Variable="QUEUESTATUS")] == ["WITHDRAW"]


def test_a_full_queue_refuses_and_leaves_no_record() -> None:
    queues = (Queue(name="support", maxlen=1),)

    played = play(Caller(at=0, queue="support", patience=9), Caller(at=1, queue="support"), queues=queues)

    assert len(played.records("ENTERQUEUE")) == 1
    assert [facts["Value"] for facts in played.events("VarSet", Variable="QUEUESTATUS")] == ["FULL"]
    assert [facts["Exten"] for facts in played.events("Newexten", Application="Hangup")] == ["support"]


@pytest.mark.parametrize(
    ("condition", "is_refused"),
    [(Empty.NEVER, False), (Empty.LOOSE, False), (Empty.UNREACHABLE, False), (Empty.STRICT, True)],
)
def test_whether_a_queue_of_paused_agents_is_empty_depends(condition: Empty, *, is_refused: bool) -> None:
    played = play(
        Caller(at=1, queue="support", patience=5),
        queues=(Queue(name="support", join_empty=condition),),
        agents=(agent("1001"),),
        acts=(Pause(at=0, agent="1001"),),
    )

    refused = [facts["Value"] for facts in played.events("VarSet", Variable="QUEUESTATUS")]
    assert refused == (["JOINEMPTY"] if is_refused else [])


def test_waiting_callers_are_sent_away_when_the_last_telephone_is_unplugged() -> None:
    played = play(
        *callers(0, 0.2),
        queues=(Queue(name="support", leave_when_empty=Empty.UNREACHABLE),),
        agents=(agent("1001", answers(ring=1, talk=30)),),
        acts=(Pause(at=0, agent="1001"), Unplug(at=5, agent="1001")),
    )

    assert played.records("EXITEMPTY") == [
        "support|NONE|EXITEMPTY|1|1|5",
        "support|NONE|EXITEMPTY|1|2|5",
    ]
    statuses = [facts["Value"] for facts in played.events("VarSet", Variable="QUEUESTATUS")]
    assert statuses == ["LEAVEEMPTY", "LEAVEEMPTY"]


def test_an_unknown_queue_is_reported_to_the_dialplan_only() -> None:
    played = play(Caller(at=0, queue="nowhere"))

    assert [facts["Value"] for facts in played.events("VarSet", Variable="QUEUESTATUS")] == ["UNKNOWN"]
    assert played.records() == ["NONE|NONE|QUEUESTART|"]


def test_a_caller_who_overflows_joins_twice_with_the_same_id() -> None:
    played = play(
        Caller(at=0, queue="support", timeout=5, overflow="sales"),
        queues=(Queue(name="support"), Queue(name="sales")),
        agents=(agent("1001", answers(), queues=("sales",)),),
    )

    joined = played.events("QueueCallerJoin")
    assert [facts["Queue"] for facts in joined] == ["support", "sales"]
    assert len({facts["Uniqueid"] for facts in joined}) == 1
    assert played.records("EXITWITHTIMEOUT", "COMPLETEAGENT") == [
        "support|NONE|EXITWITHTIMEOUT|1|1|5",
        "sales|1001|COMPLETEAGENT|2|10|1",
    ]


def test_positions_move_up_and_the_log_keeps_the_first_one() -> None:
    played = play(
        Caller(at=0, queue="support", patience=5),
        Caller(at=1, queue="support", patience=9),
    )

    assert played.records("ENTERQUEUE", "ABANDON") == [
        "support|NONE|ENTERQUEUE||13800000000|1",
        "support|NONE|ENTERQUEUE||13800000000|2",
        "support|NONE|ABANDON|1|1|5",
        "support|NONE|ABANDON|1|2|9",
    ]


def test_an_agent_who_logs_out_in_mid_call_finishes_it() -> None:
    played = play(
        *callers(0),
        agents=(agent("1001", answers(ring=2, talk=20)),),
        acts=(LogOut(at=5, agent="1001"),),
    )

    assert played.records("REMOVEMEMBER", "COMPLETEAGENT") == [
        "support|1001|REMOVEMEMBER|",
        "support|1001|COMPLETEAGENT|2|20|1",
    ]
    assert [facts["Status"] for facts in played.events("QueueMemberStatus")] == ["6", "2"]


def test_an_agent_may_rest_after_a_call() -> None:
    rest = Answer(ring=2, talk=10, then_pause=("wrap_up", 15))

    played = play(*callers(0), agents=(agent("1001", rest),))

    told = [(played.at(facts), facts["Paused"], facts["PausedReason"]) for facts in played.events("QueueMemberPause")]
    assert [(round(at, 1), paused, reason) for at, paused, reason in told] == [(12.0, "1", "wrap_up"), (27.0, "0", "")]


def test_when_everybody_has_gone_nothing_is_left() -> None:
    played = play(
        *callers(0, 1, 2),
        Caller(at=3, queue="support", patience=2),
        agents=(agent("1001", answers()),),
    )

    assert played.pbx.is_idle
    assert len(played.events("Newchannel")) == len(played.events("Hangup"))
