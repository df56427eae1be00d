"""The agents' telephones: legs to them, and what the agents do when they ring."""

from collections.abc import Iterator, Mapping
from itertools import repeat

from ctibridge.simulator import channel_events, queue_events
from ctibridge.simulator.attempts import Attempt, Phase
from ctibridge.simulator.channels import UNKNOWN, ChannelState
from ctibridge.simulator.clockwork import Alarm
from ctibridge.simulator.devices import DeviceState
from ctibridge.simulator.exchange import Exchange
from ctibridge.simulator.membership import Membership
from ctibridge.simulator.script import Answer, EndedBy, Miss, Reaction, Reject, Strategy

RINGING_DELAY = 0.05
"""Seconds from the INVITE to ``180 Ringing``."""
LOCAL_RINGING_DELAY = 0.002
"""Seconds until the dialplan behind a Local channel has said ``Ringing()``."""
HANGUP_DELAY = 0.0005
"""Seconds from the wish to end a leg to its ``Hangup``."""
OUTGOING = ("AppQueue", "(Outgoing Line)")


class Telephones:
    """Calls agents and plays their part."""

    def __init__(self, exchange: Exchange, membership: Membership, reactions: Mapping[str, Iterator[Reaction]]) -> None:
        self._exchange = exchange
        self._membership = membership
        self._reactions = {interface.lower(): choices for interface, choices in reactions.items()}
        self._alarms: dict[Attempt, list[Alarm]] = {}

    def teach(self, interface: str, choices: Iterator[Reaction]) -> None:
        """Change what the agent at an interface does from now on; who has nothing more to do lets it ring."""
        self._reactions[interface.lower()] = choices

    def call(self, attempt: Attempt) -> None:
        """Let the member's telephone ring."""
        events = self._exchange.events
        caller, member = attempt.entry.channel, attempt.member
        leg = attempt.leg = self._exchange.channels.create(
            member.interface, device=member.device, linkedid=caller.linkedid
        )
        attempt.phase = Phase.CALLED
        channel_events.newchannel(events, leg)
        leg.caller_number = caller.exten
        channel_events.newexten(events, leg, *OUTGOING)
        channel_events.new_callerid(events, leg)
        channel_events.var_set(events, leg, "DIALEDPEERNUMBER", member.interface.partition("/")[2])
        as_made = leg.headers("Dest")
        leg.exten = caller.exten
        leg.connected_number, leg.connected_name = caller.caller_number, caller.caller_name
        queue_events.agent_called(events, attempt)
        channel_events.dial_begin(events, caller, as_made, member.interface)
        if attempt.entry.queue.spec.strategy is not Strategy.RING_ALL:
            self.show_agent_to_caller(attempt)
        self._play(attempt)

    def show_agent_to_caller(self, attempt: Attempt) -> None:
        """The caller's telephone learns whom it is connected to; app_queue saves that for the answer when all ring."""
        caller = attempt.entry.channel
        if caller.connected_number != attempt.leg.caller_number:
            caller.connected_number, caller.connected_name = attempt.leg.caller_number, UNKNOWN
            channel_events.new_connected_line(self._exchange.events, caller)

    def hang_up(self, channel: str) -> bool:
        """End the agent's side of a call, or its ringing; False when no such leg is there."""
        attempt = next((one for one in self._alarms if one.leg.name == channel), None)
        if attempt is None:
            return False
        if attempt.phase is Phase.ANSWERED:
            self._agent_ends(attempt)
        else:
            self._reject(attempt)
        return True

    def transfer(self, channel: str, exten: str, context: str) -> bool:
        """The agent sends the caller elsewhere; False when no such conversation is there."""
        attempt = next((one for one in self._alarms if one.leg.name == channel), None)
        if attempt is None or attempt.phase is not Phase.ANSWERED:
            return False
        attempt.transfer = exten, context
        attempt.entry.line.wake()
        return True

    def drop(self, attempt: Attempt, cause: int) -> None:
        """End the leg; its telephone is known to be idle a moment later."""
        self._forget(attempt)
        self._exchange.clock.after(HANGUP_DELAY, lambda: self._hang_up(attempt, cause))

    def drop_now(self, attempt: Attempt, cause: int) -> None:
        """End the leg at once."""
        self._forget(attempt)
        self._hang_up(attempt, cause)

    def _play(self, attempt: Attempt) -> None:
        reaction = next(self._reactions.get(attempt.member.interface.lower(), repeat(Miss())), Miss())
        alarms = self._alarms[attempt] = []
        clock = self._exchange.clock
        delay = LOCAL_RINGING_DELAY if attempt.member.is_local else RINGING_DELAY
        alarms.append(clock.after(delay, lambda: self._ring(attempt)))
        match reaction:
            case Answer():
                alarms.append(clock.after(max(reaction.ring, delay), lambda: self._answer(attempt, reaction)))
            case Reject():
                alarms.append(clock.after(max(reaction.ring, delay), lambda: self._reject(attempt)))
            case Miss():
                pass

    def _ring(self, attempt: Attempt) -> None:
        events, leg = self._exchange.events, attempt.leg
        channel_events.newstate(events, leg, ChannelState.RINGING)
        channel_events.newexten(events, leg, *OUTGOING)
        channel_events.new_connected_line(events, leg)
        channel_events.dial_state(events, attempt.entry.channel, leg)
        # A Local channel has no "ringing": it is in use as soon as it exists and somebody looks.
        state = DeviceState.INUSE if attempt.member.is_local else DeviceState.RINGING
        self._exchange.devices.follow(attempt.member.device, state)

    def _answer(self, attempt: Attempt, answer: Answer) -> None:
        attempt.phase = Phase.ANSWERED
        attempt.rest = answer.then_pause
        channel_events.newstate(self._exchange.events, attempt.leg, ChannelState.UP)
        self._exchange.devices.follow(attempt.member.device, DeviceState.INUSE)
        end = self._agent_ends if answer.ended_by is EndedBy.AGENT else self._caller_ends
        self._alarms[attempt].append(self._exchange.clock.after(answer.talk, lambda: end(attempt)))
        attempt.entry.line.wake()

    def _reject(self, attempt: Attempt) -> None:
        attempt.phase = Phase.REFUSED
        if not attempt.member.is_local:
            channel_events.hangup_request(self._exchange.events, attempt.leg, busy=True)
        attempt.entry.line.wake()

    def _agent_ends(self, attempt: Attempt) -> None:
        attempt.has_hung_up = True
        channel_events.hangup_request(self._exchange.events, attempt.leg)
        attempt.entry.line.wake()

    @staticmethod
    def _caller_ends(attempt: Attempt) -> None:
        attempt.entry.line.hang_up()

    def _forget(self, attempt: Attempt) -> None:
        attempt.phase = Phase.OVER
        for alarm in self._alarms.pop(attempt, ()):
            alarm.cancel()

    def _hang_up(self, attempt: Attempt, cause: int) -> None:
        channel_events.hangup(self._exchange.events, attempt.leg, cause)
        self._exchange.drop(attempt.leg)
        if attempt.rest is not None:
            self._pause(attempt.member.interface, *attempt.rest)

    def _pause(self, interface: str, reason: str, seconds: float) -> None:
        if self._membership.pause(interface, paused=True, reason=reason):
            self._exchange.clock.after(seconds, lambda: self._unpause(interface))

    def _unpause(self, interface: str) -> None:
        self._membership.pause(interface, paused=False)
