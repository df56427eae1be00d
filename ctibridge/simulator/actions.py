"""The AMI actions that the simulated PBX understands, and its answers, word by word as Asterisk 22 gives them."""

from collections.abc import Callable
from datetime import UTC, datetime

from ctibridge.simulator.channels import UNKNOWN
from ctibridge.simulator.control import Control
from ctibridge.simulator.exchange import Exchange
from ctibridge.simulator.membership import Change, Membership
from ctibridge.simulator.queue_events import member_state
from ctibridge.simulator.queues import Entry, Member, Queue
from ctibridge.simulator.replies import Action, Reply, action_id, error, list_of, response
from ctibridge.simulator.telephones import Telephones

VERSION = "22.10.1"
TRUE_WORDS = {"yes", "true", "y", "t", "1", "on"}


class Actions:
    """Answers the actions of authenticated clients."""

    def __init__(self, exchange: Exchange, membership: Membership, telephones: Telephones, started: float) -> None:
        self._exchange = exchange
        self._membership = membership
        self._started = datetime.fromtimestamp(started, UTC).astimezone()
        """In local time, as Asterisk tells it."""
        self._handlers: dict[str, Callable[[Action], tuple[Reply, ...]]] = {
            "ping": self._ping,
            "corestatus": self._core_status,
            "coresettings": self._core_settings,
            "coreshowchannels": self._core_show_channels,
            "queuestatus": self._queue_status,
            "queuesummary": self._queue_summary,
            "queueadd": self._queue_add,
            "queueremove": self._queue_remove,
            "queuepause": self._queue_pause,
            "queuewithdrawcaller": self._queue_withdraw_caller,
            "listcommands": self._list_commands,
            **Control(exchange, membership, telephones).handlers(),
        }

    def perform(self, action: Action) -> tuple[Reply, ...]:
        """The answer to one action."""
        name = action.get("action", "")
        if not name:
            return (error(action, "Missing action in request"),)
        handler = self._handlers.get(name.lower())
        if handler is None:
            words = f"Invalid/unknown command: {name}. Use Action: ListCommands to show available commands."
            return (error(action, words),)
        return handler(action)

    def _ping(self, action: Action) -> tuple[Reply, ...]:
        return (response("Success", action, ("Ping", "Pong"), ("Timestamp", f"{self._exchange.clock.now:.6f}")),)

    def _list_commands(self, action: Action) -> tuple[Reply, ...]:
        """All that is understood here is allowed."""
        return (response("Success", action, *((name, "(Priv: all)") for name in self._handlers)),)

    def _core_status(self, action: Action) -> tuple[Reply, ...]:
        date, time = f"{self._started:%Y-%m-%d}", f"{self._started:%H:%M:%S}"
        return (
            response(
                "Success",
                action,
                ("CoreStartupDate", date),
                ("CoreStartupTime", time),
                ("CoreReloadDate", date),
                ("CoreReloadTime", time),
                ("CoreCurrentCalls", str(self._exchange.current_calls)),
                ("CoreProcessedCalls", str(self._exchange.processed_calls)),
            ),
        )

    @staticmethod
    def _core_settings(action: Action) -> tuple[Reply, ...]:
        return (
            response(
                "Success",
                action,
                ("AMIversion", "11.0.0"),
                ("AsteriskVersion", VERSION),
                ("SystemName", ""),
                ("CoreMaxCalls", "0"),
                ("CoreMaxLoadAvg", "0.000000"),
                ("CoreRunUser", ""),
                ("CoreRunGroup", ""),
                ("CoreMaxFilehandles", "0"),
                ("CoreRealTimeEnabled", "No"),
                ("CoreCDRenabled", "Yes"),
                ("CoreHTTPenabled", "No"),
                ("SoundsSearchCustomDir", "No"),
            ),
        )

    def _core_show_channels(self, action: Action) -> tuple[Reply, ...]:
        items = tuple(
            (
                ("Event", "CoreShowChannel"),
                *action_id(action),
                *channel.headers(),
                ("Application", channel.application),
                ("ApplicationData", channel.application_data),
                ("Duration", _clock_time(int(self._exchange.clock.now - channel.created))),
                ("BridgeId", channel.bridge),
            )
            for channel in self._exchange.channels
        )
        return list_of(action, "Channels will follow", "CoreShowChannelsComplete", items)

    def _queue_status(self, action: Action) -> tuple[Reply, ...]:
        wanted = action.get("member", "")
        items: list[Reply] = []
        for queue in self._asked_for(action):
            items.append((*_params(queue), *action_id(action)))
            members = [m for m in queue.members if not wanted or wanted in {m.interface, m.name}]
            items += [(*_listed_member(queue, member), *action_id(action)) for member in members]
            items += [(*self._listed_entry(entry), *action_id(action)) for entry in queue.callers]
        return list_of(action, "Queue status will follow", "QueueStatusComplete", tuple(items))

    def _queue_summary(self, action: Action) -> tuple[Reply, ...]:
        items = tuple((*self._summary(queue), *action_id(action)) for queue in self._asked_for(action))
        return list_of(action, "Queue summary will follow", "QueueSummaryComplete", items)

    def _queue_add(self, action: Action) -> tuple[Reply, ...]:
        for needed in ("Queue", "Interface"):
            if not action.get(needed.lower()):
                return (error(action, f"'{needed}' not specified."),)
        change = self._membership.add(
            action["queue"],
            action["interface"],
            name=action.get("membername", ""),
            state_interface=action.get("stateinterface", ""),
            paused=is_true(action.get("paused", "")),
            reason=action.get("reason", ""),
            penalty=_number(action.get("penalty", "")),
            wrapuptime=_number(action.get("wrapuptime", "")),
        )
        match change:
            case Change.DONE:
                return (response("Success", action, ("Message", "Added interface to queue")),)
            case Change.NOT_NEEDED:
                return (error(action, "Unable to add interface: Already there"),)
            case Change.NO_SUCH_QUEUE:
                return (error(action, "Unable to add interface to queue: No such queue"),)

    def _queue_remove(self, action: Action) -> tuple[Reply, ...]:
        if not action.get("queue") or not action.get("interface"):
            return (error(action, "Need 'Queue' and 'Interface' parameters."),)
        match self._membership.remove(action["queue"], action["interface"]):
            case Change.DONE:
                return (response("Success", action, ("Message", "Removed interface from queue")),)
            case Change.NOT_NEEDED:
                return (error(action, "Unable to remove interface: Not there"),)
            case Change.NO_SUCH_QUEUE:
                return (error(action, "Unable to remove interface from queue: No such queue"),)

    def _queue_pause(self, action: Action) -> tuple[Reply, ...]:
        if not action.get("interface") or not action.get("paused"):
            return (error(action, "Need 'Interface' and 'Paused' parameters."),)
        paused = is_true(action["paused"])
        reason, queue = action.get("reason", ""), action.get("queue", "")
        if not self._membership.pause(action["interface"], paused=paused, reason=reason, queue_name=queue):
            return (error(action, "Interface not found"),)
        word = "paused" if paused else "unpaused"
        return (response("Success", action, ("Message", f"Interface {word} successfully")),)

    def _queue_withdraw_caller(self, action: Action) -> tuple[Reply, ...]:
        for needed in ("Queue", "Caller"):
            if not action.get(needed.lower()):
                return (error(action, f"'{needed}' not specified."),)
        queue = self._exchange.queues.get(action["queue"])
        if queue is None:
            return (error(action, "Unable to request withdraw from queue: No such queue"),)
        line = next((entry.line for entry in queue.callers if entry.channel.name == action["caller"]), None)
        if line is None:
            return (error(action, "Unable to request withdraw from queue: No such caller"),)
        if line.withdrawal is not None:
            return (error(action, "Unable to request withdraw from queue: Already requested"),)
        line.withdraw(action.get("withdrawinfo", ""))
        return (response("Success", action, ("Message", "Withdraw requested successfully")),)

    def _asked_for(self, action: Action) -> list[Queue]:
        wanted = action.get("queue", "").lower()
        return [queue for queue in self._exchange.queues if not wanted or queue.name.lower() == wanted]

    def _summary(self, queue: Queue) -> Reply:
        reachable = [member for member in queue.members if member.is_reachable]
        available = sum(member.is_free and not member.paused for member in reachable)
        longest = max((self._exchange.second - entry.start for entry in queue.callers), default=0)
        return (
            ("Event", "QueueSummary"),
            ("Queue", queue.name),
            ("LoggedIn", str(len(reachable))),
            ("Available", str(available)),
            ("Callers", str(len(queue.callers))),
            ("HoldTime", str(queue.holdtime)),
            ("TalkTime", str(queue.talktime)),
            ("LongestHoldTime", str(longest)),
        )

    def _listed_entry(self, entry: Entry) -> Reply:
        channel = entry.channel
        return (
            ("Event", "QueueEntry"),
            ("Queue", entry.queue.name),
            ("Position", str(entry.position)),
            ("Channel", channel.name),
            ("Uniqueid", channel.uniqueid),
            ("CallerIDNum", _known(channel.caller_number)),
            ("CallerIDName", _known(channel.caller_name)),
            ("ConnectedLineNum", _known(channel.connected_number)),
            ("ConnectedLineName", _known(channel.connected_name)),
            ("Wait", str(self._exchange.second - entry.start)),
            ("Priority", str(entry.priority)),
        )


