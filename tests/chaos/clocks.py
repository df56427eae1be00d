"""Clocks that step by an hour, under the bridge or under the PBX, forward and back; by libfaketime, on one process."""

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from tests.chaos.centre import Centre, Setting
from tests.chaos.fault import Endure, Fault, Outcome, Scale, Strike, on_centre
from tests.servers.asterisk import chroot_of

LIBRARY: Final = "libfaketime.so.1"
PLACES: Final = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime")
HOUR: Final = 3600
BETWEEN: Final = (15.0, 6.0)
"""Seconds from a step to the step back, long and short."""


def library() -> Path | None:
    """Debian's package `faketime`, if it is installed."""
    return next((found for place in PLACES for found in Path("/").glob(f"{place[1:]}/{LIBRARY}")), None)


def stepping(step: int, clock: Path) -> Strike:
    """The clock steps while calls go on, and later back."""

    async def strike(centre: Centre, scale: Scale) -> None:
        for seconds in (step, 0, step):
            _set(clock, seconds)
            centre.bridge.reload()  # Says so in the log, with the time as the bridge has it.
            await asyncio.sleep(scale.of(*BETWEEN))

    return strike


def _set(clock: Path, seconds: int) -> None:
    new = clock.with_suffix(".new")
    new.write_text(f"{seconds:+d}\n")
    new.rename(clock)


def of_bridge(step: int) -> Endure:
    """The bridge's wall clock steps; its monotonic one does not, as with the kernel's."""

    async def endure(fault: Fault, scale: Scale) -> Outcome:
        found = library()
        if found is None:
            return fault.of(skipped="Debian's package faketime is not installed (make servers)")
        with _folder(None) as folder:
            setting = Setting(environment=_variables(found, folder / "clock"))
            endured = on_centre(stepping(step, folder / "clock"), setting=setting, after=partial(_bridge_is_off, step))
            return await endured(fault, scale)

    return endure


def of_pbx(step: int) -> Endure:
    """Asterisk's clock steps: stamps of events and of queue_log with it."""

    async def endure(fault: Fault, scale: Scale) -> Outcome:
        found = library()
        if found is None:
            return fault.of(skipped="Debian's package faketime is not installed (make servers)")
        with _folder(chroot_of(22) / "lab") as folder:
            inside = Path("/lab", folder.name)
            shutil.copy(found, folder / LIBRARY)
            setting = Setting(asterisk_environment=_variables(inside / LIBRARY, inside / "clock"))
            strike, after = stepping(step, folder / "clock"), partial(_pbx_is_off, step)
            return await on_centre(strike, setting=setting, counts_only=True, after=after)(fault, scale)

    return endure


def _bridge_is_off(step: int, centre: Centre) -> list[str]:
    """A step that did not reach the bridge proves nothing."""
    lines = (json.loads(line) for line in centre.bridge.log.splitlines() if line.startswith("{"))
    stamps = [datetime.fromisoformat(line["timestamp"]).timestamp() for line in lines]
    return [] if _is_off(stamps, step) else ["the clock of the bridge did not step"]


def _pbx_is_off(step: int, centre: Centre) -> list[str]:
    lines = centre.asterisk.queue_log.read_text(encoding="utf-8").splitlines()
    return [] if _is_off([float(line.partition("|")[0]) for line in lines], step) else ["the PBX's clock did not step"]


def _is_off(stamps: Sequence[float], step: int) -> bool:
    """Whether some are of about now and others of an hour from it."""
    now = time.time()  # noqa: TID251 - log files have wall time
    return all(any(abs(stamp - there) < HOUR / 2 for stamp in stamps) for there in (now, now + step))


def _variables(preloaded: Path, clock: Path) -> dict[str, str]:
    return {
        "LD_PRELOAD": str(preloaded),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


@contextmanager
def _folder(parent: Path | None) -> Iterator[Path]:
    if parent is not None:
        parent.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="clock-", dir=parent))
    try:
        _set(folder / "clock", 0)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


FAULTS: Final = tuple(
    Fault(
        name=f"clock of {whose} steps by {'+' if step > 0 else '−'}1 h, back, and again",
        promise=promise,
        endure=of(step),
    )
    for whose, of, promise in (
        ("the bridge", of_bridge, "not noticed: time is the PBX's, carried on by the monotonic clock"),
        ("the PBX", of_pbx, "followed; every count as in queue_log, whose seconds are off"),
    )
    for step in (HOUR, -HOUR)
)
