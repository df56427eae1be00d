"""All faults, in the order of the table."""

from typing import Final

from tests.chaos import brokers, clocks, links, nonsense, processes, stores
from tests.chaos.fault import Fault

ALL: Final[tuple[Fault, ...]] = (
    *processes.FAULTS,
    *links.FAULTS,
    *stores.FAULTS,
    *clocks.FAULTS,
    *nonsense.FAULTS,
    *brokers.FAULTS,
)
