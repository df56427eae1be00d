"""How the interpreter is set for the daemon; what it brings stands in docs/performance.md."""

import ctypes
import gc
import sys
from typing import Final

SWITCH_SECONDS: Final = 0.001
"""So long a thread that stores waits for its turn while the loop works.  Python's own choice is 5 ms, and a commit
takes several turns."""
YOUNG_OBJECTS: Final = 20_000
"""New objects after which the youngest are looked through for garbage that refers to itself.  Python's own choice is
700, which on a busy floor took a twelfth of the loop's time, and there is next to no such garbage."""

ARENAS: Final = 1
"""Heaps of the C library.  It has one for each thread otherwise, and what a thread that stores has let go of is of no
use to the others, nor goes back to the system; threads of Python hardly ever allocate at the same time."""
TRIM_BYTES: Final = 1 << 16
"""Free memory at the end of the heap that goes back to the system."""
_M_ARENA_MAX, _M_TRIM_THRESHOLD = -8, -1
"""Of glibc's malloc.h."""


def tune() -> None:
    """For the whole process; before anything runs."""
    _tune_malloc()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])


def _tune_malloc() -> None:
    """Where the C library is glibc; others have no arenas."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, ARENAS)
        mallopt(_M_TRIM_THRESHOLD, TRIM_BYTES)
