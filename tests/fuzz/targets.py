"""What is fed with anything: each target takes bytes, and raises when something does not hold that must.

Pure functions without a fuzzer, so that tests can run them on the seeds and on whatever was found.
"""

import contextlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import msgspec

from ctibridge.app.commands.outcome import NotDoneError
from ctibridge.app.commands.request import MOST_BYTES, Request, arguments_of, read
from ctibridge.asterisk.counts import AmiCounts
from ctibridge.asterisk.feed import Delivery, Feed
from ctibridge.asterisk.messages import decode
from ctibridge.asterisk.queue_log import parse_line
from ctibridge.asterisk.queue_log_facts import facts
from ctibridge.domain.changes import Change
from ctibridge.domain.commands import COMMANDS, NoArguments
from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.events import LogReported, ResyncCompleted, ResyncStarted
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.commands import CommandLine
from ctibridge.outputs.mqtt.topics import Topics, escape, unescape

Target = Callable[[bytes], None]

FRAME_LIMIT: Final = 2048
"""Small, so that the fuzzer reaches it."""
ARRIVED: Final = 1000.0
PLAIN: Final = re.compile(r"[A-Za-z0-9_~-]*")
TOPICS: Final = Topics("ctibridge/v1", "lab")
BASE: Final = "ctibridge/v1"
VALUES: Final[tuple[object, ...]] = (
    *(None, True, 0, -1, 1.5, 1e308, 2**63, "", "1001", "a" * 300, "sales", "客服", "\u202e", "x\r\nAction: Command"),
    *("PJSIP/1001", "\x00", [], ["1001"], [["1001"] * 9], {}, {"queue": "sales"}, "away", "13800000001", "$(id)"),
)
"""What may stand in a request, from harmless to hostile."""


class StoppedClock:
    """PBX time for a stream without one."""

    def at(self, arrived: float) -> Timestamp:
        """As it arrived."""
        return Timestamp(arrived)

    def observe(self, stamp: Timestamp, arrived: float) -> Timestamp:  # noqa: ARG002 - as PbxClock has it
        """Learn nothing."""
        return stamp


def ami(data: bytes) -> None:
    """Framing, guard and translation: the same facts however the network cuts the bytes; the domain takes them all."""
    cut, data = (data[0] or 1, data[1:]) if data else (1, b"")
    whole, pieces = _fed(data, len(data) or 1), _fed(data, cut)
    if whole != pieces:
        raise AssertionError(f"cut every {cut} bytes it says something else: {pieces} for {whole}")
    center = ContactCenter(Policy())
    for delivery in whole:
        for event in delivery.events:
            center.apply(event, delivery.at)
    _books_balance(center)


def _fed(data: bytes, size: int) -> list[Delivery]:
    feed = Feed(StoppedClock(), AmiCounts(), frame_limit=FRAME_LIMIT)
    feed.ask(frozenset({"fuzz"}))
    said: list[Delivery] = []
    for start in range(0, len(data), size):
        said += feed.receive(data[start : start + size], ARRIVED)
        held = len(feed.reader._buffer)
        if held > FRAME_LIMIT + size:
            raise AssertionError(f"{held} bytes are kept of a frame")
    return said + feed.release()


def queue_log(data: bytes) -> None:
    """Lines of queue_log: a record or nothing, and the domain takes what it is told."""
    lines = data.split(b"\n")
    records, damaged = facts(lines)
    if damaged > len(lines):
        raise AssertionError(f"{damaged} of {len(lines)} lines are damaged")
    for line in lines:
        if (record := parse_line(line)) is not None and record.agent is not None:
            _expect(record.agent in decode(line), "the agent is not in the line")
    center = ContactCenter(Policy())
    now = Timestamp(2_000_000_000)
    said: list[Change] = []
    for event in (
        LogReported(records=(), until=Timestamp(0)),
        ResyncStarted(),
        ResyncCompleted(channels_listed=True),
        LogReported(records=records, until=now),
    ):
        said += center.apply(event, now)
    said += center.advance(Timestamp(now + 3600))
    _books_balance(center)


def command(data: bytes) -> None:
    """A request: decoded or refused with a reason; what is decoded is what the command's arguments allow.

    The first byte chooses the command; the last one whether the rest is the payload or chooses what stands in it.
    """
    name = list(COMMANDS)[data[0] % len(COMMANDS)] if data else ""
    payload = data[1:] if not data or data[-1] % 2 else _composed(name, data[1:])
    try:
        asked = read(Request(user="fuzz", command=name, payload=payload, via="mqtt"))
        arguments = arguments_of(name, asked.fields)
    except NotDoneError as error:
        _expect(bool(error.reason) and str(error).isprintable(), "a refusal without a reason that can be shown")
        return
    _expect(len(payload) <= MOST_BYTES, "a request that is too large")
    _expect(isinstance(arguments, NoArguments), "no arguments")
    known = COMMANDS[name].arguments
    again = msgspec.convert(msgspec.to_builtins(arguments), known)
    _expect(again == arguments, "arguments that do not survive being written")


def _composed(name: str, choices: bytes) -> bytes:
    """A document of the command's own fields, each with a value that two bytes choose."""
    fields = ["transaction", "sent_at", *COMMANDS[name].arguments.__struct_fields__, "more"]
    chosen: dict[str, object] = {}
    for place in range(0, len(choices) - 1, 2):
        field, value = choices[place], choices[place + 1]
        chosen[fields[field % len(fields)]] = VALUES[value % len(VALUES)]
    return msgspec.json.encode(chosen)


def topic(data: bytes) -> None:
    """Topic levels and response topics: nothing that somebody sends makes us publish where he may not."""
    text = data.decode("utf-8", "surrogateescape")
    name, _, asked = text.partition("\n")
    name = name.encode("utf-8", "replace").decode("utf-8")
    level = escape(name)
    _expect(PLAIN.fullmatch(level) is not None and unescape(level) == name, f"a level that is none: {level!r}")
    with contextlib.suppress(ValueError):
        _expect(escape(unescape(asked)) == asked, "a level that is not what escape makes")
    line = CommandLine(cast("Any", None), TOPICS, cast("Any", None))
    answered = line._answer_topic(asked, "fuzz", "whoami")
    _expect(not set("+#\0") & set(answered), f"wildcards in {answered!r}")
    is_ours = answered == BASE or answered.startswith(f"{BASE}/")
    _expect(not is_ours or answered.startswith(TOPICS.answers("fuzz")), f"an answer goes to {answered!r}")


def _books_balance(center: ContactCenter) -> None:
    broken = dict(center.snapshot(Timestamp(2_000_000_000)).broken)
    _expect(not broken, f"books do not balance: {broken}")


def _expect(is_so: bool, otherwise: str) -> None:  # noqa: FBT001 - the one thing it is about
    if not is_so:
        raise AssertionError(otherwise)


TARGETS: Final[Mapping[str, Target]] = {"ami": ami, "queue_log": queue_log, "command": command, "topic": topic}
