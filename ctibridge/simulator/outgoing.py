"""Phones that were made to ring by ``Originate``: to dial a number, or to listen to somebody."""

from ctibridge.simulator import channel_events
from ctibridge.simulator.channels import Channel, ChannelState
from ctibridge.simulator.clockwork import Steps
from ctibridge.simulator.devices import DeviceState, device_of
from ctibridge.simulator.exchange import Exchange
from ctibridge.simulator.replies import Action, Reply, error, response

RINGING_DELAY = 0.05
PICK_UP = 2.0
"""Seconds until the phone's owner picks it up."""
TALK = 12.0
"""Seconds that a number which was dialled keeps its caller."""
LOOK = 0.5
LONGEST = 600.0
"""Seconds that somebody listens at most."""
SPYING = "ChanSpy"
ANSWERED = "4"
"""``Reason`` of ``OriginateResponse``."""


class Outgoing:
    """Rings phones, and plays what follows."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._ended: set[str] = set()
        """Channels that somebody hung up."""
        self._names: set[str] = set()

    def originate(self, action: Action) -> tuple[Reply, ...]:
        """Ring a phone."""
        if not action.get("channel"):
            return (error(action, "Channel not specified"),)
        self._exchange.clock.start(self._play(action))
        return (response("Success", action, ("Message", "Originate successfully queued")),)

    def hang_up(self, name: str) -> bool:
        """End such a call; False when there is none by that name."""
        if name not in self._names:
            return False
        self._ended.add(name)
        return True

    def _play(self, action: Action) -> Steps[None]:
        exchange, events, clock = self._exchange, self._exchange.events, self._exchange.clock
        interface = action["channel"]
        device = device_of(interface)
        channel = exchange.channels.create(interface, device=device, uniqueid=action.get("channelid", ""))
        channel.context, channel.exten = action.get("context", ""), action.get("exten", "")
        self._names.add(channel.name)
        channel_events.newchannel(events, channel)
        yield clock.now + RINGING_DELAY
        channel_events.newstate(events, channel, ChannelState.RINGING)
        exchange.devices.follow(device, DeviceState.RINGING)
        yield clock.now + PICK_UP
        channel_events.newstate(events, channel, ChannelState.UP)
        exchange.devices.follow(device, DeviceState.INUSE)
        self._tell(action, channel)
        channel_events.newexten(events, channel, action.get("application") or "Dial", action.get("data", ""))
        until = clock.now + (LONGEST if action.get("application") == SPYING else TALK)
        while clock.now < until and channel.name not in self._ended and self._is_worth_it(action):
            yield min(clock.now + LOOK, until)
        self._names.discard(channel.name)
        self._ended.discard(channel.name)
        channel_events.hangup(events, channel, channel_events.NORMAL_CLEARING)
        exchange.drop(channel)

    def _is_worth_it(self, action: Action) -> bool:
        """Whether there is still somebody to listen to."""
        if action.get("application") != SPYING:
            return True
        spied = action.get("data", "").partition(",")[0]
        return any(channel.name == spied for channel in self._exchange.channels)

    def _tell(self, action: Action, channel: Channel) -> None:
        self._exchange.events.publish(
            "OriginateResponse",
            "call",
            ("ActionID", action.get("actionid", "")),
            ("Response", "Success"),
            ("Channel", channel.name),
            ("Context", channel.context),
            ("Exten", channel.exten),
            ("Application", action.get("application", "")),
            ("Data", action.get("data", "")),
            ("Reason", ANSWERED),
            ("Uniqueid", channel.uniqueid),
            ("CallerIDNum", channel.caller_number),
            ("CallerIDName", channel.caller_name),
        )
