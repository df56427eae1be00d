"""What a restart of the bridge goes on from: a PBX's checkpoint, how far queue_log was read, and the numbers given out.

The numbers go on where the outbox ends, for no event goes out before it is there.  What it has beyond the checkpoint
was told by a run that was cut off, and is not told again.
"""

from collections.abc import Mapping

import msgspec

from ctibridge.asterisk.queue_log_source import AnyPosition
from ctibridge.domain.checkpoint import FORM, Checkpoint
from ctibridge.domain.journal import Journal, Numbers
from ctibridge.domain.retold import Told
from ctibridge.outputs.mqtt.outbox import Outbox


class UnusableMemoryError(Exception):
    """What was kept cannot be read by this version."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one PBX."""

    checkpoint: Checkpoint
    position: AnyPosition | None
    numbers: Numbers
    told_after: int | None = None
    """Number after which events may be told again, when that is before ``numbers``: an earlier crash is not over."""

    def encoded(self) -> bytes:
        """As bytes; at once, for the checkpoint's parts go on changing."""
        return msgspec.msgpack.encode(self)


class Recollection(msgspec.Struct, frozen=True, kw_only=True):
    """What an earlier run left of one PBX."""

    memory: Memory | None
    """``None`` when there is none that this version can use."""
    numbers: Numbers
    told: tuple[Told, ...]
    """What was told and may be told again, oldest first."""
    told_after: int
    """Number of the event before the first of them."""
    outbox: Outbox
    cursors: Mapping[str, int]
    """Up to where each broker has acknowledged everything."""
    is_lost: bool = False
    """There was more, in a store that is damaged: queue_log tells the day's figures once more."""

    def journal(self) -> Journal:
        """Go on numbering."""
        return Journal.going_on(self.numbers)


def decoded(data: bytes) -> Memory:
    """The memory in some bytes; raises UnusableMemoryError."""
    try:
        memory = msgspec.msgpack.decode(data, type=Memory)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnusableMemoryError(str(error)) from error
    if memory.checkpoint.form != FORM:
        raise UnusableMemoryError(f"form {memory.checkpoint.form}, expected {FORM}")
    return memory
