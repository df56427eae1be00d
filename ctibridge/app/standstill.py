"""Whether the wire may still hold what happened before now, so that no deadline may pass yet.

After the process was stopped, or the machine stood still, deadlines are due that events, which wait in a socket, come
before: an "abandon" would be taken for one because its explanation has not been read.  So time stands still until what
is read is no older than ``LATE``, or until nothing more comes for ``QUIET``; but never for longer than ``LONGEST``,
for stamps are old as well when the PBX's clock was set back.
"""

from typing import Final

STOOD_STILL: Final = 2.5
"""Seconds between two turns of the loop, which takes one each second at least."""
LATE: Final = 1.0
QUIET: Final = 0.5
LONGEST: Final = 5.0


class Standstill:
    """Told of each turn of the loop and of what was read in it; all moments in seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._turned: float | None = None
        self._late_since: float | None = None
        self._until = 0.0

    def begin_turn(self, now: float) -> None:
        """The loop works; perhaps for the first time in a while."""
        if self._turned is not None and now - self._turned > STOOD_STILL:
            self._late_since = now
            self._until = now + QUIET
        self._turned = now

    def read(self, late: float, now: float) -> None:
        """The newest event that was read happened so many seconds before it was."""
        if late <= LATE:
            self.end()
            return
        if self._late_since is None:
            self._late_since = now
        self._until = min(now + QUIET, self._late_since + LONGEST)

    def end(self) -> None:
        """Whatever may still come, time goes on."""
        self._late_since, self._until = None, 0.0

    def is_left(self, now: float) -> bool:
        """Something older may still come."""
        return now < self._until

    def seconds(self, now: float) -> float:
        """How long it is waited for yet; 0 when it is not."""
        return max(0.0, self._until - now)
