"""What ctibridge is held to: units, replayed captures, and real servers."""
