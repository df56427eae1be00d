r"""AMI framing, sans-I/O: bytes in, whole frames out, however the network cut them.

A frame is everything up to a blank line.  Asterisk ends lines with CR LF, some of its versions end a frame with
``\r\n\n``, and captures that passed through an editor have bare LF.  Which of them a frame uses is taken from its
first line, which no caller can influence: a bare LF inside a value of a CR LF frame is part of the value, and does
not end the line or the frame.

Bytes stay bytes here.  Decoding before framing would destroy every character that two reads share.
"""

import re
from typing import Final

from ctibridge.asterisk.counts import AmiCounts, ErrorKind

DEFAULT_LIMIT: Final = 1 << 20
"""Largest frame in bytes; the largest that Asterisk sends by itself (``ListCommands``) has about 20 kB."""

_BANNER: Final = b"Asterisk Call Manager/"
_PLAIN_END: Final = b"\r\n\r\n"
_SHORT_END: Final = b"\r\n\n"
_HEADS: Final = (b"Event: ", b"Response: ")
_END_CRLF: Final = re.compile(rb"\r\n\r?\n")
_END_LF: Final = re.compile(rb"\n\r?\n")
_BLANK: Final = re.compile(rb"[\r\n]*")
_OVERLAP: Final = 3
"""All but one byte of the longest frame end: how far to step back so as not to miss one that was cut."""


class FrameReader:
    """Cut one connection's bytes into frames, each without the blank line that ended it."""

    def __init__(self, counts: AmiCounts, limit: int = DEFAULT_LIMIT) -> None:
        self.banner: str | None = None
        """The greeting, e.g. ``Asterisk Call Manager/11.0.0``; a line of its own without a blank line after it."""
        self._counts = counts
        self._limit = limit
        self._buffer = bytearray()
        self._start = 0
        self._scanned = 0
        self._end: re.Pattern[bytes] | None = None
        self._discarding = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take in the next bytes; return the frames that they complete."""
        frames: list[bytes] = []
        if not self._discarding and len(data) > len(self._buffer):  # Else a frame in many pieces is looked at as often.
            data = self._take_plain(bytes(self._buffer) + data, frames)
            self._buffer.clear()
            self._scanned, self._end = 0, None
        self._buffer += data
        while (frame := self._next()) is not None:
            if frame:
                frames.append(frame)
        del self._buffer[: self._start]
        self._scanned = max(0, self._scanned - self._start)
        self._start = 0
        return frames

    def _take_plain(self, data: bytes, frames: list[bytes]) -> bytes:
        """Cut off the frames that are as Asterisk writes nearly all of them; return what needs a closer look.

        Most of a busy stream means nothing to us: the less each frame costs before its name is read, the better.
        """
        parts = data.split(_PLAIN_END)
        has_short = _SHORT_END in data
        for number, part in enumerate(parts[:-1]):
            newline = part.find(b"\n")
            is_plain = part.startswith(_HEADS) and part.startswith(b"\r", newline - 1) and len(part) <= self._limit
            if not is_plain or (has_short and _SHORT_END in part):
                return _PLAIN_END.join(parts[number:])
            frames.append(part)
        return parts[-1]

    def _next(self) -> bytes | None:
        """Return the next frame, empty where one was dropped, or ``None`` when more bytes are needed."""
        if self._end is None and not self._begin():
            return None
        end = self._end.search(self._buffer, max(self._start, self._scanned - _OVERLAP)) if self._end else None
        if end is None:
            self._scanned = len(self._buffer)
            self._check_size()
            return None
        frame = b"" if self._discarding else bytes(self._buffer[self._start : end.start()])
        if len(frame) > self._limit:
            self._counts.error(ErrorKind.OVERSIZE_FRAME)
            frame = b""
        self._start = self._scanned = end.end()
        self._end = None
        self._discarding = False
        return frame

    def _begin(self) -> bool:
        """Skip what may stand before a frame and see how its lines end; False when its first line is not complete."""
        blank = _BLANK.match(self._buffer, self._start)
        self._start = blank.end() if blank else self._start
        while True:
            newline = self._buffer.find(b"\n", max(self._start, self._scanned))
            if newline < 0:
                self._scanned = len(self._buffer)
                self._check_size()
                return self._discarding
            if not self._buffer.startswith(_BANNER, self._start):
                break
            self.banner = self._buffer[self._start : newline].decode("ascii", "replace").strip()
            self._start = self._scanned = newline + 1
        self._scanned = newline
        self._end = _END_CRLF if self._buffer[newline - 1 : newline] == b"\r" else _END_LF
        return True

    def _check_size(self) -> None:
        """Let go of a frame that is too large, but keep looking for its end."""
        if len(self._buffer) - self._start <= self._limit:
            return
        if not self._discarding:
            self._counts.error(ErrorKind.OVERSIZE_FRAME)
            self._discarding = True
        self._end = self._end or _END_LF
        self._start = self._scanned = len(self._buffer) - _OVERLAP
