"""Of queue_log's lines only those become facts that are counted, in their order and with what they state."""

import pytest

from ctibridge.asterisk.queue_log_facts import facts
from ctibridge.domain.events import Caller, EndedBy, LogKind, LogRecord
from ctibridge.domain.units import CallId, ChannelId, QueueName, Seconds, Timestamp

AT = 1700000000


def told(data: str, agent: str = "NONE", *, call: str = "1699999990.1", queue: str = "sales") -> LogRecord:
    """The one fact of a line."""
    records, damaged = facts([f"{AT}|{call}|{queue}|{agent}|{data}".encode()])

    assert damaged == 0
    (record,) = records
    assert (record.at, record.call, record.queue) == (float(AT), call, queue)
    return record


def test_an_offer_has_its_caller_and_place() -> None:
    record = told("ENTERQUEUE||+49301234|3")

    assert (record.kind, record.position, record.caller) == (LogKind.OFFERED, 3, Caller(number="+49301234"))


def test_an_offer_by_a_later_asterisk_has_a_name_too() -> None:
    assert told("ENTERQUEUE||+49301234|3|Ada").caller == Caller(number="+49301234", name="Ada")


def test_an_offer_without_a_number_is_one() -> None:
    assert told("ENTERQUEUE|||1").caller == Caller()


def test_an_answer_has_its_agent_wait_and_channel() -> None:
    assert told("CONNECT|4|1699999995.2|3", "Agent 1001") == LogRecord(
        kind=LogKind.ANSWERED,
        at=Timestamp(AT),
        call=CallId("1699999990.1"),
        queue=QueueName("sales"),
        member="Agent 1001",
        wait=Seconds(4.0),
        leg=ChannelId("1699999995.2"),
    )


@pytest.mark.parametrize(
    ("data", "ended_by", "reason"),
    [
        ("COMPLETEAGENT|4|30|1", EndedBy.AGENT, None),
        ("COMPLETECALLER|4|30|1", EndedBy.CALLER, None),
        ("BLINDTRANSFER|7900|default|4|30|1", EndedBy.TRANSFER, "blind"),
        ("ATTENDEDTRANSFER|BRIDGE|b-1|4|30|1", EndedBy.TRANSFER, "attended"),
        ("ATTENDEDTRANSFER|LINK|PJSIP/1|PJSIP/2|4|30|1", EndedBy.TRANSFER, "attended"),
    ],
)
def test_an_end_has_wait_talk_and_who_ended_it(data: str, ended_by: EndedBy, reason: str | None) -> None:
    record = told(data, "Agent 1001")

    assert (record.kind, record.wait, record.talk) == (LogKind.COMPLETED, 4.0, 30.0)
    assert (record.ended_by, record.reason, record.member) == (ended_by, reason, "Agent 1001")


def test_an_abandon_has_its_wait() -> None:
    record = told("ABANDON|1|2|12")

    assert (record.kind, record.wait, record.position, record.member) == (LogKind.ABANDONED, 12.0, 1, None)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("EXITWITHTIMEOUT|1|2|12", "timeout"),
        ("EXITWITHKEY|9|1|2|12", "key"),
        ("EXITEMPTY|1|2|12", "empty"),
        ("WITHDRAW|1|2|12|vip|desk", "withdrawn"),
    ],
)
def test_an_exit_has_its_wait_and_reason(data: str, reason: str) -> None:
    record = told(data)

    assert (record.kind, record.wait, record.position, record.reason) == (LogKind.EXITED, 12.0, 1, reason)


@pytest.mark.parametrize(
    ("data", "kind"), [("RINGNOANSWER|15000", LogKind.RANG_OUT), ("RINGCANCELED|2345", LogKind.RING_CANCELLED)]
)
def test_a_ring_has_its_agent_and_seconds(data: str, kind: LogKind) -> None:
    record = told(data, "Agent 1001")

    assert (record.kind, record.member) == (kind, "Agent 1001")
    assert record.ring == float(data.partition("|")[2]) / 1000


def test_a_start_of_asterisk_is_told() -> None:
    records, damaged = facts([f"{AT}|NONE|NONE|NONE|QUEUESTART|".encode()])

    assert (records, damaged) == ((LogRecord(kind=LogKind.RESTARTED, at=Timestamp(AT)),), 0)


@pytest.mark.parametrize(
    "data",
    [
        "ADDMEMBER|",
        "REMOVEMEMBER|",
        "PAUSE|meal",
        "UNPAUSE|",
        "PAUSEALL|meal",
        "AGENTDUMP|",
        "SYSCOMPAT|",
        "PENALTY|3",
        "CONFIGRELOAD|",
        "DID|5551000",
        "OUTCALL|1|2|3",
        "SOMETHING-OF-THE-SITE|whatever",
    ],
)
def test_what_is_not_counted_is_neither_a_fact_nor_damaged(data: str) -> None:
    line = f"{AT}|1699999990.1|sales|Agent 1001|{data}".encode()

    assert facts([line]) == ((), 0)


@pytest.mark.parametrize(
    "line", [b"nonsense", b"|||||", b"\xff\xfe\x00", b"1700000000|call|sales", b"x|c|q|a|ABANDON|1|1|1"]
)
def test_what_is_no_record_is_counted(line: bytes) -> None:
    assert facts([line]) == ((), 1)


def test_empty_lines_are_nothing() -> None:
    assert facts([b"", b"  ", b"\t"]) == ((), 0)


def test_damaged_lines_do_not_keep_the_others_from_being_read_in_order() -> None:
    lines = [
        b"1700000005|c1|sales|NONE|ENTERQUEUE||1|1",
        b"\x00\x00\x00",
        b"1700000003|c2|sales|NONE|ABANDON|1|1|3",
        b"1700000009|c1|sales|A\xe9|CONNECT|4|x.2|3",
    ]
    records, damaged = facts(lines)

    assert [(record.at, record.call) for record in records] == [
        (1700000005.0, "c1"),
        (1700000003.0, "c2"),
        (1700000009.0, "c1"),
    ]
    assert damaged == 1
