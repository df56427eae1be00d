"""Actions by which somebody else has a hand in calls and members: ending, passing on, priorities, penalties."""

from collections.abc import Callable

from ctibridge.simulator.exchange import Exchange
from ctibridge.simulator.membership import Membership
from ctibridge.simulator.outgoing import Outgoing
from ctibridge.simulator.replies import Action, Reply, error, response
from ctibridge.simulator.telephones import Telephones


class Control:
    """Answers them; wording as Asterisk 22 has it."""

    def __init__(self, exchange: Exchange, membership: Membership, telephones: Telephones) -> None:
        self._exchange = exchange
        self._membership = membership
        self._telephones = telephones
        self._outgoing = Outgoing(exchange)

    def handlers(self) -> dict[str, Callable[[Action], tuple[Reply, ...]]]:
        """By name of the action in lower case."""
        return {
            "hangup": self._hangup,
            "blindtransfer": self._blind_transfer,
            "atxfer": self._attended_transfer,
            "originate": self._outgoing.originate,
            "queuepenalty": self._queue_penalty,
            "queuechangeprioritycaller": self._queue_change_priority_caller,
        }

    def _hangup(self, action: Action) -> tuple[Reply, ...]:
        channel = action.get("channel", "")
        if not channel:
            return (error(action, "No channel specified"),)
        if self._telephones.hang_up(channel) or self._outgoing.hang_up(channel):
            return (response("Success", action, ("Message", "Channel Hungup")),)
        for queue in self._exchange.queues:
            for entry in queue.callers:
                if entry.channel.name == channel:
                    entry.line.hang_up()
                    return (response("Success", action, ("Message", "Channel Hungup")),)
        return (error(action, "No such channel"),)

    def _blind_transfer(self, action: Action) -> tuple[Reply, ...]:
        for needed in ("Channel", "Exten"):
            if not action.get(needed.lower()):
                return (error(action, f"{needed} not specified"),)
        if not self._telephones.transfer(action["channel"], action["exten"], action.get("context", "")):
            return (error(action, "Channel specified does not exist"),)
        return (response("Success", action, ("Message", "Transfer succeeded")),)

    @staticmethod
    def _attended_transfer(action: Action) -> tuple[Reply, ...]:
        """Nobody here presses keys during a call."""
        return (error(action, "No attended transfer feature code found"),)

    def _queue_penalty(self, action: Action) -> tuple[Reply, ...]:
        interface, penalty = action.get("interface", ""), action.get("penalty", "")
        if not interface or not penalty:
            return (error(action, "Need 'Interface' and 'Penalty' parameters."),)
        changed = self._membership.set_penalty(interface, int(penalty), action.get("queue", ""))
        if not changed:
            return (error(action, "Invalid interface, queuename or penalty"),)
        return (response("Success", action, ("Message", "Interface penalty set successfully")),)

    def _queue_change_priority_caller(self, action: Action) -> tuple[Reply, ...]:
        queue = self._exchange.queues.get(action.get("queue", ""))
        if queue is None:
            return (error(action, "Unable to change priority caller on queue: No such queue"),)
        entry = next((one for one in queue.callers if one.channel.name == action.get("caller")), None)
        if entry is None:
            return (error(action, "Unable to change priority caller on queue: No such caller"),)
        queue.prefer(entry, int(action.get("priority") or 0))
        return (response("Success", action, ("Message", "Priority change for caller on queue")),)
