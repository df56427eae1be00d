"""Device states: telephones as Asterisk sees them, and the pseudo devices that app_queue keeps."""

from collections.abc import Callable
from enum import IntEnum

from ctibridge.simulator.clockwork import Clockwork
from ctibridge.simulator.events import EventStream

NOTICE_DELAY = 0.0004
"""Seconds until the device state thread has noticed what a channel did."""


class DeviceState(IntEnum):
    """Asterisk's numbers, of which the simulation needs these."""

    UNKNOWN = 0
    NOT_INUSE = 1
    INUSE = 2
    UNAVAILABLE = 5
    RINGING = 6


def device_of(interface: str) -> str:
    """The device whose state an interface has."""
    return interface.removesuffix("/n") if interface.startswith("Local/") else interface


class Devices:
    """What each device is doing, and what everybody was told about it."""

    def __init__(self, clock: Clockwork, events: EventStream) -> None:
        self._clock = clock
        self._events = events
        self._legs: dict[str, DeviceState] = {}
        """What the legs of a device make of it."""
        self._unplugged: set[str] = set()
        self._told: dict[str, DeviceState] = {}
        self._listeners: list[Callable[[str, DeviceState], None]] = []

    def listen(self, listener: Callable[[str, DeviceState], None]) -> None:
        """Tell the listener of telephones that changed."""
        self._listeners.append(listener)

    def state(self, device: str) -> DeviceState:
        """What the device is doing at this moment."""
        state = self._legs.get(device, DeviceState.NOT_INUSE)
        if state is DeviceState.NOT_INUSE and device in self._unplugged:
            return DeviceState.UNAVAILABLE
        return state

    def follow(self, device: str, state: DeviceState) -> None:
        """A leg does something with its telephone; the state of a custom device is set by hand only."""
        if not device.startswith("Custom:"):
            self._legs[device] = state
            self._look_soon(device)

    def unplug(self, device: str) -> None:
        """The telephone cannot be reached, once no call is left on it."""
        self._unplugged.add(device)
        self._look_soon(device)

    def plug_in(self, device: str) -> None:
        """The telephone can be reached again."""
        self._unplugged.discard(device)
        self._look_soon(device)

    def _look_soon(self, device: str) -> None:
        """The change becomes known a moment later, unless it has changed back by then."""
        self._clock.after(NOTICE_DELAY, lambda: self._notice(device))

    def set_queue(self, pseudo_device: str, state: DeviceState) -> None:
        """app_queue changes one of its own devices: ``Queue:support``, ``Queue:support_avail``, …"""
        if self._told.get(pseudo_device) is not state:
            self._tell(pseudo_device, state)

    def _notice(self, device: str) -> None:
        state = self.state(device)
        if self._told.get(device, DeviceState.NOT_INUSE) is not state:
            self._tell(device, state)
            for listener in self._listeners:
                listener(device, state)

    def _tell(self, device: str, state: DeviceState) -> None:
        self._told[device] = state
        self._events.publish("DeviceStateChange", "call", ("Device", device), ("State", state.name))
