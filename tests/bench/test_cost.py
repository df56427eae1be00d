"""What an event costs does not grow with the centre, nor beside panoramisk: counts and ratios, never seconds.

A loop over all agents for each event shows in Python's own steps; one inside of C (`sorted`, `sum`, a copy) only in the
processor's instructions, which callgrind counts.
"""

from typing import Final

import msgspec
import pytest

from tests.bench.growth import size_of
from tests.bench.instructions import instructions, opcodes
from tests.bench.taken import MadeWork
from tests.servers.available import requires_program

EVENTS: Final = 300
SMALL, LARGE = 100, 2000
MEMBERS: Final = 50, 500
"""Of each of two queues."""
FLAT: Final = 1.1
"""The same calls take other turns in another centre; measured: 0.96 to 1.03."""
RECORDED: Final = 1500
BESIDE_PANORAMISK: Final = 0.75
"""Of the instructions of its bare parser with one callback; measured: 0.55."""


def test_an_event_takes_as_many_steps_in_a_centre_twenty_times_as_large() -> None:
    small, large = (opcodes(MadeWork(size_of(agents), EVENTS).run) for agents in (SMALL, LARGE))

    assert large <= FLAT * small


def test_an_event_takes_as_many_steps_in_queues_ten_times_as_large() -> None:
    sizes = [msgspec.structs.replace(size_of(agents), queues=2) for agents in MEMBERS]

    small, large = (opcodes(MadeWork(size, EVENTS).run) for size in sizes)

    assert large <= FLAT * small


@pytest.mark.timeout(500)
def test_an_event_takes_as_many_instructions_in_a_centre_twenty_times_as_large() -> None:
    requires_program("valgrind")

    small, large = (instructions("made", str(agents), str(EVENTS)) for agents in (SMALL, LARGE))

    assert large <= FLAT * small


@pytest.mark.timeout(500)
def test_an_event_of_the_recording_takes_fewer_instructions_than_panoramisk_needs_to_parse_it() -> None:
    """Framing, the guard, the domain, numbers and the words of what happened, all of it."""
    requires_program("valgrind")

    ours, bare = (instructions(work, str(RECORDED)) for work in ("recorded", "panoramisk"))

    assert ours <= BESIDE_PANORAMISK * bare
