"""What the fuzzer begins with: recordings of real Asterisk servers, and requests of every kind."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ctibridge.domain.commands import COMMANDS

REPLAY: Final = Path(__file__).resolve().parents[1] / "replay"
FOUND: Final = Path(__file__).resolve().parent / "found"
"""Inputs that broke something once, a folder for each target; they are tests for ever."""
FRAMES: Final = 12
"""Of a recording, from several places of it: a fuzzer works best on small inputs."""
EVERY: Final = 9
LINES: Final = 40
LISTED: Final = (
    b"Event: QueueParams\r\nQueue: sales\r\nActionID: fuzz\r\n\r\n"
    b"Event: QueueMember\r\nQueue: sales\r\nLocation: PJSIP/1001\r\nPaused: 1\r\nStatus: 1\r\nActionID: fuzz\r\n\r\n"
    b"Event: QueueStatusComplete\r\nEventList: Complete\r\nListItems: 2\r\nActionID: fuzz\r\n\r\n"
)


def seeds(target: str) -> Iterator[bytes]:
    """Inputs for a target, the ones that broke something included."""
    yield from _SEEDS[target]()
    for path in sorted((FOUND / target).glob("*")):
        yield path.read_bytes()


def written(target: str, folder: Path) -> int:
    """Write a target's seeds into a folder, by their digest; how many."""
    count = 0
    for seed in seeds(target):
        (folder / hashlib.sha1(seed, usedforsecurity=False).hexdigest()).write_bytes(seed)
        count += 1
    return count


def _ami() -> Iterator[bytes]:
    yield b"\x07" + LISTED
    for recording in sorted(REPLAY.glob("*/*/ami.raw")):
        frames = recording.read_bytes().split(b"\r\n\r\n")
        wanted = [frame for frame in frames if b"Queue" in frame or b"Agent" in frame or b"Dial" in frame]
        for start in range(0, len(wanted), FRAMES * EVERY):
            yield b"\x1f" + b"\r\n\r\n".join(wanted[start : start + FRAMES]) + b"\r\n\r\n"


def _queue_log() -> Iterator[bytes]:
    for log in sorted(REPLAY.glob("*/*/queue_log")):
        yield b"\n".join(log.read_bytes().splitlines()[:LINES])


def _command() -> Iterator[bytes]:
    for number, name in enumerate(COMMANDS):
        fields = dict.fromkeys(COMMANDS[name].arguments.__struct_fields__, "1001")
        yield bytes([number]) + json.dumps({"transaction": "t1", "sent_at": 1.5, **fields}).encode()
        yield bytes([number]) + b"{}"


def _topic() -> Iterator[bytes]:
    yield b"sales\nsales"
    yield "客服\n~E5~AE~A2~E6~9C~8D".encode()
    yield b"a b\nctibridge/v1/lab/rsp/fuzz/whoami"
    yield b"x\nctibridge/v1/lab/queue/sales/state"
    yield b"x\nelsewhere/answers/#"


_SEEDS: Final = {"ami": _ami, "queue_log": _queue_log, "command": _command, "topic": _topic}
