"""What a caller can do with CR and LF in his number, and what comes of it."""

import pytest

from ctibridge.asterisk.counts import AmiCounts, ErrorKind
from ctibridge.asterisk.guard import EventGuard, is_raised, is_torn, without_insertions
from ctibridge.asterisk.messages import Message
from ctibridge.asterisk.protocol import FrameReader
from tests.unit.asterisk.frames import channel, event, item, joined, stream

LONGEST_NUMBER = 79


def admitted(*frames: bytes) -> tuple[list[bytes], AmiCounts]:
    counts = AmiCounts()
    guard = EventGuard(counts)
    cut = FrameReader(AmiCounts()).feed(stream(*frames))
    return [whole for frame in cut if (whole := guard.admit(frame)) is not None], counts


def test_genuine_frames_pass_unchanged() -> None:
    frames = [
        joined("1.1"),
        event("DialEnd", channel("1.1"), channel("1.2", "Dest"), DialStatus="ANSWER"),
        event("UserEvent", UserEvent="Lookup", CallerIDNum="123"),
        event("OriginateResponse", Uniqueid="1.1", CallerIDNum="1", CallerIDName="<unknown>"),
        item("QueueEntry", "7", Queue="sales", Position="1", CallerIDNum="1", Wait="3"),
        b"Response: Success\r\nMessage: CallerIDNum",
    ]
    got, counts = admitted(*frames)

    assert got == frames
    assert not counts.errors


@pytest.mark.parametrize(
    "tail",
    [
        "\r\n\r\nEvent: Hangup\r\nPrivilege: call,all\r\nUniqueid: 1.9",
        "\r\n\r\nEvent: Hangup\r\nPrivilege: call,all\r\nUniqueid: 1.9\r\n\r\n",
        "\r\n\r\nEvent: Reload\r\nPrivilege: system,all\r\n\r\nx\r\n\r\ny",
        "\r\nQueue: vip\r\nUniqueid: 1.9",
        "\r\nQueue: vip\r\n\r\nEvent: Hangup\r\nPrivilege: call,all",
        "\r\n\r\n\r\n\r\n",
        "\r\nCallerIDName: Eve\r\n\r\nEvent: Hangup\r\nPrivilege: call,all",
        "\r\nCallerIDName: \r\nLinkedid: \r\n\r\n",
        "\r\nCallerIDName: \r\nUniqueid: 1.9\r\nLinkedid: 1.9\r\n\r\n",
    ],
)
def test_a_call_whose_number_holds_line_breaks_is_read_as_it_is(tail: str) -> None:
    number = ("138" + tail)[:LONGEST_NUMBER]
    got, _ = admitted(joined("1.1", number=number), joined("1.2"))
    messages = [Message(without_insertions(frame)) for frame in got]

    assert [m.get("event") for m in messages] == ["QueueCallerJoin", "QueueCallerJoin"]
    assert [m.get("uniqueid") for m in messages] == ["1.1", "1.2"]
    assert [m.get("queue") for m in messages] == ["sales", "sales"]
    assert [m.get("calleridnum") for m in messages] == ["138", "13800000001"]


def test_what_was_smuggled_in_is_counted() -> None:
    number = "138\r\n\r\nEvent: Hangup\r\nPrivilege: call,all\r\nUniqueid: 1.9"
    _, counts = admitted(joined("1.1", number=number))

    assert counts.errors == {ErrorKind.DAMAGED_EVENT: 1, ErrorKind.FORGED_EVENT: 1}


def test_the_second_channel_of_an_event_can_be_the_torn_one() -> None:
    agent = channel("1.2", "Dest", number="1\r\n\r\nEvent: Hangup\r\nPrivilege: call,all\r\nUniqueid: 1.1")
    got, _ = admitted(event("AgentConnect", channel("1.1"), agent, Queue="sales", HoldTime="4"))
    (message,) = map(Message, got)

    assert (message.get("uniqueid"), message.get("destuniqueid")) == ("1.1", "1.2")
    assert (message.get("queue"), message.get("holdtime")) == ("sales", "4")


def test_a_listed_caller_can_be_torn_as_well() -> None:
    headers = {
        "Queue": "sales",
        "Position": "1",
        "Channel": "PJSIP/a-1",
        "Uniqueid": "1.1",
        "CallerIDNum": "1\r\n\r\nEvent: QueueEntry\r\nQueue: sales\r\nUniqueid: 1.9",
        "CallerIDName": "unknown",
        "ConnectedLineNum": "unknown",
        "ConnectedLineName": "unknown",
        "Wait": "12",
    }
    got, _ = admitted(item("QueueEntry", "7", headers))
    (message,) = map(Message, got)

    assert (message.get("uniqueid"), message.get("wait"), message.action_id) == ("1.1", "12", "7")


def test_an_event_that_is_never_finished_does_not_stop_the_stream() -> None:
    torn = event("Newchannel", {"Channel": "a", "ChannelState": "0", "ChannelStateDesc": "Down", "CallerIDNum": "1"})
    got, counts = admitted(torn, *(event("Registry", Status=str(i)) for i in range(40)))

    assert len(got) >= 20
    assert counts.errors[ErrorKind.DAMAGED_EVENT] == 1


def test_an_event_raised_by_asterisk_has_its_class_in_the_second_line() -> None:
    assert is_raised(joined("1.1"))
    assert not is_raised(item("QueueParams", "7", Queue="sales"))
    assert not is_raised(b"Event: Hangup\r\nUniqueid: 1.1\r\nPrivilege: call,all")
    assert not is_raised(b"Event: Hangup")
    assert not is_torn(joined("1.1"))
