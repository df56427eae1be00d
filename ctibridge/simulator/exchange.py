"""What all parts of the simulated PBX share."""

from pathlib import Path
from uuid import UUID

from ctibridge.simulator import script
from ctibridge.simulator.channels import Channel, Channels
from ctibridge.simulator.clockwork import Clockwork
from ctibridge.simulator.devices import Devices, DeviceState
from ctibridge.simulator.events import EventStream
from ctibridge.simulator.queue_log import QueueLog
from ctibridge.simulator.queues import Queues


class Exchange:
    """The state of the PBX; whoever acts in it does so through these."""

    def __init__(self, queues: tuple[script.Queue, ...], start: float, queue_log: Path | None = None) -> None:
        self.clock = Clockwork(start)
        self.events = EventStream(self.clock)
        self.devices = Devices(self.clock, self.events)
        self.channels = Channels(self.clock)
        self.queues = Queues(queues)
        self.queue_log = QueueLog(self.clock, queue_log)
        self.processed_calls = 0
        self.current_calls = 0
        self._bridges = 0

    @property
    def second(self) -> int:
        """The present moment as app_queue sees it: whole epoch seconds, cut off and not rounded."""
        return int(self.clock.now)

    def next_bridge_id(self) -> str:
        """A unique id for a bridge."""
        self._bridges += 1
        return str(UUID(int=(self.second << 64) + self._bridges, version=4))

    def drop(self, channel: Channel) -> None:
        """A channel is gone, and its telephone idle unless another channel of it is left."""
        self.channels.remove(channel)
        if not self.channels.in_use(channel.device):
            self.devices.follow(channel.device, DeviceState.NOT_INUSE)
