"""Numbered changes to all outputs.

Each output keeps its own bounded spool: ``accept`` puts entries there and never waits, so a slow output delays only
itself, and one that fails to accept loses what it did not take and nothing else.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from ctibridge.domain.journal import Entry

log = structlog.get_logger(__name__)


class Output(Protocol):
    """Whoever wants to be told of every change."""

    def accept(self, entries: Sequence[Entry]) -> None:
        """Keep entries for sending; does not wait."""


class Fanout:
    """Hands the same entries to every output."""

    def __init__(self, outputs: Mapping[str, Output]) -> None:
        """`outputs` by the name that logs call them."""
        self.failures: Counter[str] = Counter()
        """Batches that an output did not accept, by its name; each is a bug of ours."""
        self._outputs = dict(outputs)

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Give entries to all outputs; one that fails does not keep them from the others."""
        for name, output in self._outputs.items():
            try:
                output.accept(entries)
            except Exception:
                self.failures[name] += 1
                log.exception("an output did not accept changes", output=name, entries=len(entries))
