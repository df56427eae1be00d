"""Recording, masking, and replaying what was recorded."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctibridge.asterisk.capture import CaptureWriter, read_capture, replay, times_path
from ctibridge.asterisk.counts import AmiCounts
from ctibridge.asterisk.masking import Masker
from tests.unit.asterisk.frames import channel, event, joined, response, stream

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
SESSION = BANNER + stream(
    response("1", Message="Authentication accepted"),
    joined("1795283190.1", number="13800138000", name="张三"),
    event("Hangup", channel("1795283190.1", number="13800138000"), stamp="1795283199.5"),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls.ami"


def kinds(path: Path) -> list[str]:
    return [type(event).__name__ for delivery in replay(path, AmiCounts()) for event in delivery.events]


def test_what_is_recorded_raw_is_what_was_received(path: Path) -> None:
    with CaptureWriter(path, is_masked=False) as writer:
        for at in range(0, len(SESSION), 100):
            writer.write(SESSION[at : at + 100], 1000.0 + at)

    assert path.read_bytes() == SESSION
    assert list(read_capture(path)) == [(1000.0 + at, SESSION[at : at + 100]) for at in range(0, len(SESSION), 100)]


def test_plain_bytes_without_times_replay_as_well(path: Path) -> None:
    path.write_bytes(SESSION)

    assert [delivery.at for delivery in replay(path, AmiCounts())] == [1795283190.917963, 1795283199.5]
    assert kinds(path) == ["CallerJoined", "ChannelHungUp"]


def test_an_empty_capture_says_nothing(path: Path) -> None:
    path.write_bytes(b"")

    assert kinds(path) == []


def test_a_second_connection_means_that_the_first_was_lost(path: Path) -> None:
    path.write_bytes(SESSION[:-30] + SESSION)

    assert kinds(path) == ["CallerJoined", "FeedLost", "CallerJoined", "ChannelHungUp"]


def test_before_the_first_stamp_the_first_stamp_is_the_time(path: Path) -> None:
    unstamped = event("Hangup", channel("1.1"), stamp=None)
    path.write_bytes(BANNER + stream(unstamped) + SESSION[len(BANNER) :])

    assert next(replay(path, AmiCounts())).at == 1795283190.917963


def test_without_any_stamp_the_times_of_arrival_count(path: Path) -> None:
    first, second = (event("Hangup", channel(uniqueid), stamp=None) for uniqueid in ("1.1", "1.2"))
    with CaptureWriter(path, is_masked=False) as writer:
        writer.write(BANNER + stream(first), 2000.5)
        writer.write(stream(second), 2003.0)

    assert [delivery.at for delivery in replay(path, AmiCounts())] == [2000.5, 2003.0]


def test_a_masked_capture_has_the_same_shape_and_story_without_the_numbers(path: Path) -> None:
    with CaptureWriter(path) as writer:
        for at in range(0, len(SESSION), 33):
            writer.write(SESSION[at : at + 33], 1000.0)
    masked = path.read_bytes()

    assert len(masked) == len(SESSION)
    assert b"13800138000" not in masked
    assert "张三".encode() not in masked
    assert b"1795283190.1" in masked
    assert kinds(path) == ["CallerJoined", "ChannelHungUp"]
    assert times_path(path).exists()


def test_the_same_number_is_masked_alike_wherever_it_occurs() -> None:
    masker = Masker(b"key")
    lines = masker.feed(
        b"CallerIDNum: 13800138000\r\nAppData: SIP/13800138000@trunk,30\r\nCallerIDNum: 138-0013-8000\r\n"
    ).split(b"\r\n")
    number = lines[0].removeprefix(b"CallerIDNum: ")

    assert number != b"13800138000"
    assert lines[1] == b"AppData: SIP/" + number + b"@trunk,30"
    assert lines[2] == b"CallerIDNum: " + number[:3] + b"-" + number[3:7] + b"-" + number[7:]


def test_what_a_replay_lives_on_is_not_masked() -> None:
    kept = b"""Event: AgentConnect
Timestamp: 1795283190.917963
Uniqueid: 1795283190.100002
DestLinkedid: 1795283190.1
RingTime: 15000
LastCall: 1795283190
CallerIDNum: 1001
CallerIDNum: <unknown>
CallerIDName: <unknown>
Interface: PJSIP/1001
MemberName: Agent 1001 Anna
Queue: sales
"""

    assert Masker(b"key").feed(kept) == kept


def test_callers_names_lose_their_letters_and_keep_their_length() -> None:
    masker = Masker(b"key")

    assert masker.feed("CallerIDName: O\\'Brien 张三 é\r\n".encode()) == "CallerIDName: x\\'xxxxx 某某 ñ\r\n".encode()
    assert masker.feed(b"CallerIDName: Jos\xe9\r\n") == b"CallerIDName: xxx\xe9\r\n"


def test_another_recording_has_other_pseudonyms() -> None:
    line = b"CallerIDNum: 13800138000\n"

    assert Masker(b"one").feed(line) != Masker(b"two").feed(line)


@given(st.lists(st.text(alphabet="0123456789", min_size=7, max_size=7), unique=True, max_size=30))
def test_different_numbers_stay_different(numbers: list[str]) -> None:
    masker = Masker(b"key")
    masked = [masker.mask_line(f"Exten: {number}".encode()) for number in numbers]

    assert len(set(masked)) == len(numbers)


@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=5))
def test_masking_keeps_lengths_and_does_not_depend_on_how_bytes_were_cut(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    whole, pieces = Masker(b"key"), Masker(b"key")
    expected = whole.feed(data) + whole.flush()
    got = b"".join(pieces.feed(data[begin:end]) for begin, end in pairwise(edges)) + pieces.flush()

    assert got == expected
    assert len(got) == len(data)