def is_true(word: str) -> bool:
    """Asterisk's ``ast_true``."""
    return word.lower() in TRUE_WORDS


def _params(queue: Queue) -> Reply:
    left = queue.completed + queue.abandoned
    within = queue.completed_within_service_level + queue.abandoned_within_service_level
    answered = 100 * queue.completed_within_service_level / queue.completed if queue.completed else 0.0
    return (
        ("Event", "QueueParams"),
        ("Queue", queue.name),
        ("Max", str(queue.spec.maxlen)),
        ("Strategy", queue.spec.strategy.value),
        ("Calls", str(len(queue.callers))),
        ("Holdtime", str(queue.holdtime)),
        ("TalkTime", str(queue.talktime)),
        ("Completed", str(queue.completed)),
        ("Abandoned", str(queue.abandoned)),
        ("ServiceLevel", str(queue.spec.service_level)),
        ("ServicelevelPerf", f"{answered:.1f}"),
        ("ServicelevelPerf2", f"{100 * within / left if left else 0.0:.1f}"),
        ("Weight", str(queue.spec.weight)),
    )


def _listed_member(queue: Queue, member: Member) -> Reply:
    return (
        ("Event", "QueueMember"),
        ("Queue", queue.name),
        ("Name", member.name),
        ("Location", member.interface),
        *member_state(member),
        ("Wrapuptime", str(member.wrapuptime)),
    )


def _known(text: str) -> str:
    return "unknown" if text == UNKNOWN else text


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _clock_time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
