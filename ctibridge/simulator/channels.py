"""Channels: the legs of calls, and how each AMI event describes one."""

from collections.abc import Iterator
from enum import IntEnum
from itertools import count

from ctibridge.simulator.clockwork import Clockwork
from ctibridge.simulator.frames import Header, escaped

UNKNOWN = "<unknown>"


class ChannelState(IntEnum):
    """Asterisk's numbers, of which the simulation needs these."""

    DOWN = 0
    RING = 4
    RINGING = 5
    UP = 6


STATE_NAMES = {
    ChannelState.DOWN: "Down",
    ChannelState.RING: "Ring",
    ChannelState.RINGING: "Ringing",
    ChannelState.UP: "Up",
}


class Channel:
    """One leg; its fields change during its life."""

    def __init__(self, *, name: str, device: str, uniqueid: str, linkedid: str, created: float) -> None:
        self.name = name
        self.device = device
        """Whose state the leg makes: ``PJSIP/1001``."""
        self.uniqueid = uniqueid
        self.linkedid = linkedid
        self.created = created
        self.answered_at: float | None = None
        self.state = ChannelState.DOWN
        self.caller_number = UNKNOWN
        self.caller_name = UNKNOWN
        self.connected_number = UNKNOWN
        self.connected_name = UNKNOWN
        self.context = "inbound"
        self.exten = "s"
        self.priority = 1
        self.application = ""
        self.application_data = ""
        self.bridge = ""

    def headers(self, prefix: str = "") -> tuple[Header, ...]:
        """The block of headers with which events describe a channel; ``Dest`` is the prefix of the called one."""
        values = (
            ("Channel", self.name),
            ("ChannelState", str(int(self.state))),
            ("ChannelStateDesc", STATE_NAMES[self.state]),
            ("CallerIDNum", self.caller_number),
            ("CallerIDName", escaped(self.caller_name)),
            ("ConnectedLineNum", self.connected_number),
            ("ConnectedLineName", escaped(self.connected_name)),
            ("Language", "en"),
            ("AccountCode", ""),
            ("Context", self.context),
            ("Exten", self.exten),
            ("Priority", str(self.priority)),
            ("Uniqueid", self.uniqueid),
            ("Linkedid", self.linkedid),
        )
        return tuple((prefix + name, value) for name, value in values)


class Channels:
    """All channels that exist, and the numbers from which names and unique ids are made."""

    def __init__(self, clock: Clockwork) -> None:
        self._clock = clock
        self._serials = count()
        self._suffixes: dict[str, int] = {}
        self._channels: dict[str, Channel] = {}

    def __len__(self) -> int:
        return len(self._channels)

    def __iter__(self) -> Iterator[Channel]:
        return iter(tuple(self._channels.values()))

    def create(self, address: str, *, device: str, linkedid: str = "", uniqueid: str = "") -> Channel:
        """A new leg to or from ``PJSIP/1001`` or ``Local/1001@agents/n``; its linked id is its own if none is given.

        ``uniqueid``: as whoever makes the leg wants it.
        """
        technology = address.partition("/")[0]
        suffix = self._suffixes.get(technology, 0)
        self._suffixes[technology] = suffix + 1
        half = ";1" if technology == "Local" else ""
        uniqueid = uniqueid or f"{int(self._clock.now)}.{next(self._serials)}"
        channel = Channel(
            name=f"{address.removesuffix('/n')}-{suffix:08x}{half}",
            device=device,
            uniqueid=uniqueid,
            linkedid=linkedid or uniqueid,
            created=self._clock.now,
        )
        self._channels[uniqueid] = channel
        return channel

    def remove(self, channel: Channel) -> None:
        """The channel has hung up."""
        del self._channels[channel.uniqueid]

    def in_use(self, device: str) -> bool:
        """Whether a leg of the device is up or being answered."""
        return any(channel.device == device for channel in self._channels.values())
