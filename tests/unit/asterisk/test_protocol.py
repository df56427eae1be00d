import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctibridge.asterisk.counts import AmiCounts, ErrorKind
from ctibridge.asterisk.protocol import FrameReader

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
LOGIN = b"Response: Success\r\nActionID: 1\r\nMessage: Authentication accepted"
JOIN = "Event: QueueCallerJoin\r\nPrivilege: agent,all\r\nCallerIDName: 张三 José\r\nQueue: sales".encode()
LEAVE = b"Event: QueueCallerLeave\r\nPrivilege: agent,all\r\nQueue: sales"
STREAM = BANNER + LOGIN + b"\r\n\r\n" + JOIN + b"\r\n\r\n" + LEAVE + b"\r\n\r\n"


def reader(limit: int = 1 << 20) -> tuple[FrameReader, AmiCounts]:
    counts = AmiCounts()
    return FrameReader(counts, limit), counts


def frames_of(*parts: bytes) -> list[bytes]:
    frames = reader()[0]
    return [frame for part in parts for frame in frames.feed(part)]


def test_a_stream_in_one_piece() -> None:
    frames, counts = reader()

    assert frames.feed(STREAM) == [LOGIN, JOIN, LEAVE]
    assert frames.banner == "Asterisk Call Manager/11.0.0"
    assert not counts.errors


def test_a_stream_one_byte_at_a_time() -> None:
    assert frames_of(*(STREAM[i : i + 1] for i in range(len(STREAM)))) == [LOGIN, JOIN, LEAVE]


@pytest.mark.parametrize("cut", range(len(STREAM) + 1))
def test_a_stream_cut_anywhere(cut: int) -> None:
    assert frames_of(STREAM[:cut], STREAM[cut:]) == [LOGIN, JOIN, LEAVE]


def test_a_name_cut_between_two_reads_arrives_whole() -> None:
    cut = JOIN.index("张".encode()) + 1

    assert frames_of(JOIN[:cut], JOIN[cut:] + b"\r\n\r\n") == [JOIN]


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\r\n\n"])
def test_ends_of_crlf_frames(end: bytes) -> None:
    assert frames_of(LEAVE + end + JOIN + end) == [LEAVE, JOIN]


@pytest.mark.parametrize("end", [b"\n\n", b"\n\r\n"])
def test_ends_of_lf_frames(end: bytes) -> None:
    leave, join = (frame.replace(b"\r\n", b"\n") for frame in (LEAVE, JOIN))

    assert frames_of(leave + end + join + end) == [leave, join]


def test_lf_and_crlf_frames_in_one_stream() -> None:
    leave = LEAVE.replace(b"\r\n", b"\n")

    assert frames_of(leave + b"\n\n" + JOIN + b"\r\n\r\n" + leave + b"\n\n") == [leave, JOIN, leave]


def test_bare_line_feeds_in_a_value_neither_end_the_line_nor_the_frame() -> None:
    frame = b"Event: Newexten\r\nAppData: a\n\nEvent: Hangup\nPrivilege: call,all\r\nUniqueid: 1.1"

    assert frames_of(frame + b"\r\n\r\n") == [frame]


def test_blank_lines_between_frames_are_nothing() -> None:
    assert frames_of(b"\r\n\r\n\n" + LEAVE + b"\r\n\r\n\r\n\r\n" + JOIN + b"\r\n\r\n") == [LEAVE, JOIN]


def test_a_second_greeting_in_a_recorded_stream_is_no_part_of_a_frame() -> None:
    assert frames_of(STREAM + STREAM) == [LOGIN, JOIN, LEAVE] * 2


def test_an_unfinished_frame_at_the_end_is_nothing() -> None:
    assert frames_of(LEAVE + b"\r\n\r\n" + JOIN[:40]) == [LEAVE]


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_an_oversize_frame_is_dropped_counted_and_what_follows_is_read(size: int) -> None:
    frames, counts = reader(limit=200)
    big = b"Event: UserEvent\r\nPadding: " + b"x" * 2000 + b"\r\nMore: y"
    stream = LEAVE + b"\r\n\r\n" + big + b"\r\n\r\n" + JOIN + b"\r\n\r\n"

    got = [frame for i in range(0, len(stream), size) for frame in frames.feed(stream[i : i + size])]

    assert got == [LEAVE, JOIN]
    assert counts.errors == {ErrorKind.OVERSIZE_FRAME: 1}


@pytest.mark.parametrize("size", [1, 64, 10_000])
def test_an_oversize_first_line_is_dropped_and_counted(size: int) -> None:
    frames, counts = reader(limit=200)
    stream = b"x" * 1000 + b"\r\n\r\n" + JOIN + b"\r\n\r\n"

    got = [frame for i in range(0, len(stream), size) for frame in frames.feed(stream[i : i + size])]

    assert got == [JOIN]
    assert counts.errors == {ErrorKind.OVERSIZE_FRAME: 1}


def test_a_frame_of_exactly_the_limit_is_read() -> None:
    frames, counts = reader(limit=len(JOIN))

    assert frames.feed(JOIN + b"\r\n\r\n") == [JOIN]
    assert not counts.errors


def test_a_big_frame_that_dribbles_in_takes_time_in_proportion() -> None:
    frames, _ = reader(limit=2 << 20)
    big = b"Event: X\r\nPadding: " + b"x" * (1 << 20)
    began = time.process_time()
    for i in range(len(big)):
        frames.feed(big[i : i + 1])

    assert frames.feed(b"\r\n\r\n") == [big]
    assert time.process_time() - began < 20


lines = st.text(alphabet=st.sampled_from("ab :张\n\\"), max_size=12).map(
    lambda text: b"K: " + text.encode().replace(b"\n", b" ")
)
bodies = st.lists(lines, max_size=4).map(lambda rest: b"\r\n".join([b"Event: X", *rest]))


@given(bodies=st.lists(bodies, max_size=5), ends=st.lists(st.sampled_from([b"\r\n\r\n", b"\r\n\n"])), data=st.data())
def test_framing_does_not_depend_on_how_bytes_were_cut(
    bodies: list[bytes], ends: list[bytes], data: st.DataObject
) -> None:
    stream = BANNER + b"".join(
        body + (ends[index % len(ends)] if ends else b"\r\n\r\n") for index, body in enumerate(bodies)
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    parts = [stream[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    assert frames_of(*parts) == frames_of(stream) == bodies


@given(parts=st.lists(st.binary(max_size=60), max_size=12))
def test_no_bytes_break_the_reader(parts: list[bytes]) -> None:
    frames, _ = reader(limit=50)
    for part in parts:
        frames.feed(part)

    assert frames.feed(b"\r\n\r\n\n\n" + LEAVE[:44] + b"\r\n\r\n")[-1:] == [LEAVE[:44]]
