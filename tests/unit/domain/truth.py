"""What truly is and was in a small call centre, and how a full picture shows it."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec

from ctibridge.domain import events as ev
from ctibridge.domain.events import DeviceStatus, EndedBy, LogKind, LogRecord
from ctibridge.domain.units import CallId, ChannelId, QueueName, Seconds, Timestamp
from tests.unit.domain.builder import channel, member, waits

QUEUES = ("sales", "support")
AGENTS = ("1001", "1002", "1003")
MOST_CALLERS = 4
PAUSES = (0.0, 0.001, 0.3, 1.0, 2.5, 7.0, 40.0)
"""Seconds between two steps."""

AT_ONCE = 0.01
"""The longest pause while somebody is in the middle of something that Asterisk does without waiting."""

JOIN_AGAIN = 4.0
"""Seconds between two stays of one caller."""

Choice = tuple[int, int]
"""Which of the possible steps comes next, and after which pause."""
Said = tuple[Timestamp, ev.Event]
Step = Callable[[], Iterable[ev.Event]]


@dataclass(frozen=True)
class Later:
    """A step that may take its time: an announcement or a greeting plays before it."""

    step: Step

    def __call__(self) -> Iterable[ev.Event]:
        return self.step()


@dataclass
class Caller:
    """One caller's channel."""

    call: CallId
    queue: str = ""
    joined_at: float = -JOIN_AGAIN - 1
    in_line: bool = False
    ringing: dict[str, ChannelId] = field(default_factory=dict)
    talks_to: str | None = None
    leg: ChannelId | None = None
    wait: float = 0
    answered_at: float = 0
    is_parked: bool = False
    is_held: bool = False
    is_gone: bool = False


class Truth:
    """Callers, agents and lines as they are, and what app_queue wrote down of them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.callers: dict[str, Caller] = {}
        self.lines: dict[str, list[Caller]] = {queue: [] for queue in QUEUES}
        self.members = {(queue, agent): member(agent, queue) for queue in QUEUES for agent in AGENTS}
        self.device = dict.fromkeys(AGENTS, DeviceStatus.NOT_IN_USE)
        self.on_own_call: set[str] = set()
        self.engaged: dict[str, Caller] = {}
        """Agents whose phones ring or talk for a queue."""
        self.last_call: dict[tuple[str, str], float] = {}
        """The whole second in which the last call of a queue and an agent ended."""
        self.channels: dict[str, str | None] = {}
        """With the bridge that a channel is in."""
        self.totals: dict[str, Counter[str]] = {queue: Counter() for queue in QUEUES}
        self.log: list[LogRecord] = []
        """What app_queue wrote down."""
        self.is_in_mid_step = False
        """What was said last is not yet all that happened at this moment; Asterisk draws no picture now."""
        self._scripts: dict[str, deque[Step]] = defaultdict(deque)
        self._calls = 0
        self._legs = 0

    def line(self, queue: str) -> list[str]:
        """Who waits."""
        return [caller.call for caller in self.lines[queue]]

    def state(self, agent: str, wrap_up: dict[str, float]) -> str:
        """The agent's state when nothing is under way, wrap-up in whole seconds by queue."""
        mine = [record for (_, who), record in self.members.items() if who == agent]
        engaged = self.engaged.get(agent)
        if engaged is not None:
            return "busy" if engaged.talks_to == agent else "ringing"
        if not mine:
            return "logged_out"
        if agent in self.on_own_call:
            return "busy"
        if all(record.is_paused for record in mine):
            return "not_ready"
        wrap_ups = (ended + wrap_up[queue] for (queue, who), ended in self.last_call.items() if who == agent)
        return "wrap_up" if self.now < max(wrap_ups, default=0) else "ready"

    def picture(self, *, has_channels: bool = True) -> list[ev.Event]:
        """A full picture of this moment."""
        lines = [
            waits(caller.call, int(self.now) - int(caller.joined_at), index + 1, queue)
            for queue, line in self.lines.items()
            for index, caller in enumerate(line)
        ]
        in_call = {agent for agent, caller in self.engaged.items() if caller.talks_to == agent}
        members = [
            msgspec.structs.replace(record, is_in_call=agent in in_call and self.engaged[agent].queue == queue)
            for (queue, agent), record in self.members.items()
        ]
        return [
            ev.ResyncStarted(),
            *(ev.QueueListed(queue=QueueName(queue), strategy="ringall") for queue in QUEUES),
            *(ev.MemberListed(member=record) for record in members),
            *lines,
            *(channel(name, bridge) for name, bridge in self.channels.items() if has_channels),
            ev.ResyncCompleted(channels_listed=has_channels, switch_started=Timestamp(1)),
        ]

    def _write(
        self,
        kind: LogKind,
        c: Caller,
        agent: str | None = None,
        *,
        queue: str | None = None,
        wait: float | None = None,
        talk: float | None = None,
        reason: str | None = None,
        ended_by: EndedBy | None = None,
        leg: ChannelId | None = None,
    ) -> None:
        """Count a fact as app_queue does: with a line in its log."""
        self.totals[queue or c.queue][kind.value] += 1
        record = LogRecord(
            kind=kind,
            at=Timestamp(int(self.now)),
            call=c.call,
            queue=QueueName(queue or c.queue),
            member=f"Agent {agent}" if agent else None,
            wait=None if wait is None else Seconds(wait),
            talk=None if talk is None else Seconds(talk),
            reason=reason,
            ended_by=ended_by,
            leg=leg,
        )
        self.log.append(record)

    def _call_over(self, c: Caller, agent: str, queue: str) -> None:
        """Asterisk notes the end of the agent's call, at the first sign of it."""
        if self.engaged.get(agent) is c:
            del self.engaged[agent]
            self.last_call[queue, agent] = int(self.now)
            for key, record in self.members.items():
                if key == (queue, agent):
                    self.members[key] = msgspec.structs.replace(
                        record, last_call=Timestamp(int(self.now)), calls_taken=record.calls_taken + 1
                    )

    def _is_free(self, agent: str, queue: str) -> bool:
        record = self.members.get((queue, agent))
        if record is None or record.is_paused or agent in self.engaged or agent in self.on_own_call:
            return False
        return record.status is self.device[agent] is DeviceStatus.NOT_IN_USE

    def _set_device(self, agent: str, status: DeviceStatus) -> None:
        """Every membership will be told of it, one after the other."""
        self.device[agent] = status
        for queue in QUEUES:
            self._scripts[agent].append(lambda queue=queue: self._report(agent, queue, status))  # type: ignore[misc]

    def _report(self, agent: str, queue: str, status: DeviceStatus) -> Iterable[ev.Event]:
        if (queue, agent) in self.members:
            record = msgspec.structs.replace(self.members[queue, agent], status=status)
            self.members[queue, agent] = record
            yield ev.MemberChanged(member=record)
