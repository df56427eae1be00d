"""Recorded AMI streams: written as they come, read back through the same code as a live one.

A capture is a file of raw bytes, exactly as received (or masked, which changes no length).  Beside it, ``FILE.times``
says when which part arrived: one line ``offset seconds`` for each read, seconds since 1970 by the bridge's clock.
The bytes alone replay as well, so a stream that was saved by ``nc`` will do; events then have the times of their
``Timestamp`` headers.
"""

import itertools
import mmap
import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ctibridge.asterisk.counts import AmiCounts
from ctibridge.asterisk.feed import Delivery, Feed
from ctibridge.asterisk.masking import Masker
from ctibridge.domain.events import FeedLost
from ctibridge.domain.units import Timestamp

_CHUNK: Final = 1 << 16
_BEGINNING: Final = re.compile(rb"Asterisk Call Manager/[0-9.]+\r?\n")
"""Where a connection begins; one capture may hold several."""
_STAMP: Final = re.compile(rb"\nTimestamp: ([0-9]{1,10}\.[0-9]{1,9})\r?\n")


class CaptureWriter:
    """Append a stream to a file and its times to another; use as a context manager."""

    def __init__(self, path: Path, *, is_masked: bool = True) -> None:
        self._path = path
        self._masker = Masker(os.urandom(32)) if is_masked else None
        self._offset = 0

    def __enter__(self) -> Self:
        self._data = self._path.open("wb")
        self._times = times_path(self._path).open("w", encoding="ascii")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._masker:
            self._data.write(self._masker.flush())
        self._data.close()
        self._times.close()

    def write(self, data: bytes, received: float) -> None:
        """Append bytes that arrived at a moment, in seconds since 1970."""
        self._times.write(f"{self._offset} {received:.6f}\n")
        self._offset += len(data)
        self._data.write(self._masker.feed(data) if self._masker else data)

    def flush(self) -> None:
        """Hand what was written to the operating system."""
        self._data.flush()
        self._times.flush()


def times_path(path: Path) -> Path:
    """Return where the times of a capture are."""
    return path.with_name(f"{path.name}.times")


def read_capture(path: Path) -> Iterator[tuple[float | None, bytes]]:
    """Yield the parts of a capture in order, each with the time of its arrival where that was written down.

    A connection always begins with a part of its own.
    """
    if path.stat().st_size == 0:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        begins = {match.start() for match in _BEGINNING.finditer(data)} | set(range(0, len(data), _CHUNK))
        received: dict[int, float] = {}
        if times_path(path).exists():
            entries = (line.split() for line in times_path(path).read_text(encoding="ascii").splitlines())
            received = {int(offset): float(seconds) for offset, seconds in entries}
            begins = {offset for offset in received if offset < len(data)} | {0}
        for begin, end in itertools.pairwise([*sorted(begins), len(data)]):
            yield received.get(begin), data[begin:end]


class StreamClock:
    """The PBX's clock as a recorded stream tells it: the last stamp, and what passed since where that is known."""

    def __init__(self, start: Timestamp) -> None:
        self._stamp = start
        self._arrived: float | None = None

    def at(self, arrived: float) -> Timestamp:
        """Return PBX time at an arrival."""
        if self._arrived is None:
            self._arrived = arrived
        return Timestamp(self._stamp + max(0.0, arrived - self._arrived))

    def observe(self, stamp: Timestamp, arrived: float) -> Timestamp:
        """Take the stamp of an event for the time."""
        self._stamp = stamp
        self._arrived = arrived
        return stamp


def replay(path: Path, counts: AmiCounts) -> Iterator[Delivery]:
    """Yield what a capture says, as a live connection would have delivered it.

    Where a second connection begins, the first was lost; the domain is told so.
    """
    clock = StreamClock(_first_moment(path))
    feed = Feed(clock, counts)
    has_begun = False
    for received, part in read_capture(path):
        arrived = received or 0.0
        if has_begun and _BEGINNING.match(part):
            yield from feed.release()
            yield Delivery(events=(FeedLost(reason="reconnected"),), at=clock.at(arrived), received=arrived)
            feed = Feed(clock, counts)
        has_begun = True
        yield from feed.receive(part, arrived)
    yield from feed.release()


def _first_moment(path: Path) -> Timestamp:
    """Return the first time that a capture states, for what stands before it; 0 where it states none."""
    if path.stat().st_size:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            stamp = _STAMP.search(data)
            if stamp:
                return Timestamp(float(stamp[1]))
    return Timestamp(next((received for received, _ in read_capture(path) if received is not None), 0.0))
