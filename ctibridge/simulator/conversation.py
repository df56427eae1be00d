"""An answered call, from the answer to its end, as app_queue tells it."""

from ctibridge.simulator import channel_events, queue_events
from ctibridge.simulator.clockwork import Steps
from ctibridge.simulator.exchange import Exchange
from ctibridge.simulator.membership import Membership
from ctibridge.simulator.ringing import Answered
from ctibridge.simulator.telephones import Telephones


class Conversation:
    """A caller and a member who talk."""

    def __init__(self, exchange: Exchange, membership: Membership, telephones: Telephones, answered: Answered) -> None:
        self._exchange = exchange
        self._membership = membership
        self._telephones = telephones
        self._attempt = answered.attempt
        self._entry = answered.attempt.entry
        self._start = exchange.second
        self._hold = self._start - self._entry.start
        self._began = exchange.clock.now
        self._bridge = self._connect(answered.ring)

    def play(self) -> Steps[None]:
        """Talk until one of the two hangs up."""
        attempt, line = self._attempt, self._entry.line
        while not (attempt.has_hung_up or line.has_hung_up or attempt.transfer):
            yield None
        if attempt.transfer is not None and not line.has_hung_up:
            self._pass_on(*attempt.transfer)
        else:
            self._complete(by_agent=attempt.has_hung_up)

    def _connect(self, ring: int) -> channel_events.Bridge:
        events, entry, member = self._exchange.events, self._entry, self._attempt.member
        member.call_within_service_level = self._hold <= entry.queue.spec.service_level
        self._log("CONNECT", self._hold, self._attempt.leg.uniqueid, ring)
        channel_events.duration_set(events, entry.channel, "QUEUEWAIT", self._hold * 1000)
        queue_events.agent_connect(events, self._attempt, hold=self._hold, ring=ring)
        member.start_time = self._start
        bridge = channel_events.Bridge(events, self._exchange.next_bridge_id())
        bridge.enter(self._attempt.leg)
        bridge.enter(entry.channel)
        return bridge

    def _complete(self, *, by_agent: bool) -> None:
        events, attempt, caller = self._exchange.events, self._attempt, self._entry.channel
        talk = self._exchange.second - self._start
        record = "COMPLETEAGENT" if by_agent else "COMPLETECALLER"
        self._log(record, self._hold, talk, self._entry.original_position)
        reason = "agent" if by_agent else "caller"
        queue_events.agent_complete(events, attempt, hold=self._hold, talk=talk, reason=reason)
        self._membership.end_call(self._entry.queue, attempt.member, self._start)
        first, second = (attempt.leg, caller) if by_agent else (caller, attempt.leg)
        self._bridge.leave(first)
        self._bridge.leave(second)
        self._bridge.destroy()
        self._note_durations()
        self._telephones.drop(attempt, channel_events.NORMAL_CLEARING)

    def _pass_on(self, exten: str, context: str) -> None:
        events, attempt, caller = self._exchange.events, self._attempt, self._entry.channel
        talk = self._exchange.second - self._start
        channel_events.blind_transfer(events, attempt.leg, caller, exten, context)
        self._log("BLINDTRANSFER", exten, context, self._hold, talk, self._entry.original_position)
        queue_events.agent_complete(events, attempt, hold=self._hold, talk=talk, reason="transfer")
        self._membership.end_call(self._entry.queue, attempt.member, self._start)
        self._bridge.leave(attempt.leg)
        self._bridge.leave(caller)
        self._bridge.destroy()
        self._entry.line.goes_to = exten
        self._telephones.drop(attempt, channel_events.NORMAL_CLEARING)

    def _note_durations(self) -> None:
        caller, now = self._entry.channel, self._exchange.clock.now
        for variable, since in (("ANSWEREDTIME", self._began), ("DIALEDTIME", caller.created)):
            channel_events.duration_set(self._exchange.events, caller, variable, int((now - since) * 1000))

    def _log(self, event: str, *data: object) -> None:
        entry = self._entry
        self._exchange.queue_log.write(
            entry.channel.uniqueid, entry.queue.name, self._attempt.member.name, event, *data
        )
