import pytest

from ctibridge.asterisk.messages import Message, decode, event_name, present, unescape


def message(*lines: str, end: str = "\r\n") -> Message:
    return Message(end.join(lines).encode())


def test_headers_are_found_in_any_case() -> None:
    held = message("Event: QueueParams", "Holdtime: 4", "TalkTime: 9")

    assert (held.get("holdtime"), held.get("HoldTime"), held.get("talktime")) == ("4", "4", "9")
    assert "HOLDTIME" in held
    assert held.get("ringtime") is None


def test_a_header_ends_at_the_first_colon_and_loses_one_blank() -> None:
    named = message("Event: X", "MemberName: A: b: c", "Empty: ", "Bare:", "Padded:   two")

    assert named.get("membername") == "A: b: c"
    assert (named.get("empty"), named.get("bare"), named.get("padded")) == ("", "", "  two")


def test_the_first_of_repeated_headers_wins_and_all_are_there() -> None:
    output = message("Response: Success", "Output: one", "output: two", "Output:three")

    assert output.get("output") == "one"
    assert output.all("Output") == ["one", "two", "three"]
    assert output.has_repeats


def test_lines_end_as_the_first_one_does() -> None:
    assert message("Event: X", "A: 1", "B: 2", end="\n").get("b") == "2"
    assert Message(b"Event: X\r\nA: 1\nB: 2").get("a") == "1\nB: 2"


def test_text_that_is_not_utf8_can_still_be_published() -> None:
    latin = Message("Event: X\r\nMemberName: José\r\nQueue: q".encode("latin-1"))

    assert latin.get("membername") == "Jos\ufffd"
    assert latin.get("queue") == "q"
    assert decode(b"\xe5\xbc") == "\ufffd"


def test_lines_without_a_colon_are_no_headers() -> None:
    assert message("Response: Follows", "no header here").items() == {"response": "Follows"}


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        (r"O\'Brien \"q\" \?", 'O\'Brien "q" ?'),
        (r"a\\nb", r"a\nb"),
        (r"line\nline", "line\nline"),
        ("plain", "plain"),
        ("trailing\\", "trailing\\"),
        (r"\x41", r"\x41"),
    ],
)
def test_unescape_undoes_what_asterisk_escapes(escaped: str, plain: str) -> None:
    assert unescape(escaped) == plain


@pytest.mark.parametrize("value", [None, "", "<unknown>", "unknown"])
def test_the_ways_of_saying_nothing(value: str | None) -> None:
    assert present(value) is None
    assert present("0") == "0"


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (b"Event: Hangup\r\nPrivilege: call,all", "Hangup"),
        (b"Event: Hangup\nPrivilege: call,all", "Hangup"),
        (b"Event: Hangup", "Hangup"),
        (b"Response: Success", None),
        (b"", None),
    ],
)
def test_an_events_name_is_read_without_parsing(frame: bytes, name: str | None) -> None:
    assert event_name(frame) == name


def test_a_response_knows_its_action_and_its_outcome() -> None:
    assert message("Response: Success", "ActionID: 7").action_id == "7"
    assert message("Response: Success").is_success
    assert not message("Response: Error", "Message: Permission denied").is_success


@pytest.mark.parametrize(
    "lines",
    [
        ("Event: X", "Queue: a: b", "Queue:c", "Bare:", "no header"),
        ("Event: X", "Odd:name: value", "Queue: one", "queue: two"),
        ("Event: X", ": nameless", "Queue:  padded", ""),
    ],
)
def test_a_frame_says_the_same_once_its_names_are_known(lines: tuple[str, ...]) -> None:
    message("Event: X", "Queue: q", "Bare: 1", "Odd: 2")  # Now the names are known.
    held = message(*lines)

    first: dict[str, str] = {}
    for name, colon, value in (line.partition(":") for line in lines):
        if colon:
            first.setdefault(name.lower(), value.removeprefix(" "))
    assert held.items() == first
    assert held.items() == message(*lines).items()
