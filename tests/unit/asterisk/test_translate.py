"""Each event that counts, with the headers of a real Asterisk, and what it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctibridge.asterisk.counts import AmiCounts, ErrorKind
from ctibridge.asterisk.messages import Message
from ctibridge.asterisk.translate import _LISTED, _READERS, Translator
from ctibridge.domain import events as fact
from ctibridge.domain.events import Caller, DeviceStatus, EndedBy, Event, MemberRecord, QueueOutcome
from ctibridge.domain.units import CallId, ChannelId, Interface, QueueName, Seconds, Timestamp
from tests.unit.asterisk.frames import channel, event, item, joined

CALL = CallId("1.1")
SALES = QueueName("sales")
PHONE = Interface("PJSIP/1001")
CALLER = channel("1.1", name=r"O\'Brien \"q\"")
AGENT = channel("1.2", "Dest")
SALES_1001 = {"Queue": "sales", "Interface": "PJSIP/1001", "MemberName": "Agent 1001 张三"}


def meaning(frame: bytes) -> Event | None:
    events, _ = Translator(AmiCounts()).translate(Message(frame))
    assert len(events) <= 1
    return events[0] if events else None


def skipped(frame: bytes) -> tuple[tuple[Event, ...], dict[ErrorKind, int]]:
    counts = AmiCounts()
    events, _ = Translator(counts).translate(Message(frame))
    return tuple(events), dict(counts.errors)


# -- callers ----------------------------------------------------------------------------------------------------------


def test_a_caller_joins() -> None:
    assert meaning(event("QueueCallerJoin", CALLER, Queue="sales", Position="2", Count="2")) == fact.CallerJoined(
        queue=SALES,
        call=CALL,
        linkedid="1.1",
        channel="PJSIP/trunk-1.1",
        caller=Caller(number="13800000001", name='O\'Brien "q"'),
        position=2,
    )


def test_a_callers_line_feeds_draw_no_lines() -> None:
    block = channel("1.1", number="138\n\nEvent: Hangup", name=r"Eve\nERROR")
    join = meaning(event("QueueCallerJoin", block, Queue="sales"))

    assert isinstance(join, fact.CallerJoined)
    assert join.caller == Caller(number="138\ufffd\ufffdEvent: Hangup", name="Eve\ufffdERROR")


def test_a_caller_leaves_and_an_abandon_is_reported() -> None:
    assert meaning(event("QueueCallerLeave", CALLER, Queue="sales", Position="1", Count="0")) == fact.CallerLeft(
        queue=SALES, call=CALL, position=1
    )
    reported = event("QueueCallerAbandon", CALLER, Queue="sales", Position="1", OriginalPosition="3", HoldTime="42")
    assert meaning(reported) == fact.AbandonReported(
        queue=SALES, call=CALL, position=1, original_position=3, wait=Seconds(42.0)
    )


@pytest.mark.parametrize("outcome", list(QueueOutcome))
def test_the_queue_says_why_it_ended(outcome: QueueOutcome) -> None:
    frame = event("VarSet", CALLER, Variable="QUEUESTATUS", Value=outcome.value)

    assert meaning(frame) == fact.QueueOutcomeSet(call=CALL, outcome=outcome)
    assert Translator(AmiCounts()).wants("VarSet", frame)


def test_other_variables_are_not_even_parsed() -> None:
    translator = Translator(AmiCounts())

    assert not translator.wants("VarSet", event("VarSet", CALLER, Variable="QUEUEPOSITION", Value="1"))
    assert not translator.wants("DeviceStateChange", event("DeviceStateChange", Device="PJSIP/1001"))


def test_a_cleared_queuestatus_is_nothing_and_an_unknown_one_is_counted() -> None:
    assert skipped(event("VarSet", CALLER, Variable="QUEUESTATUS", Value="")) == ((), {})
    assert skipped(event("VarSet", CALLER, Variable="QUEUESTATUS", Value="BORED")) == ((), {ErrorKind.ABSURD_VALUE: 1})


@pytest.mark.parametrize(
    ("application", "data", "queue"),
    [
        ("Queue", "sales,tTn,,,30", "sales"),
        ("Queue", "sales", "sales"),
        ("queue", " vip sales ,t", "vip sales"),
        ("ExecIf", "1?Queue(sales,t):Hangup()", "sales"),
        ("ExecIf", "0?NoOp():queue(support)", "support"),
        ("TryExec", "Queue(sales)", "sales"),
    ],
)
def test_the_dialplan_enters_a_queue(application: str, data: str, queue: str) -> None:
    entered = meaning(event("Newexten", CALLER, Extension="400", Application=application, AppData=data))

    assert isinstance(entered, fact.QueueEntered)
    assert (entered.call, entered.queue, entered.caller.number) == ("1.1", queue, "13800000001")


@pytest.mark.parametrize(
    ("application", "data"), [("Playback", "sorry"), ("Queue", ""), ("ExecIf", "1?SetMyQueue(x)"), ("NoOp", "Queue(x)")]
)
def test_any_other_step_of_the_dialplan(application: str, data: str) -> None:
    step = meaning(event("Newexten", CALLER, Extension="400", Application=application, AppData=data))

    assert step == fact.DialplanContinued(channel=ChannelId("1.1"), application=application, exten="400")


def test_a_channel_hangs_up() -> None:
    hangup = event("Hangup", CALLER, {"Cause": "16", "Cause-txt": "Normal Clearing"})

    assert meaning(hangup) == fact.ChannelHungUp(channel=ChannelId("1.1"), linkedid="1.1")


# -- agents -----------------------------------------------------------------------------------------------------------


def test_an_agent_is_called() -> None:
    assert meaning(event("AgentCalled", CALLER, AGENT, SALES_1001)) == fact.AgentCalled(
        queue=SALES,
        call=CALL,
        interface=PHONE,
        member_name="Agent 1001 张三",
        leg=ChannelId("1.2"),
        leg_channel="PJSIP/trunk-1.2",
    )


def test_the_ring_of_a_member_whose_name_is_not_utf8_has_only_its_channel() -> None:
    assert meaning(event("AgentCalled", CALLER, AGENT)) == fact.AgentCalled(
        call=CALL, leg=ChannelId("1.2"), leg_channel="PJSIP/trunk-1.2"
    )


def test_ring_time_is_in_seconds_when_answered_and_in_milliseconds_when_missed() -> None:
    connected = meaning(event("AgentConnect", CALLER, AGENT, SALES_1001, HoldTime="7", RingTime="3"))
    missed = meaning(event("AgentRingNoAnswer", CALLER, AGENT, SALES_1001, RingTime="15000"))

    assert connected == fact.AgentConnected(
        call=CALL,
        queue=SALES,
        interface=PHONE,
        member_name="Agent 1001 张三",
        leg=ChannelId("1.2"),
        leg_channel="PJSIP/trunk-1.2",
        wait=Seconds(7.0),
        ring=Seconds(3.0),
    )
    assert isinstance(missed, fact.AgentMissed)
    assert missed.ring == 15.0


def test_an_answer_by_a_member_whose_name_is_not_utf8_has_no_queue() -> None:
    connected = fact.AgentConnected(call=CALL, leg=ChannelId("1.2"), leg_channel="PJSIP/trunk-1.2")

    assert skipped(event("AgentConnect", CALLER, AGENT)) == ((connected,), {ErrorKind.MISSING_HEADER: 1})


@pytest.mark.parametrize(
    ("blocks", "call", "leg"), [((CALLER, AGENT), "1.1", "1.2"), ((AGENT,), None, "1.2"), ((), None, None)]
)
def test_a_call_ends_although_its_channels_may_be_gone(
    blocks: tuple[dict[str, str], ...], call: str | None, leg: str | None
) -> None:
    ended = meaning(event("AgentComplete", *blocks, SALES_1001, HoldTime="7", TalkTime="95", Reason="agent"))

    assert isinstance(ended, fact.AgentCompleted)
    assert (ended.call, ended.leg, ended.queue, ended.interface) == (call, leg, "sales", "PJSIP/1001")
    assert (ended.wait, ended.talk, ended.ended_by) == (7.0, 95.0, EndedBy.AGENT)


def test_an_end_that_tells_of_no_call_is_an_end_all_the_same() -> None:
    assert skipped(event("AgentComplete")) == ((fact.AgentCompleted(),), {ErrorKind.MISSING_HEADER: 1})


def test_an_agent_hangs_up_during_the_announcement() -> None:
    assert meaning(event("AgentDump", CALLER, AGENT, SALES_1001)) == fact.AgentDumped(
        call=CALL, queue=SALES, interface=PHONE, leg=ChannelId("1.2")
    )


def test_a_leg_stops_ringing() -> None:
    assert meaning(event("DialEnd", CALLER, AGENT, DialStatus="CANCEL")) == fact.DialEnded(
        call=CALL, leg=ChannelId("1.2"), status="CANCEL"
    )
    assert skipped(event("DialEnd", AGENT, DialStatus="ANSWER")) == ((), {})


# -- holds, transfers, optimised channels -----------------------------------------------------------------------------


def test_hold_and_its_end() -> None:
    assert meaning(event("Hold", AGENT | channel("1.2"))) == fact.ChannelHeld(channel=ChannelId("1.2"), linkedid="1.2")
    assert meaning(event("Unhold", channel("1.2"))) == fact.ChannelUnheld(channel=ChannelId("1.2"), linkedid="1.2")


def test_a_blind_transfer() -> None:
    blocks = (channel("1.2", "Transferer"), channel("1.1", "Transferee"))
    tail = {"BridgeUniqueid": "b", "IsExternal": "Yes", "Context": "inbound", "Extension": "500"}

    assert meaning(event("BlindTransfer", {"Result": "Success"}, *blocks, tail)) == fact.BlindTransferred(
        transferer=ChannelId("1.2"), transferee=ChannelId("1.1"), linkedids=("1.2", "1.1")
    )
    assert meaning(event("BlindTransfer", {"Result": "Fail"}, *blocks, tail)) is None


def attended(result: str = "Success", **tail: str) -> bytes:
    blocks = (
        channel("2.1", "OrigTransferer"),
        channel("2.2", "SecondTransferer"),
        channel("1.1", "Transferee"),
        channel("3.1", "TransferTarget"),
    )
    return event("AttendedTransfer", {"Result": result}, *blocks, {"IsExternal": "Yes"}, tail)


def test_an_attended_transfer_into_a_queue_hands_the_waiting_place_on() -> None:
    assert meaning(attended(DestType="App", DestApp="Queue")) == fact.AttendedTransferred(
        transferers=(ChannelId("2.1"), ChannelId("2.2")),
        transferee=ChannelId("1.1"),
        target=ChannelId("3.1"),
        into_queue=True,
        linkedids=("2.1", "2.2", "1.1", "3.1"),
    )


def test_an_attended_transfer_to_a_person() -> None:
    transferred = meaning(attended(DestType="Bridge", DestBridgeUniqueid="b"))

    assert isinstance(transferred, fact.AttendedTransferred)
    assert not transferred.into_queue


def test_failed_transfers_change_nothing() -> None:
    assert meaning(attended("Fail", DestType="Fail")) is None
    assert meaning(attended("Fail", DestType="Threeway")) is None


def test_in_a_three_way_call_everybody_stays_and_nobody_is_on_hold() -> None:
    events, _ = Translator(AmiCounts()).translate(Message(attended(DestType="Threeway", DestBridgeUniqueid="b")))

    assert {type(event) for event in events} == {fact.ChannelUnheld}


def optimized(name: str, identity: str = "5", **tail: str) -> bytes:
    return event(name, channel("4.1", "LocalOne"), channel("4.2", "LocalTwo"), {"Id": identity}, tail)


@pytest.mark.parametrize("success", ["Yes", "No"])
def test_a_local_channel_is_optimised_away_whatever_success_says(success: str) -> None:
    translator = Translator(AmiCounts())
    begin = event(
        "LocalOptimizationBegin",
        channel("4.1", "LocalOne"),
        channel("4.2", "LocalTwo"),
        channel("9.9", "Source"),
        DestUniqueId="4.2",
        Id="5",
    )

    assert not translator.translate(Message(begin))[0]
    assert translator.translate(Message(optimized("LocalOptimizationEnd", Success=success)))[0] == [
        fact.ChannelReplaced(old=ChannelId("4.1"), new=ChannelId("9.9")),
        fact.ChannelReplaced(old=ChannelId("4.2"), new=ChannelId("9.9")),
    ]
    assert not translator.translate(Message(optimized("LocalOptimizationEnd", Success="Yes")))[0]


def test_an_optimisation_whose_begin_we_missed_is_nothing() -> None:
    translator = Translator(AmiCounts())
    begin = event("LocalOptimizationBegin", channel("9.9", "Source"), Id="5")
    translator.translate(Message(begin))

    assert not translator.translate(Message(optimized("LocalOptimizationEnd", "6", Success="Yes")))[0]


# -- members ----------------------------------------------------------------------------------------------------------

MEMBER = SALES_1001 | {
    "StateInterface": "PJSIP/1001",
    "Membership": "dynamic",
    "Penalty": "2",
    "CallsTaken": "11",
    "LastCall": "1795283100",
    "LastPause": "0",
    "LoginTime": "1795280000",
    "InCall": "1",
    "Status": "6",
    "Paused": "1",
    "PausedReason": "lunch",
    "Ringinuse": "0",
    "Wrapuptime": "0",
}
RECORD = MemberRecord(
    queue=SALES,
    interface=PHONE,
    state_interface=PHONE,
    name="Agent 1001 张三",
    membership="dynamic",
    penalty=2,
    is_paused=True,
    pause_reason="lunch",
    status=DeviceStatus.RINGING,
    is_in_call=False,
    calls_taken=11,
    last_call=Timestamp(1795283100.0),
    login_time=Timestamp(1795280000.0),
    ring_in_use=False,
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("QueueMemberAdded", fact.MemberAdded),
        ("QueueMemberRemoved", fact.MemberRemoved),
        ("QueueMemberPause", fact.MemberPaused),
        ("QueueMemberPenalty", fact.MemberChanged),
        ("QueueMemberRinginuse", fact.MemberChanged),
        ("QueueMemberStatus", fact.MemberChanged),
    ],
)
def test_member_events(name: str, kind: type[fact.MemberAdded]) -> None:
    assert meaning(event(name, MEMBER)) == kind(member=RECORD)


def test_a_pause_of_asterisk_16_states_its_reason_twice_and_no_login_time() -> None:
    old = {key: value for key, value in MEMBER.items() if key != "LoginTime"} | {"Reason": "lunch"}
    paused = meaning(event("QueueMemberPause", old))

    assert isinstance(paused, fact.MemberPaused)
    assert (paused.member.pause_reason, paused.member.login_time) == ("lunch", None)


def test_a_listed_member_has_other_header_names_and_may_be_in_a_call() -> None:
    renamed = {"MemberName": "Name", "Interface": "Location"}
    listed = {renamed.get(key, key): value for key, value in MEMBER.items() if key != "Ringinuse"}
    (member,) = Translator(AmiCounts()).translate_listed(Message(item("QueueMember", "7", listed)))

    assert isinstance(member, fact.MemberListed)
    assert (member.member.name, member.member.interface) == ("Agent 1001 张三", "PJSIP/1001")
    assert member.member.is_in_call


# -- lists ------------------------------------------------------------------------------------------------------------


def test_listed_queues_callers_and_channels() -> None:
    translator = Translator(AmiCounts())
    queue = item("QueueParams", "7", Queue="sales", Strategy="rrmemory", Holdtime="3")
    caller = item(
        "QueueEntry",
        "7",
        Queue="sales",
        Position="1",
        Channel="PJSIP/a-1",
        Uniqueid="1.1",
        CallerIDNum="unknown",
        CallerIDName=r"C:\new",
        Wait="61",
    )
    listed = item(
        "CoreShowChannel",
        "7",
        CALLER,
        Application="Queue",
        ApplicationData="sales,t",
        Duration="101:00:05",
        BridgeId="",
    )

    assert translator.translate_listed(Message(queue)) == (fact.QueueListed(queue=SALES, strategy="rrmemory"),)
    assert translator.translate_listed(Message(caller)) == (
        fact.CallerListed(
            queue=SALES, call=CALL, position=1, wait=Seconds(61.0), channel="PJSIP/a-1", caller=Caller(name=r"C:\new")
        ),
    )
    assert translator.translate_listed(Message(listed)) == (
        fact.ChannelListed(
            channel=ChannelId("1.1"),
            name="PJSIP/trunk-1.1",
            linkedid="1.1",
            application="Queue",
            application_data="sales,t",
            duration=Seconds(363605.0),
        ),
    )


# -- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["Uniqueid", "Queue"])
def test_an_event_without_what_names_its_call_is_counted_and_skipped(missing: str) -> None:
    frame = b"\r\n".join(line for line in joined("1.1").split(b"\r\n") if not line.startswith(missing.encode()))

    assert skipped(frame) == ((), {ErrorKind.MISSING_HEADER: 1})


@pytest.mark.parametrize("value", ["-5", "abc", "1e9", "99999999999999999999999", "٣", "3.5", " 4"])
def test_an_absurd_number_is_counted_and_left_out_but_the_answer_still_happened(value: str) -> None:
    events, errors = skipped(event("AgentConnect", CALLER, AGENT, SALES_1001, HoldTime=value, RingTime="1"))

    assert isinstance(events[0], fact.AgentConnected)
    assert (events[0].wait, events[0].ring) == (None, 1.0)
    assert errors == {ErrorKind.ABSURD_VALUE: 1}


def test_an_absurdly_long_name_is_counted_and_skipped() -> None:
    assert skipped(event("QueueCallerLeave", CALLER, Queue="q" * 5000)) == ((), {ErrorKind.ABSURD_VALUE: 1})


def test_an_unknown_device_state_is_unknown() -> None:
    changed = meaning(event("QueueMemberStatus", MEMBER | {"Status": "77"}))

    assert isinstance(changed, fact.MemberChanged)
    assert changed.member.status is DeviceStatus.UNKNOWN


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("1795283190.917963", 1795283190.917963),
        ("1795283190", 1795283190.0),
        (None, None),
        ("soon", None),
        ("9" * 30, None),
    ],
)
def test_the_moment_of_an_event(stamp: str | None, moment: float | None) -> None:
    _, at = Translator(AmiCounts()).translate(Message(event("Hangup", CALLER, stamp=stamp)))

    assert at == moment


names = st.sampled_from([*_READERS, *_LISTED, "LocalOptimizationBegin", "LocalOptimizationEnd"])
OTHERS = """
    Result DestType DestApp Variable Value Id Success RingTime Wait HoldTime TalkTime Reason Position Timestamp
    Application AppData Duration SourceUniqueid
