"""Lets others have the interpreter while a thread writes a long page.

A thread that asks for it gets it after ``sys.getswitchinterval`` only, and the event loop asks at every turn: with ten
turns for an answer it waited ten times.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias, TypeVar

Rest: TypeAlias = Callable[[], None]
"""Called between two pieces of work, which take some tenths of a millisecond."""

AGENTS_A_PIECE: Final = 10
SAMPLES_A_PIECE: Final = 200

One = TypeVar("One")


def no_rest() -> None:
    """For whoever is alone."""


def in_pieces(ones: Iterable[One], size: int, rest: Rest) -> Iterator[One]:
    """The same ones, with a rest after so many."""
    for number, one in enumerate(ones, 1):
        yield one
        if number % size == 0:
            rest()
