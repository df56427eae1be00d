"""`ctibridge replay`: a recorded AMI stream through the same code as a live one, and what it adds up to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from ctibridge.app.totals import Tally
from ctibridge.asterisk.capture import replay
from ctibridge.asterisk.counts import AmiCounts
from ctibridge.domain.changes import Change
from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Seconds, Timestamp

LAST_SECONDS: Final = Seconds(30)
"""Time that passes after the last byte, so that what waits for a deadline is decided."""


class Replay(msgspec.Struct, kw_only=True):
    """A capture that has been played."""

    tally: Tally
    since: Timestamp | None
    """PBX time of the first fact, ``None`` when there is none."""
    until: Timestamp | None
    facts: int
    errors: dict[str, int]
    """What the wire side could not use, by kind."""


def play(path: Path, policy: Policy) -> Replay:
    """Play a whole capture; OSError when it cannot be read."""
    counts = AmiCounts()
    result = Replay(tally=Tally(), since=None, until=None, facts=0, errors={})
    for change in _changes(path, policy, counts, result):
        result.tally.take(change)
    result.errors = {kind.value: count for kind, count in counts.errors.items()}
    return result


def _changes(path: Path, policy: Policy, counts: AmiCounts, result: Replay) -> Iterator[Change]:
    center = ContactCenter(policy)
    for delivery in replay(path, counts):
        if result.since is None:
            result.since = delivery.at
        result.until = max(delivery.at, result.until or delivery.at)
        result.facts += len(delivery.events)
        for event in delivery.events:
            yield from center.apply(event, delivery.at)
    if result.until is not None:
        yield from center.advance(Timestamp(result.until + LAST_SECONDS))
