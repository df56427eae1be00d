"""Events again, for whoever missed some."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from ctibridge.app.commands.doing import Doing
from ctibridge.app.commands.outcome import failed, refused
from ctibridge.domain.answers import Replayed
from ctibridge.domain.sight import sight_of

SECONDS: Final = 5.0
"""For the disk."""
MOST_BYTES: Final = 200_000
"""Of one answer: brokers and browsers have limits for messages."""


class KeptEvent(Protocol):
    """One event as it was published."""

    @property
    def payload(self) -> bytes:
        """The JSON."""

    @property
    def sequence(self) -> int:
        """Its number."""


class KeptEvents(Protocol):
    """What is kept of one PBX."""

    @property
    def epoch(self) -> int:
        """Of all that is kept."""

    @property
    def oldest(self) -> int:
        """Number of the oldest event that is kept."""

    async def after(self, sequence: int, limit: int) -> Sequence[KeptEvent]:
        """The next events beyond a number."""


async def replay(doing: Doing, kept: KeptEvents | None) -> Replayed:
    """The events after one that was seen; raises NotDoneError."""
    asked = doing.arguments
    if kept is None:
        raise refused("not_kept", "events are not kept: there is no store")
    if not sight_of(doing.user, doing.ground.policy.teams).is_whole:
        raise refused("scope", "events are of all queues, and not all concern the user")
    if asked.epoch is not None and asked.epoch != kept.epoch:
        raise refused("epoch", f"the present epoch is {kept.epoch}")
    try:
        async with asyncio.timeout(SECONDS):
            found = await kept.after(asked.after, asked.limit)
    except (TimeoutError, sqlite3.Error) as error:
        raise failed("not_kept", "the store does not answer") from error
    fitting = _fitting(found)
    return Replayed(
        epoch=kept.epoch,
        events=tuple(msgspec.Raw(event.payload) for event in fitting),
        last=fitting[-1].sequence if fitting else asked.after,
        is_complete=asked.after >= kept.oldest - 1,
    )


def _fitting(found: Sequence[KeptEvent]) -> list[KeptEvent]:
    """As many as fit into one answer, one at least."""
    fitting: list[KeptEvent] = []
    size = 0
    for event in found:
        size += len(event.payload)
        if fitting and size > MOST_BYTES:
            break
        fitting.append(event)
    return fitting