"""
headers = st.sampled_from([*CALLER, *AGENT, *MEMBER, *OTHERS.split()])
values = st.one_of(
    st.text(max_size=12),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["Success", "QUEUESTATUS", "Queue", "", "1" * 400, "App", "Yes"]),
)


@given(name=names, pairs=st.lists(st.tuples(headers, values), max_size=30))
def test_no_event_that_a_pbx_could_send_breaks_the_translation(name: str, pairs: list[tuple[str, str]]) -> None:
    text = "\r\n".join([f"Event: {name}", "Privilege: call,all", *(f"{header}: {value}" for header, value in pairs)])
    message = Message(text.encode("utf-8", "replace"))
    translator = Translator(AmiCounts())

    translator.translate(message)
    translator.translate_listed(message)


def test_dialplan_steps_matter_for_channels_that_something_else_told_of() -> None:
    translator = Translator(AmiCounts())
    step = event("Newexten", channel("1.1"), Application="Playback", AppData="bye")

    assert not translator.wants("Newexten", step)
    translator.translate(Message(joined("1.1")))
    assert translator.wants("Newexten", step)
    assert not translator.wants("Newexten", event("Newexten", channel("2.2"), Application="Playback", AppData="bye"))
    translator.translate(Message(event("Hangup", channel("1.1"))))
    assert not translator.wants("Newexten", step)


@pytest.mark.parametrize(("application", "data"), [("Queue", "sales"), ("ExecIf", "1?Queue(sales)"), ("queue", "q")])
def test_a_step_into_a_queue_always_matters(application: str, data: str) -> None:
    frame = event("Newexten", channel("1.1"), Application=application, AppData=data)

    assert Translator(AmiCounts()).wants("Newexten", frame)


def test_a_step_that_says_a_header_twice_is_looked_at() -> None:
    frame = event("Newexten", channel("1.1"), Application="Playback") + b"\r\nUniqueid: 2.2"

    assert Translator(AmiCounts()).wants("Newexten", frame)


def test_a_channel_of_a_list_is_one_whose_steps_matter() -> None:
    translator = Translator(AmiCounts())
    translator.translate_listed(Message(item("QueueEntry", "a", Queue="sales", Uniqueid="1.1", Position="1", Wait="3")))

    assert translator.wants("Newexten", event("Newexten", channel("1.1"), Application="Hangup"))
