"""Builds all families from how things stand, on each scrape: what has vanished is no longer there.

Agents have nine of ten samples, and a picture of them that does not change any more.  So their families are left for
whoever writes the page, in a thread; the event loop only looks at all the rest.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from prometheus_client import ProcessCollector
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

from ctibridge.domain.invariants import KINDS as INVARIANTS
from ctibridge.outputs.prometheus import names
from ctibridge.outputs.prometheus.agents import add_agents
from ctibridge.outputs.prometheus.alarms import add_alarms
from ctibridge.outputs.prometheus.exposition import render
from ctibridge.outputs.prometheus.labels import LabelMemory
from ctibridge.outputs.prometheus.queues import add_queue
from ctibridge.outputs.prometheus.sheet import Sheet
from ctibridge.outputs.prometheus.sources import BrokerHealth, FeedHealth, PbxSource, ProcessHealth, Sources
from ctibridge.outputs.prometheus.turns import Rest, no_rest

AGENT_CAP: Final = 2000
"""Agents of one PBX that are exported; each is some 20 series."""


class BridgeCollector(Collector):
    """The bridge's families, for any registry; memory and descriptors of the process are added."""

    def __init__(self, sources: Sources, *, agent_cap: int = AGENT_CAP) -> None:
        self._sources = sources
        self._agent_cap = agent_cap
        self._labels = LabelMemory()
        self._process = ProcessCollector(registry=None)

    def describe(self) -> Iterable[Family]:
        """Nothing: a registry that asks must not make us look at the model."""
        return ()

    def look(self, rest: Rest = no_rest) -> Callable[[], Iterator[Family]]:
        """Look at everything; what is returned gives all families of this moment, also in another thread.

        Call it where the model is at rest, on its event loop; `rest` is called between pieces of the rest of the work.
        """
        sheet = Sheet(self._labels)
        _add_process(sheet, self._sources.process())
        agents = [self._add_pbx(sheet, source, rest) for source in self._sources.pbxs()]
        return partial(self._families, sheet, agents)

    def collect(self) -> Iterator[Family]:
        """All families at once, on the event loop."""
        return self.look()()

    def _families(self, sheet: Sheet, agents: Iterable[Callable[[], None]]) -> Iterator[Family]:
        for add in agents:
            add()
        yield from sheet
        yield from self._process.collect()

    def render(self, accept: str = "") -> tuple[str, bytes]:
        """Content type and body of ``/metrics``, all of it on the event loop."""
        return render(self.collect(), accept)

    def _add_pbx(self, sheet: Sheet, source: PbxSource, rest: Rest) -> Callable[[], None]:
        """Add all but the agents; what is returned adds these."""
        pbx, picture, feed = source.name, source.picture(), source.feed()
        sheet.add(names.SYNCED, (pbx,), int(picture.is_synced))
        sheet.add(names.GAP_SECONDS, (pbx,), picture.gap_seconds)
        sheet.add(names.REPAIRED, (pbx,), picture.repaired)
        sheet.add(names.GAP_CALLS_RECOVERED, (pbx,), picture.recovered_calls)
        sheet.add(names.QUEUE_LOG_READ, (pbx,), int(picture.is_audited and not feed.is_queue_log_away))
        sheet.add(names.AUDIT_MATCHED, (pbx,), picture.audit_matched)
        for kind, count in picture.mismatches.items():
            sheet.add(names.AUDIT_MISMATCH, (pbx, kind), count)
        for kind, count in picture.unexpected.items():
            sheet.add(names.UNEXPECTED, (pbx, kind), count)
        for kind in INVARIANTS:
            sheet.add(names.INVARIANT_BROKEN, (pbx, kind), picture.broken.get(kind, 0))
        for queue in picture.queues:
            add_queue(sheet, pbx, queue, is_seen=picture.is_synced)
        limits = source.pause_limits()
        add_alarms(sheet, pbx, picture.alarms, source.alarms_raised())
        for reason, seconds in limits.items():
            sheet.add(names.PAUSE_LIMIT, (pbx, reason), seconds)
        _add_feed(sheet, pbx, feed)
        for broker in source.brokers():
            _add_broker(sheet, pbx, broker)
        cap, is_seen = self._agent_cap, picture.is_synced
        return partial(add_agents, sheet, pbx, picture.agents, cap=cap, is_seen=is_seen, limited=limits, rest=rest)


def _add_process(sheet: Sheet, health: ProcessHealth) -> None:
    sheet.add(names.BUILD_INFO, (health.version, health.python), 1)
    if health.loop_lag is not None:
        sheet.histogram(names.LOOP_LAG, (), health.loop_lag)
    if health.is_store_written is not None:
        sheet.add(names.STORE_WRITTEN, (), int(health.is_store_written))
    if health.store_commit is not None:
        sheet.histogram(names.STORE_COMMIT, (), health.store_commit)


def _add_feed(sheet: Sheet, pbx: str, feed: FeedHealth) -> None:
    sheet.add(names.AMI_CONNECTED, (pbx,), int(feed.is_connected))
    sheet.add(names.AMI_CONNECTS, (pbx,), feed.connects)
    if feed.last_event is not None:
        sheet.add(names.AMI_LAST_EVENT, (pbx,), feed.last_event)
    for event, count in feed.events.items():
        sheet.add(names.AMI_EVENTS, (pbx, event), count)
    for kind, count in feed.errors.items():
        sheet.add(names.AMI_ERRORS, (pbx, kind), count)
    if feed.queue_log_damaged is not None:
        sheet.add(names.QUEUE_LOG_DAMAGED, (pbx,), feed.queue_log_damaged)


def _add_broker(sheet: Sheet, pbx: str, health: BrokerHealth) -> None:
    where = (pbx, health.broker)
    sheet.add(names.MQTT_CONNECTED, where, int(health.is_connected))
    sheet.add(names.MQTT_CONNECTS, where, health.connects)
    for kind, count in health.published.items():
        sheet.add(names.MQTT_PUBLISHED, (*where, kind), count)
    for reason, count in health.rejected.items():
        sheet.add(names.MQTT_REJECTED, (*where, reason), count)
    sheet.add(names.OUTBOX_MESSAGES, where, health.outbox_messages)
    sheet.add(names.OUTBOX_DROPPED, where, health.outbox_dropped)
    if health.outbox_oldest is not None:
        sheet.add(names.OUTBOX_OLDEST, where, health.outbox_oldest)
    if health.latency is not None:
        sheet.histogram(names.EVENT_LATENCY, where, health.latency)
