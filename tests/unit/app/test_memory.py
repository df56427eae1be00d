"""A restart goes on where the last run stopped; nobody sees one number twice, whatever was kept."""

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
from ctibridge.domain.journal import Entry, Journal
from ctibridge.domain.units import Timestamp
from tests.unit.domain.builder import Site, member, policy
from tests.unit.domain.logged_site import LoggedSite

POSITION = Position(inode=7, offset=1234, head="0123456789abcdef")
NOW = 2_000_000_000.0


def site() -> Site:
    it = Site(policy(wrap_up=60)).opened("1001", "1002", "1003")
    it.at(100).joins("c1")
    it.at(105).rings("1001", "c1")
    it.at(108).answers("1001", "c1", 8)
    it.at(110).joins("c2")
    it.at(111).pauses("1002", "meal")
    return it


def journal_of(it: Site) -> Journal:
    journal = Journal(epoch=1_900_000_000)
    journal.enter(it.changes, Timestamp(200))
    return journal


def memory(it: Site | None = None) -> Memory:
    it = it or site()
    return Memory(checkpoint=it.center.checkpoint(it.now), position=POSITION, numbers=journal_of(it).numbers())


def going_on(*, is_clean: bool, now: float = NOW) -> tuple[Journal, list[Entry]]:
    """The journal of the next run, and its entries for the next two events of caller c2 and agent 1003."""
    it = site()
    recollection = Recollection(memory=decoded(memory(it).encoded()), is_clean=is_clean)
    journal = recollection.journal(now)
    it.changes.clear()
    it.at(120).abandons("c2", 10)
    it.reports(member("1003"))
    return journal, journal.enter(it.changes, Timestamp(121))


def test_what_was_kept_comes_back_as_it_was() -> None:
    before = memory()
    after = decoded(before.encoded())

    assert after.position == POSITION
    assert after.numbers == before.numbers
    assert _tree(after.checkpoint) == _tree(before.checkpoint)


def test_after_an_orderly_stop_the_numbers_go_on() -> None:
    before = journal_of(site())
    journal, entries = going_on(is_clean=True)
    events = [entry for entry in entries if isinstance(entry.change, ch.CallAbandoned)]

    assert journal.epoch == before.epoch
    assert [entry.sequence for entry in events] == [before.sequence + 1]


def test_after_an_orderly_stop_an_event_still_names_the_one_before_it() -> None:
    joined = journal_of(site()).numbers().last["call/c2"]
    _, entries = going_on(is_clean=True)
    abandoned = next(entry for entry in entries if isinstance(entry.change, ch.CallAbandoned))

    assert joined > 0
    assert abandoned.prevsequence == joined


def test_after_a_crash_a_greater_epoch_begins_at_one() -> None:
    journal, entries = going_on(is_clean=False)
    abandoned = next(entry for entry in entries if isinstance(entry.change, ch.CallAbandoned))

    assert journal.epoch == NOW
    assert (abandoned.sequence, abandoned.prevsequence) == (1, 0)


def test_after_a_crash_the_epoch_grows_even_when_the_clock_went_back() -> None:
    journal, _ = going_on(is_clean=False, now=1_000_000_000.0)

    assert journal.epoch == 1_900_000_001


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


def resumed(one: Memory, queue_log: str) -> PbxBridge:
    ami = AmiSettings(queue_log=queue_log)
    recollection = Recollection(memory=one, is_clean=True)
    return PbxBridge(ami, Configuration(pbx=(ami,), mqtt=()), clock=BridgeClock(), recollection=recollection)


def test_a_bridge_goes_on_comparing_with_the_log_from_its_place() -> None:
    bridge = resumed(followed(), "/var/log/asterisk/queue_log")

    assert bridge.log_follower is not None
    assert bridge.log_follower.position == POSITION
    assert bridge.pump.picture().is_audited


@pytest.mark.parametrize(("position", "queue_log"), [(POSITION, ""), (None, "/var/log/asterisk/queue_log")])
def test_a_bridge_that_will_not_hear_of_the_log_waits_for_nothing(position: Position | None, queue_log: str) -> None:
    """The setting was taken away, or the file was given up: facts must not wait for records for ever."""
    bridge = resumed(msgspec.structs.replace(followed(), position=position), queue_log)

    assert not bridge.pump.picture().is_audited
    assert bridge._center._floor.ledger.open_bookings() == []
    assert bridge.pump.picture().queues[0].totals.all.offered == 1


def _tree(checkpoint: Checkpoint) -> object:
    """As plain data, sets in an order that does not depend on the run."""
    return msgspec.to_builtins(checkpoint, order="sorted")
