"""Outputs do not disturb each other."""

from collections.abc import Sequence

from ctibridge.app.fanout import Fanout
from ctibridge.domain.journal import Entry, Journal
from tests.unit.outputs.facts import AT, queued

ENTRIES = Journal(epoch=1).enter([queued("1.1"), queued("1.2")], AT)


class Keeper:
    def __init__(self) -> None:
        self.kept: list[Entry] = []

    def accept(self, entries: Sequence[Entry]) -> None:
        self.kept.extend(entries)


class Broken:
    def accept(self, entries: Sequence[Entry]) -> None:
        raise RuntimeError(f"a bug with {len(entries)} entries")


def test_every_output_gets_the_same_entries() -> None:
    one, other = Keeper(), Keeper()
    Fanout({"one": one, "other": other}).deliver(ENTRIES)
    assert one.kept == other.kept == ENTRIES


def test_an_output_that_fails_keeps_nothing_from_the_others() -> None:
    keeper = Keeper()
    fanout = Fanout({"broken": Broken(), "keeper": keeper})
    fanout.deliver(ENTRIES)
    fanout.deliver(ENTRIES)
    assert keeper.kept == ENTRIES * 2
    assert fanout.failures == {"broken": 2}
