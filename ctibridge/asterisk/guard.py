"""Telling what Asterisk says from what a caller makes it say.

Asterisk copies some texts of outsiders into its events as they are.  A SIP caller who puts CR and LF, percent-encoded,
into the user part of an address cuts every event of the channel in two, and what follows the cut can look like any
event.  What gives the trick away is the order of headers: Asterisk writes a channel as one block in one fixed order,
so that after ``CallerIDNum`` comes ``CallerIDName`` and nothing else.  Whatever stands between them is the caller's.

So an event whose block is not finished is torn: the guard keeps it, lets go by what was smuggled in, takes up the
rest where the block goes on, and passes the genuine event on whole.  The call is neither lost nor altered.  (A number
has at most 79 characters, too few to forge the rest of a block as well.)

Besides, every event that Asterisk raises has ``Privilege`` in its second line, and every list item has the
``ActionID`` of its action, which nobody can guess; what has neither is forged, and ``Feed`` drops it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from ctibridge.asterisk.counts import AmiCounts, ErrorKind
from ctibridge.asterisk.messages import line_end, text_lines

_CHANNEL: Final = (
    "calleridnum",
    "calleridname",
    "connectedlinenum",
    "connectedlinename",
    "language",
    "accountcode",
    "context",
    "exten",
    "priority",
    "uniqueid",
    "linkedid",
)
_ENTRY: Final = ("channel", "uniqueid", *_CHANNEL[:4], "wait")
_BLOCKS: Final[Mapping[str, Sequence[str]]] = {"channelstatedesc": _CHANNEL, "position": _ENTRY}
"""Header that comes before an outsider's text: the headers that Asterisk writes after it, in this order."""

_REST: Final = (b"CallerIDName: ", b"ConnectedLineNum: ", b"ConnectedLineName: ", b"Uniqueid: ", b"Linkedid: ")
"""Headers without which a channel is not whole; more than the longest number has room for."""

_PATIENCE: Final = 16
"""Forged frames within one value: as many as fit into the longest number."""


class EventGuard:
    """Pass on genuine frames, mend torn ones; counts what it mends and drops."""

    def __init__(self, counts: AmiCounts) -> None:
        self._counts = counts
        self.is_mending = False
        """Whether the next frame may belong to one that was torn."""
        self._torn: bytes = b""
        self._patience = 0

    def admit(self, frame: bytes) -> bytes | None:
        """Take in the next frame; return the genuine one that it is or completes, or ``None``."""
        if self.is_mending:
            return self._mend(frame)
        if frame.startswith(b"Event: ") and is_torn(frame):
            self._counts.error(ErrorKind.DAMAGED_EVENT)
            self._torn, self.is_mending = frame, True
            self._patience = _PATIENCE
            return None
        return frame

    def _mend(self, frame: bytes) -> bytes | None:
        """Join the torn event with what follows it; what does not belong there was forged."""
        whole = without_insertions(self._torn + line_end(self._torn).encode() + frame)
        if b"\nPrivilege:" in frame or frame.startswith(b"Event:"):
            self._counts.error(ErrorKind.FORGED_EVENT)
        self._patience -= 1
        if is_torn(whole):
            self._torn, self.is_mending = whole, self._patience > 0
            return None
        self.is_mending = False
        return whole


def is_raised(frame: bytes) -> bool:
    """Whether a frame has the head of an event that Asterisk raised by itself, not of a list item."""
    return frame.startswith(b"Privilege: ", frame.find(b"\n") + 1)


def is_torn(frame: bytes) -> bool:
    """Whether an event ends in the middle of a channel's headers."""
    place = frame.rfind(b"ChannelStateDesc: ")
    if place >= 0:
        for name in _REST:  # noqa: SIM110 - asked of each event, and a generator costs more than all its looks
            if (place := frame.find(name, place)) < 0:
                return True
        return False
    return frame.startswith(b"Event: QueueEntry") and b"\nWait: " not in frame


def without_insertions(frame: bytes) -> bytes:
    """Take out the lines that stand between two headers which Asterisk always writes next to each other."""
    kept: list[str] = []
    awaited: Sequence[str] = ()
    prefix = ""
    for line in text_lines(frame):
        name = line.partition(":")[0].lower()
        if awaited:
            if name != prefix + awaited[0]:
                continue
            awaited = awaited[1:]
        elif (start := _block_start(name, frame)) is not None:
            prefix, awaited = start
        kept.append(line)
    return line_end(frame).join(kept).encode()


def _block_start(name: str, frame: bytes) -> tuple[str, Sequence[str]] | None:
    """Return the prefix (``Dest``, …) and the order of the headers that must follow this one."""
    for first, block in _BLOCKS.items():
        if name.endswith(first) and (block is _CHANNEL or frame.startswith(b"Event: QueueEntry")):
            return name.removesuffix(first), block
    return None
