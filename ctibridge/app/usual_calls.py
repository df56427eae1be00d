"""Tells the domain how many calls are usual within the hour, from the same hour of the days before in the history."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import structlog

from ctibridge.app.clock import monotonic
from ctibridge.asterisk.feed import Delivery
from ctibridge.domain.events import UsualInflow
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import QueueName, Timestamp
from ctibridge.outputs.history.periods import Period, periods
from ctibridge.outputs.web.api.history import HistoryError

LOOK_SECONDS: Final = 20.0
"""Between two looks at the clock."""

log = structlog.get_logger(__name__)


class PbxTime(Protocol):
    """The PBX's clock."""

    def now(self) -> Timestamp:
        """PBX time now."""


class Inbox(Protocol):
    """Where the domain takes facts from."""

    def offer(self, delivery: Delivery) -> None:
        """Take them in; never waits."""


class Site(Protocol):
    """A PBX whose callers are counted."""

    @property
    def name(self) -> str:
        """As configured."""

    @property
    def policy(self) -> Policy:
        """Says where its days begin."""

    @property
    def is_synced(self) -> bool:
        """Its queues are known."""

    @property
    def pbx_clock(self) -> PbxTime:
        """Its time."""

    @property
    def pump(self) -> Inbox:
        """Its domain."""


class Past(Protocol):
    """What is asked of the history; raises HistoryError."""

    async def usual_calls(self, pbx: str, hour: Period) -> dict[str, float]:
        """Calls usually offered in an hour, by queue."""


class UsualCalls:
    """Tells of the present hour and of the coming one, each once."""

    def __init__(self, sites: Sequence[Site], past: Past, clock: Callable[[], float] = monotonic) -> None:
        self._sites = sites
        self._past = past
        self._clock = clock
        self._told: dict[str, Timestamp] = {}
        """When the newest hour begins that each PBX was told of."""

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            for site in self._sites:
                try:
                    await self.look(site)
                except HistoryError as error:
                    log.debug("usual calls are not known now", pbx=site.name, reason=str(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, site: Site) -> None:
        """Tell a PBX of the hours that it was not told of; raises HistoryError."""
        if not site.is_synced:
            return
        present = hour_of(site.pbx_clock.now(), site.policy)
        for hour in (present, hour_of(present.until, site.policy)):
            if hour.since > self._told.get(site.name, Timestamp(0)):
                usual = await self._past.usual_calls(site.name, hour)
                self._tell(site, hour, usual)
                self._told[site.name] = hour.since

    def _tell(self, site: Site, hour: Period, usual: dict[str, float]) -> None:
        events = tuple(
            UsualInflow(queue=QueueName(queue), hour=hour.since, calls=calls) for queue, calls in usual.items()
        )
        if events:
            site.pump.offer(Delivery(events=events, at=site.pbx_clock.now(), received=self._clock()))


def hour_of(moment: Timestamp, policy: Policy) -> Period:
    """The hour of the site's day that a moment is in."""
    since, until = policy.day_of(moment)
    hours = periods(Period(since=since, until=until), "1h", policy)
    return next(hour for hour in hours if moment < hour.until)
