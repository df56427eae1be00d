"""The recorded stream, as long as one likes: whole laps, each some minutes later than the one before.

Moments and channel identities begin with the epoch second, so that moving all of these makes new calls of old ones.
Two user events mark where the laps begin and end: every client can see them.
"""

import lzma
import re
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parent / "data" / "busy.ami.xz"
LAP_SECONDS: Final = 300
BEGIN: Final = "BenchBegin"
END: Final = "BenchEnd"
MARK: Final = "UserEvent"

QUEUE_EVENTS: Final = re.compile(rb"^Event: (?:Queue|Agent)", re.MULTILINE)
_SECONDS: Final = re.compile(rb"(?<![\d.])1[789]\d{8}(?!\d)")
_FRAME_END: Final = b"\r\n\r\n"


def recorded() -> list[bytes]:
    """The frames of the recording that were raised as events, in order."""
    frames = lzma.decompress(FILE.read_bytes()).split(_FRAME_END)
    return [frame for frame in frames if frame.startswith(b"Event: ") and b"\r\nPrivilege:" in frame]


def of_queues(frames: list[bytes]) -> list[bytes]:
    """What a user with nothing but `read=agent` gets."""
    return [frame for frame in frames if QUEUE_EVENTS.match(frame)]


def laps(frames: list[bytes], count: int) -> bytes:
    """So many laps, with a mark before and after."""
    first = _FRAME_END.join(frames) + _FRAME_END
    parts = [_moved(first, lap * LAP_SECONDS) for lap in range(count)]
    return b"".join([_mark(BEGIN, first), *parts, _mark(END, parts[-1])])


def events_in(frames: list[bytes], count: int) -> int:
    """How many events `laps` has, without the marks."""
    return len(frames) * count


def _moved(stream: bytes, seconds: int) -> bytes:
    return _SECONDS.sub(lambda match: str(int(match[0]) + seconds).encode(), stream) if seconds else stream


def _mark(name: str, stream: bytes) -> bytes:
    stamps = re.findall(rb"^Timestamp: ([\d.]+)", stream, re.MULTILINE)
    stamp = stamps[0] if name == BEGIN else stamps[-1]
    text = f"Event: {MARK}\r\nPrivilege: user,all\r\nTimestamp: {stamp.decode()}\r\nUserEvent: {name}\r\n\r\n"
    return text.encode()
