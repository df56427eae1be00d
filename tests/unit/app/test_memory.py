"""A restart goes on where the last run stopped; nobody sees one number twice, whatever was kept."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctibridge.app.bridge import PbxBridge
from ctibridge.app.clock import BridgeClock
from ctibridge.app.config import Configuration
from ctibridge.app.memory import Memory, Recollection, UnusableMemoryError, decoded
from ctibridge.asterisk.queue_log_source import Position
from ctibridge.asterisk.settings import AmiSettings
from ctibridge.domain import changes as ch
from ctibridge.domain.checkpoint import FORM, Checkpoint
from ctibridge.domain.journal import Entry, Journal, Numbers
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.outbox_file import OutboxFile, outbox_file
from tests.unit.app.kept_numbers import recalled
from tests.unit.domain.builder import Site, member, policy
from tests.unit.domain.logged_site import LoggedSite

POSITION = Position(inode=7, offset=1234, head="0123456789abcdef")
NOW = 2_000_000_000.0
EPOCH = 1_500_000_000


def site() -> Site:
    it = Site(policy(wrap_up=60)).opened("1001", "1002", "1003")
    it.at(100).joins("c1")
    it.at(105).rings("1001", "c1")
    it.at(108).answers("1001", "c1", 8)
    it.at(110).joins("c2")
    it.at(111).pauses("1002", "meal")
    return it


def journal_of(it: Site) -> Journal:
    journal = Journal(epoch=EPOCH)
    journal.enter(it.changes, Timestamp(200))
    return journal


def memory(it: Site | None = None) -> Memory:
    it = it or site()
    return Memory(checkpoint=it.center.checkpoint(it.now), position=POSITION, numbers=journal_of(it).numbers())


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[OutboxFile]:
    async with outbox_file(tmp_path / "ctibridge.db", "store", NOW) as one:
        yield one


async def stored(file: OutboxFile, entries: Sequence[Entry], epoch: int = EPOCH) -> None:
    """What an earlier run had in its outbox."""
    shelf = await file.shelf("pbx1")
    announcer = Announcer(pbx="pbx1", base="b")
    await file.run(partial(shelf.put, epoch, announcer.events(entries), {"broker": 1}, ()))
    file.say_whole()
    file.was_whole = True


def next_events(it: Site, recollection: Recollection) -> list[Entry]:
    """What is told of the next two things that happen, to caller c2 and agent 1003."""
    it.changes.clear()
    it.at(120).abandons("c2", 10)
    it.reports(member("1003"))
    entries = recollection.journal().enter(it.changes, Timestamp(121))
    return [entry for entry in entries if isinstance(entry.change, ch.CallAbandoned)]


def test_what_was_kept_comes_back_as_it_was() -> None:
    before = memory()
    after = decoded(before.encoded())

    assert after.position == POSITION
    assert after.numbers == before.numbers
    assert _tree(after.checkpoint) == _tree(before.checkpoint)


async def test_the_numbers_go_on_and_an_event_names_the_one_before_it(file: OutboxFile) -> None:
    it = site()
    before = Journal(epoch=EPOCH)
    await stored(file, before.enter(it.changes, Timestamp(200)))
    [abandoned] = next_events(it, await recalled(file, memory(site())))

    assert (abandoned.epoch, abandoned.sequence) == (EPOCH, before.sequence + 1)
    assert abandoned.prevsequence == before.numbers().last["call/c2"] > 0


async def test_after_a_crash_they_go_on_where_the_outbox_ends(file: OutboxFile) -> None:
    """The memory was of before caller c2."""
    it = site()
    before = Journal(epoch=EPOCH)
    early = Numbers(epoch=EPOCH, sequence=3, last={"call/c1": 3})
    await stored(file, before.enter(it.changes, Timestamp(200)))
    recollection = await recalled(file, msgspec.structs.replace(memory(site()), numbers=early))
    [abandoned] = next_events(it, recollection)

    assert (abandoned.epoch, abandoned.sequence) == (EPOCH, before.sequence + 1)
    assert abandoned.prevsequence == before.numbers().last["call/c2"] > 3
    assert {one.about for one in recollection.told} >= {"c2", "1002"}


async def test_without_a_memory_the_numbers_go_on_all_the_same(file: OutboxFile) -> None:
    it = site()
    before = Journal(epoch=EPOCH)
    await stored(file, before.enter(it.changes, Timestamp(200)))
    [abandoned] = next_events(it, await recalled(file, None))

    assert (abandoned.epoch, abandoned.sequence) == (EPOCH, before.sequence + 1)
    assert abandoned.prevsequence == before.numbers().last["call/c2"]


async def test_numbers_that_may_have_been_given_out_unstored_are_not_given_again(file: OutboxFile) -> None:
    it = site()
    await stored(file, Journal(epoch=EPOCH).enter(it.changes, Timestamp(200)))
    file.was_whole = False
    [abandoned] = next_events(it, await recalled(file, memory(site())))

    assert abandoned.epoch > EPOCH
    assert (abandoned.sequence, abandoned.prevsequence) == (1, 0)


async def test_an_epoch_grows_even_when_the_clock_went_back(file: OutboxFile) -> None:
    await stored(file, Journal(epoch=2 * EPOCH).enter(site().changes, Timestamp(200)), 2 * EPOCH)
    file.was_whole = False

    assert (await recalled(file, None)).numbers.epoch == 2 * EPOCH + 1


async def test_another_store_has_numbers_of_its_own(tmp_path: Path) -> None:
    async with outbox_file(tmp_path / "ctibridge.db", "store", NOW) as file:
        await stored(file, Journal(epoch=EPOCH).enter(site().changes, Timestamp(200)))
    async with outbox_file(tmp_path / "ctibridge.db", "another", NOW) as file:
        recollection = await recalled(file, None)

    assert file.was_whole
    assert recollection.numbers.epoch > EPOCH
    assert recollection.cursors == {}


@pytest.mark.parametrize("data", [b"", b"\x00", b"not a memory", msgspec.msgpack.encode({"checkpoint": 1})])
def test_other_bytes_are_unusable(data: bytes) -> None:
    with pytest.raises(UnusableMemoryError):
        decoded(data)


def test_another_form_is_unusable_and_is_named() -> None:
    tree = msgspec.msgpack.decode(memory().encoded())
    tree["checkpoint"]["form"] = FORM + 1

    with pytest.raises(UnusableMemoryError, match=f"form {FORM + 1}, expected {FORM}"):
        decoded(msgspec.msgpack.encode(tree))


def test_what_a_later_version_adds_is_passed_over() -> None:
    tree = msgspec.msgpack.decode(memory().encoded())
    tree["checkpoint"]["something_new"] = [1, 2]

    assert decoded(msgspec.msgpack.encode(tree)).position == POSITION


def test_a_memory_of_the_first_kept_positions_is_read() -> None:
    tree = msgspec.msgpack.decode(memory().encoded())
    del tree["position"]["head"]

    assert decoded(msgspec.msgpack.encode(tree)).position == Position(inode=7, offset=1234)


ENCODED = memory().encoded()


@given(st.integers(0, len(ENCODED) - 1), st.binary(min_size=1, max_size=8))
def test_damaged_bytes_are_unusable_or_harmless(place: int, garbage: bytes) -> None:
    damaged = ENCODED[:place] + garbage + ENCODED[place + len(garbage) :]
    try:
        assert isinstance(decoded(damaged), Memory)
    except UnusableMemoryError:
        return


@given(st.integers(0, len(ENCODED) - 1))
def test_a_memory_that_was_cut_short_is_unusable(length: int) -> None:
    with pytest.raises(UnusableMemoryError):
        decoded(ENCODED[:length])


# -- a bridge that goes on ---------------------------------------------------------------------------------------------


def followed() -> Memory:
    """The memory of a bridge that followed queue_log."""
    it = LoggedSite().watched("1001")
    it.at(100).joins("c1")
    return memory(it)


async def resumed(file: OutboxFile, one: Memory, queue_log: str) -> PbxBridge:
    ami = AmiSettings(queue_log=queue_log)
    recollection = await recalled(file, one)
    return PbxBridge(ami, Configuration(pbx=(ami,), mqtt=()), clock=BridgeClock(), recollection=recollection)


async def test_a_bridge_goes_on_comparing_with_the_log_from_its_place(file: OutboxFile) -> None:
    bridge = await resumed(file, followed(), "/var/log/asterisk/queue_log")

    assert bridge.log_follower is not None
    assert bridge.log_follower.position == POSITION
    assert bridge.pump.picture().is_audited


@pytest.mark.parametrize(("position", "queue_log"), [(POSITION, ""), (None, "/var/log/asterisk/queue_log")])
async def test_a_bridge_that_will_not_hear_of_the_log_waits_for_nothing(
    file: OutboxFile, position: Position | None, queue_log: str
) -> None:
    """The setting was taken away, or the file was given up: facts must not wait for records for ever."""
    bridge = await resumed(file, msgspec.structs.replace(followed(), position=position), queue_log)

    assert not bridge.pump.picture().is_audited
    assert bridge._center._floor.ledger.open_bookings() == []
    assert bridge.pump.picture().queues[0].totals.all.offered == 1


def _tree(checkpoint: Checkpoint) -> object:
    """As plain data, sets in an order that does not depend on the run."""
    return msgspec.to_builtins(checkpoint, order="sorted")


async def test_the_outbox_of_a_damaged_store_is_gone_on_with(tmp_path: Path) -> None:
    async with outbox_file(tmp_path / "ctibridge.db", "store", NOW) as file:
        await stored(file, Journal(epoch=EPOCH).enter(site().changes, Timestamp(200)))
    for identity, is_inherited in (("new", True), ("new", False)):
        async with outbox_file(tmp_path / "ctibridge.db", identity, NOW, is_inherited=is_inherited) as file:
            assert (await recalled(file, None)).numbers.epoch == EPOCH
