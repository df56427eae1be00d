"""What a restart of the bridge goes on from: a PBX's checkpoint, how far queue_log was read, and the numbers given out.

After an orderly stop the numbers go on in the same epoch.  After a crash some may have been given out that were not
kept, so a new epoch begins and nobody sees one number twice; the totals go on all the same, for queue_log has them.
"""

import msgspec

from ctibridge.asterisk.queue_log_source import AnyPosition
from ctibridge.domain.checkpoint import FORM, Checkpoint
from ctibridge.domain.journal import Journal, Numbers


class UnusableMemoryError(Exception):
    """What was kept cannot be read by this version."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one PBX."""

    checkpoint: Checkpoint
    position: AnyPosition | None
    numbers: Numbers

    def encoded(self) -> bytes:
        """As bytes; at once, for the checkpoint's parts go on changing."""
        return msgspec.msgpack.encode(self)


class Recollection(msgspec.Struct, frozen=True, kw_only=True):
    """What an earlier run left of one PBX."""

    memory: Memory
    is_clean: bool
    """It was the last act of an orderly stop."""

    def journal(self, now: float) -> Journal:
        """Go on numbering; under a new epoch when numbers may have been given out that were not kept."""
        numbers = self.memory.numbers
        return Journal.going_on(numbers) if self.is_clean else Journal(epoch=max(int(now), numbers.epoch + 1))


def decoded(data: bytes) -> Memory:
    """The memory in some bytes; raises UnusableMemoryError."""
    try:
        memory = msgspec.msgpack.decode(data, type=Memory)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnusableMemoryError(str(error)) from error
    if memory.checkpoint.form != FORM:
        raise UnusableMemoryError(f"form {memory.checkpoint.form}, expected {FORM}")
    return memory
