"""Lines as Asterisk wrote them, most of them from real queue_log files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctibridge.asterisk.queue_log import (
    _PARSERS,
    Abandoned,
    Completed,
    Connected,
    Dumped,
    Entered,
    Exited,
    ExitReason,
    Foreign,
    Incompatible,
    MemberRecorded,
    PauseRecorded,
    RangOut,
    Record,
    Restarted,
    RingCancelled,
    Transferred,
    parse_line,
)
from ctibridge.domain.events import EndedBy

CALL = "1795283190.100002"


def record(line: str) -> Record:
    parsed = parse_line(line.encode())
    assert parsed is not None
    return parsed


def facts(line: str) -> dict[str, object]:
    """What a line says beside who, when and where."""
    parsed = record(line)
    return {name: getattr(parsed, name) for name in type(parsed).__annotations__}


def head(line: str) -> tuple[float, str | None, str | None, str | None]:
    parsed = record(line)
    return (parsed.at, parsed.call, parsed.queue, parsed.agent)


def test_who_when_and_where() -> None:
    assert head(f"1795283192|{CALL}|support|Agent 1001 张三|CONNECT|2|1795283190.2|2") == (
        1795283192.0,
        CALL,
        "support",
        "Agent 1001 张三",
    )
    assert head("1795283190|NONE|NONE|NONE|QUEUESTART|") == (1795283190.0, None, None, None)
    assert head("1795283190|MANAGER|support|Agent 1001|ADDMEMBER|")[1] == "MANAGER"


@pytest.mark.parametrize(
    ("data", "kind", "expected"),
    [
        ("ENTERQUEUE||13800000001|1", Entered, {"number": "13800000001", "name": None, "position": 1}),
        ("ENTERQUEUE|http://x|138|2", Entered, {"number": "138", "name": None, "position": 2}),
        ("ENTERQUEUE||138", Entered, {"number": "138", "name": None, "position": None}),
        ("ENTERQUEUE|||1", Entered, {"number": None, "name": None, "position": 1}),
        ("ENTERQUEUE||138|1|Bob_B", Entered, {"number": "138", "name": "Bob_B", "position": 1}),
        ("ENTERQUEUE||138|1|", Entered, {"number": "138", "name": None, "position": 1}),
        ("ENTERQUEUE||1|38|x|4", Entered, {"number": "1|38|x", "name": None, "position": 4}),
        ("CONNECT|2|1795283190.2|3", Connected, {"wait": 2.0, "leg": "1795283190.2", "ring": 3.0}),
        ("COMPLETEAGENT|2|5|1", Completed, {"ended_by": EndedBy.AGENT, "wait": 2.0, "talk": 5.0, "position": 1}),
        ("COMPLETECALLER|2|5|1", Completed, {"ended_by": EndedBy.CALLER, "wait": 2.0, "talk": 5.0, "position": 1}),
        (
            "BLINDTRANSFER|7900|trap_sip|2|3|1",
            Transferred,
            {"is_attended": False, "target": "7900|trap_sip", "wait": 2.0, "talk": 3.0, "position": 1},
        ),
        (
            "ATTENDEDTRANSFER|BRIDGE|2b8e-77|2|3|1",
            Transferred,
            {"is_attended": True, "target": "BRIDGE|2b8e-77", "wait": 2.0, "talk": 3.0, "position": 1},
        ),
        (
            "ATTENDEDTRANSFER|LINK|SIP/a|SIP/b|2|3|1",
            Transferred,
            {"is_attended": True, "target": "LINK|SIP/a|SIP/b", "wait": 2.0, "talk": 3.0, "position": 1},
        ),
        (
            "TRANSFER|7900|trap_sip|2|3|1",
            Transferred,
            {"is_attended": None, "target": "7900|trap_sip", "wait": 2.0, "talk": 3.0, "position": 1},
        ),
        ("ABANDON|1|2|7", Abandoned, {"position": 1, "original_position": 2, "wait": 7.0}),
        (
            "EXITWITHTIMEOUT|2|2|4",
            Exited,
            {"reason": ExitReason.TIMEOUT, "position": 2, "original_position": 2, "wait": 4.0, "detail": None},
        ),
        (
            "EXITWITHTIMEOUT|2",
            Exited,
            {"reason": ExitReason.TIMEOUT, "position": 2, "original_position": None, "wait": None, "detail": None},
        ),
        (
            "EXITEMPTY|1|1|6",
            Exited,
            {"reason": ExitReason.EMPTY, "position": 1, "original_position": 1, "wait": 6.0, "detail": None},
        ),
        (
            "EXITWITHKEY|1|3|4|9",
            Exited,
            {"reason": ExitReason.KEY, "position": 3, "original_position": 4, "wait": 9.0, "detail": "1"},
        ),
        (
            "WITHDRAW|1|1|3|vip|desk",
            Exited,
            {"reason": ExitReason.WITHDRAWN, "position": 1, "original_position": 1, "wait": 3.0, "detail": "vip|desk"},
        ),
        ("RINGNOANSWER|3000", RangOut, {"ring": 3.0}),
        ("RINGCANCELED|2008", RingCancelled, {"ring": 2.008}),
        ("AGENTDUMP|", Dumped, {}),
        ("SYSCOMPAT|", Incompatible, {}),
        ("ADDMEMBER|", MemberRecorded, {"is_added": True, "is_paused": False}),
        ("ADDMEMBER|PAUSED", MemberRecorded, {"is_added": True, "is_paused": True}),
        ("REMOVEMEMBER|", MemberRecorded, {"is_added": False, "is_paused": False}),
        ("PAUSE|lunch|long", PauseRecorded, {"is_paused": True, "is_all": False, "reason": "lunch|long"}),
        ("UNPAUSE|", PauseRecorded, {"is_paused": False, "is_all": False, "reason": None}),
        ("PAUSEALL|meal", PauseRecorded, {"is_paused": True, "is_all": True, "reason": "meal"}),
        ("UNPAUSEALL|", PauseRecorded, {"is_paused": False, "is_all": True, "reason": None}),
        ("QUEUESTART|", Restarted, {}),
        ("PENALTY|1", Foreign, {"event": "PENALTY", "data": "1"}),
        ("DID|4008001234", Foreign, {"event": "DID", "data": "4008001234"}),
    ],
)
def test_every_record(data: str, kind: type[Record], expected: dict[str, object]) -> None:
    line = f"1795283192|{CALL}|support|Agent 1001|{data}"

    assert type(record(line)) is kind
    assert facts(line) == expected


def test_every_event_has_a_line_above() -> None:
    cases = next(mark for mark in test_every_record.pytestmark if mark.name == "parametrize").args[1]  # type: ignore[attr-defined]

    assert {case[0].partition("|")[0] for case in cases} >= set(_PARSERS)


@pytest.mark.parametrize(
    ("agent", "data"),
    [
        ("Pipe|Agent 7001", "CONNECT|1|3.3|0"),
        ("PAUSE", "PAUSE|x"),
        ("CONNECT|Agent", "COMPLETEAGENT|1|2|3"),
        ("Agent|ABANDON|x", "RINGNOANSWER|1000"),
    ],
)
def test_a_bar_in_the_agents_name_shifts_nothing(agent: str, data: str) -> None:
    parsed = record(f"1|1.1|q|{agent}|{data}")

    assert parsed.agent == agent
    assert parsed == record(f"1|1.1|q|X|{data}").__class__(
        **{name: getattr(record(f"1|1.1|q|X|{data}"), name) for name in type(parsed).__annotations__},
        at=parsed.at,
        call=parsed.call,
        queue=parsed.queue,
        agent=agent,
    )


@pytest.mark.parametrize(
    "line",
    [
        "",
        "\r",
        "not a record",
        "1795283192|1.1|support",
        "1795283192|1.1|support|NONE",
        "yesterday|1.1|support|NONE|ABANDON|1|1|1",
        "-5|1.1|support|NONE|ABANDON|1|1|1",
        "99999999999999|1.1|support|NONE|ABANDON|1|1|1",
        "٣|1.1|support|NONE|ABANDON|1|1|1",
    ],
)
def test_a_line_that_is_no_record(line: str) -> None:
    assert parse_line(line.encode()) is None


@pytest.mark.parametrize("data", ["ABANDON|1|1", "ABANDON|a|b|c", "CONNECT|", "RINGNOANSWER|x", "COMPLETEAGENT|1"])
def test_data_of_another_form_are_not_believed(data: str) -> None:
    assert isinstance(record(f"1|1.1|q|A|{data}"), Foreign)


def test_names_that_are_not_utf8_read_as_they_do_from_ami() -> None:
    parsed = parse_line("1|1.1|q|José|RINGNOANSWER|1000\n".encode("latin-1"))

    assert parsed is not None
    assert parsed.agent == "Jos\ufffd"


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(line: bytes) -> None:
    parse_line(line)


@given(
    st.lists(
        st.one_of(st.sampled_from([*_PARSERS, "NONE", ""]), st.text(max_size=6), st.integers().map(str)), max_size=12
    )
)
def test_no_fields_break_the_parser(fields: list[str]) -> None:
    parse_line("|".join(["1795283192", *fields]).encode("utf-8", "replace"))
