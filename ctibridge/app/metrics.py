"""What ``/metrics`` is read from: the bridges, in the shape that ``outputs.prometheus`` asks for."""

import asyncio
import platform
import time
from collections.abc import Mapping, Sequence
from typing import Final

import ctibridge
from ctibridge.app.bridge import PbxBridge
from ctibridge.app.keeper import MemoryKeeper
from ctibridge.app.lag import LoopLag
from ctibridge.domain.picture import Picture
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.health import MqttHealth
from ctibridge.outputs.prometheus.collector import BridgeCollector
from ctibridge.outputs.prometheus.exposition import render
from ctibridge.outputs.prometheus.sources import BrokerHealth, FeedHealth, PbxSource, ProcessHealth

REST_SECONDS: Final = 50e-6
"""The shortest that lets another thread of Python begin; a page of 1,000 agents has some two hundred of them."""


class Metrics:
    """All families of the daemon."""

    def __init__(self, bridges: Sequence[PbxBridge], lag: LoopLag, keeper: MemoryKeeper | None = None) -> None:
        self._lag = lag
        self._keeper = keeper
        self._pbxs = tuple(_Source(bridge) for bridge in bridges)
        self._collector = BridgeCollector(self)

    async def render(self, accept: str) -> tuple[bytes, str]:
        """Body and content type; what is looked at is looked at at once, and written down in a thread."""
        families = self._collector.look(_rest)
        content_type, body = await asyncio.to_thread(lambda: render(families(), accept, _rest))
        return body, content_type

    def process(self) -> ProcessHealth:
        """The daemon itself."""
        keeper = self._keeper
        return ProcessHealth(
            version=ctibridge.__version__,
            python=platform.python_version(),
            loop_lag=self._lag.seconds,
            is_store_written=None if keeper is None else keeper.problem is None,
            store_commit=None if keeper is None else keeper.commit_seconds,
        )

    def pbxs(self) -> Sequence[PbxSource]:
        """All PBXs."""
        return self._pbxs


def _rest() -> None:
    time.sleep(REST_SECONDS)


class _Source:
    def __init__(self, bridge: PbxBridge) -> None:
        self._bridge = bridge

    @property
    def name(self) -> str:
        return self._bridge.name

    def picture(self) -> Picture:
        return self._bridge.pump.picture()

    def alarms_raised(self) -> Mapping[tuple[str, str], int]:
        return self._bridge.alarm_counts.raised(self._bridge.policy.rules)

    def pause_limits(self) -> Mapping[str, float]:
        return {one.code: one.limit for one in self._bridge.policy.pause_reasons if one.limit is not None}

    def feed(self) -> FeedHealth:
        client = self._bridge.client
        counts = client.counts
        follower = self._bridge.log_follower
        return FeedHealth(
            is_connected=client.is_in_sync(),
            connects=counts.connects,
            events=counts.events,
            last_event=None if counts.last_event_at is None else Timestamp(counts.last_event_at),
            errors={kind.value: count for kind, count in counts.errors.items()},
            is_queue_log_away=follower is not None and follower.problem is not None,
            queue_log_damaged=None if follower is None else follower.damaged_lines,
        )

    def brokers(self) -> Sequence[BrokerHealth]:
        return [_broker(output.health) for output in self._bridge.outputs]


def _broker(health: MqttHealth) -> BrokerHealth:
    return BrokerHealth(
        broker=health.broker,
        is_connected=health.is_connected,
        connects=health.connects,
        published={str(kind): count for kind, count in health.published.items()},
        rejected=health.rejected,
        outbox_messages=health.outbox_messages,
        outbox_oldest=health.outbox_oldest,
        outbox_dropped=health.outbox_dropped,
        latency=health.latency,
    )
