"""The daemon itself on a replayed stream: how long until the last event is taken in for good.

    python -m tests.bench.ours [--mqtt PORT] PORT

"For good" is: framed, through the domain, in the metrics, and every change on disk in the store; with a broker also
acknowledged by it.  Prints events, seconds and processor seconds between the marks, as JSON.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

import structlog

from ctibridge.app.bridge import PbxBridge
from ctibridge.app.clock import BridgeClock
from ctibridge.app.config import Configuration
from ctibridge.app.daemon import Daemon
from ctibridge.app.keeper import kept
from ctibridge.asterisk.messages import Message
from ctibridge.asterisk.settings import AmiSettings
from ctibridge.outputs.history.settings import StoreSettings
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.outputs.web.settings import HttpSettings
from tests.bench.stream import MARK
from tests.servers.waiting import eventually

LOOK_SECONDS = 0.001
WAIT_SECONDS = 120.0
MARKS = 2
"""One before the laps, one after."""


def _configuration(ami_port: int, mqtt_port: int | None, folder: Path) -> Configuration:
    return Configuration(
        pbx=(AmiSettings(name="bench", port=ami_port, username="bench", secret="bench"),),
        mqtt=(MqttSettings(port=mqtt_port),) if mqtt_port else (),
        http=HttpSettings(port=0),
        store=StoreSettings(url=f"sqlite:///{folder}/bench.db"),
    )


async def measured(ami_port: int, mqtt_port: int | None) -> dict[str, float]:
    """Run the daemon until everything is done."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory() as folder:
        configuration = _configuration(ami_port, mqtt_port, Path(folder))
        clock = BridgeClock()
        async with kept(configuration, clock) as keeper:
            known = {"bench": await keeper.recall("bench")} if keeper is not None else {}
            daemon = Daemon(configuration, clock=clock, keeper=keeper, recollections=known)
            stop = asyncio.Event()
            running = asyncio.create_task(daemon.run(stop))
            result = await _measure(daemon.bridges[0])
            stop.set()
            await running
    return result


async def _measure(bridge: PbxBridge) -> dict[str, float]:
    counts = bridge.client.counts
    marks: list[tuple[int, float, float]] = []

    def mark(_: Message) -> None:
        marks.append((counts.events.total(), time.perf_counter(), time.process_time()))

    bridge.client.watchers.append((frozenset({MARK}), mark))
    await eventually(lambda: len(marks) == MARKS, "the last mark", WAIT_SECONDS, LOOK_SECONDS)
    (before, *began), (after, *_) = marks
    events = after - before - 1
    await eventually(lambda: _is_done(bridge), "the last acknowledgement", WAIT_SECONDS, LOOK_SECONDS)
    ended = time.perf_counter(), time.process_time()
    offered = sum(queue.totals.all.offered for queue in bridge.pump.picture().queues)
    return {"events": events, "seconds": ended[0] - began[0], "cpu": ended[1] - began[1], "offered": offered}


def _is_done(bridge: PbxBridge) -> bool:
    bridge.pump.finish()
    sent = all(output.health.is_current and not output.health.outbox_messages for output in bridge.outputs)
    is_durable = bridge.outbox is None or bridge.outbox.newest >= bridge.journal.sequence
    return sent and is_durable and (bridge.history is None or not bridge.history.waiting)


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mqtt", type=int)
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    print(json.dumps(asyncio.run(measured(options.port, options.mqtt))))  # noqa: T201


if __name__ == "__main__":
    main()
