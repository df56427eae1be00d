"""Takes up one PBX's outbox at the start: its numbers, its cursors, and what it has beyond the last checkpoint."""

from functools import partial
from typing import Final

import msgspec

from ctibridge.app.clock import BridgeClock
from ctibridge.app.config import Configuration
from ctibridge.app.memory import Memory, Recollection
from ctibridge.domain.figures import Distribution
from ctibridge.domain.journal import MOST_SUBJECTS, Numbers
from ctibridge.outputs.history.settings import StoreSettings
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.outbox import Outbox, OutboxLimits
from ctibridge.outputs.mqtt.outbox_event import OutboxEvent
from ctibridge.outputs.mqtt.outbox_file import OutboxFile, Shelf
from ctibridge.outputs.mqtt.outbox_told import told

PAGE: Final = 2000
MOST_TOLD: Final = 20_000
"""Newest events that are looked at for what was told since the checkpoint."""


async def taken_up(  # noqa: PLR0913 - one argument a source
    file: OutboxFile,
    *,
    pbx: str,
    memory: Memory | None,
    configuration: Configuration,
    clock: BridgeClock,
    commits: Distribution,
) -> Recollection:
    """What an earlier run left, and the outbox ready to go on; raises sqlite3.Error."""
    shelf = await file.shelf(pbx)
    numbers, after = _numbers(shelf, memory, clock)
    since = await _since(file, shelf, after)
    if shelf.is_sure:
        last = dict(numbers.last) or dict(await file.run(partial(shelf.subjects, MOST_SUBJECTS)))
        for event in since:
            last.pop(event.subject, None)
            last[event.subject] = event.sequence
        numbers = msgspec.structs.replace(numbers, last=last)
    outbox = Outbox(
        shelf,
        file,
        announcer=Announcer(
            pbx=pbx,
            base=configuration.mqtt[0].base if configuration.mqtt else "",
            privacy=configuration.privacy,
            has_private=any(mqtt.private for mqtt in configuration.mqtt),
        ),
        limits=_limits(configuration.store),
        clock=clock.now,
        commits=commits,
    )
    cursors = await outbox.begin(numbers.epoch)
    return Recollection(
        memory=memory,
        numbers=numbers,
        told=tuple(one for event in since if (one := told(event)) is not None),
        told_after=after,
        outbox=outbox,
        cursors=cursors,
    )


def _numbers(shelf: Shelf, memory: Memory | None, clock: BridgeClock) -> tuple[Numbers, int]:
    """From where to go on, and the number after which events may be told again."""
    known = memory.numbers if memory is not None else Numbers(epoch=0, sequence=0, last={})
    if not shelf.is_sure:
        return Numbers(epoch=max(int(clock.now()), shelf.epoch + 1, known.epoch + 1), sequence=0, last={}), 0
    oldest = max(0, shelf.sequence - MOST_TOLD)
    if memory is None or known.epoch != shelf.epoch:
        return Numbers(epoch=shelf.epoch, sequence=shelf.sequence, last={}), oldest
    after = known.sequence if memory.told_after is None else memory.told_after
    numbers = Numbers(epoch=shelf.epoch, sequence=max(shelf.sequence, known.sequence), last=known.last)
    return numbers, max(after, oldest)


async def _since(file: OutboxFile, shelf: Shelf, after: int) -> list[OutboxEvent]:
    since: list[OutboxEvent] = []
    while page := await file.run(partial(shelf.after, after, PAGE)):
        since += page
        after = page[-1].sequence
    return since


def _limits(store: StoreSettings) -> OutboxLimits:
    return OutboxLimits(
        events=store.outbox_events, size=store.outbox_megabytes * 1_000_000, age=store.outbox_hours * 3600
    )
