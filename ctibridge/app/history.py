"""The daemon's history: one output for each PBX over one writing thread, and the retiring of what is old."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import structlog

from ctibridge.app.clock import BridgeClock
from ctibridge.domain.policy import Policy
from ctibridge.domain.privacy import PrivacySettings
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.history.callers import CallerMarks, site_key
from ctibridge.outputs.history.recording import Recording
from ctibridge.outputs.history.upkeep import cut_off, pbxs, retire_half_hour
from ctibridge.outputs.history.writer import HistoryOutput, WritingThread

UPKEEP_HOURS: Final = 24
PAUSE: Final = 0.05
"""Seconds between two half hours, so that live rows are written in between."""

log = structlog.get_logger(__name__)


class Site(Protocol):
    """A PBX and the rules that its calls are counted by."""

    name: str
    policy: Policy


class Histories:
    """What the history outputs of all PBXs share."""

    def __init__(self, thread: WritingThread, marks: CallerMarks, keep_days: int, clock: BridgeClock) -> None:
        self._thread = thread
        self._marks = marks
        self._keep_days = keep_days
        self._clock = clock

    def output(
        self, pbx: str, policy: Policy, *, is_audited: Callable[[], bool], pbx_now: Callable[[], Timestamp]
    ) -> HistoryOutput:
        """The output of one PBX."""
        return HistoryOutput(pbx, Recording(pbx, policy, self._marks, is_audited), self._thread, pbx_now)

    async def keep_up(self, sites: Sequence[Site]) -> None:
        """Retire what is old, at the start and then every day, until cancelled."""
        while True:
            try:
                await self.retire(sites)
            except (sqlite3.Error, OSError) as error:
                log.warning("old rows could not be retired; they will be tomorrow", reason=str(error))
            await asyncio.sleep(UPKEEP_HOURS * 3600)

    async def retire(self, sites: Sequence[Site]) -> int:
        """Keep the figures of all old half hours and delete their rows; how many half hours."""
        policies = {site.name: site.policy for site in sites}
        before, retired = cut_off(self._clock.now(), self._keep_days), 0
        for pbx in await self._thread.run(pbxs):
            policy = policies.get(pbx) or Policy()
            work = partial(retire_half_hour, pbx=pbx, before=before, policy=policy)
            while await self._thread.run(work):
                retired += 1
                await asyncio.sleep(PAUSE)
        if retired:
            log.info("old rows were retired; the figures of their half hours are kept", half_hours=retired)
        return retired


def marks_of(store: Path, privacy: PrivacySettings) -> CallerMarks:
    """How callers are marked in a store; raises UnusableKeyError, OSError."""
    return CallerMarks(site_key(store, privacy), privacy)
