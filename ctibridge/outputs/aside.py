"""Moves a damaged database out of the way, for whoever wants to look into it."""

from pathlib import Path


def moved_aside(path: Path, moment: float) -> Path:
    """The new place of a damaged file, and of what SQLite wrote beside it; ``moment`` (epoch seconds) names it."""
    aside = path.with_name(f"{path.name}.damaged-{int(moment)}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside
