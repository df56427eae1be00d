"""Numbered changes to all outputs.

Each output keeps its own bounded spool: ``accept`` puts entries there and never waits, so a slow output delays only
itself.  An output that fails to accept loses these entries alone; what it shows is made good by its next full
republish, which it is asked for.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import structlog

from ctibridge.domain.journal import Entry

log = structlog.get_logger(__name__)


class Output(Protocol):
    """Whoever wants to be told of every change."""

    @property
    def name(self) -> str:
        """How logs call it."""

    def accept(self, entries: Sequence[Entry]) -> None:
        """Keep entries for sending; does not wait."""


class Fanout:
    """Hands the same entries to every output."""

    def __init__(self, outputs: Sequence[Output]) -> None:
        self.failures: Counter[str] = Counter()
        """Batches that an output did not accept, by its name; each is a bug of ours."""
        self._outputs = tuple(outputs)

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Give entries to all outputs; one that fails does not keep them from the others."""
        for output in self._outputs:
            try:
                output.accept(entries)
            except Exception:
                self.failures[output.name] += 1
                log.exception("an output did not accept changes", output=output.name, entries=len(entries))
