"""Every topic, and which change becomes which event.

These names are a contract with every display and every access list: add, and rename or drop none.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from ctibridge.domain import changes
from ctibridge.domain.changes import Change
from ctibridge.domain.units import AgentId, QueueName

RETAINED_FAMILIES: Final = (
    "agent/+/state",
    "queue/+/state",
    "queue/+/board",
    "queue/+/stats",
    "queue/+/curve",
    "alert/+",
)
"""Retained topics below the root, or below ``private``, that come and go with their subjects."""

_PLAIN: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_ESCAPE: Final = "~"
MOST_NAMES: Final = 20_000
"""Whose topic level is remembered."""
_LEVELS: Final = tuple(chr(byte) if byte in _PLAIN else f"{_ESCAPE}{byte:02X}" for byte in range(256))


EVENTS: Final[Mapping[type[Change], tuple[str, str]]] = {
    changes.CallQueued: ("call", "queued"),
    changes.CallRinging: ("call", "ringing"),
    changes.CallRingNoAnswer: ("call", "ring_no_answer"),
    changes.CallRingCancelled: ("call", "ring_cancelled"),
    changes.CallAnswered: ("call", "answered"),
    changes.CallHeld: ("call", "held"),
    changes.CallResumed: ("call", "resumed"),
    changes.CallTransferred: ("call", "transferred"),
    changes.CallCompleted: ("call", "completed"),
    changes.CallAbandoned: ("call", "abandoned"),
    changes.CallExited: ("call", "exited"),
    changes.CallRefused: ("call", "refused"),
    changes.CallLost: ("call", "lost"),
    changes.AgentLoggedIn: ("agent", "logged_in"),
    changes.AgentLoggedOut: ("agent", "logged_out"),
    changes.AgentStateChanged: ("agent", "state_changed"),
    changes.AgentPaused: ("agent", "paused"),
    changes.AgentUnpaused: ("agent", "unpaused"),
    changes.AgentAnsweredLate: ("agent", "answered_late"),
    changes.AgentLimitWarning: ("agent", "limit_warning"),
    changes.AgentLimitExceeded: ("agent", "limit_exceeded"),
    changes.AgentLimitCleared: ("agent", "limit_cleared"),
    changes.AgentLeftUnapproved: ("agent", "left_unapproved"),
    changes.AgentReasonMissing: ("agent", "reason_missing"),
    changes.AgentMissedInRow: ("agent", "missed_in_row"),
    changes.AgentLeaveRequested: ("agent", "leave_requested"),
    changes.AgentLeaveApproved: ("agent", "leave_approved"),
    changes.AgentLeaveRefused: ("agent", "leave_refused"),
    changes.AgentLeaveLapsed: ("agent", "leave_lapsed"),
    changes.AgentLeaveWithdrawn: ("agent", "leave_withdrawn"),
    changes.EnforcementDue: ("agent", "enforcement_due"),
    changes.QueueServiceLevelBreached: ("queue", "service_level_breached"),
    changes.QueueServiceLevelRestored: ("queue", "service_level_restored"),
    changes.QueueWaitExceeded: ("queue", "wait_exceeded"),
    changes.AlarmRaised: ("alert", "raised"),
    changes.AlarmRepeated: ("alert", "repeated"),
    changes.AlarmAcknowledged: ("alert", "acknowledged"),
    changes.AlarmResolved: ("alert", "resolved"),
    changes.GapNoted: ("bridge", "gap"),
    changes.Resynced: ("bridge", "resynced"),
    changes.CommandDone: ("bridge", "command"),
}
"""What happened, as entity and verb of ``event/{entity}/{verb}``."""

BOARD: Final = ("queue", "board")
"""The state of a queue without its callers, for boards that the public sees; published beside the state."""

STATES: Final[Mapping[type[Change], tuple[str, str]]] = {
    changes.AgentUpdated: ("agent", "state"),
    changes.QueueUpdated: ("queue", "state"),
    changes.QueueStatsUpdated: ("queue", "stats"),
    changes.QueueCurveUpdated: ("queue", "curve"),
    changes.AlarmUpdated: ("alert", ""),
}
"""What is: retained, newest wins; ``alert/{alert}`` has no verb."""

REMOVALS: Final[frozenset[type[Change]]] = frozenset({changes.AgentRemoved, changes.QueueRemoved})
"""What is no more: its retained topics are emptied."""

SILENT: Final[frozenset[type[Change]]] = frozenset(
    {changes.FeedInterrupted, changes.InvariantBroken, changes.MismatchFound, changes.UnexpectedSeen}
)
"""Told by ``status`` and by metrics instead."""


@lru_cache(MOST_NAMES)
def escape(name: str) -> str:
    """One topic level for any text: ``[A-Za-z0-9_-]`` stays, each other UTF-8 byte becomes ``~HH``."""
    return "".join(_LEVELS[byte] for byte in name.encode("utf-8", "surrogatepass"))


def unescape(level: str) -> str:
    """The text behind a topic level; ValueError when it is not one that ``escape`` makes."""
    raw = bytearray()
    plain, *escaped = level.split(_ESCAPE)
    raw += plain.encode("ascii")
    for part in escaped:
        raw += bytes.fromhex(part[:2]) + part[2:].encode("ascii")
    text = raw.decode("utf-8", "surrogatepass")
    if escape(text) != level:
        raise ValueError(f"not an escaped topic level: {level!r}")
    return text


class Topics:
    """The topics of one PBX."""

    def __init__(self, base: str, pbx: str) -> None:
        self.base = base
        self.root = f"{base}/{escape(pbx)}"
        self.commands_filter = f"{self.root}/cmd/+/+"
        """Requests: user and name of the command."""
        self.private_root = f"{self.root}/private"
        self.status = f"{self.root}/status"
        self.info = f"{self.root}/info"
        filters = "|".join(re.escape(one).replace(r"\+", "[^/]+") for one in self.retained_filters())
        self._retained = re.compile(filters)

    def agent_state(self, agent: AgentId) -> str:
        """The agent's whole state; retained."""
        return f"{self.root}/agent/{escape(agent)}/state"

    def queue_state(self, queue: QueueName) -> str:
        """The queue's whole state; retained."""
        return f"{self.root}/queue/{escape(queue)}/state"

    def queue_board(self, queue: QueueName) -> str:
        """The queue's state without callers; retained."""
        return f"{self.root}/queue/{escape(queue)}/board"

    def queue_curve(self, queue: QueueName) -> str:
        """The queue's half hours of the day; retained, QoS 0."""
        return f"{self.root}/queue/{escape(queue)}/curve"

    def queue_stats(self, queue: QueueName) -> str:
        """The queue's figures; retained, QoS 0."""
        return f"{self.root}/queue/{escape(queue)}/stats"

    def alert(self, alert: str) -> str:
        """One alarm while it fires; retained, then emptied."""
        return f"{self.root}/alert/{escape(alert)}"

    def event(self, entity: str, verb: str) -> str:
        """What happened; not retained."""
        return f"{self.root}/event/{entity}/{verb}"

    def answers(self, user: str) -> str:
        """Below this a user reads answers; ``user`` is a topic level."""
        return f"{self.root}/rsp/{user}"

    def answer(self, user: str, command: str) -> str:
        """Where an answer goes when the request does not say; both are topic levels."""
        return f"{self.answers(user)}/{command}"

    def private(self, topic: str) -> str:
        """Where the unmasked twin of a message goes."""
        return self.private_root + topic.removeprefix(self.root)

    def retained_filters(self) -> tuple[str, ...]:
        """Subscriptions that show every retained topic of ours that may have outlived its subject."""
        return tuple(f"{root}/{family}" for root in (self.root, self.private_root) for family in RETAINED_FAMILIES)

    def may_be_stale(self, topic: str) -> bool:
        """True for the topics of ``retained_filters``; amqtt shows others too, ``status`` among them."""
        return self._retained.fullmatch(topic) is not None
