"""How the interpreter is set for the daemon; what it brings stands in docs/performance.md."""

import gc
import sys
from typing import Final

SWITCH_SECONDS: Final = 0.001
"""So long a thread that stores waits for its turn while the loop works.  Python's own choice is 5 ms, and a commit
takes several turns."""
YOUNG_OBJECTS: Final = 20_000
"""New objects after which the youngest are looked through for garbage that refers to itself.  Python's own choice is
700, which on a busy floor took a twelfth of the loop's time, and there is next to no such garbage."""


def tune() -> None:
    """For the whole process; before anything runs."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
